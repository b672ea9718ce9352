//! Cookie管理 and the banner's answers.

use app::consents::model::{Group, Standing};
use app::consents::{Decision, Purpose};
use app::cookies::model::{CookieChoice, CookieGroup};
use app::cookies::rules;
use app::menu::Place;
use app::pages::cookies::{self, Held};
use app::pages::switches::Switch;
use app::promises::COOKIE_CHOICE_LIFE;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{gate, store};
use crate::accounts::limits::TooMany;
use crate::centre::Centre;
use crate::consents::{Wanted, store as consents};
use crate::ledger::Pseudonym;
use crate::web::guard::{self, Access, own_path};
use crate::web::router::Route;
use crate::web::{Answer, Fault, Input, Visit};

/// Where an answer on the banner was given, in the ledger.
const BANNER: &str = "cookie-banner";

/// The capability's routes.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::page(Place::Cookies, show),
        Route::post(Place::Cookies.path(), Access::Anyone, decide),
        Route::post("/settings/cookies/answer", Access::Anyone, answer),
        Route::post("/settings/cookies/delete", Access::Anyone, delete),
        Route::post("/settings/cookies/delete-optional", Access::Anyone, delete_optional),
    ]
}

/// The account's decisions, of somebody who is signed in.
async fn standing(visit: &Visit) -> Result<Option<Standing>, Fault> {
    Ok(match &visit.caller {
        Some(caller) => Some(consents::standing(&visit.centre.data, &visit.centre, caller.person).await?),
        None => None,
    })
}

fn is_on(visit: &Visit, standing: Option<&Standing>, group: CookieGroup) -> bool {
    rules::allowed(group, visit.cookie_choice.as_ref(), standing, visit.browser_objects)
}

fn optional_groups() -> impl Iterator<Item = CookieGroup> {
    CookieGroup::ALL.into_iter().filter(|group| *group != CookieGroup::Necessary)
}

/// Whether a purpose's group of cookies is on in this browser; nothing for a purpose that is about no group.
#[must_use]
pub fn is_allowed(visit: &Visit, standing: Option<&Standing>, purpose: Purpose) -> Option<bool> {
    let group = optional_groups().find(|group| group.purpose() == Some(purpose))?;
    Some(is_on(visit, standing, group))
}

/// How many optional groups are on in this browser.
#[must_use]
pub fn groups_on(visit: &Visit, standing: &Standing) -> usize {
    optional_groups().filter(|group| is_on(visit, Some(standing), *group)).count()
}

async fn show(State(centre): State<Centre>, visit: Visit) -> Answer {
    let standing = standing(&visit).await?;
    let switch = |purpose: Purpose, on| Switch { purpose, words: centre.catalogue.words(purpose).clone(), on };
    let group = |group: CookieGroup| {
        let on = is_on(&visit, standing.as_ref(), group);
        group.purpose().map(|purpose| switch(purpose, on))
    };
    let beacon = Purpose::MailBeacon;
    let model = cookies::Model {
        groups: optional_groups().filter_map(group).collect(),
        mail_beacon: standing.as_ref().map(|standing| switch(beacon, standing.allows(beacon))),
        browser_objects: visit.browser_objects,
        asked_again_on: visit.cookie_choice.as_ref().map(|choice| choice.at.plus(COOKIE_CHOICE_LIFE)),
        held: held(&visit),
        inventory: centre.catalogue.cookies().to_vec(),
    };
    let mut response = visit.page(Place::Cookies, || cookies::view(model));
    if let Some(standing) = &standing {
        align(&visit, standing, &mut response);
    }
    Ok(response)
}

/// What this browser holds once this answer has arrived: what may not stay goes with it, and a notice is said once.
fn held(visit: &Visit) -> Vec<Held> {
    let leaving = gate::unwelcome(visit);
    let stays = |name: &str| name != crate::web::reply::NOTICE_COOKIE && !leaving.contains(&name);
    let held = visit.cookies.iter().filter(|(name, _)| stays(name));
    held.map(|(name, _)| Held { name: name.clone(), kind: visit.centre.catalogue.cookie_kind(name).cloned() }).collect()
}

/// A fresh answer of a browser that has never answered: no to all, under a new name.
fn blank(visit: &Visit) -> CookieChoice {
    CookieChoice::all(false, visit.now, Pseudonym::random().as_str().to_owned())
}

/// A visitor's answers cost a row each; nobody needs many.
fn too_many(visit: &Visit) -> Option<Response> {
    let limited = visit.caller.is_none() && visit.centre.limits.try_address(visit.address).is_err();
    limited.then(|| visit.problem(StatusCode::TOO_MANY_REQUESTS, "请稍等", TooMany::MESSAGE))
}

async fn decide(visit: Visit, Input(wanted): Input<Wanted>) -> Answer {
    decide_at(&visit, &wanted, (Place::Cookies, "")).await
}

