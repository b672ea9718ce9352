//! What of the log everybody may read: its checkpoints and tiles. Only hashes: what an event says never leaves its person.

use super::LedgerError;
use crate::storage::{Db, Executor, sql};

/// The signed note of the newest checkpoint, or of the one of that size. None: there is none yet, or never was.
///
/// # Errors
/// [`LedgerError::Db`].
pub async fn checkpoint(on: impl Into<Executor<'_>>, size: Option<u64>) -> Result<Option<String>, LedgerError> {
    let query = match size.map(i64::try_from) {
        None => sql("SELECT note FROM checkpoint ORDER BY tree_size DESC LIMIT 1"),
        Some(Ok(size)) => sql("SELECT note FROM checkpoint WHERE tree_size = $1").bind(size),
        Some(Err(_)) => return Ok(None),
    };
    let found = query.fetch_optional::<(String,)>(on).await?;
    Ok(found.map(|(note,)| note))
}

/// The first `width` hashes of a tile; none if it does not have so many. A tile only grows, so they never change.
///
/// # Errors
/// [`LedgerError::Db`].
pub async fn tile(db: &Db, level: u32, index: u64, width: usize) -> Result<Option<Vec<u8>>, LedgerError> {
    let Ok(index) = i64::try_from(index) else { return Ok(None) };
    let found = sql("SELECT hashes FROM tile WHERE level = $1 AND tile_index = $2")
        .bind(i64::from(level))
        .bind(index)
        .fetch_optional::<(Vec<u8>,)>(db)
        .await?;
    let bytes = width * size_of::<app::proof::merkle::Hash>();
    Ok(found.and_then(|(hashes,)| hashes.get(..bytes).map(<[u8]>::to_vec)))
}
