//! SQL of what 账号与安全 changes. A changed password or phone ends every other session (OWASP ASVS 7.4.3).

use app::accounts::model::{CodeUse, PhoneNumber};
use app::time::Moment;
use uuid::Uuid;

use super::codes;
use super::store::person_place;
use crate::centre::Centre;
use crate::ledger::{self, Event};
use crate::messages::outbox;
use crate::numbers;
use crate::replay::{self, AsStored, Entry};
use crate::storage::{Tx, sql};
use crate::vault::{Category, SealingKey};
use crate::web::fault::Fault;
use crate::web::visit::{Caller, Visit};
use crate::webhooks::notices::{self, Change};

/// What a change of phone needs: both phones proven.
pub struct PhoneChange<'a> {
    /// The present phone.
    pub present: PhoneNumber,
    /// What was sent to it.
    pub present_code: &'a str,
    /// The new phone.
    pub new: PhoneNumber,
    /// What was sent to it.
    pub new_code: &'a str,
}

/// Which of the two codes does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrongCode {
    /// The present phone's.
    Present,
    /// The new phone's; also when the new phone already has an account, which is not told.
    New,
}

/// Changes the phone: both codes used up, the row, its blind index and the event in one transaction.
///
/// # Errors
/// Storage or vault, or which code does not hold (then neither is used up).
pub async fn change_phone(
    visit: &Visit,
    caller: &Caller,
    change: PhoneChange<'_>,
) -> Result<Result<(), WrongCode>, Fault> {
    let centre = &visit.centre;
    let key = centre.vault.key_for(caller.person, Category::Identity, visit.now).await?;
    let mut tx = centre.data.begin().await?;
    let PhoneChange { present, present_code, new, new_code } = change;
    if !codes::redeem(&mut tx, visit, &present, CodeUse::PresentPhone, present_code).await? {
        return Ok(Err(WrongCode::Present));
    }
    if !codes::redeem(&mut tx, visit, &new, CodeUse::NewPhone, new_code).await? {
        return Ok(Err(WrongCode::New));
    }
    let told = Change { kind: "register_phone", before: present.reveal(), after: new.reveal() };
    notices::corrected(&mut tx, centre, caller, &[told], visit.now).await?;
    if set_phone(&mut tx, (centre, caller), (&key, &new), visit.now).await?.is_err() {
        return Ok(Err(WrongCode::New));
    }
    end_others_in(&mut tx, visit, caller).await?;
    tx.commit().await?;
    replay::flush_or_later(centre).await;
    Ok(Ok(()))
}

/// Somebody else has that phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Taken;

/// Puts another phone in place, with its event and what a restored backup must be told; messages that wait to be sent go there,
/// too. After the commit, [`replay::flush_or_later`] must be called.
///
/// # Errors
/// Storage or vault, or that it is taken: then the transaction is over.
pub(crate) async fn set_phone(
    tx: &mut Tx,
    (centre, caller): (&Centre, &Caller),
    (key, phone): (&SealingKey, &PhoneNumber),
    now: Moment,
) -> Result<Result<(), Taken>, Fault> {
    let id = caller.person.to_string();
    let sealed = key.seal(person_place("phone", &id), phone.reveal().as_bytes());
    let entry = Entry::PhoneChanged(AsStored::of(&sealed));
    numbers::give_up(tx, centre, caller.person, now).await?;
    let changed = sql("UPDATE person SET phone = $2, phone_index = $3, phone_at = $4 WHERE id = $1")
        .bind(&id)
        .bind(sealed)
        .bind(centre.vault.blind_index(codes::PHONE_INDEX, phone.reveal()))
        .bind(now.0)
        .execute(&mut *tx)
        .await;
    match changed {
        Err(error) if error.is_unique_violation() => return Ok(Err(Taken)),
        other => other?,
    };
    outbox::readdress(tx, centre, caller.person, phone).await?;
    replay::note(tx, centre, caller.person, &entry, now).await?;
    ledger::append(tx, &caller.pseudonym, now, &Event::PhoneChanged).await?;
    Ok(Ok(()))
}

/// Stores a new password's hash.
///
/// # Errors
/// Storage or vault.
pub async fn change_password(visit: &Visit, caller: &Caller, hash: &str) -> Result<(), Fault> {
    let centre = &visit.centre;
    let key = centre.vault.key_for(caller.person, Category::Identity, visit.now).await?;
    let mut tx = centre.data.begin().await?;
    set_password(&mut tx, (centre, caller), (&key, hash), visit.now).await?;
    end_others_in(&mut tx, visit, caller).await?;
    tx.commit().await?;
    replay::flush_or_later(centre).await;
    Ok(())
}

/// Puts another password's hash in place, with its event and what a restored backup must be told. After the commit,
/// [`replay::flush_or_later`] must be called.
///
/// # Errors
/// Storage.
pub(crate) async fn set_password(
    tx: &mut Tx,
    (centre, caller): (&Centre, &Caller),
    (key, hash): (&SealingKey, &str),
    now: Moment,
) -> Result<(), Fault> {
    let id = caller.person.to_string();
    let sealed = key.seal(person_place("password_hash", &id), hash.as_bytes());
    let entry = Entry::PasswordChanged(AsStored::of(&sealed));
    sql("UPDATE person SET password_hash = $2, password_at = $3 WHERE id = $1")
        .bind(&id)
        .bind(sealed)
        .bind(now.0)
        .execute(&mut *tx)
        .await?;
    replay::note(tx, centre, caller.person, &entry, now).await?;
    ledger::append(tx, &caller.pseudonym, now, &Event::PasswordChanged).await?;
    Ok(())
}

/// Ends one of the caller's sessions. False: the caller has none of that id.
///
/// # Errors
/// Storage.
pub async fn end_session(visit: &Visit, caller: &Caller, id: Uuid) -> Result<bool, Fault> {
    let mut tx = visit.centre.data.begin().await?;
    let ended = sql("UPDATE session SET ended_at = $3 WHERE id = $1 AND person_id = $2 AND ended_at IS NULL")
        .bind(id)
        .bind(caller.person)
        .bind(visit.now.0)
        .execute(&mut tx)
        .await?;
    if ended == 0 {
        return Ok(false);
    }
    ledger::append(&mut tx, &caller.pseudonym, visit.now, &Event::SessionEnded).await?;
    tx.commit().await?;
    Ok(true)
}

/// Ends all of the caller's sessions but this one; returns how many.
///
/// # Errors
/// Storage.
pub async fn end_other_sessions(visit: &Visit, caller: &Caller) -> Result<i64, Fault> {
    let mut tx = visit.centre.data.begin().await?;
    let count = end_others_in(&mut tx, visit, caller).await?;
    tx.commit().await?;
    Ok(count)
}

async fn end_others_in(tx: &mut Tx, visit: &Visit, caller: &Caller) -> Result<i64, Fault> {
    let ended = sql("UPDATE session SET ended_at = $3 WHERE person_id = $1 AND id <> $2 AND ended_at IS NULL")
        .bind(caller.person)
        .bind(caller.session)
        .bind(visit.now.0)
        .execute(tx)
        .await?;
    let count = i64::try_from(ended)?;
    if count > 0 {
        let event = Event::OtherSessionsEnded { count };
        ledger::append(tx, &caller.pseudonym, visit.now, &event).await?;
    }
    Ok(count)
}
