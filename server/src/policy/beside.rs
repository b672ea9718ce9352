//! What stands beside each clause, in its present state for whoever looks.

use std::collections::BTreeMap;

use app::consents::Purpose;
use app::consents::model::{Group, Standing};
use app::menu::Place;
use app::pages::policy::Beside;
use app::pages::settings;
use app::pages::sharing::path_to;
use app::pages::switches::Switch;
use app::policy::model::Version;
use app::sharing::model::Recipient;

use super::routes::COOKIES_HERE;
use crate::catalogue::{Control, Fact};
use crate::consents::{self, Locks};
use crate::cookies;
use crate::records::{own, totals};
use crate::sharing;
use crate::web::{Fault, Visit};

/// What is known of a signed-in person.
struct Person {
    standing: Standing,
    settings: settings::Model,
    locks: Locks,
    /// Records by kind.
    held: BTreeMap<String, usize>,
}

impl Person {
    async fn of(visit: &Visit) -> Result<Option<Self>, Fault> {
        let Some(caller) = &visit.caller else { return Ok(None) };
        let (settings, standing) = consents::settings_model(&visit.centre, visit).await?;
        let mut held: BTreeMap<String, usize> = BTreeMap::new();
        for total in totals(&visit.centre.data, caller.person).await? {
            *held.entry(total.field).or_default() += total.held;
        }
        for (field, items) in own::own(&visit.centre, caller).await? {
            *held.entry(field.to_owned()).or_default() += items.len();
        }
        Ok(Some(Self { standing, settings, locks: Locks::of(visit), held }))
    }
}

/// What stands beside the clauses of a version and of its children's rules.
///
/// # Errors
/// Storage or vault.
pub async fn beside(visit: &Visit, version: &Version) -> Result<BTreeMap<String, Beside>, Fault> {
    let person = Person::of(visit).await?;
    let policy = visit.centre.catalogue.policy();
    let mut decided = BTreeMap::new();
    for purpose in Purpose::ALL.iter().copied().filter(|purpose| purpose.is_per_recipient()) {
        decided.insert(purpose, sharing::decided_for(visit, purpose).await?);
    }
    let clauses = version.clauses().chain(&version.children);
    let clauses = clauses.filter_map(|clause| Some((clause, policy.control(&clause.id)?)));
    Ok(clauses.map(|(clause, control)| (clause.id.clone(), one(visit, person.as_ref(), &decided, control))).collect())
}

/// Switches of single recipients, by purpose.
type Decided = BTreeMap<Purpose, Vec<(String, Switch)>>;

fn one(visit: &Visit, person: Option<&Person>, decided: &Decided, control: &Control) -> Beside {
    let data = visit.centre.catalogue.data();
    let held = person
        .filter(|_| !control.fields.is_empty())
        .map(|person| control.fields.iter().map(|field| person.held.get(field).copied().unwrap_or_default()).sum());
    let state = |place: &Place| (*place, person.map(|person| person.settings.state_of(*place)).unwrap_or_default());
    let whole = control.switches.iter().filter(|purpose| !purpose.is_per_recipient());
    let single = control.switches.iter().filter_map(|purpose| decided.get(purpose)).flatten();
    let on = |switch: &Switch| if switch.on { "已开启" } else { "已关闭" };
    let present = |switch: &Switch| person.map(|_| on(switch).to_owned()).unwrap_or_default();
    let decision = |(recipient, switch): &(String, Switch)| {
        let place = if switch.purpose == Purpose::CrossBorder { Place::Abroad } else { Place::Sharing };
        // A visitor can't open the page abroad, but the list tells of it, too.
        let place = if person.is_some() { place } else { Place::Sharing };
        (switch.words.label.clone(), path_to(place, recipient), present(switch))
    };
    let states = |recipient: &Recipient| {
        let due = decided.values().flatten().filter(|(id, _)| *id == recipient.id);
        let states = due
            .filter(|_| person.is_some())
            .map(|(_, switch)| format!("{}：{}", visit.centre.catalogue.words(switch.purpose).label, on(switch)));
        states.collect::<Vec<_>>().join("，")
    };
    Beside {
        switches: whole.filter_map(|purpose| switch(visit, person, *purpose)).collect(),
        decisions: single.map(decision).collect(),
        places: control.places.iter().map(state).collect(),
        recipients: match control.fact {
            Some(Fact::Recipients) => data.all_recipients().iter().map(|r| (r.clone(), states(r))).collect(),
            None => Vec::new(),
        },
        held,
    }
}

/// The switch and where it posts to; none where it can't be decided: by a visitor, but for their browser's cookies.
fn switch(visit: &Visit, person: Option<&Person>, purpose: Purpose) -> Option<(Switch, String)> {
    let standing = person.map(|person| &person.standing);
    let (on, action) = match cookies::is_allowed(visit, standing, purpose) {
        Some(on) => (on, COOKIES_HERE),
        None => {
            let objects = visit.browser_objects && purpose.is_lowered_by_gpc();
            let action = if purpose.group() == Group::Cookies { COOKIES_HERE } else { Place::Policy.path() };
            (standing?.allows(purpose) && !objects, action)
        }
    };
    let words = visit.centre.catalogue.words(purpose).clone();
    let locked = person.is_some_and(|person| person.locks.holds(purpose));
    Some((Switch { purpose, words, on, locked }, action.to_owned()))
}
