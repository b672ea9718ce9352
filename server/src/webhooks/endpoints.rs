//! How each recipient is told: its webhook, if it has one, and what it knows people by. From the configuration.

use std::collections::BTreeMap;

use app::records::model::{Field, Home};
use app::sharing::model::{Recipient, Role};
use app::time::SECOND;
use url::{Host, Url};

use super::signature::Secrets;
use super::store::HOST;
use crate::catalogue::{Catalogue, Data};
use crate::config::{Config, Many};
use app::promises::DELIVERY_PAUSES;

/// What a recipient may know somebody by where nothing else is said, of the kinds that it gets.
const IDENTIFIERS: [&str; 8] = [
    "register_phone",
    "email",
    "device_uid",
    "cookie_id",
    "order_no",
    "consignee_phone",
    "prize_contact",
    "contact_pick",
];
/// What the host and processors know people by.
pub(super) const PHONE: &str = "register_phone";

/// What is wrong with how a recipient is told. For the operator.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// Nobody of that name.
    #[error("[recipients.{0}] names no recipient of recipients.toml")]
    Unknown(String),
    /// What is told there could be read on the way.
    #[error("{0}: webhook_url must be https:// (http:// only to this machine), without user, password and #")]
    Url(String),
    /// Secrets that can be guessed.
    #[error(
        "{0}: webhook_secret must be whsec_ and 24 to 64 random bytes in base64; several with spaces while it is changed"
    )]
    Secret(String),
    /// One without the other.
    #[error("{0}: webhook_url and webhook_secret go together")]
    Half(String),
    /// What it is told would tell it more than it knows.
    #[error("{0}: identify_by names {1}, which {2}")]
    Identity(String, String, &'static str),
    /// It would not know who is meant.
    #[error("{0}: a webhook needs identify_by, since nothing that it gets tells who somebody is")]
    Nobody(String),
    /// No client.
    #[error("the client for webhooks could not be made: {0}")]
    Client(#[from] reqwest::Error),
    /// A pause that is none.
    #[error("webhooks.pause_seconds must be numbers of seconds: {0}")]
    Pauses(String),
}

/// Where a recipient listens.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Its address.
    pub url: Url,
    /// What it and we sign with.
    pub secrets: Secrets,
}

#[derive(Clone, Debug, Default)]
struct Endpoint {
    webhook: Option<Webhook>,
    identify_by: Vec<String>,
}

/// Every recipient of the catalogue and the host. One without a webhook is told by hand.
#[derive(Clone, Debug)]
pub struct Endpoints {
    all: BTreeMap<String, Endpoint>,
    pauses: Vec<i64>,
}

impl Endpoints {
    /// As configured.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn of(config: &Config, catalogue: &Catalogue) -> Result<Self, EndpointError> {
        let data = catalogue.data();
        if let Some(unknown) = config.recipients.keys().find(|id| data.recipient(id).is_none()) {
            return Err(EndpointError::Unknown(unknown.clone()));
        }
        let host = &config.host;
        let host = Endpoint {
            webhook: webhook("host", host.webhook_url.as_deref(), host.webhook_secret.as_deref())?,
            identify_by: vec![PHONE.to_owned()],
        };
        let mut all = BTreeMap::from([(HOST.to_owned(), host)]);
        for recipient in data.all_recipients() {
            let none = crate::config::RecipientConfig::default();
            let set = config.recipients.get(&recipient.id).unwrap_or(&none);
            let name = format!("recipients.{}", recipient.id);
            let listens = webhook(&name, set.webhook_url.as_deref(), set.webhook_secret.as_deref())?;
            let identify_by = identify_by(&name, &set.identify_by, recipient, data)?;
            if listens.is_some() && identify_by.is_empty() {
                return Err(EndpointError::Nobody(name));
            }
            all.insert(recipient.id.clone(), Endpoint { webhook: listens, identify_by });
        }
        Ok(Self { all, pauses: pauses(&config.webhooks.pause_seconds)? })
    }

    /// Where a recipient listens; none: it is told by hand.
    #[must_use]
    pub fn webhook(&self, recipient: &str) -> Option<&Webhook> {
        self.all.get(recipient)?.webhook.as_ref()
    }

    /// The kinds of data that a recipient knows somebody by. One that the list names no more is told by hand, by us.
    #[must_use]
    pub fn identify_by(&self, recipient: &str) -> Vec<&str> {
        let known = self.all.get(recipient).map(|endpoint| &endpoint.identify_by);
        known.map_or_else(|| vec![PHONE], |kinds| kinds.iter().map(String::as_str).collect())
    }

    /// Everybody who has a webhook.
    pub fn with_webhook(&self) -> impl Iterator<Item = (&str, &Webhook)> {
        self.all.iter().filter_map(|(id, endpoint)| Some((id.as_str(), endpoint.webhook.as_ref()?)))
    }

    /// Pauses between tries.
    #[must_use]
    pub fn pauses(&self) -> &[i64] {
        &self.pauses
    }
}

