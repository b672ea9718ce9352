//! How an answer looks: a page, a redirect with a notice, or JSON for an island.

use app::html::without_marks;
use app::menu::{self, Place};
use app::pages;
use app::ui::frame::{AskCookies, Frame, document};
use app::ui::notice::{Notice, Tone};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use hydration_context::SsrSharedContext;
use leptos::nonce::{provide_nonce, use_nonce};
use leptos::prelude::*;
use serde_json::json;
use std::sync::Arc;

use super::fault::{Reference, Unwritable};
use super::guard::Access;
use super::visit::Visit;
use super::{headers, service};
use crate::cookies::gate;

/// The cookie that carries a notice over one redirect.
pub const NOTICE_COOKIE: &str = "notice";

impl Visit {
    /// A page of the menu.
    pub fn page(&self, place: Place, body: impl FnOnce() -> AnyView) -> Response {
        self.page_as(StatusCode::OK, place, body)
    }

    /// The same page again, because something has to be mended: with what was typed, and what is wrong.
    /// An island gets `message` alone.
    pub fn refuse(&self, message: &str, place: Place, body: impl FnOnce() -> AnyView) -> Response {
        if self.wants_json {
            return json_answer(StatusCode::OK, false, message, &[]);
        }
        // Where it is asked first who is there, nothing has come back yet.
        if self.comes_back() && self.here.split('?').next() == Some(place.path()) {
            return self.page_saying("刚才填写的内容都在，核对后再提交", place, body);
        }
        self.page_as(StatusCode::UNPROCESSABLE_ENTITY, place, body)
    }

    /// A page of the menu that says at once what was just done.
    pub fn page_saying(&self, notice: &str, place: Place, body: impl FnOnce() -> AnyView) -> Response {
        let here = self.here_on(place);
        let notice = Notice { text: notice.to_owned(), tone: Tone::Done };
        self.html(StatusCode::OK, (place.label(), here), self.back(place), Some(notice), body)
    }

    fn page_as(&self, status: StatusCode, place: Place, body: impl FnOnce() -> AnyView) -> Response {
        self.html(status, (place.label(), self.here_on(place)), self.back(place), None, body)
    }

    /// Where this page can be opened again: a form may have been posted to another path than that of the page it brings back.
    fn here_on(&self, place: Place) -> &str {
        let is_here = place.path().contains('{') || self.here.split('?').next() == Some(place.path());
        if is_here { &self.here } else { place.path() }
    }

    fn back(&self, place: Place) -> Option<(String, String)> {
        // Who is leaving has one page, and whatever else answers leads back to it.
        if self.caller.as_ref().is_some_and(|caller| caller.leaving) {
            let only = Place::Cancellation;
            return (place != only).then(|| (only.path().to_owned(), only.label().to_owned()));
        }
        // A visitor has no 设置 to go back to.
        let open = |p: &Place| self.caller.is_some() || p.entry().access == menu::Access::Anyone;
        let parent = place.entry().parent?;
        let to = if open(&parent) { parent } else { Place::SignIn };
        Some((to.path().to_owned(), to.label().to_owned()))
    }

    /// A page that is no menu entry: an error, mostly. In place of a file it is a line of text.
    pub fn problem(&self, status: StatusCode, title: &str, help: &str) -> Response {
        if self.wants_file {
            return plain(status, &format!("{title}。{help}"));
        }
        if self.wants_json {
            return json_answer(status, false, help, &[]);
        }
        let (title_owned, help) = (title.to_owned(), help.to_owned());
        self.html(status, (title, Place::Me.path()), Some(home(self)), None, move || {
            pages::problem::view(&title_owned, &help, None)
        })
    }

    /// Done. An island gets JSON with every switch that changed; a form is sent on to `to`, where the notice is said once.
    pub fn done(&self, notice: &str, to: &str, switches: &[(&str, bool)]) -> Response {
        if self.wants_json {
            return json_answer(StatusCode::OK, true, notice, switches);
        }
        self.on_to(to, &Notice { text: notice.to_owned(), tone: Tone::Done })
    }

