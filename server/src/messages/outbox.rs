//! Messages of the centre's own that must arrive whatever dies meanwhile (注销账号 was submitted, is about to begin, is over).
//! Written in the transaction of what they tell of, sent by a job. A message has one id from the first try to the last, so a
//! gateway that is asked twice knows it; none is ever sent under a second id.

use app::accounts::model::PhoneNumber;
use app::promises::{HAND_OVER, OUTBOX_PAUSES};
use app::time::Moment;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::gate::send_own;
use crate::centre::Centre;
use crate::export::registers::Noted;
use crate::storage::{Tx, sql};
use crate::vault::{Category, Place, SealingKey, VaultError};
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// A message to be sent by SMS.
pub struct Outgoing {
    /// Made from what it is about, so that writing it again changes nothing.
    pub id: Uuid,
    /// Whose key seals it, under [`Category::Outbox`].
    pub owner: Uuid,
    /// To whom.
    pub phone: PhoneNumber,
    /// What it says.
    pub text: String,
    /// Not before this.
    pub not_before: Moment,
}

#[derive(Serialize, Deserialize)]
struct Content {
    phone: String,
    text: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    to_another: bool,
}

const fn place(row: &str) -> Place<'_> {
    Place { table: "outgoing_message", column: "content", row }
}

/// Writes a message to be sent; one of that id that is there already stays as it is.
///
/// # Errors
/// Storage.
pub async fn put(tx: &mut Tx, key: &SealingKey, outgoing: &Outgoing) -> Result<(), Fault> {
    write(tx, key, outgoing, false).await
}

/// The same to a phone that is not the owner's (a guardian's): it stays what it is when the owner's changes.
///
/// # Errors
/// Storage.
pub async fn put_to_another(tx: &mut Tx, key: &SealingKey, outgoing: &Outgoing) -> Result<(), Fault> {
    write(tx, key, outgoing, true).await
}

async fn write(tx: &mut Tx, key: &SealingKey, outgoing: &Outgoing, to_another: bool) -> Result<(), Fault> {
    let Outgoing { id, owner, phone, text, not_before } = outgoing;
    let id = id.to_string();
    let content = Content { phone: phone.reveal().to_owned(), text: text.clone(), to_another };
    sql("INSERT INTO outgoing_message (id, owner, content, attempts, next_at) VALUES ($1, $2, $3, 0, $4) \
         ON CONFLICT (id) DO NOTHING")
    .bind(&id)
    .bind(*owner)
    .bind(key.seal(place(&id), &serde_json::to_vec(&content)?))
    .bind(not_before.0)
    .execute(tx)
    .await?;
    Ok(())
}

