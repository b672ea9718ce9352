//! SQL of 生前安排, and the way back of somebody who was declared dead and is not.

use app::relatives::model::Directive;
use app::time::Moment;
use uuid::Uuid;

use super::package;
use crate::accounts::store::{ACTIVE, STORED_ONLY};
use crate::centre::Centre;
use crate::consents::store as consents;
use crate::ledger::{self, Event};
use crate::records::erase;
use crate::replay::{self, AsStored, Entry};
use crate::storage::{Executor, Tx, sql};
use crate::vault::{Category, Place};
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// Where an arrangement is sealed.
pub(crate) const fn place(row: &str) -> Place<'_> {
    Place { table: "directive", column: "content", row }
}

/// The name that a change holds, and a grant that looks at it.
pub(super) fn lock_name(person: Uuid) -> String {
    format!("directive:{person}")
}

/// What a person has arranged, and since when.
///
/// # Errors
/// Storage or vault: what can't be read is never taken for "nothing was arranged".
pub async fn standing(
    on: impl Into<Executor<'_>>,
    centre: &Centre,
    person: Uuid,
) -> Result<Option<(Directive, Moment)>, Fault> {
    let row = sql("SELECT content, at FROM directive WHERE person_id = $1")
        .bind(person)
        .fetch_optional::<(Vec<u8>, i64)>(on)
        .await?;
    let Some((sealed, at)) = row else { return Ok(None) };
    let ring = centre.vault.ring(person).await?;
    let content = ring.open(place(&person.to_string()), &sealed).await?;
    Ok(Some((serde_json::from_slice(&content)?, Moment(at))))
}

/// Sets the arrangement.
///
/// # Errors
/// Storage or vault.
pub async fn set(centre: &Centre, caller: &Caller, directive: &Directive, now: Moment) -> Result<(), Fault> {
    let row = caller.person.to_string();
    let mut tx = centre.data.begin().await?;
    tx.lock(&lock_name(caller.person)).await?;
    // Under the lock: a key that a withdrawal takes away is never sealed under.
    let key = centre.vault.key_for(caller.person, Category::Directive, now).await?;
    let sealed = key.seal(place(&row), &serde_json::to_vec(directive)?);
    let entry = Entry::DirectiveSet(AsStored::of(&sealed));
    sql("INSERT INTO directive (person_id, content, at) VALUES ($1, $2, $3) \
         ON CONFLICT (person_id) DO UPDATE SET content = excluded.content, at = excluded.at")
    .bind(&row)
    .bind(sealed)
    .bind(now.0)
    .execute(&mut tx)
    .await?;
    replay::note(&mut tx, centre, caller.person, &entry, now).await?;
    ledger::append(&mut tx, &caller.pseudonym, now, &event(directive)).await?;
    tx.commit().await?;
    replay::flush_or_later(centre).await;
    Ok(())
}

/// What the ledger says of an arrangement.
pub(crate) fn event(directive: &Directive) -> Event {
    Event::DirectiveSet {
        choice: directive.choice.id().to_owned(),
        rights: directive.rights.iter().map(|right| right.id().to_owned()).collect(),
        trusted: directive.trusted.is_some(),
    }
}

/// Withdraws it: the law holds again, and what was arranged is unreadable in every copy. False when there is none.
///
/// # Errors
/// Storage or vault.
pub async fn withdraw(centre: &Centre, caller: &Caller, now: Moment) -> Result<bool, Fault> {
    let mut tx = centre.data.begin().await?;
    tx.lock(&lock_name(caller.person)).await?;
    let gone = sql("DELETE FROM directive WHERE person_id = $1").bind(caller.person).execute(&mut tx).await?;
    if gone == 0 {
        return Ok(false);
    }
    let keys = centre.vault.retire(caller.person, &[Category::Directive], now).await?;
    erase::intend(&mut tx, caller, &keys, now).await?;
    replay::note(&mut tx, centre, caller.person, &Entry::DirectiveWithdrawn, now).await?;
    ledger::append(&mut tx, &caller.pseudonym, now, &Event::DirectiveWithdrawn).await?;
    tx.commit().await?;
    erase::finish_or_later(centre).await;
    replay::flush_or_later(centre).await;
    Ok(true)
}

/// From here the account's data is stored only: no marketing, no tags, no sharing, no new records.
///
/// # Errors
/// Storage.
pub(super) async fn store_only(tx: &mut Tx, person: Uuid) -> Result<(), Fault> {
    // The gate looks at it under this name.
    tx.lock(&consents::lock_name(person)).await?;
    sql("UPDATE person SET state = $2 WHERE id = $1 AND state = $3")
        .bind(person)
        .bind(STORED_ONLY)
        .bind(ACTIVE)
        .execute(tx)
        .await?;
    Ok(())
}

/// Who was declared dead is signed in: the account is in use again, and what others were granted of it ends. False when it was
/// not stored only.
///
/// # Errors
/// Storage or vault.
pub async fn refute(centre: &Centre, caller: &Caller, now: Moment) -> Result<bool, Fault> {
    let mut tx = centre.data.begin().await?;
    tx.lock(&consents::lock_name(caller.person)).await?;
    let back = sql("UPDATE person SET state = $2 WHERE id = $1 AND state = $3")
        .bind(caller.person)
        .bind(ACTIVE)
        .bind(STORED_ONLY)
        .execute(&mut tx)
        .await?;
    if back == 0 {
        return Ok(false);
    }
    package::end_all(&mut tx, centre, caller, now).await?;
    replay::note(&mut tx, centre, caller.person, &Entry::KinRefuted, now).await?;
    ledger::append(&mut tx, &caller.pseudonym, now, &Event::KinRefuted).await?;
    tx.commit().await?;
    erase::finish_or_later(centre).await;
    replay::flush_or_later(centre).await;
    Ok(true)
}
