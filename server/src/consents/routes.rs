//! 设置, 隐私设置 and every page of switches; 同意管理.

use app::accounts::model::AgeBand;
use app::consents::minors::is_locked;
use app::consents::model::{Decision, Group, Kind, Past, Purpose, Standing};
use app::consents::rules::Refusal;
use app::menu::Place;
use app::pages::{consents, me, permissions, replies, settings, switches};
use app::tags::rules::use_of;
use axum::extract::State;
use serde::Deserialize;

use super::{past, store};
use crate::accounts::store as accounts;
use crate::centre::Centre;
use crate::cookies;
use crate::messages;
use crate::records;
use crate::replay;
use crate::requests;
use crate::tags;
use crate::web::guard::Access;
use crate::web::router::Route;
use crate::web::{Answer, Fault, Input, Older, Query, Visit};

/// The capability's routes.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::page(Place::Me, show_me),
        Route::page(Place::Settings, show_settings),
        Route::page(Place::Privacy, show_privacy),
        Route::page(Place::Notifications, show_notifications),
        Route::page(Place::Advertising, show_advertising),
        Route::page(Place::Permissions, show_permissions),
        Route::page(Place::Friends, show_friends),
        Route::page(Place::Face, show_face),
        Route::page(Place::Consents, show_consents),
        Route::page(Place::Past, past::show),
        Route::post(Place::Notifications.path(), Access::SignedIn, decide_notifications),
        Route::post(Place::Advertising.path(), Access::SignedIn, decide_advertising),
        Route::post(Place::Permissions.path(), Access::SignedIn, decide_permissions),
        Route::post(Place::Friends.path(), Access::SignedIn, decide_friends),
        Route::post(Place::Face.path(), Access::SignedIn, decide_face),
        Route::post("/settings/privacy/consents/withdraw", Access::SignedIn, withdraw),
        Route::post("/settings/care", Access::SignedIn, set_care_mode),
    ]
}

async fn show_me(State(centre): State<Centre>, visit: Visit) -> Answer {
    let caller = visit.caller()?;
    let identity = accounts::identity(&centre, caller).await?;
    let model = me::Model {
        username: identity.username,
        masked_phone: identity.phone.masked(),
        has_avatar: crate::profile::store::has_avatar(&centre, caller.person).await?,
        asked_anew: store::standing(&centre.data, &centre, caller.person).await?.lapsed().count(),
        announced: centre
            .catalogue
            .policy()
            .announced(visit.now)
            .map(|next| (next.number.clone(), next.in_force.date())),
        restored: replay::unread(&centre, caller.person).await?.map(|restored| (restored.as_of, restored.until)),
    };
    Ok(visit.page(Place::Me, || me::view(model)))
}

async fn show_settings(State(centre): State<Centre>, visit: Visit) -> Answer {
    let (model, _) = settings_model(&centre, &visit).await?;
    let mut response = visit.page(Place::Settings, || settings::view(&model));
    cookies::align(&visit, &mut response).await?;
    Ok(response)
}

async fn show_privacy(State(centre): State<Centre>, visit: Visit) -> Answer {
    let (model, _) = settings_model(&centre, &visit).await?;
    Ok(visit.page(Place::Privacy, || settings::privacy(&model)))
}

