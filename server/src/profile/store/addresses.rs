//! 收货地址. Changes of one person's addresses come one after the other.

use app::profile::model::{Address, AddressDraft};
use app::profile::rules;
use app::time::Moment;
use uuid::Uuid;

use super::Unreadable;
use crate::centre::Centre;
use crate::ledger::{self, Event};
use crate::records;
use crate::replay::{self, Entry};
use crate::storage::{Tx, sql};
use crate::vault::{Category, Place};
use crate::web::fault::Fault;
use crate::web::visit::Caller;
use crate::webhooks::notices::{self, Change};

const fn address_place(row: &str) -> Place<'_> {
    Place { table: "address", column: "payload", row }
}

async fn open_address(caller: &Caller, id: &str, sealed: &[u8]) -> Result<Address, Fault> {
    let plain = caller.ring.open(address_place(id), sealed).await?;
    let draft: AddressDraft = serde_json::from_slice(&plain)?;
    Ok(rules::check(&draft).map_err(|_| Unreadable("address"))?)
}

/// One of a person's addresses.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its id.
    pub id: String,
    /// What it says.
    pub address: Address,
    /// 默认.
    pub is_default: bool,
    /// When it was added.
    pub since: Moment,
}

/// All addresses, the default first, then the newest.
///
/// # Errors
/// Storage or vault.
pub async fn addresses(centre: &Centre, caller: &Caller) -> Result<Vec<Kept>, Fault> {
    let rows = sql("SELECT id, payload, is_default, created_at FROM address WHERE person_id = $1 \
         ORDER BY is_default DESC, created_at DESC, id DESC")
    .bind(caller.person)
    .fetch_all::<(String, Vec<u8>, bool, i64)>(&centre.data)
    .await?;
    let mut kept = Vec::with_capacity(rows.len());
    for (id, sealed, is_default, since) in rows {
        let address = open_address(caller, &id, &sealed).await?;
        kept.push(Kept { id, address, is_default, since: Moment(since) });
    }
    Ok(kept)
}

/// The phones of every address, the newest first: what whoever delivers knows the person by.
///
/// # Errors
/// Storage or vault.
pub async fn consignee_phones(tx: &mut Tx, caller: &Caller) -> Result<Vec<String>, Fault> {
    let rows = sql("SELECT id, payload FROM address WHERE person_id = $1 ORDER BY changed_at DESC, id DESC")
        .bind(caller.person)
        .fetch_all::<(String, Vec<u8>)>(tx)
        .await?;
    let mut phones = Vec::with_capacity(rows.len());
    for (id, sealed) in rows {
        phones.push(open_address(caller, &id, &sealed).await?.reveal().phone);
    }
    Ok(phones)
}

