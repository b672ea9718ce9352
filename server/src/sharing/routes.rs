//! 第三方共享清单, 跨境提供 and 共享记录.

use app::consents::model::{Group, Lapse, StandingAbout, Stood};
use app::consents::{self, Purpose};
use app::menu::Place;
use app::pages::sharing::{self, Decision, Entry, abroad, listing, records};
use app::pages::switches::Switch;
use app::sharing::model::{Due, Recipient};
use app::time::Moment;
use axum::extract::State;
use serde::Deserialize;
use uuid::Uuid;

use super::read::{self, Count, Disclosed, Filter};
use crate::centre::Centre;
use crate::consents::{Locks, Wanted, store};
use crate::records::{read_after, write_after};
use crate::web::guard::{self, Access};
use crate::web::input::period;
use crate::web::router::Route;
use crate::web::{Answer, Fault, Input, Query, Visit};
use crate::webhooks::store as webhooks;

/// Disclosures on one page.
const PAGE: usize = 20;
/// Public disclosures that are shown; there are few.
const PUBLIC_AT_MOST: usize = 200;

/// The capability's routes.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::page(Place::Sharing, show),
        Route::post(Place::Sharing.path(), Access::SignedIn, decide_sharing),
        Route::page(Place::Abroad, show_abroad),
        Route::post(Place::Abroad.path(), Access::SignedIn, decide_abroad),
        Route::page(Place::Disclosures, show_disclosures),
    ]
}

/// What the caller has decided about recipients; nothing of a visitor.
async fn standing(visit: &Visit) -> Result<StandingAbout, Fault> {
    Ok(match &visit.caller {
        Some(caller) => store::all_standing(&visit.centre.data, &visit.centre, caller.person).await?.1,
        None => StandingAbout::new(),
    })
}

fn names(centre: &Centre, fields: &[String]) -> Vec<String> {
    fields.iter().filter_map(|id| centre.catalogue.data().field(id)).map(|field| field.name.clone()).collect()
}

/// A recipient with what is decided about it, in its present state.
fn entry(visit: &Visit, (standing, locks): (&StandingAbout, &Locks), recipient: &Recipient) -> Entry {
    let catalogue = &visit.centre.catalogue;
    let freely = catalogue.data().received_by(recipient).filter(|field| !recipient.needs_consent_for(&field.id));
    let decision = |due: &Due| {
        let words = catalogue.words_about(due.purpose, &recipient.id)?.clone();
        let stood = standing.get(&(due.purpose, recipient.id.clone()));
        let lapsed = stood.is_some_and(|stood| stood.lapsed == Some(Lapse::Policy));
        let objects = visit.browser_objects && due.purpose.is_lowered_by_gpc();
        let on = stood.is_some_and(Stood::holds) && !objects;
        let switch = Switch { purpose: due.purpose, words, on, locked: locks.holds(due.purpose) };
        Some(Decision { switch, lapsed, kinds: names(&visit.centre, &due.fields), rights: due.rights.clone() })
    };
    Entry {
        recipient: recipient.clone(),
        kinds: freely.map(|field| field.name.clone()).collect(),
        decisions: recipient.decisions.iter().filter_map(decision).collect(),
    }
}

/// Every recipient about which a purpose is decided, with what it is called and whether it is on.
///
/// # Errors
/// Storage.
pub async fn decided_for(visit: &Visit, purpose: Purpose) -> Result<Vec<(String, Switch)>, Fault> {
    let (standing, locks) = (standing(visit).await?, Locks::of(visit));
    let all = visit.centre.catalogue.data().all_recipients();
    let entries = all.iter().filter(|recipient| recipient.due(purpose).is_some());
    let switch = |recipient: &Recipient| {
        let decisions = entry(visit, (&standing, &locks), recipient).decisions;
        let decision = decisions.into_iter().find(|decision| decision.switch.purpose == purpose)?;
        Some((recipient.id.clone(), decision.switch))
    };
    Ok(entries.filter_map(switch).collect())
}

// ---- 第三方共享清单 and 跨境提供 ----

async fn show(State(centre): State<Centre>, visit: Visit) -> Answer {
    let (standing, locks) = (standing(&visit).await?, Locks::of(&visit));
    let disclosures = match &visit.caller {
        Some(caller) => read::counts(&centre, caller.person).await?.iter().map(|count| count.count).sum(),
        None => 0,
    };
    let notices = match &visit.caller {
        Some(caller) => webhooks::count(&centre, caller.person).await?,
        None => 0,
    };
    let model = listing::Model {
        entries: centre
            .catalogue
            .data()
            .all_recipients()
            .iter()
            .map(|r| entry(&visit, (&standing, &locks), r))
            .collect(),
        signed_in: visit.caller.is_some(),
        disclosures,
        notices,
        browser_objects: visit.browser_objects,
    };
    Ok(visit.page(Place::Sharing, || listing::view(model)))
}

async fn show_abroad(State(centre): State<Centre>, visit: Visit) -> Answer {
    let (standing, locks) = (standing(&visit).await?, Locks::of(&visit));
    let abroad = centre.catalogue.data().all_recipients().iter().filter(|r| r.due(Purpose::CrossBorder).is_some());
    let entries = abroad.map(|recipient| entry(&visit, (&standing, &locks), recipient)).collect();
    Ok(visit.page(Place::Abroad, || abroad::view(entries)))
}

