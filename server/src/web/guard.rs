//! Whether a caller may. Every route names its [`Access`]; there is no default.

use app::menu::{PLACES, Place};
use app::promises::STEP_UP_LIFE;
use app::time::MINUTE;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::health::refuse_change;
use super::log::RoutePattern;
use super::visit::Visit;
use super::{Answer, kept, service};
use crate::accounts::{self, sessions};
use crate::centre::Centre;
use crate::webhooks;

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A visitor too.
    Anyone,
    /// A signed-in person.
    SignedIn,
    /// A signed-in person who has proved again, within 5 minutes, who they are.
    SteppedUp,
    /// A signed-in person who proves again who they are before a download begins, and may go on with it for a while: the handler
    /// looks.
    Download,
    /// A signed-in person, also while their account is stored only because they are leaving.
    EvenLeaving,
    /// A child's account that waits for a guardian.
    Waiting,
    /// A signed-in person, a child's account that waits, or one that is stored only.
    AnySession,
    /// Anyone, and only with `--demo`.
    Demo,
    /// One of the host's services, by its token.
    Host,
    /// The SMS provider, by its signature.
    SmsProvider,
    /// The recipient that the path names, by its signature.
    Recipient,
}

impl Access {
    /// Another program calls, not a person.
    #[must_use]
    pub const fn is_service(self) -> bool {
        matches!(self, Self::Host | Self::SmsProvider | Self::Recipient)
    }
}

/// The layer around one route.
pub async fn check(
    State((access, saves)): State<(Access, bool)>,
    visit: Visit,
    mut request: Request,
    next: Next,
) -> Response {
    if saves && let Some(refusal) = refuse_change(&visit, access).await {
        return refusal;
    }
    let caller = visit.caller.as_ref();
    let waits = caller.is_some_and(|c| c.waits_for_guardian);
    let leaves = caller.is_some_and(|c| c.leaving);
    match (access, caller) {
        // An account that is stored only is not looked into for anyone's pages.
        (Access::Anyone, _) if leaves => drop(request.extensions_mut().insert(visit.as_visitor())),
        (Access::Anyone, _) => {}
        (Access::Demo, _) if visit.centre.mailbox.is_some() => {}
        (Access::Demo, _) => return not_found(&visit),
        (Access::Host, _) => {
            if let Some(refusal) = service::refuse_other_than_host(&visit, request.headers()) {
                return refusal;
            }
        }
        (Access::SmsProvider, _) => match service::sms_provider(&visit, request).await {
            Ok(signed) => request = signed,
            Err(refusal) => return refusal,
        },
        (Access::Recipient, _) => match webhooks::let_in(&visit, request).await {
            Ok(signed) => request = signed,
            Err(refusal) => return refusal,
        },
        (_, None) => return sign_in_first(&visit, request).await,
        (Access::AnySession, _) => {}
        (Access::Waiting, Some(_)) if waits => {}
        (Access::Waiting, Some(_)) => return Redirect::to(Place::Me.path()).into_response(),
        (_, Some(_)) if waits => return guardian_first(&visit),
        (Access::EvenLeaving, Some(_)) => {}
        (_, Some(_)) if leaves => return stored_only(&visit),
        (Access::SteppedUp, Some(c)) if !c.has_stepped_up(visit.now) => {
            return step_up_first(&visit, request).await.unwrap_or_else(IntoResponse::into_response);
        }
        (Access::SignedIn | Access::SteppedUp | Access::Download, Some(_)) => {}
    }
    let pattern = request.extensions().get::<MatchedPath>().map(RoutePattern::from);
    let mut response = next.run(request).await;
    if let Some(pattern) = pattern {
        response.extensions_mut().insert(pattern);
    }
    response
}

/// No such page.
pub fn not_found(visit: &Visit) -> Response {
    if visit.wants_file {
        let help = "它可能已经作废，或者过了可以下载的时间。请返回刚才的页面，刷新看看。";
        return visit.problem(StatusCode::NOT_FOUND, "没有找到这个文件", help);
    }
    visit.problem(StatusCode::NOT_FOUND, "没有找到这个页面", "地址可能输错了，或者页面已经搬走。可以从首页重新进入。")
}

async fn sign_in_first(visit: &Visit, request: Request) -> Response {
    if visit.wants_file {
        return visit.problem(StatusCode::FORBIDDEN, "请先登录", BACK);
    }
    if visit.wants_json {
        return visit.problem(StatusCode::UNAUTHORIZED, "请先登录", "登录已结束，请重新登录。刚才的操作没有保存。");
    }
    let (method, next) = (request.method().clone(), next(visit, request.method()).to_owned());
    match kept::of(visit, request).await {
        Some(kept) => accounts::sign_in_with(visit, &next, kept),
        None => ask_first(visit, Place::SignIn, &method, &next),
    }
}

