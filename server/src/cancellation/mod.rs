//! Cancellation on the server. Rules: `app::cancellation`.

pub mod officer;
mod routes;
pub mod store;

pub use routes::routes;
