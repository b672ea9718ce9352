//! 我的 tells of a restoration; it is put away here.

use app::menu::Place;
use app::pages::me::PUT_AWAY;
use app::time::Moment;
use axum::extract::State;
use serde::Deserialize;

use super::put_away;
use crate::centre::Centre;
use crate::web::guard::Access;
use crate::web::router::Route;
use crate::web::{Answer, Input, Visit};

/// The capability's routes.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![Route::post(PUT_AWAY, Access::SignedIn, read)]
}

#[derive(Deserialize)]
struct Read {
    /// Until when what was told goes: a restoration since is told of again.
    #[serde(default)]
    until: i64,
}

async fn read(State(centre): State<Centre>, visit: Visit, Input(form): Input<Read>) -> Answer {
    let until = form.until.min(visit.now.0);
    put_away(&centre, visit.caller()?.person, Moment(until)).await?;
    Ok(visit.done("已收起", Place::Me.path(), &[]))
}
