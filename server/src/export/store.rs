//! SQL of 个人信息副本.

use app::export::model::{Copy, Scope, State};
use app::export::rules::{self, Refusal};
use app::pages::export::what;
use app::requests::model::{Kind, Status, Wish};
use app::time::Moment;
use uuid::Uuid;

use super::downloads::{Download, Package};
use super::form::to_keep;
use super::registers::Noted;
use crate::accounts::store::caller_of;
use crate::centre::Centre;
use crate::ledger::{self, Event};
use crate::records::erase;
use crate::requests::store::{self as requests, NewRequest};
use crate::storage::{Executor, Tx, sql};
use crate::vault::{Category, Place};
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// The database holds a copy in a state that this program does not know.
#[derive(Debug, thiserror::Error)]
#[error("a copy is in an unknown state")]
struct Unknown;

/// Where a piece of a package is sealed: its row is copy, attempt and position.
pub(super) const fn part_place(row: &str) -> Place<'_> {
    Place { table: "export_part", column: "sealed", row }
}

pub(super) fn part_row(export: &str, attempt: i64, position: i64) -> String {
    format!("{export}/{attempt}/{position}")
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    state: String,
    scope: String,
    done: i64,
    total: i64,
    bytes: i64,
    asked_at: i64,
    ends_at: Option<i64>,
}

impl Row {
    fn read(self) -> Result<Copy, Fault> {
        Ok(Copy {
            scope: serde_json::from_str(&self.scope)?,
            state: self.state.parse().map_err(|_| Unknown)?,
            percent: rules::percent(self.done, self.total),
            bytes: u64::try_from(self.bytes)?,
            asked_at: Moment(self.asked_at),
            ends_at: self.ends_at.map(Moment),
            id: self.id,
        })
    }
}

/// A person's copies, newest first; those that have ended long ago are left out.
///
/// # Errors
/// Storage.
pub async fn copies(on: impl Into<Executor<'_>>, person: Uuid) -> Result<Vec<Copy>, Fault> {
    let rows = sql("SELECT id, state, scope, done, total, bytes, asked_at, ends_at FROM export WHERE person_id = $1 \
         AND purpose = 'keep' ORDER BY asked_at DESC, id DESC LIMIT 10")
    .bind(person)
    .fetch_all::<Row>(on)
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// One of a person's own copies; nobody else's is ever found.
///
/// # Errors
/// Storage.
pub async fn copy(centre: &Centre, caller: &Caller, id: Uuid) -> Result<Option<Copy>, Fault> {
    let row = sql("SELECT id, state, scope, done, total, bytes, asked_at, ends_at FROM export \
         WHERE id = $1 AND person_id = $2 AND purpose = 'keep'")
    .bind(id)
    .bind(caller.person)
    .fetch_optional::<Row>(&centre.data)
    .await?;
    row.map(Row::read).transpose()
}

/// Asks for a copy: a job begins it within a second.
///
/// # Errors
/// Storage or vault, or why not.
pub async fn ask(centre: &Centre, caller: &Caller, scope: &Scope, now: Moment) -> Result<Result<Uuid, Refusal>, Fault> {
    let mut tx = centre.data.begin().await?;
    tx.lock(&format!("exports:{}", caller.person)).await?;
    if let Err(refusal) = rules::may_ask(&copies(&mut tx, caller.person).await?) {
        return Ok(Err(refusal));
    }
    let id = begin(&mut tx, centre, caller, (Purpose::Keep, scope), now).await?;
    tx.commit().await?;
    Ok(Ok(id))
}

/// What a package is made for.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// For its person. Once it is made, the request for it is fulfilled.
    Keep,
    /// To be given to somebody else, for this request: sent (转移), or taken by a close relative.
    Transfer(Uuid),
}

/// Begins a package.
///
/// # Errors
/// Storage or vault.
pub async fn begin(
    tx: &mut Tx,
    centre: &Centre,
    caller: &Caller,
    (purpose, scope): (Purpose, &Scope),
    now: Moment,
) -> Result<Uuid, Fault> {
    let id = Uuid::now_v7();
    let (purpose, request) = match purpose {
        Purpose::Transfer(request) => ("transfer", request),
        Purpose::Keep => {
            let about = format!("export:{id}");
            let new = NewRequest { kind: Kind::Access, about, wish: Wish::default(), status: Status::InProgress };
            ("keep", requests::make(tx, centre, caller, &new, now).await?)
        }
    };
    sql("INSERT INTO export \
         (id, person_id, request_id, purpose, state, scope, attempt, lease_until, done, total, bytes, asked_at) \
         VALUES ($1, $2, $3, $4, 'queued', $5, 0, 0, 0, 0, 0, $6)")
    .bind(id)
    .bind(caller.person)
    .bind(request)
    .bind(purpose)
    .bind(serde_json::to_string(scope)?)
    .bind(now.0)
    .execute(tx)
    .await?;
    record(tx, caller, &id.to_string(), "asked", now).await?;
    Ok(id)
}

