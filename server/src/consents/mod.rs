//! Consents on the server. Rules: `app::consents`.

mod made;
pub mod past;
mod routes;
mod shown;
pub mod store;

pub use routes::{Locks, Wanted, decide, decide_at, group, routes, settings_model};
