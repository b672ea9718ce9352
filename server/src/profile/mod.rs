//! profile

mod routes;
pub mod store;

pub use routes::routes;
