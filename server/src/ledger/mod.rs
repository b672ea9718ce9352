//! The ledger: what happened, provably, without personal data.
//!
//! - An event is written in the same transaction as what it tells of. It names a person only by a random pseudonym, whose
//!   link to the person is sealed under the person's key and dies with it.
//! - Each person's events form a chain: an event holds the hash of the one before, so chains need no global lock
//!   (`chain.rs`).
//! - About once a second the sequencer folds new events into one Merkle log (`sequencer.rs`; RFC 6962 hashing, `merkle.rs`)
//!   and signs its size and root as a C2SP checkpoint (`checkpoint.rs`).
//! - `verify.rs` recomputes all of it and names every row that was changed, removed or put elsewhere.

mod chain;
mod checkpoint;
mod event;
mod merkle;
mod sequencer;
mod verify;

pub use chain::{Recorded, append, history};
pub use checkpoint::{Signer, Verifier};
pub use event::{Event, Pseudonym};
pub use sequencer::sequence;
pub use verify::{Finding, Verified, verify};

use crate::storage::DbError;

/// What the ledger can fail with.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Storage failed.
    #[error("the ledger's storage failed: {0}")]
    Db(#[from] DbError),
    /// An event can't be read or written as JSON: an older program on a newer ledger.
    #[error("an event of the ledger can't be read: {0}")]
    Json(#[from] serde_json::Error),
    /// A pseudonym is not one of ours.
    #[error("a pseudonym is malformed")]
    Pseudonym,
    /// The stored subtrees do not fit the log; `verify-ledger` tells where.
    #[error("the log's stored subtrees are incomplete: run verify-ledger")]
    Incomplete,
}
