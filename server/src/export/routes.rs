//! 个人信息副本下载 and 选择副本内容.

use app::export::model::State;
use app::menu::Place;
use app::pages::export;
use app::ui::Filled;
use axum::body::Body;
use axum::extract::State as Shared;
use axum::http::{Method, StatusCode, header};
use axum::response::IntoResponse as _;

use super::form::{Asked, to_keep};
use super::parts::Parts;
use super::store;
use crate::centre::Centre;
use crate::web::guard::{self, Access};
use crate::web::router::Route;
use crate::web::{Answer, Id, Input, Visit};

/// The capability's routes.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::page(Place::Export, show),
        Route::page(Place::ExportNew, show_form),
        Route::post(Place::ExportNew.path(), Access::SteppedUp, ask),
        Route::get("/settings/privacy/copy/{id}/progress", Access::SignedIn, progress),
        Route::get("/settings/privacy/copy/{id}/download", Access::SteppedUp, download),
        Route::post("/settings/privacy/copy/{id}/end", Access::SignedIn, end),
    ]
}

async fn show(Shared(centre): Shared<Centre>, visit: Visit) -> Answer {
    let copies = store::copies(&centre.data, visit.caller()?.person).await?;
    let functions = to_keep(&centre);
    Ok(visit.page(Place::Export, || export::view(export::Model { copies, functions })))
}

async fn show_form(Shared(centre): Shared<Centre>, visit: Visit) -> Answer {
    let choice = Asked::default().choice_to_keep(&centre, Filled::default());
    Ok(visit.page(Place::ExportNew, || export::form(choice)))
}

async fn ask(Shared(centre): Shared<Centre>, visit: Visit, Input(asked): Input<Asked>) -> Answer {
    let again = |filled: Filled| {
        let message = filled.first_error().unwrap_or_default();
        let choice = asked.choice_to_keep(&centre, filled);
        Ok(visit.refuse(&message, Place::ExportNew, || export::form(choice)))
    };
    let typed = asked.typed();
    if visit.comes_back() {
        return again(typed);
    }
    let scope = match asked.scope_to_keep(&centre) {
        Ok(scope) => scope,
        Err((field, wrong)) => return again(typed.error(field, wrong)),
    };
    match store::ask(&centre, visit.caller()?, &scope, visit.now).await? {
        Ok(_) => Ok(visit.done("已开始生成，可以离开这个页面", Place::Export.path(), &[])),
        Err(refusal) => again(typed.refused(refusal.message())),
    }
}

async fn progress(Shared(centre): Shared<Centre>, visit: Visit, Id(id): Id) -> Answer {
    let Some(copy) = store::copy(&centre, visit.caller()?, id).await? else { return Ok(guard::not_found(&visit)) };
    let body = serde_json::json!({ "under_way": copy.state.is_under_way(), "percent": copy.percent });
    Ok(([(header::CACHE_CONTROL, "no-store")], axum::Json(body)).into_response())
}

async fn download(Shared(centre): Shared<Centre>, method: Method, visit: Visit, Id(id): Id) -> Answer {
    let caller = visit.caller()?;
    let copy = store::copy(&centre, caller, id).await?.filter(|copy| copy.state == State::Ready);
    let Some(copy) = copy else { return Ok(guard::not_found(&visit)) };
    // Whoever asks only what there is has downloaded nothing.
    let body = if method == Method::HEAD {
        Body::empty()
    } else {
        let Some(attempt) = store::begin_download(&centre, caller, id, visit.now).await? else {
            return Ok(guard::not_found(&visit));
        };
        Body::from_stream(Parts::of(&centre, caller.person, (&copy.id, attempt), copy.bytes).await?.stream())
    };
    let date = copy.asked_at.beijing_date();
    let name = format!("attachment; filename=\"personal-data-{date}.zip\"");
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_LENGTH, copy.bytes.to_string()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((StatusCode::OK, headers, body).into_response())
}

async fn end(Shared(centre): Shared<Centre>, visit: Visit, Id(id): Id) -> Answer {
    if !store::end(&centre, visit.caller()?, id, visit.now).await? {
        return Ok(guard::not_found(&visit));
    }
    Ok(visit.done("副本已作废，不能再下载", Place::Export.path(), &[]))
}
