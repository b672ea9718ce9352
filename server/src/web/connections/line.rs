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
    /// More of a request's body is waited for.
    Reading {
        /// Since when, in all.
        since: Instant,
    },
    /// A request is worked on or answered.
    Working,
    /// It makes room for another.
    Closed,
}

impl Phase {
    /// Since when nothing is under way.
    pub const fn waits_since(self) -> Option<Instant> {
        match self {
            Self::Waiting { since } | Self::Head { since } => Some(since),
            Self::Reading { .. } | Self::Working | Self::Closed => None,
        }
    }

    /// Since when a body is waited for.
    pub const fn reads_since(self) -> Option<Instant> {
        match self {
            Self::Reading { since } => Some(since),
            _ => None,
        }
    }
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

    pub fn phase(&self) -> Phase {
        *self.0.borrow()
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

    /// The body of the request that has begun.
    pub fn reads(&self, body: Incoming) -> Body {
        if body.is_end_stream() {
            return Body::new(body);
        }
        Body::new(Awaited { body, line: self.clone(), since: None })
    }

    /// It makes room, unless something came in since it was in that phase. Whether it does.
    pub fn close(&self, phase: Phase) -> bool {
        self.0.send_if_modified(|now| {
            let stands = *now == phase;
            if stands {
                *now = Phase::Closed;
            }
            stands
        })
    }

    /// What was closed stays so. Nobody is woken for a phase that stands.
    pub(super) fn turn(&self, to: Phase) {
        self.0.send_if_modified(|phase| {
            let changes = *phase != Phase::Closed && *phase != to;
            if changes {
                *phase = to;
            }
            changes
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

/// A request's body. While the next bytes of it are waited for, the line reads; the time counts from the first wait on.
struct Awaited {
    body: Incoming,
    line: Line,
    since: Option<Instant>,
}

impl HttpBody for Awaited {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        match polled {
            Poll::Pending => {
                let since = *self.since.get_or_insert_with(Instant::now);
                self.line.turn(Phase::Reading { since });
            }
            Poll::Ready(_) if self.since.is_some() => self.line.turn(Phase::Working),
            Poll::Ready(_) => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        let reads = self.line.phase();
        if matches!(reads, Phase::Reading { .. }) {
            self.line.turn(Phase::Working);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_for_more_of_a_body_wakes_its_task_once() {
        let line = Line::new();
        let reads = Phase::Reading { since: Instant::now() };
        line.turn(reads);
        let phases = line.watch();
        line.turn(reads);
        assert!(!phases.has_changed().expect("the line is there"));
        line.turn(Phase::Working);
        assert!(phases.has_changed().expect("the line is there"));
    }
}
