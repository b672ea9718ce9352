//! The one table of routes. Each capability adds its own; the guard of each is part of its entry, so none is without.

use std::time::Duration;

use app::menu::{self, Place};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::extract::State;
use axum::handler::Handler;
use axum::http::{HeaderName, Method, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state, map_response, map_response_with_state};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;

use super::guard::{self, Access};
use super::visit::{self, Visit};
use super::{assets, headers, health, reply};
use crate::centre::Centre;

/// One route.
pub struct Route {
    /// GET or POST.
    pub method: Method,
    /// The path, with `{id}` for a record's id.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
    /// How long it may take, with what is sent to it.
    pub patience: Duration,
    /// It answers with a file to keep, and never with a page.
    pub is_download: bool,
    /// What it does is written: it can't be done while nothing can.
    pub saves: bool,
    handler: MethodRouter<Centre>,
}

impl Route {
    /// A page of the menu, with the access that the menu gives it.
    pub fn page<H, T>(place: Place, handler: H) -> Self
    where
        H: Handler<T, Centre>,
        T: 'static,
    {
        let access = match place.entry().access {
            menu::Access::Anyone => Access::Anyone,
            menu::Access::SignedIn => Access::SignedIn,
            menu::Access::SteppedUp => Access::SteppedUp,
            menu::Access::EvenLeaving => Access::EvenLeaving,
            menu::Access::Waiting => Access::Waiting,
            menu::Access::Demo => Access::Demo,
        };
        Self::get(place.path(), access, handler)
    }

    /// Something to look at.
    pub fn get<H, T>(path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, Centre>,
        T: 'static,
    {
        let handler = get(handler);
        Self { method: Method::GET, path, access, patience: PATIENCE, is_download: false, saves: false, handler }
    }

    /// A file to keep. A browser saves whatever is answered where it expects one: so nothing that is answered is ever a page.
    pub fn download<H, T>(path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, Centre>,
        T: 'static,
    {
        Self { is_download: true, ..Self::get(path, access, handler) }
    }

    /// Something that changes.
    pub fn post<H, T>(path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, Centre>,
        T: 'static,
    {
        let handler = post(handler);
        Self { method: Method::POST, path, access, patience: PATIENCE, is_download: false, saves: true, handler }
    }

    /// Looks at what is sent, and keeps nothing of it.
    #[must_use]
    pub fn saving_nothing(self) -> Self {
        Self { saves: false, ..self }
    }

    /// Accepts a larger body than a form needs, for as long as a slow mobile network takes to send it.
    #[must_use]
    pub fn accepting(self, bytes: usize) -> Self {
        let sending = Duration::from_secs((bytes / SLOW_UPLOAD) as u64);
        Self { handler: self.handler.layer(DefaultBodyLimit::max(bytes)), ..self }.within(PATIENCE + sending)
    }

    /// May take that long.
    #[must_use]
    pub fn within(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }
}

/// Every route of every capability.
#[must_use]
pub fn routes() -> Vec<Route> {
    [
        crate::accounts::routes(),
        crate::profile::routes(),
        crate::consents::routes(),
        crate::cookies::routes(),
        crate::records::routes(),
        crate::tags::routes(),
        crate::export::routes(),
        crate::transfer::routes(),
        crate::requests::routes(),
        crate::relatives::routes(),
        crate::cancellation::routes(),
        crate::lost::routes(),
        crate::execution::routes(),
        crate::policy::routes(),
        crate::proof::routes(),
        crate::sharing::routes(),
        crate::messages::routes(),
        crate::replay::routes(),
        crate::webhooks::routes(),
        crate::demo::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A form is small; a larger body is refused before it is read.
pub const FORM_BYTES: usize = 64 * 1024;
/// What takes longer is cut off; who sends a file is given longer.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes a second of a network that is slow, and still worth waiting for.
const SLOW_UPLOAD: usize = 50 * 1024;

fn cut_off(patience: Duration) -> TimeoutLayer {
    TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, patience)
}

/// A failure is worded for who asked: a person, or another service.
async fn name_asker(State(access): State<Access>, mut response: Response) -> Response {
    response.extensions_mut().insert(access);
    response
}

/// The whole application.
///
/// # Panics
/// When a trusted origin of the configuration is no origin; `check` says so beforehand.
pub fn build_router(centre: &Centre) -> Router {
    router_of(centre, routes())
}

/// An application of these routes.
///
/// # Panics
/// As [`build_router`].
pub fn router_of(centre: &Centre, routes: Vec<Route>) -> Router {
    let mut router = Router::new();
    for route in routes {
        let guarded: MethodRouter<Centre> =
            route.handler.layer(from_fn_with_state((route.access, route.saves), guard::check));
        let whose = map_response_with_state(route.access, name_asker);
        let timed = guarded.layer(cut_off(route.patience)).layer(whose);
        let answered = if route.is_download { timed.layer(from_fn(reply::answer_file)) } else { timed };
        router = router.route(route.path, answered);
    }
    let plain = assets::routes(centre).route("/healthz", get(health::healthz)).route("/readyz", get(health::readyz));
    let csrf = centre.trusted_origins.iter().fold(CsrfLayer::new(), |layer, origin| {
        layer.add_trusted_origin(origin).expect("an origin is scheme, host and port")
    });
    let request_id = HeaderName::from_static("x-request-id");
    router
        .fallback(|visit: Visit| async move { guard::not_found(&visit) })
        .layer(DefaultBodyLimit::max(FORM_BYTES))
        .layer(from_fn(crate::cookies::gate::watch))
        .layer(from_fn_with_state(centre.clone(), guard::origin_known))
        .layer(csrf)
        .layer(from_fn(guard::dress_foreign))
        .layer(from_fn_with_state(centre.clone(), visit::receive))
        .merge(plain.layer(cut_off(PATIENCE)).layer(map_response(reply::word_failed)))
        .layer(from_fn_with_state(centre.clone(), visit::take_turn))
        .layer(from_fn_with_state(centre.clone(), headers::secure))
        .layer(CatchPanicLayer::new())
        .layer(from_fn(super::log::requests))
        .layer(PropagateRequestIdLayer::new(request_id.clone()))
        .layer(SetRequestIdLayer::new(request_id, MakeRequestUuid))
        .with_state(centre.clone())
}