fn webhook(name: &str, url: Option<&str>, secret: Option<&str>) -> Result<Option<Webhook>, EndpointError> {
    let (url, secret) = match (url, secret) {
        (None, None) => return Ok(None),
        (Some(url), Some(secret)) => (url, secret),
        _ => return Err(EndpointError::Half(name.to_owned())),
    };
    let url = Url::parse(url).ok().filter(is_safe).ok_or_else(|| EndpointError::Url(name.to_owned()))?;
    let secrets = secret.parse().map_err(|_| EndpointError::Secret(name.to_owned()))?;
    Ok(Some(Webhook { url, secrets }))
}

/// Nobody on the way can read what is sent there.
fn is_safe(url: &Url) -> bool {
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let private = url.scheme() == "https" && url.host().is_some() || url.scheme() == "http" && here;
    private && url.username().is_empty() && url.password().is_none() && url.fragment().is_none()
}

fn identify_by(name: &str, wanted: &Many, recipient: &Recipient, data: &Data) -> Result<Vec<String>, EndpointError> {
    let gets = |id: &str| data.received_by(recipient).any(|field| field.id == id);
    let for_us = recipient.role == Role::Processor;
    if wanted.0.is_empty() {
        let of_its_own: Vec<_> = IDENTIFIERS.into_iter().filter(|id| gets(id)).map(str::to_owned).collect();
        let ours = if for_us { vec![PHONE.to_owned()] } else { Vec::new() };
        return Ok(if of_its_own.is_empty() { ours } else { of_its_own });
    }
    for id in &wanted.0 {
        let wrong = |why| EndpointError::Identity(name.to_owned(), id.clone(), why);
        let field = data.field(id).ok_or_else(|| wrong("is no field of data.toml"))?;
        if !may_identify(field) {
            return Err(wrong("is sensitive, or no value that tells who somebody is"));
        }
        // Whoever works only for us gets what we hold when it needs it; nobody else learns anything new by being told.
        if !for_us && !gets(id) {
            return Err(wrong("it does not get"));
        }
    }
    Ok(wanted.0.clone())
}

fn may_identify(field: &Field) -> bool {
    let is_value = match field.kept_in {
        Home::Records => true,
        Home::Account => matches!(field.id.as_str(), "register_phone" | "username"),
        Home::Addresses => field.id == "consignee_phone",
        Home::Avatar | Home::RealName | Home::Decisions | Home::Affairs => false,
    };
    is_value && !field.sensitive
}

