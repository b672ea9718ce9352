//! Whether a server works with a database: who puts another state in its place must not do so behind its back.
//!
//! A SQLite file is held by a lock on a file beside it, for as long as the process lives. PostgreSQL gives a lock to a
//! connection, and a connection can be lost while the server lives: when the cluster restarts, at the latest. So every
//! connection of a server takes the lock for itself, and one of them, the witness, does nothing else. While the witness lives,
//! nobody has had the database alone since the server looked at it; once it is gone, no new connection is made, and the server
//! must begin as at a start.

use std::fs::File;
use std::io::ErrorKind;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::{Connection as _, PgConnection, Sqlite};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{Db, DbError, dialect};

/// The name of the lock.
const NAME: &str = "in use";
/// From one look at the witness to the next.
const WATCH: Duration = Duration::from_millis(500);
/// A witness that has not answered by then counts as lost.
const SILENCE: Duration = Duration::from_secs(3);

/// Alone, until it is dropped or its process dies.
pub enum Alone {
    /// A lock on a file beside the database.
    File(File),
    /// A lock of a connection's session.
    Connection(Box<PgConnection>),
}

/// How one [`Db`] holds its database together with others. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct InUse(Arc<Mutex<Holding>>);

#[derive(Debug, Default)]
enum Holding {
    #[default]
    Not,
    File {
        /// Unlocked when it is closed.
        _lock: File,
    },
    Witness(Witness),
}

#[derive(Debug)]
struct Witness {
    /// Its session, as the engine names it.
    session: Session,
    /// True once it is lost.
    lost: watch::Receiver<bool>,
    /// Dropped, it lets the watch end.
    end: watch::Sender<()>,
    watching: JoinHandle<()>,
}

/// A connection's process, and when it began: numbers of processes come again.
type Session = (i32, String);

impl Db {
    /// Holds the database together with others who use it, until it is closed; false while somebody has it alone.
    ///
    /// # Errors
    /// [`DbError::Engine`].
    pub async fn hold(&self) -> Result<bool, DbError> {
        match self {
            Self::Sqlite { writer, in_use, .. } => {
                let lock = beside(writer, true).map_err(io)?;
                let held = lock.is_some();
                in_use.set(lock.map_or(Holding::Not, |lock| Holding::File { _lock: lock }));
                Ok(held)
            }
            Self::Postgres { pool, in_use } => {
                let mut witness = pool.acquire().await?.detach();
                if !dialect::lock_for_session(&mut witness, NAME, true).await? {
                    return Ok(false);
                }
                let session = dialect::session(&mut witness).await?;
                in_use.set(Holding::Witness(watch_over(witness, session)));
                // Those that are open already do not hold it.
                for _ in 0..pool.num_idle() {
                    pool.acquire().await?.close().await?;
                }
                Ok(true)
            }
        }
    }

    /// Holds the database alone; none while anybody uses it.
    ///
    /// # Errors
    /// [`DbError::Engine`].
    pub async fn hold_alone(&self) -> Result<Option<Alone>, DbError> {
        match self {
            Self::Sqlite { writer, .. } => Ok(beside(writer, false).map_err(io)?.map(Alone::File)),
            Self::Postgres { pool, .. } => {
                let mut connection = pool.acquire().await?.detach();
                let held = dialect::lock_for_session(&mut connection, NAME, false).await?;
                Ok(held.then(|| Alone::Connection(Box::new(connection))))
            }
        }
    }

    /// Returns when the database is not held any more, although nobody has closed it.
    pub async fn lost(&self) {
        let (Self::Sqlite { in_use, .. } | Self::Postgres { in_use, .. }) = self;
        if let Some(mut lost) = in_use.loss()
            && lost.wait_for(|lost| *lost).await.is_ok()
        {
            return;
        }
        std::future::pending().await
    }
}

fn io(error: std::io::Error) -> DbError {
    DbError::Engine(sqlx::Error::Io(error))
}

impl InUse {
    fn with<T>(&self, look: impl FnOnce(&mut Holding) -> T) -> T {
        // It is whole whatever happened while it was held.
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn set(&self, holding: Holding) {
        self.with(|present| *present = holding);
    }

    fn loss(&self) -> Option<watch::Receiver<bool>> {
        self.with(|holding| match holding {
            Holding::Witness(witness) => Some(witness.lost.clone()),
            Holding::Not | Holding::File { .. } => None,
        })
    }

    /// A new connection of a server takes the lock, too, and is none if the witness is gone: somebody may have had the database
    /// alone meanwhile.
    pub(super) async fn join(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let session = self.with(|holding| match holding {
            Holding::Witness(witness) => Some(witness.session.clone()),
            Holding::Not | Holding::File { .. } => None,
        });
        let Some(session) = session else { return Ok(()) };
        // Looked at before, so that a server that has lost it is in nobody's way; and after, since only then it is held.
        let holds = dialect::is_alive(connection, &session).await?
            && dialect::try_lock_for_session(connection, NAME, true).await?
            && dialect::is_alive(connection, &session).await?;
        if holds { Ok(()) } else { Err(sqlx::Error::Configuration(LOST.into())) }
    }

    /// Lets the database go.
    pub(super) async fn release(&self) {
        if let Holding::Witness(Witness { end, watching, .. }) = self.with(std::mem::take) {
            drop(end);
            // Closed by its watch, so that the engine knows it at once.
            drop(watching.await);
        }
    }
}

const LOST: &str = "this server does not hold the database any more: it must begin as at a start";

/// Looks whether the witness lives, and says when it is lost.
fn watch_over(mut witness: PgConnection, session: Session) -> Witness {
    let (tell, lost) = watch::channel(false);
    let (end, mut ended) = watch::channel(());
    let watching = tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = ended.changed() => return drop(witness.close().await),
                () = tokio::time::sleep(WATCH) => {}
            }
            if !matches!(tokio::time::timeout(SILENCE, witness.ping()).await, Ok(Ok(()))) {
                tell.send_replace(true);
                return;
            }
        }
    });
    Witness { session, lost, end, watching }
}

fn beside(writer: &sqlx::Pool<Sqlite>, shared: bool) -> std::io::Result<Option<File>> {
    let mut path = writer.connect_options().get_filename().to_owned().into_os_string();
    path.push(".in-use");
    let file = match File::options().create(true).append(true).open(&path) {
        // A lock needs no writing, and on a disk that takes nothing the file is there from before.
        Err(error) if matches!(error.kind(), ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied) => {
            File::open(path)?
        }
        opened => opened?,
    };
    let locked = if shared { file.try_lock_shared() } else { file.try_lock() };
    match locked {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(error)) => Err(error),
    }
}
