//! Puts a centre together from its configuration.

mod command;
mod databases;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use app::promises::IMPORT_LATE;
use app::time::DAY;

pub use command::{centre_for_command, databases_for_command};
pub use databases::{databases, held, to_restore, unmigrated};

use crate::accounts::limits::Limits;
use crate::accounts::passwords::Passwords;
use crate::cancellation::conditions::{Asked, Conditions, Imported, may_be_asked};
use crate::catalogue::{Catalogue, CatalogueError};
use crate::centre::{Centre, Parts};
use crate::clock::{Clock, DemoClock, SystemClock};
use crate::config::{Config, StorageConfig};
use crate::demo::Mailbox;
use crate::ledger;
use crate::messages::{Gateways, HttpGateway, MailProvider, PushProvider, SmsProvider, Tally};
use crate::presence::Missing;
use crate::replay::{self, Copied, GateError};
use crate::storage::{Db, DbError, MigrateError, is_unwritable};
use crate::transfer::send::{Sender, SenderError};
use crate::vault::{MasterKey, MasterKeyError, Vault, VaultError};
use crate::web::assets::{self, AssetsError};
use crate::web::connections::{FilesError, InFlight};
use crate::web::fault::Fault;
use crate::web::health::Writing;
use crate::web::service::{SECRET_CHARS, Secret};
use crate::webhooks::{EndpointError, Endpoints, Sender as Webhooks};

