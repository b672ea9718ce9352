//! SQL of deliveries.

use app::pages::told::state;
use app::promises::ANSWER_WORKING_DAYS;
use app::sharing::model::Role;
use app::sharing::told::{Notice as Kind, Progress, Reason, Told};
use app::time::Moment;
use serde_json::Value;
use uuid::Uuid;

use super::send::record;
use crate::centre::Centre;
use crate::export::registers::Noted;
use crate::storage::{Tx, sql};
use crate::vault::{Place, SealingKey};
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// The recipient's id of the host app itself.
pub const HOST: &str = "host";

/// What one recipient is to be told.
#[derive(Clone, Debug)]
pub struct Notice<'a> {
    /// The webhook-id: made from what it is about, so that writing it again changes nothing.
    pub id: Uuid,
    /// Whose key seals it, under [`Category::Deliveries`](crate::vault::Category::Deliveries).
    pub owner: Uuid,
    /// An id of `recipients.toml`, or [`HOST`].
    pub recipient: &'a str,
    /// What it is told.
    pub kind: Kind,
    /// What about, by ids of the catalogue; no personal data.
    pub about: &'a str,
    /// What is told: `data` of the webhook, with what the recipient knows the person by.
    pub data: Value,
}

pub(super) const fn place(row: &str) -> Place<'_> {
    Place { table: "delivery", column: "body", row }
}

