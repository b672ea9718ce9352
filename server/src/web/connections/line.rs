//! What a connection is doing. Its stream, its requests and the room all tell it, and its task looks.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use tokio::sync::watch;
use tokio::time::Instant;
use tower_http::timeout::TimeoutBody;

use crate::web::router::PATIENCE;

/// What it is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing was sent yet, or the last request is answered.
    Waiting {
        /// Since when.
        since: Instant,
    },
    /// The first bytes of a request are here.
    Head {
        /// Since when.
        since: Instant,
    },
    /// A request's body is being read.
    Reading {
        /// Since when.
        since: Instant,
    },
    /// A request is worked on or answered.
    Working,
    /// It makes room for another.
    Closed,
}

/// One connection's. Cheap to clone.
#[derive(Clone)]
pub struct Line(Arc<watch::Sender<Phase>>);

impl Line {
    /// Of a connection that has just come.
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(Phase::Waiting { since: Instant::now() })))
    }

    pub fn watch(&self) -> watch::Receiver<Phase> {
        self.0.subscribe()
    }

    /// Since when nothing is under way on it.
    pub fn waits_since(&self) -> Option<Instant> {
        match *self.0.borrow() {
            Phase::Waiting { since } | Phase::Head { since } => Some(since),
            Phase::Reading { .. } | Phase::Working | Phase::Closed => None,
        }
    }

    /// Since when a body is being read on it.
    pub fn reads_since(&self) -> Option<Instant> {
        match *self.0.borrow() {
            Phase::Reading { since } => Some(since),
            _ => None,
        }
    }

    /// Bytes came.
    pub fn hears(&self) {
        self.0.send_if_modified(|phase| {
            let begins = matches!(phase, Phase::Waiting { .. });
            if begins {
                *phase = Phase::Head { since: Instant::now() };
            }
            begins
        });
    }

    /// A request's head is read.
    pub fn begin(&self) -> UnderWay {
        self.turn(Phase::Working);
        UnderWay(self.clone())
    }

    /// The body of the request that has begun, if it has one: until its last byte is here, it is being read.
    pub fn reads(&self, body: Incoming) -> Body {
        if body.is_end_stream() {
            return Body::new(body);
        }
        self.turn(Phase::Reading { since: Instant::now() });
        Body::new(Guarded { body: Body::new(body), _until: IsRead(self.clone()) })
    }

    /// It has to go.
    pub fn close(&self) {
        self.0.send_replace(Phase::Closed);
    }

    /// What was closed stays so.
    pub(super) fn turn(&self, to: Phase) {
        self.0.send_if_modified(|phase| {
            let open = *phase != Phase::Closed;
            if open {
                *phase = to;
            }
            open
        });
    }
}

/// A request that is under way; dropped, it is no more.
pub struct UnderWay(Line);

impl UnderWay {
    /// Until the last of the answer is handed over. One that is made while it is sent may not stand still, either.
    pub fn until_sent(self, answer: Response) -> Response {
        answer.map(|body| {
            let is_made = body.size_hint().exact().is_some();
            let body = if is_made { body } else { Body::new(TimeoutBody::new(PATIENCE, body)) };
            Body::new(Guarded { body, _until: self })
        })
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.turn(Phase::Waiting { since: Instant::now() });
    }
}

/// Dropped, a body is read, or nobody reads it.
struct IsRead(Line);

impl Drop for IsRead {
    fn drop(&mut self) {
        self.0.0.send_if_modified(|phase| {
            let reads = matches!(phase, Phase::Reading { .. });
            if reads {
                *phase = Phase::Working;
            }
            reads
        });
    }
}

/// A body that holds something until it is over.
pub struct Guarded<G> {
    /// What is sent or read.
    pub body: Body,
    /// What is held.
    pub _until: G,
}

impl<G: Unpin> HttpBody for Guarded<G> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
