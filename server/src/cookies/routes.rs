//! Cookie管理, the banner's answers, 清除本站数据.

use app::consents::model::{Group, Standing};
use app::consents::rules::Refusal;
use app::consents::{Decision, Purpose};
use app::cookies::inventory::Tracker;
use app::cookies::model::{AccountChoice, CookieChoice, CookieGroup};
use app::cookies::rules;
use app::menu::Place;
use app::pages::cookies::{self, Held, Item};
use app::pages::site_data;
use app::pages::switches::Switch;
use app::promises::COOKIE_CHOICE_LIFE;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{gate, store};
use crate::accounts::limits::TooMany;
use crate::catalogue::Catalogue;
use crate::consents::{Locks, Wanted, store as consents};
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
        Route::page(Place::SiteData, show_clearing),
        Route::post(Place::SiteData.path(), Access::Anyone, clear),
    ]
}

/// The account's decisions, of somebody who is signed in.
async fn account(visit: &Visit) -> Result<Option<AccountChoice>, Fault> {
    Ok(match &visit.caller {
        Some(caller) => Some(store::account_choice(&visit.centre.data, &visit.centre, caller.person).await?),
        None => None,
    })
}

fn is_on(visit: &Visit, standing: Option<&Standing>, group: CookieGroup) -> bool {
    rules::allowed(group, visit.cookie_choice.as_ref(), standing, visit.browser_objects)
}

/// Whether a purpose's group of cookies is on in this browser; nothing for a purpose that is about no group.
#[must_use]
pub fn is_allowed(visit: &Visit, standing: Option<&Standing>, purpose: Purpose) -> Option<bool> {
    let group = CookieGroup::OPTIONAL.into_iter().find(|group| group.purpose() == Some(purpose))?;
    Some(is_on(visit, standing, group))
}

/// How many optional groups are on in this browser.
#[must_use]
pub fn groups_on(visit: &Visit, standing: &Standing) -> usize {
    CookieGroup::OPTIONAL.into_iter().filter(|group| is_on(visit, Some(standing), *group)).count()
}

async fn show(visit: Visit) -> Answer {
    let account = account(&visit).await?;
    let model = model(&visit, account.as_ref(), &Locks::of(&visit));
    let mut response = visit.page(Place::Cookies, || cookies::view(model));
    if let Some(account) = &account {
        lower(&visit, account, &mut response);
    }
    Ok(response)
}

fn model(visit: &Visit, account: Option<&AccountChoice>, locks: &Locks) -> cookies::Model {
    let catalogue = &visit.centre.catalogue;
    let standing = account.map(|account| &account.groups);
    let switch = |purpose: Purpose, on| {
        let words = catalogue.words(purpose).clone();
        Switch { purpose, words, on, locked: locks.holds(purpose) }
    };
    let group = |group: CookieGroup| {
        let items = catalogue.trackers().iter().filter(|item| item.group == group);
        let item = |item: &Tracker| Item {
            tracker: item.clone(),
            words: group.purpose().and_then(|purpose| catalogue.words_about(purpose, &item.name)).cloned(),
            on: rules::item_allowed(item, visit.cookie_choice.as_ref(), account, visit.browser_objects),
            is_new: is_new(visit, account, item),
        };
        let on = match group {
            CookieGroup::Mail => standing.map(|standing| standing.allows(Purpose::MailBeacon)),
            group => Some(is_on(visit, standing, group)),
        };
        let switch = group.purpose().and_then(|purpose| Some(switch(purpose, on?)));
        (group, cookies::GroupRows { switch, items: items.map(item).collect() })
    };
    cookies::Model {
        groups: CookieGroup::ALL.into_iter().map(group).collect(),
        browser_objects: visit.browser_objects,
        asks: visit.ask_cookies(),
        asked_again_on: visit.cookie_choice.as_ref().map(|choice| choice.at.plus(COOKIE_CHOICE_LIFE)),
        held: held(visit),
    }
}

