//! Sending SMS: through the operator's gateway over HTTP, or, for the demo, into a mailbox that a page shows.

use std::time::Duration;

use app::accounts::model::PhoneNumber;
use async_trait::async_trait;

/// Something that sends SMS.
#[async_trait]
pub trait SmsProvider: Send + Sync {
    /// Hands one message over. Accepted is not yet delivered.
    async fn send(&self, phone: &PhoneNumber, text: &str) -> Result<(), SmsError>;
}

/// The message was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum SmsError {
    /// The gateway did not answer.
    #[error("the SMS gateway could not be reached")]
    Unreachable(#[source] reqwest::Error),
    /// The gateway said no.
    #[error("the SMS gateway answered {0}")]
    Refused(reqwest::StatusCode),
}

/// The operator's gateway: `POST {"phone","text"}`, any 2xx is taken as accepted.
pub struct HttpSms {
    client: reqwest::Client,
    url: String,
    token: Option<String>,
}

impl HttpSms {
    /// For the gateway at `url`.
    ///
    /// # Errors
    /// When no TLS is to be had.
    pub fn new(url: String, token: Option<String>) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder().timeout(Duration::from_secs(10)).build()?;
        Ok(Self { client, url, token })
    }
}

#[async_trait]
impl SmsProvider for HttpSms {
    async fn send(&self, phone: &PhoneNumber, text: &str) -> Result<(), SmsError> {
        let body = serde_json::json!({ "phone": phone.reveal(), "text": text });
        let mut request = self.client.post(&self.url).json(&body);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        // An error's text would hold the address of the gateway, never the phone: that is in the body.
        let response = request.send().await.map_err(|e| SmsError::Unreachable(e.without_url()))?;
        if response.status().is_success() { Ok(()) } else { Err(SmsError::Refused(response.status())) }
    }
}