/// What waits to be sent to a person goes to another phone: the one from before may be somebody else's by now.
///
/// # Errors
/// Storage or vault.
pub async fn readdress(tx: &mut Tx, centre: &Centre, person: Uuid, phone: &PhoneNumber) -> Result<(), Fault> {
    let waiting = sql("SELECT id, content FROM outgoing_message WHERE owner = $1 AND ended_at IS NULL")
        .bind(person)
        .fetch_all::<(String, Vec<u8>)>(&mut *tx)
        .await?;
    if waiting.is_empty() {
        return Ok(());
    }
    let ring = centre.vault.ring(person).await?;
    let key = centre.vault.key_for(person, Category::Outbox, centre.now()).await?;
    for (id, sealed) in waiting {
        let content: Content = serde_json::from_slice(&ring.open(place(&id), &sealed).await?)?;
        if content.to_another {
            continue;
        }
        let content = Content { phone: phone.reveal().to_owned(), ..content };
        sql("UPDATE outgoing_message SET content = $2 WHERE id = $1 AND ended_at IS NULL")
            .bind(&id)
            .bind(key.seal(place(&id), &serde_json::to_vec(&content)?))
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

/// Calls off what has not gone yet: what it tells of is not going to happen.
///
/// # Errors
/// Storage.
pub async fn call_off(tx: &mut Tx, id: Uuid, now: Moment) -> Result<(), Fault> {
    end_in(tx, &id.to_string(), "called_off", now).await
}

async fn end_in(tx: &mut Tx, id: &str, outcome: &str, now: Moment) -> Result<(), Fault> {
    sql("UPDATE outgoing_message SET ended_at = $2, outcome = $3, content = NULL WHERE id = $1 AND ended_at IS NULL")
        .bind(id)
        .bind(now.0)
        .bind(outcome)
        .execute(tx)
        .await?;
    Ok(())
}

/// Sends everything that is due.
///
/// # Errors
/// Storage or vault; the next run goes on.
pub async fn run(centre: &Centre) -> Result<(), Fault> {
    while let Some(taken) = take_next(centre).await? {
        send(centre, taken).await?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Taken {
    id: String,
    owner: String,
    content: Vec<u8>,
    attempts: i64,
}

/// The next one that is due, with a lease: if its sender dies, another takes it when the lease is over.
async fn take_next(centre: &Centre) -> Result<Option<Taken>, Fault> {
    let now = centre.now();
    let mut tx = centre.data.begin().await?;
    tx.lock("outbox").await?;
    let taken = sql("UPDATE outgoing_message SET attempts = attempts + 1, next_at = $2 WHERE id = \
         (SELECT id FROM outgoing_message WHERE ended_at IS NULL AND (next_at <= $1 OR (attempts > 0 AND next_at > $3)) \
         ORDER BY next_at, id LIMIT 1) \
         RETURNING id, owner, content, attempts")
    .bind(now.0)
    .bind(now.plus(3 * HAND_OVER).0)
    .bind(now.latest_end(OUTBOX_PAUSES[OUTBOX_PAUSES.len() - 1]).0)
    .fetch_optional::<Taken>(&mut tx)
    .await?;
    tx.commit().await?;
    Ok(taken)
}

async fn send(centre: &Centre, taken: Taken) -> Result<(), Fault> {
    let Taken { id, owner, content, attempts } = taken;
    let ring = centre.vault.ring(Uuid::parse_str(&owner)?).await?;
    let opened = match ring.open(place(&id), &content).await {
        // Its owner was erased meanwhile: there is nobody to tell.
        Err(VaultError::Erased) => None,
        opened => Some(opened?),
    };
    let Some(opened) = opened else { return end(centre, &id, "called_off").await };
    let Content { phone, text, .. } = serde_json::from_slice(&opened)?;
    let phone: PhoneNumber = phone.parse().map_err(|_| Unreadable)?;
    if send_own(centre, Uuid::parse_str(&id)?, phone, text).await? {
        return end(centre, &id, "sent").await;
    }
    let pause = usize::try_from(attempts).ok().and_then(|tried| OUTBOX_PAUSES.get(tried.saturating_sub(1)));
    match pause {
        Some(pause) => put_off(centre, &id, centre.now().plus(*pause)).await,
        None => {
            tracing::error!(message = id, "a message of the centre's own was given up: no gateway took it");
            end(centre, &id, "given_up").await
        }
    }
}

/// A stored message names no phone.
#[derive(Debug, thiserror::Error)]
#[error("a stored message names no phone")]
struct Unreadable;

async fn end(centre: &Centre, id: &str, outcome: &str) -> Result<(), Fault> {
    let mut tx = centre.data.begin().await?;
    end_in(&mut tx, id, outcome, centre.now()).await?;
    tx.commit().await?;
    Ok(())
}

async fn put_off(centre: &Centre, id: &str, next: Moment) -> Result<(), Fault> {
    let mut tx = centre.data.begin().await?;
    sql("UPDATE outgoing_message SET next_at = $2 WHERE id = $1 AND ended_at IS NULL")
        .bind(id)
        .bind(next.0)
        .execute(&mut tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// The person's messages, with what they say for as long as they are still to go.
///
/// # Errors
/// Storage or vault.
pub(super) async fn entries(centre: &Centre, caller: &Caller) -> Result<Vec<Noted>, Fault> {
    let rows = sql("SELECT id, content, next_at, ended_at, outcome FROM outgoing_message WHERE owner = $1")
        .bind(caller.person)
        .fetch_all::<(String, Option<Vec<u8>>, i64, Option<i64>, Option<String>)>(&centre.data)
        .await?;
    let mut entries = Vec::with_capacity(rows.len());
    for (id, sealed, next_at, ended_at, outcome) in rows {
        let content: Option<Content> = match sealed {
            Some(sealed) => Some(serde_json::from_slice(&caller.ring.open(place(&id), &sealed).await?)?),
            None => None,
        };
        let state = match outcome.as_deref() {
            None => "待发",
            Some("sent") => "已发",
            Some("called_off") => "不再需要，没有发",
            Some(_) => "没能送到",
        };
        let (phone, text) = content.map_or((None, None), |Content { phone, text, .. }| (Some(phone), Some(text)));
        let details = [("状态", Some(state.to_owned())), ("手机号", phone), ("内容", text)];
        entries.push(Noted::of(Moment(ended_at.unwrap_or(next_at)), "短信", details));
    }
    Ok(entries)
}
