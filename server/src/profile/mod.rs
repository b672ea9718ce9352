//! The profile on the server. Rules: `app::profile`.

mod image;
mod routes;
mod seed;
pub mod store;

pub use routes::routes;
pub use seed::fill;