/// The centre can't be put together. The texts are for the operator.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The catalogue is wrong.
    #[error("the catalogue: {0}")]
    Catalogue(#[from] CatalogueError),
    /// No master key.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// A database can't be opened.
    #[error("{0} database: {1}")]
    Storage(&'static str, #[source] DbError),
    /// A database can't be migrated.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// The vault can't be opened.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Another state is being put in its place.
    #[error("the {0} database is being restored: start again when that is done")]
    BeingRestored(&'static str),
    /// A command would have to replay beside a server.
    #[error(
        "the data was put back to an earlier state, and somebody is using the databases: nothing was done. If a server is just \
         starting, wait until it serves. Otherwise stop every server and start again: a start brings the data up before anybody \
         is served"
    )]
    Behind,
    /// Whether the log goes on from where it was can't be read.
    #[error(transparent)]
    Ledger(#[from] ledger::LedgerError),
    /// The data is behind the replay log and could not be brought up to it.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// Both settings name one database.
    #[error("storage.data and storage.keys must be two databases: keys must never be in a backup of the data")]
    OneDatabase,
    /// The log's name can't be signed.
    #[error("ledger.origin must not be empty and must hold neither white space nor a plus (it is {0:?})")]
    Origin(String),
    /// The address that people see is none.
    #[error("server.public_url must be scheme, host and port, like https://privacy.example.cn (it is {0:?})")]
    PublicUrl(String),
    /// Nobody could sign in.
    #[error("no SMS gateway: set sms.gateway_url, or start with --demo")]
    NoSms,
    /// No TLS.
    #[error("a gateway's client could not be made: {0}")]
    Gateway(#[from] reqwest::Error),
    /// Marketing mails must carry a link.
    #[error("mail.gateway_url is set, so server.public_url must be, too, and begin with https:// (RFC 8058)")]
    NoWayToUnsubscribe,
    /// A secret that can be guessed.
    #[error("{0} must have at least {SECRET_CHARS} characters")]
    WeakSecret(&'static str),
    /// A token would travel in clear.
    #[error("host.conditions_url must begin with https://, or lead to this machine (it is {0:?})")]
    ConditionsUrl(String),
    /// Nothing that old can be told apart.
    #[error("import.late_days must be 1 to {most} (it is {0})", most = IMPORT_LATE / DAY)]
    ImportLate(u32),
    /// Anybody who finds the address could ask for balances.
    #[error("host.conditions_url is set, so host.token must be, too")]
    NoTokenForConditions,
    /// The extra authorities can't be read.
    #[error(transparent)]
    Sender(#[from] SenderError),
    /// A recipient can't be told like that.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// Nobody could register.
    #[error("limits.codes_kept must be less than limits.codes_in_all: nobody who is new would get a code")]
    NoCodesLeft,
    /// The built files are not there.
    #[error(transparent)]
    Assets(#[from] AssetsError),
    /// There are not files enough for all connections.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// Where the program is can't be read.
    #[error("where this program is can't be read: {0}")]
    Program(std::io::Error),
    /// The folder of a SQLite file can't be made.
    #[error("{0}: {1}")]
    Folder(PathBuf, #[source] std::io::Error),
    /// One of the two is not there, and the other one belongs to something.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// A disk takes nothing, and something must be written before anything is shown.
    #[error(
        "the {0} database has an older schema, and it can't be brought to the present one before its disk takes something"
    )]
    Unmigrated(&'static str),
    /// With `--demo`: its people could not be made.
    #[error("the demo people could not be made; the log says why, under reference {}", .0.reference())]
    Seed(Fault),
    /// A request that holds one connection would wait for another.
    #[error("storage.{0} must be at least {MIN_CONNECTIONS}")]
    TooFewConnections(&'static str),
}

impl OpenError {
    /// Whether it was because a database, or its disk, takes nothing.
    #[must_use]
    pub fn is_unwritable(&self) -> bool {
        match self {
            Self::Seed(fault) => fault.is_unwritable(),
            Self::Unmigrated(_) => true,
            _ => is_unwritable(self),
        }
    }

    /// Whether no further try can end otherwise, once the centre was open: its keys were wrapped anew, or it is gone.
    #[must_use]
    pub const fn is_for_good(&self) -> bool {
        matches!(self, Self::Vault(VaultError::WrongMasterKey) | Self::Missing(Missing::Data(_) | Missing::Keys(_)))
    }
}

/// Connections to one database, at least.
const MIN_CONNECTIONS: u32 = 4;

/// Whether the settings fit together.
///
/// # Errors
/// The first that does not.
pub fn fit(config: &Config) -> Result<(), OpenError> {
    if config.storage.data == config.storage.keys {
        return Err(OpenError::OneDatabase);
    }
    let StorageConfig { data_connections, keys_connections, .. } = config.storage;
    for (name, connections) in [("data_connections", data_connections), ("keys_connections", keys_connections)] {
        if connections < MIN_CONNECTIONS {
            return Err(OpenError::TooFewConnections(name));
        }
    }
    if !ledger::is_key_name(&config.ledger.origin) {
        return Err(OpenError::Origin(config.ledger.origin.clone()));
    }
    if !(1..=IMPORT_LATE).contains(&config.import.late()) {
        return Err(OpenError::ImportLate(config.import.late_days));
    }
    if config.mail.gateway_url.is_some() && !config.is_https() {
        return Err(OpenError::NoWayToUnsubscribe);
    }
    if config.limits.codes_kept >= config.limits.codes_in_all.get() {
        return Err(OpenError::NoCodesLeft);
    }
    for (name, secret) in [("host.token", &config.host.token), ("sms.inbound_secret", &config.sms.inbound_secret)] {
        if secret.as_ref().is_some_and(|secret| secret.chars().count() < SECRET_CHARS) {
            return Err(OpenError::WeakSecret(name));
        }
    }
    if let Some(url) = &config.host.conditions_url {
        if !may_be_asked(url) {
            return Err(OpenError::ConditionsUrl(url.clone()));
        }
        if config.host.token.is_none() {
            return Err(OpenError::NoTokenForConditions);
        }
    }
    match &config.server.public_url {
        Some(url) if !is_origin(url) => Err(OpenError::PublicUrl(url.clone())),
        _ => Ok(()),
    }
}

fn is_origin(url: &str) -> bool {
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    host.is_some_and(|host| !host.is_empty() && host.parse::<http::uri::Authority>().is_ok())
}

/// The operator's master key, or for the demo one that is made on the first start.
///
/// # Errors
/// [`MasterKeyError`].
pub fn master_key(config: &Config, demo: bool) -> Result<MasterKey, MasterKeyError> {
    let VaultSources { file, text, demo_file } = VaultSources::of(config);
    match (text, file) {
        (Some(text), _) => MasterKey::from_base64(text),
        (None, Some(file)) => MasterKey::from_file(file),
        (None, None) if demo => MasterKey::for_demo(&demo_file),
        (None, None) => Err(MasterKeyError::Missing),
    }
}

/// The demo's own master key, if it is that which opens the key store.
#[must_use]
pub fn demo_key_file(config: &Config) -> Option<PathBuf> {
    let VaultSources { file, text, demo_file } = VaultSources::of(config);
    (file.is_none() && text.is_none()).then_some(demo_file)
}

struct VaultSources<'a> {
    text: Option<&'a str>,
    file: Option<&'a Path>,
    demo_file: PathBuf,
}

impl<'a> VaultSources<'a> {
    fn of(config: &'a Config) -> Self {
        let keys = config.storage.keys.strip_prefix("sqlite:").map(Path::new);
        let folder = keys.and_then(Path::parent).unwrap_or(Path::new("."));
        Self {
            text: config.vault.master_key.as_deref(),
            file: config.vault.master_key_file.as_deref(),
            demo_file: folder.join("demo-master-key"),
        }
    }
}

/// The whole centre on the machine's clock. Its databases are held until it is closed: nobody puts another state in their place.
///
/// # Errors
/// [`OpenError`].
pub async fn centre(config: &Config, demo: bool) -> Result<Centre, OpenError> {
    centre_on(config, demo, held).await
}

/// The same while nothing can be written.
///
/// # Errors
/// [`OpenError`], also if something must be written before anything is shown.
pub async fn centre_to_read(config: &Config, demo: bool) -> Result<Centre, OpenError> {
    centre_on(config, demo, databases::databases_to_read).await
}

async fn centre_on(
    config: &Config,
    demo: bool,
    databases: impl AsyncFnOnce(&Config) -> Result<(Db, Db), OpenError>,
) -> Result<Centre, OpenError> {
    let prepared = Prepared::of(config, demo)?;
    let databases = databases(config).await?;
    let centre = prepared.put_together(config, demo, databases).await?;
    // Nobody is served before the gate is passed.
    replay::catch_up(&centre).await?;
    Ok(centre)
}

/// Whether all that a centre needs besides its databases is there.
///
/// # Errors
/// [`OpenError`].
pub fn could_open(config: &Config, demo: bool) -> Result<(), OpenError> {
    fit(config)?;
    Prepared::of(config, demo).map(drop)
}

/// What needs no database.
struct Prepared {
    catalogue: Catalogue,
    mailbox: Option<Arc<Mailbox>>,
    gateways: Gateways,
}

impl Prepared {
    /// The cheap refusals first, before a folder or file is made.
    fn of(config: &Config, demo: bool) -> Result<Self, OpenError> {
        let catalogue = Catalogue::load(config.catalogue.folder.as_deref())?;
        Endpoints::of(config, &catalogue)?;
        if !demo {
            master_key(config, false)?;
        }
        let mailbox = demo.then(|| Arc::new(Mailbox::default()));
        let gateways = gateways(config, mailbox.as_ref())?;
        Ok(Self { catalogue, mailbox, gateways })
    }

    async fn put_together(self, config: &Config, demo: bool, databases: (Db, Db)) -> Result<Centre, OpenError> {
        let Self { catalogue, mailbox, gateways } = self;
        let master = master_key(config, demo)?;
        let clock = clock(&databases.0, demo).await?;
        assemble(config, catalogue, databases, &master, Outside { clock, gateways, mailbox }).await
    }
}

async fn clock(data: &Db, demo: bool) -> Result<Arc<dyn Clock>, OpenError> {
    Ok(if demo { Arc::new(demo_clock(data).await?) } else { Arc::new(SystemClock) })
}

/// The demo's clock, no earlier than what has happened on it.
///
/// # Errors
/// [`OpenError::Storage`].
pub async fn demo_clock(data: &Db) -> Result<DemoClock, OpenError> {
    let latest = ledger::latest(data).await.map_err(|e| OpenError::Storage("data", e))?;
    Ok(DemoClock::not_before(latest))
}

/// The operator's gateways; with `--demo`, the mailbox in place of those that are not set up.
fn gateways(config: &Config, mailbox: Option<&Arc<Mailbox>>) -> Result<Gateways, OpenError> {
    let at = |url: &Option<String>, token: &Option<String>| {
        url.as_ref().map(|url| HttpGateway::new(url.clone(), token.clone()).map(Arc::new)).transpose()
    };
    let sms = at(&config.sms.gateway_url, &config.sms.gateway_token)?.map(|http| http as Arc<dyn SmsProvider>);
    let mail = at(&config.mail.gateway_url, &config.mail.gateway_token)?.map(|http| http as Arc<dyn MailProvider>);
    let push = at(&config.push.gateway_url, &config.push.gateway_token)?.map(|http| http as Arc<dyn PushProvider>);
    let sms = sms.or_else(|| mailbox.map(|m| m.clone() as Arc<dyn SmsProvider>)).ok_or(OpenError::NoSms)?;
    let mail = mail.or_else(|| mailbox.map(|m| m.clone() as Arc<dyn MailProvider>));
    let push = push.or_else(|| mailbox.map(|m| m.clone() as Arc<dyn PushProvider>));
    Ok(Gateways::new(sms, mail, push))
}

/// What a centre does not make itself.
pub struct Outside {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Sends SMS, mails and pushes.
    pub gateways: Gateways,
    /// With `--demo`: what was sent.
    pub mailbox: Option<Arc<Mailbox>>,
}

impl Outside {
    /// Of a centre on a copy: what it sends goes nowhere.
    #[must_use]
    pub fn nowhere(clock: Arc<dyn Clock>) -> Self {
        let mailbox = Arc::new(Mailbox::default());
        Self { clock, gateways: Gateways::new(mailbox.clone(), Some(mailbox.clone()), Some(mailbox)), mailbox: None }
    }
}

/// The centre from its opened and migrated databases, data and keys: here and in the tests.
///
/// # Errors
/// [`OpenError::Vault`], [`OpenError::Sender`] or [`OpenError::Endpoint`].
pub async fn assemble(
    config: &Config,
    catalogue: Catalogue,
    (data, keys): (Db, Db),
    master: &MasterKey,
    outside: Outside,
) -> Result<Centre, OpenError> {
    let Outside { clock, gateways, mailbox } = outside;
    let endpoints = Endpoints::of(config, &catalogue)?;
    let vault = Vault::open(keys, master, clock.now()).await?;
    let seed = vault.service_key(SIGNING_KEY, clock.now()).await?;
    let signer = ledger::open(&data, vault.store(), &config.ledger.origin, *seed, clock.now()).await?;
    crate::consents::store::keep_shown(&data, &catalogue).await.map_err(|e| OpenError::Storage("data", e))?;
    let conditions = conditions(config, &data, &vault)?;
    Ok(Centre::new(Parts {
        data,
        vault,
        writing: Writing::default(),
        conditions,
        signer,
        catalogue,
        controller: config.controller.clone(),
        clock,
        gateways,
        tally: Tally::default(),
        copied: Copied::default(),
        mailbox,
        sender: Sender::new(&config.transfer)?,
        endpoints,
        webhooks: Webhooks::new()?,
        passwords: Passwords::default(),
        import_late: config.import.late(),
        limits: Limits::new(&config.limits),
        assets: assets::find(&config.server.site_root),
        site_root: config.server.site_root.clone(),
        https: config.is_https(),
        trusted_origins: config.server.public_url.iter().cloned().collect(),
        public_url: config.server.public_url.clone(),
        host_token: config.host.token.as_deref().map(Secret::new),
        sms_secret: config.sms.inbound_secret.as_deref().map(Secret::new),
        address_header: config.server.address_header.clone(),
        in_flight: InFlight::new(&config.server),
    }))
}

/// Who says what stands in the way of leaving: the host when it is asked, or what it imported.
fn conditions(config: &Config, data: &Db, vault: &Vault) -> Result<Arc<dyn Conditions>, OpenError> {
    Ok(match (&config.host.conditions_url, &config.host.token) {
        (Some(url), Some(token)) => Arc::new(Asked::new(url.clone(), token.clone())?),
        (Some(_), None) => return Err(OpenError::NoTokenForConditions),
        (None, _) => Arc::new(Imported::new(data.clone(), vault.clone())),
    })
}

const SIGNING_KEY: &str = "ledger_signing";

/// What the ledger's checkpoints are checked with, under every name that the log had. Changes nothing.
///
/// # Errors
/// [`OpenError`].
pub async fn verifiers(vault: &Vault, config: &Config, clock: &dyn Clock) -> Result<Vec<ledger::Verifier>, OpenError> {
    let seed = vault.service_key(SIGNING_KEY, clock.now()).await?;
    Ok(ledger::reader(vault.store(), &config.ledger.origin, *seed).await?.verifiers())
}

#[cfg(test)]
mod tests;
