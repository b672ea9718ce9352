//! The steps of 注销账号: what stands, and what follows each of them.

use app::cancellation::affair::{Loss, Obstacle};
use app::cancellation::model::{Cancellation, ProvedBy, Reason, State};
use app::cancellation::rules::{self, Refusal, Request};
use app::cancellation::waiver::remaining;
use app::pages::cancellation::Refused;
use app::promises::CONDITIONS_PAUSE;
use app::time::Moment;
use futures_util::{StreamExt as _, stream};
use uuid::Uuid;

use super::conditions::{self, Subject};
use super::row::Unknown;
pub(super) use super::row::{Row, end, insert, open, place, update};
use super::told::{self, Post};
use super::{again, waivers};
use crate::accounts::proof::{Checked, Unproved};
use crate::accounts::store::{caller_of, identity};
use crate::centre::Centre;
use crate::consents::store as consents;
use crate::ledger::{self, Event};
use crate::messages;
use crate::replay;
use crate::requests::store as requests;
use crate::storage::{Tx, sql};
use crate::vault::{Category, SealingKey};
use crate::web::fault::Fault;
use crate::web::visit::{Caller, Visit};

/// An attempt to leave that is open.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Its id.
    pub id: String,
    /// How it stands.
    pub cancellation: Cancellation,
    /// The request by which a human looks at it.
    pub review: Option<Uuid>,
}

/// What stands, if anything does; a forgotten draft does not.
///
/// # Errors
/// Storage.
pub async fn standing(centre: &Centre, person: Uuid, now: Moment) -> Result<Option<Standing>, Fault> {
    let Some(row) = open(&centre.data, person).await? else { return Ok(None) };
    let cancellation = row.read()?;
    let review = row.review_id.as_deref().map(Uuid::parse_str).transpose()?;
    Ok((!rules::is_stale(&cancellation, now)).then_some(Standing { id: row.id, cancellation, review }))
}

/// When the cooling-off under way ends, if there is one.
///
/// # Errors
/// Storage.
pub async fn due_at(centre: &Centre, person: Uuid) -> Result<Option<Moment>, Fault> {
    let row = open(&centre.data, person).await?;
    Ok(row.and_then(|row| row.due_at()))
}

/// The end of the cooling-off that ends next, of that person or else of anybody.
///
/// # Errors
/// Storage.
pub async fn next_due(centre: &Centre, person: Option<Uuid>) -> Result<Option<Moment>, Fault> {
    if let Some(person) = person
        && let Some(due) = due_at(centre, person).await?
    {
        return Ok(Some(due));
    }
    let (due,) = sql("SELECT MIN(due_at) FROM cancellation WHERE state = 'cooling_off'")
        .fetch_one::<(Option<i64>,)>(&centre.data)
        .await?;
    Ok(due.map(Moment))
}

/// Why the newest attempt was refused, if it was and none was begun since.
///
/// # Errors
/// Storage or vault.
pub async fn refused(centre: &Centre, caller: &Caller) -> Result<Option<Refused>, Fault> {
    let newest = sql("SELECT id, refusal, ended_at, obstacles FROM cancellation WHERE person_id = $1 \
         ORDER BY drafted_at DESC, id DESC LIMIT 1")
    .bind(caller.person)
    .fetch_optional::<(String, Option<String>, Option<i64>, Option<Vec<u8>>)>(&centre.data)
    .await?;
    let Some((id, Some(refusal), Some(at), sealed)) = newest else { return Ok(None) };
    let obstacles = match sealed {
        Some(sealed) => serde_json::from_slice(&caller.ring.open(place("obstacles", &id), &sealed).await?)?,
        None => Vec::new(),
    };
    Ok(Some(Refused { at: Moment(at), reason: refusal.parse().map_err(|_| Unknown)?, obstacles }))
}

/// What stands in the way and what is lost.
#[derive(Clone, Debug, Default)]
pub struct Open {
    /// What stands in the way.
    pub obstacles: Vec<Obstacle>,
    /// Money that was given up in writing.
    pub given_up: Vec<Obstacle>,
    /// What is lost.
    pub losses: Vec<Loss>,
}

/// What stands in the way of an attempt, or of one that is still to be begun. None: it can't be looked up now, which the log
/// explains, and from which nothing follows.
///
/// # Errors
/// Storage or vault.
pub async fn look(centre: &Centre, caller: &Caller, attempt: Option<&str>) -> Result<Option<Open>, Fault> {
    let phone = identity(centre, caller).await?.phone;
    let found = match centre.conditions.look(Subject { person: caller.person, phone: &phone }).await {
        Ok(found) => found,
        Err(error) => {
            tracing::error!(%error, "what stands in the way of a cancellation is not known");
            return Ok(None);
        }
    };
    let waivers = match attempt {
        Some(attempt) => waivers::of(centre, caller, attempt).await?,
        None => Vec::new(),
    };
    let obstacles = remaining(&found.obstacles, &waivers);
    let given_up = found.obstacles.into_iter().filter(|one| !obstacles.contains(one)).collect();
    Ok(Some(Open { obstacles, given_up, losses: found.losses }))
}

