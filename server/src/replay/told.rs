//! SQL of what people are told after a restoration: once, and only those who had an account in the backup.

use app::time::Moment;
use uuid::Uuid;

use crate::centre::Centre;
use crate::storage::{Db, DbError, Tx, sql};
use crate::web::fault::Fault;

/// A restoration, or several as one: what came between may be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The newest thing that the backup knew.
    pub as_of: Moment,
    /// When the data had caught up.
    pub until: Moment,
}

/// The newest thing that this data knows, but for what a start itself writes.
async fn newest_event(data: &Db) -> Result<i64, DbError> {
    let newest = sql("SELECT COALESCE(MAX(at), 0) FROM event WHERE body NOT LIKE '%\"kind\":\"log_continued\"%'");
    Ok(newest.fetch_one::<(i64,)>(data).await?.0)
}

/// Writes down, before anything is replayed, what the data knows: unless nothing tells that it has lost anything (it is no older
/// than the log, which is another one than it was), or a start before this one, which did not come to its end, has written it
/// down.
///
/// # Errors
/// Storage.
pub(super) async fn begin(centre: &Centre, newest_entry: Option<i64>, has_lost: bool) -> Result<(), Fault> {
    let data = &centre.data;
    let begun = sql("SELECT id FROM restoration WHERE ended_at IS NULL").fetch_optional::<(String,)>(data).await?;
    let as_of = newest_event(data).await?;
    if begun.is_some() || (!has_lost && newest_entry.is_none_or(|at| at <= as_of)) {
        return Ok(());
    }
    let mut tx = data.begin().await?;
    sql("INSERT INTO restoration (id, as_of) VALUES ($1, $2)")
        .bind(Uuid::now_v7())
        .bind(as_of)
        .execute(&mut tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// The newest thing that the data knew before anything was replayed, however often that was begun; none: nothing was lost.
pub(super) async fn as_of(data: &Db) -> Result<Option<Moment>, DbError> {
    let begun = sql("SELECT as_of FROM restoration WHERE ended_at IS NULL").fetch_optional::<(i64,)>(data).await?;
    Ok(begun.map(|(as_of,)| Moment(as_of)))
}

/// The data has caught up: from here people are told.
pub(super) async fn end(tx: &mut Tx, now: Moment) -> Result<(), DbError> {
    sql("UPDATE restoration SET ended_at = $1 WHERE ended_at IS NULL").bind(now.0).execute(tx).await?;
    Ok(())
}

/// What a person has not yet put away of it.
///
/// # Errors
/// Storage.
pub async fn unread(centre: &Centre, person: Uuid) -> Result<Option<Restored>, Fault> {
    let (as_of, until) = sql("SELECT MIN(r.as_of), MAX(r.ended_at) FROM restoration r, person p WHERE p.id = $1 \
         AND p.created_at <= r.as_of AND r.ended_at > COALESCE(p.restored_read_at, 0)")
    .bind(person)
    .fetch_one::<(Option<i64>, Option<i64>)>(&centre.data)
    .await?;
    Ok(as_of.zip(until).map(|(as_of, until)| Restored { as_of: Moment(as_of), until: Moment(until) }))
}

/// A person has read what is told of restorations up to then.
///
/// # Errors
/// Storage.
pub async fn put_away(centre: &Centre, person: Uuid, until: Moment) -> Result<(), Fault> {
    let mut tx = centre.data.begin().await?;
    sql("UPDATE person SET restored_read_at = $2 WHERE id = $1 AND COALESCE(restored_read_at, 0) < $2")
        .bind(person)
        .bind(until.0)
        .execute(&mut tx)
        .await?;
    tx.commit().await?;
    Ok(())
}
