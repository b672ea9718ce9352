//! 权利申请记录, 提交申请, 申请详情.

use app::menu::Place;
use app::pages::requests::{self, Narrowed, detail};
use app::requests::model::{Kind, Request, Status, Wish};
use app::requests::rules;
use app::ui::Filled;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::store::{self, NewRequest, TooMany, about_words};
use crate::centre::Centre;
use crate::lost::claims;
use crate::records;
use crate::relatives;
use crate::sharing;
use crate::web::guard::{self, Access};
use crate::web::router::Route;
use crate::web::{Answer, Caller, Fault, Id, Input, Older, Query, Visit};

/// The capability's routes.
#[must_use]
pub fn routes() -> Vec<Route> {
    let mut routes = vec![
        Route::page(Place::Requests, show),
        Route::page(Place::RequestNew, show_form),
        Route::post(Place::RequestNew.path(), Access::SignedIn, file),
        Route::page(Place::Request, show_one),
        Route::post("/settings/privacy/requests/{id}/revoke", Access::SignedIn, revoke),
    ];
    routes.extend(super::complaints::routes());
    routes
}

/// Which requests are to be seen; what names nothing narrows nothing.
#[derive(Deserialize)]
struct Narrow {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    skip: usize,
}

impl Narrow {
    fn read(&self) -> Narrowed {
        let ended = match self.state.as_str() {
            "open" => Some(false),
            "ended" => Some(true),
            _ => None,
        };
        Narrowed { kind: self.kind.parse().ok(), ended }
    }

    /// The address of what is narrowed so.
    fn path(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("kind", &self.kind), ("state", &self.state)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        format!("{}?{}", Place::Requests.path(), query.finish()).trim_end_matches('?').to_owned()
    }
}

async fn show(State(centre): State<Centre>, visit: Visit, Query(narrow): Query<Narrow>) -> Answer {
    let (caller, narrowed) = (visit.caller()?, narrow.read());
    let mut requests = store::requests(&centre, caller).await?;
    let total = requests.len();
    requests.retain(|request| narrowed.shows(request));
    let (requests, next) = Older::after(narrow.skip).page(&narrow.path(), requests);
    let claims = claims::to_account_of(&centre, caller).await?;
    let model = requests::Model { requests, total, claims, narrowed, next, now: visit.now };
    Ok(visit.page(Place::Requests, || requests::view(model)))
}

/// What a form says; all of it may be absent in the address of an empty one.
#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    about: String,
    #[serde(flatten)]
    wish: Wish,
}

/// What a person may ask about.
struct Subject {
    kind: Kind,
    about: String,
    /// In a review: what was decided.
    decided: Option<String>,
}

/// The kind and what it is about, if the person may ask so: a kind of data, one of their own records, a disclosure of
/// it, a purpose, or nothing.
async fn asked(centre: &Centre, caller: &Caller, asked: &Asked) -> Result<Option<Subject>, Fault> {
    let kind = if asked.kind.is_empty() { Some(Kind::Explanation) } else { asked.kind.parse().ok() };
    let Some(kind) = kind.filter(|kind| rules::BY_FORM.contains(kind)) else { return Ok(None) };
    let mut decided = None;
    let known = match asked.about.split_once(':') {
        None => asked.about.is_empty() && kind != Kind::Correction,
        Some(("field", id)) => centre.catalogue.data().field(id).is_some(),
        Some(("purpose", id)) => id.parse::<app::consents::Purpose>().is_ok() && kind != Kind::Correction,
        Some(("disclosure", id)) => match Uuid::parse_str(id) {
            Ok(id) => kind == Kind::Explanation && sharing::is_own(centre, caller.person, id).await?,
            Err(_) => false,
        },
        Some(("record", id)) => {
            let (field, id) = id.split_once(':').unwrap_or_default();
            let kept = match Uuid::parse_str(id) {
                Ok(id) => records::one(centre, caller, id).await?.filter(|kept| kept.field == field),
                Err(_) => None,
            };
            decided = kept.as_ref().filter(|_| kind == Kind::Review).map(|kept| decision(centre, kept)).transpose()?;
            kept.is_some()
        }
        Some(_) => false,
    };
    Ok(known.then(|| Subject { kind, about: asked.about.clone(), decided }))
}

