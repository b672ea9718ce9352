//! SQL of claims.

use app::accounts::model::{CodeUse, PhoneNumber};
use app::lost::model::{Account, Answer, Claim, Claimed, Linked, Standing, State};
use app::lost::rules;
use app::menu::Place as Page;
use app::promises::{ANSWER_WORKING_DAYS, LOST_CLAIMS_PER_ACCOUNT};
use app::requests::model::Ground;
use app::time::Moment;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::told::{self, News};
use crate::accounts::codes;
use crate::accounts::sessions::Token;
use crate::accounts::store::identity;
use crate::centre::Centre;
use crate::ledger::{self, Event, Pseudonym};
use crate::requests::numbers;
use crate::requests::store::number;
use crate::storage::{Tx, sql};
use crate::vault::{Category, Place, VaultError};
use crate::web::fault::Fault;
use crate::web::visit::{Caller, Visit};

/// The database holds a claim that this program does not know.
#[derive(Debug, thiserror::Error)]
#[error("a claim has an unknown {0}")]
pub(super) struct Unknown(pub(super) &'static str);

pub(super) const fn place<'r>(column: &'static str, row: &'r str) -> Place<'r> {
    Place { table: "lost_claim", column, row }
}

/// What was typed, as it is sealed.
#[derive(Serialize, Deserialize)]
pub(super) struct Content {
    account: String,
    contact: String,
    text: String,
    /// Of the secret link.
    pub(super) token: String,
}

impl Content {
    pub(super) fn claim(&self) -> Result<Claim, Fault> {
        Ok(Claim {
            account: self.account.parse().map_err(|_| Unknown("account"))?,
            contact: self.contact.parse().map_err(|_| Unknown("phone"))?,
            text: self.text.clone(),
        })
    }
}

/// An account as it was typed, under an index that nothing else uses.
fn account_index(centre: &Centre, account: &Account) -> [u8; 32] {
    centre.vault.blind_index("lost_account", &account.folded())
}

fn contact_index(centre: &Centre, contact: &PhoneNumber) -> [u8; 32] {
    centre.vault.blind_index("lost_contact", contact.reveal())
}

/// Why a claim was not filed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotFiled {
    /// The code is wrong or stale.
    Code,
    /// Whoever answers at that phone has enough open claims.
    TooMany(&'static str),
}

/// Files a claim, once the code shows that somebody answers at its phone; returns the token of its link. The account is not
/// looked for.
///
/// # Errors
/// Storage or vault, or why it was not filed.
pub async fn file(visit: &Visit, claim: &Claim, code: &str) -> Result<Result<Token, NotFiled>, Fault> {
    let (centre, now) = (&visit.centre, visit.now);
    let token = Token::random();
    let mut tx = centre.data.begin().await?;
    tx.lock("lost_claims").await?;
    if !codes::redeem(&mut tx, visit, &claim.contact, CodeUse::Lost, code).await? {
        return Ok(Err(NotFiled::Code));
    }
    let contact = contact_index(centre, &claim.contact);
    let (open,) = sql("SELECT COUNT(*) FROM lost_claim WHERE contact_index = $1 AND ended_at IS NULL")
        .bind(contact)
        .fetch_one::<(i64,)>(&mut tx)
        .await?;
    if let Err(why) = rules::may_file(usize::try_from(open)?) {
        return Ok(Err(NotFiled::TooMany(why)));
    }
    let content = Content {
        account: claim.account.reveal().to_owned(),
        contact: claim.contact.reveal().to_owned(),
        text: claim.text.clone(),
        token: token.reveal().to_owned(),
    };
    let due = centre.catalogue.working_days().after(now, ANSWER_WORKING_DAYS);
    let id = numbers::draw(&mut tx, now).await?;
    let row = id.to_string();
    let key = centre.vault.key_for(id, Category::Requests, now).await?;
    sql("INSERT INTO lost_claim (id, state, content, token_hash, account_index, contact_index, made_at, due_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
    .bind(&row)
    .bind(State::Open.id())
    .bind(key.seal(place("content", &row), &serde_json::to_vec(&content)?))
    .bind(token.hash())
    .bind(account_index(centre, &claim.account))
    .bind(contact)
    .bind(now.0)
    .bind(due.0)
    .execute(&mut tx)
    .await?;
    told::put(&mut tx, centre, (id, now, &content), &News::Filed(due), now).await?;
    record(&mut tx, &Pseudonym::centre(), id, ("filed", None), now).await?;
    tx.commit().await?;
    Ok(Ok(token))
}

/// The event of a step.
pub(super) async fn record(
    tx: &mut Tx,
    pseudonym: &Pseudonym,
    id: Uuid,
    (step, ground): (&str, Option<Ground>),
    now: Moment,
) -> Result<(), Fault> {
    ledger::append(tx, pseudonym, now, &Event::LostClaim { id: id.to_string(), step: step.to_owned(), ground }).await?;
    Ok(())
}

/// A claim that waits for a human.
#[derive(Clone, Debug)]
pub struct Open {
    /// Its id.
    pub id: Uuid,
    /// What to quote.
    pub number: String,
    /// When it was filed.
    pub made_at: Moment,
    /// The last moment by which it is answered.
    pub due_at: Moment,
    account_index: Vec<u8>,
}

/// Every claim that waits, oldest first; of one account no more than lie with a human at once.
///
/// # Errors
/// Storage.
pub async fn open(centre: &Centre) -> Result<Vec<Open>, Fault> {
    let rows =
        sql("SELECT id, made_at, due_at, account_index FROM lost_claim WHERE state = 'open' ORDER BY made_at, id")
            .fetch_all::<(String, i64, i64, Vec<u8>)>(&centre.data)
            .await?;
    let mut open: Vec<Open> = Vec::with_capacity(rows.len());
    for (id, made_at, due_at, account_index) in rows {
        if open.iter().filter(|one| one.account_index == account_index).count() < LOST_CLAIMS_PER_ACCOUNT {
            let (made_at, due_at) = (Moment(made_at), Moment(due_at));
            open.push(Open { number: number(&id, made_at), id: Uuid::parse_str(&id)?, made_at, due_at, account_index });
        }
    }
    Ok(open)
}

/// What was typed into a claim, whose key lives.
pub(super) async fn content(centre: &Centre, id: Uuid, sealed: &[u8]) -> Result<Content, VaultError> {
    let plain = centre.vault.ring(id).await?.open(place("content", &id.to_string()), sealed).await?;
    serde_json::from_slice(&plain).map_err(|_| VaultError::Broken("lost_claim", "content"))
}

/// The same of a claim that waits; none: it does no more.
pub(super) async fn waiting(centre: &Centre, id: Uuid) -> Result<Option<(Content, Moment)>, Fault> {
    let row = sql("SELECT content, made_at FROM lost_claim WHERE id = $1 AND state = 'open'")
        .bind(id)
        .fetch_optional::<(Vec<u8>, i64)>(&centre.data)
        .await?;
    let Some((sealed, made_at)) = row else { return Ok(None) };
    Ok(Some((content(centre, id, &sealed).await?, Moment(made_at))))
}

/// Ends a claim that waits as refused, and tells who answers; false when it waits no more.
pub(super) async fn refuse(
    tx: &mut Tx,
    centre: &Centre,
    (id, made_at, content): (Uuid, Moment, &Content),
    (ground, answer): (Ground, Option<&Answer>),
    now: Moment,
) -> Result<bool, Fault> {
    let row = id.to_string();
    let key = centre.vault.key_for(id, Category::Requests, now).await?;
    let sealed = match answer {
        Some(answer) => Some(key.seal(place("answer", &row), &serde_json::to_vec(answer)?)),
        None => None,
    };
    let refused = sql(
        "UPDATE lost_claim SET state = $2, reason = $3, answer = $4, ended_at = $5 WHERE id = $1 AND state = 'open'",
    )
    .bind(&row)
    .bind(State::Refused.id())
    .bind(app::cancellation::model::Reason::Denied(ground).id())
    .bind(sealed)
    .bind(now.0)
    .execute(&mut *tx)
    .await?;
    if refused == 0 {
        return Ok(false);
    }
    let words = answer.map(|answer| answer.words.as_str()).unwrap_or_default();
    told::put(tx, centre, (id, made_at, content), &News::Denied(ground, words), now).await?;
    Ok(true)
}

/// The indexes under which somebody may have named the caller's account.
async fn named(centre: &Centre, caller: &Caller) -> Result<[[u8; 32]; 2], Fault> {
    let identity = identity(centre, caller).await?;
    let name = identity.username.parse::<Account>().map_err(|_| Unknown("account"))?;
    Ok([account_index(centre, &Account::Phone(identity.phone)), account_index(centre, &name)])
}

/// The claims to the caller's account that lie with a human, oldest first.
///
/// # Errors
/// Storage or vault.
pub async fn to_account_of(centre: &Centre, caller: &Caller) -> Result<Vec<Claimed>, Fault> {
    let named = named(centre, caller).await?;
    let open = open(centre).await?.into_iter().filter(|one| named.iter().any(|index| one.account_index == index));
    Ok(open.map(|Open { number, made_at, due_at, .. }| Claimed { number, made_at, due_at }).collect())
}

/// Whoever is signed in to the account rejects every claim to it that waits, seen or not. Who claimed it reads that it could not
/// be shown that they are its owner, as where there is no such account. Returns how many there were.
///
/// # Errors
/// Storage or vault.
pub async fn reject(centre: &Centre, caller: &Caller, now: Moment) -> Result<usize, Fault> {
    let [phone, name] = named(centre, caller).await?;
    let rows = sql("SELECT id, content, made_at FROM lost_claim WHERE state = 'open' AND account_index IN ($1, $2)")
        .bind(phone)
        .bind(name)
        .fetch_all::<(String, Vec<u8>, i64)>(&centre.data)
        .await?;
    let mut rejected = 0;
    for (id, sealed, made_at) in rows {
        let id = Uuid::parse_str(&id)?;
        let content = content(centre, id, &sealed).await?;
        let mut tx = centre.data.begin().await?;
        if refuse(&mut tx, centre, (id, Moment(made_at), &content), (Ground::NotProved, None), now).await? {
            record(&mut tx, &caller.pseudonym, id, ("rejected", Some(Ground::NotProved)), now).await?;
            tx.commit().await?;
            rejected += 1;
        }
    }
    Ok(rejected)
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    state: String,
    answer: Option<Vec<u8>>,
    in_the_way: Option<Vec<u8>>,
    reason: Option<String>,
    execution_id: Option<String>,
    made_at: i64,
    due_at: i64,
    ended_at: Option<i64>,
    closed_at: Option<i64>,
    cooling_off_until: Option<i64>,
}

/// The claim of that link's token, if it still leads anywhere.
///
/// # Errors
/// Storage or vault.
pub async fn linked(centre: &Centre, token: &str) -> Result<Option<Linked>, Fault> {
    let row = sql("SELECT id, state, answer, in_the_way, reason, execution_id, made_at, due_at, ended_at, closed_at, \
         (SELECT c.due_at FROM lost_grant g JOIN cancellation c ON c.person_id = g.person_id \
         WHERE g.claim_id = lost_claim.id AND c.state = 'cooling_off') AS cooling_off_until \
         FROM lost_claim WHERE token_hash = $1")
    .bind(Token::typed(token).hash())
    .fetch_optional::<Row>(&centre.data)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Linked {
        number: number(&row.id, Moment(row.made_at)),
        made_at: Moment(row.made_at),
        due_at: Moment(row.due_at),
        ended_at: row.ended_at.map(Moment),
        standing: standing(centre, row, token).await?,
    }))
}

async fn standing(centre: &Centre, row: Row, token: &str) -> Result<Standing, Fault> {
    let ring = centre.vault.ring(Uuid::parse_str(&row.id)?).await?;
    Ok(match row.state.parse().map_err(|_| Unknown("state"))? {
        State::Open => Standing::Open(match &row.in_the_way {
            Some(sealed) => serde_json::from_slice(&ring.open(place("in_the_way", &row.id), sealed).await?)?,
            None => Vec::new(),
        }),
        State::Granted => match row.cooling_off_until {
            Some(until) if row.execution_id.is_none() => Standing::CoolingOff(Moment(until)),
            _ => Standing::Executing,
        },
        State::Completed => Standing::Completed(row.execution_id.map(|_| format!("{}/{token}", Page::Leaving.path()))),
        State::Refused => {
            let reason = row.reason.as_deref().and_then(|id| id.parse().ok()).ok_or(Unknown("reason"))?;
            let answer = match &row.answer {
                Some(sealed) if row.closed_at.is_none() => {
                    Some(serde_json::from_slice(&ring.open(place("answer", &row.id), sealed).await?)?)
                }
                _ => None,
            };
            Standing::Refused(reason, answer)
        }
        State::TakenBack => Standing::TakenBack,
    })
}
