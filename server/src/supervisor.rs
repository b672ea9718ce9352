//! Keeps a centre open while the server runs: a fault of its databases ends with its cause, and nobody need start it again.
//!
//! - A disk that takes nothing: pages are served, changes are refused on a page that says why, and as soon as there is room the
//!   centre is opened as ever.
//! - A database that is not held any more, since its cluster has restarted or a connection was cut: somebody may have put
//!   another state in its place. Nobody is served, and the centre is opened as at a start, through the gate.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::centre::Centre;
use crate::config::Config;
use crate::open::{self, OpenError};
use crate::web::build_router;
use crate::web::health::Took;
use crate::web::starting::{Closed, Doors};
use crate::{ahead, schedule, seed};

/// From one try to open the centre to the next.
const RETRY: Duration = Duration::from_millis(500);
/// From one look whether there is room again to the next.
const LOOK_FOR_ROOM: Duration = Duration::from_secs(1);
/// How long what is under way in a centre that is closed is waited for.
const CLOSING: Duration = Duration::from_secs(3);

/// A centre that is open.
enum Opened {
    /// As ever.
    Whole(Centre),
    /// Nothing can be written.
    ToRead(Centre),
}

/// Why the centre can't be opened, each reason once in the log, however often it is tried.
#[derive(Default)]
struct Said(BTreeSet<String>);

impl Said {
    fn once(&mut self, error: &OpenError, what: &str) {
        if self.0.insert(error.to_string()) {
            tracing::error!(%error, "{what}");
        }
    }
}

/// Opens the centre and keeps it open until `stop`. `on_open` is told when it is open for the first time.
///
/// # Errors
/// [`OpenError`], if it can't be opened at all; once it was, only if it can't be for good.
pub async fn keep_open(
    config: &Config,
    demo: bool,
    doors: &Doors,
    on_open: impl FnOnce(),
    stop: impl Future<Output = ()>,
) -> Result<(), OpenError> {
    tokio::pin!(stop);
    let (mut on_open, mut said) = (Some(on_open), Said::default());
    loop {
        let opened = tokio::select! {
            opened = opened(config, demo, &mut said) => opened,
            () = &mut stop => return Ok(()),
        };
        match opened {
            Ok(opened) => {
                said = Said::default();
                let (centre, left) = (opened.centre(), opened.serve(doors));
                if let Some(on_open) = on_open.take() {
                    on_open();
                }
                let is_over = tokio::select! {
                    why = left => { doors.close(why); false }
                    () = &mut stop => true,
                };
                if tokio::time::timeout(CLOSING, centre.close()).await.is_err() {
                    tracing::warn!("a centre was closed while something was under way in it");
                }
                if is_over {
                    return Ok(());
                }
                continue;
            }
            Err(error) if error.is_unwritable() => {
                said.once(&error, "it can't be read either");
                doors.close(Closed::Full);
            }
            Err(error) if on_open.is_some() || error.is_for_good() => return Err(error),
            Err(error) => {
                said.once(&error, "the centre can't be opened again yet");
                doors.close(Closed::Lost);
            }
        }
        tokio::select! {
            () = tokio::time::sleep(RETRY) => {}
            () = &mut stop => return Ok(()),
        }
    }
}

/// Opens it; where nothing can be written, to be read.
async fn opened(config: &Config, demo: bool, said: &mut Said) -> Result<Opened, OpenError> {
    let error = match whole(config, demo).await {
        Err(error) if error.is_unwritable() => error,
        outcome => return outcome.map(Opened::Whole),
    };
    said.once(&error, "a disk takes nothing: pages are served, and nothing can be changed until there is room");
    let centre = open::centre_to_read(config, demo).await?;
    centre.writing.doubt();
    Ok(Opened::ToRead(centre))
}

async fn whole(config: &Config, demo: bool) -> Result<Centre, OpenError> {
    let centre = open::centre(config, demo).await?;
    if demo && let Err(fault) = seed::seed(&centre).await {
        centre.close().await;
        return Err(OpenError::Seed(fault));
    }
    ahead::tell(&centre).await.map_err(|e| OpenError::Storage("data", e))?;
    if centre.writing.look(&centre).await != (Took { data: true, keys: true }) {
        tracing::error!("nothing can be changed until both databases can be written");
    }
    Ok(centre)
}

impl Opened {
    fn centre(&self) -> Centre {
        let (Self::Whole(centre) | Self::ToRead(centre)) = self;
        centre.clone()
    }

    /// Serves it, with its jobs, until it must be left; then says why.
    fn serve(self, doors: &Doors) -> impl Future<Output = Closed> {
        doors.open(build_router(&self.centre()));
        async move {
            match self {
                Self::Whole(centre) => {
                    let _jobs = schedule::start(&centre);
                    centre.lost().await;
                    tracing::error!("a database is not held any more: nobody is served before it is again");
                    Closed::Lost
                }
                Self::ToRead(centre) => {
                    tokio::select! {
                        () = room(&centre) => Closed::Starting,
                        () = centre.lost() => Closed::Lost,
                    }
                }
            }
        }
    }
}

/// Returns when there is room again.
async fn room(centre: &Centre) {
    loop {
        tokio::time::sleep(LOOK_FOR_ROOM).await;
        if centre.data.has_room().await && centre.vault.store().has_room().await {
            return tracing::warn!("there is room again: the centre is opened as ever");
        }
    }
}
