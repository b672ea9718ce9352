//! SQL of 权利申请, as the person sees it.

use app::mask::Mask;
use app::promises::ANSWER_WORKING_DAYS;
use app::requests::model::{Answer, Ground, Kind, Request, Status, Topic, Wish};
use app::requests::number::Number;
use app::requests::rules;
use app::time::Moment;
use uuid::Uuid;

use super::numbers;
use crate::catalogue::Catalogue;
use crate::centre::Centre;
use crate::ledger::{self, Event};
use crate::records::erase;
use crate::relatives::proofs;
use crate::storage::{Tx, sql};
use crate::vault::{Category, KeyRing, Place};
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// The database holds a request that this program does not know.
#[derive(Debug, thiserror::Error)]
#[error("a request has an unknown {0}")]
pub(super) struct Unknown(pub(super) &'static str);

pub(crate) const fn place<'r>(column: &'static str, row: &'r str) -> Place<'r> {
    Place { table: "request", column, row }
}

/// A request to be made.
#[derive(Clone, Debug)]
pub struct NewRequest {
    /// What is asked.
    pub kind: Kind,
    /// What about: `field:…`, `record:…`, `purpose:…`, `disclosure:…`, `erase:…`, `export:…`, `topic:…`, `relative:`, or
    /// empty.
    pub about: String,
    /// What the person wrote.
    pub wish: Wish,
    /// Where it begins: what is done at once begins as fulfilled.
    pub status: Status,
}

/// Writes a request and its event. The key is there before the row.
///
/// # Errors
/// Storage or vault.
pub async fn make(tx: &mut Tx, centre: &Centre, caller: &Caller, new: &NewRequest, now: Moment) -> Result<Uuid, Fault> {
    let key = centre.vault.key_for(caller.person, Category::Requests, now).await?;
    let id = numbers::draw(tx, now).await?;
    let row = id.to_string();
    let due = centre.catalogue.working_days().after(now, ANSWER_WORKING_DAYS);
    sql("INSERT INTO request (id, person_id, kind, about, status, wish, made_at, due_at, ended_at, begun_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)")
    .bind(&row)
    .bind(caller.person)
    .bind(new.kind.id())
    .bind(&new.about)
    .bind(new.status.id())
    .bind(key.seal(place("wish", &row), &serde_json::to_vec(&new.wish)?))
    .bind(now.0)
    .bind(due.0)
    .bind(new.status.has_ended().then_some(now.0))
    .bind((new.status == Status::InProgress).then_some(now.0))
    .execute(&mut *tx)
    .await?;
    record(tx, caller, &row, new.kind, new.status, now).await?;
    Ok(id)
}

/// The event of a state.
///
/// # Errors
/// Storage.
pub(crate) async fn record(
    tx: &mut Tx,
    caller: &Caller,
    id: &str,
    kind: Kind,
    status: Status,
    now: Moment,
) -> Result<(), Fault> {
    let event = Event::Request { id: id.to_owned(), request: kind, status, ground: None };
    ledger::append(tx, &caller.pseudonym, now, &event).await?;
    Ok(())
}

/// What came of a request. The words may be empty where the outcome speaks for itself.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Done, in these words.
    Fulfilled(String),
    /// Refused on a ground, in these words.
    Denied(Ground, String),
}

/// Ends a request with its answer and its event; false when it has ended already.
///
/// # Errors
/// Storage or vault.
pub async fn settle(
    tx: &mut Tx,
    centre: &Centre,
    caller: &Caller,
    id: &str,
    verdict: &Verdict,
    now: Moment,
) -> Result<bool, Fault> {
    settle_by(tx, centre, caller, (id, verdict, None), now).await
}

/// The same, with the human who answered, where it matters who did.
///
/// # Errors
/// Storage or vault.
pub(crate) async fn settle_by(
    tx: &mut Tx,
    centre: &Centre,
    caller: &Caller,
    (id, verdict, reviewer): (&str, &Verdict, Option<&str>),
    now: Moment,
) -> Result<bool, Fault> {
    let (status, ground, words) = match verdict {
        Verdict::Fulfilled(words) => (Status::Fulfilled, None, words.trim()),
        Verdict::Denied(ground, words) => (Status::Denied, Some(*ground), words.trim()),
    };
    let key = centre.vault.key_for(caller.person, Category::Requests, now).await?;
    let answer = (!words.is_empty()).then(|| key.seal(place("answer", id), words.as_bytes()));
    let reviewer = reviewer.map(|name| key.seal(place("reviewer", id), name.as_bytes()));
    let row = sql("UPDATE request SET status = $2, ended_at = $3, answer = $4, ground = $5, reviewer = $6 \
         WHERE id = $1 AND ended_at IS NULL RETURNING kind")
    .bind(id)
    .bind(status.id())
    .bind(now.0)
    .bind(answer)
    .bind(ground.map(Ground::id))
    .bind(reviewer)
    .fetch_optional::<(String,)>(&mut *tx)
    .await?;
    let Some((kind,)) = row else { return Ok(false) };
    let request = kind.parse().map_err(|_| Unknown("kind"))?;
    let event = Event::Request { id: id.to_owned(), request, status, ground };
    ledger::append(tx, &caller.pseudonym, now, &event).await?;
    Ok(true)
}

