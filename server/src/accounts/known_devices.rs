//! Browsers in which an account was used: each has a random token of its own in a cookie, and one row for each account, with a keyed
//! hash of both. It proves nobody and opens nothing: strangers who have codes sent take nothing from those who have it.

use app::promises::KNOWN_DEVICE_LIFE;
use app::time::{Moment, SECOND};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use uuid::Uuid;

use super::sessions::Token;
use crate::centre::Centre;
use crate::cookies::gate;
use crate::storage::sql;
use crate::web::fault::Fault;
use crate::web::visit::Visit;

/// `__Host-` needs https; on plain http (this machine only) the name goes without.
#[must_use]
pub const fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-device" } else { "device" }
}

/// Characters of a token.
const TOKEN_CHARS: usize = 43;

/// This browser's token, if it has one that could be ours.
fn token(visit: &Visit) -> Option<&str> {
    let ours = |text: &&str| {
        text.len() == TOKEN_CHARS && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    visit.cookie(cookie_name(visit.centre.https)).filter(ours)
}

fn index(centre: &Centre, person: Uuid, token: &str) -> [u8; 32] {
    centre.vault.blind_index("known_device", &format!("{person} {token}"))
}

/// Remembers that an account is used in this browser. It is a convenience: without it a code may have to wait, and nobody is sent
/// away who has just come in.
pub async fn remember(visit: &Visit, person: Uuid, response: &mut Response) {
    match keep(visit, person).await {
        Ok(cookie) => drop(response.headers_mut().append(header::SET_COOKIE, cookie)),
        // Its making has told the log.
        Err(fault) => tracing::warn!(reference = fault.reference(), "a browser is not remembered"),
    }
}

async fn keep(visit: &Visit, person: Uuid) -> Result<HeaderValue, Fault> {
    let centre = &visit.centre;
    let token = token(visit).map_or_else(|| Token::random().reveal().to_owned(), ToOwned::to_owned);
    let mut tx = centre.data.begin().await?;
    sql("INSERT INTO known_device (id, device_index, person_id, used_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (device_index) DO UPDATE SET used_at = excluded.used_at")
    .bind(Uuid::now_v7())
    .bind(index(centre, person, &token))
    .bind(person)
    .bind(visit.now.0)
    .execute(&mut tx)
    .await?;
    tx.commit().await?;
    let max_age = KNOWN_DEVICE_LIFE / SECOND;
    Ok(gate::necessary(cookie_name(centre.https), &token, Some(max_age), centre.https))
}

/// Whether that account was used in this browser. Takes no longer for an account that is there.
///
/// # Errors
/// Storage.
pub async fn is_known(visit: &Visit, account: Option<Uuid>) -> Result<bool, Fault> {
    let Some(token) = token(visit) else { return Ok(false) };
    let index = index(&visit.centre, account.unwrap_or(Uuid::nil()), token);
    let row = sql("SELECT id FROM known_device WHERE device_index = $1 AND used_at > $2")
        .bind(index)
        .bind(visit.now.plus(-KNOWN_DEVICE_LIFE).0)
        .fetch_optional::<(String,)>(&visit.centre.data)
        .await?;
    Ok(row.is_some())
}

/// Forgets browsers in which an account was not signed in to for long.
///
/// # Errors
/// Storage.
pub async fn tidy(centre: &Centre, now: Moment) -> Result<u64, Fault> {
    let mut tx = centre.data.begin().await?;
    let gone = sql("DELETE FROM known_device WHERE used_at <= $1")
        .bind(now.plus(-KNOWN_DEVICE_LIFE).0)
        .execute(&mut tx)
        .await?;
    tx.commit().await?;
    Ok(gone)
}
