//! 注销账号 that a close relative's granted request begins: the same row, cooling-off and event as if its person had submitted
//! it. Who is alive after all takes it back as anybody does.

use app::cancellation::model::State;
use app::promises::COOLING_OFF;
use app::time::Moment;
use uuid::Uuid;

use crate::consents::store as consents;
use crate::ledger::{self, Event};
use crate::storage::{Tx, sql};
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// Begins the cooling-off; one that is submitted already goes on as it is.
///
/// # Errors
/// Storage.
pub async fn begin(tx: &mut Tx, caller: &Caller, now: Moment) -> Result<(), Fault> {
    tx.lock(&format!("cancellation:{}", caller.person)).await?;
    // The gate looks at it under this name.
    tx.lock(&consents::lock_name(caller.person)).await?;
    let open = sql("SELECT id, submitted_at FROM cancellation WHERE person_id = $1 AND ended_at IS NULL")
        .bind(caller.person)
        .fetch_optional::<(String, Option<i64>)>(&mut *tx)
        .await?;
    let id = match open {
        Some((_, Some(_))) => return Ok(()),
        Some((id, None)) => id,
        None => insert(tx, caller.person, now).await?,
    };
    sql("UPDATE cancellation SET state = $2, verified_at = $3, submitted_at = $3, due_at = $4, proved_by = 'review' \
         WHERE id = $1")
    .bind(id)
    .bind(State::CoolingOff.id())
    .bind(now.0)
    .bind(now.plus(COOLING_OFF).0)
    .execute(&mut *tx)
    .await?;
    let event = Event::Cancellation { state: State::CoolingOff.id().to_owned(), refusal: None };
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
