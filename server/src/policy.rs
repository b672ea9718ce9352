//! 隐私政策.

use app::menu::Place;
use app::pages::policy;

use crate::catalogue::{POLICY_IN_FORCE_SINCE, POLICY_VERSION};
use crate::web::router::Route;
use crate::web::{Answer, Visit};

/// The capability's routes.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![Route::page(Place::Policy, show)]
}

async fn show(visit: Visit) -> Answer {
    let signed_in = visit.caller.is_some();
    Ok(visit.page(Place::Policy, || policy::view(POLICY_VERSION, POLICY_IN_FORCE_SINCE, signed_in)))
}
