//! Removes records of sharing when the time that the law keeps them is over (网数条例 12), and nothing before. Each batch is
//! one transaction with its event, so a run that is killed loses nothing and counts nothing twice.

use std::collections::BTreeSet;

use app::promises::DISCLOSURE_YEARS;
use app::time::{DAY, Moment};
use uuid::Uuid;

use super::write::end_of_retention;
use crate::centre::Centre;
use crate::ledger::{self, Event, Pseudonym};
use crate::records::{LOCK, erase, retention};
use crate::storage::{Sql, sql, sql_rows};
use crate::vault::Category;
use crate::web::fault::Fault;

/// Disclosures per transaction.
const BATCH: i64 = 250;

/// Removes everything that is past its retention.
///
/// # Errors
/// Storage or vault; the next run goes on.
pub async fn run(centre: &Centre, now: Moment) -> Result<(), Fault> {
    while remove_batch(centre, now).await? {}
    erase::finish(centre).await
}

async fn remove_batch(centre: &Centre, now: Moment) -> Result<bool, Fault> {
    // No year is shorter than 365 days: what came about later is still kept.
    let oldest = now.plus(-i64::from(DISCLOSURE_YEARS) * 365 * DAY);
    let mut tx = centre.data.begin().await?;
    // Alone with what is sealed: who has nothing left loses their key, and nobody may be sealing under it.
    tx.lock(LOCK).await?;
    let candidates = sql("SELECT id, person_id, at FROM disclosure WHERE at <= $1 ORDER BY at LIMIT $2")
        .bind(oldest.0)
        .bind(BATCH)
        .fetch_all::<(String, String, i64)>(&mut tx)
        .await?;
    let is_due = |(_, _, at): &&(String, String, i64)| end_of_retention(Moment(*at)).is_some_and(|end| end <= now);
    let due: Vec<_> = candidates.iter().take_while(is_due).collect();
    if due.is_empty() {
        return Ok(false);
    }
    let delete: Sql =
        due.iter().fold(sql_rows("DELETE FROM disclosure WHERE id IN", due.len(), 1, ""), |statement, (id, ..)| {
            statement.bind(id)
        });
    delete.execute(&mut tx).await?;
    let mut keys = Vec::new();
    for person in due.iter().map(|(_, person, _)| person).collect::<BTreeSet<_>>() {
        let left = sql("SELECT id FROM disclosure WHERE person_id = $1 LIMIT 1").bind(person);
        if left.fetch_optional::<(String,)>(&mut tx).await?.is_none() {
            let retired = centre.vault.retire(Uuid::parse_str(person)?, &[Category::Disclosures], now).await?;
            keys.extend(retired.into_iter().map(|key| (person.clone(), key)));
        }
    }
    retention::intend(&mut tx, &keys, now).await?;
    let event = Event::RetentionEnded { field: "disclosure".to_owned(), records: i64::try_from(due.len())? };
    ledger::append(&mut tx, &Pseudonym::centre(), now, &event).await?;
    tx.commit().await?;
    Ok(true)
}
