//! Steps on the way out that a restored backup does not know: an attempt that was submitted since must not be forgotten, and one
//! that was taken back since must not be carried out. That it was carried out has an entry of its own in the replay log.

use app::cancellation::model::{Cancellation, Reason, State};
use app::time::Moment;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::row::Columns;
use super::store::{Hands, Row, end, insert, open, update};
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
    #[serde(flatten)]
    columns: Columns,
}

/// The replay log holds a step that this program does not know.
#[derive(Debug, thiserror::Error)]
#[error("the replay log holds an unknown step of a cancellation: an older program on a newer key store")]
struct Unknown;

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
    let step = Step { attempt: attempt.to_owned(), columns: Columns::of(next) };
    replay::note(tx, centre, person, &Entry::Leaving(step), now).await
}

/// Takes a step again, unless the attempt has come as far or further.
///
/// # Errors
/// Storage or vault.
pub(crate) async fn again(tx: &mut Tx, centre: &Centre, person: Uuid, step: &Step, at: Moment) -> Result<(), Fault> {
    let (id, next) = (&step.attempt, step.columns.read(false).map_err(|_| Unknown)?);
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
        insert(tx, person, id, &next).await?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_in_an_older_replay_log_is_read_and_written_as_ever() {
        let written = r#"{"kind":"leaving","attempt":"0193","state":"cooling_off","drafted_at":1,"verified_at":2,"proved_by":"password","submitted_at":3,"due_at":4,"refusal":null}"#;
        let entry: Entry = serde_json::from_str(written).expect("an entry");
        assert_eq!(serde_json::to_string(&entry).expect("JSON"), written);
        let Entry::Leaving(step) = entry else { panic!("another entry") };
        let read = step.columns.read(false).expect("a known state");
        assert_eq!((read.state, read.due_at), (State::CoolingOff, Some(Moment(4))));
    }
}
