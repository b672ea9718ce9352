//! Recomputes the whole ledger from its rows and names whatever does not fit.
//!
//! It reads one snapshot, so events may be written meanwhile, and page by page, so memory stays the same however long the
//! ledger is.

mod chains;
mod finding;
mod log;

use std::fmt;

use app::proof::note::Verifier;

use super::LedgerError;
use crate::storage::Db;

pub use finding::Finding;

/// Rows read at a time.
const PAGE: i64 = 2_000;
/// After so many findings the rest is not looked for.
const MOST_FINDINGS: usize = 1_000;

/// What was found whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Events in chains.
    pub events: u64,
    /// Chains.
    pub chains: u64,
    /// Events folded into the log.
    pub leaves: u64,
    /// Events that wait for the sequencer.
    pub waiting: u64,
    /// Signed checkpoints.
    pub checkpoints: u64,
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { events, chains, leaves, waiting, checkpoints } = self;
        write!(
            f,
            "{events} events in {chains} chains; {leaves} in the log, {waiting} waiting; {checkpoints} checkpoints"
        )
    }
}

/// Recomputes everything: chains (positions, links, hashes, ends), which event is in the log and which waits, leaves,
/// tiles, and the root, size and signature of every checkpoint. `Ok(Err(findings))` tells what does not fit, at most
/// 1,000 places.
///
/// # Errors
/// [`LedgerError`] when the ledger could not be read, so nothing is known about it.
pub async fn verify(db: &Db, verifier: &Verifier) -> Result<Result<Verified, Vec<Finding>>, LedgerError> {
    verify_by(db, std::slice::from_ref(verifier)).await
}

/// The same for a log that had several names.
///
/// # Errors
/// As [`verify`].
pub async fn verify_by(db: &Db, verifiers: &[Verifier]) -> Result<Result<Verified, Vec<Finding>>, LedgerError> {
    let mut tx = db.snapshot().await?;
    let mut audit = Audit::default();
    chains::check(&mut tx, &mut audit).await?;
    log::check(&mut tx, verifiers, &mut audit).await?;
    Ok(if audit.findings.is_empty() { Ok(audit.verified) } else { Err(audit.findings) })
}

/// What is known so far.
#[derive(Default)]
struct Audit {
    verified: Verified,
    findings: Vec<Finding>,
}

impl Audit {
    fn find(&mut self, finding: Finding) {
        if self.findings.len() + 1 < MOST_FINDINGS {
            self.findings.push(finding);
        } else if !self.is_full() {
            self.findings.push(Finding::More);
        }
    }

    fn is_full(&self) -> bool {
        self.findings.len() >= MOST_FINDINGS
    }
}
