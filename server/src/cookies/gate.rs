//! The only place that makes a Set-Cookie, and the layer that no other one gets past.

use app::cookies::model::{CookieGroup, may_set};
use app::promises::COOKIE_CHOICE_LIFE;
use app::time::SECOND;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::centre::Centre;
use crate::web::visit::Visit;

/// 偏好: 关怀模式 before sign-in.
pub const APPEARANCE_COOKIE: &str = "appearance";
/// A year, in seconds.
pub const A_YEAR: i64 = COOKIE_CHOICE_LIFE / SECOND;

/// A necessary cookie. `max_age` in seconds; none: until the browser closes.
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

/// An optional cookie, only if its group may. Nothing otherwise.
#[must_use]
pub fn optional(visit: &Visit, group: CookieGroup, name: &str, value: &str, max_age: i64) -> Option<HeaderValue> {
    may_set(group, visit.cookie_choice.as_ref(), visit.browser_objects)
        .then(|| necessary(name, value, Some(max_age), visit.centre.https))
}

/// Removes a cookie from the browser.
#[must_use]
pub fn removal(name: &str, https: bool) -> HeaderValue {
    necessary(name, "", Some(0), https)
}

/// Takes out, loudly, whatever cookie the inventory does not name.
pub async fn watch(State(centre): State<Centre>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let all: Vec<_> = response.headers().get_all(header::SET_COOKIE).iter().cloned().collect();
    if all.is_empty() {
        return response;
    }
    response.headers_mut().remove(header::SET_COOKIE);
    for cookie in all {
        let name = cookie.to_str().ok().and_then(|text| text.split('=').next()).unwrap_or_default();
        if centre.catalogue.cookie_kind(name).is_some() {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        } else {
            tracing::error!(name, "a cookie that the inventory does not name was not set");
        }
    }
    response
}