/// What a program decided, as its record tells it now: the record may be gone when somebody looks at it.
fn decision(centre: &Centre, kept: &records::Kept) -> Result<String, Fault> {
    let field = records::field_of(&centre.catalogue, &kept.field)?;
    let content = kept.content.masked(field.mask);
    let details = content.details.into_iter().map(|(label, text)| format!("{label}：{text}"));
    let parts: Vec<_> = [content.value, kept.at.date_time()].into_iter().chain(details).collect();
    Ok(parts.join(" · "))
}

async fn show_form(State(centre): State<Centre>, visit: Visit, Query(form): Query<Asked>) -> Answer {
    let Some(Subject { kind, about, decided }) = asked(&centre, visit.caller()?, &form).await? else {
        return Ok(guard::not_found(&visit));
    };
    let about_words = about_words(&centre.catalogue, &about);
    let form = requests::Form { kind, about, about_words, decided, filled: Filled::default() };
    Ok(visit.page(Place::RequestNew, || requests::form(form)))
}

async fn file(State(centre): State<Centre>, visit: Visit, Input(form): Input<Asked>) -> Answer {
    let caller = visit.caller()?;
    let Some(Subject { kind, about, decided }) = asked(&centre, caller, &form).await? else {
        return Ok(guard::not_found(&visit));
    };
    let again = |filled: Filled| {
        let message = filled.first_error().unwrap_or_default();
        let about_words = about_words(&centre.catalogue, &about);
        let form = requests::Form { kind, about: about.clone(), about_words, decided: decided.clone(), filled };
        Ok(visit.refuse(&message, Place::RequestNew, || requests::form(form)))
    };
    let typed = Filled::default().with("value", &form.wish.value).with("text", &form.wish.text);
    if visit.comes_back() {
        return again(typed);
    }
    let wish = match rules::check(kind, &form.wish) {
        // What was decided is the centre's to say, and not the form's.
        Ok(wish) if kind == Kind::Review => Wish { value: decided.clone().unwrap_or_default(), ..wish },
        Ok(wish) => wish,
        Err((field, wrong)) => return again(typed.error(field, wrong)),
    };
    let new = NewRequest { kind, about: about.clone(), wish, status: Status::Open };
    match store::file(&centre, caller, &new, visit.now).await? {
        Ok(id) => Ok(visit.done("申请已提交", &format!("{}/{id}", Place::Requests.path()), &[])),
        Err(TooMany) => again(typed.refused(rules::TOO_MANY)),
    }
}

async fn show_one(State(centre): State<Centre>, visit: Visit, Id(id): Id) -> Answer {
    let caller = visit.caller()?;
    let Some(request) = store::request(&centre, caller, id).await? else {
        return Ok(guard::not_found(&visit));
    };
    if visit.wants_json {
        return Ok(status(&request));
    }
    let request = if caller.has_stepped_up(visit.now) { request } else { request.masked() };
    let kin = relatives::claims::kin(&centre, caller, &request, visit.now).await?;
    Ok(visit.page(Place::Request, || detail::view(request, kin, visit.now)))
}

/// The Exercise Status of the Data Rights Protocol 0.9.4 (section 3.03).
fn status(request: &Request) -> Response {
    let expected_by = (!request.status.has_ended()).then(|| request.needs_until.unwrap_or(request.due_at).iso());
    let body = serde_json::json!({
        "request_id": request.id,
        "received_at": request.made_at.iso(),
        "expected_by": expected_by,
        "status": request.status.id(),
        "reason": request.reason(),
        "processing_details": request.answer.as_ref().map(|answer| &answer.text),
    });
    ([(header::CACHE_CONTROL, "no-store")], axum::Json(body)).into_response()
}

async fn revoke(State(centre): State<Centre>, visit: Visit, Id(id): Id) -> Answer {
    if !store::revoke(&centre, visit.caller()?, id, visit.now).await? {
        return Ok(guard::not_found(&visit));
    }
    Ok(visit.done("申请已撤回", &format!("{}/{id}", Place::Requests.path()), &[]))
}