/// Whether an item's group is on, and the item came later: it waits for a decision of its own.
fn is_new(visit: &Visit, account: Option<&AccountChoice>, item: &Tracker) -> bool {
    let on = is_on(visit, account.map(|account| &account.groups), item.group);
    let own = account.and_then(|account| account.own(item));
    let here = visit.cookie_choice.as_ref().and_then(|choice| choice.items.get(&item.name));
    let allowed = rules::item_allowed(item, visit.cookie_choice.as_ref(), account, visit.browser_objects);
    on && item.is_decided() && own.is_none() && here.is_none() && !allowed
}

/// What this browser holds once this answer has arrived: what may not stay goes with it, and a notice is said once.
fn held(visit: &Visit) -> Vec<Held> {
    let leaving = gate::unwelcome(visit);
    let stays = |name: &str| name != crate::web::reply::NOTICE_COOKIE && !leaving.contains(&name);
    let held = visit.cookies.iter().filter(|(name, _)| stays(name));
    held.map(|(name, _)| Held { name: name.clone(), kind: visit.centre.catalogue.cookie(name).cloned() }).collect()
}

/// A visitor's answers cost a row each; nobody needs many. What an account decides is never held up.
fn too_many(visit: &Visit) -> Option<Response> {
    let limited = visit.caller.is_none() && visit.centre.limits.try_address(visit.address).is_err();
    limited.then(|| wait(visit))
}

/// Deleting decides nothing, so an account may not do it without end either.
fn too_many_deletions(visit: &Visit) -> Option<Response> {
    let limits = &visit.centre.limits;
    let tried = match &visit.caller {
        Some(caller) => limits.try_person(caller.person),
        None => limits.try_address(visit.address),
    };
    tried.is_err().then(|| wait(visit))
}

fn wait(visit: &Visit) -> Response {
    visit.problem(StatusCode::TOO_MANY_REQUESTS, "请稍等", TooMany::MESSAGE)
}

/// What a switch of the page is about: a purpose, and after a colon the one item of its group.
fn subject<'c>(catalogue: &'c Catalogue, text: &str) -> Option<(Purpose, Option<&'c Tracker>)> {
    let (purpose, name) = text.split_once(':').map_or((text, None), |(purpose, name)| (purpose, Some(name)));
    let purpose = purpose.parse::<Purpose>().ok().filter(|p| p.group() == Group::Cookies)?;
    match name {
        None => Some((purpose, None)),
        Some(name) => catalogue.item(purpose, name).map(|item| (purpose, Some(item))),
    }
}

async fn decide(visit: Visit, Input(wanted): Input<Wanted>) -> Answer {
    decide_at(&visit, &wanted, (Place::Cookies, "")).await
}

/// One tap on a switch of a group or of an item, wherever it stands: without script the way leads back there (`#…` on a long
/// page).
///
/// # Errors
/// Storage.
pub async fn decide_at(visit: &Visit, wanted: &Wanted, at: (Place, &str)) -> Answer {
    let centre = visit.centre.clone();
    let Some((purpose, item)) = subject(&centre.catalogue, &wanted.purpose) else {
        return Ok(guard::not_found(visit));
    };
    if let Some(response) = too_many(visit) {
        return Ok(response);
    }
    if let Some(response) = never_for_a_child(visit, wanted.granted) {
        return Ok(response);
    }
    match item {
        Some(item) => decide_item(visit, item, Decision { purpose, granted: wanted.granted }).await,
        None => decide_group(visit, Decision { purpose, granted: wanted.granted }, at).await,
    }
}

fn refuse(visit: &Visit, title: &str, place: Place, refusal: Refusal) -> Response {
    let (title, help) = (title.to_owned(), refusal.message());
    visit.refuse(help, place, move || app::pages::problem::view(&title, help, None))
}

/// A child's account takes no "yes"; and a "no", which is how everything stands, leaves nothing.
fn never_for_a_child(visit: &Visit, granted: bool) -> Option<Response> {
    let caller = visit.caller.as_ref().filter(|caller| caller.is_child())?;
    let (refusal, place) = if caller.waits_for_guardian {
        (Refusal::WaitsForGuardian, Place::Guardian)
    } else {
        (Refusal::Child, Place::Cookies)
    };
    Some(if granted {
        refuse(visit, Place::Cookies.label(), Place::Cookies, refusal)
    } else {
        visit.done("可选 Cookie 都是关闭的", place.path(), &[])
    })
}

