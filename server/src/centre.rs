//! All parts of the running centre, in one place that every handler gets.

use std::path::PathBuf;
use std::sync::Arc;

use app::time::Moment;
use app::ui::frame::Assets;

use crate::accounts::limits::Limits;
use crate::accounts::passwords::Passwords;
use crate::cancellation::conditions::Conditions;
use crate::catalogue::Catalogue;
use crate::clock::Clock;
use crate::config::ControllerConfig;
use crate::demo::Mailbox;
use crate::ledger::Signer;
use crate::messages::{Gateways, Tally};
use crate::replay::Copied;
use crate::storage::Db;
use crate::transfer::send::Sender;
use crate::vault::Vault;
use crate::web::connections::InFlight;
use crate::web::health::Writing;
use crate::web::service::Secret;
use crate::webhooks::{Endpoints, Sender as Webhooks};

/// Cheap to clone.
#[derive(Clone)]
pub struct Centre(Arc<Parts>);

/// What a centre is made of.
pub struct Parts {
    /// People, decisions, the ledger.
    pub data: Db,
    /// Keys.
    pub vault: Vault,
    /// Whether changes can be saved.
    pub writing: Writing,
    /// Signs the ledger's checkpoints.
    pub signer: Signer,
    /// Words, cookies, what is kept how long.
    pub catalogue: Catalogue,
    /// Who decides about the data, for documents.
    pub controller: ControllerConfig,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Sends SMS, mails and pushes: by way of [`crate::messages`] only.
    pub gateways: Gateways,
    /// What was sent and what was not, as counts.
    pub tally: Tally,
    /// What of the replay log is in the key store already.
    pub copied: Copied,
    /// With `--demo`: what was sent.
    pub mailbox: Option<Arc<Mailbox>>,
    /// What stands in the way of leaving.
    pub conditions: Arc<dyn Conditions>,
    /// Sends packages to the services that people name.
    pub sender: Sender,
    /// How each recipient is told.
    pub endpoints: Endpoints,
    /// Tells recipients.
    pub webhooks: Webhooks,
    /// Checks and makes password hashes.
    pub passwords: Passwords,
    /// How late a line may come that came about before its account had the number: milliseconds.
    pub import_late: i64,
    /// How often one may try.
    pub limits: Limits,
    /// The built files.
    pub assets: Assets,
    /// Where the built files are.
    pub site_root: PathBuf,
    /// People reach us over https.
    pub https: bool,
    /// Origins that may post besides our own host.
    pub trusted_origins: Vec<String>,
    /// The address that people see.
    pub public_url: Option<String>,
    /// What the host's services prove themselves with.
    pub host_token: Option<Secret>,
    /// What the SMS provider signs with.
    pub sms_secret: Option<Secret>,
    /// The header in which a reverse proxy tells the caller's address.
    pub address_header: Option<String>,
    /// Requests that are under way, by caller.
    pub in_flight: InFlight,
}

impl Centre {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Returns when one of the databases is not held any more: somebody may put another state in its place.
    pub async fn lost(&self) {
        tokio::select! {
            () = self.data.lost() => {}
            () = self.vault.store().lost() => {}
        }
    }

    /// Closes both databases and lets them go: a SQLite file is whole without its write-ahead log.
    pub async fn close(&self) {
        self.data.close().await;
        self.vault.store().close().await;
    }
}

impl std::ops::Deref for Centre {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
