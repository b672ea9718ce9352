//! Folds new events into the one log and signs where it stands.

use app::time::Moment;

use super::LedgerError;
use super::chain::EventRow;
use super::checkpoint::{Signer, Statement};
use super::merkle::{Edge, Hash, leaf_hash};
use crate::storage::{Db, Tx, sql};

/// How many events one run takes at most, so that the write lock is not held for long.
const BATCH: i64 = 2_000;

/// Folds waiting events in, in one transaction, and signs a checkpoint. Returns how many; 0 leaves no checkpoint.
///
/// # Errors
/// [`LedgerError`].
pub async fn sequence(db: &Db, signer: &Signer, now: Moment) -> Result<u64, LedgerError> {
    // Looked up first without the write lock: mostly there is nothing.
    let waiting = sql("SELECT position FROM pending_event LIMIT 1").fetch_optional::<(i64,)>(db).await?;
    if waiting.is_none() {
        return Ok(0);
    }
    let mut tx = db.begin().await?;
    tx.lock("sequencer").await?;
    let rows = sql("SELECT e.pseudonym, e.position, e.at, e.body, e.previous_hash, e.hash FROM pending_event p \
         JOIN event e ON e.pseudonym = p.pseudonym AND e.position = p.position \
         ORDER BY e.at, e.pseudonym, e.position LIMIT $1")
        .bind(BATCH)
        .fetch_all::<EventRow>(&mut tx)
        .await?;
    let mut edge = load_edge(&mut tx).await?;
    for row in &rows {
        fold_in(&mut tx, &mut edge, row).await?;
    }
    if !rows.is_empty() {
        let statement = Statement { size: edge.size(), root: edge.root() };
        sql("INSERT INTO checkpoint (tree_size, root_hash, note, at) VALUES ($1, $2, $3, $4)")
            .bind(as_column(statement.size)?)
            .bind(statement.root)
            .bind(signer.sign(&statement))
            .bind(now.0)
            .execute(&mut tx)
            .await?;
    }
    tx.commit().await?;
    Ok(rows.len() as u64)
}

async fn fold_in(tx: &mut Tx, edge: &mut Edge, row: &EventRow) -> Result<(), LedgerError> {
    let leaf = leaf_hash(&row.canonical()?);
    sql("INSERT INTO leaf (leaf_index, pseudonym, position, leaf_hash) VALUES ($1, $2, $3, $4)")
        .bind(as_column(edge.size())?)
        .bind(&row.pseudonym)
        .bind(row.position)
        .bind(leaf)
        .execute(tx)
        .await?;
    // Level 0 stands in the table of leaves.
    for node in edge.append(leaf).into_iter().skip(1) {
        sql("INSERT INTO merkle_node (level, node_index, hash) VALUES ($1, $2, $3)")
            .bind(i64::from(node.level))
            .bind(as_column(node.index)?)
            .bind(node.hash)
            .execute(tx)
            .await?;
    }
    sql("DELETE FROM pending_event WHERE pseudonym = $1 AND position = $2")
        .bind(&row.pseudonym)
        .bind(row.position)
        .execute(tx)
        .await?;
    Ok(())
}

/// The right edge from the stored subtrees: O(log n) rows.
async fn load_edge(tx: &mut Tx) -> Result<Edge, LedgerError> {
    let (size,) = sql("SELECT COALESCE(MAX(leaf_index) + 1, 0) FROM leaf").fetch_one::<(i64,)>(&mut *tx).await?;
    let size = u64::try_from(size).map_err(|_| LedgerError::Incomplete)?;
    let mut subtrees: Vec<Hash> = Vec::new();
    for (level, index) in Edge::needed(size) {
        let text = if level == 0 {
            "SELECT leaf_hash FROM leaf WHERE leaf_index = $2 AND $1 = 0"
        } else {
            "SELECT hash FROM merkle_node WHERE level = $1 AND node_index = $2"
        };
        let row = sql(text)
            .bind(i64::from(level))
            .bind(as_column(index)?)
            .fetch_optional::<(Vec<u8>,)>(&mut *tx)
            .await?;
        let hash = row.and_then(|(hash,)| hash.try_into().ok()).ok_or(LedgerError::Incomplete)?;
        subtrees.push(hash);
    }
    Edge::new(size, subtrees).ok_or(LedgerError::Incomplete)
}

/// Sizes and indexes are BIGINT in the database.
fn as_column(number: u64) -> Result<i64, LedgerError> {
    i64::try_from(number).map_err(|_| LedgerError::Incomplete)
}