async fn decide_sharing(visit: Visit, Input(wanted): Input<Wanted>) -> Answer {
    decide(&visit, &wanted, Place::Sharing, Group::Sharing).await
}

async fn decide_abroad(visit: Visit, Input(wanted): Input<Wanted>) -> Answer {
    decide(&visit, &wanted, Place::Abroad, Group::Abroad).await
}

/// One tap on the switch of one recipient. It must stand on that page: what was decided there is what was read there.
async fn decide(visit: &Visit, wanted: &Wanted, place: Place, group: Group) -> Answer {
    let asked = wanted.purpose.split_once(':').and_then(|(purpose, recipient)| {
        let purpose = purpose.parse::<Purpose>().ok().filter(|purpose| purpose.group() == group)?;
        Some((purpose, recipient, visit.centre.catalogue.words_about(purpose, recipient)?))
    });
    let Some((purpose, recipient, words)) = asked else { return Ok(guard::not_found(visit)) };
    let decision = consents::Decision { purpose, granted: wanted.granted };
    let (centre, caller) = (&visit.centre, visit.caller()?);
    let outcome =
        store::decide_about(centre, caller, (decision, recipient), place.path(), visit.browser_objects, visit.now);
    if let Err(refusal) = outcome.await? {
        let (title, help) = (words.label.clone(), refusal.message());
        return Ok(visit.refuse(help, place, move || app::pages::problem::view(&title, help, None)));
    }
    let label = &words.label;
    let notice =
        if wanted.granted { format!("{label}：已开启") } else { format!("{label}：已关闭，立即生效") };
    Ok(visit.done(&notice, &sharing::path_to(place, recipient), &[(&wanted.purpose, wanted.granted)]))
}

// ---- 共享记录 ----

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    recipient: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    /// Where this page begins: time and id of the last of the page before.
    #[serde(default)]
    after: String,
}

impl Asked {
    fn filter(&self) -> Result<Filter, &'static str> {
        let (from, until) = period(&self.from, &self.to).map_err(|(_, wrong)| wrong)?;
        let recipient = (!self.recipient.is_empty()).then(|| self.recipient.clone());
        Ok(Filter { is_public: false, recipient, from, until, after: read_after(&self.after) })
    }

    fn shown(&self) -> records::Asked {
        records::Asked { recipient: self.recipient.clone(), from: self.from.clone(), to: self.to.clone() }
    }

    fn path_after(&self, (at, id): (Moment, Uuid)) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("recipient", &self.recipient), ("from", &self.from), ("to", &self.to)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        query.append_pair("after", &write_after((at, id)));
        format!("{}?{}", Place::Disclosures.path(), query.finish())
    }
}

async fn show_disclosures(State(centre): State<Centre>, visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let caller = visit.caller()?;
    let counts = read::counts(&centre, caller.person).await?;
    // One that the list names no more may still have been given something.
    let known = |id: &str| centre.catalogue.data().recipient(id).is_some() || counts.iter().any(|c| c.recipient == id);
    if !asked.recipient.is_empty() && !known(&asked.recipient) {
        return Ok(guard::not_found(&visit));
    }
    let (filter, wrong) = match asked.filter() {
        Ok(filter) => (filter, None),
        Err(wrong) => (Filter::default(), Some(wrong.to_owned())),
    };
    let found = read::page(&centre, caller, &filter, PAGE).await?;
    let public = Filter { is_public: true, ..Filter::default() };
    let public = read::page(&centre, caller, &public, PUBLIC_AT_MOST).await?;
    let count = |count: &Count| records::Count {
        name: name(&centre, &count.recipient),
        id: count.recipient.clone(),
        count: count.count,
        latest: count.latest,
    };
    let model = records::Model {
        asked: asked.shown(),
        is_first: filter.after.is_none(),
        unfounded: counts.iter().map(|count| count.unfounded).sum(),
        counts: counts.iter().filter(|count| !count.is_public).map(count).collect(),
        rows: found.disclosed.iter().map(|disclosed| row(&centre, disclosed)).collect(),
        public: public.disclosed.iter().map(|disclosed| row(&centre, disclosed)).collect(),
        next: found.next.map(|after| asked.path_after(after)),
        wrong,
    };
    Ok(visit.page(Place::Disclosures, || records::view(model)))
}

/// What a recipient is called; one that the list names no more goes by its id.
fn name(centre: &Centre, id: &str) -> String {
    centre.catalogue.data().recipient(id).map_or_else(|| id.to_owned(), |recipient| recipient.name.clone())
}

fn row(centre: &Centre, disclosed: &Disclosed) -> records::Row {
    let consent = disclosed.purpose.map(|purpose| centre.catalogue.words(purpose).label.clone());
    records::Row {
        id: disclosed.id.to_string(),
        recipient: name(centre, &disclosed.recipient),
        at: disclosed.at,
        ground: disclosed.ground,
        consent,
        unfounded: disclosed.unfounded,
        kinds: names(centre, &disclosed.given.fields),
        detail: disclosed.given.detail.clone(),
    }
}
