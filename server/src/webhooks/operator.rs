//! The operator's list: what a human must look after. It names nobody; whom a notice is about is shown one at a time, and that
//! leaves an event.

use app::sharing::told::{Notice as Kind, Progress};
use app::time::Moment;
use serde_json::Value;
use uuid::Uuid;

use super::send::record;
use super::store::{Unknown, name, names_nobody, place, words};
use crate::centre::Centre;
use crate::storage::{Tx, sql};
use crate::vault::VaultError;
use crate::web::fault::Fault;

/// Why a notice stands in the list, the most pressing first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// The recipient took it at no try.
    Dead,
    /// The recipient has not said in time that it is done.
    Overdue,
    /// There is no webhook: somebody tells the recipient.
    ByHand,
    /// It is being tried.
    Waiting,
    /// The recipient has it, and is in time.
    Sent,
}

impl Need {
    /// For the list.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Dead => "没有送达",
            Self::Overdue => "超过期限",
            Self::ByHand => "待人工通知",
            Self::Waiting => "发送中",
            Self::Sent => "等待完成",
        }
    }
}

/// One that is not over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// The webhook-id.
    pub id: String,
    /// The recipient's name.
    pub recipient: String,
    /// What it is told, and about what.
    pub what: String,
    /// Why it stands here.
    pub need: Need,
    /// How often it was tried.
    pub attempts: i64,
    /// Why the last try failed.
    pub failure: Option<String>,
    /// By when the recipient is to have done it.
    pub due_at: Moment,
}

impl std::fmt::Display for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { id, recipient, what, need, attempts, failure, due_at } = self;
        write!(f, "{id}  {}  {recipient}：{what}  最晚 {}", need.words(), due_at.date())?;
        if *attempts > 0 {
            write!(f, "  已试 {attempts} 次")?;
        }
        failure.as_ref().map_or(Ok(()), |failure| write!(f, "  {failure}"))
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    recipient: String,
    notice: String,
    about: String,
    state: String,
    attempts: i64,
    failure: Option<String>,
    due_at: i64,
}

/// All that is not over, the most pressing first.
///
/// # Errors
/// Storage.
pub async fn list(centre: &Centre, now: Moment) -> Result<Vec<Open>, Fault> {
    let rows = sql("SELECT id, recipient, notice, about, state, attempts, failure, due_at FROM delivery \
         WHERE state NOT IN ('completed', 'retained') AND state <> 'done_by_hand' ORDER BY due_at, id")
    .fetch_all::<Row>(&centre.data)
    .await?;
    let mut open = rows.into_iter().map(|row| row.read(centre, now)).collect::<Result<Vec<_>, _>>()?;
    open.sort_by_key(|open| open.need);
    Ok(open)
}

impl Row {
    fn read(self, centre: &Centre, now: Moment) -> Result<Open, Fault> {
        let progress = Progress::of(&self.state).ok_or(Unknown("state"))?;
        let kind = Kind::of(&self.notice).ok_or(Unknown("notice"))?;
        let need = match progress {
            Progress::Dead => Need::Dead,
            _ if self.due_at < now.0 => Need::Overdue,
            Progress::Waiting if centre.endpoints.webhook(&self.recipient).is_none() => Need::ByHand,
            Progress::Waiting => Need::Waiting,
            _ => Need::Sent,
        };
        let about = words(centre, &self.about);
        let what = if about.is_empty() { kind.words().to_owned() } else { format!("{}（{about}）", kind.words()) };
        Ok(Open {
            recipient: name(centre, &self.recipient),
            id: self.id,
            what,
            need,
            attempts: self.attempts,
            failure: self.failure,
            due_at: Moment(self.due_at),
        })
    }
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NotDone {
    /// There is none of that id that is not over.
    #[error("no notice {0} waits for anything")]
    None(String),
    /// What is to be told is gone: the recipient has it.
    #[error("{0} was taken by its recipient, so what it says is not kept any more")]
    Taken(String),
    /// What is to be told can't be read any more.
    #[error("what {0} says was erased, so nobody can be told it any more")]
    Gone(String),
    /// The recipient would not know who is meant.
    #[error(
        "{0} names nobody whom its recipient could know: find out who is meant (--show), tell it by hand, then --done"
    )]
    NamesNobody(String),
    /// The recipient is told by hand.
    #[error("{0} goes to a recipient without a webhook: tell it by hand (--show), then --done")]
    NoWebhook(String),
}