    /// Not done, and there is nothing to mend on a page of its own. An island gets JSON; a form is sent on to `to`, where it is said
    /// once.
    pub fn not_done(&self, notice: &str, to: &str) -> Response {
        if self.wants_json {
            return json_answer(StatusCode::OK, false, notice, &[]);
        }
        self.on_to(to, &Notice { text: notice.to_owned(), tone: Tone::NotDone })
    }

    fn on_to(&self, to: &str, notice: &Notice) -> Response {
        let mut response = Redirect::to(to).into_response();
        let cookie = gate::necessary(NOTICE_COOKIE, &encode(notice), Some(60), self.centre.https);
        response.headers_mut().append(header::SET_COOKIE, cookie);
        response
    }

    fn html(
        &self,
        status: StatusCode,
        (title, here): (&str, &str),
        back: Option<(String, String)>,
        notice: Option<Notice>,
        body: impl FnOnce() -> AnyView,
    ) -> Response {
        let notice = notice.or_else(|| self.cookie(NOTICE_COOKIE).and_then(decode));
        let had_notice = self.cookie(NOTICE_COOKIE).is_some();
        let frame = Frame {
            title: title.to_owned(),
            back,
            care: self.care(),
            notice,
            // On Cookie管理 the page itself asks; who came to 退订 is asked for nothing.
            ask_cookies: self.ask_cookies().filter(|_| {
                ![Place::Cookies, Place::Unsubscribe].iter().any(|place| self.here.starts_with(place.path()))
            }),
            // The page that has everything cleared begins nothing anew.
            registers_worker: !self.here.starts_with(Place::SiteData.path()),
            unwelcome_storage: gate::unwelcome_storage(self),
            here: here.to_owned(),
            assets: self.centre.assets.clone(),
        };
        let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
        let (html, nonce) = owner.with(|| {
            provide_nonce();
            let nonce = use_nonce().map(|n| n.to_string()).unwrap_or_default();
            (without_marks(&document(frame, body()).to_html()), nonce)
        });
        let mut response = (status, axum::response::Html(html)).into_response();
        let out = response.headers_mut();
        out.insert(header::CONTENT_SECURITY_POLICY, headers::content_security_policy(&nonce));
        // Pages hold personal data and live state: neither a shared cache nor "back" may show an old one (ASVS 14.3.2).
        out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if had_notice {
            out.append(header::SET_COOKIE, gate::removal(NOTICE_COOKIE, self.centre.https));
        }
        response
    }

    /// Whether this browser is to be asked about cookies.
    #[must_use]
    pub fn ask_cookies(&self) -> Option<AskCookies> {
        match (&self.cookie_choice, &self.lapsed_choice) {
            (Some(_), _) => None,
            // A child who waits for a guardian is asked for nothing.
            _ if self.caller.as_ref().is_some_and(|caller| caller.is_child()) => None,
            (None, Some(_)) => Some(AskCookies::Again),
            (None, None) => Some(AskCookies::First),
        }
    }

    fn care(&self) -> bool {
        match &self.caller {
            Some(caller) => caller.care_mode,
            None => self.cookie(gate::APPEARANCE_COOKIE) == Some("care"),
        }
    }
}

fn home(visit: &Visit) -> (String, String) {
    let place = if visit.caller.is_some() { Place::Me } else { Place::SignIn };
    (place.path().to_owned(), place.label().to_owned())
}

