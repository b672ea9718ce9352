//! Reading records: counted, page by page, one, and searched. What is stored only is counted and never opened.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::records::model::{Basis, Content, Field, Source};
use app::time::{DAY, HOUR, Moment};
use uuid::Uuid;

use super::{Unknown, content_place};
use crate::catalogue::Catalogue;
use crate::centre::Centre;
use crate::storage::{Executor, Sql, Tx, sql};
use crate::vault::KeyRing;
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// How many records a person has of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Total {
    /// Which kind.
    pub field: String,
    /// In use.
    pub held: usize,
    /// Stored only.
    pub restricted: usize,
    /// When the newest came about.
    pub latest: Moment,
}

/// Every kind of which a person has records.
///
/// # Errors
/// Storage.
pub async fn totals(on: impl Into<Executor<'_>>, person: Uuid) -> Result<Vec<Total>, Fault> {
    let rows = sql("SELECT field, held, restricted, latest_at FROM record_total WHERE person_id = $1")
        .bind(person)
        .fetch_all::<(String, i64, i64, i64)>(on)
        .await?;
    let total = |(field, held, restricted, latest): (String, i64, i64, i64)| -> Result<Total, Fault> {
        Ok(Total {
            field,
            held: usize::try_from(held)?,
            restricted: usize::try_from(restricted)?,
            latest: Moment(latest),
        })
    };
    rows.into_iter().map(total).collect()
}

/// A record, opened.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its id here.
    pub id: Uuid,
    /// The kind's id.
    pub field: String,
    /// When it came about.
    pub at: Moment,
    /// Where it comes from.
    pub source: Source,
    /// On which ground it was collected.
    pub basis: Basis,
    /// What it holds, whole.
    pub content: Content,
    /// When it was corrected last.
    pub corrected_at: Option<Moment>,
}

/// Which records of a person are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of one kind only.
    pub field: Option<String>,
    /// Not before.
    pub from: Option<Moment>,
    /// Before.
    pub until: Option<Moment>,
    /// Only those that hold this text, as far as it is shown.
    pub sought: Option<String>,
    /// After this one, in the order of the list: its time and id.
    pub after: After,
}

/// A page of records, newest first.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Those that fit.
    pub records: Vec<Kept>,
    /// Where the next page begins, if there may be more.
    pub next: After,
    /// A search stopped before the end, since it had looked at as many as one page may.
    pub stopped_early: bool,
}

/// Rows that are read at once.
const READ_AT_ONCE: i64 = 500;
/// Records that one search opens at most; the next page goes on from there.
const SEARCH_AT_MOST: usize = 20_000;

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    field: String,
    at: i64,
    source: String,
    basis: String,
    content: Vec<u8>,
    corrected_at: Option<i64>,
}

impl Row {
    async fn open(self, ring: &KeyRing) -> Result<Kept, Fault> {
        let plain = ring.open(content_place(&self.id), &self.content).await?;
        Ok(Kept {
            content: serde_json::from_slice(&plain)?,
            id: Uuid::parse_str(&self.id)?,
            field: self.field,
            at: Moment(self.at),
            source: Source::of(&self.source).ok_or(Unknown("source"))?,
            basis: Basis::of(&self.basis).ok_or(Unknown("basis"))?,
            corrected_at: self.corrected_at.map(Moment),
        })
    }
}

/// Where a list goes on: after the record of that time and id.
pub type After = Option<(Moment, Uuid)>;

/// As it stands in the address of a page.
#[must_use]
pub fn write_after((at, id): (Moment, Uuid)) -> String {
    format!("{}_{id}", at.0)
}

/// What [`write_after`] wrote; anything else is the beginning of the list.
#[must_use]
pub fn read_after(text: &str) -> After {
    let (at, id) = text.split_once('_')?;
    Some((Moment(at.parse().ok()?), Uuid::parse_str(id).ok()?))
}

/// The next records of a kind, newest first, inside a transaction: for work in the background.
///
/// # Errors
/// Storage or vault.
pub async fn batch(tx: &mut Tx, ring: &KeyRing, person: Uuid, filter: &Filter, limit: i64) -> Result<Vec<Kept>, Fault> {
    let rows = statement(person, filter, filter.after, limit).fetch_all::<Row>(tx).await?;
    let mut records = Vec::with_capacity(rows.len());
    for row in rows {
        records.push(row.open(ring).await?);
    }
    Ok(records)
}

const OF_ALL_KINDS: &str = "SELECT id, field, at, source, basis, content, corrected_at FROM record \
     WHERE person_id = $1 AND at >= $2 AND at < $3 AND (at < $4 OR (at = $4 AND id < $5)) AND restricted_at IS NULL \
     ORDER BY at DESC, id DESC LIMIT $6";
