//! Cookies on the server. `gate.rs`: every Set-Cookie passes it. `routes.rs`: the pages and the banner's answers.
//! `store.rs`: an answer in the ledger, a visitor's or an account's. Rules: `app::cookies`.

pub mod gate;
mod routes;
mod store;

pub use routes::{align, decide_at, groups_on, is_allowed, obey, remember_appearance, routes};
pub use store::{join_account, visitor_name};
