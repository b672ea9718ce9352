//! Whether both databases are there. One that is missing must not be taken for that of a first start: people's data would read
//! as never given, and what they took back as never decided.

use crate::config::StorageConfig;
use crate::storage::tables::holds;
use crate::storage::{Db, DbError, place};

/// One of the two databases is not there. The text is for the operator.
#[derive(Debug, thiserror::Error)]
pub enum Missing {
    /// Keys without data.
    #[error(
        "the data database ({0}) is missing or empty, while the key store belongs to one: put it back where it was, correct \
         storage.data, or use restore"
    )]
    Data(String),
    /// Data without keys.
    #[error(
        "the key store ({0}) is missing or empty, while the data database belongs to one: put it back where it was, correct \
         storage.keys, or use restore-keys"
    )]
    Keys(String),
    /// It can't be read whether they are.
    #[error("whether both databases are there can't be read: {0}")]
    Db(#[from] DbError),
}

/// Both are open: neither may be empty while the other belongs to something.
///
/// # Errors
/// [`Missing`].
pub async fn both(data: &Db, keys: &Db, storage: &StorageConfig) -> Result<(), Missing> {
    if !has_events(data).await? {
        match has_schema(data).await? {
            // Killed on its first start, it has a root key and no event yet.
            true if !has_history(keys).await? => {}
            false if !has_root_key(keys).await? => {}
            _ => return Err(Missing::Data(place(&storage.data))),
        }
        return Ok(());
    }
    if has_root_key(keys).await? { Ok(()) } else { Err(Missing::Keys(place(&storage.keys))) }
}

/// There is no data at that address: then the keys may belong to nothing.
///
/// # Errors
/// [`Missing`].
pub async fn without_data(keys: &Db, address: &str) -> Result<(), Missing> {
    if has_root_key(keys).await? { Err(Missing::Data(place(address))) } else { Ok(()) }
}

/// There are no keys at that address: then the data may hold nothing.
///
/// # Errors
/// [`Missing`].
pub async fn without_keys(data: &Db, address: &str) -> Result<(), Missing> {
    if has_events(data).await? { Err(Missing::Keys(place(address))) } else { Ok(()) }
}

async fn has_events(data: &Db) -> Result<bool, DbError> {
    holds(&mut data.snapshot().await?, "event").await
}

async fn has_schema(data: &Db) -> Result<bool, DbError> {
    holds(&mut data.snapshot().await?, "_sqlx_migrations").await
}

async fn has_root_key(keys: &Db) -> Result<bool, DbError> {
    holds(&mut keys.snapshot().await?, "root_key").await
}

/// Whether there was ever something to replay, to erase, or to sign.
async fn has_history(keys: &Db) -> Result<bool, DbError> {
    let mut tx = keys.snapshot().await?;
    for table in ["replay_log", "erasure_log", "log_head"] {
        if holds(&mut tx, table).await? {
            return Ok(true);
        }
    }
    Ok(false)
}
