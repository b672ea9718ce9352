//! What a person takes away: their events, each with the proof that it is in the log.

use std::collections::btree_map::Entry;

use app::proof::document::Proof;
use app::proof::merkle::inclusion_path;
use app::proof::tiles::{Tiles, hash_of, needed};
use app::time::Moment;

use super::chain::EventRow;
use super::checkpoint::Signer;
use super::event::{Event, Pseudonym};
use super::published::{checkpoint, tile};
use super::sequencer::sequence;
use super::{LedgerError, Recorded};
use crate::storage::{Db, sql};

/// An event of one's own, with its proof.
#[derive(Clone, Debug)]
pub struct Proved {
    /// The event.
    pub recorded: Recorded,
    /// That it is in the log.
    pub proof: Proof,
}

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    event: EventRow,
    leaf_index: i64,
}

/// A person's events that are wanted, oldest first, all proved against the newest checkpoint. What still waits for the
/// sequencer is folded into the log first.
///
/// # Errors
/// [`LedgerError`]. [`LedgerError::Contradiction`] when the tiles are not those of the checkpoint.
pub async fn prove(
    db: &Db,
    signer: &Signer,
    pseudonym: &Pseudonym,
    wanted: impl Fn(&Recorded) -> bool,
    now: Moment,
) -> Result<Vec<Proved>, LedgerError> {
    sequence(db, signer, now).await?;
    let rows = sql("SELECT e.pseudonym, e.position, e.at, e.body, e.previous_hash, e.hash, l.leaf_index \
         FROM event e JOIN leaf l ON l.pseudonym = e.pseudonym AND l.position = e.position \
         WHERE e.pseudonym = $1 ORDER BY e.position")
    .bind(pseudonym.as_str())
    .fetch_all::<Row>(db)
    .await?;
    // Read after the leaves, so that it covers all of them.
    let Some(note) = checkpoint(db, None).await? else { return Ok(Vec::new()) };
    let size = signer.read(&note).ok_or(LedgerError::Contradiction)?.size;
    let mut tiles = Tiles::new();
    let mut proved = Vec::new();
    for Row { event, leaf_index } in rows {
        let body = Event::read(&event.body)?;
        let recorded = Recorded { position: event.position, at: Moment(event.at), event: body };
        if !wanted(&recorded) {
            continue;
        }
        let leaf_index = u64::try_from(leaf_index).map_err(|_| LedgerError::Contradiction)?;
        let parts = inclusion_path(leaf_index, size);
        fetch(db, &mut tiles, &parts, size).await?;
        let hash = |part| hash_of(part, size, &tiles).ok_or(LedgerError::Contradiction);
        let inclusion = parts.iter().map(hash).collect::<Result<_, _>>()?;
        let event = String::from_utf8(event.canonical()?).map_err(|_| LedgerError::Contradiction)?;
        let proof = Proof { event, leaf_index, inclusion, checkpoint: note.clone() };
        proved.push(Proved { recorded, proof });
    }
    Ok(proved)
}

async fn fetch(db: &Db, tiles: &mut Tiles, parts: &[std::ops::Range<u64>], size: u64) -> Result<(), LedgerError> {
    for place in needed(parts, size) {
        if let Entry::Vacant(missing) = tiles.entry(place) {
            let hashes = tile(db, place.level, place.index, place.width).await?;
            missing.insert(hashes.ok_or(LedgerError::Contradiction)?);
        }
    }
    Ok(())
}