/// What must be in hand before a step's transaction begins: keys are on disk before what they seal.
pub(super) struct Hands {
    pub post: Post,
    affairs: SealingKey,
}

impl Hands {
    pub(super) async fn of(centre: &Centre, caller: &Caller, now: Moment) -> Result<Self, Fault> {
        let phone = identity(centre, caller).await?.phone;
        let key = centre.vault.key_for(caller.person, Category::Outbox, now).await?;
        let affairs = centre.vault.key_for(caller.person, Category::Affairs, now).await?;
        Ok(Self { post: Post { owner: caller.person, phone, key }, affairs })
    }
}

/// Takes a request: rules, row, event and what the person is told, in one transaction.
///
/// # Errors
/// Storage, or why it is refused.
pub async fn request(
    visit: &Visit,
    caller: &Caller,
    request: Request<'_>,
) -> Result<Result<Cancellation, Refusal>, Fault> {
    let hands = Hands::of(&visit.centre, caller, visit.now).await?;
    let mut tx = visit.centre.data.begin().await?;
    let outcome = request_in(&mut tx, (&visit.centre, caller, &hands), request, visit.now).await?;
    if let Ok(next) = &outcome {
        tx.commit().await?;
        replay::flush_or_later(&visit.centre).await;
        if next.is_under_way() {
            // From here the account is stored only: what was being sent to it is over before the answer.
            messages::settle_all(&visit.centre, caller.person).await?;
        }
    }
    Ok(outcome)
}

/// How many cancellations that are due are looked into side by side.
const SIDE_BY_SIDE: usize = 8;

/// Begins the execution of every cancellation whose cooling-off is over and that nothing stands in the way of. Running it again
/// changes nothing.
///
/// # Errors
/// Storage or vault; the others were begun, and the next run goes on.
pub async fn execute_due(centre: &Centre, now: Moment) -> Result<(), Fault> {
    let due = sql("SELECT person_id FROM cancellation WHERE state = 'cooling_off' AND due_at <= $1 \
         AND (check_at IS NULL OR check_at <= $1 OR check_at > $2) ORDER BY due_at")
    .bind(now.0)
    .bind(now.latest_end(CONDITIONS_PAUSE).0)
    .fetch_all::<(String,)>(&centre.data)
    .await?;
    let begun = stream::iter(due).map(|(person,)| async move { execute(centre, Uuid::parse_str(&person)?, now).await });
    let failed: Vec<_> =
        begun.buffer_unordered(SIDE_BY_SIDE).filter_map(async |begun: Result<(), Fault>| begun.err()).collect().await;
    failed.into_iter().next().map_or(Ok(()), Err)
}

/// Begins the execution of one person's, if it is due: or refuses it, with what has come meanwhile. What can't be looked up
/// leaves the cooling-off as it is, to be tried again.
///
/// # Errors
/// Storage or vault.
pub async fn execute(centre: &Centre, person: Uuid, now: Moment) -> Result<(), Fault> {
    let caller = caller_of(centre, person).await?;
    let Some(row) = open(&centre.data, person).await? else { return Ok(()) };
    let imported = conditions::imported(&centre.data, person).await?;
    let Some(found) = look(centre, &caller, Some(&row.id)).await? else {
        let mut tx = centre.data.begin().await?;
        sql("UPDATE cancellation SET check_at = $2 WHERE id = $1 AND ended_at IS NULL")
            .bind(&row.id)
            .bind(now.plus(CONDITIONS_PAUSE).0)
            .execute(&mut tx)
            .await?;
        tx.commit().await?;
        return Ok(());
    };
    let hands = Hands::of(centre, &caller, now).await?;
    let mut tx = centre.data.begin().await?;
    tx.lock(&lock_name(person)).await?;
    if conditions::imported(&mut tx, person).await? != imported {
        // A freeze may have come while it was looked: the next run looks again.
        return Ok(());
    }
    let request = Request::Execute(&found.obstacles);
    // Taken back in the last instant, it is not due any more.
    if request_in(&mut tx, (centre, &caller, &hands), request, now).await?.is_ok() {
        tx.commit().await?;
    }
    Ok(())
}

