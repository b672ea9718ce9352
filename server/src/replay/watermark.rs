//! How far this data is with the log: a watermark that only moves forward, over entries that the data is known to hold.
//!
//! An entry is pending in the data from its change on. The watermark moves past it in the very transaction that takes it out of
//! what is pending, and never past one that is not pending. So whatever the order in which servers copy, settle and die, an entry
//! of the log that is neither before the watermark nor pending came about in a later state of this data. What a server remembers
//! of its own copying ([`super::Copied`]) saves work and decides nothing.

use std::collections::HashSet;

use super::store::flush;
use crate::centre::Centre;
use crate::storage::{Db, DbError, Executor, Tx, sql, sql_rows};
use crate::web::fault::Fault;

/// Entries per transaction.
const PAGE: i64 = 500;
/// Ids per statement.
const CHUNK: usize = 250;

/// Where a database stands with the log: a position, and the id of the entry there.
#[derive(Clone, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct Standing {
    /// Everything up to here is in the data.
    pub position: i64,
    /// Which entry that was; none: not known.
    pub entry_id: Option<String>,
}

/// Up to where this data has everything.
pub(super) async fn standing(on: impl Into<Executor<'_>>) -> Result<Standing, DbError> {
    sql("SELECT position, entry_id FROM replayed").fetch_one(on).await
}

/// The newest entry of the log.
pub(super) async fn newest(keys: &Db) -> Result<Standing, DbError> {
    let newest = sql("SELECT position, id AS entry_id FROM replay_log ORDER BY position DESC LIMIT 1");
    Ok(newest.fetch_optional(keys).await?.unwrap_or_default())
}

impl Standing {
    /// The same place in the log as it is now.
    pub(super) async fn in_log(&self, keys: &Db) -> Result<Self, DbError> {
        let entry = sql("SELECT id FROM replay_log WHERE position = $1").bind(self.position);
        let entry_id = entry.fetch_optional::<(String,)>(keys).await?.map(|(id,)| id);
        Ok(Self { position: self.position, entry_id })
    }

    /// Whether the log, as it is now there, is another one than it was: it was put back, or belongs to somebody else.
    pub(super) fn contradicts(&self, in_log: &Self) -> bool {
        self.entry_id.is_some() && self.entry_id != in_log.entry_id
    }
}

/// Ids of entries that came about in this data and that it still holds as pending.
pub(super) async fn pending(on: impl Into<Executor<'_>>) -> Result<HashSet<String>, DbError> {
    let rows = sql("SELECT id FROM replay_pending").fetch_all::<(String,)>(on).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Moves the watermark from where it was seen; false: somebody else has moved it since.
pub(super) async fn stand(tx: &mut Tx, seen: &Standing, next: &Standing) -> Result<bool, DbError> {
    let moved =
        sql("UPDATE replayed SET position = $1, entry_id = $2 WHERE position = $3 AND COALESCE(entry_id, '') = $4")
            .bind(next.position)
            .bind(next.entry_id.clone())
            .bind(seen.position)
            .bind(seen.entry_id.clone().unwrap_or_default())
            .execute(tx)
            .await?;
    Ok(moved > 0)
}

/// What tells that this data was put back to an earlier state, beside entries that it lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PutBack {
    /// A backup was restored; whether it lacks anything is not known.
    Restored,
    /// Events of a later state are gone.
    Lost,
}

/// Writes down that the data was put back: nobody is served before it was brought up.
pub(crate) async fn mark_put_back(tx: &mut Tx, how: PutBack) -> Result<(), DbError> {
    let word = match how {
        PutBack::Restored => "restored",
        PutBack::Lost => "lost",
    };
    sql("UPDATE replayed SET put_back = $1").bind(word).execute(tx).await?;
    Ok(())
}

/// Whether the data was put back and not brought up since. A word that this program does not know weighs most.
pub(super) async fn put_back(data: &Db) -> Result<Option<PutBack>, DbError> {
    let (word,) = sql("SELECT put_back FROM replayed").fetch_one::<(Option<String>,)>(data).await?;
    Ok(word.map(|word| if word == "restored" { PutBack::Restored } else { PutBack::Lost }))
}