async fn decide_group(visit: &Visit, decision: Decision, (place, part): (Place, &str)) -> Answer {
    let catalogue = &visit.centre.catalogue;
    let label = &catalogue.words(decision.purpose).label;
    let choice = visit.cookie_choice.clone().unwrap_or_else(|| store::blank(visit));
    let choice = match rules::change(choice, decision, catalogue.trackers(), visit.browser_objects) {
        Ok(choice) => choice,
        Err(refusal) => return Ok(refuse(visit, label, place, refusal)),
    };
    match &visit.caller {
        Some(caller) => {
            let outcome =
                consents::decide(&visit.centre, caller, decision, place.path(), visit.browser_objects, visit.now)
                    .await?;
            if let Err(refusal) = outcome {
                return Ok(refuse(visit, label, place, refusal));
            }
        }
        // 邮件信标跟踪 is about an account's mail: a visitor has none.
        None if decision.purpose == Purpose::MailBeacon => return Ok(guard::not_found(visit)),
        None => store::record_visitor(visit, &choice, (&[decision], None), place.path()).await?,
    }
    let verb = if decision.granted { "已开启" } else { "已关闭，立即生效" };
    // The account may have decided more elsewhere.
    let account = account(visit).await?;
    let choice = match &account {
        Some(account) => rules::lowered(choice, account, catalogue.trackers()),
        None => choice,
    };
    let items = catalogue.trackers().iter().filter(|item| item.is_decided());
    let mut switches = vec![(decision.purpose.id().to_owned(), decision.granted)];
    switches.extend(items.filter(|item| item.group.purpose() == Some(decision.purpose)).map(|item| {
        let on = rules::item_allowed(item, Some(&choice), account.as_ref(), visit.browser_objects);
        (cookies::item_id(decision.purpose, item), on)
    }));
    let switches: Vec<_> = switches.iter().map(|(id, on)| (id.as_str(), *on)).collect();
    let mut response = visit.done(&format!("{label}：{verb}"), &format!("{}{part}", place.path()), &switches);
    if decision.purpose != Purpose::MailBeacon {
        gate::remember(visit, &choice, &mut response);
    }
    Ok(response)
}

async fn decide_item(visit: &Visit, item: &Tracker, decision: Decision) -> Answer {
    let (label, place) = (item.label(), Place::Cookies.path());
    if let Some(caller) = &visit.caller
        && let Err(refusal) = consents::may_decide(caller, decision)
    {
        return Ok(refuse(visit, &label, Place::Cookies, refusal));
    }
    let standing = account(visit).await?.map(|account| account.groups);
    let group_is_on = is_on(visit, standing.as_ref(), item.group);
    let choice = visit.cookie_choice.clone().unwrap_or_else(|| store::blank(visit));
    let changed = rules::change_item(choice, (item, decision.granted), group_is_on, visit.browser_objects);
    let choice = match changed {
        Ok(choice) => choice,
        Err(refusal) => return Ok(refuse(visit, &label, Place::Cookies, refusal)),
    };
    match &visit.caller {
        Some(caller) => store::record_item(visit, caller, item, decision, place).await?,
        None => store::record_visitor(visit, &choice, (&[decision], Some(&item.name)), place).await?,
    }
    let verb = if decision.granted { "已允许" } else { "已关闭，立即生效" };
    let id = cookies::item_id(decision.purpose, item);
    let mut response = visit.done(&format!("{label}：{verb}"), place, &[(&id, decision.granted)]);
    gate::remember(visit, &choice, &mut response);
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
    if let Some(response) = never_for_a_child(&visit, yes) {
        return Ok(response);
    }
    let decisions = rules::answered(yes, visit.browser_objects);
    let choice = visit.cookie_choice.clone().unwrap_or_else(|| store::blank(&visit));
    let choice = decisions.into_iter().fold(choice, |choice, d| choice.clone().with(d).unwrap_or(choice));
    let choice = CookieChoice { at: visit.now, ..choice };
    let choice = match &visit.caller {
        Some(caller) => {
            let account = store::record_account(&visit, caller, &decisions, BANNER).await?;
            rules::mirrored(choice, &account, visit.centre.catalogue.trackers())
        }
        None => {
            store::record_visitor(&visit, &choice, (&decisions, None), BANNER).await?;
            choice
        }
    };
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
    if let Some(response) = too_many_deletions(&visit) {
        return Ok(response);
    }
    let found = held(&visit).into_iter().find(|held| held.name == named.name && is_optional(held));
    match found {
        Some(held) => delete_all(&visit, vec![held]).await,
        None => Ok(visit.done("这个 Cookie 已经不在了", Place::Cookies.path(), &[])),
    }
}

