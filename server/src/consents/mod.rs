//! Consents on the server. Rules: `app::consents`.

mod made;
pub mod past;
mod routes;
pub mod store;

pub use routes::{Wanted, decide, decide_at, group, routes, settings_model};
