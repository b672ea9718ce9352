//! Every setting, with its default and its meaning. From `privacy-centre.toml` (or `--config FILE`), then from the
//! environment as `PRIVACY_CENTRE__SECTION__KEY`. An unknown key is refused: a misspelt setting must not be a silent default.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use app::promises::{CODE_PAUSE, CODES_PER_HOUR, IMPORT_LATE};
use app::time::{DAY, SECOND};
use serde::Deserialize;

use crate::storage::CONNECTIONS;

/// All settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
pub struct Config {
    /// `[server]`
    pub server: ServerConfig,
    /// `[storage]`
    pub storage: StorageConfig,
    /// `[vault]`
    pub vault: VaultConfig,
    /// `[ledger]`
    pub ledger: LedgerConfig,
    /// `[controller]`
    pub controller: ControllerConfig,
    /// `[sms]`
    pub sms: SmsConfig,
    /// `[mail]`
    pub mail: GatewayConfig,
    /// `[push]`
    pub push: GatewayConfig,
    /// `[host]`
    pub host: HostConfig,
    /// `[recipients.<id>]`
    pub recipients: BTreeMap<String, RecipientConfig>,
    /// `[webhooks]`
    pub webhooks: WebhooksConfig,
    /// `[transfer]`
    pub transfer: TransferConfig,
    /// `[catalogue]`
    pub catalogue: CatalogueConfig,
    /// `[import]`
    pub import: ImportConfig,
    /// `[limits]`
    pub limits: LimitsConfig,
}

/// Where the server listens and what it is called.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerConfig {
    /// Address and port.
    pub listen: String,
    /// The address that people see, for example `https://privacy.example.cn`. Decides whether cookies are `Secure` with
    /// the `__Host-` prefix (https) or plain (http, on this machine only), and is trusted as an origin.
    pub public_url: Option<String>,
    /// Behind a reverse proxy: the header that holds the caller's address, for example `x-forwarded-for` (its last entry
    /// is taken). Unset: the connection's own address.
    pub address_header: Option<String>,
    /// Connections at once from one address, of IPv6 from one /64; with `address_header` requests at once, by the address in it.
    pub connections_per_address: NonZeroU32,
    /// Connections at once in all. Unset: what the process's limit of files leaves, at most 10,000.
    pub connections: Option<NonZeroU32>,
    /// Seconds for the head of a request, from its first byte on.
    pub header_seconds: NonZeroU32,
    /// Seconds for which a connection may wait for its next request; longer than a proxy keeps one.
    pub idle_seconds: NonZeroU32,
    /// Where the built pages' files are.
    pub site_root: PathBuf,
    /// Log as `text` or `json`.
    pub log_format: LogFormat,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines, one object a line.
    Json,
}

/// Connections of a command to one database.
const COMMAND_CONNECTIONS: u32 = 4;

/// Where the data and the keys are kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StorageConfig {
    /// `sqlite:FILE` or `postgres://…`.
    pub data: String,
    /// A second database for the keys; never the same one, and never in the same backup.
    pub keys: String,
    /// Connections of one server to the data at most; of a SQLite file those that read. One more watches that it is held.
    pub data_connections: u32,
    /// The same for the keys.
    pub keys_connections: u32,
}

/// The key that wraps all keys.
#[derive(Clone, Debug, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct VaultConfig {
    /// A file with 32 random bytes in base64.
    pub master_key_file: Option<PathBuf>,
    /// The same, in place (meant for the environment).
    pub master_key: Option<String>,
}

/// The transparency log.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LedgerConfig {
    /// The log's name in its checkpoints (C2SP tlog-checkpoint "origin"): a host and path that are yours.
    pub origin: String,
}

/// Who decides about the data (个保法 73), as receipts and certificates name it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ControllerConfig {
    /// Its full name.
    pub name: String,
    /// How its person in charge of personal data is reached.
    pub contact: String,
}

/// How SMS are sent.
#[derive(Clone, Debug, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct SmsConfig {
    /// The gateway's address: gets `{"phone": "…", "text": "…"}` as JSON, any 2xx is taken as accepted. Unset without
    /// `--demo`: the server refuses to start, because nobody could sign in.
    pub gateway_url: Option<String>,
    /// Sent as `Authorization: Bearer …`.
    pub gateway_token: Option<String>,
    /// What the provider signs replies to SMS with. Unset: `/hooks/sms` is not there.
    pub inbound_secret: Option<String>,
}

