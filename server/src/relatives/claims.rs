//! SQL of what close relatives claim.

use app::menu::Place as Page;
use app::pages::relatives::Kin;
use app::promises::{ANSWER_WORKING_DAYS, NEEDS_LIFE};
use app::relatives::model::{Claim, Shows, rights_words};
use app::relatives::rules;
use app::requests::model::{Kind, Request, Status, Wish};
use app::time::Moment;
use app::ui::Filled;
use uuid::Uuid;

use super::{package, proofs};
use crate::centre::Centre;
use crate::requests::store::{self as requests, NewRequest, TooMany, lock_name};
use crate::storage::{Executor, Tx, sql};
use crate::vault::{Category, KeyRing, Place};
use crate::web::fault::Fault;
use crate::web::visit::Caller;

const fn place(row: &str) -> Place<'_> {
    Place { table: "kin_request", column: "claim", row }
}

/// Where one request is.
#[must_use]
pub fn path(id: &str) -> String {
    format!("{}/{id}", Page::Requests.path())
}

/// Files a claim. It waits for its proof; the account is not looked for.
///
/// # Errors
/// Storage or vault, or that there are too many open requests.
pub async fn file(
    centre: &Centre,
    caller: &Caller,
    (claim, text): (&Claim, &str),
    now: Moment,
) -> Result<Result<Uuid, TooMany>, Fault> {
    let key = centre.vault.key_for(caller.person, Category::Requests, now).await?;
    let value = format!("我是逝者的{}，申请{}", claim.relation.words(), rights_words(&claim.rights));
    let wish = Wish { value, text: text.to_owned() };
    let about = "relative:".to_owned();
    let new = NewRequest { kind: Kind::Relative, about, wish, status: Status::InProgress };
    let mut tx = centre.data.begin().await?;
    let id = match requests::file_in(&mut tx, centre, caller, &new, now).await? {
        Ok(id) => id,
        Err(too_many) => return Ok(Err(too_many)),
    };
    let row = id.to_string();
    // Nobody of ours works on it yet.
    sql("UPDATE request SET begun_at = NULL, expires_at = $2 WHERE id = $1")
        .bind(&row)
        .bind(now.plus(NEEDS_LIFE).0)
        .execute(&mut tx)
        .await?;
    sql("INSERT INTO kin_request (request_id, person_id, claim) VALUES ($1, $2, $3)")
        .bind(&row)
        .bind(caller.person)
        .bind(key.seal(place(&row), &serde_json::to_vec(claim)?))
        .execute(&mut tx)
        .await?;
    tx.commit().await?;
    Ok(Ok(id))
}

/// What a request claims; none when it is no close relative's.
///
/// # Errors
/// Storage or vault.
pub async fn claim(on: impl Into<Executor<'_>>, ring: &KeyRing, request: &str) -> Result<Option<Claim>, Fault> {
    let row = sql("SELECT claim FROM kin_request WHERE request_id = $1")
        .bind(request)
        .fetch_optional::<(Vec<u8>,)>(on)
        .await?;
    let Some((sealed,)) = row else { return Ok(None) };
    Ok(Some(serde_json::from_slice(&ring.open(place(request), &sealed).await?)?))
}

/// What 申请详情 shows beside every request, of a close relative's.
///
/// # Errors
/// Storage or vault.
pub async fn kin(centre: &Centre, caller: &Caller, request: &Request, now: Moment) -> Result<Option<Kin>, Fault> {
    let Some(claim) = claim(&centre.data, &caller.ring, &request.id).await? else { return Ok(None) };
    let proofs = proofs::files(&centre.data, &request.id).await?;
    let shown: Vec<_> = proofs.iter().map(|file| file.shows).collect();
    Ok(Some(Kin {
        masked_account: claim.masked_account(),
        relation: claim.relation,
        missing: rules::missing(claim.relation, &shown),
        proofs,
        awaits_proof: request.needs_until.is_some(),
        package: package::state(centre, caller, &request.id, now).await?,
        stepped_up: caller.has_stepped_up(now),
        filled: Filled::default(),
    }))
}

/// Whether a close relative's own request waits for proof; takes the lock of the person's requests.
///
/// # Errors
/// Storage.
pub(super) async fn awaits_proof(tx: &mut Tx, caller: &Caller, request: Uuid) -> Result<bool, Fault> {
    tx.lock(&lock_name(caller.person)).await?;
    let row = sql("SELECT id FROM request WHERE id = $1 AND person_id = $2 AND kind = $3 \
         AND ended_at IS NULL AND expires_at IS NOT NULL")
    .bind(request)
    .bind(caller.person)
    .bind(Kind::Relative.id())
    .fetch_optional::<(String,)>(tx)
    .await?;
    Ok(row.is_some())
}

/// Why a claim was not handed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotSubmitted {
    /// It does not wait for proof.
    NotThere,
    /// This is still to be shown.
    Missing(Vec<Shows>),
}

/// Hands a claim on to the officer: from here an answer is owed.
///
/// # Errors
/// Storage or vault, or why not.
pub async fn submit(
    centre: &Centre,
    caller: &Caller,
    request: Uuid,
    now: Moment,
) -> Result<Result<(), NotSubmitted>, Fault> {
    let id = request.to_string();
    let mut tx = centre.data.begin().await?;
    if !awaits_proof(&mut tx, caller, request).await? {
        return Ok(Err(NotSubmitted::NotThere));
    }
    let Some(claim) = claim(&mut tx, &caller.ring, &id).await? else { return Ok(Err(NotSubmitted::NotThere)) };
    let shown: Vec<_> = proofs::files(&mut tx, &id).await?.iter().map(|file| file.shows).collect();
    let missing = rules::missing(claim.relation, &shown);
    if !missing.is_empty() {
        return Ok(Err(NotSubmitted::Missing(missing)));
    }
    let due = centre.catalogue.working_days().after(now, ANSWER_WORKING_DAYS);
    sql("UPDATE request SET status = $2, expires_at = NULL, asked = NULL, due_at = $3 WHERE id = $1")
        .bind(&id)
        .bind(Status::Open.id())
        .bind(due.0)
        .execute(&mut tx)
        .await?;
    requests::record(&mut tx, caller, &id, Kind::Relative, Status::Open, now).await?;
    tx.commit().await?;
    Ok(Ok(()))
}
