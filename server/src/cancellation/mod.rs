//! Cancellation on the server. Rules: `app::cancellation`.

mod routes;
pub mod store;

pub use routes::routes;
