//! Whether data may go to a recipient, and what a browser's signal takes back.

use app::consents::model::StandingAbout;
use app::consents::{Decision, Purpose};
use app::sharing::rules;
use app::time::Moment;
use uuid::Uuid;

use crate::accounts::store::ACTIVE;
use crate::centre::Centre;
use crate::consents::store::{self as consents, By, Made};
use crate::storage::{Tx, sql};
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// Whether a person's data may go to a recipient for a purpose, now. Whatever gives data to a recipient asks here first.
///
/// "No" for whom nothing is recorded, for a recipient or purpose that the catalogue does not know, and for an account that is
/// not in use or is being cancelled.
///
/// # Errors
/// Storage. Not known is neither yes nor no: nothing may go, and it is tried again.
pub async fn may_share(centre: &Centre, person: Uuid, recipient: &str, purpose: Purpose) -> Result<bool, Fault> {
    let Some(recipient) = centre.catalogue.data().recipient(recipient) else { return Ok(false) };
    let state = sql("SELECT state FROM person WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM cancellation \
         WHERE person_id = person.id AND submitted_at IS NOT NULL AND ended_at IS NULL)")
    .bind(person)
    .fetch_optional::<(String,)>(&centre.data)
    .await?;
    if state.is_none_or(|(state,)| state != ACTIVE) {
        return Ok(false);
    }
    let (_, standing) = consents::all_standing(&centre.data, centre, person).await?;
    Ok(rules::may_share(recipient, purpose, &standing))
}

/// Takes back what Global Privacy Control objects to, recipient by recipient. It only lowers.
///
/// # Errors
/// Storage.
pub async fn lower(
    tx: &mut Tx,
    centre: &Centre,
    caller: &Caller,
    standing: &StandingAbout,
    now: Moment,
) -> Result<(), Fault> {
    for ((purpose, about), stood) in standing {
        let known = centre.catalogue.words_about(*purpose, about).is_some();
        if purpose.is_per_recipient() && purpose.is_lowered_by_gpc() && stood.granted && known {
            let decision = Decision { purpose: *purpose, granted: false };
            let made = Made { decision, about: Some(about), surface: "sec-gpc", by: By::BrowserSignal };
            consents::record(tx, centre, caller, made, now).await?;
        }
    }
    Ok(())
}