/// The pieces of a package that was made for a request of somebody else's: whose data it is, which try made it, its size, and
/// until when it is there.
#[derive(sqlx::FromRow)]
pub struct Handed {
    /// Whose data.
    pub person_id: String,
    /// Where it stands.
    pub state: String,
    /// Which try made it.
    pub attempt: i64,
    /// Its size.
    pub bytes: i64,
    /// Until when.
    pub ends_at: Option<i64>,
}

/// A package that was made for this request; none when it has gone with the account.
///
/// # Errors
/// Storage.
pub async fn handed(on: impl Into<Executor<'_>>, id: &str, request: &str) -> Result<Option<Handed>, Fault> {
    let row = sql("SELECT person_id, state, attempt, bytes, ends_at FROM export \
         WHERE id = $1 AND request_id = $2 AND purpose = 'transfer'");
    Ok(row.bind(id).bind(request).fetch_optional::<Handed>(on).await?)
}

/// From now on a package ends at that moment at the latest.
///
/// # Errors
/// Storage.
pub async fn end_by(tx: &mut Tx, id: &str, until: Moment) -> Result<(), Fault> {
    sql("UPDATE export SET ends_at = $2 WHERE id = $1 AND ends_at > $2").bind(id).bind(until.0).execute(tx).await?;
    Ok(())
}

pub(crate) async fn record(tx: &mut Tx, caller: &Caller, id: &str, step: &str, now: Moment) -> Result<(), Fault> {
    let event = Event::Copy { id: id.to_owned(), step: step.to_owned() };
    ledger::append(tx, &caller.pseudonym, now, &event).await?;
    Ok(())
}

/// Ends a copy by hand: its key is destroyed, so that no other copy of it opens either. False when there is none of that id
/// that could be downloaded.
///
/// # Errors
/// Storage or vault.
pub async fn end(centre: &Centre, caller: &Caller, id: Uuid, now: Moment) -> Result<bool, Fault> {
    let mut tx = centre.data.begin().await?;
    let ready = sql("SELECT id FROM export WHERE id = $1 AND person_id = $2 AND purpose = 'keep' AND state = 'ready'")
        .bind(id)
        .bind(caller.person)
        .fetch_optional::<(String,)>(&mut tx)
        .await?;
    let Some((id,)) = ready else { return Ok(false) };
    let keys = end_in(&mut tx, centre, caller, &id, now).await?;
    erase::intend(&mut tx, caller, &keys, now).await?;
    tx.commit().await?;
    erase::finish_or_later(centre).await;
    Ok(true)
}

/// Ends a package, ready or under way, and takes its pieces away; the keys that remain to be destroyed, none when it has
/// ended already.
///
/// # Errors
/// Storage or vault.
pub async fn end_in(tx: &mut Tx, centre: &Centre, caller: &Caller, id: &str, now: Moment) -> Result<Vec<Uuid>, Fault> {
    let ended = sql("UPDATE export SET state = 'ended', ended_at = $3 \
         WHERE id = $1 AND person_id = $2 AND state IN ('queued', 'running', 'ready')")
    .bind(id)
    .bind(caller.person)
    .bind(now.0)
    .execute(tx)
    .await?;
    if ended == 0 {
        return Ok(Vec::new());
    }
    sql("DELETE FROM export_part WHERE export_id = $1").bind(id).execute(tx).await?;
    record(tx, caller, id, "ended", now).await?;
    Ok(centre.vault.retire(caller.person, &[Category::Export(id)], now).await?)
}

/// An erasure reaches into copies, too: ready ones end, and one that is being made begins anew. Returns the keys to destroy.
///
/// # Errors
/// Storage or vault.
pub async fn end_all(tx: &mut Tx, centre: &Centre, caller: &Caller, now: Moment) -> Result<Vec<Uuid>, Fault> {
    let anew = sql("UPDATE export SET state = 'queued', lease_until = 0, done = 0 \
         WHERE person_id = $1 AND state = 'running' RETURNING id")
    .bind(caller.person)
    .fetch_all::<(String,)>(&mut *tx)
    .await?;
    let mut keys = Vec::new();
    for (id,) in anew {
        // A backup may hold the pieces that were made so far: what is made anew gets a key of its own.
        sql("DELETE FROM export_part WHERE export_id = $1").bind(&id).execute(&mut *tx).await?;
        keys.extend(centre.vault.retire(caller.person, &[Category::Export(&id)], now).await?);
    }
    let ready = sql("SELECT id FROM export WHERE person_id = $1 AND state = 'ready'")
        .bind(caller.person)
        .fetch_all::<(String,)>(&mut *tx)
        .await?;
    for (id,) in ready {
        keys.extend(end_in(tx, centre, caller, &id, now).await?);
    }
    Ok(keys)
}

