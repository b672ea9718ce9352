//! A granted claim goes on with its cancellation: taken back, refused, carried out. With its end goes its key, and nothing of what
//! was typed is left in any copy.

use app::cancellation::model::{Cancellation, Reason, State as Stage};
use app::lost::model::State;
use app::promises::{CERTIFICATE_YEARS, LOST_RESULT_LIFE, OUTBOX_PAUSES};
use app::time::{DAY, Moment};
use uuid::Uuid;

use super::claims::{self, Content};
use super::told::{self, News};
use crate::centre::Centre;
use crate::storage::{Executor, Tx, sql};
use crate::vault::VaultError;
use crate::web::fault::Fault;

/// A claim with what was typed.
pub(crate) struct Granted {
    id: Uuid,
    made_at: Moment,
    content: Content,
}

async fn read(centre: &Centre, rows: Vec<(String, i64, Vec<u8>)>) -> Result<Vec<Granted>, Fault> {
    let mut granted = Vec::with_capacity(rows.len());
    for (id, made_at, sealed) in rows {
        let id = Uuid::parse_str(&id)?;
        match claims::content(centre, id, &sealed).await {
            Ok(content) => granted.push(Granted { id, made_at: Moment(made_at), content }),
            // Of a claim that was over when a backup was restored that holds it, nothing is left to follow.
            Err(VaultError::Erased) => {}
            Err(lost) => return Err(lost.into()),
        }
    }
    Ok(granted)
}

/// Whether a cancellation under way was begun by a claim.
///
/// # Errors
/// Storage.
pub async fn is_by_claim(on: impl Into<Executor<'_>>, person: Uuid) -> Result<bool, Fault> {
    let row = sql("SELECT claim_id FROM lost_grant WHERE person_id = $1").bind(person);
    Ok(row.fetch_optional::<(String,)>(on).await?.is_some())
}

/// What follows for the claims to an account when its cancellation takes a step.
///
/// # Errors
/// Storage or vault.
pub(crate) async fn step(
    tx: &mut Tx,
    centre: &Centre,
    person: Uuid,
    (before, next): (&Cancellation, &Cancellation),
    now: Moment,
) -> Result<(), Fault> {
    if next.state == Stage::CoolingOff && next.due_at == before.due_at {
        return Ok(());
    }
    let rows = sql("SELECT id, made_at, content FROM lost_claim WHERE state = 'granted' \
         AND id IN (SELECT claim_id FROM lost_grant WHERE person_id = $1)")
    .bind(person)
    .fetch_all::<(String, i64, Vec<u8>)>(&mut *tx)
    .await?;
    for granted in read(centre, rows).await? {
        told::call_reminder_off(tx, centre, granted.id, now).await?;
        let (state, reason, news) = match (next.state, next.refusal) {
            (Stage::Withdrawn, _) => (State::TakenBack, None, News::TakenBack),
            (Stage::Refused, Some(reason)) => {
                let news = match reason {
                    Reason::Obstacle(kind) => News::Stopped(kind),
                    Reason::Denied(ground) => News::Denied(ground, ""),
                };
                (State::Refused, Some(reason), news)
            }
            _ => continue,
        };
        end(tx, granted.id, (state, reason), now).await?;
        told::put(tx, centre, (granted.id, granted.made_at, &granted.content), &news, now).await?;
    }
    Ok(())
}

async fn end(tx: &mut Tx, id: Uuid, (state, reason): (State, Option<Reason>), now: Moment) -> Result<(), Fault> {
    sql("DELETE FROM lost_grant WHERE claim_id = $1").bind(id).execute(&mut *tx).await?;
    sql("UPDATE lost_claim SET state = $2, reason = $3, ended_at = $4 WHERE id = $1")
        .bind(id)
        .bind(state.id())
        .bind(reason.map(Reason::id))
        .bind(now.0)
        .execute(tx)
        .await?;
    Ok(())
}

/// The account's rows are about to go: the claims to it are found by their execution from here on.
///
/// # Errors
/// Storage.
pub(crate) async fn hand_over(tx: &mut Tx, execution: Uuid, person: Uuid) -> Result<(), Fault> {
    sql("UPDATE lost_claim SET execution_id = $1 WHERE state = 'granted' \
         AND id IN (SELECT claim_id FROM lost_grant WHERE person_id = $2)")
    .bind(execution)
    .bind(person)
    .execute(tx)
    .await?;
    Ok(())
}

