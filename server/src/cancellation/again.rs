//! Steps on the way out that a restored backup does not know: an attempt that was submitted since must not be forgotten, and one
//! that was taken back since must not be carried out. That it was carried out has an entry of its own in the replay log.

use app::cancellation::model::{Cancellation, ProvedBy, Reason, State};
use app::time::Moment;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::store::{Hands, Row, end, open, update};
use super::{told, waivers};
use crate::accounts::store::caller_of;
use crate::centre::Centre;
use crate::ledger::{self, Event};
use crate::replay::{self, Entry};
use crate::storage::{Tx, sql};
use crate::web::fault::Fault;

/// Where an attempt stands after a step. No personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    attempt: String,
    state: String,
    drafted_at: i64,
    verified_at: Option<i64>,
    proved_by: Option<String>,
    submitted_at: Option<i64>,
    due_at: Option<i64>,
    refusal: Option<String>,
}

/// The replay log holds a step that this program does not know.
#[derive(Debug, thiserror::Error)]
#[error("the replay log holds an unknown step of a cancellation: an older program on a newer key store")]
struct Unknown;

impl Step {
    fn read(&self) -> Result<Cancellation, Fault> {
        let proved_by: Option<ProvedBy> = self.proved_by.as_deref().map(str::parse).transpose().map_err(|_| Unknown)?;
        let refusal: Option<Reason> = self.refusal.as_deref().map(str::parse).transpose().map_err(|_| Unknown)?;
        Ok(Cancellation {
            state: self.state.parse().map_err(|_| Unknown)?,
            drafted_at: Moment(self.drafted_at),
            in_review: false,
            verified_at: self.verified_at.map(Moment),
            proved_by,
            submitted_at: self.submitted_at.map(Moment),
            due_at: self.due_at.map(Moment),
            refusal,
        })
    }
}

/// Writes a step of an attempt that is or was under way into the replay log.
///
/// # Errors
/// Storage.
pub(super) async fn note(
    tx: &mut Tx,
    (centre, person): (&Centre, Uuid),
    (attempt, before, next): (&str, Option<&Cancellation>, &Cancellation),
    now: Moment,
) -> Result<(), Fault> {
    let matters = next.is_under_way() || before.is_some_and(Cancellation::is_under_way);
    if !matters || next.state == State::Executing {
        return Ok(());
    }
    let step = Step {
        attempt: attempt.to_owned(),
        state: next.state.id().to_owned(),
        drafted_at: next.drafted_at.0,
        verified_at: next.verified_at.map(|at| at.0),
        proved_by: next.proved_by.map(|by| by.id().to_owned()),
        submitted_at: next.submitted_at.map(|at| at.0),
        due_at: next.due_at.map(|at| at.0),
        refusal: next.refusal.map(Reason::id),
    };
    replay::note(tx, centre, person, &Entry::Leaving(step), now).await
}

/// Takes a step again, unless the attempt has come as far or further.
///
/// # Errors
/// Storage or vault.
pub(crate) async fn again(tx: &mut Tx, centre: &Centre, person: Uuid, step: &Step, at: Moment) -> Result<(), Fault> {
    let (id, next) = (&step.attempt, step.read()?);
    let over = sql("SELECT id FROM cancellation WHERE id = $1 AND ended_at IS NOT NULL").bind(id);
    if over.fetch_optional::<(String,)>(&mut *tx).await?.is_some() {
        return Ok(());
    }
    let open = open(&mut *tx, person).await?;
    let before = open.as_ref().filter(|row| row.id == *id).map(Row::read).transpose()?;
    if before.is_some_and(|before| has_come_as_far(&before, &next)) {
        return Ok(());
    }
    let caller = caller_of(centre, person).await?;
    let hands = Hands::of(centre, &caller, at).await?;
    if before.is_none() {
        if let Some(other) = open {
            end(tx, &other.id, at).await?;
        }
        sql("INSERT INTO cancellation (id, person_id, state, drafted_at) VALUES ($1, $2, $3, $4)")
            .bind(id)
            .bind(person)
            .bind(next.state.id())
            .bind(next.drafted_at.0)
            .execute(&mut *tx)
            .await?;
    }
    update(tx, id, &next, at).await?;
    if next.state.has_ended() {
        waivers::remove(tx, id).await?;
    }
    told::after(tx, centre, &hands.post, (id, before.as_ref(), &next), &[], at).await?;
    let event = Event::Cancellation { state: next.state.id().to_owned(), refusal: next.refusal.map(Reason::id) };
    ledger::append(tx, &caller.pseudonym, at, &event).await?;
    Ok(())
}

fn has_come_as_far(before: &Cancellation, next: &Cancellation) -> bool {
    let is_sooner = before.submitted_at == next.submitted_at && before.due_at <= next.due_at;
    before.state == State::Executing || (!next.state.has_ended() && before.is_under_way() && is_sooner)
}