/// Ends every copy whose time is over.
///
/// # Errors
/// Storage or vault; the next run goes on.
pub async fn end_due(centre: &Centre, now: Moment) -> Result<(), Fault> {
    let due = sql("SELECT id, person_id FROM export WHERE purpose = 'keep' AND state = 'ready' AND ends_at <= $1")
        .bind(now.0)
        .fetch_all::<(String, String)>(&centre.data)
        .await?;
    for (id, person) in due {
        let caller = caller_of(centre, Uuid::parse_str(&person)?).await?;
        end(centre, &caller, Uuid::parse_str(&id)?, now).await?;
    }
    Ok(())
}

/// One of a person's own copies that can be downloaded now, and when it was asked for.
///
/// # Errors
/// Storage.
pub async fn package(
    centre: &Centre,
    caller: &Caller,
    id: Uuid,
    now: Moment,
) -> Result<Option<(Package, Moment)>, Fault> {
    let row = sql("SELECT id, attempt, bytes, asked_at FROM export WHERE id = $1 AND person_id = $2 \
         AND purpose = 'keep' AND state = 'ready' AND ends_at > $3")
    .bind(id)
    .bind(caller.person)
    .bind(now.0)
    .fetch_optional::<(String, i64, i64, i64)>(&centre.data)
    .await?;
    let Some((id, attempt, bytes, asked_at)) = row else { return Ok(None) };
    let package = Package { id, person: caller.person, attempt, bytes: u64::try_from(bytes)? };
    Ok(Some((package, Moment(asked_at))))
}

/// Writes down that a copy is being downloaded; false when it can't be (any more).
///
/// # Errors
/// Storage.
pub async fn begin_download(centre: &Centre, caller: &Caller, download: &Download, now: Moment) -> Result<bool, Fault> {
    let id = &download.package().id;
    let mut tx = centre.data.begin().await?;
    let there = sql("SELECT 1 FROM export WHERE id = $1 AND state = 'ready' AND ends_at > $2").bind(id).bind(now.0);
    if there.fetch_optional::<(i32,)>(&mut tx).await?.is_none() {
        return Ok(false);
    }
    if download.begin(&mut tx).await? {
        record(&mut tx, caller, id, "downloaded", now).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Which piece of a package holds that byte, and where it begins.
///
/// # Errors
/// Storage.
pub async fn part_at(centre: &Centre, id: &str, attempt: i64, byte: i64) -> Result<(i64, i64), Fault> {
    let row = sql("SELECT position, starts_at FROM export_part WHERE export_id = $1 AND attempt = $2 \
         AND starts_at <= $3 ORDER BY starts_at DESC, position DESC LIMIT 1")
    .bind(id)
    .bind(attempt)
    .bind(byte)
    .fetch_optional::<(i64, i64)>(&centre.data)
    .await?;
    Ok(row.unwrap_or_default())
}

/// A piece of a package, sealed; nothing after the last.
///
/// # Errors
/// Storage.
pub async fn part(centre: &Centre, id: &str, attempt: i64, position: i64) -> Result<Option<Vec<u8>>, Fault> {
    let row = sql("SELECT sealed FROM export_part WHERE export_id = $1 AND attempt = $2 AND position = $3")
        .bind(id)
        .bind(attempt)
        .bind(position)
        .fetch_optional::<(Vec<u8>,)>(&centre.data)
        .await?;
    Ok(row.map(|(sealed,)| sealed))
}

/// Every package that was made of a person's data: what a copy tells of them. Those that were sent tell of their receiver
/// themselves (`transfer::store::entries`).
///
/// # Errors
/// Storage.
pub async fn entries(centre: &Centre, caller: &Caller) -> Result<Vec<Noted>, Fault> {
    let rows = sql("SELECT purpose, state, scope, bytes, asked_at, ends_at, ended_at FROM export e \
         WHERE person_id = $1 AND NOT EXISTS (SELECT 1 FROM transfer WHERE export_id = e.id)")
    .bind(caller.person)
    .fetch_all::<(String, String, String, i64, i64, Option<i64>, Option<i64>)>(&centre.data)
    .await?;
    let choices = to_keep(centre);
    let mut entries = Vec::with_capacity(rows.len());
    for (purpose, state, scope, bytes, asked_at, ends_at, ended_at) in rows {
        let state: State = state.parse().map_err(|_| Unknown)?;
        let value = if purpose == "keep" { "个人信息副本" } else { "交给近亲属的信息" };
        let details = [
            ("内容", Some(what(&serde_json::from_str(&scope)?, &choices))),
            ("状态", Some(state.words().to_owned())),
            ("大小", (bytes > 0).then(|| format!("{bytes} 字节"))),
            ("可下载到", ends_at.map(|at| Moment(at).date_time())),
            ("结束", ended_at.map(|at| Moment(at).date_time())),
        ];
        entries.push(Noted::of(Moment(asked_at), value, details));
    }
    Ok(entries)
}
