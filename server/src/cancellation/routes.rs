//! Routes.

use crate::web::router::Route;

/// The capability's routes.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![]
}
