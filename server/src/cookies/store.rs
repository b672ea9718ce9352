//! SQL of answers about cookies: under a visitor's own name in the ledger, or with the account's other decisions.

use std::collections::BTreeSet;

use app::consents::rules::join;
use app::consents::{Decision, Purpose};
use app::cookies::inventory::Tracker;
use app::cookies::model::{AccountChoice, CookieChoice, CookieGroup};
use app::cookies::rules::{self, is_news};
use app::menu::Place;
use axum::http::header;
use axum::response::Response;
use uuid::Uuid;

use super::gate;
use crate::accounts::{sessions, store as accounts};
use crate::centre::Centre;
use crate::consents::store::{self as consents, By, Made};
use crate::ledger::{self, Event, Pseudonym};
use crate::replay;
use crate::storage::Executor;
use crate::web::fault::Fault;
use crate::web::visit::{Caller, Visit};

/// What an account has decided about groups and their items.
///
/// # Errors
/// Storage. Never "nothing decided" in place of a failure.
pub async fn account_choice(
    on: impl Into<Executor<'_>>,
    centre: &Centre,
    person: Uuid,
) -> Result<AccountChoice, Fault> {
    let (groups, items) = consents::all_standing(on, centre, person).await?;
    Ok(AccountChoice { groups, items })
}

/// A visitor's name in the ledger. A browser sends only what it is made from, and can't make it: who puts another's name into
/// their cookie, a person's or the centre's own, reaches a chain of their own.
#[must_use]
pub fn visitor_name(centre: &Centre, choice: &CookieChoice) -> Pseudonym {
    Pseudonym::hashed(&centre.vault.blind_index("visitor", &choice.visitor))
}

