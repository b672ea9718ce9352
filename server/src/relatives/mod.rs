//! 近亲属 and 生前安排 on the server. Rules: `app::relatives`.
//!
//! | to find | look in |
//! |---|---|
//! | what is claimed, and how far it is | `claims.rs` |
//! | proof: handed in, looked at, erased | `proofs.rs` |
//! | what a granted claim lets take away, once | `package.rs` |
//! | 生前安排, and the way back of who is alive | `directive.rs` |
//! | the operator's side: looking, asking for more, granting | `officer.rs` |
//!
//! A claim never looks for the account that it names: only the officer's side does, with the proof in hand. So nobody learns
//! from a claim who has an account here.

pub mod claims;
pub mod directive;
pub mod officer;
pub mod package;
pub mod proofs;
mod routes;

pub use routes::routes;
