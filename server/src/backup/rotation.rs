//! `rotate-keys`: all keys are wrapped anew, and the ledger says so. What it is for stands in [`crate::vault`].

use std::path::{Path, PathBuf};

use crate::centre::Centre;
use crate::clock::Clock as _;
use crate::config::{Config, VaultConfig};
use crate::ledger::{self, Event, LedgerError, Pseudonym};
use crate::open::{self, OpenError};
use crate::storage::DbError;
use crate::vault::{self, MasterKey, MasterKeyError, Rotated, VaultError};

/// Why keys were not rotated. The texts are for the operator.
#[derive(Debug, thiserror::Error)]
pub enum RotationError {
    /// The centre can't be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The new master key can't be read.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// The vault refused.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The ledger could not be told. Run it again: nothing is wrapped twice.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// It would go on with keys that are wrapped by a root key that is gone.
    #[error("the keys database is in use by a running server: stop every server first")]
    InUse,
    /// The demo would not open its key store any more.
    #[error("the keys are wrapped anew, but the demo's own master key {0} could not be replaced: {1}; run it again")]
    DemoKey(PathBuf, std::io::Error),
}

/// Wraps every key anew, empties the key store's write-ahead log of what was before, and tells the ledger. Cut off at any point
/// it is run again with the same keys, until it has answered.
///
/// # Errors
/// [`RotationError`].
pub async fn rotate(config: &Config, old: &MasterKey, new: &Path, demo: bool) -> Result<Rotated, RotationError> {
    let new_key = MasterKey::from_file(new)?;
    let mut after = config.clone();
    after.vault = VaultConfig { master_key_file: Some(new.to_owned()), master_key: None };
    // What would stop it half way stops it here.
    open::could_open(&after, demo)?;
    let (data, keys) = open::databases(config).await?;
    let alone = keys.hold_alone().await?.ok_or(RotationError::InUse)?;
    let now = if demo { open::demo_clock(&data).await?.now() } else { crate::clock::SystemClock.now() };
    let rotated = vault::rotate(&keys, old, &new_key, now).await?;
    keys.close().await;
    data.close().await;
    drop(alone);
    let centre = open::centre(&after, demo).await?;
    let told = tell(&centre, rotated).await;
    centre.close().await;
    told?;
    // A demo has nobody who would configure the new key.
    if let Some(file) = open::demo_key_file(config).filter(|_| demo) {
        replace(&file, new).map_err(|error| RotationError::DemoKey(file, error))?;
    }
    Ok(rotated)
}

fn replace(file: &Path, new: &Path) -> std::io::Result<()> {
    let beside = file.with_extension("new");
    std::fs::copy(new, &beside)?;
    std::fs::rename(beside, file)
}

async fn tell(centre: &Centre, rotated: Rotated) -> Result<(), RotationError> {
    let event = Event::KeysRotated { keys: rotated.keys, rotated_at: rotated.at.0 };
    let mut tx = centre.data.begin().await?;
    ledger::append(&mut tx, &Pseudonym::centre(), centre.now(), &event).await?;
    tx.commit().await?;
    Ok(())
}
