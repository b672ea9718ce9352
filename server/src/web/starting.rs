//! While the centre starts: its address answers, and says that it is too early. A start is quick but after a restore, when the
//! data must catch up first; not one request is answered from its old state.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tower::ServiceExt as _;

/// The application, once it may be reached.
#[derive(Clone, Default)]
pub struct Doors(Arc<OnceLock<Router>>);

/// Seconds after which a caller may try again.
const RETRY_AFTER: &str = "2";

impl Doors {
    /// From here on every request reaches the application.
    pub fn open(&self, app: Router) {
        // Opened once: a second application would be another centre.
        drop(self.0.set(app));
    }

    /// What answers meanwhile, and passes every request on once the doors are open.
    pub fn router(&self) -> Router {
        Router::new().fallback(answer).with_state(self.clone())
    }
}

async fn answer(State(Doors(app)): State<Doors>, request: Request) -> Response {
    match app.get() {
        Some(app) => app.clone().oneshot(request).await.into_response(),
        None if request.uri().path() == "/healthz" => "ok".into_response(),
        None => {
            let headers = [(header::RETRY_AFTER, RETRY_AFTER), (header::CACHE_CONTROL, "no-store")];
            (StatusCode::SERVICE_UNAVAILABLE, headers, "正在启动，请稍等几秒再试").into_response()
        }
    }
}