/// How mails, or pushes, are sent.
#[derive(Clone, Debug, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct GatewayConfig {
    /// The gateway's address. Unset: nothing is sent on this channel.
    pub gateway_url: Option<String>,
    /// Sent as `Authorization: Bearer …`.
    pub gateway_token: Option<String>,
}

/// The host app's own services.
#[derive(Clone, Debug, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct HostConfig {
    /// What they send as `Authorization: Bearer …`. Unset: `/host/messages` is not there.
    pub token: Option<String>,
    /// Where they are asked what stands in the way of leaving; needs the token, which is sent along. Unset: what was imported.
    pub conditions_url: Option<String>,
    /// Where the host is told of erasures, corrections and withdrawals. Unset: somebody tells it by hand.
    pub webhook_url: Option<String>,
    /// What these webhooks, and the answers to them, are signed with.
    pub webhook_secret: Option<String>,
}

/// How a recipient of `recipients.toml` is told of erasures, corrections and withdrawals.
#[derive(Clone, Debug, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct RecipientConfig {
    /// Its address, https. Unset: somebody tells it by hand.
    pub webhook_url: Option<String>,
    /// `whsec_` and 24 to 64 random bytes in base64; while it is being changed the new and the old one, a space between.
    pub webhook_secret: Option<String>,
    /// The kinds of data by which it knows people, by their ids. Unset: what it gets of those that tell who somebody is.
    pub identify_by: Many,
}

/// How webhooks are sent.
#[derive(Clone, Debug, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct WebhooksConfig {
    /// Pauses between tries. Unset: those of `app::promises`, which take days.
    pub pause_seconds: Many,
}

/// A list, or one line with commas, as the environment holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Many(pub Vec<String>);

impl<'de> Deserialize<'de> for Many {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Part {
            Text(String),
            Number(u32),
        }
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            List(Vec<Part>),
            Line(Part),
        }
        let parts = match Written::deserialize(deserializer)? {
            Written::List(parts) => parts,
            Written::Line(line) => vec![line],
        };
        let text = |part: Part| match part {
            Part::Text(text) => text,
            Part::Number(number) => number.to_string(),
        };
        let line = parts.into_iter().map(text).collect::<Vec<_>>().join(",");
        let tidied = line.split(',').map(|part| part.trim().to_owned());
        Ok(Self(tidied.filter(|part| !part.is_empty()).collect()))
    }
}

/// How 个人信息转移 reaches the services that people name.
#[derive(Clone, Debug, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct TransferConfig {
    /// Also send to addresses that are not on the public internet. Only for a receiver in your own network, or a test: what
    /// a person types then makes this server call hosts beside it.
    pub allow_private_addresses: bool,
    /// A PEM file with certificates of authorities that are trusted besides the system's.
    pub extra_root_ca: Option<PathBuf>,
}

/// The operator's own words and lists.
#[derive(Clone, Debug, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct CatalogueConfig {
    /// A folder with files of the same names as in `server/catalogue`; a file that is absent is the built-in one.
    pub folder: Option<PathBuf>,
}

/// What `import` takes in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ImportConfig {
    /// Days within which a line comes that names its person by phone and came about before the account had that number; at most
    /// 180. As long is known which numbers were given up.
    pub late_days: u32,
}

impl ImportConfig {
    /// The same in milliseconds.
    #[must_use]
    pub fn late(&self) -> i64 {
        i64::from(self.late_days) * DAY
    }
}

impl Default for ImportConfig {
    fn default() -> Self {
        Self { late_days: u32::try_from(IMPORT_LATE / DAY).expect("a small number") }
    }
}

/// How often one may try to prove an identity. A try more comes back every two seconds per address, every minute per account.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// Tries at once from one address, of IPv6 from one /64. Many people may share one (a school, a carrier).
    pub tries_per_address: NonZeroU32,
    /// Passwords at once that sign in to one account; and, apart from these, passwords and codes with which one session proves
    /// again who it is. So nobody is locked out by a stranger's guesses: codes have limits of their own, and so has a session.
    pub tries_per_account: NonZeroU32,
    /// Seconds between two codes by SMS to one phone that are counted together; 0: no pause.
    pub code_pause_seconds: u32,
    /// Codes by SMS to one phone within an hour, of those that are counted together: see `CodeUse::counted_with`.
    pub codes_per_hour: NonZeroU32,
    /// Codes to other phones than its own that one account asks for within an hour. Unset: as many as to one phone.
    pub codes_per_account: Option<NonZeroU32>,
    /// Codes that strangers ask for from one address within an hour. Unset: a third of `tries_per_address`.
    pub codes_per_address: Option<NonZeroU32>,
    /// Codes of the whole centre within an hour, on all servers together: what an hour may cost at most.
    pub codes_in_all: NonZeroU32,
    /// Of these, so many are kept for accounts that ask from a browser in which they were used before.
    pub codes_kept: u32,
}