/// One tap on a switch of a group, wherever it stands: without script the way leads back there (`#…` on a long page).
///
/// # Errors
/// Storage.
pub async fn decide_at(visit: &Visit, wanted: &Wanted, (place, part): (Place, &str)) -> Answer {
    let purpose = wanted.purpose.parse::<Purpose>().ok().filter(|p| p.group() == Group::Cookies);
    let Some(purpose) = purpose else { return Ok(guard::not_found(visit)) };
    let decision = Decision { purpose, granted: wanted.granted };
    if let Some(response) = too_many(visit) {
        return Ok(response);
    }
    let label = visit.centre.catalogue.words(purpose).label.clone();
    let choice =
        rules::change(visit.cookie_choice.clone().unwrap_or_else(|| blank(visit)), decision, visit.browser_objects);
    let choice = match choice {
        Ok(choice) => CookieChoice { at: visit.now, ..choice },
        Err(refusal) => {
            let help = refusal.message();
            return Ok(visit.refuse(help, place, move || app::pages::problem::view(&label, help, None)));
        }
    };
    match &visit.caller {
        Some(caller) => {
            let outcome =
                consents::decide(&visit.centre, caller, decision, place.path(), visit.browser_objects, visit.now);
            if outcome.await?.is_err() {
                return Ok(guard::not_found(visit));
            }
        }
        // 邮件信标跟踪 is about an account's mail: a visitor has none.
        None if purpose == Purpose::MailBeacon => return Ok(guard::not_found(visit)),
        None => store::record_visitor(visit, &choice, &[decision], place.path()).await?,
    }
    let verb = if wanted.granted { "已开启" } else { "已关闭，立即生效" };
    let switches = [(purpose.id(), wanted.granted)];
    let mut response = visit.done(&format!("{label}：{verb}"), &format!("{}{part}", place.path()), &switches);
    if purpose != Purpose::MailBeacon {
        gate::remember(visit, &choice, &mut response);
    }
    Ok(response)
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reply {
    Accept,
    Decline,
}

#[derive(Deserialize)]
struct AnswerForm {
    answer: Reply,
    #[serde(default)]
    return_to: String,
}

async fn answer(visit: Visit, Input(form): Input<AnswerForm>) -> Answer {
    if let Some(response) = too_many(&visit) {
        return Ok(response);
    }
    let yes = matches!(form.answer, Reply::Accept);
    let decisions = rules::answered(yes, visit.browser_objects);
    let choice = visit.cookie_choice.clone().unwrap_or_else(|| blank(&visit));
    let choice = decisions.into_iter().fold(choice, |choice, d| choice.clone().with(d).unwrap_or(choice));
    let choice = CookieChoice { at: visit.now, ..choice };
    match &visit.caller {
        Some(caller) => store::record_account(&visit, caller, &decisions, BANNER).await?,
        None => store::record_visitor(&visit, &choice, &decisions, BANNER).await?,
    }
    let notice = if yes {
        "已允许可选 Cookie，随时可以在 Cookie管理 里关闭"
    } else {
        "只使用必要的 Cookie"
    };
    let mut response = visit.done(notice, own_path(&form.return_to), &[]);
    gate::remember(&visit, &choice, &mut response);
    Ok(response)
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

async fn delete(visit: Visit, Input(named): Input<Named>) -> Answer {
    let found = held(&visit).into_iter().find(|held| held.name == named.name && is_optional(held));
    match found {
        Some(held) => delete_all(&visit, vec![held]).await,
        None => Ok(visit.done("这个 Cookie 已经不在了", Place::Cookies.path(), &[])),
    }
}

async fn delete_optional(visit: Visit) -> Answer {
    delete_all(&visit, held(&visit).into_iter().filter(is_optional).collect()).await
}

fn is_optional(held: &Held) -> bool {
    held.kind.as_ref().is_none_or(|kind| kind.group != CookieGroup::Necessary)
}

async fn delete_all(visit: &Visit, held: Vec<Held>) -> Answer {
    // What a browser calls an unlisted cookie may be anything, so the ledger only hears that it was one.
    let name = |held: &Held| held.kind.as_ref().map_or_else(|| "unlisted".to_owned(), |kind| kind.name.clone());
    store::record_deletion(visit, &held.iter().map(name).collect::<Vec<_>>()).await?;
    let mut response = visit.done(&format!("已删除 {} 个 Cookie", held.len()), Place::Cookies.path(), &[]);
    for held in &held {
        gate::remove(visit, &held.name, &mut response);
    }
    Ok(response)
}

/// Makes this browser follow a decision that was taken on another page.
pub fn obey(visit: &Visit, decision: Decision, response: &mut Response) {
    let changed = visit.cookie_choice.clone().and_then(|choice| choice.with(decision));
    if let Some(choice) = changed {
        gate::remember(visit, &choice, response);
    }
}

/// Lowers this browser's answer to what the account allows now: it may have been withdrawn on another device.
pub fn align(visit: &Visit, standing: &Standing, response: &mut Response) {
    let Some(choice) = &visit.cookie_choice else { return };
    let lowered = rules::lowered(choice.clone(), standing);
    if lowered != *choice {
        gate::remember(visit, &lowered, response);
    }
}

/// Remembers 关怀模式 in this browser, if 偏好 cookies may.
///
/// # Errors
/// Storage.
pub async fn remember_appearance(visit: &Visit, care: bool, response: &mut Response) -> Result<(), Fault> {
    if is_on(visit, standing(visit).await?.as_ref(), CookieGroup::Preference) {
        gate::set_appearance(visit, care, response);
    }
    Ok(())
}
