//! The only place that makes a Set-Cookie, and the layer that no other one gets past.

use app::cookies::inventory::TrackerKind;
use app::cookies::model::CookieChoice;
use app::cookies::rules;
use app::promises::{COOKIE_CHOICE_LIFE, COOKIE_CHOICE_REMEMBERED};
use app::time::SECOND;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::accounts::{known_devices, sessions};
use crate::web::visit::Visit;

/// 偏好: 关怀模式 before sign-in.
pub const APPEARANCE_COOKIE: &str = "appearance";
/// A year, in seconds.
const A_YEAR: i64 = COOKIE_CHOICE_LIFE / SECOND;

/// A cookie of ours. `max_age` in seconds; none: until the browser closes.
///
/// # Panics
/// When the value holds what a header can't: all values are made by us from base64, digits, dots and the inventory's names.
#[must_use]
pub fn necessary(name: &str, value: &str, max_age: Option<i64>, https: bool) -> HeaderValue {
    let age = max_age.map_or(String::new(), |seconds| format!("; Max-Age={seconds}"));
    let secure = if https { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{age}{secure}"))
        .expect("our own cookie values are visible ASCII")
}

/// Removes a cookie of ours from the browser.
#[must_use]
pub fn removal(name: &str, https: bool) -> HeaderValue {
    necessary(name, "", Some(0), https)
}

/// Remembers 关怀模式 in this browser. The caller has made sure that it may be set.
pub fn set_appearance(visit: &Visit, care: bool, response: &mut Response) {
    let value = if care { "care" } else { "standard" };
    let cookie = necessary(APPEARANCE_COOKIE, value, Some(A_YEAR), visit.centre.https);
    response.headers_mut().append(header::SET_COOKIE, cookie);
}

/// Keeps an answer in this browser, and removes what it no longer allows. The cookie outlives the answer a little, so that
/// whoever is asked again is told why.
pub fn remember(visit: &Visit, choice: &CookieChoice, response: &mut Response) {
    let forgotten = choice.at.plus(COOKIE_CHOICE_LIFE + COOKIE_CHOICE_REMEMBERED);
    let max_age = (forgotten.since(visit.now) / SECOND).max(0);
    let cookie = necessary(CookieChoice::COOKIE, &choice.format(), Some(max_age), visit.centre.https);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    let catalogue = &visit.centre.catalogue;
    let holds = choice.holds(visit.now).then_some(choice);
    for (name, _) in &visit.cookies {
        if !rules::may_stay(catalogue.cookie(name), holds, visit.browser_objects) {
            remove(visit, name, response);
        }
    }
}

/// Removes a cookie that this browser holds, whoever set it.
pub fn remove(visit: &Visit, name: &str, response: &mut Response) {
    let secure = if visit.centre.https { "; Secure" } else { "" };
    // The name came from a browser; one that is no header is no cookie that we could remove.
    if let Ok(cookie) = HeaderValue::from_str(&format!("{name}=; Path=/; Max-Age=0; SameSite=Lax{secure}")) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// Tells the browser to delete all that it holds of this site (W3C Clear Site Data), and removes every cookie by itself, too:
/// a browser obeys the header only over https or on its own machine, and an old one does not know it.
pub fn clear(visit: &Visit, response: &mut Response) {
    let everything = HeaderValue::from_static(r#""cache", "cookies", "storage""#);
    response.headers_mut().insert(HeaderName::from_static("clear-site-data"), everything);
    for (name, _) in &visit.cookies {
        remove(visit, name, response);
    }
}

/// Cookies that this browser holds although its answer does not allow them.
#[must_use]
pub fn unwelcome(visit: &Visit) -> Vec<&str> {
    let stays = |name: &str| {
        let kind = visit.centre.catalogue.cookie(name);
        rules::may_stay(kind, visit.cookie_choice.as_ref(), visit.browser_objects)
    };
    visit.cookies.iter().map(|(name, _)| name.as_str()).filter(|name| !stays(name)).collect()
}

/// Keys of script's storage that this browser's answer does not allow, whether it holds them or not.
#[must_use]
pub fn unwelcome_storage(visit: &Visit) -> Vec<String> {
    let optional =
        visit.centre.catalogue.trackers().iter().filter(|t| t.is_decided() && t.kind == TrackerKind::Storage);
    let refused = optional.filter(|t| !rules::may_use(t, visit.cookie_choice.as_ref(), visit.browser_objects));
    refused.map(|t| t.name.clone()).collect()
}

/// Whether an answer says something about a cookie itself.
pub fn is_told(response: &Response, name: &str) -> bool {
    let named = |cookie: &HeaderValue| cookie.as_bytes().split(|byte| *byte == b'=').next() == Some(name.as_bytes());
    response.headers().get_all(header::SET_COOKIE).iter().any(named)
}

/// Takes out, loudly, whatever cookie the inventory does not name or this browser's answer does not allow; and removes from
/// the browser what its own answer does not allow.
pub async fn watch(visit: Visit, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if sessions::keep(&visit, &mut response)
        && !is_told(&response, known_devices::cookie_name(visit.centre.https))
        && let Some(caller) = &visit.caller
    {
        // As long as the session is used, so is the browser.
        known_devices::remember(&visit, caller.person, &mut response).await;
    }
    let all: Vec<_> = response.headers().get_all(header::SET_COOKIE).iter().cloned().collect();
    response.headers_mut().remove(header::SET_COOKIE);
    // What this very answer says was decided with newer knowledge than what the browser sent.
    let answered = all.iter().rev().find_map(choice_in);
    let choice = answered.or_else(|| visit.cookie_choice.clone()).filter(|choice| choice.holds(visit.now));
    let mut set = Vec::new();
    for cookie in all {
        let text = cookie.to_str().unwrap_or_default();
        let name = text.split('=').next().unwrap_or_default().to_owned();
        let kind = visit.centre.catalogue.cookie(&name);
        let may = kind.is_some_and(|kind| rules::may_use(kind, choice.as_ref(), visit.browser_objects));
        if may || text.contains("Max-Age=0") {
            response.headers_mut().append(header::SET_COOKIE, cookie);
            set.push(name);
        } else {
            tracing::error!(name, "a cookie that the inventory or this browser's answer does not allow was not set");
        }
    }
    for name in unwelcome(&visit) {
        if !set.iter().any(|s| s == name) {
            remove(&visit, name, &mut response);
        }
    }
    response
}

/// The answer about cookies that a Set-Cookie carries, if it carries one.
fn choice_in(cookie: &HeaderValue) -> Option<CookieChoice> {
    let value = cookie.to_str().ok()?.strip_prefix(CookieChoice::COOKIE)?.strip_prefix('=')?;
    CookieChoice::read(value.split(';').next()?)
}