/// Records what a visitor has decided, of a group each or of one item in it, under the visitor's name.
///
/// # Errors
/// Storage.
pub async fn record_visitor(
    visit: &Visit,
    choice: &CookieChoice,
    (decisions, about): (&[Decision], Option<&str>),
    surface: &str,
) -> Result<(), Fault> {
    let pseudonym = visitor_name(&visit.centre, choice);
    let mut tx = visit.centre.data.begin().await?;
    for decision in decisions {
        let made = Made { about, ..Made::of(*decision, surface, by(visit, *decision)) };
        let event = consents::event(&visit.centre, made, visit.now)?;
        ledger::append(&mut tx, &pseudonym, visit.now, &event).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Records an answer to all groups at once with the account's decisions, and returns what the account says then.
///
/// # Errors
/// Storage.
pub async fn record_account(
    visit: &Visit,
    caller: &Caller,
    decisions: &[Decision],
    surface: &str,
) -> Result<AccountChoice, Fault> {
    let inventory = visit.centre.catalogue.trackers();
    let mut tx = visit.centre.data.begin().await?;
    tx.lock(&consents::lock_name(caller.person)).await?;
    let before = account_choice(&mut tx, &visit.centre, caller.person).await?;
    for decision in decisions.iter().filter(|d| is_news(&before, **d, inventory)) {
        // A "yes" to all is one to all that may be asked at that age.
        if consents::may_decide(caller, *decision).is_err() {
            continue;
        }
        let made = Made::of(*decision, surface, by(visit, *decision));
        consents::record(&mut tx, &visit.centre, caller, made, visit.now).await?;
    }
    let after = account_choice(&mut tx, &visit.centre, caller.person).await?;
    tx.commit().await?;
    replay::flush_or_later(&visit.centre).await;
    Ok(after)
}

/// Records an account's decision about one item of a group.
///
/// # Errors
/// Storage.
pub async fn record_item(
    visit: &Visit,
    caller: &Caller,
    item: &Tracker,
    decision: Decision,
    surface: &str,
) -> Result<(), Fault> {
    let mut tx = visit.centre.data.begin().await?;
    tx.lock(&consents::lock_name(caller.person)).await?;
    let before = account_choice(&mut tx, &visit.centre, caller.person).await?;
    if before.own(item) != Some(decision.granted) {
        let made = Made { about: Some(&item.name), ..Made::of(decision, surface, By::Person) };
        consents::record(&mut tx, &visit.centre, caller, made, visit.now).await?;
    }
    tx.commit().await?;
    replay::flush_or_later(&visit.centre).await;
    Ok(())
}

fn by(visit: &Visit, decision: Decision) -> By {
    let objected = visit.browser_objects && decision.purpose.is_lowered_by_gpc() && !decision.granted;
    if objected { By::BrowserSignal } else { By::Person }
}

/// Whose chain an event of this browser belongs to: the account's, or the visitor's own. A visitor who has never answered has
/// no name in the ledger, and is given none for tidying up.
fn chain(visit: &Visit) -> Option<Pseudonym> {
    let answer = visit.cookie_choice.as_ref().or(visit.lapsed_choice.as_ref());
    let visitor = || answer.map(|choice| visitor_name(&visit.centre, choice));
    visit.caller.as_ref().map(|caller| caller.pseudonym.clone()).or_else(visitor)
}

/// Leaves one event of deleted cookies: under the account's name, or the visitor's. `names` are the inventory's, never what a browser
/// sent; of those that it does not name there is only how many.
///
/// # Errors
/// Storage.
pub async fn record_deletion(visit: &Visit, names: BTreeSet<String>, unlisted: usize) -> Result<(), Fault> {
    let Some(pseudonym) = chain(visit) else { return Ok(()) };
    if names.is_empty() && unlisted == 0 {
        return Ok(());
    }
    let event = Event::CookiesDeleted { names: names.into_iter().collect(), unlisted: i64::try_from(unlisted)? };
    let mut tx = visit.centre.data.begin().await?;
    ledger::append(&mut tx, &pseudonym, visit.now, &event).await?;
    tx.commit().await?;
    Ok(())
}

/// Leaves the event that everything in a browser is cleared, and ends its session: the browser is about to lose its token.
///
/// # Errors
/// Storage.
pub async fn record_clearing(visit: &Visit) -> Result<(), Fault> {
    let Some(pseudonym) = chain(visit) else { return Ok(()) };
    let mut tx = visit.centre.data.begin().await?;
    ledger::append(&mut tx, &pseudonym, visit.now, &Event::SiteDataCleared).await?;
    if let Some(caller) = &visit.caller {
        accounts::sign_out_in(&mut tx, visit, caller).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// A session that has just begun is not there.
#[derive(Debug, thiserror::Error)]
#[error("the session that has just begun can't be found")]
struct NoSession;

/// Joins this browser's answer to the account that has just signed in: the stricter wins, on both sides, for groups and for
/// each item of them.
///
/// # Errors
/// Storage or vault.
pub async fn join_account(visit: &Visit, person: Uuid, token: &str, response: &mut Response) -> Result<(), Fault> {
    let caller = sessions::find(&visit.centre, token, visit.now).await?.ok_or(NoSession)?;
    if caller.is_child() {
        forget_answer(visit, response);
        return Ok(());
    }
    let inventory = visit.centre.catalogue.trackers();
    let mut tx = visit.centre.data.begin().await?;
    tx.lock(&consents::lock_name(person)).await?;
    let mut answer = Vec::new();
    for decision in visit.cookie_choice.iter().flat_map(CookieChoice::decisions) {
        // Who answered did not say how old they are: a "yes" that the account can't give is none of its answers.
        if consents::may_decide(&caller, decision).is_ok() {
            answer.push(decision);
        }
    }
    if visit.browser_objects {
        let (_, about) = consents::all_standing(&mut tx, &visit.centre, person).await?;
        crate::sharing::lower(&mut tx, &visit.centre, &caller, &about, visit.now).await?;
    }
    let mut account = account_choice(&mut tx, &visit.centre, person).await?;
    for change in join(&account.groups, &answer, visit.browser_objects) {
        let objected = visit.browser_objects && change.purpose.is_lowered_by_gpc();
        let (by, surface) =
            if objected { (By::BrowserSignal, "sec-gpc") } else { (By::JoinedVisitor, Place::SignIn.path()) };
        consents::record(&mut tx, &visit.centre, &caller, Made::of(change, surface, by), visit.now).await?;
    }
    if let Some(choice) = &visit.cookie_choice {
        account = account_choice(&mut tx, &visit.centre, person).await?;
        for (item, granted) in rules::join_items(&account, choice, inventory, visit.browser_objects) {
            let Some(purpose) = item.group.purpose() else { continue };
            let made = Made {
                about: Some(&item.name),
                ..Made::of(Decision { purpose, granted }, Place::SignIn.path(), By::JoinedVisitor)
            };
            consents::record(&mut tx, &visit.centre, &caller, made, visit.now).await?;
        }
    }
    account = account_choice(&mut tx, &visit.centre, person).await?;
    tx.commit().await?;
    replay::flush_or_later(&visit.centre).await;
    remember_account(visit, &account, response);
    Ok(())
}

/// What a visitor has answered counts for nothing once a child is there who waits for a guardian: whoever comes after them is
/// asked anew.
fn forget_answer(visit: &Visit, response: &mut Response) {
    if visit.cookie(CookieChoice::COOKIE).is_some() {
        let removal = gate::removal(CookieChoice::COOKIE, visit.centre.https);
        response.headers_mut().append(header::SET_COOKIE, removal);
    }
}

/// Keeps in this browser what the account says, if it says anything about cookies.
fn remember_account(visit: &Visit, account: &AccountChoice, response: &mut Response) {
    let decided = |group: CookieGroup| group.purpose().is_some_and(|p: Purpose| account.groups.0.contains_key(&p));
    if !CookieGroup::OPTIONAL.into_iter().any(decided) {
        return;
    }
    let choice = visit.cookie_choice.clone().unwrap_or_else(|| blank(visit));
    gate::remember(visit, &rules::mirrored(choice, account, visit.centre.catalogue.trackers()), response);
}

/// A fresh answer of a browser that has none: no to all groups, for a new visitor.
#[must_use]
pub fn blank(visit: &Visit) -> CookieChoice {
    rules::blank(visit.lapsed_choice.as_ref(), visit.now, Uuid::new_v4().to_string())
}
