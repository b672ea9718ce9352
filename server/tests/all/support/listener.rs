//! A recipient that listens for webhooks on this machine.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::routing::post;
use serde_json::Value;
use server::webhooks::Secrets;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::RECIPIENT_SECRET;

/// One webhook as it arrived.
#[derive(Clone, Debug)]
pub struct Notice {
    pub id: String,
    pub timestamp: i64,
    pub body: Value,
    pub text: String,
    /// The last part of the address that it came to.
    pub path: String,
    /// What was answered.
    pub status: u16,
}

#[derive(Default)]
struct Desk {
    /// What to answer, with a `Retry-After`; when empty, 204.
    answers: Mutex<VecDeque<(u16, Option<String>)>>,
    notices: Mutex<Vec<Notice>>,
    holds: Mutex<bool>,
    arrived: Notify,
}

/// Ends with its test.
pub struct Listener {
    desk: Arc<Desk>,
    port: u16,
    serving: JoinHandle<()>,
}

async fn receive(State(desk): State<Arc<Desk>>, uri: Uri, headers: HeaderMap, body: Bytes) -> (StatusCode, HeaderMap) {
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let (id, timestamp) = (header("webhook-id"), header("webhook-timestamp"));
    let secrets: Secrets = RECIPIENT_SECRET.parse().unwrap();
    assert!(secrets.have_signed(&id, &timestamp, &body, &header("webhook-signature")));
    let text = String::from_utf8(body.to_vec()).unwrap();
    let (status, wait) = desk.answers.lock().unwrap().pop_front().unwrap_or((204, None));
    let path = uri.path().rsplit('/').next().unwrap_or_default().to_owned();
    let (timestamp, body) = (timestamp.parse().unwrap(), serde_json::from_slice(&body).unwrap());
    let notice = Notice { id, timestamp, body, text, path, status };
    desk.notices.lock().unwrap().push(notice);
    desk.arrived.notify_one();
    let holds = *desk.holds.lock().unwrap();
    if holds {
        std::future::pending::<()>().await;
    }
    let mut headers = HeaderMap::new();
    if (300..400).contains(&status) {
        headers.insert(header::LOCATION, "/elsewhere".parse().unwrap());
    }
    if let Some(wait) = wait {
        headers.insert(header::RETRY_AFTER, wait.parse().unwrap());
    }
    (StatusCode::from_u16(status).unwrap(), headers)
}

impl Listener {
    pub async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let desk = Arc::new(Desk::default());
        let router = Router::new().route("/{*any}", post(receive)).with_state(Arc::clone(&desk));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { desk, port, serving }
    }

    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}/notices", self.port)
    }

    /// What it answers next, one after the other.
    pub fn answer(&self, statuses: &[u16]) {
        self.desk.answers.lock().unwrap().extend(statuses.iter().map(|status| (*status, None)));
    }

    /// That it is to be tried later.
    pub fn ask_to_wait(&self, status: u16, wait: &str) {
        self.desk.answers.lock().unwrap().push_back((status, Some(wait.to_owned())));
    }

    /// Whether it takes what arrives and never answers.
    pub fn hold(&self, holds: bool) {
        *self.desk.holds.lock().unwrap() = holds;
    }

    pub async fn arrived(&self) {
        self.desk.arrived.notified().await;
    }

    /// All that has arrived, in order.
    pub fn notices(&self) -> Vec<Notice> {
        self.desk.notices.lock().unwrap().clone()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