/// Writes down, in the transaction of what it tells of, that a recipient is to be told. One of that id that is there already
/// stays as it is.
///
/// # Errors
/// Storage.
pub async fn tell(
    tx: &mut Tx,
    centre: &Centre,
    key: &SealingKey,
    notice: &Notice<'_>,
    now: Moment,
) -> Result<(), Fault> {
    let Notice { id, owner, recipient, kind, about, data } = notice;
    let id = id.to_string();
    let due = centre.catalogue.working_days().after(now, ANSWER_WORKING_DAYS);
    sql("INSERT INTO delivery (id, owner, recipient, notice, about, body, state, attempts, next_at, made_at, due_at) \
         VALUES ($1, $2, $3, $4, $5, $6, 'waiting', 0, $7, $7, $8) ON CONFLICT (id) DO NOTHING")
    .bind(&id)
    .bind(*owner)
    .bind(*recipient)
    .bind(kind.id())
    .bind(*about)
    .bind(key.seal(place(&id), &serde_json::to_vec(data)?))
    .bind(now.0)
    .bind(due.0)
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether nobody could know from it who is meant.
#[must_use]
pub(super) fn names_nobody(kind: Kind, data: &Value) -> bool {
    let is_empty = data.get("subject").and_then(Value::as_object).is_none_or(|subject| subject.is_empty());
    // That a consent is over may be said of whom the recipient can't know either: there is nothing that it must find.
    kind != Kind::Withdrawal && is_empty
}

/// Ends what an owner's recipients were still to be told, since the notice of their account says it all; returns how many there
/// were.
///
/// # Errors
/// Storage.
pub async fn merge(tx: &mut Tx, owner: Uuid, now: Moment) -> Result<i64, Fault> {
    let open = sql("DELETE FROM delivery WHERE owner = $1 AND state IN ('waiting', 'dead') RETURNING id, recipient")
        .bind(owner)
        .fetch_all::<(String, String)>(&mut *tx)
        .await?;
    for (id, recipient) in &open {
        record(tx, (id, recipient), "merged", now).await?;
    }
    Ok(i64::try_from(open.len())?)
}

/// The database holds a delivery that this program does not know.
#[derive(Debug, thiserror::Error)]
#[error("a delivery has an unknown {0}")]
pub(super) struct Unknown(pub(super) &'static str);

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    recipient: String,
    notice: String,
    about: String,
    /// What is told, for as long as it is still to be taken.
    body: Option<Vec<u8>>,
    state: String,
    reason: Option<String>,
    made_at: i64,
    due_at: i64,
    sent_at: Option<i64>,
    accepted_at: Option<i64>,
    completed_at: Option<i64>,
}

/// What was told on an owner's account, newest first.
///
/// # Errors
/// Storage.
pub async fn told(centre: &Centre, owner: Uuid) -> Result<Vec<Told>, Fault> {
    rows(centre, owner).await?.into_iter().map(|row| row.read(centre)).collect()
}

async fn rows(centre: &Centre, owner: Uuid) -> Result<Vec<Row>, Fault> {
    Ok(sql("SELECT id, recipient, notice, about, body, state, reason, made_at, due_at, sent_at, accepted_at, \
         completed_at FROM delivery WHERE owner = $1 ORDER BY made_at DESC, recipient, id")
    .bind(owner)
    .fetch_all::<Row>(&centre.data)
    .await?)
}

/// What a copy tells of every notice: also what it says, for as long as it is still to be taken.
///
/// # Errors
/// Storage or vault.
pub async fn entries(centre: &Centre, caller: &Caller) -> Result<Vec<Noted>, Fault> {
    let rows = rows(centre, caller.person).await?;
    let mut entries = Vec::with_capacity(rows.len());
    for mut row in rows {
        let body = match row.body.take() {
            Some(sealed) => Some(caller.ring.open_text(place(&row.id), &sealed).await?.to_string()),
            None => None,
        };
        let told = row.read(centre)?;
        let progress = state(&told, centre.now()).0;
        let details = [
            ("关于", Some(told.about)),
            ("进展", Some(progress.to_owned())),
            ("它保留的理由", told.reason.map(|reason| reason.words().to_owned())),
            ("最晚办完", Some(told.due_at.date_time())),
            ("送达", told.sent_at.map(|at| at.date_time())),
            ("答应办理", told.accepted_at.map(|at| at.date_time())),
            ("办完", told.completed_at.map(|at| at.date_time())),
            ("待送的内容", body),
        ];
        entries.push(Noted::of(told.made_at, format!("{}：{}", told.recipient, told.notice.words()), details));
    }
    Ok(entries)
}

/// How many notices there are on an owner's account.
///
/// # Errors
/// Storage.
pub async fn count(centre: &Centre, owner: Uuid) -> Result<usize, Fault> {
    let (count,) =
        sql("SELECT COUNT(*) FROM delivery WHERE owner = $1").bind(owner).fetch_one::<(i64,)>(&centre.data).await?;
    Ok(usize::try_from(count)?)
}

impl Row {
    fn read(self, centre: &Centre) -> Result<Told, Fault> {
        let listed = centre.catalogue.data().recipient(&self.recipient);
        Ok(Told {
            recipient: name(centre, &self.recipient),
            contact: listed.map(|recipient| recipient.contact.clone()),
            policy: listed.and_then(|recipient| recipient.policy.clone()),
            decides: listed.is_some_and(|recipient| recipient.role == Role::Controller),
            by_hand: centre.endpoints.webhook(&self.recipient).is_none(),
            notice: Kind::of(&self.notice).ok_or(Unknown("notice"))?,
            about: words(centre, &self.about),
            progress: Progress::of(&self.state).ok_or(Unknown("state"))?,
            reason: self.reason.map(|reason| Reason::of(&reason).ok_or(Unknown("reason"))).transpose()?,
            made_at: Moment(self.made_at),
            sent_at: self.sent_at.map(Moment),
            accepted_at: self.accepted_at.map(Moment),
            completed_at: self.completed_at.map(Moment),
            due_at: Moment(self.due_at),
        })
    }
}

/// What a recipient is called; one that the list names no more goes by its id.
pub(super) fn name(centre: &Centre, recipient: &str) -> String {
    match centre.catalogue.data().recipient(recipient) {
        Some(recipient) => recipient.name.clone(),
        None if recipient == HOST => "一点生活-live".to_owned(),
        None => recipient.to_owned(),
    }
}

/// What a notice is about, in words; nothing: everything.
pub(super) fn words(centre: &Centre, about: &str) -> String {
    let field = |id: &str| centre.catalogue.data().field(id).map(|field| field.name.clone());
    match about.split_once(':') {
        Some(("purpose", purpose)) => purpose.parse().map(|p| centre.catalogue.label(p, None)).unwrap_or_default(),
        Some(("fields", fields)) => fields.split(',').filter_map(field).collect::<Vec<_>>().join("、"),
        _ => String::new(),
    }
}
