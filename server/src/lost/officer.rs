//! The operator's side of 无法登录时注销: a human compares what was typed with what the centre knows, grants or refuses.

use app::cancellation::affair::{AffairKind, Obstacle};
use app::lost::model::{Account, Answer, State};
use app::lost::rules::tells_nothing;
use app::promises::RECOGNISED_ORDERS_AGE;
use app::requests::model::{Ground, Kind, Wish};
use app::time::Moment;
use uuid::Uuid;

use super::claims::{self, Content, place, record};
use super::told::{self, News};
use crate::accounts::codes::PHONE_INDEX;
use crate::accounts::store::{self as accounts, USERNAME_INDEX, caller_of};
use crate::cancellation;
use crate::centre::Centre;
use crate::ledger::{self, Event, Pseudonym};
use crate::messages;
use crate::records::{self, Filter};
use crate::replay;
use crate::requests::numbers;
use crate::requests::officer::{NotAnswered, Waiting};
use crate::requests::store::{Verdict, number};
use crate::storage::{Executor, Tx, sql};
use crate::vault::Category;
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// The newest orders that are shown beside what was typed.
const ORDERS_SHOWN: usize = 30;

/// Whose account that is, if there is one.
async fn owner(on: impl Into<Executor<'_>>, centre: &Centre, account: &Account) -> Result<Option<Uuid>, Fault> {
    let find = match account {
        Account::Phone(phone) => sql("SELECT id FROM person WHERE phone_index = $1")
            .bind(centre.vault.blind_index(PHONE_INDEX, phone.reveal())),
        Account::Name(name) => sql("SELECT id FROM person WHERE username_index = $1")
            .bind(centre.vault.blind_index(USERNAME_INDEX, &name.folded())),
    };
    let row = find.fetch_optional::<(String,)>(on).await?;
    Ok(row.map(|(id,)| Uuid::parse_str(&id)).transpose()?)
}

const fn there(owner: Option<Uuid>) -> &'static str {
    if owner.is_some() { "有这个账号" } else { "没有这个账号" }
}

/// Every claim that waits, for the officer's list. What was typed is shown by [`look`] alone, which leaves an event.
///
/// # Errors
/// Storage or vault.
pub async fn waiting(centre: &Centre) -> Result<Vec<Waiting>, Fault> {
    let mut waiting = Vec::new();
    for open in claims::open(centre).await? {
        let Some((content, _)) = claims::waiting(centre, open.id).await? else { continue };
        let account = content.claim()?.account;
        let owner = owner(&centre.data, centre, &account).await?;
        waiting.push(Waiting {
            about: format!("无法登录时提出，账号 {}，{}", account.masked(), there(owner)),
            id: open.id,
            number: open.number,
            kind: Kind::Cancellation,
            wish: Wish::default(),
            proof: None,
            due_at: open.due_at,
        });
    }
    Ok(waiting)
}

/// Shows the officer what was typed beside the account's recent orders, as text; none: no claim that waits has that number for
/// itself. That it was looked at is an event, in the account's own chain where there is one.
///
/// # Errors
/// Storage or vault.
pub async fn look(centre: &Centre, number: &str, now: Moment) -> Result<Option<String>, Fault> {
    let Ok(id) = numbers::find(centre, number).await? else { return Ok(None) };
    let Some(open) = claims::open(centre).await?.into_iter().find(|one| one.id == id) else { return Ok(None) };
    let Some((content, _)) = claims::waiting(centre, open.id).await? else { return Ok(None) };
    let claim = content.claim()?;
    let owner = owner(&centre.data, centre, &claim.account).await?;
    let (pseudonym, orders) = match owner {
        Some(person) => {
            let caller = caller_of(centre, person).await?;
            (caller.pseudonym.clone(), orders(centre, &caller, now).await?)
        }
        None => (Pseudonym::centre(), Vec::new()),
    };
    let mut tx = centre.data.begin().await?;
    record(&mut tx, &pseudonym, open.id, ("seen", None), now).await?;
    tx.commit().await?;
    let known = if orders.is_empty() { "没有".to_owned() } else { orders.join("\n") };
    let account = claim.account.reveal();
    Ok(Some(format!(
        "{}\n账号 {account}：{}\n\n申请人写的：\n{}\n\n账号最近6个月的订单：\n{known}\n",
        open.number,
        there(owner),
        claim.text
    )))
}