/// The present state of every entry of 设置, and what the person has decided.
///
/// # Errors
/// Storage or vault.
pub async fn settings_model(centre: &Centre, visit: &Visit) -> Result<(settings::Model, Standing), Fault> {
    let caller = visit.caller()?;
    let (standing, about) = store::all_standing(&centre.data, centre, caller.person).await?;
    let identity = accounts::identity(centre, caller).await?;
    let consents = standing.0.iter().filter(|(p, s)| s.holds() && p.kind() != Kind::Setting).count();
    let known = |(purpose, about): &(Purpose, String)| centre.catalogue.words_about(*purpose, about).is_some();
    let about: Vec<_> = about.iter().filter(|(key, stood)| stood.holds() && known(key)).collect();
    let objected = |purpose: Purpose| visit.browser_objects && purpose.is_lowered_by_gpc();
    let count_about =
        |group| about.iter().filter(|((purpose, _), _)| purpose.group() == group && !objected(*purpose)).count();
    let totals = records::totals(&centre.data, caller.person).await?;
    let (tags, shown) = tags::counts(&totals);
    let model = settings::Model {
        username: identity.username,
        masked_phone: identity.phone.masked(),
        notifications_on: standing.count_on(Group::Notifications) + standing.count_on(Group::Commercial),
        advertising_on: standing.count_on(Group::Advertising),
        cookies_on: cookies::groups_on(visit, &standing),
        permissions_on: standing.count_on(Group::Permissions),
        friend_search: standing.allows(Purpose::FriendSearch),
        face: standing.allows(Purpose::FaceRecognition),
        consents: consents + about.len(),
        sharing_on: count_about(Group::Sharing),
        abroad_on: count_about(Group::Abroad),
        records: totals.iter().map(|total| total.held).sum(),
        tags,
        shown,
        open_requests: requests::store::count_open(centre, caller.person).await?,
        policy_version: centre.catalogue.policy().in_force(visit.now).number.clone(),
        care: caller.care_mode,
    };
    Ok((model, standing))
}

/// What stays off for the person who looks, because of their age. A visitor's is not known.
pub struct Locks(Option<AgeBand>);

impl Locks {
    /// Of a visit.
    #[must_use]
    pub fn of(visit: &Visit) -> Self {
        Self(visit.caller.as_ref().map(|caller| caller.age_band))
    }

    /// Whether a purpose is locked.
    #[must_use]
    pub fn holds(&self, purpose: Purpose) -> bool {
        self.0.is_some_and(|band| is_locked(purpose, band))
    }
}

/// Every switch of a group, as it stands.
///
/// # Errors
/// Storage.
pub async fn group(centre: &Centre, visit: &Visit, group: Group) -> Result<Vec<switches::Switch>, Fault> {
    let standing = store::standing(&centre.data, centre, visit.caller()?.person).await?;
    let locks = Locks::of(visit);
    let switch = |purpose: Purpose| switches::Switch {
        purpose,
        words: centre.catalogue.words(purpose).clone(),
        on: standing.allows(purpose) && !(visit.browser_objects && purpose.is_lowered_by_gpc()),
        locked: locks.holds(purpose),
    };
    Ok(Purpose::of(group).map(switch).collect())
}

async fn show_notifications(State(centre): State<Centre>, visit: Visit) -> Answer {
    let news = group(&centre, &visit, Group::Notifications).await?;
    let commercial = group(&centre, &visit, Group::Commercial).await?;
    let waiting = messages::replies::of_caller(&centre, visit.caller()?).await?;
    Ok(visit.page(Place::Notifications, || replies::with_waiting(waiting, switches::notifications(news, commercial))))
}

async fn show_advertising(State(centre): State<Centre>, visit: Visit) -> Answer {
    let rows = group(&centre, &visit, Group::Advertising).await?;
    let person = visit.caller()?.person;
    let standing = store::standing(&centre.data, &centre, person).await?;
    let (tags, shown) = tags::counts(&records::totals(&centre.data, person).await?);
    let search = tags::may_aim(&centre, person).await?.search;
    let aim = switches::Aim { tags, used: use_of(&standing), shown, search };
    let objects = visit.browser_objects;
    Ok(visit.page(Place::Advertising, || switches::advertising(rows, objects, aim)))
}

async fn show_permissions(State(centre): State<Centre>, visit: Visit) -> Answer {
    let rows = group(&centre, &visit, Group::Permissions).await?;
    Ok(visit.page(Place::Permissions, || permissions::view(&rows)))
}

async fn show_friends(State(centre): State<Centre>, visit: Visit) -> Answer {
    let switch = only(group(&centre, &visit, Group::Friends).await?)?;
    Ok(visit.page(Place::Friends, || switches::friends(&switch)))
}

async fn show_face(State(centre): State<Centre>, visit: Visit) -> Answer {
    let switch = only(group(&centre, &visit, Group::Face).await?)?;
    Ok(visit.page(Place::Face, || switches::face(&switch)))
}

