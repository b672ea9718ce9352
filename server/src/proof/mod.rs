//! Proof on the server: the documents that people take away, and the log that everybody may follow. What checks them:
//! `app::proof`.
//!
//! | to find | look in |
//! |---|---|
//! | what a receipt or certificate says | `documents.rs` |
//! | what the certificate of a whole account says | `account.rs` |
//! | what else is read for one | `store.rs` |
//! | downloads, 删除证明, 验证凭证 | `routes.rs` |
//! | the log at its stable address | `log.rs` |
//!
//! The log is published by C2SP's tlog-tiles, below `/log`: give `[ledger] origin` the host and `/log`. There are **no entry
//! bundles**: leaves are events, and who reads them all would follow what people do under their pseudonyms. A leaf's hash
//! gives nothing away, since every event holds a pseudonym of 122 random bits; a person proves what is theirs by a document.

pub mod account;
mod documents;
mod log;
mod routes;
mod store;

pub use documents::Document;
pub use routes::file;

use crate::web::router::Route;

/// The capability's routes.
#[must_use]
pub fn routes() -> Vec<Route> {
    let mut routes = routes::routes();
    routes.extend(log::routes());
    routes
}