/// It was brought up.
pub(super) async fn mark_brought_up(tx: &mut Tx) -> Result<(), DbError> {
    sql("UPDATE replayed SET put_back = NULL").execute(tx).await?;
    Ok(())
}

/// Under a server that had passed the gate, the data lacks what the log has.
#[derive(Debug, thiserror::Error)]
#[error(
    "the data is older than the replay log although this server had caught up: another state was put in its place while it \
     ran. Stop every server and start again: a start replays what is missing"
)]
struct PutBackWhileRunning;

/// Flushes, forgets what was copied, and writes down how far the data is, so that the next start knows it at a glance.
///
/// # Errors
/// Storage: the next run goes on. Or the data lacks what the log has: then nothing is written down.
pub async fn settle(centre: &Centre) -> Result<(), Fault> {
    flush(centre).await?;
    // Looked up without the write lock: mostly there is nothing.
    let open = pending(&centre.data).await?;
    if open.is_empty() && standing(&centre.data).await? == newest(centre.vault.store()).await? {
        centre.copied.keep(&open);
        return Ok(());
    }
    while settle_page(centre).await? {}
    Ok(())
}

/// Moves the watermark by a page at most; false: there is no more.
async fn settle_page(centre: &Centre) -> Result<bool, Fault> {
    let keys = centre.vault.store();
    let mut tx = centre.data.begin().await?;
    tx.lock("replayed").await?;
    let seen = standing(&mut tx).await?;
    // The log before what is pending: what it has by now is committed, and pending unless somebody else has settled it, who
    // would need the lock.
    let page = sql("SELECT position, id FROM replay_log WHERE position > $1 ORDER BY position LIMIT $2")
        .bind(seen.position)
        .bind(PAGE)
        .fetch_all::<(i64, String)>(keys)
        .await?;
    let mut open = pending(&mut tx).await?;
    let here = seen.in_log(keys).await?;
    if seen.contradicts(&here) || page.iter().any(|(_, id)| !open.contains(id)) {
        return Err(PutBackWhileRunning.into());
    }
    let is_last = page.len() < usize::try_from(PAGE)?;
    let next = page.last().map_or(here, |(position, id)| Standing { position: *position, entry_id: Some(id.clone()) });
    let mut gone: Vec<String> = page.into_iter().map(|(_, id)| id).collect();
    if is_last {
        // Those that the gate went past.
        gone.extend(up_to(keys, next.position, &open).await?);
    }
    // In one order, so that nobody waits for who waits for them.
    gone.sort_unstable();
    gone.dedup();
    for chunk in gone.chunks(CHUNK) {
        let removal = sql_rows("DELETE FROM replay_pending WHERE id IN", chunk.len(), 1, "");
        chunk.iter().fold(removal, |removal, id| removal.bind(id)).execute(&mut tx).await?;
    }
    if gone.is_empty() && next == seen {
        return Ok(false);
    }
    if !stand(&mut tx, &seen, &next).await? {
        // Somebody else has moved it meanwhile: what they saw counts.
        return Ok(true);
    }
    tx.commit().await?;
    gone.iter().for_each(|id| {
        open.remove(id);
    });
    centre.copied.keep(&open);
    Ok(!is_last)
}

/// Those of these ids that the log has up to a position.
async fn up_to(keys: &Db, position: i64, ids: &HashSet<String>) -> Result<Vec<String>, DbError> {
    let ids: Vec<_> = ids.iter().collect();
    let mut found = Vec::new();
    for chunk in ids.chunks(CHUNK) {
        let asked = sql_rows("SELECT position, id FROM replay_log WHERE id IN", chunk.len(), 1, "");
        let asked = chunk.iter().fold(asked, |asked, id| asked.bind(*id));
        let rows = asked.fetch_all::<(i64, String)>(keys).await?;
        found.extend(rows.into_iter().filter(|(at, _)| *at <= position).map(|(_, id)| id));
    }
    Ok(found)
}
