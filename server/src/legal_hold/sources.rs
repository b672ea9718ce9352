//! What is moved into the legal hold: records of kinds that a law keeps, verified names, and records of sharing.

use app::records::model::{Erasure, Field, Home, Retention};
use app::time::{DAY, Moment};
use serde_json::Value;
use uuid::Uuid;

use crate::centre::Centre;
use crate::execution::kinds::DISCLOSURE;
use crate::profile::store as profile;
use crate::records::retention::newest_under;
use crate::records::{content_place, totals};
use crate::sharing;
use crate::storage::{Sql, sql};
use crate::vault::{KeyRing, Place};
use crate::web::fault::Fault;

/// Rows that are read from a place at once, and about as many as are moved in one transaction.
const BATCH: i64 = 250;

/// One place with rows that a law keeps.
#[derive(Clone, Debug)]
pub struct Source {
    /// The kind's id, or the table's.
    kind: String,
    table: Table,
    ground: String,
    retention: Retention,
    /// What its rows are part of came about as late as then: they are kept as long as that.
    part_of: Option<Moment>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Table {
    Record,
    RealName,
    Disclosure,
}

impl Source {
    /// The retention that keeps it.
    #[must_use]
    pub fn ground(&self) -> &str {
        &self.ground
    }

    /// Its kind, as in `data.toml`; or what else it is.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// When a row that came about then is not kept any more.
    pub(super) fn end(&self, at: Moment) -> Option<Moment> {
        self.retention.end(self.part_of.map_or(at, |part_of| part_of.max(at)))
    }

    /// The earliest time from which on its rows are still kept.
    fn kept_since(&self, now: Moment) -> Moment {
        let cut = cut(&self.retention, now);
        if self.part_of.is_some_and(|part_of| part_of >= cut) { Moment(i64::MIN) } else { cut }
    }

    /// What takes the rows of that id out of where they were.
    pub(super) const fn removal(&self) -> &'static str {
        match self.table {
            Table::Record => "DELETE FROM record WHERE id IN",
            Table::RealName => "DELETE FROM real_name WHERE person_id IN",
            Table::Disclosure => "DELETE FROM disclosure WHERE id IN",
        }
    }
}

/// A row that a law keeps, opened.
pub struct Row {
    pub(super) id: String,
    pub(super) at: Moment,
    pub(super) content: Value,
}

/// The earliest time from which on a law still keeps what came about: since no year is longer than 366 days, it is found by
/// halving.
fn cut(retention: &Retention, now: Moment) -> Moment {
    let is_kept = |at: i64| retention.end(Moment(at)).is_some_and(|end| end > now);
    let Some(newest) = retention.oldest_possible(now) else { return now };
    // What came about after `newest` is kept for sure; half a year before it no longer.
    let (mut over, mut kept) = (newest.0 - 183 * DAY, newest.0 + 1);
    while kept - over > 1 {
        let middle = over + (kept - over) / 2;
        if is_kept(middle) {
            kept = middle;
        } else {
            over = middle;
        }
    }
    Moment(kept)
}

/// Whether a law keeps that kind, and for how long.
fn kept<'c>(centre: &'c Centre, field: &Field) -> Option<&'c Retention> {
    let retention = centre.catalogue.data().retention(field);
    (field.erase == Erasure::StorageOnly && retention.law.is_some()).then_some(retention)
}

/// How long records of sharing are kept.
fn of_disclosures() -> Retention {
    Retention { years: Some(i32::from(app::promises::DISCLOSURE_YEARS)), ..Retention::default() }
}

/// Every place with rows of a person that a law may keep.
///
/// # Errors
/// Storage.
pub async fn sources(centre: &Centre, person: Uuid) -> Result<Vec<Source>, Fault> {
    let totals = totals(&centre.data, person).await?;
    let mut sources = Vec::new();
    for field in centre.catalogue.data().fields() {
        let Some(retention) = kept(centre, field) else { continue };
        let source = |kind: &str, table| Source {
            kind: kind.to_owned(),
            table,
            ground: field.retention.clone(),
            retention: retention.clone(),
            part_of: None,
        };
        if totals.iter().any(|total| total.field == field.id) {
            sources.push(source(&field.id, Table::Record));
        }
        // One row holds name and ID number.
        if field.kept_in == Home::RealName && !sources.iter().any(|s| s.table == Table::RealName) {
            let part_of = newest_under(centre, &totals, &field.retention);
            sources.push(Source { part_of, ..source("verified_name", Table::RealName) });
        }
    }
    let disclosures = (DISCLOSURE.to_owned(), DISCLOSURE.to_owned());
    sources.push(Source {
        kind: disclosures.0,
        table: Table::Disclosure,
        ground: disclosures.1,
        retention: of_disclosures(),
        part_of: None,
    });
    Ok(sources)
}

