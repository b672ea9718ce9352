//! A child's account that waits for a guardian goes: at once when asked to on its page, and by itself when no guardian has
//! answered in time. It was never used, so nothing stands in the way and nothing cools off; erasing it is like any other. One that
//! was in use until a guardian took a yes back has cooled off when its time is over; nothing can stand in the way of a guardian's
//! no, either (个人信息保护法第47条), and it is not for the child to shorten that time.

use app::cancellation::model::State;
use app::cancellation::rules::{Refusal, Request};
use app::promises::GUARDIAN_ANSWER;
use app::time::Moment;
use uuid::Uuid;

use super::store::{Hands, end, lock_name, open, request_in};
use crate::accounts::store::{ACTIVE, WAITS_FOR_GUARDIAN, caller_of};
use crate::centre::Centre;
use crate::consents::store as consents;
use crate::ledger::{self, Event};
use crate::storage::{Executor, Tx, sql};
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// What is under way can't be taken back.
#[derive(Debug, thiserror::Error)]
#[error("注销账号 could not be taken back: {0:?}")]
struct NotTakenBack(Refusal);

/// How an account waits for a guardian.
#[derive(Clone, Copy, Debug)]
pub struct Wait {
    /// Since when.
    pub since: Moment,
    /// A guardian has taken a yes back.
    pub was_in_use: bool,
}

impl Wait {
    /// When the account is erased if no guardian answers.
    #[must_use]
    pub const fn erased_at(self) -> Moment {
        self.since.plus(GUARDIAN_ANSWER)
    }
}

/// How that account waits.
///
/// # Errors
/// Storage.
pub async fn wait_of(on: impl Into<Executor<'_>>, person: Uuid) -> Result<Wait, Fault> {
    let row = sql("SELECT created_at, waits_since FROM person WHERE id = $1").bind(person);
    let (registered, again) = row.fetch_one::<(i64, Option<i64>)>(on).await?;
    Ok(Wait { since: Moment(again.unwrap_or(registered)), was_in_use: again.is_some() })
}

/// The account is in use no more, and waits for a guardian from now on. 注销账号 that was begun or submitted is taken back: the time
/// in which a guardian can think again takes the place of its cooling-off.
///
/// # Errors
/// Storage or vault.
pub(crate) async fn wait_again(tx: &mut Tx, centre: &Centre, caller: &Caller, now: Moment) -> Result<(), Fault> {
    if let Some(row) = open(&mut *tx, caller.person).await? {
        let hands = Hands::of(centre, caller, now).await?;
        match request_in(tx, (centre, caller, &hands), Request::Withdraw, now).await? {
            Ok(_) => {}
            // A draft that was forgotten counts no more, and would still stand in the way.
            Err(Refusal::NothingToWithdraw) => end(tx, &row.id, now).await?,
            Err(refusal) => return Err(NotTakenBack(refusal).into()),
        }
    }
    sql("UPDATE person SET state = $2, waits_since = $3 WHERE id = $1 AND state = $4")
        .bind(caller.person)
        .bind(WAITS_FOR_GUARDIAN)
        .bind(now.0)
        .bind(ACTIVE)
        .execute(tx)
        .await?;
    Ok(())
}

/// Begins to erase an account that waits for a guardian and was never used, as asked for on its page.
///
/// # Errors
/// Storage or vault.
pub async fn erase_own(centre: &Centre, person: Uuid, now: Moment) -> Result<bool, Fault> {
    Ok(!wait_of(&centre.data, person).await?.was_in_use && erase(centre, person, now).await?)
}

/// Begins to erase an account that waits for a guardian, and signs all its devices out; false for any other, and when it has
/// begun already.
///
/// # Errors
/// Storage or vault.
pub async fn erase(centre: &Centre, person: Uuid, now: Moment) -> Result<bool, Fault> {
    let caller = caller_of(centre, person).await?;
    let mut tx = centre.data.begin().await?;
    let begun = erase_in(&mut tx, &caller, now).await?;
    tx.commit().await?;
    Ok(begun)
}

/// The same inside the transaction of what it follows from.
///
/// # Errors
/// Storage.
pub(crate) async fn erase_in(tx: &mut Tx, caller: &Caller, now: Moment) -> Result<bool, Fault> {
    let person = caller.person;
    tx.lock(&lock_name(person)).await?;
    tx.lock(&consents::lock_name(person)).await?;
    let waits = sql("SELECT id FROM person WHERE id = $1 AND state = $2").bind(person).bind(WAITS_FOR_GUARDIAN);
    let waits = waits.fetch_optional::<(String,)>(&mut *tx).await?.is_some();
    if !waits || open(&mut *tx, person).await?.is_some() {
        return Ok(false);
    }
    sql("INSERT INTO cancellation (id, person_id, state, drafted_at, submitted_at, due_at) VALUES ($1, $2, $3, $4, $4, $4)")
        .bind(Uuid::now_v7())
        .bind(person)
        .bind(State::Executing.id())
        .bind(now.0)
        .execute(&mut *tx)
        .await?;
    sql("UPDATE session SET ended_at = $2 WHERE person_id = $1 AND ended_at IS NULL")
        .bind(person)
        .bind(now.0)
        .execute(&mut *tx)
        .await?;
    let event = Event::Cancellation { state: State::Executing.id().to_owned(), refusal: None };
    ledger::append(tx, &caller.pseudonym, now, &event).await?;
    Ok(true)
}

/// Begins to erase every account for which no guardian has answered in time. Running it again changes nothing.
///
/// # Errors
/// Storage or vault; the others were begun, and the next run goes on.
pub async fn erase_unanswered(centre: &Centre, now: Moment) -> Result<(), Fault> {
    let due = sql("SELECT id FROM person WHERE state = $1 AND COALESCE(waits_since, created_at) <= $2 \
         AND NOT EXISTS (SELECT 1 FROM cancellation WHERE person_id = person.id AND ended_at IS NULL) ORDER BY created_at")
    .bind(WAITS_FOR_GUARDIAN)
    .bind(now.plus(-GUARDIAN_ANSWER).0)
    .fetch_all::<(String,)>(&centre.data)
    .await?;
    let mut failed = None;
    for (person,) in due {
        if let Err(fault) = erase(centre, Uuid::parse_str(&person)?, now).await {
            failed = Some(fault);
        }
    }
    failed.map_or(Ok(()), Err)
}
