//! One line per request, without personal data: no query, no body, no address, and ids in paths blotted out.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;

/// The layer.
pub async fn requests(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    let id = request.headers().get("x-request-id").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let response = next.run(request).await;
    // The pattern, not the path: a path may hold a record's id. A path that matches nothing may hold anything.
    let path = response.extensions().get::<RoutePattern>().map_or("-", |p| p.0.as_str());
    tracing::info!(%method, path, status = response.status().as_u16(), micros = began.elapsed().as_micros() as u64, request = id, "answered");
    response
}

/// The route's pattern, handed from the route to the log.
#[derive(Clone)]
pub struct RoutePattern(String);

impl From<&MatchedPath> for RoutePattern {
    fn from(path: &MatchedPath) -> Self {
        Self(path.as_str().to_owned())
    }
}
