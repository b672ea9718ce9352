//! Puts a centre together from its configuration.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::accounts::limits::Limits;
use crate::accounts::passwords::Passwords;
use crate::cancellation::conditions::{Asked, Conditions, Imported, may_be_asked};
use crate::catalogue::{Catalogue, CatalogueError};
use crate::centre::{Centre, Parts};
use crate::clock::{Clock, DemoClock, SystemClock};
use crate::config::Config;
use crate::demo::Mailbox;
use crate::ledger;
use crate::messages::{Gateways, HttpGateway, MailProvider, PushProvider, SmsProvider, Tally};
use crate::replay::{self, Copied, GateError};
use crate::storage::{Db, DbError, Held, MigrateError, Schema, migrate};
use crate::transfer::send::{Sender, SenderError};
use crate::vault::{MasterKey, MasterKeyError, Vault, VaultError};
use crate::web::assets;
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
    Storage(&'static str, DbError),
    /// A database can't be migrated.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// The vault can't be opened.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Another state is being put in its place.
    #[error("the {0} database is being restored: start again when that is done")]
    BeingRestored(&'static str),
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
    /// Whoever finds the address could ask for balances.
    #[error("host.conditions_url is set, so host.token must be, too")]
    NoTokenForConditions,
    /// The extra authorities can't be read.
    #[error(transparent)]
    Sender(#[from] SenderError),
    /// A recipient can't be told like that.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// The folder of a SQLite file can't be made.
    #[error("{0}: {1}")]
    Folder(PathBuf, std::io::Error),
}

/// Opens both databases and brings them to the present schema.
///
/// # Errors
/// [`OpenError`].
pub async fn databases(config: &Config) -> Result<(Db, Db), OpenError> {
    let (data, keys) = unmigrated(config).await?;
    migrate(&data, Schema::Data).await?;
    migrate(&keys, Schema::Keys).await?;
    Ok((data, keys))
}

/// Opens both databases as they are.
///
/// # Errors
/// [`OpenError`].
pub async fn unmigrated(config: &Config) -> Result<(Db, Db), OpenError> {
    fit(config)?;
    let data = database("data", &config.storage.data).await?;
    let keys = database("keys", &config.storage.keys).await?;
    Ok((data, keys))
}

/// Whether the settings fit together.
///
/// # Errors
/// The first that does not.
pub fn fit(config: &Config) -> Result<(), OpenError> {
    if config.storage.data == config.storage.keys {
        return Err(OpenError::OneDatabase);
    }
    if !ledger::is_key_name(&config.ledger.origin) {
        return Err(OpenError::Origin(config.ledger.origin.clone()));
    }
    if config.mail.gateway_url.is_some() && !config.is_https() {
        return Err(OpenError::NoWayToUnsubscribe);
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

async fn database(which: &'static str, address: &str) -> Result<Db, OpenError> {
    if let Some(folder) = address.strip_prefix("sqlite:").and_then(|file| Path::new(file).parent()) {
        make_private(folder).map_err(|e| OpenError::Folder(folder.to_owned(), e))?;
    }
    Db::open(address).await.map_err(|e| OpenError::Storage(which, e))
}

/// Only this service's user may look into its folders.
fn make_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
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

/// The whole centre on the machine's clock.
///
/// # Errors
/// [`OpenError`].
pub async fn centre(config: &Config, demo: bool) -> Result<Centre, OpenError> {
    Ok(centre_in_use(config, demo).await?.0)
}

/// The same for somebody who goes on using it: as long as what comes with it is held, nobody puts another state in the place of
/// its databases.
///
/// # Errors
/// [`OpenError`].
pub async fn centre_in_use(config: &Config, demo: bool) -> Result<(Centre, [Held; 2]), OpenError> {
    // The cheap refusals first, before a folder or file is made.
    let catalogue = Catalogue::load(config.catalogue.folder.as_deref())?;
    Endpoints::of(config, &catalogue)?;
    if !demo {
        master_key(config, false)?;
    }
    let mailbox = demo.then(|| Arc::new(Mailbox::default()));
    let gateways = gateways(config, mailbox.as_ref())?;
    let (data, keys) = databases(config).await?;
    let held = [hold("data", &data).await?, hold("keys", &keys).await?];
    let master = master_key(config, demo)?;
    let clock: Arc<dyn Clock> = if demo { Arc::new(demo_clock(&data).await?) } else { Arc::new(SystemClock) };
    let outside = Outside { clock, gateways, mailbox };
    let centre = assemble(config, catalogue, (data, keys), &master, outside).await?;
    // Whoever uses the centre, server or command, first passes the gate.
    replay::catch_up(&centre).await?;
    Ok((centre, held))
}

async fn hold(which: &'static str, db: &Db) -> Result<Held, OpenError> {
    let held = db.hold().await.map_err(|e| OpenError::Storage(which, e))?;
    held.ok_or(OpenError::BeingRestored(which))
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
        limits: Limits::new(&config.limits),
        assets: assets::find(&config.server.site_root),
        site_root: config.server.site_root.clone(),
        https: config.is_https(),
        trusted_origins: config.server.public_url.iter().cloned().collect(),
        public_url: config.server.public_url.clone(),
        host_token: config.host.token.as_deref().map(Secret::new),
        sms_secret: config.sms.inbound_secret.as_deref().map(Secret::new),
        address_header: config.server.address_header.clone(),
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
mod tests {
    use super::*;

    #[test]
    fn settings_that_do_not_fit_are_refused_before_anything_is_opened() {
        assert!(fit(&Config::default()).is_ok());
        let with = |change: fn(&mut Config)| {
            let mut config = Config::default();
            change(&mut config);
            fit(&config)
        };
        assert!(matches!(with(|c| c.storage.keys = c.storage.data.clone()), Err(OpenError::OneDatabase)));
        assert!(matches!(with(|c| c.ledger.origin = "a b".into()), Err(OpenError::Origin(_))));
        for url in ["privacy.example.cn", "https://", "https://a.example/path", "ftp://a.example"] {
            let mut config = Config::default();
            config.server.public_url = Some(url.into());
            assert!(matches!(fit(&config), Err(OpenError::PublicUrl(_))), "{url}");
        }
        assert!(with(|c| c.server.public_url = Some("https://a.example:8443".into())).is_ok());
        let mail = with(|c| c.mail.gateway_url = Some("https://mail.example/send".into()));
        assert!(matches!(mail, Err(OpenError::NoWayToUnsubscribe)));
        assert!(matches!(with(|c| c.host.token = Some("short".into())), Err(OpenError::WeakSecret("host.token"))));
        let conditions = with(|c| c.host.conditions_url = Some("http://host.example/".into()));
        assert!(matches!(conditions, Err(OpenError::ConditionsUrl(_))));
        let conditions = with(|c| c.host.conditions_url = Some("https://host.example/".into()));
        assert!(matches!(conditions, Err(OpenError::NoTokenForConditions)));
    }
}
