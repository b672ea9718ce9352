//! The operator's side: which requests wait, and answering one. A granted correction is carried out with its answer.

use app::cancellation::affair::Obstacle;
use app::records::rules::check_value;
use app::requests::model::{Kind, Wish};
use app::requests::rules;
use app::time::Moment;
use uuid::Uuid;

use super::numbers;
use super::store::{Unknown, Verdict, about_words, number, place, settle_by};
use crate::accounts::store::caller_of;
use crate::cancellation::recognition;
use crate::centre::Centre;
use crate::lost::officer as lost;
use crate::messages;
use crate::profile::store as profile;
use crate::records::{self, erase};
use crate::relatives::{officer as relatives, proofs};
use crate::replay;
use crate::storage::{Tx, sql};
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// A request that waits for an answer.
#[derive(Debug)]
pub struct Waiting {
    /// Its id.
    pub id: Uuid,
    /// What the person quotes.
    pub number: String,
    /// What is asked.
    pub kind: Kind,
    /// What about, in words.
    pub about: String,
    /// What the person wrote.
    pub wish: Wish,
    /// What a human compares, to recognise who asks.
    pub proof: Option<String>,
    /// The last moment by which it is answered.
    pub due_at: Moment,
}

/// Every request that waits, the most urgent first.
///
/// # Errors
/// Storage or vault.
pub async fn waiting(centre: &Centre) -> Result<Vec<Waiting>, Fault> {
    let rows = sql("SELECT id, person_id, kind, about, wish, made_at, due_at FROM request \
         WHERE ended_at IS NULL AND expires_at IS NULL ORDER BY due_at, id")
    .fetch_all::<(String, String, String, String, Vec<u8>, i64, i64)>(&centre.data)
    .await?;
    let mut waiting = Vec::with_capacity(rows.len());
    for (id, person, kind, about, wish, made_at, due_at) in rows {
        let kind: Kind = kind.parse().map_err(|_| Unknown("kind"))?;
        if !rules::is_answered_by_hand(kind) {
            continue;
        }
        let ring = centre.vault.ring(Uuid::parse_str(&person)?).await?;
        let wish = ring.open(place("wish", &id), &wish).await?;
        waiting.push(Waiting {
            number: number(&id, Moment(made_at)),
            kind,
            about: about_words(&centre.catalogue, &about),
            wish: serde_json::from_slice(&wish)?,
            proof: recognition::for_officer(centre, &ring, &id).await?,
            due_at: Moment(due_at),
            id: Uuid::parse_str(&id)?,
        });
    }
    waiting.extend(lost::waiting(centre).await?);
    waiting.sort_by_key(|one| (one.due_at, one.id));
    Ok(waiting)
}