impl LimitsConfig {
    /// Codes that strangers ask for from one address within an hour.
    #[must_use]
    pub fn codes_per_address(&self) -> NonZeroU32 {
        let third = NonZeroU32::new(self.tries_per_address.get().div_ceil(3));
        self.codes_per_address.or(third).unwrap_or(NonZeroU32::MIN)
    }
}

const fn some(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).expect("more than none")
}

impl Default for LimitsConfig {
    fn default() -> Self {
        let promised = |n: i64| u32::try_from(n).expect("a small number");
        Self {
            tries_per_address: some(60),
            tries_per_account: some(10),
            code_pause_seconds: promised(CODE_PAUSE / SECOND),
            codes_per_hour: some(promised(CODES_PER_HOUR)),
            codes_per_account: None,
            codes_per_address: None,
            codes_in_all: some(5_000),
            codes_kept: 1_000,
        }
    }
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:3000".into(),
            public_url: None,
            address_header: None,
            connections_per_address: some(200),
            connections: None,
            header_seconds: some(20),
            idle_seconds: some(75),
            site_root: "target/site".into(),
            log_format: LogFormat::Text,
        }
    }
}

impl Default for StorageConfig {
    fn default() -> Self {
        Self {
            data: "sqlite:data/centre.db".into(),
            keys: "sqlite:data/keys/keys.db".into(),
            data_connections: CONNECTIONS,
            keys_connections: 8,
        }
    }
}

impl Default for ControllerConfig {
    fn default() -> Self {
        Self {
            name: "一点生活-live".into(), contact: "个人信息保护负责人：在隐私中心的“权利申请记录”提交申请".into()
        }
    }
}

impl ControllerConfig {
    /// How somebody reaches it who has no pages of their own: what stands there unless an operator says otherwise names a page
    /// that only the signed-in reach.
    #[must_use]
    pub fn reachable(&self) -> Option<&str> {
        Some(self.contact.as_str()).filter(|contact| *contact != Self::default().contact)
    }
}

impl Default for LedgerConfig {
    fn default() -> Self {
        Self { origin: "privacy-centre.invalid/log".into() }
    }
}

impl Config {
    /// Reads the file (if there is one) and the environment.
    ///
    /// # Errors
    /// An unreadable file, an unknown key, a value of the wrong kind; the message names the key.
    pub fn load(file: Option<&Path>) -> Result<Self, config::ConfigError> {
        let default_file = Path::new("privacy-centre.toml");
        let mut builder = config::Config::builder();
        builder = match file {
            Some(file) => builder.add_source(config::File::from(file)),
            None => builder.add_source(config::File::from(default_file).required(false)),
        };
        builder
            .add_source(config::Environment::with_prefix("PRIVACY_CENTRE").prefix_separator("__").separator("__"))
            .build()?
            .try_deserialize()
    }

    /// A command needs few connections, and leaves the others to the servers.
    pub fn as_of_a_command(&mut self) {
        let storage = &mut self.storage;
        storage.data_connections = storage.data_connections.min(COMMAND_CONNECTIONS);
        storage.keys_connections = storage.keys_connections.min(COMMAND_CONNECTIONS);
    }

    /// Puts the databases of the default setting under another folder.
    pub fn keep_data_under(&mut self, folder: &Path) {
        let folder = folder.display();
        self.storage.data = format!("sqlite:{folder}/centre.db");
        self.storage.keys = format!("sqlite:{folder}/keys/keys.db");
    }

    /// True when people reach us over https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.server.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Config, config::ConfigError> {
        config::Config::builder()
            .add_source(config::File::from_str(text, config::FileFormat::Toml))
            .build()?
            .try_deserialize()
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let error = load("[server]\nlistn = \"127.0.0.1:1\"").expect_err("refused").to_string();
        assert!(error.contains("listn"), "{error}");
    }

    #[test]
    fn an_empty_file_is_the_default() {
        let config = load("").expect("loads");
        assert_eq!(config.server.listen, "127.0.0.1:3000");
    }
}