/// The person has as many open requests as they may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany;

/// Makes a request that somebody will answer.
///
/// # Errors
/// Storage or vault, or that there are too many open ones.
pub async fn file(
    centre: &Centre,
    caller: &Caller,
    new: &NewRequest,
    now: Moment,
) -> Result<Result<Uuid, TooMany>, Fault> {
    let mut tx = centre.data.begin().await?;
    let filed = file_in(&mut tx, centre, caller, new, now).await?;
    if filed.is_ok() {
        tx.commit().await?;
    }
    Ok(filed)
}

/// The name that a change to a person's requests holds.
pub(crate) fn lock_name(person: Uuid) -> String {
    format!("requests:{person}")
}

/// The same as part of a larger change.
///
/// # Errors
/// Storage or vault, or that there are too many open ones.
pub(crate) async fn file_in(
    tx: &mut Tx,
    centre: &Centre,
    caller: &Caller,
    new: &NewRequest,
    now: Moment,
) -> Result<Result<Uuid, TooMany>, Fault> {
    tx.lock(&lock_name(caller.person)).await?;
    let (open,) = sql("SELECT COUNT(*) FROM request WHERE person_id = $1 AND ended_at IS NULL")
        .bind(caller.person)
        .fetch_one::<(i64,)>(&mut *tx)
        .await?;
    if !rules::may_make(usize::try_from(open)?) {
        return Ok(Err(TooMany));
    }
    Ok(Ok(make(tx, centre, caller, new, now).await?))
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    kind: String,
    about: String,
    status: String,
    wish: Vec<u8>,
    made_at: i64,
    due_at: i64,
    ended_at: Option<i64>,
    answer: Option<Vec<u8>>,
    ground: Option<String>,
    reviewer: Option<Vec<u8>>,
    begun_at: Option<i64>,
    expires_at: Option<i64>,
    asked: Option<Vec<u8>>,
}

impl Row {
    async fn open(self, catalogue: &Catalogue, ring: &KeyRing) -> Result<Request, Fault> {
        let wish = ring.open(place("wish", &self.id), &self.wish).await?;
        let text = match &self.answer {
            Some(sealed) => Some(ring.open_text(place("answer", &self.id), sealed).await?.to_string()),
            None => None,
        };
        let reviewer = match &self.reviewer {
            Some(sealed) => Some(ring.open_text(place("reviewer", &self.id), sealed).await?.to_string()),
            None => None,
        };
        let asked = match &self.asked {
            Some(sealed) => Some(ring.open_text(place("asked", &self.id), sealed).await?.to_string()),
            None => None,
        };
        let ground = self.ground.as_deref().map(str::parse).transpose().map_err(|_| Unknown("ground"))?;
        let answer = text.or(ground.map(|_| String::new())).zip(self.ended_at);
        Ok(Request {
            number: number(&self.id, Moment(self.made_at)),
            kind: self.kind.parse().map_err(|_| Unknown("kind"))?,
            about: about_words(catalogue, &self.about),
            status: self.status.parse().map_err(|_| Unknown("status"))?,
            wish: serde_json::from_slice(&wish)?,
            mask: mask(catalogue, &self.kind, &self.about),
            is_masked: false,
            made_at: Moment(self.made_at),
            due_at: Moment(self.due_at),
            begun_at: self.begun_at.map(Moment),
            needs_until: self.expires_at.map(Moment),
            asked,
            ended_at: self.ended_at.map(Moment),
            answer: answer.map(|(text, at)| Answer { at: Moment(at), text, ground, reviewer }),
            id: self.id,
        })
    }
}

/// What a person quotes when asking about a request.
#[must_use]
pub fn number(id: &str, made_at: Moment) -> String {
    Number::of(id, made_at).to_string()
}

/// How what a person says would be right is masked: as the kind of data that it is of; one that the catalogue has no more, whole.
fn mask(catalogue: &Catalogue, kind: &str, about: &str) -> Mask {
    if kind != Kind::Correction.id() {
        return Mask::None;
    }
    let (what, id) = about.split_once(':').unwrap_or((about, ""));
    let field = if what == "record" { id.split_once(':').map_or(id, |(field, _)| field) } else { id };
    catalogue.data().field(field).map_or(Mask::All, |field| field.mask)
}

