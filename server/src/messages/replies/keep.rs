//! SQL of replies: each waits once, however often it is delivered.

use app::consents::Purpose;
use app::messages::rules::waits_for_reply;
use app::messages::{Channel, Class};
use app::promises::{ANSWER_WORKING_DAYS, REPLY_CHARS, REPLY_KEPT};
use app::time::Moment;
use uuid::Uuid;

use crate::centre::Centre;
use crate::consents::store as consents;
use crate::ledger::{self, Event};
use crate::messages::gate;
use crate::replay::{self, AsStored, Entry};
use crate::storage::{Tx, sql};
use crate::vault::{Category, Place, VaultError};
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// Replies of one person that wait at once. More of them change nothing: marketing has stopped.
const WAITING_MAX: i64 = 20;

/// Where what one says is sealed.
pub(super) const fn place(row: &str) -> Place<'_> {
    Place { table: "sms_reply", column: "content", row }
}

/// By what a reply is known again: the provider's id for it, if it has one, and what it says.
pub(super) fn repeat_index(centre: &Centre, person: Uuid, (id, text): (Option<&str>, &str)) -> [u8; 32] {
    centre.vault.blind_index("sms_reply", &format!("{person}\n{}\n{text}", id.unwrap_or_default()))
}

/// Whether it waits already, or this many do that one more makes no difference.
async fn is_known(tx: &mut Tx, person: Uuid, repeat: [u8; 32]) -> Result<bool, Fault> {
    let same = sql("SELECT id FROM sms_reply WHERE repeat_index = $1").bind(repeat);
    if same.fetch_optional::<(String,)>(&mut *tx).await?.is_some() {
        return Ok(true);
    }
    let (waiting,) = sql("SELECT COUNT(*) FROM sms_reply WHERE person_id = $1 AND answered_at IS NULL")
        .bind(person)
        .fetch_one::<(i64,)>(tx)
        .await?;
    Ok(waiting >= WAITING_MAX)
}

/// Keeps a reply until a human has read it. When this returns, no marketing is being handed over to that number any more.
///
/// # Errors
/// Storage or vault; the provider sends it again.
pub async fn keep(centre: &Centre, caller: &Caller, reply: (Option<&str>, &str)) -> Result<(), Fault> {
    let (person, now) = (caller.person, centre.now());
    let text: String = reply.1.chars().take(REPLY_CHARS).collect();
    let repeat = repeat_index(centre, person, (reply.0, &text));
    // Most of what is delivered twice needs no key.
    if is_known(&mut centre.data.snapshot().await?, person, repeat).await? {
        return Ok(());
    }
    let id = Uuid::now_v7().to_string();
    let key = centre.vault.key_for(person, Category::Reply(&id), now).await?;
    let mut tx = centre.data.begin().await?;
    tx.lock(&consents::lock_name(person)).await?;
    if is_known(&mut tx, person, repeat).await? {
        drop(tx);
        let keys = centre.vault.retire(person, &[Category::Reply(&id)], now).await?;
        centre.vault.destroy(&keys, now).await?;
        return Ok(());
    }
    let sealed = key.seal(place(&id), text.as_bytes());
    let entry = Entry::ReplyWaits { id: id.clone(), text: AsStored::of(&sealed) };
    write(&mut tx, centre, caller, Row { id: &id, sealed, repeat, at: now }).await?;
    replay::note(&mut tx, centre, person, &entry, now).await?;
    tx.commit().await?;
    replay::flush_or_later(centre).await;
    gate::settle(centre, person, Purpose::MarketingSms).await
}

struct Row<'a> {
    id: &'a str,
    sealed: Vec<u8>,
    repeat: [u8; 32],
    at: Moment,
}

/// Writes the row and its event; one that is there, or that says the same and waits, stays as it is.
async fn write(tx: &mut Tx, centre: &Centre, caller: &Caller, row: Row<'_>) -> Result<(), Fault> {
    let Row { id, sealed, repeat, at } = row;
    let due = centre.catalogue.working_days().after(at, ANSWER_WORKING_DAYS);
    let written = sql("INSERT INTO sms_reply (id, person_id, content, repeat_index, received_at, due_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING")
    .bind(id)
    .bind(caller.person)
    .bind(sealed)
    .bind(repeat)
    .bind(at.0)
    .bind(due.0)
    .execute(&mut *tx)
    .await?;
    if written > 0 {
        let event = Event::SmsReply { id: id.to_owned(), step: "waits".to_owned() };
        ledger::append(tx, &caller.pseudonym, at, &event).await?;
    }
    Ok(())
}

/// A restored backup that does not know a reply: it waits again, unless somebody has read it since and its key is destroyed.
///
/// # Errors
/// Storage or vault.
pub async fn keep_again(
    tx: &mut Tx,
    centre: &Centre,
    caller: &Caller,
    (id, sealed): (&str, Vec<u8>),
    at: Moment,
) -> Result<(), Fault> {
    let ring = centre.vault.ring_for(caller.person, Category::Reply(id)).await?;
    let text = match ring.open_text(place(id), &sealed).await {
        Err(VaultError::Erased) => return Ok(()),
        opened => opened?,
    };
    // The provider's id for it is not known any more; by what it says it is known again.
    let repeat = repeat_index(centre, caller.person, (None, &text));
    write(tx, centre, caller, Row { id, sealed, repeat, at }).await
}

/// Whether a message has to wait because its person has replied what nobody has read yet. In the sender's transaction, which no
/// reply can overtake.
///
/// # Errors
/// Storage.
pub async fn holds_up(tx: &mut Tx, person: Uuid, (channel, class): (Channel, Class)) -> Result<bool, Fault> {
    if !waits_for_reply(channel, class) {
        return Ok(false);
    }
    let row = sql("SELECT id FROM sms_reply WHERE person_id = $1 AND answered_at IS NULL LIMIT 1").bind(person);
    Ok(row.fetch_optional::<(String,)>(tx).await?.is_some())
}

/// Forgets what was answered long ago.
///
/// # Errors
/// Storage.
pub async fn tidy(tx: &mut Tx, now: Moment) -> Result<(), Fault> {
    sql("DELETE FROM sms_reply WHERE answered_at < $1").bind(now.plus(-REPLY_KEPT).0).execute(tx).await?;
    Ok(())
}