/// Gives a fault, and what took too long, its page, now that the visit is known. A change may have been saved before it failed:
/// nothing is said that is not known.
pub fn dress_failed(visit: &Visit, is_change: bool, response: Response) -> Response {
    let status = response.status();
    if response.extensions().get::<Unwritable>().is_some() {
        visit.centre.writing.doubt();
    }
    let for_file = response.extensions().get::<IsFile>().map(|IsFile| visit.for_file());
    let visit = for_file.as_ref().unwrap_or(visit);
    let is_service = response.extensions().get::<Access>().is_some_and(|access| access.is_service());
    let Some(Reference(reference)) = response.extensions().get::<Reference>().cloned() else {
        if !is_cut_off(&response) {
            return response;
        }
        return if is_service { service::answer(status, TOO_LATE) } else { late(visit, is_change) };
    };
    if is_service {
        return service::answer(
            status,
            &format!("it failed, under reference {reference}; whether anything was done is not known"),
        );
    }
    if visit.wants_json {
        let unknown = if is_change { "，不能确定是否已保存，请刷新查看" } else { "" };
        return json_answer(status, false, &format!("服务暂时出了问题{unknown}。编号 {reference}"), &[]);
    }
    if visit.wants_file {
        return plain(status, &format!("服务暂时出了问题，请稍后再试。编号 {reference}"));
    }
    let help = if is_change {
        format!("{UNKNOWN}如果一直这样，请把下面的编号告诉客服。")
    } else {
        "请稍后再试；如果一直这样，请把下面的编号告诉客服。".to_owned()
    };
    visit.html(status, ("服务暂时出了问题", Place::Me.path()), Some(home(visit)), None, move || {
        pages::problem::view("服务暂时出了问题", &help, Some(&reference))
    })
}

/// Marks what answers a download.
#[derive(Clone, Copy)]
struct IsFile;

/// The layer around a download.
pub async fn answer_file(visit: Visit, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(visit.for_file());
    let mut response = next.run(request).await;
    response.extensions_mut().insert(IsFile);
    response
}

/// A line of text, which a browser shows and never saves.
fn plain(status: StatusCode, text: &str) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], format!("{text}\n")).into_response()
}

const UNKNOWN: &str = "不能确定刚才的操作是否已经保存。请返回刚才的页面，刷新后看看现在的状态，再决定要不要重做。";

/// For another service.
const TOO_LATE: &str = "it took too long; whether anything was done is not known";

/// The bare answer to what took longer than its route's patience.
fn is_cut_off(response: &Response) -> bool {
    response.status() == StatusCode::GATEWAY_TIMEOUT && !response.headers().contains_key(header::CACHE_CONTROL)
}

fn late(visit: &Visit, is_change: bool) -> Response {
    let (status, title) = (StatusCode::GATEWAY_TIMEOUT, "等得太久了");
    let help = if is_change { UNKNOWN } else { "网络或服务太慢，页面没能打开。请稍后再试。" };
    if !visit.wants_json {
        return visit.problem(status, title, help);
    }
    // RFC 9457, and none of what an island reads as an answer: without one it tries a "no" again until there is one.
    let problem =
        axum::Json(json!({ "type": "about:blank", "status": status.as_u16(), "title": title, "detail": help }));
    let headers = [(header::CONTENT_TYPE, "application/problem+json"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, problem).into_response()
}

/// What failed where no page is: files, and what the operator's monitor asks.
pub async fn word_failed(response: Response) -> Response {
    let (status, no_store) = (response.status(), [(header::CACHE_CONTROL, "no-store")]);
    match response.extensions().get::<Reference>() {
        Some(Reference(reference)) => (status, no_store, format!("服务暂时出了问题，编号 {reference}")).into_response(),
        None if is_cut_off(&response) => (status, no_store, "等得太久了，请稍后再试").into_response(),
        None => response,
    }
}

fn json_answer(status: StatusCode, ok: bool, message: &str, switches: &[(&str, bool)]) -> Response {
    let switches: serde_json::Map<_, _> = switches.iter().map(|(id, on)| ((*id).to_owned(), json!(on))).collect();
    let body = axum::Json(json!({ "ok": ok, "message": message, "switches": switches }));
    (status, [(header::CACHE_CONTROL, "no-store")], body).into_response()
}

/// What tells a notice of what was not done from the others, before its text.
const NOT_DONE: &str = "!";

fn encode(Notice { text, tone }: &Notice) -> String {
    use base64::Engine as _;
    let mark = if *tone == Tone::NotDone { NOT_DONE } else { "" };
    format!("{mark}{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text))
}

fn decode(value: &str) -> Option<Notice> {
    use base64::Engine as _;
    let (tone, text) = match value.strip_prefix(NOT_DONE) {
        Some(text) => (Tone::NotDone, text),
        None => (Tone::Done, value),
    };
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).ok()?;
    Some(Notice { text: String::from_utf8(bytes).ok()?, tone })
}
