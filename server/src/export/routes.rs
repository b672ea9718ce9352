//! 个人信息副本下载 and 选择副本内容.

use app::menu::Place;
use app::pages::export;
use app::ui::Filled;
use axum::extract::State as Shared;
use axum::http::header;
use axum::response::IntoResponse as _;

use super::downloads::Asking;
use super::form::{Asked, to_keep};
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
        Route::download("/settings/privacy/copy/{id}/download", Access::Download, download),
        Route::post("/settings/privacy/copy/{id}/end", Access::SignedIn, end),
    ]
}

async fn show(Shared(centre): Shared<Centre>, visit: Visit) -> Answer {
    let caller = visit.caller()?;
    let copies = store::copies(&centre.data, caller.person).await?;
    let model = export::Model { copies, functions: to_keep(&centre), stepped_up: caller.has_stepped_up(visit.now) };
    Ok(visit.page(Place::Export, || export::view(model)))
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

async fn download(Shared(centre): Shared<Centre>, visit: Visit, Id(id): Id, asking: Asking) -> Answer {
    let caller = visit.caller()?;
    let (package, asked_at) = store::package(&centre, caller, id, visit.now).await?.unzip();
    let download = match asking.of(package).await? {
        Ok(download) => download,
        Err(refusal) => return Ok(refusal),
    };
    if download.begins() && !store::begin_download(&centre, caller, &download, visit.now).await? {
        return Ok(guard::not_found(&visit));
    }
    let date = asked_at.unwrap_or(visit.now).beijing_date();
    download.answer(&format!("personal-data-{date}.zip")).await
}

async fn end(Shared(centre): Shared<Centre>, visit: Visit, Id(id): Id) -> Answer {
    if !store::end(&centre, visit.caller()?, id, visit.now).await? {
        return Ok(guard::not_found(&visit));
    }
    Ok(visit.done("副本已作废，不能再下载", Place::Export.path(), &[]))
}
