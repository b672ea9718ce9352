//! SQL of accounts.

use std::sync::Arc;

use app::accounts::model::{AgeBand, CodeUse, PhoneNumber, Username};
use app::time::Moment;
use uuid::Uuid;

use super::proof::{Checked, Proof, Unproved};
use super::sessions::{self, Token};
use super::{band, codes};
use crate::centre::Centre;
use crate::export::registers::Noted;
use crate::ledger::{self, Event, Pseudonym};
use crate::storage::{Executor, Tx, sql};
use crate::vault::{Category, KeyRing, Place};
use crate::web::fault::Fault;
use crate::web::visit::{Caller, Visit};

/// `person.state` of an account in use.
pub const ACTIVE: &str = "active";
/// `person.state` of a child's account before a guardian has agreed.
pub const WAITS_FOR_GUARDIAN: &str = "waits_for_guardian";
/// `person.state` of an account that is being erased: nothing finds it any more, and nothing is written about it.
pub const ERASING: &str = "erasing";

/// `person.state` of an account whose person has died, as far as a human found by the proof of a close relative: its data is
/// stored only.
pub const STORED_ONLY: &str = "stored_only";

/// Whether an account is stored only because its person has died.
///
/// # Errors
/// Storage.
pub async fn is_stored_only(on: impl Into<Executor<'_>>, person: Uuid) -> Result<bool, Fault> {
    let row = sql("SELECT state FROM person WHERE id = $1").bind(person).fetch_optional::<(String,)>(on).await?;
    Ok(row.is_some_and(|(state,)| state == STORED_ONLY))
}

/// Somebody for whom the centre acts without a device: the officer's answers, background work, the demo.
///
/// # Errors
/// Storage or vault.
pub async fn caller_of(centre: &Centre, person: Uuid) -> Result<Caller, Fault> {
    let id = person.to_string();
    let (sealed, state, care_mode, age_band) =
        sql("SELECT pseudonym, state, care_mode, age_band FROM person WHERE id = $1")
            .bind(&id)
            .fetch_one::<(Vec<u8>, String, bool, Option<Vec<u8>>)>(&centre.data)
            .await?;
    let ring = centre.vault.ring(person).await?;
    let pseudonym = open_pseudonym(&ring, &id, &sealed).await?;
    Ok(Caller {
        person,
        session: Uuid::nil(),
        age_band: band::open(&centre.data, &ring, (&id, &pseudonym), age_band.as_deref()).await?,
        pseudonym,
        ring: Arc::new(ring),
        waits_for_guardian: state == WAITS_FOR_GUARDIAN,
        // Not a person's doing, so it is not held up by what keeps a leaving person out.
        leaving: false,
        care_mode,
        stepped_up_at: None,
    })
}

/// Where a sealed column of `person` stands.
#[must_use]
pub const fn person_place<'a>(column: &'static str, row: &'a str) -> Place<'a> {
    Place { table: "person", column, row }
}

/// What a sign-in is checked against.
pub struct Credentials {
    /// Whose.
    pub person: Uuid,
    /// PHC format.
    pub password_hash: String,
}

/// Who has that phone, if anybody. Opens nothing, so it takes no longer for a phone that is known.
///
/// # Errors
/// Storage.
pub async fn find_person(centre: &Centre, phone_index: &[u8; 32]) -> Result<Option<Uuid>, Fault> {
    let row = sql("SELECT id FROM person WHERE phone_index = $1").bind(phone_index);
    let row = row.fetch_optional::<(String,)>(&centre.data).await?;
    Ok(row.map(|(id,)| Uuid::parse_str(&id)).transpose()?)
}

/// What a sign-in by password is checked against, of the account with that phone, if there is one.
///
/// # Errors
/// Storage or vault.
pub async fn find_credentials(centre: &Centre, phone_index: &[u8; 32]) -> Result<Option<Credentials>, Fault> {
    let row = sql("SELECT id, password_hash FROM person WHERE phone_index = $1")
        .bind(phone_index)
        .fetch_optional::<(String, Vec<u8>)>(&centre.data)
        .await?;
    let Some((id, sealed)) = row else { return Ok(None) };
    let person = Uuid::parse_str(&id)?;
    let ring = centre.vault.ring(person).await?;
    let hash = ring.open_text(person_place("password_hash", &id), &sealed).await?;
    Ok(Some(Credentials { person, password_hash: hash.to_string() }))
}

/// The person's name in the ledger.
///
/// # Errors
/// Vault.
pub async fn open_pseudonym(ring: &KeyRing, id: &str, sealed: &[u8]) -> Result<Pseudonym, Fault> {
    let text = ring.open_text(person_place("pseudonym", id), sealed).await?;
    Ok(Pseudonym::parse(&text)?)
}