async fn orders(centre: &Centre, caller: &Caller, now: Moment) -> Result<Vec<String>, Fault> {
    let from = Some(now.plus(-RECOGNISED_ORDERS_AGE));
    let filter = Filter { field: Some("order_items".to_owned()), from, ..Filter::default() };
    let newest = records::page(centre, caller, &filter, ORDERS_SHOWN, false).await?.records;
    Ok(newest.into_iter().map(|order| format!("{}  {}", order.at.date(), order.content.value)).collect())
}

/// The numbers of claims whose answer is late; the first time it also leaves an event.
///
/// # Errors
/// Storage; the next run goes on.
pub async fn overdue(centre: &Centre, now: Moment) -> Result<Vec<String>, Fault> {
    let late = sql("SELECT id, made_at FROM lost_claim WHERE state = 'open' AND due_at < $1 ORDER BY due_at, id")
        .bind(now.0)
        .fetch_all::<(String, i64)>(&centre.data)
        .await?;
    for (id, _) in &late {
        let mut tx = centre.data.begin().await?;
        let noted =
            sql("UPDATE lost_claim SET overdue_at = $2 WHERE id = $1 AND state = 'open' AND overdue_at IS NULL")
                .bind(id)
                .bind(now.0)
                .execute(&mut tx)
                .await?;
        if noted > 0 {
            ledger::append(&mut tx, &Pseudonym::centre(), now, &Event::RequestOverdue { id: id.clone() }).await?;
            tx.commit().await?;
        }
    }
    Ok(late.into_iter().map(|(id, made_at)| number(&id, Moment(made_at))).collect())
}

/// Answers the claim of that id, and begins what it grants; none: no claim of that id waits.
///
/// # Errors
/// Storage or vault, or why it can't be answered.
pub async fn answer(
    centre: &Centre,
    id: Uuid,
    (verdict, reviewer): (&Verdict, &str),
    now: Moment,
) -> Result<Option<Result<(), NotAnswered>>, Fault> {
    let Some((content, made_at)) = claims::waiting(centre, id).await? else { return Ok(None) };
    let waiting = (id, made_at, &content);
    let answered = match verdict {
        Verdict::Fulfilled(words) => grant(centre, waiting, (words, reviewer), now).await?,
        Verdict::Denied(ground, words) => deny(centre, waiting, (*ground, words, reviewer), now).await?,
    };
    Ok(Some(answered))
}

type WaitingClaim<'a> = (Uuid, Moment, &'a Content);

async fn deny(
    centre: &Centre,
    (id, made_at, content): WaitingClaim<'_>,
    (ground, words, reviewer): (Ground, &str, &str),
    now: Moment,
) -> Result<Result<(), NotAnswered>, Fault> {
    if !tells_nothing(ground) {
        return Ok(Err(NotAnswered::TellsOfAccount));
    }
    let owner = owner(&centre.data, centre, &content.claim()?.account).await?;
    let pseudonym = match owner {
        Some(person) => caller_of(centre, person).await?.pseudonym,
        None => Pseudonym::centre(),
    };
    let answer = Answer { words: words.trim().to_owned(), reviewer: reviewer.to_owned() };
    let mut tx = centre.data.begin().await?;
    if !claims::refuse(&mut tx, centre, (id, made_at, content), (ground, Some(&answer)), now).await? {
        return Ok(Err(NotAnswered::NoRequest(number(&id.to_string(), made_at))));
    }
    record(&mut tx, &pseudonym, id, ("refused", Some(ground)), now).await?;
    tx.commit().await?;
    Ok(Ok(()))
}

