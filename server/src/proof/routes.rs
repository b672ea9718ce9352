//! 删除证明, 验证凭证 and every download.

use app::menu::Place;
use app::pages::proofs;
use app::promises::PROOF_MAX_BYTES;
use app::proof;
use app::ui::Filled;
use axum::extract::multipart::{Multipart, MultipartError, MultipartRejection};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::documents::{self, Document};
use crate::accounts::limits::TooMany;
use crate::centre::Centre;
use crate::ledger::{self, Event};
use crate::web::guard::{self, Access};
use crate::web::router::Route;
use crate::web::{Answer, Older, Query, Visit};

/// What is read of an upload before it is cut off, so that a file that is too large gets a kind answer.
const UPLOAD_BYTES: usize = 2 * PROOF_MAX_BYTES;

pub fn routes() -> Vec<Route> {
    vec![
        Route::page(Place::Erasures, show_erasures),
        Route::download(proofs::ALL, Access::SignedIn, download_all),
        // The id is the event's position in one's own chain: nobody else's has an address.
        Route::download("/settings/privacy/consents/proofs/{id}", Access::SignedIn, download),
        Route::page(Place::Verify, show_verify),
        Route::post(Place::Verify.path(), Access::Anyone, verify).accepting(UPLOAD_BYTES).saving_nothing(),
    ]
}

async fn show_erasures(State(centre): State<Centre>, visit: Visit, Query(older): Query<Older>) -> Answer {
    let history = ledger::history(&centre.data, &visit.caller()?.pseudonym).await?;
    let unrecognised = history.iter().filter(|one| matches!(one.event, Event::Unrecognised { .. })).count();
    let erasures = history.into_iter().rev().filter_map(|recorded| {
        let (scope, erased, restricted) = documents::erased(&recorded.event)?;
        let name = documents::scope_name(&centre.catalogue, &scope);
        Some(proofs::Erasure { position: recorded.position, at: recorded.at, name, erased, restricted })
    });
    let (erasures, next) = older.page(Place::Erasures.path(), erasures.collect());
    let model = proofs::Erasures { erasures, unrecognised, next };
    Ok(visit.page(Place::Erasures, || proofs::erasures(model)))
}

async fn download(State(centre): State<Centre>, visit: Visit, Path(id): Path<String>) -> Answer {
    let Ok(position) = id.parse() else { return Ok(guard::not_found(&visit)) };
    match documents::one(&centre, visit.caller()?, position, visit.now).await? {
        Some(document) => Ok(file(document)),
        None => Ok(guard::not_found(&visit)),
    }
}

async fn download_all(State(centre): State<Centre>, visit: Visit) -> Answer {
    Ok(file(documents::all(&centre, visit.caller()?, visit.now).await?))
}

/// A document as a file to keep.
pub fn file(Document { name, text }: Document) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (StatusCode::OK, headers, text).into_response()
}

async fn show_verify(State(centre): State<Centre>, visit: Visit) -> Answer {
    let key = centre.signer.keys();
    Ok(visit.page(Place::Verify, || proofs::verify(key, Filled::default(), None)))
}

/// Without script: the same check, here. The file is read, answered and forgotten.
async fn verify(
    State(centre): State<Centre>,
    visit: Visit,
    multipart: Result<Multipart, MultipartRejection>,
) -> Answer {
    let key = centre.signer.keys();
    let again = |wrong: String| {
        let filled = Filled::default().error("file", &wrong);
        let page = || proofs::verify(key.clone(), filled, None);
        Ok(visit.refuse(&wrong, Place::Verify, page))
    };
    if centre.limits.try_address(visit.address).is_err() {
        return again(TooMany::MESSAGE.to_owned());
    }
    let Ok(multipart) = multipart else { return again(proofs::NO_FILE.to_owned()) };
    let file = match upload(multipart).await {
        Ok(Ok(file)) => file,
        Ok(Err(wrong)) => return again(wrong),
        Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => return again(proofs::too_large()),
        Err(_) => return again("文件没有传完，请再试一次".to_owned()),
    };
    // Many signatures keep one thread busy; other requests must not wait behind it.
    let verifiers = centre.signer.verifiers();
    let report = tokio::task::spawn_blocking(move || proof::check_by(&file, &verifiers)).await?;
    Ok(visit.page(Place::Verify, || proofs::verify(key, Filled::default(), Some(report))))
}

async fn upload(mut multipart: Multipart) -> Result<Result<Vec<u8>, String>, MultipartError> {
    let mut bytes = Vec::new();
    let mut named = false;
    while let Some(mut field) = multipart.next_field().await? {
        if field.name() != Some("file") {
            continue;
        }
        // A browser sends an empty file without a name when none was chosen.
        named |= field.file_name().is_some_and(|name| !name.is_empty());
        while let Some(chunk) = field.chunk().await? {
            bytes.extend_from_slice(&chunk);
        }
    }
    Ok(match bytes.len() {
        0 if !named => Err(proofs::NO_FILE.to_owned()),
        n if n > PROOF_MAX_BYTES => Err(proofs::too_large()),
        _ => Ok(bytes),
    })
}
