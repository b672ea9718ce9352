//! The log at its stable address: C2SP tlog-tiles, read-only, for verifiers, witnesses and everybody else.
//!
//! | path | what | may be kept |
//! |---|---|---|
//! | `/log/checkpoint` | the newest signed checkpoint | no |
//! | `/log/checkpoint/<size>` | the one of that size, for ever | for ever |
//! | `/log/tile/<L>/<N>[.p/<W>]` | a tile; N in groups of three digits, all but the last after an x | for ever |
//! | `/log/key` | the verifier key; after a restore one a line, the present one first | an hour |

use app::proof::tiles::{Place, WIDTH};
use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::centre::Centre;
use crate::ledger;
use crate::web::Answer;
use crate::web::guard::Access;
use crate::web::router::Route;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/log/checkpoint", Access::Anyone, newest),
        Route::get("/log/checkpoint/{size}", Access::Anyone, of_size),
        Route::get("/log/tile/{*place}", Access::Anyone, tile),
        Route::get("/log/key", Access::Anyone, key),
    ]
}

const NEVER: &str = "no-store";
const HOUR: &str = "public, max-age=3600";
/// What never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

const TEXT: &str = "text/plain; charset=utf-8";
const HASHES: &str = "application/octet-stream";

/// Open to pages of every origin: there is nothing of anybody's in it.
fn open_to_all(status: StatusCode, kind: &str, keep: &str, body: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, keep),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ];
    (status, headers, body).into_response()
}

fn found(kind: &str, keep: &str, body: Option<Vec<u8>>) -> Response {
    match body {
        Some(body) => open_to_all(StatusCode::OK, kind, keep, body),
        None => open_to_all(StatusCode::NOT_FOUND, TEXT, NEVER, b"not in this log\n".to_vec()),
    }
}

async fn newest(State(centre): State<Centre>) -> Answer {
    let note = ledger::checkpoint(&centre.data, None).await?;
    Ok(found(TEXT, NEVER, note.map(String::into_bytes)))
}

async fn of_size(State(centre): State<Centre>, Path(size): Path<String>) -> Answer {
    let note = match exact(&size) {
        Some(size) => ledger::checkpoint(&centre.data, Some(size)).await?,
        None => None,
    };
    Ok(found(TEXT, FOR_EVER, note.map(String::into_bytes)))
}

async fn tile(State(centre): State<Centre>, Path(place): Path<String>) -> Answer {
    let hashes = match place_of(&place) {
        Some(Place { level, index, width }) => ledger::tile(&centre.data, level, index, width).await?,
        None => None,
    };
    Ok(found(HASHES, FOR_EVER, hashes))
}

async fn key(State(centre): State<Centre>) -> Answer {
    Ok(found(TEXT, HOUR, Some(format!("{}\n", centre.signer.keys()).into_bytes())))
}

/// A decimal number as it is written in one way only.
fn exact(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number: &u64| number.to_string() == text)
}

/// `<L>/<N>` or `<L>/<N>.p/<W>`, with N like `x001/x234/067`.
fn place_of(path: &str) -> Option<Place> {
    let (level, rest) = path.split_once('/')?;
    let level = exact(level).filter(|level| *level < 64)?;
    let (number, width) = match rest.split_once(".p/") {
        Some((number, width)) => (number, exact(width).filter(|width| (1..WIDTH).contains(width))?),
        None => (rest, WIDTH),
    };
    let groups: Vec<_> = number.split('/').collect();
    let (last, before) = groups.split_last()?;
    let mut index: u64 = 0;
    for (group, of_more) in before.iter().map(|group| (*group, true)).chain([(*last, false)]) {
        let digits = if of_more { group.strip_prefix('x')? } else { group };
        let three = digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
        index = index.checked_mul(1000)?.checked_add(if three { digits.parse().ok()? } else { return None })?;
    }
    // No group of zeros before the first that counts.
    let exactly = index.to_string().len().div_ceil(3) == groups.len();
    exactly.then_some(Place { level: u32::try_from(level).ok()?, index, width: usize::try_from(width).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_has_one_path() {
        let place = |level, index, width| Some(Place { level, index, width });
        assert_eq!(place_of("0/000"), place(0, 0, 256));
        assert_eq!(place_of("0/x001/x234/067"), place(0, 1_234_067, 256));
        assert_eq!(place_of("1/017.p/112"), place(1, 17, 112));
        assert_eq!(place_of("63/x001/000"), place(63, 1000, 256));
        for wrong in [
            "",
            "0",
            "0/",
            "0/1",
            "0/0000",
            "0/x000/001",
            "00/000",
            "64/000",
            "+1/000",
            "-1/000",
            "0/x001",
            "0/001/002",
            "0/000.p/0",
            "0/000.p/256",
            "0/000.p/07",
            "0/000.p/",
            "0/000.p/1/2",
            "0/+01",
            "entries/000",
            "data/000",
            "0/x999/x999/x999/x999/x999/x999/x999/999",
        ] {
            assert_eq!(place_of(wrong), None, "{wrong}");
        }
    }
}