/// The claims that an execution carries out.
///
/// # Errors
/// Storage or vault.
pub(crate) async fn of_execution(centre: &Centre, execution: Uuid) -> Result<Vec<Granted>, Fault> {
    let rows = sql("SELECT id, made_at, content FROM lost_claim WHERE execution_id = $1 AND state = 'granted'")
        .bind(execution)
        .fetch_all::<(String, i64, Vec<u8>)>(&centre.data)
        .await?;
    read(centre, rows).await
}

/// The account is erased: whoever answers for a claim to it gets the last notice, too.
///
/// # Errors
/// Storage or vault.
pub(crate) async fn complete(
    tx: &mut Tx,
    centre: &Centre,
    claims: &[Granted],
    notice: &str,
    now: Moment,
) -> Result<(), Fault> {
    for Granted { id, made_at, content } in claims {
        end(tx, *id, (State::Completed, None), now).await?;
        told::put(tx, centre, (*id, *made_at, content), &News::Last(notice), now).await?;
    }
    Ok(())
}

/// How long the last message of a claim may still be tried.
fn message_life() -> i64 {
    OUTBOX_PAUSES.iter().sum::<i64>() + DAY
}

/// Destroys the own keys of claims that have ended once their last message is out, or its time is over; and forgets those whose
/// link has told their end for as long as was promised.
///
/// # Errors
/// Storage or vault; the next run goes on.
pub async fn close(centre: &Centre, now: Moment) -> Result<(), Fault> {
    end_what_was_erased_since(centre, now).await?;
    let over = sql("SELECT id FROM lost_claim WHERE ended_at IS NOT NULL AND closed_at IS NULL \
         AND NOT EXISTS (SELECT 1 FROM outgoing_message WHERE owner = lost_claim.id \
             AND outgoing_message.ended_at IS NULL AND lost_claim.ended_at > $1) LIMIT 100")
    .bind(now.plus(-message_life()).0)
    .fetch_all::<(String,)>(&centre.data)
    .await?;
    for (id,) in over {
        let keys = centre.vault.retire_all(Uuid::parse_str(&id)?, now).await?;
        centre.vault.destroy(&keys, now).await?;
        let mut tx = centre.data.begin().await?;
        sql("UPDATE lost_claim SET content = NULL, answer = NULL, in_the_way = NULL, account_index = NULL, \
             contact_index = NULL, closed_at = $2 WHERE id = $1")
        .bind(&id)
        .bind(now.0)
        .execute(&mut tx)
        .await?;
        tx.commit().await?;
    }
    forget(centre, now).await
}

/// A restored backup may hold a granted claim whose account was erased since: there is nobody whose cancellation would end it.
async fn end_what_was_erased_since(centre: &Centre, now: Moment) -> Result<(), Fault> {
    let mut tx = centre.data.begin().await?;
    sql("UPDATE lost_claim SET state = $1, execution_id = NULL, ended_at = $2 WHERE state = 'granted' \
         AND NOT EXISTS (SELECT 1 FROM lost_grant WHERE claim_id = lost_claim.id) \
         AND NOT EXISTS (SELECT 1 FROM execution WHERE id = lost_claim.execution_id)")
    .bind(State::Completed.id())
    .bind(now.0)
    .execute(&mut tx)
    .await?;
    tx.commit().await?;
    Ok(())
}

async fn forget(centre: &Centre, now: Moment) -> Result<(), Fault> {
    let Some(oldest) = now.plus_span(jiff::Span::new().try_years(-CERTIFICATE_YEARS)?) else { return Ok(()) };
    let mut tx = centre.data.begin().await?;
    for statement in [
        "DELETE FROM outgoing_message WHERE owner IN (SELECT id FROM lost_claim WHERE closed_at IS NOT NULL \
         AND (ended_at < $1 OR (ended_at < $2 AND state <> 'completed')))",
        "DELETE FROM lost_claim WHERE closed_at IS NOT NULL \
         AND (ended_at < $1 OR (ended_at < $2 AND state <> 'completed'))",
    ] {
        sql(statement).bind(oldest.0).bind(now.plus(-LOST_RESULT_LIFE).0).execute(&mut tx).await?;
    }
    tx.commit().await?;
    Ok(())
}
