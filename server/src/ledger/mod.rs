//! The ledger: what happened, provably, without personal data.
//!
//! # What it promises
//!
//! - An event is written in the same transaction as what it tells of: neither stands without the other.
//! - It names a person only by a random [`Pseudonym`], whose link to the person is sealed under the person's key and dies
//!   with it. So the ledger is never rewritten, not even by an erasure.
//! - Nobody changes, removes, adds or reorders an event unseen: [`verify`] recomputes everything and names the row.
//!
//! # How
//!
//! - Each person's events form a chain: an event holds the hash of the one before, so chains need no global lock
//!   (`chain.rs`). What is hashed, for the chain and for the log alike, is the event's canonical bytes:
//!
//!   ```json
//!   {"pseudonym":"…","position":0,"at":1795455900000,"previous":"<64 lowercase hex digits>","body":"<the event's JSON>"}
//!   ```
//!
//!   UTF-8, these fields in this order, no white space, strings escaped as in RFC 8785 (JCS), section 3.2.2.2. `body` is
//!   a string that holds exactly the stored text, so no JSON is ever parsed and written again before it is hashed.
//!   `previous` is 64 zeros in a chain's first event.
//! - About once a second the sequencer folds new events into one Merkle log (`sequencer.rs`; hashing by RFC 6962 in
//!   `app::proof::merkle`, kept as C2SP tlog-tiles by `tiles.rs`) and signs its size and root: a C2SP tlog-checkpoint as a
//!   C2SP signed note (`checkpoint.rs`). Existing verifiers and witnesses can read these (`published.rs`), and a person
//!   takes away the proof that an event of theirs is in it (`prove.rs`).
//!
//! # What it can't show by itself
//!
//! Whoever holds the signing key leaves a ledger that is whole. Only a checkpoint kept elsewhere (by a witness, in a person's
//! receipt) tells. Whoever puts the database back to an earlier state is found by the key store, which remembers what was
//! signed last: the log then goes on under a new name, and never contradicts itself under one (`generation.rs`). An event that still waits for the sequencer is
//! held by its chain alone, which needs no key to recompute.

mod chain;
mod checkpoint;
mod event;
mod generation;
mod prove;
mod published;
mod sequencer;
mod tiles;
mod verify;

#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;

pub use chain::{Recorded, append, first, history, latest};
pub use checkpoint::Signer;
pub use event::{ErasedKind, Event, KeptGround, Pseudonym, SelfTest};
pub use generation::{goes_on, open, reader};
pub use prove::{Proved, prove};
pub use published::{checkpoint, tile};
pub use sequencer::sequence;
pub use verify::{Finding, Verified, verify, verify_by};

pub use app::proof::note::{NotAVerifier, Verifier, is_key_name};

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
    /// The log's stored hashes do not give the root that was signed last. A log must never sign what contradicts an
    /// earlier checkpoint, so it stands still until somebody has looked.
    #[error("the log contradicts its last checkpoint, so nothing more is signed: run verify-ledger")]
    Contradiction,
}
