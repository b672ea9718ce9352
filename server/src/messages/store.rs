//! SQL of messages: whether one may go, and what is under way.

use app::accounts::model::PhoneNumber;
use app::consents::{Purpose, Standing};
use app::messages::rules::stopped_by;
use app::messages::{Account, Channel, Class, Reason, rules};
use app::promises::{HAND_OVER, MAIL_LINK_LIFE};
use app::time::Moment;
use uuid::Uuid;

use super::replies;
use crate::accounts::codes::PHONE_INDEX;
use crate::accounts::store::{ACTIVE, STORED_ONLY, WAITS_FOR_GUARDIAN};
use crate::centre::Centre;
use crate::consents::store as consents;
use crate::records::{Filter, batch};
use crate::storage::{Tx, sql};
use crate::vault::{Category, KeyRing, SealingKey};
use crate::web::fault::Fault;

/// The kind of record that holds a person's e-mail addresses.
const EMAIL: &str = "email";

/// An account is in a state that this program does not know: an older program on a newer database.
#[derive(Debug, thiserror::Error)]
#[error("an account is in an unknown state")]
struct Unknown;

/// Who has an account with that phone.
///
/// # Errors
/// Storage.
pub async fn person_of(centre: &Centre, phone: &PhoneNumber) -> Result<Option<Uuid>, Fault> {
    let row = sql("SELECT id FROM person WHERE phone_index = $1")
        .bind(centre.vault.blind_index(PHONE_INDEX, phone.reveal()))
        .fetch_optional::<(String,)>(&centre.data)
        .await?;
    Ok(row.map(|(id,)| Uuid::parse_str(&id)).transpose()?)
}

/// How the account with that phone stands.
async fn account(tx: &mut Tx, centre: &Centre, person: Uuid, phone: &PhoneNumber) -> Result<Account, Fault> {
    let row = sql("SELECT state FROM person WHERE id = $1 AND phone_index = $2")
        .bind(person)
        .bind(centre.vault.blind_index(PHONE_INDEX, phone.reveal()))
        .fetch_optional::<(String,)>(&mut *tx)
        .await?;
    let Some((state,)) = row else { return Ok(Account::None) };
    let leaving = sql("SELECT id FROM cancellation \
         WHERE person_id = $1 AND submitted_at IS NOT NULL AND ended_at IS NULL")
    .bind(person)
    .fetch_optional::<(String,)>(tx)
    .await?;
    match state.as_str() {
        WAITS_FOR_GUARDIAN => Ok(Account::WaitsForGuardian),
        ACTIVE if leaving.is_some() => Ok(Account::Leaving),
        STORED_ONLY => Ok(Account::Leaving),
        ACTIVE => Ok(Account::InUse),
        _ => Err(Unknown.into()),
    }
}

/// What must be in hand before a mail's transaction begins: keys are on disk before what they seal.
pub struct MailKeys {
    /// Opens addresses.
    pub records: KeyRing,
    /// For the links of a mail that is measured.
    pub links: SealingKey,
}

impl MailKeys {
    /// A person's.
    ///
    /// # Errors
    /// Vault.
    pub async fn of(centre: &Centre, person: Uuid) -> Result<Self, Fault> {
        Ok(Self {
            records: centre.vault.record_ring(person).await?,
            links: centre.vault.key_for(person, Category::Messages, centre.now()).await?,
        })
    }
}

/// Looks, inside a transaction that no decision of the person can overtake, whether a message may go; with what stands.
///
/// # Errors
/// Storage. Never a "no" in place of a failure.
pub async fn look(
    tx: &mut Tx,
    centre: &Centre,
    (person, phone): (Uuid, &PhoneNumber),
    (channel, class): (Channel, Class),
) -> Result<Result<Standing, Reason>, Fault> {
    tx.lock_shared(&consents::lock_name(person)).await?;
    let account = account(tx, centre, person, phone).await?;
    let standing = consents::standing(&mut *tx, centre, person).await?;
    if let Err(reason) = rules::may_send(channel, class, account, &standing) {
        return Ok(Err(reason));
    }
    let waits = replies::holds_up(tx, person, (channel, class)).await?;
    Ok(if waits { Err(Reason::ReplyWaits) } else { Ok(standing) })
}

/// The newest e-mail address of a person.
///
/// # Errors
/// Storage or vault.
pub async fn address(tx: &mut Tx, records: &KeyRing, person: Uuid) -> Result<Option<String>, Fault> {
    let filter = Filter { field: Some(EMAIL.to_owned()), ..Filter::default() };
    let newest = batch(tx, records, person, &filter, 1).await?;
    Ok(newest.into_iter().next().map(|kept| kept.content.value))
}

/// Writes down that a message is being handed over. None: no decision stops it, so nobody waits for it.
///
/// # Errors
/// Storage.
pub async fn begin(
    tx: &mut Tx,
    person: Uuid,
    (channel, class): (Channel, Class),
    now: Moment,
) -> Result<Option<Uuid>, Fault> {
    let Some(purpose) = stopped_by(channel, class) else { return Ok(None) };
    let id = Uuid::now_v7();
    sql("INSERT INTO hand_over (id, person_id, purpose, begun_at) VALUES ($1, $2, $3, $4)")
        .bind(id)
        .bind(person)
        .bind(purpose.id())
        .bind(now.0)
        .execute(tx)
        .await?;
    Ok(Some(id))
}

/// Writes down that hand-overs are over.
///
/// # Errors
/// Storage.
pub async fn end(centre: &Centre, ids: &[Uuid]) -> Result<(), Fault> {
    let mut tx = centre.data.begin().await?;
    for id in ids {
        sql("DELETE FROM hand_over WHERE id = $1").bind(*id).execute(&mut tx).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The hand-overs to a person that are under way for one of these purposes.
///
/// # Errors
/// Storage.
pub async fn under_way(centre: &Centre, person: Uuid, purposes: &[Purpose]) -> Result<Vec<Uuid>, Fault> {
    let rows = sql("SELECT id, purpose FROM hand_over WHERE person_id = $1")
        .bind(person)
        .fetch_all::<(String, String)>(&centre.data)
        .await?;
    let concerned = rows.into_iter().filter(|(_, purpose)| purposes.iter().any(|p| p.id() == purpose));
    Ok(concerned.map(|(id, _)| Uuid::parse_str(&id)).collect::<Result<_, _>>()?)
}

/// Forgets hand-overs whose server died, replies that were answered long ago, and links of mails that are too old.
///
/// # Errors
/// Storage.
pub async fn tidy(centre: &Centre, now: Moment) -> Result<(), Fault> {
    let mut tx = centre.data.begin().await?;
    // Nobody waits for them any more: an opt-out waits for one hand-over's time.
    sql("DELETE FROM hand_over WHERE begun_at < $1").bind(now.plus(-60 * HAND_OVER).0).execute(&mut tx).await?;
    replies::tidy(&mut tx, now).await?;
    sql("DELETE FROM mail_link WHERE made_at < $1").bind(now.plus(-MAIL_LINK_LIFE).0).execute(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}
