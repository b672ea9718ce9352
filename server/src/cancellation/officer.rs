//! 注销账号 that a close relative's granted request begins: the same row, cooling-off and event as if its person had submitted
//! it. Who is alive after all takes it back as anybody does.

use app::accounts::model::PhoneNumber;
use app::cancellation::model::{Cancellation, ProvedBy, State};
use app::promises::COOLING_OFF;
use app::time::Moment;
use uuid::Uuid;

use super::again;
use super::store::lock_name;
use super::told::{self, Post};
use crate::centre::Centre;
use crate::consents::store as consents;
use crate::ledger::{self, Event};
use crate::storage::{Tx, sql};
use crate::vault::Category;
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// Begins the cooling-off, and tells the account's phone as at every submission; one that is submitted already goes on as it is.
///
/// # Errors
/// Storage or vault.
pub async fn begin(
    tx: &mut Tx,
    centre: &Centre,
    (caller, phone): (&Caller, &PhoneNumber),
    now: Moment,
) -> Result<(), Fault> {
    tx.lock(&lock_name(caller.person)).await?;
    // The gate looks at it under this name.
    tx.lock(&consents::lock_name(caller.person)).await?;
    let open = sql("SELECT id, submitted_at, drafted_at FROM cancellation WHERE person_id = $1 AND ended_at IS NULL")
        .bind(caller.person)
        .fetch_optional::<(String, Option<i64>, i64)>(&mut *tx)
        .await?;
    let (id, drafted_at) = match open {
        Some((_, Some(_), _)) => return Ok(()),
        Some((id, None, drafted)) => (id, Moment(drafted)),
        None => (insert(tx, caller.person, now).await?, now),
    };
    let next = Cancellation {
        state: State::CoolingOff,
        drafted_at,
        in_review: false,
        verified_at: Some(now),
        proved_by: Some(ProvedBy::Review),
        submitted_at: Some(now),
        due_at: Some(now.plus(COOLING_OFF)),
        refusal: None,
    };
    sql("UPDATE cancellation SET state = $2, verified_at = $3, submitted_at = $3, due_at = $4, proved_by = $5 \
         WHERE id = $1")
    .bind(&id)
    .bind(next.state.id())
    .bind(now.0)
    .bind(now.plus(COOLING_OFF).0)
    .bind(ProvedBy::Review.id())
    .execute(&mut *tx)
    .await?;
    again::note(tx, (centre, caller.person), (&id, None, &next), now).await?;
    let key = centre.vault.key_for(caller.person, Category::Outbox, now).await?;
    let post = Post { owner: caller.person, phone: phone.clone(), key };
    told::after(tx, centre, &post, (&id, None, &next), &[], now).await?;
    let event = Event::Cancellation { state: next.state.id().to_owned(), refusal: None };
    ledger::append(tx, &caller.pseudonym, now, &event).await?;
    Ok(())
}

async fn insert(tx: &mut Tx, person: Uuid, now: Moment) -> Result<String, Fault> {
    let id = Uuid::now_v7().to_string();
    sql("INSERT INTO cancellation (id, person_id, state, drafted_at) VALUES ($1, $2, $3, $4)")
        .bind(&id)
        .bind(person)
        .bind(State::Draft.id())
        .bind(now.0)
        .execute(tx)
        .await?;
    Ok(id)
}