/// What 我的 and 账号与安全 show of a person.
#[derive(Clone, Debug)]
pub struct Identity {
    /// 用户名.
    pub username: String,
    /// 手机号. Mask it before it leaves the server.
    pub phone: PhoneNumber,
}

/// The caller's name and phone.
///
/// # Errors
/// Storage or vault.
pub async fn identity(centre: &Centre, caller: &Caller) -> Result<Identity, Fault> {
    let id = caller.person.to_string();
    let (phone, username) = sql("SELECT phone, username FROM person WHERE id = $1")
        .bind(&id)
        .fetch_one::<(Vec<u8>, Vec<u8>)>(&centre.data)
        .await?;
    let username = caller.ring.open_text(person_place("username", &id), &username).await?;
    let phone = caller.ring.open_text(person_place("phone", &id), &phone).await?;
    Ok(Identity { username: username.to_string(), phone: phone.parse().map_err(|_| Unreadable)? })
}

/// A stored value does not fit its own rules any more.
#[derive(Debug, thiserror::Error)]
#[error("a stored phone number is none")]
struct Unreadable;

/// What is needed to open an account.
pub struct NewPerson {
    /// 联系电话.
    pub phone: PhoneNumber,
    /// 用户名.
    pub username: Username,
    /// PHC format.
    pub password_hash: String,
    /// What was chosen. A child's account waits for a guardian.
    pub age_band: AgeBand,
}

/// Why no account was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Somebody has that phone.
    Phone,
    /// Somebody has that name.
    Username,
}

/// Opens an account: keys first, then the row and its event in one transaction. `tx` may hold the code that is used up.
///
/// # Errors
/// Storage or vault, or what is taken.
pub async fn register(
    centre: &Centre,
    tx: &mut crate::storage::Tx,
    person: Uuid,
    new: &NewPerson,
    now: Moment,
) -> Result<Result<Pseudonym, Taken>, Fault> {
    let key = centre.vault.key_for(person, Category::Identity, now).await?;
    let id = person.to_string();
    let pseudonym = Pseudonym::random();
    let phone_index = centre.vault.blind_index(codes::PHONE_INDEX, new.phone.reveal());
    let username_index = centre.vault.blind_index(USERNAME_INDEX, &new.username.folded());
    tx.lock("register").await?;
    if let Some(taken) = taken(tx, &phone_index, &username_index).await? {
        return Ok(Err(taken));
    }
    let waits_for_guardian = new.age_band == AgeBand::Under14;
    let seal = |column, plain: &str| key.seal(person_place(column, &id), plain.as_bytes());
    sql("INSERT INTO person (id, state, phone_index, username_index, phone, username, password_hash, pseudonym, \
         age_band, care_mode, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, FALSE, $10)")
    .bind(&id)
    .bind(if waits_for_guardian { WAITS_FOR_GUARDIAN } else { ACTIVE })
    .bind(phone_index)
    .bind(username_index)
    .bind(seal("phone", new.phone.reveal()))
    .bind(seal("username", new.username.as_str()))
    .bind(seal("password_hash", &new.password_hash))
    .bind(seal("pseudonym", pseudonym.as_str()))
    .bind(seal("age_band", new.age_band.id()))
    .bind(now.0)
    .execute(tx)
    .await?;
    let policy = centre.catalogue.policy().in_force(now).number.clone();
    let event = Event::Registered { age_band: None, policy };
    ledger::append(tx, &pseudonym, now, &event).await?;
    if waits_for_guardian {
        ledger::append(tx, &pseudonym, now, &Event::GuardianAwaited).await?;
    }
    Ok(Ok(pseudonym))
}

/// Which column a username's blind index belongs to.
pub const USERNAME_INDEX: &str = "username";

async fn taken(
    tx: &mut crate::storage::Tx,
    phone_index: &[u8; 32],
    username_index: &[u8; 32],
) -> Result<Option<Taken>, Fault> {
    let rows = sql("SELECT phone_index FROM person WHERE phone_index = $1 OR username_index = $2")
        .bind(phone_index)
        .bind(username_index)
        .fetch_all::<(Vec<u8>,)>(tx)
        .await?;
    let phone = rows.iter().any(|(index,)| index == phone_index);
    Ok(if phone { Some(Taken::Phone) } else { (!rows.is_empty()).then_some(Taken::Username) })
}

