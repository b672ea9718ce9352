//! 个人信息副本下载 and 选择副本内容.

use app::export::model::{Scope, State};
use app::menu::Place;
use app::pages::export;
use app::time::DAY;
use app::ui::Filled;
use axum::body::{Body, Bytes};
use axum::extract::State as Shared;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse as _;
use futures_util::stream;
use serde::Deserialize;

use super::store::{self, part_place, part_row};
use crate::centre::Centre;
use crate::vault::KeyRing;
use crate::web::fault::Fault;
use crate::web::guard::{self, Access};
use crate::web::input::day;
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
    let functions = centre.catalogue.data().functions().to_vec();
    Ok(visit.page(Place::Export, || export::view(export::Model { copies, functions })))
}

fn form(centre: &Centre, chosen: Vec<String>, filled: Filled) -> export::Form {
    export::Form { functions: centre.catalogue.data().functions().to_vec(), chosen, filled }
}

async fn show_form(Shared(centre): Shared<Centre>, visit: Visit) -> Answer {
    let form = form(&centre, Vec::new(), Filled::default());
    Ok(visit.page(Place::ExportNew, || export::form(form)))
}

/// The form's fields, in the order in which they were sent: a business function for each box that is ticked.
#[derive(Deserialize)]
#[serde(transparent)]
struct Asked(Vec<(String, String)>);

impl Asked {
    fn value(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    fn chosen(&self) -> Vec<String> {
        self.0.iter().filter(|(name, _)| name == "function").map(|(_, id)| id.clone()).collect()
    }

    fn scope(&self, centre: &Centre) -> Result<Scope, (&'static str, &'static str)> {
        let functions = self.chosen();
        let known = |id: &String| centre.catalogue.data().functions().iter().any(|f| f.id == *id);
        if functions.is_empty() || !functions.iter().all(known) {
            return Err(("function", "请至少选一类"));
        }
        let date = |name: &'static str| match self.value(name) {
            "" => Ok(None),
            text => day(text).map(Some).ok_or((name, "日期没看懂，请重新选择")),
        };
        let (from, to) = (date("from")?, date("to")?);
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            return Err(("from", "开始的日期晚于结束的日期，请调换一下"));
        }
        Ok(Scope { functions, from, until: to.map(|to| to.plus(DAY)) })
    }
}

async fn ask(Shared(centre): Shared<Centre>, visit: Visit, Input(asked): Input<Asked>) -> Answer {
    let again = |filled: Filled| {
        let message = filled.first_error().unwrap_or_default();
        let form = form(&centre, asked.chosen(), filled);
        Ok(visit.refuse(&message, Place::ExportNew, || export::form(form)))
    };
    let typed = Filled::default().with("from", asked.value("from")).with("to", asked.value("to"));
    let scope = match asked.scope(&centre) {
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

async fn download(Shared(centre): Shared<Centre>, visit: Visit, Id(id): Id) -> Answer {
    let caller = visit.caller()?;
    let copy = store::copy(&centre, caller, id).await?.filter(|copy| copy.state == State::Ready);
    let Some(copy) = copy else { return Ok(guard::not_found(&visit)) };
    let Some(attempt) = store::begin_download(&centre, caller, id, visit.now).await? else {
        return Ok(guard::not_found(&visit));
    };
    let ring = centre.vault.export_ring(caller.person, &copy.id).await?;
    let parts = Parts { centre: centre.clone(), ring, export: copy.id, attempt, position: 0 };
    let body = Body::from_stream(stream::try_unfold(parts, Parts::next));
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

/// The pieces of a package, one after the other.
struct Parts {
    centre: Centre,
    ring: KeyRing,
    export: String,
    attempt: i64,
    position: i64,
}

/// A package could not be read to its end; the log says why.
#[derive(Debug, thiserror::Error)]
#[error("the package could not be read")]
struct CutOff;

impl Parts {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, CutOff> {
        // The fault has logged its cause; the connection is cut, so that half a package is not taken for a whole one.
        let part = self.read().await.map_err(|_| CutOff)?;
        Ok(part.map(|part| {
            self.position += 1;
            (part, self)
        }))
    }

    async fn read(&self) -> Result<Option<Bytes>, Fault> {
        let sealed = store::part(&self.centre, &self.export, self.attempt, self.position).await?;
        let Some(sealed) = sealed else { return Ok(None) };
        let row = part_row(&self.export, self.attempt, self.position);
        let plain = self.ring.open(part_place(&row), &sealed).await?;
        Ok(Some(Bytes::copy_from_slice(&plain)))
    }
}

async fn end(Shared(centre): Shared<Centre>, visit: Visit, Id(id): Id) -> Answer {
    if !store::end(&centre, visit.caller()?, id, visit.now).await? {
        return Ok(guard::not_found(&visit));
    }
    Ok(visit.done("副本已作废，不能再下载", Place::Export.path(), &[]))
}
