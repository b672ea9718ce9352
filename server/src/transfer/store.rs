//! SQL of 个人信息转移.

use app::export::model::{Scope, State as PackageState};
use app::export::rules as export_rules;
use app::pages::export::what;
use app::requests::model::{Kind, Status, Wish};
use app::time::Moment;
use app::transfer::model::{Receiver, State, Transfer};
use app::transfer::rules;
use uuid::Uuid;

use crate::centre::Centre;
use crate::export::registers::Noted;
use crate::export::store::{self as export, Purpose};
use crate::ledger::{self, Event};
use crate::records::erase;
use crate::requests::store::{self as requests, NewRequest};
use crate::storage::{Executor, Tx, sql};
use crate::vault::{Category, KeyRing, Place};
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// The database holds a transfer that this program does not know.
#[derive(Debug, thiserror::Error)]
#[error("a transfer has an unknown {0}")]
pub(super) struct Unknown(pub(super) &'static str);

pub(super) const fn place<'r>(column: &'static str, row: &'r str) -> Place<'r> {
    Place { table: "transfer", column, row }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    request_id: String,
    receiver: Vec<u8>,
    state: String,
    failure: Option<String>,
    attempt: i64,
    next_at: i64,
    sent_bytes: i64,
    asked_at: i64,
    ended_at: Option<i64>,
    scope: String,
    package: String,
    done: i64,
    total: i64,
    bytes: i64,
}

impl Row {
    async fn open(self, ring: &KeyRing, now: Moment) -> Result<Transfer, Fault> {
        let receiver = ring.open(place("receiver", &self.id), &self.receiver).await?;
        let state = self.state.parse().map_err(|_| Unknown("state"))?;
        let package: PackageState = self.package.parse().map_err(|_| Unknown("package"))?;
        let packed = if package.is_under_way() { export_rules::percent(self.done, self.total) } else { 100 };
        let was_tried = self.attempt > 0;
        let pauses = state == State::Waiting && was_tried && self.next_at > now.0;
        Ok(Transfer {
            receiver: serde_json::from_slice(&receiver)?,
            scope: serde_json::from_str(&self.scope)?,
            state,
            percent: rules::percent(packed, self.sent_bytes, self.bytes),
            was_tried,
            next_try: pauses.then_some(Moment(self.next_at)),
            failure: self.failure.as_deref().map(str::parse).transpose().map_err(|_| Unknown("failure"))?,
            asked_at: Moment(self.asked_at),
            ended_at: self.ended_at.map(Moment),
            request: self.request_id,
            id: self.id,
        })
    }
}

const ALL: &str = "SELECT t.id, t.request_id, t.receiver, t.state, t.failure, t.attempt, t.next_at, t.sent_bytes, \
     t.asked_at, t.ended_at, e.scope, e.state AS package, e.done, e.total, e.bytes \
     FROM transfer t JOIN export e ON e.id = t.export_id \
     WHERE t.person_id = $1 ORDER BY t.asked_at DESC, t.id DESC LIMIT 20";
const EVERY: &str = "SELECT t.id, t.request_id, t.receiver, t.state, t.failure, t.attempt, t.next_at, t.sent_bytes, \
     t.asked_at, t.ended_at, e.scope, e.state AS package, e.done, e.total, e.bytes \
     FROM transfer t JOIN export e ON e.id = t.export_id WHERE t.person_id = $1";
const ONE: &str = "SELECT t.id, t.request_id, t.receiver, t.state, t.failure, t.attempt, t.next_at, t.sent_bytes, \
     t.asked_at, t.ended_at, e.scope, e.state AS package, e.done, e.total, e.bytes \
     FROM transfer t JOIN export e ON e.id = t.export_id WHERE t.person_id = $1 AND t.id = $2";

/// A person's transfers, newest first.
///
/// # Errors
/// Storage or vault.
pub async fn transfers(on: impl Into<Executor<'_>>, caller: &Caller, now: Moment) -> Result<Vec<Transfer>, Fault> {
    let rows = sql(ALL).bind(caller.person).fetch_all::<Row>(on).await?;
    let mut transfers = Vec::with_capacity(rows.len());
    for row in rows {
        transfers.push(row.open(&caller.ring, now).await?);
    }
    Ok(transfers)
}

/// All of them: what a copy tells of each. What the receiver knows the person by is no more than a password to it, and goes with
/// the end of the transfer.
///
/// # Errors
/// Storage or vault.
pub async fn entries(centre: &Centre, caller: &Caller) -> Result<Vec<Noted>, Fault> {
    let choices = centre.catalogue.data().functions();
    let mut entries = Vec::new();
    for row in sql(EVERY).bind(caller.person).fetch_all::<Row>(&centre.data).await? {
        let transfer = row.open(&caller.ring, centre.now()).await?;
        let details = [
            ("接收地址", Some(transfer.receiver.address)),
            ("内容", Some(what(&transfer.scope, choices))),
            ("状态", Some(transfer.state.words().to_owned())),
            ("没有送到的原因", transfer.failure.map(|failure| failure.words())),
            ("结束", transfer.ended_at.map(|at| at.date_time())),
        ];
        entries.push(Noted::of(transfer.asked_at, format!("转移到{}", transfer.receiver.name), details));
    }
    Ok(entries)
}

/// One of a person's own transfers; nobody else's is ever found.
///
/// # Errors
/// Storage or vault.
pub async fn transfer(centre: &Centre, caller: &Caller, id: Uuid, now: Moment) -> Result<Option<Transfer>, Fault> {
    match sql(ONE).bind(caller.person).bind(id).fetch_optional::<Row>(&centre.data).await? {
        Some(row) => Ok(Some(row.open(&caller.ring, now).await?)),
        None => Ok(None),
    }
}

/// A transfer to begin.
pub struct NewTransfer {
    /// Who receives.
    pub receiver: Receiver,
    /// What the receiver knows the person by.
    pub credential: Option<String>,
    /// What is sent, as far as the law lets it.
    pub scope: Scope,
}

/// Another is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnderWay;

/// Begins a transfer: jobs make its package and send it.
///
/// # Errors
/// Storage or vault, or that another is under way.
pub async fn begin(
    centre: &Centre,
    caller: &Caller,
    new: NewTransfer,
    now: Moment,
) -> Result<Result<(), UnderWay>, Fault> {
    let NewTransfer { receiver, credential, scope } = new;
    let scope = Scope { portable: true, ..scope };
    let key = centre.vault.key_for(caller.person, Category::Requests, now).await?;
    let mut tx = centre.data.begin().await?;
    tx.lock(&format!("transfers:{}", caller.person)).await?;
    if !rules::may_begin(&transfers(&mut tx, caller, now).await?) {
        return Ok(Err(UnderWay));
    }
    let id = Uuid::now_v7().to_string();
    let wish = Wish { value: format!("{}（{}）", receiver.name, receiver.address), text: String::new() };
    let about = format!("export:{id}");
    let request = NewRequest { kind: Kind::Transfer, about, wish, status: Status::InProgress };
    let request = requests::make(&mut tx, centre, caller, &request, now).await?;
    let package = export::begin(&mut tx, centre, caller, (Purpose::Transfer(request), &scope), now).await?;
    sql("INSERT INTO transfer (id, person_id, export_id, request_id, receiver, credential, state, attempt, next_at, \
         sent_bytes, asked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, $8)")
    .bind(&id)
    .bind(caller.person)
    .bind(package)
    .bind(request)
    .bind(key.seal(place("receiver", &id), &serde_json::to_vec(&receiver)?))
    .bind(credential.map(|credential| key.seal(place("credential", &id), credential.as_bytes())))
    .bind(State::Waiting.id())
    .bind(now.0)
    .execute(&mut tx)
    .await?;
    record(&mut tx, caller, &id, "asked", now).await?;
    tx.commit().await?;
    Ok(Ok(()))
}

pub(super) async fn record(tx: &mut Tx, caller: &Caller, id: &str, step: &str, now: Moment) -> Result<(), Fault> {
    let event = Event::Transfer { id: id.to_owned(), step: step.to_owned() };
    ledger::append(tx, &caller.pseudonym, now, &event).await?;
    Ok(())
}

/// Stops a transfer: its package ends, so that nothing more of it can leave. False when there is none of that id under way.
///
/// # Errors
/// Storage or vault.
pub async fn cancel(centre: &Centre, caller: &Caller, id: Uuid, now: Moment) -> Result<bool, Fault> {
    let mut tx = centre.data.begin().await?;
    let cancelled = sql("UPDATE transfer SET state = 'cancelled', ended_at = $3, credential = NULL \
         WHERE id = $1 AND person_id = $2 AND state IN ('waiting', 'sending') RETURNING export_id, request_id")
    .bind(id)
    .bind(caller.person)
    .bind(now.0)
    .fetch_optional::<(String, String)>(&mut tx)
    .await?;
    let Some((package, request)) = cancelled else { return Ok(false) };
    requests::revoke_in(&mut tx, caller, &request, now).await?;
    record(&mut tx, caller, &id.to_string(), "cancelled", now).await?;
    let keys = export::end_in(&mut tx, centre, caller, &package, now).await?;
    erase::intend(&mut tx, caller, &keys, now).await?;
    tx.commit().await?;
    erase::finish_or_later(centre).await;
    Ok(true)
}
