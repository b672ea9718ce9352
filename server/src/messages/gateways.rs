//! The operator's gateways for SMS, mail and push over HTTP. Only the gate hands anything to them: what is not `pub` here is
//! how that is held.

use std::sync::Arc;
use std::time::Duration;

use app::accounts::model::PhoneNumber;
use app::messages::Channel;
use app::promises::HAND_OVER;
use async_trait::async_trait;
use serde_json::json;
use uuid::Uuid;

/// Something that sends SMS.
#[async_trait]
pub trait SmsProvider: Send + Sync {
    /// Hands one message over. Accepted is not yet delivered. `id` is the same at every try of one message.
    async fn send(&self, id: Uuid, phone: &PhoneNumber, text: &str) -> Result<(), GatewayError>;
}

/// Something that sends mail.
#[async_trait]
pub trait MailProvider: Send + Sync {
    /// Hands one mail over. Accepted is not yet delivered.
    async fn send(&self, mail: &Mail) -> Result<(), GatewayError>;
}

/// Something that sends pushes; it knows the phone's devices.
#[async_trait]
pub trait PushProvider: Send + Sync {
    /// Hands one push over. Accepted is not yet delivered.
    async fn send(&self, phone: &PhoneNumber, push: &Push) -> Result<(), GatewayError>;
}

/// A mail, ready to go.
#[derive(Clone)]
pub struct Mail {
    /// The address.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// As plain text.
    pub text: String,
    /// As HTML.
    pub html: String,
    /// Headers besides those that the gateway makes itself.
    pub headers: Vec<(&'static str, String)>,
}

/// A push, ready to go.
#[derive(Clone)]
pub struct Push {
    /// Its first line.
    pub title: String,
    /// The rest.
    pub text: String,
}

/// A message with its receiver.
pub(super) enum Parcel {
    Sms { id: Uuid, phone: PhoneNumber, text: String },
    Mail(Mail),
    Push { phone: PhoneNumber, push: Push },
}

/// The message was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The gateway did not answer.
    #[error("the gateway could not be reached")]
    Unreachable(#[source] reqwest::Error),
    /// The gateway said no.
    #[error("the gateway answered {0}")]
    Refused(reqwest::StatusCode),
    /// It took too long, and the hand-over was cut off.
    #[error("the gateway did not answer in time")]
    TooSlow,
    /// The operator has set none up for this channel.
    #[error("there is no gateway for this channel")]
    None,
}

/// One gateway per channel. Clones share them.
#[derive(Clone)]
pub struct Gateways {
    sms: Arc<dyn SmsProvider>,
    mail: Option<Arc<dyn MailProvider>>,
    push: Option<Arc<dyn PushProvider>>,
    patience: Duration,
}

impl Gateways {
    /// A gateway for SMS, without which nobody could sign in, and what else there is.
    ///
    /// # Panics
    /// Never: the promise is no negative time.
    #[must_use]
    pub fn new(
        sms: Arc<dyn SmsProvider>,
        mail: Option<Arc<dyn MailProvider>>,
        push: Option<Arc<dyn PushProvider>>,
    ) -> Self {
        let patience = Duration::from_millis(HAND_OVER.try_into().expect("a time to come"));
        Self { sms, mail, push, patience }
    }

    /// Cuts a hand-over off after less than is promised.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// How long a hand-over may take.
    pub(super) const fn patience(&self) -> Duration {
        self.patience
    }

    /// Whether there is one for the channel.
    pub(super) const fn has(&self, channel: Channel) -> bool {
        match channel {
            Channel::Sms => true,
            Channel::Email => self.mail.is_some(),
            Channel::Push => self.push.is_some(),
        }
    }

    /// Hands a message over.
    pub(super) async fn take(&self, parcel: &Parcel) -> Result<(), GatewayError> {
        match parcel {
            Parcel::Sms { id, phone, text } => self.sms.send(*id, phone, text).await,
            Parcel::Mail(mail) => self.mail.as_ref().ok_or(GatewayError::None)?.send(mail).await,
            Parcel::Push { phone, push } => self.push.as_ref().ok_or(GatewayError::None)?.send(phone, push).await,
        }
    }
}

/// A gateway over HTTP: `POST` with JSON, any 2xx is taken as accepted.
///
/// SMS get `{"id","phone","text"}` (a message that is tried again has the same id), mails `{"to","subject","text","html","headers"}`, pushes `{"phone","title","text"}`.
pub struct HttpGateway {
    client: reqwest::Client,
    url: String,
    token: Option<String>,
}

impl HttpGateway {
    /// For the gateway at `url`.
    ///
    /// # Errors
    /// When no TLS is to be had.
    pub fn new(url: String, token: Option<String>) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder().timeout(Duration::from_secs(10)).build()?;
        Ok(Self { client, url, token })
    }

    async fn post(&self, body: &serde_json::Value) -> Result<(), GatewayError> {
        let mut request = self.client.post(&self.url).json(body);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        // An error's text would hold the address of the gateway, never the receiver: that is in the body.
        let response = request.send().await.map_err(|e| GatewayError::Unreachable(e.without_url()))?;
        if response.status().is_success() { Ok(()) } else { Err(GatewayError::Refused(response.status())) }
    }
}

#[async_trait]
impl SmsProvider for HttpGateway {
    async fn send(&self, id: Uuid, phone: &PhoneNumber, text: &str) -> Result<(), GatewayError> {
        self.post(&json!({ "id": id, "phone": phone.reveal(), "text": text })).await
    }
}

#[async_trait]
impl MailProvider for HttpGateway {
    async fn send(&self, mail: &Mail) -> Result<(), GatewayError> {
        let Mail { to, subject, text, html, headers } = mail;
        let headers: serde_json::Map<_, _> = headers.iter().map(|(n, v)| ((*n).to_owned(), json!(v))).collect();
        self.post(&json!({ "to": to, "subject": subject, "text": text, "html": html, "headers": headers })).await
    }
}

#[async_trait]
impl PushProvider for HttpGateway {
    async fn send(&self, phone: &PhoneNumber, push: &Push) -> Result<(), GatewayError> {
        self.post(&json!({ "phone": phone.reveal(), "title": push.title, "text": push.text })).await
    }
}
