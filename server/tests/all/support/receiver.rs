//! A service that receives transfers, over real HTTPS.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::post;
use axum_server::tls_rustls::RustlsConfig;
use axum_server::{Handle, from_tcp_rustls};
use server::config::Config;
use tempfile::TempDir;
use tokio::sync::Notify;

/// One package as it arrived.
#[derive(Clone)]
pub struct Arrival {
    pub headers: HeaderMap,
    pub body: Bytes,
}

#[derive(Default)]
struct Desk {
    /// What to answer; when empty, 204.
    answers: Mutex<VecDeque<u16>>,
    arrivals: Mutex<Vec<Arrival>>,
    /// Answers only when the test says so.
    holds: Mutex<bool>,
    arrived: Notify,
    go_on: Notify,
}

/// Ends with its test.
pub struct Receiver {
    desk: Arc<Desk>,
    port: u16,
    handle: Handle<SocketAddr>,
}

struct Identity {
    folder: TempDir,
    certificate: String,
    key: String,
}

/// A certificate for `localhost` that nobody trusts who is not told to.
fn identity() -> &'static Identity {
    static IDENTITY: OnceLock<Identity> = OnceLock::new();
    IDENTITY.get_or_init(|| {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), made.cert.pem()).unwrap();
        Identity { folder, certificate: made.cert.pem(), key: made.signing_key.serialize_pem() }
    })
}

/// Settings with which the receivers of tests can be reached: they are on this machine.
pub fn reachable() -> Config {
    let mut config = super::generous();
    config.transfer.allow_private_addresses = true;
    config.transfer.extra_root_ca = Some(authority());
    config
}

/// Who vouches for the receivers of tests.
pub fn authority() -> PathBuf {
    identity().folder.path().join("ca.pem")
}

async fn receive(State(desk): State<Arc<Desk>>, headers: HeaderMap, body: Bytes) -> (StatusCode, HeaderMap) {
    desk.arrivals.lock().unwrap().push(Arrival { headers, body });
    desk.arrived.notify_one();
    let holds = *desk.holds.lock().unwrap();
    if holds {
        desk.go_on.notified().await;
    }
    let status = desk.answers.lock().unwrap().pop_front().unwrap_or(204);
    let mut headers = HeaderMap::new();
    if (300..400).contains(&status) {
        headers.insert(header::LOCATION, "/elsewhere".parse().unwrap());
    }
    (StatusCode::from_u16(status).unwrap(), headers)
}

impl Receiver {
    pub async fn start() -> Self {
        let Identity { certificate, key, .. } = identity();
        let tls = RustlsConfig::from_pem(certificate.clone().into(), key.clone().into()).await.unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let desk = Arc::new(Desk::default());
        let router = Router::new().route("/{*any}", post(receive)).with_state(Arc::clone(&desk));
        let handle = Handle::new();
        let serving = from_tcp_rustls(listener, tls).unwrap().handle(handle.clone());
        tokio::spawn(serving.serve(router.into_make_service()));
        Self { desk, port, handle }
    }

    /// Where it takes packages.
    pub fn address(&self) -> String {
        format!("https://localhost:{}/import", self.port)
    }

    /// What it answers to the next packages, one after the other.
    pub fn answer(&self, statuses: &[u16]) {
        self.desk.answers.lock().unwrap().extend(statuses);
    }

    /// From now on it answers only after [`Receiver::go_on`].
    pub fn hold(&self) {
        *self.desk.holds.lock().unwrap() = true;
    }

    pub fn go_on(&self) {
        self.desk.go_on.notify_one();
    }

    /// Until a package has arrived whole.
    pub async fn arrived(&self) {
        self.desk.arrived.notified().await;
    }

    pub fn arrivals(&self) -> Vec<Arrival> {
        self.desk.arrivals.lock().unwrap().clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.handle.shutdown();
    }
}
