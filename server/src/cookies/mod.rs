//! Cookies on the server: the gate that every Set-Cookie passes, and the page. Rules: `app::cookies`.

pub mod gate;
mod routes;
mod store;

pub use routes::{groups_on, obey, remember_appearance, routes};
pub use store::join_account;
