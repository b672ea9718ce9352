//! HTTP: the one table of routes, who is calling, whether they may, and how an answer looks.

pub mod assets;
pub mod connections;
pub mod fault;
pub mod guard;
pub mod headers;
pub mod health;
pub mod input;
pub mod kept;
pub mod log;
pub mod older;
pub mod range;
pub mod reply;
pub mod router;
pub mod service;
pub mod starting;
pub mod visit;

pub use fault::Fault;
pub use input::{Id, Input, Query};
pub use older::Older;
pub use router::build_router;
pub use visit::{Caller, Visit};

/// What a handler returns: a response, also when the person can mend something; a [`Fault`] when they can't.
pub type Answer = Result<axum::response::Response, Fault>;
