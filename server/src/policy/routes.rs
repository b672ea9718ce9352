//! 隐私政策, 历史版本, 版本差别, 儿童规则.

use app::consents::Decision;
use app::consents::model::{Group, Lapse};
use app::menu::Place;
use app::pages::policy;
use axum::extract::State;
use serde::Deserialize;

use super::beside::beside;
use crate::centre::Centre;
use crate::consents::store::standing;
use crate::consents::{Wanted, decide, decide_at};
use crate::cookies;
use crate::web::guard::{self, Access};
use crate::web::router::Route;
use crate::web::{Answer, Input, Query, Visit};

/// The capability's routes.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::page(Place::Policy, show),
        Route::post(Place::Policy.path(), Access::SignedIn, decide_here),
        Route::post(COOKIES_HERE, Access::Anyone, decide_cookies_here),
        Route::page(Place::PolicyUpdate, show_update),
        Route::post(Place::PolicyUpdate.path(), Access::SignedIn, answer_update),
        Route::page(Place::PolicyVersions, show_versions),
        Route::page(Place::PolicyChanges, show_changes),
        Route::page(Place::Children, show_children),
    ]
}

#[derive(Deserialize)]
struct Asked {
    /// A version's number; without one, the version in force.
    version: Option<String>,
    #[serde(default)]
    q: String,
}

/// Longer than any word that somebody looks for.
const SOUGHT_CHARS: usize = 40;

async fn show(State(centre): State<Centre>, visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let all = centre.catalogue.policy();
    let in_force = all.in_force(visit.now);
    let version = match &asked.version {
        Some(number) => all.version(number).filter(|version| version.published <= visit.now),
        None => Some(in_force),
    };
    let Some(version) = version else { return Ok(guard::not_found(&visit)) };
    let is_in_force = version.number == in_force.number;
    let model = policy::Model {
        // An older text has no controls: what it says may not hold any more.
        beside: if is_in_force { beside(&visit, version).await? } else { Default::default() },
        version: version.clone(),
        is_in_force,
        is_to_come: visit.now < version.in_force,
        announced: all.announced(visit.now).map(|next| (next.number.clone(), next.in_force)),
        signed_in: visit.caller.is_some(),
        sought: asked.q.trim().chars().take(SOUGHT_CHARS).collect(),
    };
    Ok(visit.page(Place::Policy, || policy::view(model)))
}

/// Where the cookies' switches beside a clause post to: a visitor may, too.
pub const COOKIES_HERE: &str = "/settings/policy/cookies";

/// Every group but the cookies'.
const DECIDED_HERE: &[Group] = &[
    Group::Notifications,
    Group::Commercial,
    Group::Advertising,
    Group::Tags,
    Group::Permissions,
    Group::Friends,
    Group::Face,
    Group::Collection,
];

async fn decide_here(visit: Visit, Input(wanted): Input<Wanted>) -> Answer {
    decide_at(&visit, &wanted, (Place::Policy, &part_of(&visit, &wanted)), DECIDED_HERE).await
}

async fn decide_cookies_here(visit: Visit, Input(wanted): Input<Wanted>) -> Answer {
    cookies::decide_at(&visit, &wanted, (Place::Policy, &part_of(&visit, &wanted))).await
}

/// The clause beside which the switch stands, as a part of the page.
fn part_of(visit: &Visit, wanted: &Wanted) -> String {
    let purpose = wanted.purpose.parse().ok();
    let clause = purpose.and_then(|purpose| visit.centre.catalogue.policy().clause_of(purpose));
    clause.map(|clause| format!("#{}", policy::anchor_of(clause))).unwrap_or_default()
}

async fn show_update(State(centre): State<Centre>, visit: Visit) -> Answer {
    let caller = visit.caller()?;
    let texts = centre.catalogue.policy();
    let standing = standing(&centre.data, &centre, caller.person).await?;
    let asked =
        standing.0.iter().filter(|(_, stood)| stood.lapsed == Some(Lapse::Policy)).filter_map(|(purpose, stood)| {
            let (version, change) = texts.lapsed_by(*purpose, &stood.policy_version, visit.now)?;
            Some(policy::Asked {
                purpose: *purpose,
                words: centre.catalogue.words(*purpose).clone(),
                version: version.number.clone(),
                change: change.text.clone(),
                clause: texts.clause_of(*purpose).map(str::to_owned),
            })
        });
    let asked: Vec<_> = asked.collect();
    Ok(visit.page(Place::PolicyUpdate, || policy::update(asked)))
}

/// An answer to what is asked anew. Anything else is decided on its own page.
async fn answer_update(State(centre): State<Centre>, visit: Visit, Input(wanted): Input<Wanted>) -> Answer {
    let standing = standing(&centre.data, &centre, visit.caller()?.person).await?;
    let asked = standing.lapsed().find(|purpose| purpose.id() == wanted.purpose);
    let Some(purpose) = asked else { return Ok(guard::not_found(&visit)) };
    let decision = Decision { purpose, granted: wanted.granted };
    let mut response = decide(&visit, &wanted, Place::PolicyUpdate, &[purpose.group()]).await?;
    if !wanted.granted {
        cookies::obey(&visit, decision, &mut response);
    }
    Ok(response)
}

async fn show_versions(State(centre): State<Centre>, visit: Visit) -> Answer {
    let published = centre.catalogue.policy().versions().iter().filter(|version| version.published <= visit.now);
    let published: Vec<_> = published.cloned().collect();
    Ok(visit.page(Place::PolicyVersions, || policy::versions(&published, visit.now)))
}

async fn show_changes(State(centre): State<Centre>, visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let published = centre.catalogue.policy().versions().iter().filter(|version| version.published <= visit.now);
    let published: Vec<_> = published.collect();
    let at = match &asked.version {
        Some(number) => published.iter().position(|version| version.number == *number),
        None => published.len().checked_sub(1),
    };
    let Some(at) = at else { return Ok(guard::not_found(&visit)) };
    let older = at.checked_sub(1).map(|before| published[before]);
    Ok(visit.page(Place::PolicyChanges, || policy::changes(older, published[at])))
}

async fn show_children(State(centre): State<Centre>, visit: Visit) -> Answer {
    let version = centre.catalogue.policy().in_force(visit.now);
    let beside = beside(&visit, version).await?;
    let signed_in = visit.caller.is_some();
    Ok(visit.page(Place::Children, || policy::children(version, &beside, signed_in)))
}
