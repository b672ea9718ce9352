//! For whoever runs the server: is it alive, can it work?

use axum::extract::State;
use axum::http::StatusCode;

use crate::centre::Centre;
use crate::storage::sql;

/// Alive: the process answers.
pub async fn healthz() -> &'static str {
    "ok"
}

/// Ready: both databases answer.
pub async fn readyz(State(centre): State<Centre>) -> (StatusCode, &'static str) {
    let data = sql("SELECT 1").fetch_one::<(i32,)>(&centre.data).await;
    match (data, centre.vault.is_reachable().await) {
        (Ok(_), true) => (StatusCode::OK, "ready"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "a database does not answer"),
    }
}