/// What a request is about, in the person's words.
#[must_use]
pub fn about_words(catalogue: &Catalogue, about: &str) -> String {
    let data = catalogue.data();
    let (what, id) = about.split_once(':').unwrap_or((about, ""));
    let field = |id: &str| data.field(id).map(|f| f.name.clone());
    let words = match what {
        "field" => field(id),
        // The record may be gone; its kind is told with it.
        "record" => id.split_once(':').and_then(|(kind, _)| field(kind)).map(|name| format!("一条{name}")),
        "purpose" => id.parse().ok().map(|purpose| catalogue.words(purpose).label.clone()),
        "disclosure" => Some("一次共享".to_owned()),
        "erase" => match id.split_once(':') {
            Some(("kind", kind)) => field(kind),
            Some(("function", id)) => data.functions().iter().find(|f| f.id == id).map(|f| f.name.clone()),
            _ if id == "tags" => Some("全部标签和画像".to_owned()),
            _ => Some("全部可选信息".to_owned()),
        },
        "export" => Some("个人信息副本".to_owned()),
        "cancellation" => Some("用最近的订单核实身份".to_owned()),
        "topic" => id.parse().ok().map(|topic: Topic| topic.words().to_owned()),
        "relative" => Some("逝者的个人信息".to_owned()),
        _ => None,
    };
    words.unwrap_or_else(|| "一点生活-live 如何处理个人信息".to_owned())
}

const ALL: &str = "SELECT id, kind, about, status, wish, made_at, due_at, ended_at, answer, ground, reviewer, \
     begun_at, expires_at, asked FROM request WHERE person_id = $1 ORDER BY made_at DESC, id DESC";
const ONE: &str = "SELECT id, kind, about, status, wish, made_at, due_at, ended_at, answer, ground, reviewer, \
     begun_at, expires_at, asked FROM request WHERE person_id = $1 AND id = $2";

/// A person's requests, newest first.
///
/// # Errors
/// Storage or vault.
pub async fn requests(centre: &Centre, caller: &Caller) -> Result<Vec<Request>, Fault> {
    let rows = sql(ALL).bind(caller.person).fetch_all::<Row>(&centre.data).await?;
    let mut requests = Vec::with_capacity(rows.len());
    for row in rows {
        requests.push(row.open(&centre.catalogue, &caller.ring).await?);
    }
    Ok(requests)
}

/// How many of a person's requests are still to be answered.
///
/// # Errors
/// Storage.
pub async fn count_open(centre: &Centre, person: Uuid) -> Result<usize, Fault> {
    let (open,) = sql("SELECT COUNT(*) FROM request WHERE person_id = $1 AND ended_at IS NULL")
        .bind(person)
        .fetch_one::<(i64,)>(&centre.data)
        .await?;
    Ok(usize::try_from(open)?)
}

/// One of a person's own requests; nobody else's is ever found.
///
/// # Errors
/// Storage or vault.
pub async fn request(centre: &Centre, caller: &Caller, id: Uuid) -> Result<Option<Request>, Fault> {
    let row = sql(ONE).bind(caller.person).bind(id).fetch_optional::<Row>(&centre.data).await?;
    match row {
        Some(row) => Ok(Some(row.open(&centre.catalogue, &caller.ring).await?)),
        None => Ok(None),
    }
}

/// The person takes an open request back; false when there is none of that id that may be taken back.
///
/// # Errors
/// Storage or vault.
pub async fn revoke(centre: &Centre, caller: &Caller, id: Uuid, now: Moment) -> Result<bool, Fault> {
    let Some(request) = request(centre, caller, id).await? else { return Ok(false) };
    if !rules::may_revoke(request.kind, request.status) {
        return Ok(false);
    }
    let mut tx = centre.data.begin().await?;
    let revoked = revoke_in(&mut tx, caller, &request.id, now).await?;
    if request.kind == Kind::Relative {
        proofs::erase_in(&mut tx, centre, caller, &request.id, now).await?;
    }
    tx.commit().await?;
    erase::finish_or_later(centre).await;
    Ok(revoked)
}

/// The same as part of a larger change; false when it has ended already.
///
/// # Errors
/// Storage.
pub async fn revoke_in(tx: &mut Tx, caller: &Caller, id: &str, now: Moment) -> Result<bool, Fault> {
    let row = sql("UPDATE request SET status = $3, ended_at = $4 \
         WHERE id = $1 AND person_id = $2 AND ended_at IS NULL RETURNING kind")
    .bind(id)
    .bind(caller.person)
    .bind(Status::Revoked.id())
    .bind(now.0)
    .fetch_optional::<(String,)>(&mut *tx)
    .await?;
    let Some((kind,)) = row else { return Ok(false) };
    record(tx, caller, id, kind.parse().map_err(|_| Unknown("kind"))?, Status::Revoked, now).await?;
    Ok(true)
}