async fn grant(
    centre: &Centre,
    (id, made_at, content): WaitingClaim<'_>,
    (words, reviewer): (&str, &str),
    now: Moment,
) -> Result<Result<(), NotAnswered>, Fault> {
    let account = content.claim()?.account;
    let Some(person) = owner(&centre.data, centre, &account).await? else {
        return Ok(Err(NotAnswered::NoSuchAccount));
    };
    let caller = caller_of(centre, person).await?;
    let attempt = cancellation::store::standing(centre, person, now).await?.map(|standing| standing.id);
    let Some(found) = cancellation::store::look(centre, &caller, attempt.as_deref()).await? else {
        return Ok(Err(NotAnswered::ConditionsUnknown));
    };
    if !found.obstacles.is_empty() {
        return obstructed(centre, (id, made_at, content), &found.obstacles, now).await.map(Err);
    }
    let phone = accounts::identity(centre, &caller).await?.phone;
    let key = centre.vault.key_for(id, Category::Requests, now).await?;
    let answer = Answer { words: words.trim().to_owned(), reviewer: reviewer.to_owned() };
    let mut tx = centre.data.begin().await?;
    let due = cancellation::officer::begin(&mut tx, centre, (&caller, &phone), now).await?;
    // The phone or the name may have gone to somebody else meanwhile.
    if owner(&mut tx, centre, &account).await? != Some(person) {
        return Ok(Err(NotAnswered::NoSuchAccount));
    }
    let sealed = key.seal(place("answer", &id.to_string()), &serde_json::to_vec(&answer)?);
    if !mark_granted(&mut tx, (id, person), sealed).await? {
        return Ok(Err(NotAnswered::NoRequest(number(&id.to_string(), made_at))));
    }
    told::put(&mut tx, centre, (id, made_at, content), &News::Granted(due), now).await?;
    let reminder = News::Reminder(due);
    if due.plus(-app::promises::COOLING_OFF_NOTICE) > now {
        told::put(&mut tx, centre, (id, made_at, content), &reminder, now).await?;
    }
    record(&mut tx, &caller.pseudonym, id, ("granted", None), now).await?;
    tx.commit().await?;
    replay::flush_or_later(centre).await;
    // The account is stored only from here: what was being sent to it is over before the officer is told.
    messages::settle_all(centre, person).await?;
    Ok(Ok(()))
}

async fn mark_granted(tx: &mut Tx, (id, person): (Uuid, Uuid), answer: Vec<u8>) -> Result<bool, Fault> {
    let granted =
        sql("UPDATE lost_claim SET state = $2, answer = $3, in_the_way = NULL WHERE id = $1 AND state = 'open'")
            .bind(id)
            .bind(State::Granted.id())
            .bind(answer)
            .execute(&mut *tx)
            .await?;
    if granted == 0 {
        return Ok(false);
    }
    sql("INSERT INTO lost_grant (claim_id, person_id) VALUES ($1, $2)").bind(id).bind(person).execute(tx).await?;
    Ok(true)
}

/// Something stands in the way: the officer reads what, and who claims it of which kind it is.
async fn obstructed(
    centre: &Centre,
    (id, made_at, content): WaitingClaim<'_>,
    obstacles: &[Obstacle],
    now: Moment,
) -> Result<NotAnswered, Fault> {
    let kinds: Vec<AffairKind> = AffairKind::ALL
        .iter()
        .copied()
        .filter(|kind| obstacles.iter().any(|obstacle| obstacle.kind == *kind))
        .collect();
    let key = centre.vault.key_for(id, Category::Requests, now).await?;
    let mut tx = centre.data.begin().await?;
    sql("UPDATE lost_claim SET in_the_way = $2 WHERE id = $1 AND state = 'open'")
        .bind(id)
        .bind(key.seal(place("in_the_way", &id.to_string()), &serde_json::to_vec(&kinds)?))
        .execute(&mut tx)
        .await?;
    told::put(&mut tx, centre, (id, made_at, content), &News::InTheWay(&kinds), now).await?;
    tx.commit().await?;
    Ok(NotAnswered::obstructed(obstacles))
}
