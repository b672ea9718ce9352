//! SQL of money that is given up in writing.

use app::cancellation::affair::yuan;
use app::cancellation::model::State;
use app::cancellation::waiver::{Waiver, says};
use app::time::Moment;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::store::{self, Open, lock_name};
use crate::centre::Centre;
use crate::export::registers::Noted;
use crate::ledger::{self, Event};
use crate::storage::{Tx, sql};
use crate::vault::{Category, Place};
use crate::web::fault::Fault;
use crate::web::visit::Caller;

const fn place(row: &str) -> Place<'_> {
    Place { table: "waiver", column: "content", row }
}

/// A waiver as it is sealed: also the very words, since they are a declaration.
#[derive(Serialize, Deserialize)]
struct Content {
    obstacle: String,
    amount: i64,
    words: String,
}

/// What was given up for an attempt to leave.
///
/// # Errors
/// Storage or vault.
pub async fn of(centre: &Centre, caller: &Caller, attempt: &str) -> Result<Vec<Waiver>, Fault> {
    let rows = sql("SELECT id, content FROM waiver WHERE cancellation_id = $1 AND person_id = $2")
        .bind(attempt)
        .bind(caller.person)
        .fetch_all::<(String, Vec<u8>)>(&centre.data)
        .await?;
    let mut waivers = Vec::with_capacity(rows.len());
    for (id, sealed) in rows {
        let Content { obstacle, amount, .. } = serde_json::from_slice(&caller.ring.open(place(&id), &sealed).await?)?;
        waivers.push(Waiver { obstacle, amount });
    }
    Ok(waivers)
}

/// Why nothing was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotWaived {
    /// No money is unsettled under that id: it was settled, or never was.
    Nothing,
    /// What was typed is another sentence.
    Words,
    /// Who asks was not proved.
    NotProved,
}

/// Gives the money up that stands in the way under that id, if what was typed says so.
///
/// # Errors
/// Storage or vault, or why not.
pub async fn give_up(
    centre: &Centre,
    caller: &Caller,
    (found, obstacle, words): (&Open, &str, &str),
    now: Moment,
) -> Result<Result<(), NotWaived>, Fault> {
    let open = found.obstacles.iter().find(|one| one.id == obstacle);
    let Some(amount) = open.and_then(|one| one.amount) else { return Ok(Err(NotWaived::Nothing)) };
    if !says(words, amount) {
        return Ok(Err(NotWaived::Words));
    }
    let key = centre.vault.key_for(caller.person, Category::Affairs, now).await?;
    let mut tx = centre.data.begin().await?;
    tx.lock(&lock_name(caller.person)).await?;
    let row = store::open(&mut tx, caller.person).await?;
    let Some(row) = row else { return Ok(Err(NotWaived::NotProved)) };
    if !matches!(row.read()?.state, State::Checked | State::Blocked) {
        return Ok(Err(NotWaived::NotProved));
    }
    let id = Uuid::now_v7().to_string();
    let content = Content { obstacle: obstacle.to_owned(), amount, words: words.trim().to_owned() };
    sql("INSERT INTO waiver (id, cancellation_id, person_id, content, made_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(&id)
        .bind(&row.id)
        .bind(caller.person)
        .bind(key.seal(place(&id), &serde_json::to_vec(&content)?))
        .bind(now.0)
        .execute(&mut tx)
        .await?;
    ledger::append(&mut tx, &caller.pseudonym, now, &Event::MoneyWaived).await?;
    tx.commit().await?;
    Ok(Ok(()))
}

/// Removes what was given up for an attempt.
///
/// # Errors
/// Storage.
pub(super) async fn remove(tx: &mut Tx, attempt: &str) -> Result<(), Fault> {
    sql("DELETE FROM waiver WHERE cancellation_id = $1").bind(attempt).execute(tx).await?;
    Ok(())
}

/// Everything that the caller gave up, in their own words: what a copy tells of it.
///
/// # Errors
/// Storage or vault.
pub(super) async fn entries(centre: &Centre, caller: &Caller) -> Result<Vec<Noted>, Fault> {
    let rows = sql("SELECT id, content, made_at FROM waiver WHERE person_id = $1")
        .bind(caller.person)
        .fetch_all::<(String, Vec<u8>, i64)>(&centre.data)
        .await?;
    let mut entries = Vec::with_capacity(rows.len());
    for (id, sealed, at) in rows {
        let Content { obstacle, amount, words } =
            serde_json::from_slice(&caller.ring.open(place(&id), &sealed).await?)?;
        let details = [("你写的", Some(words)), ("金额", Some(yuan(amount))), ("编号", Some(obstacle))];
        entries.push(Noted::of(Moment(at), "放弃余额的声明", details));
    }
    Ok(entries)
}
