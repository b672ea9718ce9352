//! 实名信息: name and ID number as they were verified at withdrawal.

use app::profile::model::{IdNumber, RealName};
use app::time::Moment;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Unreadable;
use crate::accounts::store::caller_of;
use crate::centre::Centre;
use crate::ledger::{self, Event};
use crate::records::{By, LOCK};
use crate::storage::{Tx, sql};
use crate::vault::{Category, Place};
use crate::web::fault::Fault;
use crate::web::visit::Caller;
use crate::webhooks::notices::{self, Change};

/// Where a verified name is sealed.
pub(crate) const fn real_name_place(row: &str) -> Place<'_> {
    Place { table: "real_name", column: "payload", row }
}

#[derive(Serialize, Deserialize)]
struct StoredRealName {
    name: String,
    id_number: String,
}

impl StoredRealName {
    fn of(real_name: &RealName) -> Self {
        Self { name: real_name.name.clone(), id_number: real_name.id_number.reveal().to_owned() }
    }
}

/// Whether there is a verified name.
///
/// # Errors
/// Storage.
pub async fn has_real_name(centre: &Centre, person: Uuid) -> Result<bool, Fault> {
    let row = sql("SELECT verified_at FROM real_name WHERE person_id = $1 AND restricted_at IS NULL")
        .bind(person)
        .fetch_optional::<(i64,)>(&centre.data)
        .await?;
    Ok(row.is_some())
}

/// The verified name, and when it was verified.
///
/// # Errors
/// Storage or vault.
pub async fn real_name(centre: &Centre, caller: &Caller) -> Result<Option<(RealName, Moment)>, Fault> {
    let row = sql("SELECT payload, verified_at FROM real_name WHERE person_id = $1 AND restricted_at IS NULL")
        .bind(caller.person)
        .fetch_optional::<(Vec<u8>, i64)>(&centre.data)
        .await?;
    let Some((sealed, verified_at)) = row else { return Ok(None) };
    let plain = caller.ring.open(real_name_place(&caller.person.to_string()), &sealed).await?;
    let StoredRealName { name, id_number } = serde_json::from_slice(&plain)?;
    let id_number = id_number.parse().map_err(|_| Unreadable("ID number"))?;
    Ok(Some((RealName { name, id_number }, Moment(verified_at))))
}

/// Who got the name or the number that stood there before is told of what stands there now.
async fn tell_of_correction(tx: &mut Tx, centre: &Centre, person: Uuid, now: &StoredRealName) -> Result<(), Fault> {
    let id = person.to_string();
    let row = sql("SELECT payload FROM real_name WHERE person_id = $1 AND restricted_at IS NULL")
        .bind(&id)
        .fetch_optional::<(Vec<u8>,)>(&mut *tx)
        .await?;
    let Some((sealed,)) = row else { return Ok(()) };
    let caller = caller_of(centre, person).await?;
    let before: StoredRealName = serde_json::from_slice(&caller.ring.open(real_name_place(&id), &sealed).await?)?;
    let told = [
        Change { kind: "real_name", before: &before.name, after: &now.name },
        Change { kind: "id_card_no", before: &before.id_number, after: &now.id_number },
    ];
    notices::corrected(tx, centre, &caller, &told, centre.now()).await
}

/// Keeps a name that was verified at withdrawal (policy 一.1.5).
///
/// # Errors
/// Storage or vault.
pub async fn keep_real_name(
    centre: &Centre,
    person: Uuid,
    real_name: &RealName,
    verified_at: Moment,
) -> Result<(), Fault> {
    let id = person.to_string();
    let key = centre.vault.key_for(person, Category::RealName, verified_at).await?;
    let stored = StoredRealName::of(real_name);
    let mut tx = centre.data.begin().await?;
    tell_of_correction(&mut tx, centre, person, &stored).await?;
    sql("INSERT INTO real_name (person_id, payload, verified_at) VALUES ($1, $2, $3) \
         ON CONFLICT (person_id) DO UPDATE SET payload = excluded.payload, verified_at = excluded.verified_at, \
         restricted_at = NULL")
    .bind(&id)
    .bind(key.seal(real_name_place(&id), &serde_json::to_vec(&stored)?))
    .bind(verified_at.0)
    .execute(&mut tx)
    .await?;
    tx.commit().await?;
    Ok(())
}

/// The two kinds of 实名信息: what may be put in place of one of them, checked.
pub(crate) enum Corrected {
    /// 姓名.
    Name(String),
    /// 身份证号.
    IdNumber(IdNumber),
}

impl Corrected {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Name(_) => "real_name",
            Self::IdNumber(_) => "id_card_no",
        }
    }
}

/// Corrects one of the two, at its person's request, in the transaction of the answer: with its event, its row in the copy, and
/// the notices to who got what stood there before. False: there is none in use.
///
/// # Errors
/// Storage or vault.
pub(crate) async fn correct_real_name(
    tx: &mut Tx,
    (centre, caller): (&Centre, &Caller),
    corrected: Corrected,
    now: Moment,
) -> Result<bool, Fault> {
    let id = caller.person.to_string();
    tx.lock_shared(LOCK).await?;
    // Two corrections of one person are made one after the other: each keeps what it does not change.
    tx.lock(&format!("real_name:{id}")).await?;
    let row = sql("SELECT payload FROM real_name WHERE person_id = $1 AND restricted_at IS NULL")
        .bind(&id)
        .fetch_optional::<(Vec<u8>,)>(&mut *tx)
        .await?;
    let Some((sealed,)) = row else { return Ok(false) };
    let mut stored: StoredRealName = serde_json::from_slice(&caller.ring.open(real_name_place(&id), &sealed).await?)?;
    let kind = corrected.kind();
    match corrected {
        Corrected::Name(name) => stored.name = name,
        Corrected::IdNumber(number) => stored.id_number = number.reveal().to_owned(),
    }
    tell_of_correction(tx, centre, caller.person, &stored).await?;
    let key = centre.vault.key_for(caller.person, Category::RealName, now).await?;
    sql("UPDATE real_name SET payload = $2 WHERE person_id = $1 AND restricted_at IS NULL")
        .bind(&id)
        .bind(key.seal(real_name_place(&id), &serde_json::to_vec(&stored)?))
        .execute(&mut *tx)
        .await?;
    sql("INSERT INTO correction (id, record_id, person_id, corrected_by, corrected_at, field) \
         VALUES ($1, $2, $2, $3, $4, $5)")
    .bind(Uuid::now_v7())
    .bind(&id)
    .bind(By::Officer.id())
    .bind(now.0)
    .bind(kind)
    .execute(&mut *tx)
    .await?;
    ledger::append(tx, &caller.pseudonym, now, &Event::RecordCorrected { field: kind.to_owned() }).await?;
    Ok(true)
}