fn guardian_first(visit: &Visit) -> Response {
    if visit.wants_json || visit.wants_file {
        return visit.problem(StatusCode::FORBIDDEN, "等待监护人同意", "监护人同意之前，账号还不能使用。");
    }
    Redirect::to(Place::Guardian.path()).into_response()
}

/// 冷静期 and 执行中: nothing but 注销账号 answers for the account.
fn stored_only(visit: &Visit) -> Response {
    if visit.wants_json || visit.wants_file {
        let help = "账号正在注销，只保存、不使用。可以在“注销账号”查看进度或撤回。";
        return visit.problem(StatusCode::FORBIDDEN, "账号正在注销", help);
    }
    Redirect::to(Place::Cancellation.path()).into_response()
}

/// A download does not begin before its person has proved again who they are.
pub fn proved_first(visit: &Visit) -> Response {
    visit.problem(StatusCode::FORBIDDEN, "请先验证身份", BACK)
}

/// Where a download is refused: the page that it is offered on asks who is there.
const BACK: &str = "请返回刚才的页面，刷新后再下载。";

async fn step_up_first(visit: &Visit, request: Request) -> Answer {
    if visit.wants_file {
        return Ok(proved_first(visit));
    }
    if visit.wants_json {
        let minutes = STEP_UP_LIFE / MINUTE;
        let help = format!("请先验证身份（{minutes}分钟内有效），再试一次。");
        return Ok(visit.problem(StatusCode::FORBIDDEN, "请先验证身份", &help));
    }
    let (method, next) = (request.method().clone(), next(visit, request.method()).to_owned());
    match kept::of(visit, request).await {
        Some(kept) => accounts::step_up_with(visit, &next, kept).await,
        None => Ok(ask_first(visit, Place::StepUp, &method, &next)),
    }
}

/// On to the page that asks who is there. What was sent can't be carried along, and that is said.
fn ask_first(visit: &Visit, place: Place, method: &Method, next: &str) -> Response {
    let to = format!("{}?next={}", place.path(), escape(next));
    // Who signs out, and was out already, has lost nothing.
    let loses_nothing = method.is_safe() || visit.here == "/signout";
    if loses_nothing { Redirect::to(&to).into_response() } else { visit.not_done(NOT_SAVED, &to) }
}

const NOT_SAVED: &str = "刚才的操作没有保存，确认是你本人后请再做一次";

/// The page to come back to: a page that was asked for, or the one a form stood on.
fn next<'v>(visit: &'v Visit, method: &Method) -> &'v str {
    let path = visit.here.split('?').next().unwrap_or("/");
    let is_page = method == Method::GET || PLACES.iter().any(|place| place.path() == path);
    match method == Method::GET {
        true => &visit.here,
        false if is_page => path,
        false => Place::Settings.path(),
    }
}

fn escape(path: &str) -> String {
    path.replace('%', "%25").replace('&', "%26").replace('#', "%23").replace('?', "%3F")
}

/// A path to go on to, only if it is one of ours: an open redirect would lend our name to others (ASVS 15.3.1).
#[must_use]
pub fn own_path(path: &str) -> &str {
    let ours =
        path.starts_with('/') && !path.starts_with("//") && !path.contains('\\') && !path.chars().any(char::is_control);
    if ours { path } else { Place::Me.path() }
}

/// Refuses a change that carries a session but tells neither its origin nor its site: every browser tells at least one,
/// and tower-http's CSRF layer lets such a request pass.
pub async fn origin_known(State(centre): State<Centre>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let headers = request.headers();
    let told = headers.contains_key(header::ORIGIN) || headers.contains_key("sec-fetch-site");
    if !safe && !told && carries_session(headers, &centre) {
        return StatusCode::FORBIDDEN.into_response();
    }
    next.run(request).await
}

/// Gives the bare refusal of a foreign form its page.
pub async fn dress_foreign(visit: Visit, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let bare = response.status() == StatusCode::FORBIDDEN && !response.headers().contains_key(header::CACHE_CONTROL);
    if bare {
        let help = "这次提交不是从本站的页面发出的，没有保存任何改动。请回到页面上再操作一次。";
        return visit.problem(StatusCode::FORBIDDEN, "这次提交被拦下了", help);
    }
    response
}

fn carries_session(headers: &HeaderMap, centre: &Centre) -> bool {
    let name = sessions::cookie_name(centre.https);
    headers.get_all(header::COOKIE).iter().any(|line| line.to_str().is_ok_and(|line| line.contains(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_paths_are_gone_on_to() {
        for ours in ["/", "/settings?x=1", "/settings/account"] {
            assert_eq!(own_path(ours), ours);
        }
        for theirs in ["https://evil.example", "//evil.example", "/\\evil.example", "", "evil", "/a\nb"] {
            assert_eq!(own_path(theirs), "/");
        }
    }
}
