//! Accounts on the server: who somebody is, and how they prove it. Rules: `app::accounts`.

pub mod band;
mod code_counts;
pub mod codes;
pub mod known_devices;
pub mod limits;
pub mod passwords;
pub mod proof;
mod routes;
pub mod security;
pub mod sessions;
pub mod store;

pub use routes::{routes, sign_in_with, step_up_with};
