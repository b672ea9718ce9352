//! Removes what no law keeps any more, and destroys the keys of buckets in which nothing is left. Each batch is one transaction
//! with its event, so a run that is killed loses nothing and counts nothing twice.

use std::collections::{BTreeMap, BTreeSet};

use app::time::Moment;
use uuid::Uuid;

use super::LOCK;
use crate::centre::Centre;
use crate::ledger::{self, Event, Pseudonym};
use crate::storage::{Sql, Tx, sql, sql_rows};
use crate::web::fault::Fault;

/// Records per transaction.
const BATCH: i64 = 250;

/// Ends what is due.
///
/// # Errors
/// Storage or vault; the next run goes on.
pub async fn run(centre: &Centre, now: Moment) -> Result<(), Fault> {
    while end_batch(centre, now).await? {}
    while destroy_next(centre, now).await? {}
    Ok(())
}

async fn end_batch(centre: &Centre, now: Moment) -> Result<bool, Fault> {
    let mut tx = centre.data.begin().await?;
    // Alone with the hold: what looks empty is empty.
    tx.lock(LOCK).await?;
    let due = sql("SELECT r.id, r.bucket_id, b.ground FROM legal_hold_record r \
         JOIN legal_hold_bucket b ON b.id = r.bucket_id WHERE r.ends_at <= $1 ORDER BY r.ends_at, r.id LIMIT $2")
    .bind(now.0)
    .bind(BATCH)
    .fetch_all::<(String, String, String)>(&mut tx)
    .await?;
    if due.is_empty() {
        return Ok(false);
    }
    let remove = sql_rows("DELETE FROM legal_hold_record WHERE id IN", due.len(), 1, "");
    due.iter().fold(remove, |statement: Sql, (id, ..)| statement.bind(id)).execute(&mut tx).await?;
    let mut grounds: BTreeMap<&str, i64> = BTreeMap::new();
    for (_, _, ground) in &due {
        *grounds.entry(ground).or_default() += 1;
    }
    for (ground, records) in grounds {
        let event = Event::LegalHoldEnded { ground: ground.to_owned(), records };
        ledger::append(&mut tx, &Pseudonym::centre(), now, &event).await?;
    }
    for bucket in due.iter().map(|(_, bucket, _)| bucket).collect::<BTreeSet<_>>() {
        sql("UPDATE legal_hold_bucket SET emptied_at = $2 WHERE id = $1 \
             AND NOT EXISTS (SELECT 1 FROM legal_hold_record WHERE bucket_id = $1)")
        .bind(bucket)
        .bind(now.0)
        .execute(&mut tx)
        .await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Destroys the key of an emptied bucket, then removes it. Killed between the two, it does both again.
async fn destroy_next(centre: &Centre, now: Moment) -> Result<bool, Fault> {
    let mut tx = centre.data.begin().await?;
    tx.lock(LOCK).await?;
    let next = sql("SELECT id FROM legal_hold_bucket WHERE emptied_at IS NOT NULL LIMIT 1");
    let Some((bucket,)) = next.fetch_optional::<(String,)>(&mut tx).await? else { return Ok(false) };
    if is_filled(&mut tx, &bucket).await? {
        // Somebody's erasure was still under way when the bucket was empty for a while.
        sql("UPDATE legal_hold_bucket SET emptied_at = NULL WHERE id = $1").bind(&bucket).execute(&mut tx).await?;
    } else {
        let keys = centre.vault.retire_all(Uuid::parse_str(&bucket)?, now).await?;
        centre.vault.destroy(&keys, now).await?;
        sql("DELETE FROM legal_hold_bucket WHERE id = $1").bind(&bucket).execute(&mut tx).await?;
    }
    tx.commit().await?;
    Ok(true)
}

async fn is_filled(tx: &mut Tx, bucket: &str) -> Result<bool, Fault> {
    let one = sql("SELECT id FROM legal_hold_record WHERE bucket_id = $1 LIMIT 1").bind(bucket);
    Ok(one.fetch_optional::<(String,)>(tx).await?.is_some())
}