/// A group that has its own page has one purpose.
#[derive(Debug, thiserror::Error)]
#[error("a page for one purpose has none")]
struct NoPurpose;

fn only(switches: Vec<switches::Switch>) -> Result<switches::Switch, Fault> {
    switches.into_iter().next().ok_or_else(|| NoPurpose.into())
}

/// A switch's form.
#[derive(Deserialize)]
pub struct Wanted {
    /// The purpose's id.
    pub purpose: String,
    /// `true` or `false`.
    pub granted: bool,
}

async fn decide_notifications(visit: Visit, Input(wanted): Input<Wanted>) -> Answer {
    decide(&visit, &wanted, Place::Notifications, &[Group::Notifications, Group::Commercial]).await
}

async fn decide_advertising(visit: Visit, Input(wanted): Input<Wanted>) -> Answer {
    decide(&visit, &wanted, Place::Advertising, &[Group::Advertising]).await
}

async fn decide_permissions(visit: Visit, Input(wanted): Input<Wanted>) -> Answer {
    decide(&visit, &wanted, Place::Permissions, &[Group::Permissions]).await
}

async fn decide_friends(visit: Visit, Input(wanted): Input<Wanted>) -> Answer {
    decide(&visit, &wanted, Place::Friends, &[Group::Friends]).await
}

async fn decide_face(visit: Visit, Input(wanted): Input<Wanted>) -> Answer {
    decide(&visit, &wanted, Place::Face, &[Group::Face]).await
}

/// One tap on one page's switch. The purpose must stand on that page: what was decided there is what was read there.
///
/// # Errors
/// Storage.
pub async fn decide(visit: &Visit, wanted: &Wanted, place: Place, groups: &[Group]) -> Answer {
    decide_at(visit, wanted, (place, ""), groups).await
}

/// The same on a long page: without script the way leads back to the part of it (`#…`) where the switch stands.
///
/// # Errors
/// Storage.
pub async fn decide_at(visit: &Visit, wanted: &Wanted, (place, part): (Place, &str), groups: &[Group]) -> Answer {
    let purpose = wanted.purpose.parse::<Purpose>().ok().filter(|p| groups.contains(&p.group()));
    let Some(purpose) = purpose else { return Ok(crate::web::guard::not_found(visit)) };
    let decision = Decision { purpose, granted: wanted.granted };
    let caller = visit.caller()?;
    let outcome =
        store::decide(&visit.centre, caller, decision, place.path(), visit.browser_objects, visit.now).await?;
    let to = format!("{}{part}", place.path());
    let changes = match outcome {
        Ok(changes) => changes,
        Err(refusal @ Refusal::ChooseChannels) => return Ok(visit.not_done(refusal.message(), &to)),
        Err(refusal) => {
            let help = refusal.message();
            let title = visit.centre.catalogue.words(purpose).label.clone();
            return Ok(visit.refuse(help, place, move || app::pages::problem::view(&title, help, None)));
        }
    };
    let label = &visit.centre.catalogue.words(purpose).label;
    let notice =
        if wanted.granted { format!("{label}：已开启") } else { format!("{label}：已关闭，立即生效") };
    let mut switches: Vec<_> = changes.iter().map(|c| (c.purpose.id(), c.granted)).collect();
    if purpose.group() == Group::Commercial {
        // The master switch stands as its channels do.
        let standing = store::standing(&visit.centre.data, &visit.centre, caller.person).await?;
        switches.push((Purpose::Commercial.id(), standing.allows(Purpose::Commercial)));
    }
    Ok(visit.done(&notice, &to, &switches))
}

/// What stands was never decided: projection and ledger contradict each other.
#[derive(Debug, thiserror::Error)]
#[error("a decision stands that the ledger does not know")]
struct NoDecision;

