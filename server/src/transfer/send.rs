//! One try: a package travels to a receiving service.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use app::transfer::model::Failure;
use app::transfer::rules::{destination, is_public};
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE};
use reqwest::redirect::Policy;
use reqwest::{Body, Certificate, Client, ClientBuilder};
use url::{Host, Url};

use crate::config::TransferConfig;

/// Until the connection stands.
const CONNECT: Duration = Duration::from_secs(10);
/// Until the receiver has answered.
const WHOLE: Duration = Duration::from_secs(600);

/// Sends packages over HTTPS to public addresses.
pub struct Sender {
    allow_private_addresses: bool,
    extra_authorities: Vec<Certificate>,
}

/// The extra authorities can't be used. For the operator.
#[derive(Debug, thiserror::Error)]
pub enum SenderError {
    /// The file can't be read.
    #[error("transfer.extra_root_ca, {0}: {1}")]
    File(PathBuf, std::io::Error),
    /// The file holds no certificates.
    #[error("transfer.extra_root_ca, {0}: no certificates in PEM")]
    Certificates(PathBuf),
}

/// What travels.
pub struct Delivery {
    /// The transfer's id: a receiver that gets it twice knows that it is the same.
    pub id: String,
    /// A checked address.
    pub address: String,
    /// What the receiver knows the person by.
    pub credential: Option<String>,
    /// The package's size.
    pub bytes: u64,
    /// The package.
    pub body: Body,
}

impl Sender {
    /// As configured.
    ///
    /// # Errors
    /// [`SenderError`].
    pub fn new(config: &TransferConfig) -> Result<Self, SenderError> {
        let extra_authorities = config.extra_root_ca.as_deref().map(authorities).transpose()?.unwrap_or_default();
        Ok(Self { allow_private_addresses: config.allow_private_addresses, extra_authorities })
    }

    /// Sends a package and waits for the receiver's answer.
    ///
    /// # Errors
    /// Why it was not delivered.
    pub async fn send(&self, delivery: Delivery) -> Result<(), Failure> {
        let url = Url::parse(&delivery.address).map_err(|_| Failure::Unreachable)?;
        let client = self.client(&url).await?;
        let mut request = client
            .post(url)
            .header(CONTENT_TYPE, "application/zip")
            .header(CONTENT_LENGTH, delivery.bytes)
            .header("idempotency-key", &delivery.id)
            .body(delivery.body);
        if let Some(credential) = &delivery.credential {
            request = request.bearer_auth(credential);
        }
        let response = request.send().await.map_err(|error| {
            // The error's own text names the receiver.
            let (connect, timeout) = (error.is_connect(), error.is_timeout());
            tracing::warn!(transfer = delivery.id, connect, timeout, "a receiver could not be reached");
            Failure::Unreachable
        })?;
        let status = response.status();
        if status.is_success() { Ok(()) } else { Err(Failure::Answered(status.as_u16())) }
    }

    /// A client that can reach only what was looked up and allowed: a name that leads elsewhere on a second look changes nothing.
    async fn client(&self, url: &Url) -> Result<Client, Failure> {
        let (host, port) = destination(url).ok_or(Failure::Unreachable)?;
        let found: Vec<SocketAddr> = match host {
            Host::Domain(name) => {
                tokio::net::lookup_host((name, port)).await.map_err(|_| Failure::Unreachable)?.collect()
            }
            Host::Ipv4(address) => vec![(address, port).into()],
            Host::Ipv6(address) => vec![(address, port).into()],
        };
        if found.is_empty() {
            return Err(Failure::Unreachable);
        }
        let allowed: Vec<_> =
            found.into_iter().filter(|to| self.allow_private_addresses || is_public(to.ip())).collect();
        if allowed.is_empty() {
            return Err(Failure::NotPublic);
        }
        let mut client = self.builder();
        if let Host::Domain(name) = host {
            client = client.resolve_to_addrs(name, &allowed);
        }
        client.build().map_err(|error| {
            tracing::error!(%error, "no client for transfers could be made");
            Failure::Unreachable
        })
    }

    fn builder(&self) -> ClientBuilder {
        Client::builder()
            // A proxy would look the name up again.
            .no_proxy()
            .redirect(Policy::none())
            .https_only(true)
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .user_agent(concat!("privacy-centre/", env!("CARGO_PKG_VERSION")))
            .tls_certs_merge(self.extra_authorities.iter().cloned())
    }
}

fn authorities(file: &Path) -> Result<Vec<Certificate>, SenderError> {
    let pem = std::fs::read(file).map_err(|e| SenderError::File(file.to_owned(), e))?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(SenderError::Certificates(file.to_owned())),
    }
}
