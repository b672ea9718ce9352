//! The log: leaves, tiles, checkpoints.

use app::proof::merkle::{Hash, leaf_hash};
use app::proof::note::Verifier;

use super::super::LedgerError;
use super::super::chain::EventRow;
use super::super::tiles::{Tile, Tree};
use super::{Audit, Finding, PAGE};
use crate::storage::{Tx, sql};

/// A leaf and its event, if that is there.
#[derive(sqlx::FromRow)]
struct Leaf {
    leaf_index: i64,
    leaf_hash: Vec<u8>,
    pseudonym: String,
    position: i64,
    at: Option<i64>,
    body: Option<String>,
    previous_hash: Option<Vec<u8>>,
}

#[derive(sqlx::FromRow)]
struct Checkpoint {
    tree_size: i64,
    root_hash: Vec<u8>,
    note: String,
}

impl Leaf {
    /// What the hash must be; none without the event.
    fn computed_hash(&self) -> Result<Option<Hash>, LedgerError> {
        let (Some(at), Some(body), Some(previous_hash)) = (self.at, &self.body, &self.previous_hash) else {
            return Ok(None);
        };
        let event = EventRow {
            pseudonym: self.pseudonym.clone(),
            position: self.position,
            at,
            body: body.clone(),
            previous_hash: previous_hash.clone(),
            hash: Vec::new(),
        };
        Ok(Some(leaf_hash(&event.canonical()?)))
    }
}

/// Grows the log anew from its leaves and compares all that is stored about it.
pub async fn check(tx: &mut Tx, verifiers: &[Verifier], audit: &mut Audit) -> Result<(), LedgerError> {
    let mut tree = Tree::default();
    let mut tiles: i64 = 0;
    let mut after = i64::MIN;
    while !audit.is_full() {
        let leaves = page(tx, after).await?;
        let Some(last) = leaves.last() else { break };
        let mut checkpoints = checkpoints(tx, after, last.leaf_index).await?.into_iter().peekable();
        after = last.leaf_index;
        for leaf in leaves {
            if u64::try_from(leaf.leaf_index) != Ok(tree.size()) {
                audit.find(Finding::LeafMisplaced { due: tree.size(), found: leaf.leaf_index });
                return Ok(());
            }
            append(&mut tree, &leaf, audit)?;
            while let Some(checkpoint) = checkpoints.next_if(|c| c.tree_size == leaf.leaf_index + 1) {
                compare_checkpoint(&checkpoint, &tree, verifiers, audit);
            }
        }
        for tile in tree.take_full() {
            tiles += compare_tile(tx, &tile, audit).await?;
        }
    }
    audit.verified.leaves = tree.size();
    for tile in tree.grown_since(0) {
        tiles += compare_tile(tx, tile, audit).await?;
    }
    beyond(tx, &tree, tiles, audit).await
}

fn append(tree: &mut Tree, leaf: &Leaf, audit: &mut Audit) -> Result<(), LedgerError> {
    let computed = leaf.computed_hash()?;
    if computed.is_none_or(|hash| leaf.leaf_hash != hash) {
        audit.find(Finding::LeafDiffers { index: leaf.leaf_index });
    }
    // On with what is stored: a changed event is then one finding, and a changed leaf shows in tile and roots.
    tree.append(Hash::try_from(leaf.leaf_hash.as_slice()).unwrap_or_default());
    Ok(())
}

fn compare_checkpoint(checkpoint: &Checkpoint, tree: &Tree, verifiers: &[Verifier], audit: &mut Audit) {
    audit.verified.checkpoints += 1;
    let (size, root) = (checkpoint.tree_size, tree.root());
    if checkpoint.root_hash != root {
        audit.find(Finding::RootDiffers { size });
    }
    if !verifiers.iter().any(|verifier| verifier.confirms(&checkpoint.note, tree.size(), &root)) {
        audit.find(Finding::NoteDiffers { size });
    }
}

/// Returns how many rows the tile has: 1, or 0 if it is missing.
async fn compare_tile(tx: &mut Tx, tile: &Tile, audit: &mut Audit) -> Result<i64, LedgerError> {
    let Tile { level, index, ref hashes } = *tile;
    let stored = sql("SELECT hashes FROM tile WHERE level = $1 AND tile_index = $2")
        .bind(i64::from(level))
        // Tiles are fewer than leaves, whose indexes are BIGINT.
        .bind(index.cast_signed())
        .fetch_optional::<(Vec<u8>,)>(tx)
        .await?;
    if stored.as_ref().map(|(stored,)| stored) != Some(hashes) {
        audit.find(Finding::TileDiffers { level, index });
    }
    Ok(i64::from(stored.is_some()))
}

/// Nothing may speak of more leaves than there are, and the last leaf must be under a checkpoint.
async fn beyond(tx: &mut Tx, tree: &Tree, tiles: i64, audit: &mut Audit) -> Result<(), LedgerError> {
    let leaves = tree.size();
    let (stored,) = sql("SELECT COUNT(*) FROM tile").fetch_one::<(i64,)>(&mut *tx).await?;
    if let Ok(count @ 1..) = u64::try_from(stored - tiles) {
        audit.find(Finding::TilesTooMany { count });
    }
    let impossible = sql("SELECT tree_size FROM checkpoint WHERE tree_size < 1 OR tree_size > $1 \
         ORDER BY tree_size LIMIT $2")
    .bind(leaves.cast_signed())
    .bind(PAGE)
    .fetch_all::<(i64,)>(&mut *tx)
    .await?;
    for (size,) in impossible {
        audit.find(Finding::CheckpointTooLarge { size, leaves });
    }
    let (newest,) = sql("SELECT COALESCE(MAX(tree_size), 0) FROM checkpoint").fetch_one::<(i64,)>(tx).await?;
    match u64::try_from(newest) {
        Ok(newest) if newest >= leaves => {}
        newest => audit.find(Finding::NotSigned { from: newest.unwrap_or(0), leaves }),
    }
    Ok(())
}

async fn page(tx: &mut Tx, after: i64) -> Result<Vec<Leaf>, LedgerError> {
    let leaves = sql("SELECT l.leaf_index, l.leaf_hash, l.pseudonym, l.position, e.at, e.body, e.previous_hash \
         FROM leaf l LEFT JOIN event e ON e.pseudonym = l.pseudonym AND e.position = l.position \
         WHERE l.leaf_index > $1 ORDER BY l.leaf_index LIMIT $2")
    .bind(after)
    .bind(PAGE)
    .fetch_all(tx)
    .await?;
    Ok(leaves)
}

/// The checkpoints that were signed when a leaf after `after`, up to `last`, was the newest.
async fn checkpoints(tx: &mut Tx, after: i64, last: i64) -> Result<Vec<Checkpoint>, LedgerError> {
    let checkpoints = sql("SELECT tree_size, root_hash, note FROM checkpoint \
         WHERE tree_size > $1 AND tree_size <= $2 ORDER BY tree_size LIMIT $3")
    .bind(after.saturating_add(1).max(0))
    .bind(last.saturating_add(1))
    .bind(PAGE)
    .fetch_all(tx)
    .await?;
    Ok(checkpoints)
}