async fn show_consents(State(centre): State<Centre>, visit: Visit, Query(older): Query<Older>) -> Answer {
    let caller = visit.caller()?;
    let (standing, about) = store::all_standing(&centre.data, &centre, caller.person).await?;
    let history = store::history(&centre, caller).await?;
    let entry = |purpose, about: Option<String>, stood| {
        // The newest comes first: it is the one that stands.
        let made = history.iter().find_map(|past| match past {
            Past::Decided(past) if past.decision.purpose == purpose && past.about == about => Some(past.position),
            _ => None,
        });
        let position = made.ok_or(NoDecision)?;
        let words = match &about {
            None => Some(centre.catalogue.words(purpose).clone()),
            Some(about) => centre.catalogue.words_about(purpose, about).cloned(),
        };
        let label = centre.catalogue.label(purpose, about.as_deref());
        Ok(consents::Entry { purpose, about, label, words, stood, position })
    };
    let whole = standing.0.into_iter().map(|(purpose, stood)| entry(purpose, None, stood));
    let single = about.into_iter().map(|((purpose, about), stood)| entry(purpose, Some(about), stood));
    let mut standing = whole.chain(single).collect::<Result<Vec<_>, NoDecision>>()?;
    standing.sort_by_key(|e| e.purpose.kind() == Kind::Setting);
    let total = history.len();
    let (history, next) = older.page(Place::Consents.path(), history);
    let line = |past| match past {
        Past::Decided(past) => {
            let label = centre.catalogue.label(past.decision.purpose, past.about.as_deref());
            consents::Line::Decided(past, label)
        }
        Past::Unrecognised(at) => consents::Line::Unrecognised(at),
    };
    let history = history.into_iter().map(line).collect();
    let model = consents::Model { standing, history, total, is_older: !older.is_newest(), next };
    Ok(visit.page(Place::Consents, || consents::view(model)))
}

#[derive(Deserialize)]
struct Withdrawn {
    purpose: String,
    /// The one recipient or cookie within it; absent: the whole purpose.
    about: Option<String>,
}

async fn withdraw(visit: Visit, Input(withdrawn): Input<Withdrawn>) -> Answer {
    let Ok(purpose) = withdrawn.purpose.parse::<Purpose>() else {
        return Ok(crate::web::guard::not_found(&visit));
    };
    let caller = visit.caller()?;
    let decision = Decision { purpose, granted: false };
    let place = Place::Consents;
    if let Some(about) = &withdrawn.about {
        return withdraw_about(&visit, decision, about).await;
    }
    let outcome = store::decide(&visit.centre, caller, decision, place.path(), false, visit.now).await?;
    let Ok(_) = outcome else { return Ok(crate::web::guard::not_found(&visit)) };
    let label = purpose.full_label(visit.centre.catalogue.words(purpose));
    let mut response = visit.done(&format!("已撤回“{label}”，立即生效"), place.path(), &[]);
    cookies::obey(&visit, decision, &mut response);
    Ok(response)
}

/// Takes back a consent about one recipient or cookie. What nobody could have read words of was never given.
async fn withdraw_about(visit: &Visit, decision: Decision, about: &str) -> Answer {
    let catalogue = &visit.centre.catalogue;
    if catalogue.words_about(decision.purpose, about).is_none() {
        return Ok(crate::web::guard::not_found(visit));
    }
    let (caller, place) = (visit.caller()?, Place::Consents);
    let outcome = store::decide_about(&visit.centre, caller, (decision, about), place.path(), false, visit.now).await?;
    let Ok(_) = outcome else { return Ok(crate::web::guard::not_found(visit)) };
    let label = catalogue.label(decision.purpose, Some(about));
    let mut response = visit.done(&format!("已撤回“{label}”，立即生效"), place.path(), &[]);
    cookies::align(visit, &mut response).await?;
    Ok(response)
}

async fn set_care_mode(State(centre): State<Centre>, visit: Visit, Input(wanted): Input<Wanted>) -> Answer {
    store::set_care_mode(&centre, visit.caller()?, wanted.granted, visit.now).await?;
    let notice = if wanted.granted { "已开启关怀模式" } else { "已关闭关怀模式" };
    let mut response = visit.done(notice, Place::Settings.path(), &[("care_mode", wanted.granted)]);
    cookies::remember_appearance(&visit, wanted.granted, &mut response).await?;
    Ok(response)
}
