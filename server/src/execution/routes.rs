//! 注销证明: what the secret link of the last notice opens. Whoever has left has no account, so the link alone opens it.

use app::cancellation::key_copies::KeyCopies;
use app::menu::Place;
use app::pages::leaving;
use app::time::Moment;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use super::kinds;
use super::store::{self, Linked};
use crate::centre::Centre;
use crate::ledger::{self, Event};
use crate::proof::{self, account};
use crate::web::guard::{self, Access};
use crate::web::router::Route;
use crate::web::{Answer, Fault, Visit};
use crate::webhooks::store as webhooks;

/// The capability's routes.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::page(Place::Leaving, explain),
        Route::get("/leaving/{id}", Access::Anyone, show),
        Route::download("/leaving/{id}/certificate", Access::Anyone, download),
    ]
}

/// The address of the link with that token; none where nobody has said at which address people reach us.
pub(super) fn link(centre: &Centre, token: &str) -> Option<String> {
    let base = centre.public_url.as_deref()?.trim_end_matches('/');
    Some(format!("{base}{}/{token}", Place::Leaving.path()))
}

async fn explain(visit: Visit) -> Answer {
    Ok(visit.page(Place::Leaving, leaving::explain))
}

async fn show(State(centre): State<Centre>, visit: Visit, Path(token): Path<String>) -> Answer {
    let Some(linked) = store::linked(&centre, &token).await? else {
        let mut answer = visit.page(Place::Leaving, leaving::unknown);
        *answer.status_mut() = StatusCode::NOT_FOUND;
        return Ok(answer);
    };
    let model = model(&centre, &linked, &visit, &token).await?;
    Ok(kept_secret(visit.page(Place::Leaving, || leaving::view(model))))
}

async fn download(State(centre): State<Centre>, visit: Visit, Path(token): Path<String>) -> Answer {
    let Some(linked) = store::linked(&centre, &token).await? else { return Ok(guard::not_found(&visit)) };
    let Some((_, pseudonym)) = &linked.over else { return Ok(guard::not_found(&visit)) };
    let told = store::told(&centre, linked.id).await?;
    match account::certificate(&centre, pseudonym, &told, visit.now).await? {
        Some(document) => Ok(kept_secret(proof::file(document))),
        None => Ok(guard::not_found(&visit)),
    }
}

/// The token is nobody else's business, not even of our own other pages.
fn kept_secret(mut response: Response) -> Response {
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

async fn model(centre: &Centre, linked: &Linked, visit: &Visit, token: &str) -> Result<leaving::Model, Fault> {
    let told = webhooks::told(centre, linked.id).await?;
    let erased = match &linked.over {
        None => None,
        Some((at, pseudonym)) => {
            let history = ledger::history(&centre.data, pseudonym).await?;
            let event = history.into_iter().rev().find(|r| matches!(r.event, Event::AccountErased { .. }));
            event.and_then(|recorded| erased(centre, recorded.event, *at, visit.now))
        }
    };
    Ok(leaving::Model {
        begun_at: linked.begun_at,
        erased,
        told,
        download: format!("{}/{token}/certificate", Place::Leaving.path()),
        now: visit.now,
    })
}

fn erased(centre: &Centre, event: Event, at: Moment, now: Moment) -> Option<leaving::Erased> {
    let Event::AccountErased { keys, erased, kept, self_test, number_until, .. } = event else { return None };
    let catalogue = &centre.catalogue;
    Some(leaving::Erased {
        at,
        keys,
        copies: KeyCopies::of(at, centre.vault.rotated_at(), now),
        parts: erased.into_iter().map(|part| (kinds::name(catalogue, &part.kind), part.rows)).collect(),
        kept: kept
            .into_iter()
            .map(|kept| leaving::Kept {
                law: kinds::law(catalogue, &kept.ground),
                records: kept.records,
                until: Moment(kept.until),
            })
            .collect(),
        places: self_test.places,
        number_until: number_until.map(Moment),
    })
}
