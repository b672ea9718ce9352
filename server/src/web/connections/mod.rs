//! Connections: how many there may be, how long each may take, and how they end. Nobody locks others out by holding what they
//! don't use.
//!
//! - A connection waits for a request (`idle_seconds`), reads its head (`header_seconds`), or works: until the route's own
//!   patience ends, and then as long as its answer is read (`writes.rs`).
//! - There are at most so many from one address, and so many in all (`room.rs`): below the number of files that the process may
//!   open. The one that has waited longest makes room for a new one; if none waits, the one whose body has been under way longest,
//!   beyond what a form takes; none that works does.
//! - Behind a proxy all connections come from one address, so there requests are counted, by the address that the proxy tells
//!   (`in_flight.rs`).
//! - Who is asked to stop ends within [`STOPS_WITHIN`], whatever others do (`stop.rs`).

mod files;
mod in_flight;
mod line;
mod room;
mod stop;
mod writes;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

pub use files::{FilesError, fit, raise};
pub use in_flight::InFlight;
use line::Phase;
use room::{Room, Seat};
pub use stop::{STOPS_WITHIN, Stop};
use writes::Patient;

use crate::config::ServerConfig;

/// What is under way when a stop is asked for has that long to end by itself.
const FINISH: Duration = Duration::from_secs(15);
/// The answer to a connection for which there is no room; what it asks is not read.
const TURNED_AWAY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 2\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// How many, and how long.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Connections in all.
    pub most: usize,
    /// Connections from one address; none: a proxy is before us.
    pub most_per_address: Option<usize>,
    /// For the head of a request, from its first byte on.
    pub header: Duration,
    /// For the next request to begin.
    pub idle: Duration,
}

impl Terms {
    /// As configured, for a process that may open so many files.
    ///
    /// # Errors
    /// [`FilesError`].
    pub fn of(config: &ServerConfig, files: u64) -> Result<Self, FilesError> {
        let per_address = usize::try_from(config.connections_per_address.get()).unwrap_or(usize::MAX);
        Ok(Self {
            most: files::most(config, files)?,
            most_per_address: config.address_header.is_none().then_some(per_address),
            header: Duration::from_secs(config.header_seconds.get().into()),
            idle: Duration::from_secs(config.idle_seconds.get().into()),
        })
    }
}

/// Serves `app` until a stop is asked for. What is under way then is finished, or cut off after [`FINISH`].
pub async fn serve(mut listener: TcpListener, app: Router, terms: Terms, stop: Stop) {
    let room = Arc::new(Room::new(terms.most, terms.most_per_address));
    let mut open = JoinSet::new();
    loop {
        let (stream, peer) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = stop.asked() => break,
        };
        // Without TCP_NODELAY a page's last packet waits for the first one's acknowledgement.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set: the caller has gone");
        }
        match room.enter(peer.ip()) {
            Some(seat) => drop(open.spawn(one(stream, peer, app.clone(), seat, terms, stop.clone()))),
            None => drop(stream.try_write(TURNED_AWAY)),
        }
        while open.try_join_next().is_some() {}
    }
    drop(listener);
    let finished = async { while open.join_next().await.is_some() {} };
    if tokio::time::timeout(FINISH, finished).await.is_err() {
        tracing::warn!(connections = open.len(), "what was under way took too long, and is cut off");
        open.shutdown().await;
    }
}

/// One connection, to its end.
async fn one(stream: TcpStream, peer: SocketAddr, app: Router, seat: Seat, terms: Terms, stop: Stop) {
    let line = seat.line().clone();
    let io = TokioIo::new(Patient::new(stream, line.clone()));
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        let under_way = line.begin();
        request.extensions_mut().insert(ConnectInfo(peer));
        let answered = app.clone().oneshot(request.map(|body| line.reads(body)));
        async move { Ok::<_, Infallible>(under_way.until_sent(answered.await.unwrap_or_else(|never| match never {}))) }
    });
    // What hyper has for it does not tell a head that is being sent from a connection that waits.
    let mut connection = pin!(http1::Builder::new().header_read_timeout(None).serve_connection(io, service));
    let mut phases = seat.line().watch();
    let mut stopping = false;
    loop {
        let phase = *phases.borrow_and_update();
        let until = match phase {
            // A half-sent request is none.
            Phase::Closed => return,
            Phase::Head { .. } if stopping => return,
            Phase::Waiting { since } => since + terms.idle,
            Phase::Head { since } => since + terms.header,
            Phase::Reading { .. } | Phase::Working => far(),
        };
        tokio::select! {
            // A caller who has gone, or sends what is no HTTP, is none of our faults.
            _ = connection.as_mut() => return,
            changed = phases.changed() => if changed.is_err() { return },
            () = tokio::time::sleep_until(until) => return,
            () = stop.asked(), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

/// Later than any connection lives.
fn far() -> tokio::time::Instant {
    tokio::time::Instant::now() + Duration::from_secs(24 * 3600)
}
