//! While the centre is not open: its address answers, and says why. A start is quick but after a restore, when the data must
//! catch up first; not one request is answered from its old state. A centre that has lost its databases is closed again, and
//! opened as at a start.

use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tower::ServiceExt as _;

/// The application, while it may be reached.
#[derive(Clone, Default)]
pub struct Doors(Arc<RwLock<Inside>>);

enum Inside {
    Closed(Closed),
    Open(Router),
}

/// Why nobody is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// It is being opened.
    Starting,
    /// Its databases are not held, or don't answer.
    Lost,
    /// The disk takes nothing, and what must be written before anything is shown could not be.
    Full,
}

impl Closed {
    const fn words(self) -> &'static str {
        match self {
            Self::Starting => "正在启动，请稍等几秒再试",
            Self::Lost => {
                "暂时连不上数据库，正在恢复，请稍等几秒再试。刚才的操作如果没有显示结果，恢复后请先看看现在的状态"
            }
            Self::Full => "存放数据的磁盘写不进新的内容，暂时打不开。请过一会儿再试",
        }
    }
}

impl Default for Inside {
    fn default() -> Self {
        Self::Closed(Closed::Starting)
    }
}

/// Seconds after which a caller may try again.
const RETRY_AFTER: &str = "2";

impl Doors {
    /// From here on every request reaches the application.
    pub fn open(&self, app: Router) {
        self.set(Inside::Open(app));
    }

    /// From here on no request does.
    pub fn close(&self, why: Closed) {
        self.set(Inside::Closed(why));
    }

    fn set(&self, inside: Inside) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = inside;
    }

    fn app(&self) -> Result<Router, Closed> {
        match &*self.0.read().unwrap_or_else(PoisonError::into_inner) {
            Inside::Open(app) => Ok(app.clone()),
            Inside::Closed(why) => Err(*why),
        }
    }

    /// What answers meanwhile, and passes every request on while the doors are open.
    pub fn router(&self) -> Router {
        Router::new().fallback(answer).with_state(self.clone())
    }
}

async fn answer(State(doors): State<Doors>, request: Request) -> Response {
    match doors.app() {
        Ok(app) => app.oneshot(request).await.into_response(),
        Err(_) if request.uri().path() == "/healthz" => "ok".into_response(),
        Err(why) => {
            let headers = [(header::RETRY_AFTER, RETRY_AFTER), (header::CACHE_CONTROL, "no-store")];
            (StatusCode::SERVICE_UNAVAILABLE, headers, why.words()).into_response()
        }
    }
}