/// An answer could not be given.
#[derive(Debug, thiserror::Error)]
pub enum NotAnswered {
    /// It is no number.
    #[error("{0:?} is not the number of a request: it looks like QL20261128-1A2B3C")]
    NotANumber(String),
    /// It would be one person's answer, or another's.
    #[error("{0} is the number of more than one request. Look which is meant, and type its longer number: {1}")]
    Ambiguous(String, String),
    /// No open request has that number.
    #[error("no request that waits has the number {0}")]
    NoRequest(String),
    /// An answer says something.
    #[error("an answer needs words that the person understands")]
    NoWords,
    /// A review is a human's, with a name.
    #[error("a review names who made it: --reviewer NAME")]
    NoReviewer,
    /// It is no close relative's.
    #[error("{0} is not a request of a close relative")]
    NotOfRelative(String),
    /// Whom it is about has no account here.
    #[error("no account matches what was claimed: deny it (not_held), or ask for what is right")]
    NoAccount,
    /// Nobody is their own surviving relative.
    #[error("the account is the asker's own")]
    Own,
    /// The person who has died arranged it otherwise.
    #[error("the person's own arrangement does not allow it ({0}): deny it (arranged)")]
    Arranged(String),
    /// Nobody is found under what was claimed by somebody who can't sign in.
    #[error("no account matches what was claimed: deny it (not_proved)")]
    NoSuchAccount,
    /// The refusal would tell a stranger whether there is such an account.
    #[error("that ground tells whether there is such an account: deny it as not_proved, suspected_fraud or too_many")]
    TellsOfAccount,
    /// Something has to be settled before the account can be cancelled.
    #[error("it can't be granted yet, this stands in the way: {0}")]
    Obstructed(String),
    /// What stands in the way can't be looked up.
    #[error("what stands in the way can't be looked up now; nothing was granted, try again")]
    ConditionsUnknown,
    /// The correction does not fit its kind.
    #[error("the correction can't be carried out: {0}")]
    DoesNotFit(&'static str),
}

impl NotAnswered {
    /// With what stands in the way, for the officer.
    #[must_use]
    pub fn obstructed(obstacles: &[Obstacle]) -> Self {
        let list = obstacles.iter().map(|one| format!("{}（{}）", one.kind.label(), one.detail));
        Self::Obstructed(list.collect::<Vec<_>>().join("；"))
    }
}

/// Answers the request of that number, and carries out what it grants.
///
/// # Errors
/// Storage or vault, or why it can't be answered.
pub async fn answer(
    centre: &Centre,
    number: &str,
    verdict: &Verdict,
    now: Moment,
) -> Result<Result<(), NotAnswered>, Fault> {
    answer_by(centre, number, verdict, None, now).await
}

/// The same, with the human who answers: a review of what a program decided is answered in no other way, and its person reads
/// who made it.
///
/// # Errors
/// Storage or vault, or why it can't be answered.
pub async fn answer_by(
    centre: &Centre,
    number: &str,
    verdict: &Verdict,
    reviewer: Option<&str>,
    now: Moment,
) -> Result<Result<(), NotAnswered>, Fault> {
    let (Verdict::Fulfilled(words) | Verdict::Denied(_, words)) = verdict;
    if words.trim().is_empty() {
        return Ok(Err(NotAnswered::NoWords));
    }
    let id = match numbers::find(centre, number).await? {
        Ok(id) => id,
        Err(why) => return Ok(Err(why)),
    };
    let Some(waiting) = waiting(centre).await?.into_iter().find(|one| one.id == id) else {
        return Ok(Err(NotAnswered::NoRequest(number.to_owned())));
    };
    let named = reviewer.and_then(rules::reviewer);
    if named.is_none() && (reviewer.is_some() || rules::needs_reviewer(waiting.kind)) {
        return Ok(Err(NotAnswered::NoReviewer));
    }
    let claimed = lost::answer(centre, waiting.id, (verdict, named.unwrap_or_default()), now);
    if let Some(answered) = claimed.await? {
        return Ok(answered);
    }
    let id = waiting.id.to_string();
    let (person, about) = sql("SELECT person_id, about FROM request WHERE id = $1")
        .bind(&id)
        .fetch_one::<(String, String)>(&centre.data)
        .await?;
    let caller = caller_of(centre, Uuid::parse_str(&person)?).await?;
    if waiting.kind == Kind::Cancellation {
        let settled = recognition::settle(centre, &caller, (&id, verdict, named), now).await?;
        return Ok(if settled { Ok(()) } else { Err(NotAnswered::NoRequest(number.to_owned())) });
    }
    let mut grant = None;
    if waiting.kind == Kind::Relative && matches!(verdict, Verdict::Fulfilled(_)) {
        match relatives::prepare(centre, &caller, &id).await? {
            Ok(prepared) => grant = Some(prepared),
            Err(why) => return Ok(Err(why)),
        }
    }
    let mut tx = centre.data.begin().await?;
    let corrects = matches!(verdict, Verdict::Fulfilled(_)) && waiting.kind == Kind::Correction;
    if corrects && let Err(why) = carry_out(&mut tx, (centre, &caller), (&about, &waiting.wish), now).await? {
        return Ok(Err(NotAnswered::DoesNotFit(why)));
    }
    if let Some(grant) = &grant
        && let Err(why) = relatives::grant(&mut tx, centre, &id, grant, now).await?
    {
        return Ok(Err(why));
    }
    if waiting.kind == Kind::Relative {
        proofs::erase_in(&mut tx, centre, &caller, &id, now).await?;
    }
    if !settle_by(&mut tx, centre, &caller, (&id, verdict, named), now).await? {
        return Ok(Err(NotAnswered::NoRequest(number.to_owned())));
    }
    tx.commit().await?;
    erase::finish_or_later(centre).await;
    if let Some(grant) = grant {
        replay::flush_or_later(centre).await;
        // Its data is stored only from here: what was being sent to it is over before the officer is told.
        messages::settle_all(centre, grant.person()).await?;
    }
    Ok(Ok(()))
}

/// Puts the wished value in place, in the transaction of the answer: neither stands without the other.
async fn carry_out(
    tx: &mut Tx,
    (centre, caller): (&Centre, &Caller),
    (about, wish): (&str, &Wish),
    now: Moment,
) -> Result<Result<(), &'static str>, Fault> {
    let data = centre.catalogue.data();
    match about.split(':').collect::<Vec<_>>()[..] {
        ["record", kind, id] => {
            let Some(field) = data.field(kind) else { return Ok(Err("the kind is not in the catalogue any more")) };
            let value = match check_value(field, &wish.value) {
                Ok(value) => value,
                Err(why) => return Ok(Err(why)),
            };
            let record = (Uuid::parse_str(id)?, field);
            let done = records::correct_in(tx, (centre, caller), record, &value, records::By::Officer, now).await?;
            Ok(if done { Ok(()) } else { Err("the record is gone or stored only") })
        }
        ["field", kind @ ("real_name" | "id_card_no")] => {
            let corrected = if kind == "real_name" {
                profile::Corrected::Name(wish.value.clone())
            } else {
                match wish.value.parse() {
                    Ok(id_number) => profile::Corrected::IdNumber(id_number),
                    Err(why) => return Ok(Err(why)),
                }
            };
            let done = profile::correct_real_name(tx, (centre, caller), corrected, now).await?;
            Ok(if done { Ok(()) } else { Err("there is no verified name") })
        }
        _ => Ok(Err("it names no single value; answer after you have corrected it yourself")),
    }
}
