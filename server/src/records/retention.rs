//! Erases what is past its retention, by the catalogue. Runs again and again; each batch is one transaction with its event,
//! so a run that is killed loses nothing and counts nothing twice.

use std::collections::BTreeMap;

use app::records::model::{Field, Home};
use app::time::Moment;
use uuid::Uuid;

use super::erase::finish;
use super::{LOCK, Total, totals};
use crate::centre::Centre;
use crate::ledger::{self, Event, Pseudonym};
use crate::storage::{Sql, Tx, sql, sql_rows};
use crate::vault::Category;
use crate::web::fault::Fault;

/// Records per transaction.
const BATCH: i64 = 250;

/// Erases everything that is past its retention.
///
/// # Errors
/// Storage or vault; the next run goes on.
pub async fn run(centre: &Centre, now: Moment) -> Result<(), Fault> {
    for field in centre.catalogue.data().fields() {
        while erase_batch(centre, field, now).await? {}
        if field.kept_in == Home::RealName {
            erase_real_names(centre, field, now).await?;
        }
    }
    finish(centre).await
}

/// The oldest records of a kind, if they are due; false when none is left.
async fn erase_batch(centre: &Centre, field: &Field, now: Moment) -> Result<bool, Fault> {
    let retention = centre.catalogue.data().retention(field);
    let Some(oldest) = retention.oldest_possible(now) else { return Ok(false) };
    let mut tx = centre.data.begin().await?;
    // Alone with the records: a kind of which nothing is left loses its key, and nobody may be sealing under it.
    tx.lock(LOCK).await?;
    let candidates = sql("SELECT id, person_id, at FROM record WHERE field = $1 AND at <= $2 ORDER BY at LIMIT $3")
        .bind(&field.id)
        .bind(oldest.0)
        .bind(BATCH)
        .fetch_all::<(String, String, i64)>(&mut tx)
        .await?;
    let is_due = |(_, _, at): &&(String, String, i64)| retention.end(Moment(*at)).is_some_and(|end| end <= now);
    let due: Vec<_> = candidates.iter().take_while(is_due).collect();
    if due.is_empty() {
        return Ok(false);
    }
    let delete: Sql =
        due.iter().fold(sql_rows("DELETE FROM record WHERE id IN", due.len(), 1, ""), |s, (id, ..)| s.bind(id));
    delete.execute(&mut tx).await?;
    let mut people: BTreeMap<&str, i64> = BTreeMap::new();
    for (_, person, _) in &due {
        *people.entry(person).or_default() += 1;
    }
    let mut keys = Vec::new();
    for person in people.into_keys() {
        keys.extend(recount(&mut tx, centre, person, field, now).await?);
    }
    intend(&mut tx, &keys, now).await?;
    let records = i64::try_from(due.len())?;
    let event = Event::RetentionEnded { field: field.id.clone(), records };
    ledger::append(&mut tx, &Pseudonym::centre(), now, &event).await?;
    tx.commit().await?;
    Ok(true)
}

/// A person's total after some records went. Returns the keys to destroy when nothing of the kind is left.
async fn recount(
    tx: &mut Tx,
    centre: &Centre,
    person: &str,
    field: &Field,
    now: Moment,
) -> Result<Vec<(String, Uuid)>, Fault> {
    sql("UPDATE record_total SET \
         held = (SELECT COUNT(*) FROM record WHERE person_id = $1 AND field = $2 AND restricted_at IS NULL), \
         restricted = (SELECT COUNT(*) FROM record WHERE person_id = $1 AND field = $2 AND restricted_at IS NOT NULL) \
         WHERE person_id = $1 AND field = $2")
    .bind(person)
    .bind(&field.id)
    .execute(tx)
    .await?;
    let emptied = sql("DELETE FROM record_total WHERE person_id = $1 AND field = $2 AND held = 0 AND restricted = 0")
        .bind(person)
        .bind(&field.id)
        .execute(tx)
        .await?;
    if emptied == 0 {
        return Ok(Vec::new());
    }
    let keys = centre.vault.retire(Uuid::parse_str(person)?, &[Category::Records(&field.id)], now).await?;
    Ok(keys.into_iter().map(|key| (person.to_owned(), key)).collect())
}

/// Writes down which keys go, with what they sealed.
pub(crate) async fn intend(tx: &mut Tx, keys: &[(String, Uuid)], now: Moment) -> Result<(), Fault> {
    if keys.is_empty() {
        return Ok(());
    }
    sql("UPDATE erasure_count SET erasures = erasures + 1").execute(tx).await?;
    for (person, key) in keys {
        sql("INSERT INTO erasure (id, person_id, keys, intended_at) VALUES ($1, $2, $3, $4)")
            .bind(Uuid::now_v7())
            .bind(person)
            .bind(key.to_string())
            .bind(now.0)
            .execute(tx)
            .await?;
    }
    Ok(())
}

/// When the newest record of a kind that this retention keeps came about: a verified name is part of every tax document of its
/// person (税收征收管理法实施细则 29), so it is kept as long as the last of them.
#[must_use]
pub fn newest_under(centre: &Centre, totals: &[Total], retention: &str) -> Option<Moment> {
    let data = centre.catalogue.data();
    let is_kept = |total: &&Total| data.field(&total.field).is_some_and(|field| field.retention == retention);
    totals.iter().filter(is_kept).map(|total| total.latest).max()
}

/// 实名信息 has one row per person for two kinds; the first of them takes the row.
async fn erase_real_names(centre: &Centre, field: &Field, now: Moment) -> Result<(), Fault> {
    let retention = centre.catalogue.data().retention(field);
    let Some(oldest) = retention.oldest_possible(now) else { return Ok(()) };
    let mut tx = centre.data.begin().await?;
    tx.lock(LOCK).await?;
    let candidates = sql("SELECT person_id, verified_at FROM real_name WHERE verified_at <= $1 ORDER BY verified_at")
        .bind(oldest.0)
        .fetch_all::<(String, i64)>(&mut tx)
        .await?;
    let mut gone = 0;
    let mut keys = Vec::new();
    for (person, verified_at) in candidates {
        if retention.end(Moment(verified_at)).is_none_or(|end| end > now) {
            break;
        }
        let totals = totals(&mut tx, Uuid::parse_str(&person)?).await?;
        let newest = newest_under(centre, &totals, &field.retention);
        if newest.and_then(|at| retention.end(at)).is_some_and(|end| end > now) {
            continue;
        }
        sql("DELETE FROM real_name WHERE person_id = $1").bind(&person).execute(&mut tx).await?;
        let retired = centre.vault.retire(Uuid::parse_str(&person)?, &[Category::RealName], now).await?;
        keys.extend(retired.into_iter().map(|key| (person.clone(), key)));
        gone += 1;
    }
    if gone > 0 {
        intend(&mut tx, &keys, now).await?;
        let event = Event::RetentionEnded { field: field.id.clone(), records: gone };
        ledger::append(&mut tx, &Pseudonym::centre(), now, &event).await?;
        tx.commit().await?;
    }
    Ok(())
}
