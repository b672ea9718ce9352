//! Routes of accounts: coming in (`sign_in.rs`, `register.rs`) and what 账号与安全 changes (`security.rs`).

mod register;
mod security;
mod sign_in;

use crate::web::router::Route;

pub use sign_in::{sign_in_with, step_up_with};

/// The capability's routes.
#[must_use]
pub fn routes() -> Vec<Route> {
    [sign_in::routes(), register::routes(), security::routes()].into_iter().flatten().collect()
}
