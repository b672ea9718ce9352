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
use crate::storage::{Sql, Tx, sql_rows};
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

/// What was moved from one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved<'s> {
    /// The retention that keeps it.
    pub ground: &'s str,
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

/// A row on its way.
struct Item<'s> {
    source: &'s Source,
    row: Row,
    end: Moment,
    bucket: Uuid,
}

/// Moves what was read. What was moved already stays as it is.
///
/// # Errors
/// Storage or vault.
pub async fn keep<'s>(
    tx: &mut Tx,
    centre: &Centre,
    hold: &Hold,
    batches: Vec<(&'s Source, Vec<Row>)>,
    now: Moment,
) -> Result<Vec<Moved<'s>>, Fault> {
    // While it lasts no bucket is taken for empty.
    tx.lock_shared(LOCK).await?;
    let (mut items, mut moved) = (Vec::new(), Vec::new());
    for (source, rows) in batches {
        let (records, mut until) = (i64::try_from(rows.len())?, now);
        let mut remove: Sql = sql_rows(source.removal(), rows.len(), 1, "");
        for row in rows {
            let end = source.end(row.at).ok_or(Endless)?;
            until = until.max(end);
            remove = remove.bind(&row.id);
            items.push(Item { source, row, end, bucket: bucket_of(centre, hold, source, end) });
        }
        remove.execute(tx).await?;
        moved.push(Moved { ground: source.ground(), records, until });
    }
    insert(tx, centre, hold, items, now).await?;
    Ok(moved)
}

async fn insert(tx: &mut Tx, centre: &Centre, hold: &Hold, items: Vec<Item<'_>>, now: Moment) -> Result<(), Fault> {
    let keys = keys(tx, centre, hold, &items, now).await?;
    let head = "INSERT INTO legal_hold_record (id, bucket_id, ends_at, content) VALUES";
    let mut insert = sql_rows(head, 4, items.len(), "ON CONFLICT (id) DO NOTHING");
    for Item { source, row, end, bucket } in items {
        let what = format!("{}\n{}\n{}", hold.id, source.kind(), row.id);
        let id = derived(centre, "legal_hold_record", &what).to_string();
        let sealed = Sealed { kind: source.kind().to_owned(), at: row.at.0, content: row.content };
        let sealed = keys[&bucket].seal(place(&id), &serde_json::to_vec(&sealed)?);
        insert = insert.bind(id).bind(bucket).bind(end.0).bind(sealed);
    }
    insert.execute(tx).await?;
    Ok(())
}

/// The key of each bucket, which is there before what it seals.
async fn keys(
    tx: &mut Tx,
    centre: &Centre,
    hold: &Hold,
    items: &[Item<'_>],
    now: Moment,
) -> Result<BTreeMap<Uuid, SealingKey>, Fault> {
    let buckets: BTreeMap<_, _> = items.iter().map(|item| (item.bucket, item.source.ground())).collect();
    let head = "INSERT INTO legal_hold_bucket (id, phone_index, ground) VALUES";
    let mut insert = sql_rows(head, 3, buckets.len(), "ON CONFLICT (id) DO NOTHING");
    for (bucket, ground) in &buckets {
        insert = insert.bind(*bucket).bind(hold.phone_index).bind(*ground);
    }
    insert.execute(tx).await?;
    let wanted: Vec<_> = buckets.keys().map(|bucket| (*bucket, Category::LegalHold)).collect();
    let keys = centre.vault.keys_for(&wanted, now).await?;
    Ok(buckets.into_keys().zip(keys).collect())
}