/// What a field of the data catalogue says of an address.
fn values(address: &Address) -> [(&'static str, String); 3] {
    let region = address.region();
    let AddressDraft { consignee, phone, street, .. } = address.reveal();
    [("consignee_name", consignee), ("consignee_phone", phone), ("consignee_address", format!("{region}{street}"))]
}

/// What an address says now, before it is changed or removed.
async fn present(tx: &mut Tx, caller: &Caller, id: Uuid) -> Result<Option<Address>, Fault> {
    let row = sql("SELECT payload FROM address WHERE id = $1 AND person_id = $2")
        .bind(id)
        .bind(caller.person)
        .fetch_optional::<(Vec<u8>,)>(tx)
        .await?;
    let Some((sealed,)) = row else { return Ok(None) };
    Ok(Some(open_address(caller, &id.to_string(), &sealed).await?))
}

/// How many addresses there are.
///
/// # Errors
/// Storage.
pub async fn count_addresses(centre: &Centre, person: Uuid) -> Result<usize, Fault> {
    let (count,) =
        sql("SELECT COUNT(*) FROM address WHERE person_id = $1").bind(person).fetch_one::<(i64,)>(&centre.data).await?;
    Ok(usize::try_from(count)?)
}

/// One of the caller's own addresses; nobody else's is ever found.
///
/// # Errors
/// Storage or vault.
pub async fn address(centre: &Centre, caller: &Caller, id: Uuid) -> Result<Option<Kept>, Fault> {
    let row = sql("SELECT payload, is_default, created_at FROM address WHERE id = $1 AND person_id = $2")
        .bind(id)
        .bind(caller.person)
        .fetch_optional::<(Vec<u8>, bool, i64)>(&centre.data)
        .await?;
    let Some((sealed, is_default, since)) = row else { return Ok(None) };
    let id = id.to_string();
    let address = open_address(caller, &id, &sealed).await?;
    Ok(Some(Kept { id, address, is_default, since: Moment(since) }))
}

/// There are as many addresses as may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany;

/// Changes of one person's addresses come one after the other, or two could both become the default. While it lasts no
/// erasure takes the key away.
async fn begin(centre: &Centre, caller: &Caller) -> Result<Tx, Fault> {
    let mut tx = centre.data.begin().await?;
    tx.lock_shared(records::LOCK).await?;
    tx.lock(&format!("addresses:{}", caller.person)).await?;
    Ok(tx)
}

/// Adds an address.
///
/// # Errors
/// Storage or vault, or that there are too many.
pub async fn add_address(
    centre: &Centre,
    caller: &Caller,
    address: &Address,
    make_default: bool,
    now: Moment,
) -> Result<Result<Uuid, TooMany>, Fault> {
    let mut tx = begin(centre, caller).await?;
    let key = centre.vault.key_for(caller.person, Category::Addresses, now).await?;
    let id = Uuid::now_v7();
    let sealed = key.seal(address_place(&id.to_string()), &serde_json::to_vec(&address.reveal())?);
    let (present,) = sql("SELECT COUNT(*) FROM address WHERE person_id = $1")
        .bind(caller.person)
        .fetch_one::<(i64,)>(&mut tx)
        .await?;
    let present = usize::try_from(present)?;
    if !rules::may_add(present) {
        return Ok(Err(TooMany));
    }
    let is_default = rules::becomes_default(present, make_default);
    if is_default {
        clear_default(&mut tx, caller).await?;
    }
    sql("INSERT INTO address (id, person_id, payload, is_default, created_at, changed_at) VALUES ($1, $2, $3, $4, $5, $5)")
        .bind(id)
        .bind(caller.person)
        .bind(sealed)
        .bind(is_default)
        .bind(now.0)
        .execute(&mut tx)
        .await?;
    ledger::append(&mut tx, &caller.pseudonym, now, &Event::AddressAdded).await?;
    tx.commit().await?;
    Ok(Ok(id))
}

/// Changes an address; false when there is none of that id.
///
/// # Errors
/// Storage or vault.
pub async fn change_address(
    centre: &Centre,
    caller: &Caller,
    id: Uuid,
    address: &Address,
    make_default: bool,
    now: Moment,
) -> Result<bool, Fault> {
    let mut tx = begin(centre, caller).await?;
    let key = centre.vault.key_for(caller.person, Category::Addresses, now).await?;
    let sealed = key.seal(address_place(&id.to_string()), &serde_json::to_vec(&address.reveal())?);
    let Some(before) = present(&mut tx, caller, id).await? else { return Ok(false) };
    let (before, after) = (values(&before), values(address));
    let told = before.iter().zip(&after);
    let told: Vec<_> = told.map(|((kind, before), (_, after))| Change { kind, before, after }).collect();
    notices::corrected(&mut tx, centre, caller, &told, now).await?;
    let changed = sql("UPDATE address SET payload = $3, changed_at = $4 WHERE id = $1 AND person_id = $2")
        .bind(id)
        .bind(caller.person)
        .bind(sealed)
        .bind(now.0)
        .execute(&mut tx)
        .await?;
    if changed == 0 {
        return Ok(false);
    }
    ledger::append(&mut tx, &caller.pseudonym, now, &Event::AddressChanged).await?;
    if make_default {
        set_default(&mut tx, caller, id, now).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Makes an address the default; false when there is none of that id.
///
/// # Errors
/// Storage.
pub async fn make_default(centre: &Centre, caller: &Caller, id: Uuid, now: Moment) -> Result<bool, Fault> {
    let mut tx = begin(centre, caller).await?;
    let found = set_default(&mut tx, caller, id, now).await?;
    if found {
        tx.commit().await?;
    }
    Ok(found)
}

async fn set_default(tx: &mut Tx, caller: &Caller, id: Uuid, now: Moment) -> Result<bool, Fault> {
    clear_default(tx, caller).await?;
    let set = sql("UPDATE address SET is_default = TRUE WHERE id = $1 AND person_id = $2")
        .bind(id)
        .bind(caller.person)
        .execute(tx)
        .await?;
    if set > 0 {
        ledger::append(tx, &caller.pseudonym, now, &Event::AddressMadeDefault).await?;
    }
    Ok(set > 0)
}

async fn clear_default(tx: &mut Tx, caller: &Caller) -> Result<(), Fault> {
    sql("UPDATE address SET is_default = FALSE WHERE person_id = $1 AND is_default")
        .bind(caller.person)
        .execute(tx)
        .await?;
    Ok(())
}

/// Removes an address; the newest of the others takes its place as the default. False when there is none of that id.
///
/// # Errors
/// Storage or vault.
pub async fn remove_address(centre: &Centre, caller: &Caller, id: Uuid, now: Moment) -> Result<bool, Fault> {
    let mut tx = begin(centre, caller).await?;
    let Some(before) = present(&mut tx, caller, id).await? else { return Ok(false) };
    let before = values(&before);
    let told: Vec<_> = before.iter().map(|(kind, before)| Change { kind, before, after: "" }).collect();
    notices::values_erased(&mut tx, centre, caller, &told, now).await?;
    let removed = sql("DELETE FROM address WHERE id = $1 AND person_id = $2")
        .bind(id)
        .bind(caller.person)
        .execute(&mut tx)
        .await?;
    if removed == 0 {
        return Ok(false);
    }
    sql("UPDATE address SET is_default = TRUE WHERE id = \
         (SELECT id FROM address WHERE person_id = $1 ORDER BY is_default DESC, created_at DESC, id DESC LIMIT 1)")
    .bind(caller.person)
    .execute(&mut tx)
    .await?;
    let entry = Entry::RowErased { table: "address".to_owned(), id };
    replay::note(&mut tx, centre, caller.person, &entry, now).await?;
    ledger::append(&mut tx, &caller.pseudonym, now, &Event::AddressRemoved).await?;
    tx.commit().await?;
    replay::flush_or_later(centre).await;
    Ok(true)
}
