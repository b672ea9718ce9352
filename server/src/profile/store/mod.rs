//! SQL of 个人资料 and 实名信息. Every payload is sealed under the key of its category, and the key is on disk before it.

mod addresses;
mod real_name;

pub use addresses::{
    Kept, TooMany, add_address, address, addresses, change_address, consignee_phones, count_addresses, make_default,
    remove_address,
};
use app::accounts::model::Username;
use app::time::Moment;
pub(crate) use real_name::{Corrected, correct_real_name, real_name_place};
pub use real_name::{has_real_name, keep_real_name, real_name};
use uuid::Uuid;

use crate::accounts::store::{USERNAME_INDEX, person_place};
use crate::centre::Centre;
use crate::ledger::{self, Event};
use crate::records;
use crate::replay::{self, AsStored, Entry};
use crate::storage::sql;
use crate::vault::{Category, Place};
use crate::web::fault::Fault;
use crate::web::visit::Caller;
use crate::webhooks::notices;

/// A stored value does not fit its own rules any more.
#[derive(Debug, thiserror::Error)]
#[error("a stored {0} does not fit its rules")]
struct Unreadable(&'static str);

/// Somebody else has that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken;

/// Changes 用户名.
///
/// # Errors
/// Storage or vault, or that the name is taken.
pub async fn rename(
    centre: &Centre,
    caller: &Caller,
    name: &Username,
    now: Moment,
) -> Result<Result<(), Taken>, Fault> {
    let id = caller.person.to_string();
    let index = centre.vault.blind_index(USERNAME_INDEX, &name.folded());
    let key = centre.vault.key_for(caller.person, Category::Identity, now).await?;
    let sealed = key.seal(person_place("username", &id), name.as_str().as_bytes());
    let mut tx = centre.data.begin().await?;
    // The same lock as a registration's: one name is never given twice.
    tx.lock("register").await?;
    let holder = sql("SELECT id FROM person WHERE username_index = $1 AND id <> $2")
        .bind(index)
        .bind(&id)
        .fetch_optional::<(String,)>(&mut tx)
        .await?;
    if holder.is_some() {
        return Ok(Err(Taken));
    }
    let entry = Entry::UsernameChanged(AsStored::of(&sealed));
    sql("UPDATE person SET username = $2, username_index = $3, username_at = $4 WHERE id = $1")
        .bind(&id)
        .bind(sealed)
        .bind(index)
        .bind(now.0)
        .execute(&mut tx)
        .await?;
    replay::note(&mut tx, centre, caller.person, &entry, now).await?;
    ledger::append(&mut tx, &caller.pseudonym, now, &Event::UsernameChanged).await?;
    tx.commit().await?;
    replay::flush_or_later(centre).await;
    Ok(Ok(()))
}

const fn avatar_place(row: &str) -> Place<'_> {
    Place { table: "avatar", column: "image", row }
}

/// Whether there is a 头像.
///
/// # Errors
/// Storage.
pub async fn has_avatar(centre: &Centre, person: Uuid) -> Result<bool, Fault> {
    Ok(avatar_since(centre, person).await?.is_some())
}

/// Since when the 头像 is there, if there is one.
///
/// # Errors
/// Storage.
pub async fn avatar_since(centre: &Centre, person: Uuid) -> Result<Option<Moment>, Fault> {
    let row = sql("SELECT changed_at FROM avatar WHERE person_id = $1")
        .bind(person)
        .fetch_optional::<(i64,)>(&centre.data)
        .await?;
    Ok(row.map(|(changed_at,)| Moment(changed_at)))
}

/// The 头像, a JPEG.
///
/// # Errors
/// Storage or vault.
pub async fn avatar(centre: &Centre, caller: &Caller) -> Result<Option<Vec<u8>>, Fault> {
    let row = sql("SELECT image FROM avatar WHERE person_id = $1")
        .bind(caller.person)
        .fetch_optional::<(Vec<u8>,)>(&centre.data)
        .await?;
    let Some((sealed,)) = row else { return Ok(None) };
    let id = caller.person.to_string();
    Ok(Some(caller.ring.open(avatar_place(&id), &sealed).await?.to_vec()))
}

/// Sets the 头像.
///
/// # Errors
/// Storage or vault.
pub async fn set_avatar(centre: &Centre, caller: &Caller, jpeg: &[u8], now: Moment) -> Result<(), Fault> {
    let id = caller.person.to_string();
    let mut tx = centre.data.begin().await?;
    // While it lasts no erasure takes the key away.
    tx.lock_shared(records::LOCK).await?;
    let key = centre.vault.key_for(caller.person, Category::Avatar, now).await?;
    sql("INSERT INTO avatar (person_id, image, changed_at) VALUES ($1, $2, $3) \
         ON CONFLICT (person_id) DO UPDATE SET image = excluded.image, changed_at = excluded.changed_at")
    .bind(&id)
    .bind(key.seal(avatar_place(&id), jpeg))
    .bind(now.0)
    .execute(&mut tx)
    .await?;
    ledger::append(&mut tx, &caller.pseudonym, now, &Event::AvatarChanged).await?;
    tx.commit().await?;
    Ok(())
}

/// Removes the 头像.
///
/// # Errors
/// Storage or vault.
pub async fn remove_avatar(centre: &Centre, caller: &Caller, now: Moment) -> Result<(), Fault> {
    let mut tx = centre.data.begin().await?;
    let recipients = notices::before_erasure(&mut tx, centre, caller, &["avatar"], now).await?;
    let removed = sql("DELETE FROM avatar WHERE person_id = $1").bind(caller.person).execute(&mut tx).await?;
    if removed > 0 {
        if let Some(recipients) = recipients {
            recipients.erased(&mut tx, centre, &["avatar".to_owned()], now).await?;
        }
        // A person has one, so it needs no id: theirs must not stand in the log.
        let entry = Entry::RowErased { table: "avatar".to_owned(), id: Uuid::nil() };
        replay::note(&mut tx, centre, caller.person, &entry, now).await?;
        ledger::append(&mut tx, &caller.pseudonym, now, &Event::AvatarRemoved).await?;
    }
    tx.commit().await?;
    replay::flush_or_later(centre).await;
    Ok(())
}