/// One that is not over.
#[derive(sqlx::FromRow)]
struct Held {
    owner: String,
    recipient: String,
    notice: String,
    state: String,
    body: Option<Vec<u8>>,
}

impl Held {
    async fn of(tx: &mut Tx, id: &str) -> Result<Option<Self>, Fault> {
        tx.lock(&format!("delivery:{id}")).await?;
        let row = sql("SELECT owner, recipient, notice, state, body FROM delivery WHERE id = $1 \
             AND state NOT IN ('completed', 'retained') AND state <> 'done_by_hand'");
        Ok(row.bind(id).fetch_optional(tx).await?)
    }

    fn kind(&self) -> Result<Kind, Unknown> {
        Kind::of(&self.notice).ok_or(Unknown("notice"))
    }

    /// What it tells, or why that can't be read.
    async fn data(&self, centre: &Centre, id: &str) -> Result<Result<Value, NotDone>, Fault> {
        let has_it = !matches!(Progress::of(&self.state), Some(Progress::Waiting | Progress::Dead));
        let Some(body) = &self.body else {
            return Ok(Err(if has_it { NotDone::Taken(id.to_owned()) } else { NotDone::Gone(id.to_owned()) }));
        };
        match centre.vault.ring(Uuid::parse_str(&self.owner)?).await?.open(place(id), body).await {
            Err(VaultError::Erased) => Ok(Err(NotDone::Gone(id.to_owned()))),
            opened => Ok(Ok(serde_json::from_slice(&opened?)?)),
        }
    }
}

/// Begins anew with the tries, now.
///
/// # Errors
/// Storage, or why there is nothing to try.
pub async fn retry(centre: &Centre, id: &str, now: Moment) -> Result<Result<(), NotDone>, Fault> {
    let mut tx = centre.data.begin().await?;
    let Some(held) = Held::of(&mut tx, id).await? else { return Ok(Err(NotDone::None(id.to_owned()))) };
    if centre.endpoints.webhook(&held.recipient).is_none() {
        return Ok(Err(NotDone::NoWebhook(id.to_owned())));
    }
    match held.data(centre, id).await? {
        Err(why) => return Ok(Err(why)),
        Ok(data) if names_nobody(held.kind()?, &data) => return Ok(Err(NotDone::NamesNobody(id.to_owned()))),
        Ok(_) => {}
    }
    sql("UPDATE delivery SET state = 'waiting', attempts = 0, next_at = $2 WHERE id = $1")
        .bind(id)
        .bind(now.0)
        .execute(&mut tx)
        .await?;
    record(&mut tx, (id, &held.recipient), "retried", now).await?;
    tx.commit().await?;
    Ok(Ok(()))
}

/// The recipient was told by hand, and has said that it is done. Nobody can have told what can't be read.
///
/// # Errors
/// Storage, or why there is nothing to mark.
pub async fn done(centre: &Centre, id: &str, now: Moment) -> Result<Result<(), NotDone>, Fault> {
    let mut tx = centre.data.begin().await?;
    let Some(held) = Held::of(&mut tx, id).await? else { return Ok(Err(NotDone::None(id.to_owned()))) };
    if let Err(why @ NotDone::Gone(_)) = held.data(centre, id).await? {
        return Ok(Err(why));
    }
    sql("UPDATE delivery SET state = 'done_by_hand', body = NULL, failure = NULL, sent_at = COALESCE(sent_at, $2), \
         completed_at = $2 WHERE id = $1")
    .bind(id)
    .bind(now.0)
    .execute(&mut tx)
    .await?;
    record(&mut tx, (id, &held.recipient), "done_by_hand", now).await?;
    tx.commit().await?;
    Ok(Ok(()))
}

/// What the recipient is to be told, whole: it names the person. That it was looked at leaves an event.
///
/// # Errors
/// Storage or vault, or why there is nothing to show.
pub async fn show(centre: &Centre, id: &str, now: Moment) -> Result<Result<Value, NotDone>, Fault> {
    let mut tx = centre.data.begin().await?;
    let Some(held) = Held::of(&mut tx, id).await? else { return Ok(Err(NotDone::None(id.to_owned()))) };
    let data = match held.data(centre, id).await? {
        Ok(data) => data,
        Err(why) => return Ok(Err(why)),
    };
    let kind = held.kind()?;
    record(&mut tx, (id, &held.recipient), "shown", now).await?;
    tx.commit().await?;
    Ok(Ok(serde_json::json!({ "recipient": name(centre, &held.recipient), "type": kind.webhook(), "data": data })))
}