async fn delete_optional(visit: Visit) -> Answer {
    if let Some(response) = too_many_deletions(&visit) {
        return Ok(response);
    }
    delete_all(&visit, held(&visit).into_iter().filter(is_optional).collect()).await
}

fn is_optional(held: &Held) -> bool {
    held.kind.as_ref().is_none_or(|kind| kind.group != CookieGroup::Necessary)
}

async fn delete_all(visit: &Visit, held: Vec<Held>) -> Answer {
    let names = held.iter().filter_map(|held| held.kind.as_ref()).map(|kind| kind.name.clone()).collect();
    let unlisted = held.iter().filter(|held| held.kind.is_none()).count();
    store::record_deletion(visit, names, unlisted).await?;
    let mut response = visit.done(&format!("已删除 {} 个 Cookie", held.len()), Place::Cookies.path(), &[]);
    for held in &held {
        gate::remove(visit, &held.name, &mut response);
    }
    Ok(response)
}

async fn show_clearing(visit: Visit) -> Answer {
    let signed_in = visit.caller.is_some();
    Ok(visit.page(Place::SiteData, || site_data::view(signed_in)))
}

/// The answer is a page, not a redirect: a notice over a redirect would be one more cookie for the browser to keep.
async fn clear(visit: Visit) -> Answer {
    if let Some(response) = too_many(&visit) {
        return Ok(response);
    }
    store::record_clearing(&visit).await?;
    let notice = if visit.caller.is_some() { "已清除，并已退出登录" } else { "已清除" };
    let mut response = visit.page_saying(notice, Place::SiteData, site_data::cleared);
    gate::clear(&visit, &mut response);
    Ok(response)
}

/// Makes this browser follow a decision that was taken on another page.
pub fn obey(visit: &Visit, decision: Decision, response: &mut Response) {
    let changed = visit.cookie_choice.clone().and_then(|choice| choice.with(decision));
    if let Some(choice) = changed {
        gate::remember(visit, &choice, response);
    }
}

/// Lowers this browser's answer to what the account allows now: it may have been withdrawn on another device, or have lapsed.
///
/// # Errors
/// Storage.
pub async fn align(visit: &Visit, response: &mut Response) -> Result<(), Fault> {
    if let Some(account) = account(visit).await? {
        lower(visit, &account, response);
    }
    Ok(())
}

fn lower(visit: &Visit, account: &AccountChoice, response: &mut Response) {
    let Some(choice) = &visit.cookie_choice else { return };
    let lowered = rules::lowered(choice.clone(), account, visit.centre.catalogue.trackers());
    if lowered != *choice {
        gate::remember(visit, &lowered, response);
    }
}

/// Remembers 关怀模式 in this browser, if that cookie may.
///
/// # Errors
/// Storage.
pub async fn remember_appearance(visit: &Visit, care: bool, response: &mut Response) -> Result<(), Fault> {
    let account = account(visit).await?;
    let item = visit.centre.catalogue.cookie(gate::APPEARANCE_COOKIE);
    let choice = visit.cookie_choice.as_ref();
    if item.is_some_and(|item| rules::item_allowed(item, choice, account.as_ref(), visit.browser_objects)) {
        gate::set_appearance(visit, care, response);
    }
    Ok(())
}
