//! 接收方通知记录, and where recipients answer.

use app::menu::Place;
use app::pages::told;
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::answers::{self, Arrived};
use super::signature::{ID, SIGNATURE, TIMESTAMP};
use super::store;
use crate::centre::Centre;
use crate::web::guard::{self, Access};
use crate::web::router::{FORM_BYTES, Route};
use crate::web::{Answer, Older, Query, Visit, service};

/// Where recipients answer, each under its own id.
const HOOK: &str = "/hooks/recipients/{recipient}";

/// The capability's routes.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![Route::page(Place::Notices, show), Route::post(HOOK, Access::Recipient, answer)]
}

async fn show(State(centre): State<Centre>, visit: Visit, Query(older): Query<Older>) -> Answer {
    let told = store::told(&centre, visit.caller()?.person).await?;
    let now = visit.now;
    let late = told.iter().filter(|told| told.is_overdue(now)).count();
    let (told, next) = older.page(Place::Notices.path(), told);
    Ok(visit.page(Place::Notices, || told::view(told::Model { told, late, next, now })))
}

/// Lets a recipient in, by its signature over what it sends. The body is read for it, and handed on.
///
/// # Errors
/// The refusal of whoever is not that recipient.
pub async fn let_in(visit: &Visit, request: Request) -> Result<Request, Response> {
    let recipient = request.uri().path().rsplit('/').next().unwrap_or_default();
    let Some(webhook) = visit.centre.endpoints.webhook(recipient).cloned() else {
        return Err(guard::not_found(visit));
    };
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, FORM_BYTES).await else {
        return Err(service::answer(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"));
    };
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (id, timestamp) = (header(ID), header(TIMESTAMP));
    if id.is_empty() || !webhook.secrets.have_signed(id, timestamp, &body, header(SIGNATURE)) {
        return Err(service::answer(StatusCode::UNAUTHORIZED, "the signature is missing or wrong"));
    }
    if !service::is_fresh(timestamp, visit.now) {
        return Err(service::answer(StatusCode::UNAUTHORIZED, "the signature is too old, or a clock is wrong"));
    }
    Ok(Request::from_parts(parts, Body::from(body)))
}

async fn answer(State(centre): State<Centre>, visit: Visit, Path(recipient): Path<String>, body: String) -> Answer {
    let arrived = serde_json::from_str::<Arrived>(&body);
    let read = arrived
        .as_ref()
        .map_err(|_| "the body must be {\"type\",\"data\":{\"notice\"}} as JSON")
        .and_then(Arrived::read);
    let said = match read {
        Ok(said) => said,
        Err(wrong) => return Ok(service::answer(StatusCode::BAD_REQUEST, wrong)),
    };
    if !answers::take(&centre, &recipient, said, visit.now).await? {
        return Ok(service::answer(StatusCode::NOT_FOUND, "you have no such notice"));
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(json!({ "ok": true }))).into_response())
}
