//! Cookie管理 and the banner's answers.

use app::consents::Decision;
use app::cookies::model::{CookieGroup, may_set};
use axum::http::header;
use axum::response::Response;

use super::gate;
use crate::web::router::Route;
use crate::web::visit::Visit;

/// The capability's routes.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![]
}

/// How many optional groups are on in this browser.
#[must_use]
pub fn groups_on(visit: &Visit) -> usize {
    CookieGroup::ALL
        .into_iter()
        .filter(|g| *g != CookieGroup::Necessary)
        .filter(|g| may_set(*g, visit.cookie_choice.as_ref(), visit.browser_objects))
        .count()
}

/// Makes this browser follow a decision that was taken elsewhere.
pub fn obey(_visit: &Visit, _decision: Decision, _response: &mut Response) {}

/// Remembers 关怀模式 in this browser, if 偏好 cookies may.
pub fn remember_appearance(visit: &Visit, care: bool, response: &mut Response) {
    let value = if care { "care" } else { "standard" };
    let cookie = gate::optional(visit, CookieGroup::Preference, gate::APPEARANCE_COOKIE, value, gate::A_YEAR);
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}
