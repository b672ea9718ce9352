//! SQL of what is moved into the legal hold: sealed anew, and gone from where it was, in one transaction.

use std::collections::BTreeMap;

use app::accounts::model::PhoneNumber;
use app::time::Moment;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::sources::{Row, Source};
use super::{LOCK, PHONE_INDEX, place};
use crate::centre::Centre;
use crate::execution::derived;
use crate::storage::{Sql, Tx, sql, sql_rows};
use crate::vault::{Category, SealingKey};
use crate::web::fault::Fault;

/// Where one leaver's records go.
pub struct Hold {
    /// Random; nothing but the execution's sealed content knows it.
    id: Uuid,
    phone_index: [u8; 32],
}

impl Hold {
    /// The hold of that id, to be found by that phone.
    #[must_use]
    pub fn of(centre: &Centre, id: Uuid, phone: &PhoneNumber) -> Self {
        Self { id, phone_index: centre.vault.blind_index(PHONE_INDEX, phone.reveal()) }
    }
}

/// What a record here holds. Sealed.
#[derive(Serialize, Deserialize)]
pub(super) struct Sealed {
    pub(super) kind: String,
    pub(super) at: i64,
    pub(super) content: Value,
}

/// What a batch came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// How many.
    pub records: i64,
    /// When the last of them ends.
    pub until: Moment,
}

/// A law keeps something until no day of our calendar.
#[derive(Debug, thiserror::Error)]
#[error("a record that a law keeps has no end")]
struct Endless;

/// The bucket of a record that ends then: `2029-11` in China.
fn bucket_of(centre: &Centre, hold: &Hold, source: &Source, end: Moment) -> Uuid {
    let date = end.beijing_date();
    let what = format!("{}\n{}\n{}-{:02}", hold.id, source.ground(), date.year(), date.month());
    derived(centre, "legal_hold_bucket", &what)
}

/// Moves a batch. What was moved already stays as it is.
///
/// # Errors
/// Storage or vault.
pub async fn keep(
    tx: &mut Tx,
    centre: &Centre,
    hold: &Hold,
    source: &Source,
    batch: Vec<Row>,
    now: Moment,
) -> Result<Moved, Fault> {
    // While it lasts no bucket is taken for empty.
    tx.lock_shared(LOCK).await?;
    let ends = batch.iter().map(|row| source.end(row.at).ok_or(Endless)).collect::<Result<Vec<_>, _>>()?;
    let buckets: Vec<_> = ends.iter().map(|end| bucket_of(centre, hold, source, *end)).collect();
    let keys = keys(tx, centre, hold, (source, &buckets), now).await?;
    let head = "INSERT INTO legal_hold_record (id, bucket_id, ends_at, content) VALUES";
    let mut insert = sql_rows(head, 4, batch.len(), "ON CONFLICT (id) DO NOTHING");
    let mut remove: Sql = sql_rows(source.removal(), batch.len(), 1, "");
    for ((row, end), bucket) in batch.iter().zip(&ends).zip(&buckets) {
        let id =
            derived(centre, "legal_hold_record", &format!("{}\n{}\n{}", hold.id, source.kind(), row.id)).to_string();
        let sealed = Sealed { kind: source.kind().to_owned(), at: row.at.0, content: row.content.clone() };
        let sealed = keys[bucket].seal(place(&id), &serde_json::to_vec(&sealed)?);
        insert = insert.bind(id).bind(*bucket).bind(end.0).bind(sealed);
        remove = remove.bind(&row.id);
    }
    insert.execute(tx).await?;
    remove.execute(tx).await?;
    Ok(Moved { records: i64::try_from(batch.len())?, until: ends.into_iter().max().ok_or(Endless)? })
}

/// The key of each bucket, which is there before what it seals.
async fn keys(
    tx: &mut Tx,
    centre: &Centre,
    hold: &Hold,
    (source, buckets): (&Source, &[Uuid]),
    now: Moment,
) -> Result<BTreeMap<Uuid, SealingKey>, Fault> {
    let mut distinct = buckets.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    for bucket in &distinct {
        sql("INSERT INTO legal_hold_bucket (id, phone_index, ground) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING")
            .bind(*bucket)
            .bind(hold.phone_index)
            .bind(source.ground())
            .execute(tx)
            .await?;
    }
    let wanted: Vec<_> = distinct.iter().map(|bucket| (*bucket, Category::LegalHold)).collect();
    let keys = centre.vault.keys_for(&wanted, now).await?;
    Ok(distinct.into_iter().zip(keys).collect())
}
