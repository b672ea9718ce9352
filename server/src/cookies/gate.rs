//! The only place that makes a Set-Cookie, and the layer that no other one gets past.

use app::cookies::model::CookieChoice;
use app::cookies::rules;
use app::promises::COOKIE_CHOICE_LIFE;
use app::time::SECOND;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::web::visit::Visit;

/// 偏好: 关怀模式 before sign-in.
pub const APPEARANCE_COOKIE: &str = "appearance";
/// A year, in seconds.
const A_YEAR: i64 = COOKIE_CHOICE_LIFE / SECOND;

/// A cookie of ours. `max_age` in seconds; none: until the browser closes.
///
/// # Panics
/// When the value holds what a header can't: all values are made by us from base64, digits and dots.
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

/// Remembers 关怀模式 in this browser. The caller has made sure that 偏好 cookies may be set.
pub fn set_appearance(visit: &Visit, care: bool, response: &mut Response) {
    let value = if care { "care" } else { "standard" };
    let cookie = necessary(APPEARANCE_COOKIE, value, Some(A_YEAR), visit.centre.https);
    response.headers_mut().append(header::SET_COOKIE, cookie);
}

/// Keeps an answer in this browser, and removes what it no longer allows.
pub fn remember(visit: &Visit, choice: &CookieChoice, response: &mut Response) {
    let cookie = necessary(CookieChoice::COOKIE, &choice.format(), Some(A_YEAR), visit.centre.https);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    let catalogue = &visit.centre.catalogue;
    for (name, _) in &visit.cookies {
        if !rules::may_stay(catalogue.cookie_kind(name), Some(choice), visit.browser_objects) {
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

/// Cookies that this browser holds although their group is off in it.
#[must_use]
pub fn unwelcome(visit: &Visit) -> Vec<&str> {
    let stays = |name: &str| {
        let kind = visit.centre.catalogue.cookie_kind(name);
        rules::may_stay(kind, visit.cookie_choice.as_ref(), visit.browser_objects)
    };
    visit.cookies.iter().map(|(name, _)| name.as_str()).filter(|name| !stays(name)).collect()
}

/// Takes out, loudly, whatever cookie the inventory does not name; and removes from the browser what its own answer does
/// not allow.
pub async fn watch(visit: Visit, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let all: Vec<_> = response.headers().get_all(header::SET_COOKIE).iter().cloned().collect();
    response.headers_mut().remove(header::SET_COOKIE);
    let mut set = Vec::new();
    for cookie in all {
        let text = cookie.to_str().unwrap_or_default();
        let name = text.split('=').next().unwrap_or_default().to_owned();
        let removes = text.contains("Max-Age=0");
        if removes || visit.centre.catalogue.cookie_kind(&name).is_some() {
            response.headers_mut().append(header::SET_COOKIE, cookie);
            set.push(name);
        } else {
            tracing::error!(name, "a cookie that the inventory does not name was not set");
        }
    }
    for name in unwelcome(&visit) {
        // What this very answer sets or removes was decided with newer knowledge.
        if !set.iter().any(|s| s == name) {
            remove(&visit, name, &mut response);
        }
    }
    response
}
