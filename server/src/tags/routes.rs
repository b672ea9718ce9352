//! 我的标签, 为什么看到这些; the host's question what may be aimed at somebody.

use app::accounts::model::PhoneNumber;
use std::collections::BTreeMap;

use app::consents::Purpose;
use app::consents::model::Group;
use app::menu::Place;
use app::pages::{explanations, switches, tags};
use app::records::rules::{Fate, is_tag};
use app::tags::model::SHOWN;
use app::tags::rules;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse as _;
use serde::Deserialize;

use super::{MayAim, counts, may_aim};
use crate::centre::Centre;
use crate::consents::store::standing;
use crate::consents::{Wanted, decide};
use crate::messages::person_of;
use crate::records::{Filter, Kept, erase, field_of, one, page, read_after, totals, write_after};
use crate::web::guard::{self, Access};
use crate::web::router::Route;
use crate::web::{Answer, Caller, Fault, Id, Input, Query, Visit, service};

/// Tags of one kind on the page.
const TAGS: usize = 100;
/// Things that were picked, on one page.
const PAGE: usize = 20;

/// The capability's routes.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::page(Place::Tags, show),
        Route::post(Place::Tags.path(), Access::SignedIn, pause),
        Route::post("/settings/advertising/tags/{id}/erase", Access::SignedIn, erase_tag),
        Route::page(Place::Explanations, explain),
        Route::post("/host/aim", Access::Host, answer_host),
    ]
}

/// The newest records of a kind.
fn newest(field: &str) -> Filter {
    Filter { field: Some(field.to_owned()), ..Filter::default() }
}

async fn groups(centre: &Centre, caller: &Caller) -> Result<Vec<tags::Group>, Fault> {
    let data = centre.catalogue.data();
    let mut groups = Vec::new();
    let totals = totals(&centre.data, caller.person).await?;
    for field in data.fields().iter().filter(|f| is_tag(&f.id)) {
        let count = totals.iter().find(|t| t.field == field.id).map_or(0, |t| t.held);
        if count == 0 {
            continue;
        }
        let retention = data.retention(field);
        let records = page(centre, caller, &newest(&field.id), TAGS, false).await?.records;
        let tag = |kept: &Kept| {
            let content = kept.content.masked(field.mask);
            tags::Tag {
                id: kept.id.to_string(),
                origin: rules::origin(&content, data.fields()),
                name: content.value,
                since: kept.at,
                until: retention.end(kept.at),
            }
        };
        let tags = records.iter().map(tag).collect();
        groups.push(tags::Group { field: field.id.clone(), name: field.name.clone(), count, tags });
    }
    Ok(groups)
}

async fn show(State(centre): State<Centre>, visit: Visit) -> Answer {
    let caller = visit.caller()?;
    let standing = standing(&centre.data, &centre, caller.person).await?;
    let (_, shown) = counts(&totals(&centre.data, caller.person).await?);
    let purpose = Purpose::TagsPaused;
    let words = centre.catalogue.words(purpose).clone();
    let model = tags::Model {
        used: rules::use_of(&standing),
        pause: switches::Switch { purpose, words, on: standing.allows(purpose), locked: false },
        groups: groups(&centre, caller).await?,
        shown,
    };
    Ok(visit.page(Place::Tags, || tags::view(model)))
}

async fn pause(visit: Visit, Input(wanted): Input<Wanted>) -> Answer {
    decide(&visit, &wanted, Place::Tags, &[Group::Tags]).await
}

async fn erase_tag(State(centre): State<Centre>, visit: Visit, Id(id): Id) -> Answer {
    let caller = visit.caller()?;
    let found = one(&centre, caller, id).await?.filter(|kept| is_tag(&kept.field));
    let Some(kept) = found else { return Ok(guard::not_found(&visit)) };
    let field = field_of(&centre.catalogue, &kept.field)?;
    let to = Place::Tags.path();
    let notice = match erase::erase_record(&centre, caller, (id, field), visit.now).await? {
        None => return Ok(guard::not_found(&visit)),
        Some(Fate::Goes) => format!("已删除“{}”，不会再恢复", kept.content.masked(field.mask).value),
        Some(Fate::StoredOnly) => "已转为仅存储，到期自动删除".to_owned(),
        Some(Fate::StaysWithAccount) => return Ok(visit.not_done("这一项账号离不开，没有删除", to)),
    };
    Ok(visit.done(&notice, to, &[]))
}

#[derive(Deserialize)]
struct Asked {
    /// Where this page begins: time and id of the last record of the page before.
    #[serde(default)]
    after: String,
}

async fn explain(State(centre): State<Centre>, visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let caller = visit.caller()?;
    let data = centre.catalogue.data();
    let standing = standing(&centre.data, &centre, caller.person).await?;
    let filter = Filter { after: read_after(&asked.after), ..newest(SHOWN) };
    let found = page(&centre, caller, &filter, PAGE, false).await?;
    let ids: BTreeMap<_, _> =
        groups(&centre, caller).await?.into_iter().flat_map(|group| group.tags).map(|tag| (tag.name, tag.id)).collect();
    let mut items = Vec::new();
    for kept in &found.records {
        let content = kept.content.masked(field_of(&centre.catalogue, &kept.field)?.mask);
        let shown = rules::shown(&content, data.fields());
        let still = shown.tags.iter().filter_map(|tag| Some((tag.clone(), ids.get(tag)?.clone()))).collect();
        items.push(explanations::Item { id: kept.id.to_string(), at: kept.at, shown, tags: still });
    }
    let field = data.field(SHOWN);
    let model = explanations::Model {
        used: rules::use_of(&standing),
        ads: standing.allows(Purpose::PersonalisedAds) && !visit.browser_objects,
        retention: field.map(|field| data.retention(field).words.clone()).unwrap_or_default(),
        items,
        first: filter.after.is_none(),
        next: found.next.map(|after| format!("{}?after={}", Place::Explanations.path(), write_after(after))),
    };
    Ok(visit.page(Place::Explanations, || explanations::view(model)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    phone: String,
}

/// What may be aimed at somebody: asked by the host, each time.
async fn answer_host(State(centre): State<Centre>, question: Result<Json<Question>, JsonRejection>) -> Answer {
    let phone: PhoneNumber = match question.map(|Json(question)| question.phone.parse()) {
        Ok(Ok(phone)) => phone,
        Ok(Err(_)) => {
            return Ok(service::answer(StatusCode::BAD_REQUEST, "phone must be a mobile number of 11 digits"));
        }
        Err(wrong) => return Ok(service::answer(StatusCode::BAD_REQUEST, &wrong.body_text())),
    };
    let may = match person_of(&centre, &phone).await? {
        Some(person) => may_aim(&centre, person).await?,
        None => MayAim::default(),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(may)).into_response())
}
