//! SQL of answers about cookies: under a visitor's own random name in the ledger, or with the account's other decisions.

use app::consents::model::Standing;
use app::consents::rules::join;
use app::consents::{Decision, Purpose};
use app::cookies::model::CookieChoice;
use app::menu::Place;
use axum::response::Response;
use uuid::Uuid;

use super::gate;
use crate::accounts::sessions;
use crate::consents::store::{self as consents, By, Made};
use crate::ledger::{self, Event, Pseudonym};
use crate::web::fault::Fault;
use crate::web::visit::{Caller, Visit};

/// Records a visitor's decisions under the name that the answer carries.
///
/// # Errors
/// Storage.
pub async fn record_visitor(
    visit: &Visit,
    choice: &CookieChoice,
    decisions: &[Decision],
    surface: &str,
) -> Result<(), Fault> {
    let pseudonym = Pseudonym::parse(&choice.visitor)?;
    let mut tx = visit.centre.data.begin().await?;
    for decision in decisions {
        let made = Made::of(*decision, surface, by(visit, *decision));
        let event = consents::event(&visit.centre, made, visit.now)?;
        ledger::append(&mut tx, &pseudonym, visit.now, &event).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Records an answer to all groups at once with the account's decisions.
///
/// # Errors
/// Storage.
pub async fn record_account(
    visit: &Visit,
    caller: &Caller,
    decisions: &[Decision],
    surface: &str,
) -> Result<(), Fault> {
    let mut tx = visit.centre.data.begin().await?;
    tx.lock(&consents::lock_name(caller.person)).await?;
    let standing = consents::standing(&mut tx, &visit.centre, caller.person).await?;
    for decision in decisions.iter().filter(|d| is_news(&standing, **d)) {
        let made = Made::of(*decision, surface, by(visit, *decision));
        consents::record(&mut tx, &visit.centre, caller, made, visit.now).await?;
    }
    tx.commit().await?;
    Ok(())
}

fn is_news(standing: &Standing, decision: Decision) -> bool {
    !standing.0.contains_key(&decision.purpose) || standing.allows(decision.purpose) != decision.granted
}

fn by(visit: &Visit, decision: Decision) -> By {
    let objected = visit.browser_objects && decision.purpose.is_lowered_by_gpc() && !decision.granted;
    if objected { By::BrowserSignal } else { By::Person }
}

/// Leaves the event of a deleted cookie: under the account's name, or the visitor's. `name` is the inventory's, never
/// what a browser sent.
///
/// # Errors
/// Storage.
pub async fn record_deletion(visit: &Visit, names: &[String]) -> Result<(), Fault> {
    let visitor = visit.cookie_choice.as_ref().map(|choice| Pseudonym::parse(&choice.visitor)).transpose()?;
    let Some(pseudonym) = visit.caller.as_ref().map(|c| c.pseudonym.clone()).or(visitor) else {
        // A visitor who has never answered has no name in the ledger, and is given none for tidying up.
        return Ok(());
    };
    let mut tx = visit.centre.data.begin().await?;
    for name in names {
        let event = Event::CookieDeleted { name: name.clone() };
        ledger::append(&mut tx, &pseudonym, visit.now, &event).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// A session that has just begun is not there.
#[derive(Debug, thiserror::Error)]
#[error("the session that has just begun can't be found")]
struct NoSession;

/// Joins this browser's answer to the account that has just signed in: the stricter wins, on both sides.
///
/// # Errors
/// Storage or vault.
pub async fn join_account(visit: &Visit, person: Uuid, token: &str, response: &mut Response) -> Result<(), Fault> {
    let caller = sessions::find(&visit.centre, token, visit.now).await?.ok_or(NoSession)?;
    let answer = visit.cookie_choice.as_ref().map_or(Vec::new(), |choice| choice.decisions().to_vec());
    let mut tx = visit.centre.data.begin().await?;
    tx.lock(&consents::lock_name(person)).await?;
    let (mut standing, about) = consents::all_standing(&mut tx, &visit.centre, person).await?;
    if visit.browser_objects {
        crate::sharing::lower(&mut tx, &visit.centre, &caller, &about, visit.now).await?;
    }
    for change in join(&standing, &answer, visit.browser_objects) {
        let objected = visit.browser_objects && change.purpose.is_lowered_by_gpc();
        let (by, surface) =
            if objected { (By::BrowserSignal, "sec-gpc") } else { (By::JoinedVisitor, Place::SignIn.path()) };
        consents::record(&mut tx, &visit.centre, &caller, Made::of(change, surface, by), visit.now).await?;
    }
    standing = consents::standing(&mut tx, &visit.centre, person).await?;
    tx.commit().await?;
    remember_standing(visit, &standing, response);
    Ok(())
}

/// Keeps in this browser what the account says, if it says anything about cookies.
fn remember_standing(visit: &Visit, standing: &Standing, response: &mut Response) {
    let decided = |purpose| standing.0.contains_key(&purpose);
    let groups = [Purpose::CookiesPreference, Purpose::CookiesAnalytics, Purpose::CookiesAdvertising];
    if !groups.into_iter().any(decided) {
        return;
    }
    let blank = || CookieChoice::all(false, visit.now, Pseudonym::random().as_str().to_owned());
    let choice = visit.cookie_choice.clone().unwrap_or_else(blank);
    let choice = groups.into_iter().fold(choice, |choice, purpose| {
        let granted = standing.allows(purpose);
        choice.clone().with(Decision { purpose, granted }).unwrap_or(choice)
    });
    gate::remember(visit, &choice, response);
}