/// Signs in: uses the proof up, begins a session, leaves its event.
///
/// # Errors
/// Storage or vault, or why the proof does not hold.
pub async fn sign_in(visit: &Visit, checked: Checked, proof: &Proof) -> Result<Result<(Uuid, Token), Unproved>, Fault> {
    let centre = &visit.centre;
    // Nobody has that phone: a code can't fit either, but is looked up as if it could, in the same time.
    let Some(likely) = checked.person() else {
        let mut tx = centre.data.begin().await?;
        let unproved = checked.settle(&mut tx, visit).await?.err();
        return Ok(Err(unproved.unwrap_or(Unproved::Password)));
    };
    let key = centre.vault.key_for(likely, Category::Devices, visit.now).await?;
    let ring = centre.vault.ring(likely).await?;
    let mut tx = centre.data.begin().await?;
    let person = match checked.settle(&mut tx, visit).await? {
        Ok(person) => person,
        Err(unproved) => return Ok(Err(unproved)),
    };
    let token = sessions::begin(&mut tx, &key, person, visit).await?;
    let id = person.to_string();
    let (sealed,) =
        sql("SELECT pseudonym FROM person WHERE id = $1").bind(&id).fetch_one::<(Vec<u8>,)>(&mut tx).await?;
    let pseudonym = open_pseudonym(&ring, &id, &sealed).await?;
    let event = Event::SignedIn { method: proof.method().to_owned() };
    ledger::append(&mut tx, &pseudonym, visit.now, &event).await?;
    tx.commit().await?;
    Ok(Ok((person, token)))
}

/// Remembers that the caller has just proved again who they are.
///
/// # Errors
/// Storage or vault, or why the proof does not hold.
pub async fn step_up(
    visit: &Visit,
    caller: &Caller,
    checked: Checked,
    proof: &Proof,
) -> Result<Result<(), Unproved>, Fault> {
    let mut tx = visit.centre.data.begin().await?;
    if let Err(unproved) = checked.settle(&mut tx, visit).await? {
        return Ok(Err(unproved));
    }
    sql("UPDATE session SET stepped_up_at = $2 WHERE id = $1")
        .bind(caller.session)
        .bind(visit.now.0)
        .execute(&mut tx)
        .await?;
    let event = Event::SteppedUp { method: proof.method().to_owned() };
    ledger::append(&mut tx, &caller.pseudonym, visit.now, &event).await?;
    tx.commit().await?;
    Ok(Ok(()))
}

/// Ends the caller's own session.
///
/// # Errors
/// Storage.
pub async fn sign_out(visit: &Visit, caller: &Caller) -> Result<(), Fault> {
    let mut tx = visit.centre.data.begin().await?;
    sign_out_in(&mut tx, visit, caller).await?;
    tx.commit().await?;
    Ok(())
}

/// The same inside a transaction.
///
/// # Errors
/// Storage.
pub async fn sign_out_in(tx: &mut Tx, visit: &Visit, caller: &Caller) -> Result<(), Fault> {
    sql("UPDATE session SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL")
        .bind(caller.session)
        .bind(visit.now.0)
        .execute(&mut *tx)
        .await?;
    ledger::append(tx, &caller.pseudonym, visit.now, &Event::SignedOut).await?;
    Ok(())
}

/// Opens an account with the code that was sent to its phone, and signs it in.
///
/// # Errors
/// Storage or vault; what is taken; or nothing when the code does not hold. Then the code is not used up.
pub async fn register_with_code(
    visit: &Visit,
    new: &NewPerson,
    code: &str,
) -> Result<Result<(Uuid, Token), Option<Taken>>, Fault> {
    let centre = &visit.centre;
    let person = Uuid::now_v7();
    let devices = centre.vault.key_for(person, Category::Devices, visit.now).await?;
    let mut tx = centre.data.begin().await?;
    if !codes::redeem(&mut tx, visit, &new.phone, CodeUse::Register, code).await? {
        return Ok(Err(None));
    }
    if let Err(taken) = register(centre, &mut tx, person, new, visit.now).await? {
        return Ok(Err(Some(taken)));
    }
    let token = sessions::begin(&mut tx, &devices, person, visit).await?;
    tx.commit().await?;
    Ok(Ok((person, token)))
}

/// What a copy tells its person of the account itself, beside phone, username and password.
///
/// # Errors
/// Storage.
pub async fn entries(centre: &Centre, caller: &Caller) -> Result<Vec<Noted>, Fault> {
    let row = sql("SELECT state, care_mode, created_at FROM person WHERE id = $1")
        .bind(caller.person)
        .fetch_optional::<(String, bool, i64)>(&centre.data)
        .await?;
    let Some((state, care_mode, since)) = row else { return Ok(Vec::new()) };
    let state = match state.as_str() {
        ACTIVE => "正常使用",
        WAITS_FOR_GUARDIAN => "等待监护人同意",
        STORED_ONLY => "仅存储",
        _ => "正在注销",
    };
    let details = [
        ("状态", Some(state.to_owned())),
        ("关怀模式", Some(if care_mode { "开" } else { "关" }.to_owned())),
        ("年龄段", Some(caller.age_band.label().to_owned())),
        ("账本里的编号", Some(caller.pseudonym.as_str().to_owned())),
    ];
    Ok(vec![Noted::of(Moment(since), "开通账号", details)])
}
