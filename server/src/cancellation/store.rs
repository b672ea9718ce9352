//! SQL of 注销账号.

use app::cancellation::model::{Cancellation, Obstacle, State};
use app::cancellation::rules::{self, Refusal, Request};
use app::time::Moment;
use uuid::Uuid;

use crate::accounts::proof::{Checked, Unproved};
use crate::accounts::store::caller_of;
use crate::centre::Centre;
use crate::consents::store as consents;
use crate::ledger::{self, Event};
use crate::messages;
use crate::storage::{Executor, Tx, sql};
use crate::web::fault::Fault;
use crate::web::visit::{Caller, Visit};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    state: String,
    drafted_at: i64,
    verified_at: Option<i64>,
    submitted_at: Option<i64>,
    due_at: Option<i64>,
}

/// The database holds a state that this program does not know.
#[derive(Debug, thiserror::Error)]
#[error("a cancellation is in an unknown state")]
struct Unknown;

impl Row {
    fn read(&self) -> Result<Cancellation, Fault> {
        Ok(Cancellation {
            state: self.state.parse().map_err(|_| Unknown)?,
            drafted_at: Moment(self.drafted_at),
            verified_at: self.verified_at.map(Moment),
            submitted_at: self.submitted_at.map(Moment),
            due_at: self.due_at.map(Moment),
        })
    }
}

async fn open(on: impl Into<Executor<'_>>, person: Uuid) -> Result<Option<Row>, Fault> {
    Ok(sql("SELECT id, state, drafted_at, verified_at, submitted_at, due_at FROM cancellation \
         WHERE person_id = $1 AND ended_at IS NULL")
    .bind(person)
    .fetch_optional::<Row>(on)
    .await?)
}

/// What stands, if anything does; a forgotten draft does not.
///
/// # Errors
/// Storage.
pub async fn standing(centre: &Centre, person: Uuid, now: Moment) -> Result<Option<Cancellation>, Fault> {
    let row = open(&centre.data, person).await?;
    let found = row.map(|row| row.read()).transpose()?;
    Ok(found.filter(|c| !rules::is_stale(c, now)))
}

/// When the cooling-off under way ends, if there is one.
///
/// # Errors
/// Storage.
pub async fn due_at(centre: &Centre, person: Uuid) -> Result<Option<Moment>, Fault> {
    let row = open(&centre.data, person).await?;
    Ok(row.and_then(|row| row.due_at).map(Moment))
}

/// What stands in the way. Orders, disputes and balances are the host's to report; none of them is stored here yet, so
/// nothing blocks.
#[must_use]
pub const fn obstacles() -> Vec<Obstacle> {
    Vec::new()
}

/// Takes a request: rules, row and event in one transaction.
///
/// # Errors
/// Storage, or why it is refused.
pub async fn request(
    visit: &Visit,
    caller: &Caller,
    request: Request<'_>,
) -> Result<Result<Cancellation, Refusal>, Fault> {
    let mut tx = visit.centre.data.begin().await?;
    let outcome = request_in(&mut tx, caller, request, visit.now).await?;
    if outcome.is_ok() {
        tx.commit().await?;
        // From here the account is stored only: what was being sent to it is over before the answer.
        messages::settle_all(&visit.centre, caller.person).await?;
    }
    Ok(outcome)
}

/// Begins the execution of every cancellation whose cooling-off is over. Running it again changes nothing.
///
/// # Errors
/// Storage or vault; the next run goes on.
pub async fn execute_due(centre: &Centre, now: Moment) -> Result<(), Fault> {
    let due = sql("SELECT person_id FROM cancellation WHERE state = 'cooling_off' AND due_at <= $1 ORDER BY due_at")
        .bind(now.0)
        .fetch_all::<(String,)>(&centre.data)
        .await?;
    for (person,) in due {
        let caller = caller_of(centre, Uuid::parse_str(&person)?).await?;
        let mut tx = centre.data.begin().await?;
        // Taken back in the last instant, it is not due any more.
        if request_in(&mut tx, &caller, Request::Execute, now).await?.is_ok() {
            tx.commit().await?;
        }
    }
    Ok(())
}

