//! Backups, and the way back (第五章 5.3: what is erased goes from backups, too).
//!
//! # What it promises
//!
//! - A backup of the data is taken while the centre runs, in one snapshot, and holds no key: what is erased afterwards is
//!   unreadable in it from the moment its key is destroyed. Keys are backed up apart, wrapped as they are stored.
//! - The form is neutral: a manifest, and one file per table with a JSON array a line. A backup of one engine is restored into
//!   the other. Tables are those that the engine knows, so none can be forgotten.
//! - A restore is one transaction: killed at any point, the database is as it was before. It checks every file's SHA-256 first.
//! - Neither way brings back what was erased: the logs of erasures and withdrawals go with every backup, and a restore merges
//!   them with those that are there. A key that either of them calls destroyed is not restored.
//! - After it, the gate of [`replay`](crate::replay) lets nobody in before the data has caught up.
//! - An older backup of the keys still has what was destroyed since. `rotate-keys` ends all of them at once, at the latest after
//!   [`app::promises::KEY_COPY_LIFE`].
//! - `drill` does all of this on a throw-away copy and says what it proved; the live data is only read.
//!
//! | to find | look in |
//! |---|---|
//! | what a backup's folder holds | `manifest.rs` |
//! | taking one | `take.rs` |
//! | putting one back | `restore.rs` |
//! | what ends older backups of the keys | `rotation.rs` |
//! | the trial of both | `drill.rs` |

pub mod drill;
mod manifest;
mod restore;
pub mod rotation;
mod take;

use std::path::PathBuf;

pub use manifest::{Content, Manifest, TableFile};
pub use restore::{Restored, restore, restore_keys};
pub use take::{take, take_keys};

use crate::ledger::LedgerError;
use crate::storage::tables::Foreign;
use crate::storage::{DbError, MigrateError};

/// Why a backup could not be taken or put back. The texts are for the operator.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The ledger's newest checkpoint can't be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The schema could not be made.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// A table that is not ours.
    #[error(transparent)]
    Foreign(#[from] Foreign),
    /// A file can't be written or read.
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
    /// Each backup has a folder of its own.
    #[error("{0} is not empty: each backup gets a folder of its own")]
    NotEmptyFolder(PathBuf),
    /// Keys and data in one place would be one backup.
    #[error("{0} lies within a backup: keys and data must never be kept together")]
    Together(PathBuf),
    /// No backup, or one that was cut short.
    #[error("{0} holds no whole backup: its manifest.json is missing or can't be read ({1})")]
    NoManifest(PathBuf, String),
    /// Keys in place of data, or the other way round.
    #[error("{0} is not a backup of the {1}")]
    WrongContent(PathBuf, &'static str),
    /// A file is not as it was written.
    #[error(
        "{0} is not as it was written: its SHA-256, its length or a line in it does not fit the manifest. Nothing was changed"
    )]
    Changed(PathBuf),
    /// Of a newer program.
    #[error(
        "the backup has schema version {0}, which this program does not know: restore it with the program that made it"
    )]
    Newer(i64),
    /// The tables of the backup are not those of its schema.
    #[error("the backup's tables are not those of its schema: {0}")]
    Tables(String),
    /// There is something already.
    #[error("the {0} database is not empty: what is in it would be lost. If that is meant, say --replace")]
    NotEmpty(&'static str),
    /// Somebody would go on serving the state from before.
    #[error("the {0} database is in use by a running server: stop every server first")]
    InUse(&'static str),
}
