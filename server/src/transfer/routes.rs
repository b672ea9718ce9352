//! 个人信息转移 and 转移到其他服务.

use app::menu::Place;
use app::pages::transfer;
use app::transfer::rules;
use app::ui::Filled;
use axum::extract::State as Shared;
use axum::http::header;
use axum::response::IntoResponse as _;

use super::store::{self, NewTransfer, UnderWay};
use crate::centre::Centre;
use crate::export::form::Asked;
use crate::web::guard::{self, Access};
use crate::web::router::Route;
use crate::web::{Answer, Id, Input, Visit};

/// The capability's routes.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::page(Place::Transfer, show),
        Route::page(Place::TransferNew, show_form),
        Route::post(Place::TransferNew.path(), Access::SteppedUp, begin),
        Route::get("/settings/privacy/transfer/{id}/progress", Access::SignedIn, progress),
        Route::post("/settings/privacy/transfer/{id}/cancel", Access::SignedIn, cancel),
    ]
}

async fn show(Shared(centre): Shared<Centre>, visit: Visit) -> Answer {
    let transfers = store::transfers(&centre.data, visit.caller()?, visit.now).await?;
    let functions = centre.catalogue.data().functions().to_vec();
    Ok(visit.page(Place::Transfer, || transfer::view(transfer::Model { transfers, functions })))
}

async fn show_form(Shared(centre): Shared<Centre>, visit: Visit) -> Answer {
    let choice = Asked::default().choice(&centre, Filled::default());
    Ok(visit.page(Place::TransferNew, || transfer::form(choice)))
}

fn read(centre: &Centre, asked: &Asked) -> Result<NewTransfer, (&'static str, &'static str)> {
    let (receiver, credential) = rules::check(asked.value("name"), asked.value("address"), asked.value("credential"))?;
    let scope = asked.scope(centre)?;
    if asked.value("confirm") != "true" {
        return Err(("confirm", "请先确认要把信息发给这个接收方"));
    }
    Ok(NewTransfer { receiver, credential, scope })
}

async fn begin(Shared(centre): Shared<Centre>, visit: Visit, Input(asked): Input<Asked>) -> Answer {
    let again = |filled: Filled| {
        let message = filled.first_error().unwrap_or_default();
        let choice = asked.choice(&centre, filled);
        Ok(visit.refuse(&message, Place::TransferNew, || transfer::form(choice)))
    };
    let typed = ["name", "address", "credential"]
        .into_iter()
        .fold(asked.typed(), |filled, name| filled.with(name, asked.value(name)));
    if visit.comes_back() {
        return again(typed);
    }
    let new = match read(&centre, &asked) {
        Ok(new) => new,
        Err((field, wrong)) => return again(typed.error(field, wrong)),
    };
    match store::begin(&centre, visit.caller()?, new, visit.now).await? {
        Ok(()) => Ok(visit.done("已开始转移，可以离开这个页面", Place::Transfer.path(), &[])),
        Err(UnderWay) => again(typed.refused(rules::UNDER_WAY)),
    }
}

async fn progress(Shared(centre): Shared<Centre>, visit: Visit, Id(id): Id) -> Answer {
    let Some(transfer) = store::transfer(&centre, visit.caller()?, id, visit.now).await? else {
        return Ok(guard::not_found(&visit));
    };
    // A pause after a failed try is told by the page.
    let under_way = transfer.state.is_under_way() && transfer.next_try.is_none();
    let body = serde_json::json!({ "under_way": under_way, "percent": transfer.percent });
    Ok(([(header::CACHE_CONTROL, "no-store")], axum::Json(body)).into_response())
}

async fn cancel(Shared(centre): Shared<Centre>, visit: Visit, Id(id): Id) -> Answer {
    if !store::cancel(&centre, visit.caller()?, id, visit.now).await? {
        return Ok(guard::not_found(&visit));
    }
    Ok(visit.done("已取消转移", Place::Transfer.path(), &[]))
}
