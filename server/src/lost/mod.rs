//! 无法登录时注销 on the server. Rules: `app::lost`.
//!
//! | to find | look in |
//! |---|---|
//! | SQL of claims, and what their account's owner sees and rejects | `claims.rs` |
//! | how a granted claim goes on with its cancellation, and what goes with its end | `follow.rs` |
//! | what the phone is told that answers | `told.rs` |
//! | the operator's side: comparing, granting, refusing | `officer.rs` |
//!
//! A claim never looks for the account that it names: only the officer's side does, and whoever is signed in to that account. So
//! the same is done, answered and stored whether there is such an account or not.

pub mod claims;
pub mod follow;
pub mod officer;
mod routes;
mod told;

pub use routes::routes;
