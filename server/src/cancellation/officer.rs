//! 注销账号 that an officer's grant begins (近亲属, 无法登录时注销): the same row, cooling-off and event as if its person had submitted
//! it. Who is alive after all, or never asked for it, takes it back as anybody does.

use app::accounts::model::PhoneNumber;
use app::cancellation::model::{Cancellation, ProvedBy, State};
use app::promises::COOLING_OFF;
use app::time::Moment;
use uuid::Uuid;

use super::again;
use super::row::{self, Row};
use super::store::lock_name;
use super::told::{self, Post};
use crate::centre::Centre;
use crate::consents::store as consents;
use crate::ledger::{self, Event};
use crate::requests::store as requests;
use crate::storage::Tx;
use crate::vault::Category;
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// Begins the cooling-off, and tells the account's phone as at every submission; one that is submitted already goes on as it is.
/// Returns when the cooling-off ends. After the commit, [`replay::flush_or_later`](crate::replay::flush_or_later) must be called.
///
/// # Errors
/// Storage or vault.
pub async fn begin(
    tx: &mut Tx,
    centre: &Centre,
    (caller, phone): (&Caller, &PhoneNumber),
    now: Moment,
) -> Result<Moment, Fault> {
    tx.lock(&lock_name(caller.person)).await?;
    // The gate looks at it under this name.
    tx.lock(&consents::lock_name(caller.person)).await?;
    let open = row::open(&mut *tx, caller.person).await?;
    let before = open.as_ref().map(Row::read).transpose()?;
    if let Some(due) = before.filter(Cancellation::is_under_way).and_then(|c| c.due_at) {
        return Ok(due);
    }
    let due = now.plus(COOLING_OFF);
    let next = Cancellation {
        state: State::CoolingOff,
        drafted_at: before.map_or(now, |draft| draft.drafted_at),
        in_review: false,
        verified_at: Some(now),
        proved_by: Some(ProvedBy::Review),
        submitted_at: Some(now),
        due_at: Some(due),
        refusal: None,
    };
    let (id, review) = match open {
        Some(row) => (row.id, row.review_id),
        None => {
            let id = Uuid::now_v7().to_string();
            row::insert(tx, caller.person, &id, &next).await?;
            (id, None)
        }
    };
    row::update(tx, &id, &next, now).await?;
    if let Some(review) = review {
        // Nobody needs to look at what was recognised any more.
        requests::revoke_in(tx, caller, &review, now).await?;
    }
    let key = centre.vault.key_for(caller.person, Category::Outbox, now).await?;
    let post = Post { owner: caller.person, phone: phone.clone(), key };
    told::after(tx, centre, &post, (&id, before.as_ref(), &next), &[], now).await?;
    again::note(tx, (centre, caller.person), (&id, before.as_ref(), &next), now).await?;
    let event = Event::Cancellation { state: next.state.id().to_owned(), refusal: None };
    ledger::append(tx, &caller.pseudonym, now, &event).await?;
    Ok(due)
}
