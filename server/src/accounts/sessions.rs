//! Sessions: a random token in a cookie, its SHA-256 in the database, one row per signed-in device.

use std::sync::Arc;

use app::accounts::model::Device;
use app::promises::{SESSION_IDLE, SESSION_KEPT_MONTHS, SESSION_LIFE};
use app::time::{MINUTE, Moment, SECOND};
use axum::http::header;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{band, store};
use crate::centre::Centre;
use crate::cookies::gate;
use crate::export::registers::Noted;
use crate::storage::{Tx, sql, sql_rows};
use crate::vault::{Place, SealingKey, random_bytes};
use crate::web::fault::Fault;
use crate::web::visit::{Caller, Visit};

/// `__Host-` needs https; on plain http (this machine only) the name goes without.
#[must_use]
pub const fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-session" } else { "session" }
}

/// A new token, shown once: to the browser that signed in.
pub struct Token(String);

impl Token {
    /// 256 random bits.
    #[must_use]
    pub fn random() -> Self {
        Self(URL_SAFE_NO_PAD.encode(random_bytes::<32>()))
    }

    /// One that somebody shows.
    #[must_use]
    pub fn typed(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// For the cookie.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        hash(&self.0)
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// What is kept of a device, sealed.
#[derive(Serialize, Deserialize)]
struct Client {
    user_agent: String,
    address: String,
}

const fn client_place(row: &str) -> Place<'_> {
    Place { table: "session", column: "client", row }
}

/// Begins a session inside a transaction; the key for 登录设备 was made before it.
///
/// # Errors
/// Storage.
pub async fn begin(tx: &mut Tx, key: &SealingKey, person: Uuid, visit: &Visit) -> Result<Token, Fault> {
    let token = Token::random();
    let id = Uuid::now_v7();
    let client = Client { user_agent: visit.user_agent.clone(), address: visit.address.to_string() };
    let sealed = key.seal(client_place(&id.to_string()), &serde_json::to_vec(&client)?);
    sql("INSERT INTO session (id, person_id, token_hash, client, created_at, last_seen_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $5, $6)")
    .bind(id)
    .bind(person)
    .bind(hash(token.reveal()))
    .bind(sealed)
    .bind(visit.now.0)
    .bind(visit.now.plus(SESSION_IDLE).0)
    .execute(tx)
    .await?;
    Ok(token)
}

#[derive(sqlx::FromRow)]
struct Found {
    id: String,
    person_id: String,
    created_at: i64,
    last_seen_at: i64,
    stepped_up_at: Option<i64>,
    state: String,
    care_mode: bool,
    pseudonym: Vec<u8>,
    age_band: Option<Vec<u8>>,
    /// The cancellation that is under way, if there is one.
    leaving: Option<String>,
}

/// Who a token belongs to, if its session lives.
///
/// # Errors
/// Storage or vault; never "nobody" in their place.
pub async fn find(centre: &Centre, token: &str, now: Moment) -> Result<Option<Caller>, Fault> {
    Ok(recognise(centre, token, now).await?.map(|(caller, _)| caller))
}

/// The same, and until when the session lives if this use of it has just put that off.
///
/// # Errors
/// As [`find`].
pub async fn recognise(centre: &Centre, token: &str, now: Moment) -> Result<Option<(Caller, Option<Moment>)>, Fault> {
    let row = sql(
        "SELECT s.id, s.person_id, s.created_at, s.last_seen_at, s.stepped_up_at, p.state, p.care_mode, p.pseudonym, \
         p.age_band, c.id AS leaving FROM session s JOIN person p ON p.id = s.person_id \
         LEFT JOIN cancellation c ON c.person_id = p.id AND c.submitted_at IS NOT NULL AND c.ended_at IS NULL \
         WHERE s.token_hash = $1 AND s.ended_at IS NULL AND s.expires_at > $2",
    )
    .bind(hash(token))
    .bind(now.0)
    .fetch_optional::<Found>(&centre.data)
    .await?;
    // One that a clock which was ahead has begun would live for too long.
    let Some(row) = row.filter(|row| Moment(row.created_at).age(now).is_some()) else { return Ok(None) };
    let (person, session) = (Uuid::parse_str(&row.person_id)?, Uuid::parse_str(&row.id)?);
    let ring = centre.vault.ring(person).await?;
    let pseudonym = store::open_pseudonym(&ring, &row.person_id, &row.pseudonym).await?;
    let age_band = band::open(&centre.data, &ring, (&row.person_id, &pseudonym), row.age_band.as_deref()).await?;
    let until = now.plus(SESSION_IDLE).min(Moment(row.created_at).plus(SESSION_LIFE));
    let is_stale = !Moment(row.last_seen_at).is_within(5 * MINUTE + 1, now);
    // Where nothing can be written just now, a page can still be read; the fault has logged its cause.
    let is_touched = is_stale && touch(centre, session, (now, until)).await.is_ok();
    let caller = Caller {
        person,
        session,
        pseudonym,
        ring: Arc::new(ring),
        age_band,
        waits_for_guardian: row.state == store::WAITS_FOR_GUARDIAN,
        leaving: row.leaving.is_some(),
        care_mode: row.care_mode,
        stepped_up_at: row.stepped_up_at.map(Moment),
    };
    Ok(Some((caller, is_touched.then_some(until))))
}

/// Whether a session has neither ended nor run out.
///
/// # Errors
/// Storage.
pub async fn lives(centre: &Centre, session: Uuid, now: Moment) -> Result<bool, Fault> {
    let row = sql("SELECT 1 FROM session WHERE id = $1 AND ended_at IS NULL AND expires_at > $2")
        .bind(session)
        .bind(now.0)
        .fetch_optional::<(i32,)>(&centre.data)
        .await?;
    Ok(row.is_some())
}

/// Keeps a used session alive; at most every five minutes, so that reading a page seldom writes.
async fn touch(centre: &Centre, session: Uuid, (now, until): (Moment, Moment)) -> Result<(), Fault> {
    let mut tx = centre.data.begin().await?;
    sql("UPDATE session SET last_seen_at = $2, expires_at = $3 WHERE id = $1 AND ended_at IS NULL")
        .bind(session)
        .bind(now.0)
        .bind(until.0)
        .execute(&mut tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Lets the browser keep the session's cookie for as long as its row lives now. Only with what no cache keeps, and not where this
/// very answer says something else about the cookie.
/// True: it was put off.
pub fn keep(visit: &Visit, response: &mut Response) -> bool {
    let name = cookie_name(visit.centre.https);
    let (Some(until), Some(token)) = (visit.lives_until, visit.cookie(name)) else { return false };
    let headers = response.headers();
    let is_stored = headers.get(header::CACHE_CONTROL).is_none_or(|control| control != "no-store");
    if is_stored || gate::is_told(response, name) {
        return false;
    }
    let max_age = until.since(visit.now) / SECOND;
    response.headers_mut().append(header::SET_COOKIE, gate::necessary(name, token, Some(max_age), visit.centre.https))
}

/// 登录设备: the newest first.
///
/// # Errors
/// Storage or vault.
pub async fn devices(centre: &Centre, caller: &Caller, now: Moment) -> Result<Vec<Device>, Fault> {
    let rows = sql("SELECT id, client, created_at, last_seen_at FROM session \
         WHERE person_id = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY last_seen_at DESC, id DESC")
    .bind(caller.person)
    .bind(now.0)
    .fetch_all::<(String, Vec<u8>, i64, i64)>(&centre.data)
    .await?;
    let mut devices = Vec::with_capacity(rows.len());
    for (id, sealed, since, last_seen) in rows {
        let client: Client = serde_json::from_slice(&caller.ring.open(client_place(&id), &sealed).await?)?;
        let id = Uuid::parse_str(&id)?;
        devices.push(Device {
            id,
            name: device_name(&client.user_agent),
            address: app::mask::network_address(&client.address),
            since: Moment(since),
            last_seen: Moment(last_seen),
            is_this: id == caller.session,
        });
    }
    Ok(devices)
}

/// Removes sessions that ended, or ran out, six months ago. In small batches: signing in waits for none of them long.
///
/// # Errors
/// Storage.
pub async fn tidy(centre: &Centre, now: Moment) -> Result<u64, Fault> {
    let Some(until) = now.plus_span(jiff::Span::new().months(-SESSION_KEPT_MONTHS)) else { return Ok(0) };
    let mut gone = 0;
    loop {
        let over = sql("SELECT id FROM session WHERE ended_at <= $1 OR expires_at <= $1 LIMIT $2")
            .bind(until.0)
            .bind(BATCH)
            .fetch_all::<(String,)>(&centre.data)
            .await?;
        if over.is_empty() {
            return Ok(gone);
        }
        let mut tx = centre.data.begin().await?;
        let downloads = sql_rows("DELETE FROM download WHERE session_id IN", over.len(), 1, "");
        over.iter().fold(downloads, |delete, (id,)| delete.bind(id)).execute(&mut tx).await?;
        let delete = sql_rows("DELETE FROM session WHERE id IN", over.len(), 1, "");
        gone += over.iter().fold(delete, |delete, (id,)| delete.bind(id)).execute(&mut tx).await?;
        tx.commit().await?;
    }
}

/// Sessions that are removed at once.
const BATCH: i64 = 250;

/// `Chrome · Android`, as far as a browser tells.
fn device_name(user_agent: &str) -> String {
    let pick = |table: &[(&str, &'static str)], other: &'static str| {
        table.iter().find(|(mark, _)| user_agent.contains(mark)).map_or(other, |(_, name)| *name)
    };
    // Most browsers also name the ones before them: the more particular mark first.
    let browser = pick(
        &[
            ("MicroMessenger", "微信"),
            ("Edg/", "Edge"),
            ("Firefox/", "Firefox"),
            ("Chrome/", "Chrome"),
            ("Safari/", "Safari"),
        ],
        "其他浏览器",
    );
    let system = pick(
        &[
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("HarmonyOS", "鸿蒙"),
            ("Android", "Android"),
            ("Windows", "Windows"),
            ("Mac OS", "Mac"),
            ("Linux", "Linux"),
        ],
        "其他设备",
    );
    format!("{browser} · {system}")
}

/// Every sign-in that is still written down, over or not: what a copy tells its person of 登录设备.
///
/// # Errors
/// Storage or vault.
pub async fn entries(centre: &Centre, caller: &Caller) -> Result<Vec<Noted>, Fault> {
    let rows = sql("SELECT id, client, created_at, last_seen_at, ended_at FROM session WHERE person_id = $1")
        .bind(caller.person)
        .fetch_all::<(String, Vec<u8>, i64, i64, Option<i64>)>(&centre.data)
        .await?;
    let mut entries = Vec::with_capacity(rows.len());
    for (id, sealed, since, last_seen, ended) in rows {
        let client: Client = serde_json::from_slice(&caller.ring.open(client_place(&id), &sealed).await?)?;
        let name = device_name(&client.user_agent);
        let details = [
            ("浏览器的自称", Some(client.user_agent)),
            ("网络地址", Some(client.address)),
            ("最近使用", Some(Moment(last_seen).date_time())),
            ("退出", ended.map(|at| Moment(at).date_time())),
        ];
        entries.push(Noted::of(Moment(since), name, details));
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_named_by_what_it_is_not_what_it_claims_to_be_like() {
        let edge = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0";
        assert_eq!(device_name(edge), "Edge · Windows");
        assert_eq!(device_name(""), "其他浏览器 · 其他设备");
    }
}
