//! Folds new events into the one log and signs where it stands.

use app::proof::merkle::Hash;
use app::time::Moment;

use super::checkpoint::Signer;
use super::tiles::{Tile, Tree};
use super::{LedgerError, generation};
use crate::storage::{Db, Tx, sql};

/// How many events one transaction takes at most, so that the write lock is not held for long.
const BATCH: i64 = 5_000;

/// Folds all waiting events in and signs a checkpoint after each batch. Returns how many events; when there is none,
/// nothing is signed. Running it again, or on several servers at once, does no harm.
///
/// # Errors
/// [`LedgerError::Contradiction`] when the log is not as the last checkpoint says; storage.
pub async fn sequence(db: &Db, signer: &Signer, now: Moment) -> Result<u64, LedgerError> {
    let mut folded = 0;
    // Looked up without the write lock: mostly there is nothing.
    while sql("SELECT position FROM pending_event LIMIT 1").fetch_optional::<(i64,)>(db).await?.is_some() {
        let mut tx = db.begin().await?;
        tx.lock("sequencer").await?;
        let batch = fold(&mut tx, signer, now).await?;
        tx.commit().await?;
        if batch == 0 {
            // Another server was faster.
            break;
        }
        folded += batch;
    }
    if folded > 0 {
        generation::remember(db, signer).await?;
    }
    Ok(folded)
}

/// One batch: its work is in proportion to the batch, whatever the log's size.
async fn fold(tx: &mut Tx, signer: &Signer, now: Moment) -> Result<u64, LedgerError> {
    let mut tree = resume(tx).await?;
    let before = tree.size();
    for leaf in new_leaves(tx, before).await? {
        tree.append(leaf);
    }
    if tree.size() == before {
        return Ok(0);
    }
    for tile in &tree.take_full() {
        save(tx, tile).await?;
    }
    for tile in tree.grown_since(before) {
        save(tx, tile).await?;
    }
    let root = tree.root();
    sql("INSERT INTO checkpoint (tree_size, root_hash, note, at) VALUES ($1, $2, $3, $4)")
        .bind(as_column(tree.size())?)
        .bind(root)
        .bind(signer.checkpoint(tree.size(), &root))
        .bind(now.0)
        .execute(tx)
        .await?;
    Ok(tree.size() - before)
}

/// Gives waiting events their places in the log, after the `size` that have one, and returns their hashes in that order.
/// The order is that of the primary key: within a chain by position, and of no meaning otherwise.
async fn new_leaves(tx: &mut Tx, size: u64) -> Result<Vec<Hash>, LedgerError> {
    let first = as_column(size)?;
    sql("INSERT INTO leaf (leaf_index, pseudonym, position, leaf_hash) \
         SELECT $1 + ROW_NUMBER() OVER (ORDER BY pseudonym, position) - 1, pseudonym, position, leaf_hash \
         FROM (SELECT pseudonym, position, leaf_hash FROM pending_event ORDER BY pseudonym, position LIMIT $2) AS batch")
        .bind(first)
        .bind(BATCH)
        .execute(tx)
        .await?;
    // By what was inserted: an event that came in between must go on waiting.
    sql("DELETE FROM pending_event WHERE (pseudonym, position) IN \
         (SELECT pseudonym, position FROM leaf WHERE leaf_index >= $1)")
    .bind(first)
    .execute(tx)
    .await?;
    let leaves = sql("SELECT leaf_hash FROM leaf WHERE leaf_index >= $1 ORDER BY leaf_index")
        .bind(first)
        .fetch_all::<(Vec<u8>,)>(&mut *tx)
        .await?;
    leaves.into_iter().map(|(hash,)| hash.try_into().map_err(|_| LedgerError::Contradiction)).collect()
}

/// The log as the last checkpoint left it, from one tile per level.
async fn resume(tx: &mut Tx) -> Result<Tree, LedgerError> {
    let signed = sql("SELECT tree_size, root_hash FROM checkpoint ORDER BY tree_size DESC LIMIT 1")
        .fetch_optional::<(i64, Vec<u8>)>(&mut *tx)
        .await?;
    let Some((size, root)) = signed else { return Ok(Tree::default()) };
    let size = u64::try_from(size).map_err(|_| LedgerError::Contradiction)?;
    let mut edge = Vec::new();
    for (level, index, bytes) in Tree::edge_at(size) {
        let hashes = if bytes == 0 { Vec::new() } else { load(tx, level, index).await? };
        edge.push(Tile { level, index, hashes });
    }
    match Tree::resume(size, edge) {
        Some(tree) if tree.root()[..] == root[..] => Ok(tree),
        _ => Err(LedgerError::Contradiction),
    }
}

async fn load(tx: &mut Tx, level: u32, index: u64) -> Result<Vec<u8>, LedgerError> {
    let tile = sql("SELECT hashes FROM tile WHERE level = $1 AND tile_index = $2")
        .bind(i64::from(level))
        .bind(as_column(index)?)
        .fetch_optional::<(Vec<u8>,)>(tx)
        .await?;
    Ok(tile.unwrap_or_default().0)
}

async fn save(tx: &mut Tx, tile: &Tile) -> Result<(), LedgerError> {
    sql("INSERT INTO tile (level, tile_index, hashes) VALUES ($1, $2, $3) \
         ON CONFLICT (level, tile_index) DO UPDATE SET hashes = excluded.hashes")
    .bind(i64::from(tile.level))
    .bind(as_column(tile.index)?)
    .bind(&tile.hashes)
    .execute(tx)
    .await?;
    Ok(())
}

/// Sizes and indexes are BIGINT in the database.
fn as_column(number: u64) -> Result<i64, LedgerError> {
    i64::try_from(number).map_err(|_| LedgerError::Contradiction)
}