/// Begins (if need be) and notes that the consequences were read.
///
/// # Errors
/// Storage, or why it is refused.
pub async fn begin(visit: &Visit, caller: &Caller) -> Result<Result<Cancellation, Refusal>, Fault> {
    let hands = Hands::of(&visit.centre, caller, visit.now).await?;
    let with = (&visit.centre, caller, &hands);
    let mut tx = visit.centre.data.begin().await?;
    if let Err(refusal) = request_in(&mut tx, with, Request::Begin, visit.now).await? {
        return Ok(Err(refusal));
    }
    let outcome = request_in(&mut tx, with, Request::Read, visit.now).await?;
    if outcome.is_ok() {
        tx.commit().await?;
    }
    Ok(outcome)
}

/// Why a proof did not bring the cancellation on.
pub enum NotProved {
    /// The proof does not hold.
    Unproved(Unproved),
    /// It is not the time for it.
    Refused(Refusal),
}

/// Settles the proof and takes the step that it allows, in one transaction.
///
/// # Errors
/// Storage, or why it is refused.
pub async fn prove(
    visit: &Visit,
    caller: &Caller,
    (checked, by): (Checked, ProvedBy),
) -> Result<Result<Cancellation, NotProved>, Fault> {
    let centre = &visit.centre;
    let attempt = standing(centre, caller.person, visit.now).await?.map(|standing| standing.id);
    let found = look(centre, caller, attempt.as_deref()).await?;
    let hands = Hands::of(centre, caller, visit.now).await?;
    let mut tx = centre.data.begin().await?;
    if let Err(unproved) = checked.settle(&mut tx, visit).await? {
        return Ok(Err(NotProved::Unproved(unproved)));
    }
    let request = Request::Proved(by, found.as_ref().map(|found| found.obstacles.as_slice()));
    let outcome = request_in(&mut tx, (centre, caller, &hands), request, visit.now).await?;
    if outcome.is_ok() {
        tx.commit().await?;
    }
    Ok(outcome.map_err(NotProved::Refused))
}

pub(crate) fn lock_name(person: Uuid) -> String {
    format!("cancellation:{person}")
}

/// One step and everything that follows it.
pub(super) async fn request_in(
    tx: &mut Tx,
    (centre, caller, hands): (&Centre, &Caller, &Hands),
    request: Request<'_>,
    now: Moment,
) -> Result<Result<Cancellation, Refusal>, Fault> {
    tx.lock(&lock_name(caller.person)).await?;
    // The gate looks at it under this name.
    tx.lock(&consents::lock_name(caller.person)).await?;
    let row = open(&mut *tx, caller.person).await?;
    let before = row.as_ref().map(Row::read).transpose()?;
    let next = match rules::step(before, request, now) {
        Ok(next) => next,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if before == Some(next) {
        return Ok(Ok(next));
    }
    let review = row.as_ref().and_then(|row| row.review_id.clone());
    // A forgotten draft makes room for a new one.
    let replaces = before.filter(|c| rules::is_stale(c, now)).is_some();
    let id = match row {
        Some(row) if replaces => {
            end(tx, &row.id, now).await?;
            new(tx, caller.person, &next).await?
        }
        Some(row) => {
            update(tx, &row.id, &next, now).await?;
            row.id
        }
        None => new(tx, caller.person, &next).await?,
    };
    if let Some(review) = review.filter(|_| !next.in_review) {
        // Taken back, unless a human has just answered.
        requests::revoke_in(tx, caller, &review, now).await?;
    }
    if next.state.has_ended() {
        // Nothing was given up by who stays.
        waivers::remove(tx, &id).await?;
    }
    let obstacles: &[Obstacle] = if let Request::Execute(obstacles) = request { obstacles } else { &[] };
    if next.state == State::Refused && !obstacles.is_empty() {
        keep_obstacles(tx, &hands.affairs, &id, obstacles).await?;
    }
    told::after(tx, centre, &hands.post, (&id, before.as_ref(), &next), obstacles, now).await?;
    again::note(tx, (centre, caller.person), (&id, before.as_ref(), &next), now).await?;
    let event = Event::Cancellation { state: next.state.id().to_owned(), refusal: next.refusal.map(Reason::id) };
    ledger::append(tx, &caller.pseudonym, now, &event).await?;
    Ok(Ok(next))
}

async fn new(tx: &mut Tx, person: Uuid, next: &Cancellation) -> Result<String, Fault> {
    let id = Uuid::now_v7().to_string();
    insert(tx, person, &id, next).await?;
    Ok(id)
}

async fn keep_obstacles(tx: &mut Tx, key: &SealingKey, id: &str, obstacles: &[Obstacle]) -> Result<(), Fault> {
    let sealed = key.seal(place("obstacles", id), &serde_json::to_vec(obstacles)?);
    sql("UPDATE cancellation SET obstacles = $2 WHERE id = $1").bind(id).bind(sealed).execute(tx).await?;
    Ok(())
}