fn statement(source: &Source, person: Uuid, now: Moment) -> Sql {
    let text = match source.table {
        Table::Record => {
            "SELECT id, at, content FROM record WHERE person_id = $1 AND at >= $2 AND field = $4 ORDER BY at, id LIMIT $3"
        }
        Table::RealName => {
            "SELECT person_id, verified_at, payload FROM real_name WHERE person_id = $1 AND verified_at >= $2 LIMIT $3"
        }
        Table::Disclosure => {
            "SELECT id, at, content FROM disclosure WHERE person_id = $1 AND at >= $2 ORDER BY at, id LIMIT $3"
        }
    };
    let statement = sql(text).bind(person).bind(source.kept_since(now).0).bind(BATCH);
    if source.table == Table::Record { statement.bind(&source.kind) } else { statement }
}

/// How much of a place a law keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// Rows.
    pub count: i64,
    /// Bytes, sealed.
    pub bytes: i64,
    /// When the last of it goes; none: there is nothing.
    pub until: Option<Moment>,
}

/// Counts what would be moved.
///
/// # Errors
/// Storage.
pub async fn count(centre: &Centre, person: Uuid, source: &Source, now: Moment) -> Result<Amount, Fault> {
    let text = match source.table {
        Table::Record => {
            "SELECT COUNT(*), CAST(COALESCE(SUM(LENGTH(content)), 0) AS BIGINT), MAX(at) FROM record \
             WHERE person_id = $1 AND at >= $2 AND field = $3"
        }
        Table::RealName => {
            "SELECT COUNT(*), CAST(COALESCE(SUM(LENGTH(payload)), 0) AS BIGINT), MAX(verified_at) FROM real_name \
             WHERE person_id = $1 AND verified_at >= $2"
        }
        Table::Disclosure => {
            "SELECT COUNT(*), CAST(COALESCE(SUM(LENGTH(content)), 0) AS BIGINT), MAX(at) FROM disclosure \
             WHERE person_id = $1 AND at >= $2"
        }
    };
    let statement = sql(text).bind(person).bind(source.kept_since(now).0);
    let statement = if source.table == Table::Record { statement.bind(&source.kind) } else { statement };
    let (count, bytes, latest) = statement.fetch_one::<(i64, i64, Option<i64>)>(&centre.data).await?;
    Ok(Amount { count, bytes, until: latest.and_then(|at| source.end(Moment(at))) })
}

/// The next rows that a law keeps, opened, from as many places as one transaction bears; nothing when all of them are moved.
///
/// # Errors
/// Storage or vault.
pub async fn read<'s>(
    centre: &Centre,
    person: Uuid,
    sources: &'s [Source],
    now: Moment,
) -> Result<Vec<(&'s Source, Vec<Row>)>, Fault> {
    let (mut batches, mut rows) = (Vec::new(), 0);
    for source in sources {
        if rows >= BATCH {
            break;
        }
        if let Some(batch) = read_one(centre, person, source, now).await? {
            rows += i64::try_from(batch.len())?;
            batches.push((source, batch));
        }
    }
    Ok(batches)
}

async fn read_one(centre: &Centre, person: Uuid, source: &Source, now: Moment) -> Result<Option<Vec<Row>>, Fault> {
    let rows = statement(source, person, now).fetch_all::<(String, i64, Vec<u8>)>(&centre.data).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let ring = ring(centre, person, source).await?;
    let mut read = Vec::with_capacity(rows.len());
    for (id, at, sealed) in rows {
        let plain = ring.open(sealed_at(source, &id), &sealed).await?;
        read.push(Row { at: Moment(at), content: serde_json::from_slice(&plain)?, id });
    }
    Ok(Some(read))
}

async fn ring(centre: &Centre, person: Uuid, source: &Source) -> Result<KeyRing, Fault> {
    Ok(match source.table {
        Table::Record => centre.vault.record_ring(person).await?,
        Table::RealName | Table::Disclosure => centre.vault.ring(person).await?,
    })
}

const fn sealed_at<'r>(source: &Source, row: &'r str) -> Place<'r> {
    match source.table {
        Table::Record => content_place(row),
        Table::RealName => profile::real_name_place(row),
        Table::Disclosure => sharing::content_place(row),
    }
}
