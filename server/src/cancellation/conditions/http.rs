//! Asking the host over HTTP:
//!
//! ```text
//! POST <host.conditions_url>   Authorization: Bearer <host.token>
//! {"phone":"13800138000"}
//! 200 {"affairs":[{"id":"ord-81","kind":"order","detail":"订单尾号 3821，运输中","link":"https://shop.example/orders/81"}]}
//! ```
//!
//! Every other status, and every answer of another shape, says that it is not known now.

use std::time::Duration;

use app::cancellation::affair::{Affair, Found};
use app::promises::{CONDITIONS_PATIENCE, CONDITIONS_PAUSES};
use async_trait::async_trait;
use reqwest::redirect::Policy;
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::{Conditions, NotKnown, Subject};

/// Asks the host.
pub struct Asked {
    client: reqwest::Client,
    url: String,
    token: String,
}

/// The host's answer.
#[derive(Deserialize)]
struct Answer {
    affairs: Vec<One>,
}

#[derive(Deserialize)]
struct One {
    id: String,
    #[serde(flatten)]
    affair: Affair,
}

impl Answer {
    fn found(self) -> Result<Found, NotKnown> {
        for One { affair, .. } in &self.affairs {
            affair.check().map_err(|wrong| NotKnown::Unreadable(wrong.to_owned()))?;
        }
        Ok(Found::of(self.affairs.into_iter().map(|one| (one.id, one.affair))))
    }
}

/// Over HTTPS, or to this machine.
#[must_use]
pub fn may_be_asked(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let here = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => return false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && here)
}

impl Asked {
    /// At that address, with the host's token.
    ///
    /// # Errors
    /// When no TLS is to be had.
    ///
    /// # Panics
    /// Never: the promise is no negative time.
    pub fn new(url: String, token: String) -> Result<Self, reqwest::Error> {
        let patience = Duration::from_millis(CONDITIONS_PATIENCE.try_into().expect("a time to come"));
        Self::with_patience(url, token, patience)
    }

    /// The same, giving a try up after less than is promised.
    ///
    /// # Errors
    /// When no TLS is to be had.
    pub fn with_patience(url: String, token: String, patience: Duration) -> Result<Self, reqwest::Error> {
        // Wherever it leads on to, the token and the phone are not sent there.
        let client = reqwest::Client::builder().timeout(patience).redirect(Policy::none()).build()?;
        Ok(Self { client, url, token })
    }

    async fn ask(&self, subject: Subject<'_>) -> Result<Found, NotKnown> {
        let body = json!({ "phone": subject.phone.reveal() });
        let unreachable = |error: reqwest::Error| NotKnown::Unreachable(error.without_url());
        let request = self.client.post(&self.url).bearer_auth(&self.token).json(&body);
        let response = request.send().await.map_err(unreachable)?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(NotKnown::Answered(response.status()));
        }
        let bytes = response.bytes().await.map_err(unreachable)?;
        // The error's own text may quote what it could not read.
        let answer: Answer = serde_json::from_slice(&bytes)
            .map_err(|_| NotKnown::Unreadable("the host's answer is of another shape".to_owned()))?;
        answer.found()
    }
}

#[async_trait]
impl Conditions for Asked {
    async fn look(&self, subject: Subject<'_>) -> Result<Found, NotKnown> {
        let mut pauses = CONDITIONS_PAUSES.iter();
        loop {
            let error = match self.ask(subject).await {
                Ok(found) => return Ok(found),
                Err(error) => error,
            };
            let Some(pause) = pauses.next() else { return Err(error) };
            tracing::warn!(%error, "the host is asked again what stands in the way");
            tokio::time::sleep(Duration::from_millis((*pause).unsigned_abs())).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use app::cancellation::affair::AffairKind;

    use super::*;

    fn read(text: &str) -> Result<Found, NotKnown> {
        serde_json::from_str::<Answer>(text).map_err(|e| NotKnown::Unreadable(e.to_string()))?.found()
    }

    #[test]
    fn the_token_goes_over_https_or_stays_on_this_machine() {
        for url in ["https://host.example/conditions", "http://127.0.0.1:8080/", "http://[::1]/x", "http://localhost/"]
        {
            assert!(may_be_asked(url), "{url}");
        }
        for url in ["", "http://host.example/", "http://10.0.0.1/", "ftp://localhost/", "http://localhost.example/"] {
            assert!(!may_be_asked(url), "{url}");
        }
    }

    #[test]
    fn an_answer_of_another_shape_is_never_none() {
        assert_eq!(read(r#"{"affairs":[]}"#).expect("nothing is open"), Found::default());
        let order = r#"{"affairs":[{"id":"a","kind":"order","detail":"运输中","link":"https://shop.example/a"}]}"#;
        assert_eq!(read(order).expect("one").obstacles[0].kind, AffairKind::Order);
        let settled = r#"{"affairs":[{"id":"a","kind":"order","open":false}]}"#;
        assert_eq!(read(settled).expect("settled"), Found::default());
        for text in [
            "{}",
            "[]",
            r#"{"affairs":null}"#,
            r#"{"affairs":[{"id":"a","kind":"lawsuit","detail":"x","link":"https://shop.example/a"}]}"#,
            r#"{"affairs":[{"id":"a","kind":"order","detail":"x"}]}"#,
            r#"{"affairs":[{"kind":"order","detail":"x","link":"https://shop.example/a"}]}"#,
            r#"{"affairs":[{"id":"a","kind":"balance","detail":"x","link":"https://shop.example/a"}]}"#,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
