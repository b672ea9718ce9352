//! The officer's side: which replies wait, and what a human finds them to say.

use app::time::Moment;
use uuid::Uuid;

use super::keep::{place, repeat_index};
use crate::accounts::store::{ERASING, caller_of};
use crate::centre::Centre;
use crate::consents::store as consents;
use crate::ledger::{self, Event};
use crate::messages::inbound;
use crate::records::erase;
use crate::storage::sql;
use crate::vault::Category;
use crate::web::fault::Fault;

/// A reply that waits for a human.
#[derive(Debug)]
pub struct Waiting {
    /// What the officer names it by.
    pub number: String,
    /// What it says.
    pub text: String,
    /// When it came.
    pub received_at: Moment,
    /// The last moment by which somebody has read it.
    pub due_at: Moment,
    id: String,
    person: Uuid,
}

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: String,
    person_id: String,
    content: Vec<u8>,
    received_at: i64,
    due_at: i64,
}

/// Every reply that waits, the oldest first.
///
/// # Errors
/// Storage or vault.
pub async fn waiting(centre: &Centre) -> Result<Vec<Waiting>, Fault> {
    let rows = sql("SELECT id, person_id, content, received_at, due_at FROM sms_reply \
         WHERE answered_at IS NULL AND person_id IN (SELECT id FROM person WHERE state <> $1) ORDER BY received_at, id")
    // Those of who is being erased go with them; their keys may be gone.
    .bind(ERASING)
    .fetch_all::<Row>(&centre.data)
    .await?;
    open(centre, rows).await
}

pub(super) async fn open(centre: &Centre, rows: Vec<Row>) -> Result<Vec<Waiting>, Fault> {
    let mut waiting = Vec::with_capacity(rows.len());
    for Row { id, person_id, content, received_at, due_at } in rows {
        let person = Uuid::parse_str(&person_id)?;
        let ring = centre.vault.ring_for(person, Category::Reply(&id)).await?;
        waiting.push(Waiting {
            number: number(&id, Moment(received_at)),
            text: ring.open_text(place(&id), &content).await?.to_string(),
            received_at: Moment(received_at),
            due_at: Moment(due_at),
            id,
            person,
        });
    }
    Ok(waiting)
}

/// `HF20261123-0A1B2C3D`.
fn number(id: &str, received_at: Moment) -> String {
    let date = received_at.beijing_date();
    let end = id.get(id.len().saturating_sub(8)..).unwrap_or_default().to_uppercase();
    format!("HF{:04}{:02}{:02}-{end}", date.year(), date.month(), date.day())
}

/// What a human finds a reply to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// No more marketing.
    OptOut,
    /// Nothing that changes anything: marketing goes on if the person has agreed to it.
    Nothing,
}

impl Meaning {
    pub(super) const fn id(self) -> &'static str {
        match self {
            Self::OptOut => "opt_out",
            Self::Nothing => "nothing",
        }
    }
}

/// A reply can't be answered.
#[derive(Debug, thiserror::Error)]
pub enum NotAnswered {
    /// None that waits has that number.
    #[error("no reply that waits has the number {0}")]
    None(String),
    /// More than one has it.
    #[error("more than one reply has the number {0}: nothing was done")]
    Ambiguous(String),
}

/// Answers a reply: what it says is erased, and marketing stops for good or goes on.
///
/// # Errors
/// Storage or vault; or why it can't be answered.
pub async fn answer(
    centre: &Centre,
    number: &str,
    meaning: Meaning,
    now: Moment,
) -> Result<Result<(), NotAnswered>, Fault> {
    let mut named = waiting(centre).await?.into_iter().filter(|one| one.number == number);
    let Some(reply) = named.next() else { return Ok(Err(NotAnswered::None(number.to_owned()))) };
    if named.next().is_some() {
        return Ok(Err(NotAnswered::Ambiguous(number.to_owned())));
    }
    let caller = caller_of(centre, reply.person).await?;
    if meaning == Meaning::OptOut {
        // First: whatever dies in between, the reply still waits, and saying it again changes nothing.
        inbound::opt_out(centre, &caller, now).await?;
    }
    let keys = centre.vault.retire(reply.person, &[Category::Reply(&reply.id)], now).await?;
    let mut tx = centre.data.begin().await?;
    tx.lock(&consents::lock_name(reply.person)).await?;
    // What was made of the text goes with it; the provider's id for a reply is needed to know it again.
    let by_text = repeat_index(centre, reply.person, (None, &reply.text));
    sql("UPDATE sms_reply SET repeat_index = NULL WHERE id = $1 AND repeat_index = $2")
        .bind(&reply.id)
        .bind(by_text)
        .execute(&mut tx)
        .await?;
    let answered = sql("UPDATE sms_reply SET content = NULL, answered_at = $2, outcome = $3 \
         WHERE id = $1 AND answered_at IS NULL")
    .bind(&reply.id)
    .bind(now.0)
    .bind(meaning.id())
    .execute(&mut tx)
    .await?;
    if answered == 0 {
        return Ok(Err(NotAnswered::None(number.to_owned())));
    }
    erase::intend(&mut tx, &caller, &keys, now).await?;
    let event = Event::SmsReply { id: reply.id, step: meaning.id().to_owned() };
    ledger::append(&mut tx, &caller.pseudonym, now, &event).await?;
    tx.commit().await?;
    erase::finish_or_later(centre).await;
    Ok(Ok(()))
}

/// Tells the operator, at every run, how many replies should have been read by now.
///
/// # Errors
/// Storage; the next run goes on.
pub async fn tell_overdue(centre: &Centre, now: Moment) -> Result<i64, Fault> {
    let (late,) = sql("SELECT COUNT(*) FROM sms_reply WHERE answered_at IS NULL AND due_at < $1")
        .bind(now.0)
        .fetch_one::<(i64,)>(&centre.data)
        .await?;
    if late > 0 {
        tracing::error!(count = late, "OVERDUE: replies to SMS that nobody has read (requests shows them)");
    }
    Ok(late)
}