const OF_ONE_KIND: &str = "SELECT id, field, at, source, basis, content, corrected_at FROM record \
     WHERE person_id = $1 AND at >= $2 AND at < $3 AND (at < $4 OR (at = $4 AND id < $5)) AND restricted_at IS NULL \
     AND field = $7 ORDER BY at DESC, id DESC LIMIT $6";

fn statement(person: Uuid, filter: &Filter, after: After, limit: i64) -> Sql {
    let (at, id) = after.unwrap_or((Moment(i64::MAX), Uuid::max()));
    let from = filter.from.map_or(i64::MIN, |from| from.0);
    let until = filter.until.map_or(i64::MAX, |until| until.0);
    let text = if filter.field.is_some() { OF_ONE_KIND } else { OF_ALL_KINDS };
    let statement = sql(text).bind(person).bind(from).bind(until).bind(at.0).bind(id).bind(limit);
    match &filter.field {
        Some(field) => statement.bind(field),
        None => statement,
    }
}

/// One page of a person's records, newest first. `lifted` says that they have just proved who they are, so a search looks
/// into what is masked, too.
///
/// # Errors
/// Storage or vault.
pub async fn page(
    centre: &Centre,
    caller: &Caller,
    filter: &Filter,
    size: usize,
    lifted: bool,
) -> Result<Listing, Fault> {
    let ring = Arc::new(centre.vault.record_ring(caller.person).await?);
    let (mut records, mut after, mut seen) = (Vec::new(), filter.after, 0);
    let at_once = if filter.sought.is_some() { READ_AT_ONCE } else { i64::try_from(size)? + 1 };
    loop {
        let rows = statement(caller.person, filter, after, at_once).fetch_all::<Row>(&centre.data).await?;
        let ended = i64::try_from(rows.len())? < at_once;
        for row in rows {
            if records.len() == size || seen == SEARCH_AT_MOST {
                return Ok(Listing { stopped_early: records.len() < size, records, next: after });
            }
            let record = row.open(&ring).await?;
            after = Some((record.at, record.id));
            seen += 1;
            if fits(&centre.catalogue, filter, &record, lifted)? {
                records.push(record);
            }
        }
        if ended {
            return Ok(Listing { records, next: None, stopped_early: false });
        }
    }
}

/// A search finds what the person would see, so that nobody can guess at what is hidden.
fn fits(catalogue: &Catalogue, filter: &Filter, record: &Kept, lifted: bool) -> Result<bool, Fault> {
    let Some(sought) = &filter.sought else { return Ok(true) };
    let field = field_of(catalogue, &record.field)?;
    let shown = if lifted { record.content.whole(field.mask) } else { record.content.masked(field.mask) };
    Ok(shown.contains(sought))
}

/// What the catalogue says of a stored record's kind.
///
/// # Errors
/// [`Unknown`]: an operator's catalogue has lost a field that still has records.
pub fn field_of<'c>(catalogue: &'c Catalogue, id: &str) -> Result<&'c Field, Fault> {
    Ok(catalogue.data().field(id).ok_or(Unknown("field"))?)
}

/// One of a person's own records; nobody else's is ever found, and none that is stored only.
///
/// # Errors
/// Storage or vault.
pub async fn one(centre: &Centre, caller: &Caller, id: Uuid) -> Result<Option<Kept>, Fault> {
    let row = sql("SELECT id, field, at, source, basis, content, corrected_at FROM record \
         WHERE id = $1 AND person_id = $2 AND restricted_at IS NULL")
    .bind(id)
    .bind(caller.person)
    .fetch_optional::<Row>(&centre.data)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let ring = centre.vault.record_ring(caller.person).await?;
    Ok(Some(row.open(&ring).await?))
}

/// How often each kind was collected on each of the last days in China, the oldest first: field → day → times.
pub type CountsByDay = BTreeMap<String, BTreeMap<usize, u32>>;

/// Counts what came about on each of the last `days` days, today included.
///
/// # Errors
/// Storage.
pub async fn counts_by_day(centre: &Centre, person: Uuid, now: Moment, days: usize) -> Result<CountsByDay, Fault> {
    let days = i64::try_from(days)?;
    // Days begin at midnight in China.
    let tomorrow = (now.0 + BEIJING).div_euclid(DAY) * DAY + DAY - BEIJING;
    let start = tomorrow - days * DAY;
    let rows = sql("SELECT field, (at - $2) / $3, COUNT(*) FROM record WHERE person_id = $1 AND at >= $2 AND at < $4 \
         GROUP BY field, (at - $2) / $3")
    .bind(person)
    .bind(start)
    .bind(DAY)
    .bind(tomorrow)
    .fetch_all::<(String, i64, i64)>(&centre.data)
    .await?;
    let mut counts = CountsByDay::new();
    for (field, day, count) in rows {
        counts.entry(field).or_default().insert(usize::try_from(day)?, u32::try_from(count)?);
    }
    Ok(counts)
}

/// China's offset from UTC, all year.
const BEIJING: i64 = 8 * HOUR;