fn pauses(wanted: &Many) -> Result<Vec<i64>, EndpointError> {
    if wanted.0.is_empty() {
        return Ok(DELIVERY_PAUSES.to_vec());
    }
    let pause = |text: &String| {
        let seconds = text.parse::<u32>().map_err(|_| EndpointError::Pauses(text.clone()))?;
        Ok(i64::from(seconds) * SECOND)
    };
    wanted.0.iter().map(pause).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    fn read(text: &str) -> Result<Endpoints, String> {
        let source = config::File::from_str(text, config::FileFormat::Toml);
        let read = config::Config::builder().add_source(source).build().and_then(config::Config::try_deserialize);
        let config: Config = read.map_err(|error| error.to_string())?;
        Endpoints::of(&config, &Catalogue::load(None).expect("loads")).map_err(|error| error.to_string())
    }

    fn one(id: &str, url: &str, rest: &str) -> Result<Endpoints, String> {
        read(&format!("[recipients.{id}]\nwebhook_url = \"{url}\"\nwebhook_secret = \"{SECRET}\"\n{rest}"))
    }

    #[test]
    fn what_does_not_fit_is_refused_by_name() {
        let url = "https://hooks.example/a";
        let cases = [
            (one("nobody", url, ""), "[recipients.nobody] names no recipient"),
            (one("sms", "http://hooks.example/a", ""), "recipients.sms: webhook_url must be https"),
            (one("sms", "https://a:b@hooks.example/", ""), "must be https"),
            (one("sms", "hooks.example", ""), "must be https"),
            (one("sms", "http://10.0.0.1/", ""), "must be https"),
            (one("sms", url, "identify_by = [\"phone\"]"), "phone, which is no field"),
            (one("ads_juguang", url, "identify_by = [\"register_phone\"]"), "register_phone, which it does not get"),
            (one("payment", url, "identify_by = [\"id_card_no\"]"), "id_card_no, which is sensitive"),
            (one("tax", url, ""), "recipients.tax: a webhook needs identify_by"),
            (
                read("[recipients.sms]\nwebhook_url = \"https://a.example\""),
                "recipients.sms: webhook_url and webhook_secret",
            ),
            (read(&format!("[host]\nwebhook_secret = \"{SECRET}\"")), "host: webhook_url and webhook_secret"),
            (
                read("[host]\nwebhook_url = \"https://a.example\"\nwebhook_secret = \"hunter2\""),
                "host: webhook_secret must be",
            ),
            (read("[recipients.sms]\nsecret = \"x\""), "secret"),
            (read("[webhooks]\npause_seconds = [\"soon\"]"), "pause_seconds"),
        ];
        for (outcome, why) in cases {
            let error = outcome.expect_err(why);
            assert!(error.contains(why), "{error:?} does not say {why:?}");
        }
    }

    #[test]
    fn what_fits_is_taken_and_lists_may_be_written_in_one_line() {
        let endpoints =
            one("ads_juguang", "https://hooks.example/a", "identify_by = \"device_uid, cookie_id\"").expect("fits");
        assert_eq!(endpoints.identify_by("ads_juguang"), ["device_uid", "cookie_id"]);
        assert_eq!(endpoints.with_webhook().map(|(id, _)| id).collect::<Vec<_>>(), ["ads_juguang"]);
        assert!(endpoints.webhook("sms").is_none());
        assert_eq!(endpoints.pauses(), DELIVERY_PAUSES);
        for here in ["http://127.0.0.1:9/x", "http://localhost/x", "http://[::1]:7/"] {
            assert!(one("sms", here, "").is_ok(), "{here}");
        }
        let endpoints = read("[webhooks]\npause_seconds = [1, 2]").expect("fits");
        assert_eq!(endpoints.pauses(), [1000, 2000]);
    }

    #[test]
    fn nobody_is_told_by_default_of_what_they_do_not_get() {
        let (endpoints, catalogue) = (read("").expect("fits"), Catalogue::load(None).expect("loads"));
        for recipient in catalogue.data().all_recipients() {
            let gets = |id: &&str| catalogue.data().received_by(recipient).any(|field| field.id == *id);
            let known = endpoints.identify_by(&recipient.id);
            let for_us = recipient.role == Role::Processor && known == [PHONE];
            assert!(for_us || known.iter().all(gets), "{}", recipient.id);
        }
        assert_eq!(endpoints.identify_by("ads_juguang"), ["device_uid", "cookie_id"]);
        assert_eq!(endpoints.identify_by("logistics"), ["consignee_phone"]);
        assert_eq!(endpoints.identify_by(HOST), [PHONE]);
    }
}
