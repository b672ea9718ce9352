//! Time limits: an answer that is late is shouted about, and a request whose person did not go on ends.

use app::requests::model::{Kind, Status};
use app::time::Moment;
use uuid::Uuid;

use super::store::{Unknown, number, record};
use crate::accounts::store::caller_of;
use crate::centre::Centre;
use crate::ledger::{self, Event};
use crate::lost::officer as lost;
use crate::records::erase;
use crate::relatives::proofs;
use crate::storage::sql;
use crate::web::fault::Fault;

/// Tells the operator, at every run, which answers are late; returns their numbers. The first time it also leaves an event, so
/// that nobody can say it was not.
///
/// # Errors
/// Storage or vault; the next run goes on.
pub async fn tell(centre: &Centre, now: Moment) -> Result<Vec<String>, Fault> {
    let late = sql("SELECT id, person_id, made_at, overdue_at FROM request \
         WHERE ended_at IS NULL AND expires_at IS NULL AND due_at < $1 ORDER BY due_at, id")
    .bind(now.0)
    .fetch_all::<(String, String, i64, Option<i64>)>(&centre.data)
    .await?;
    let mut numbers = Vec::with_capacity(late.len());
    for (id, person, made_at, known) in late {
        if known.is_none() {
            note(centre, &id, Uuid::parse_str(&person)?, now).await?;
        }
        numbers.push(number(&id, Moment(made_at)));
    }
    numbers.extend(lost::overdue(centre, now).await?);
    if !numbers.is_empty() {
        let requests = numbers.join(" ");
        tracing::error!(count = numbers.len(), requests, "OVERDUE: requests that the law wanted answered by now");
    }
    Ok(numbers)
}

async fn note(centre: &Centre, id: &str, person: Uuid, now: Moment) -> Result<(), Fault> {
    let caller = caller_of(centre, person).await?;
    let mut tx = centre.data.begin().await?;
    let noted = sql("UPDATE request SET overdue_at = $2 WHERE id = $1 AND ended_at IS NULL AND overdue_at IS NULL")
        .bind(id)
        .bind(now.0)
        .execute(&mut tx)
        .await?;
    if noted > 0 {
        ledger::append(&mut tx, &caller.pseudonym, now, &Event::RequestOverdue { id: id.to_owned() }).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Ends every request that waited too long for what its person was to add; what they had handed in is erased.
///
/// # Errors
/// Storage or vault; the next run goes on.
pub async fn expire(centre: &Centre, now: Moment) -> Result<(), Fault> {
    let due = sql("SELECT id, person_id, kind FROM request WHERE ended_at IS NULL AND expires_at <= $1")
        .bind(now.0)
        .fetch_all::<(String, String, String)>(&centre.data)
        .await?;
    for (id, person, kind) in due {
        let kind: Kind = kind.parse().map_err(|_| Unknown("kind"))?;
        let caller = caller_of(centre, Uuid::parse_str(&person)?).await?;
        let mut tx = centre.data.begin().await?;
        // Gone on with in the last instant, it does not end.
        let ended = sql(
            "UPDATE request SET status = $2, ended_at = $3 WHERE id = $1 AND ended_at IS NULL AND expires_at <= $3",
        )
        .bind(&id)
        .bind(Status::Expired.id())
        .bind(now.0)
        .execute(&mut tx)
        .await?;
        if ended > 0 {
            record(&mut tx, &caller, &id, kind, Status::Expired, now).await?;
            proofs::erase_in(&mut tx, centre, &caller, &id, now).await?;
            tx.commit().await?;
        }
    }
    erase::finish(centre).await
}