/// Begins (if need be) and notes that the consequences were read.
///
/// # Errors
/// Storage, or why it is refused.
pub async fn begin(visit: &Visit, caller: &Caller) -> Result<Result<Cancellation, Refusal>, Fault> {
    let mut tx = visit.centre.data.begin().await?;
    if let Err(refusal) = request_in(&mut tx, caller, Request::Begin, visit.now).await? {
        return Ok(Err(refusal));
    }
    let outcome = request_in(&mut tx, caller, Request::Read, visit.now).await?;
    if outcome.is_ok() {
        tx.commit().await?;
    }
    Ok(outcome)
}

/// Why a proof did not bring the cancellation on.
pub enum NotProved {
    /// The proof does not hold.
    Unproved(Unproved),
    /// It is not the time for it.
    Refused(Refusal),
}

/// Settles the proof and takes the step that it allows, in one transaction.
///
/// # Errors
/// Storage, or why it is refused.
pub async fn prove(visit: &Visit, caller: &Caller, checked: Checked) -> Result<Result<Cancellation, NotProved>, Fault> {
    let mut tx = visit.centre.data.begin().await?;
    if let Err(unproved) = checked.settle(&mut tx, visit).await? {
        return Ok(Err(NotProved::Unproved(unproved)));
    }
    let outcome = request_in(&mut tx, caller, Request::Proved(&obstacles()), visit.now).await?;
    if outcome.is_ok() {
        tx.commit().await?;
    }
    Ok(outcome.map_err(NotProved::Refused))
}

fn lock_name(person: Uuid) -> String {
    format!("cancellation:{person}")
}

async fn request_in(
    tx: &mut Tx,
    caller: &Caller,
    request: Request<'_>,
    now: Moment,
) -> Result<Result<Cancellation, Refusal>, Fault> {
    tx.lock(&lock_name(caller.person)).await?;
    // The gate looks at it under this name.
    tx.lock(&consents::lock_name(caller.person)).await?;
    let row = open(&mut *tx, caller.person).await?;
    let before = row.as_ref().map(Row::read).transpose()?;
    let next = match rules::step(before, request, now) {
        Ok(next) => next,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if before == Some(next) {
        return Ok(Ok(next));
    }
    // A forgotten draft makes room for a new one.
    let replaces = before.filter(|c| rules::is_stale(c, now)).is_some();
    match row {
        Some(row) if replaces => {
            end(tx, &row.id, now).await?;
            insert(tx, caller.person, &next).await?;
        }
        Some(row) => update(tx, &row.id, &next, now).await?,
        None => insert(tx, caller.person, &next).await?,
    }
    let event = Event::Cancellation { state: next.state.id().to_owned(), refusal: None };
    ledger::append(tx, &caller.pseudonym, now, &event).await?;
    Ok(Ok(next))
}

async fn insert(tx: &mut Tx, person: Uuid, c: &Cancellation) -> Result<(), Fault> {
    sql("INSERT INTO cancellation (id, person_id, state, drafted_at) VALUES ($1, $2, $3, $4)")
        .bind(Uuid::now_v7())
        .bind(person)
        .bind(c.state.id())
        .bind(c.drafted_at.0)
        .execute(tx)
        .await?;
    Ok(())
}

async fn update(tx: &mut Tx, id: &str, c: &Cancellation, now: Moment) -> Result<(), Fault> {
    sql("UPDATE cancellation SET state = $2, verified_at = $3, submitted_at = $4, due_at = $5, ended_at = $6 WHERE id = $1")
        .bind(id)
        .bind(c.state.id())
        .bind(c.verified_at.map(|at| at.0))
        .bind(c.submitted_at.map(|at| at.0))
        .bind(c.due_at.map(|at| at.0))
        .bind(c.state.has_ended().then_some(now.0))
        .execute(tx)
        .await?;
    Ok(())
}

async fn end(tx: &mut Tx, id: &str, now: Moment) -> Result<(), Fault> {
    sql("UPDATE cancellation SET state = $2, ended_at = $3 WHERE id = $1")
        .bind(id)
        .bind(State::Withdrawn.id())
        .bind(now.0)
        .execute(tx)
        .await?;
    Ok(())
}
