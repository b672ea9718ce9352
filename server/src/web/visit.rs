//! One request: who is calling, from where, and what their browser said.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use app::accounts::model::AgeBand;
use app::cookies::model::CookieChoice;
use app::time::Moment;
use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use super::fault::Fault;
use super::reply::dress_failed;
use super::router::PATIENCE;
use crate::accounts::sessions;
use crate::centre::Centre;
use crate::ledger::Pseudonym;
use crate::vault::KeyRing;

/// A request as a handler sees it. Cheap to clone.
#[derive(Clone)]
pub struct Visit(Arc<Inner>);

/// What is known of a request.
#[derive(Clone)]
pub struct Inner {
    /// All parts of the centre.
    pub centre: Centre,
    /// Who is calling, if somebody is signed in.
    pub caller: Option<Caller>,
    /// Until when the caller's session lives, if this request has just put that off.
    pub lives_until: Option<Moment>,
    /// When the request arrived.
    pub now: Moment,
    /// The caller's address, for limits.
    pub address: IpAddr,
    /// The caller's browser, for 登录设备.
    pub user_agent: String,
    /// An island asks, not a form.
    pub wants_json: bool,
    /// A file is to be downloaded: no answer is a page, which a browser could save in its place.
    pub wants_file: bool,
    /// `Sec-GPC: 1`.
    pub browser_objects: bool,
    /// Every cookie that this browser sent.
    pub cookies: Vec<(String, String)>,
    /// The visitor's answer about cookies, if there is one that still holds.
    pub cookie_choice: Option<CookieChoice>,
    /// The visitor's answer about cookies that was given over a year ago.
    pub lapsed_choice: Option<CookieChoice>,
    /// The path and query.
    pub here: String,
}

/// A signed-in person.
#[derive(Clone)]
pub struct Caller {
    /// Who.
    pub person: Uuid,
    /// On which device.
    pub session: Uuid,
    /// Their name in the ledger.
    pub pseudonym: Pseudonym,
    /// Their keys.
    pub ring: Arc<KeyRing>,
    /// The age band that was chosen at registration.
    pub age_band: AgeBand,
    /// A child's account: it waits for a guardian.
    pub waits_for_guardian: bool,
    /// 注销账号 was submitted and is not over: the account is stored only.
    pub leaving: bool,
    /// 关怀模式.
    pub care_mode: bool,
    /// When they last proved again who they are.
    pub stepped_up_at: Option<Moment>,
}

impl Caller {
    /// A child's account, whether a guardian has agreed by now or not: what is optional stays off.
    #[must_use]
    pub fn is_child(&self) -> bool {
        self.age_band == AgeBand::Under14
    }

    /// True while the last step-up is fresh enough for what is sensitive.
    #[must_use]
    pub fn has_stepped_up(&self, now: Moment) -> bool {
        self.stepped_up_at.is_some_and(|at| at.is_within(app::promises::STEP_UP_LIFE, now))
    }
}

/// A handler for signed-in people was reached by nobody: a route lacks its guard.
#[derive(Debug, thiserror::Error)]
#[error("a handler for signed-in people was reached without a caller")]
struct Unguarded;

impl Visit {
    fn new(centre: Centre, seen: Seen, recognised: Option<(Caller, Option<Moment>)>) -> Self {
        let now = centre.now();
        // No answer of a browser counts for a child.
        let is_child = recognised.as_ref().is_some_and(|(caller, _)| caller.is_child());
        let read = seen.cookie(CookieChoice::COOKIE).and_then(CookieChoice::read).filter(|_| !is_child);
        let lapsed_choice = read.clone().filter(|choice| choice.has_lapsed(now));
        let cookie_choice = read.filter(|choice| choice.holds(now));
        let (caller, lives_until) = recognised.unzip();
        let Seen { address, user_agent, wants_json, browser_objects, cookies, here } = seen;
        Self(Arc::new(Inner {
            caller,
            lives_until: lives_until.flatten(),
            now,
            address,
            user_agent,
            wants_json,
            wants_file: false,
            browser_objects,
            cookies,
            cookie_choice,
            lapsed_choice,
            here,
            centre,
        }))
    }

    /// Who is calling.
    ///
    /// # Errors
    /// A fault when nobody is: the route's guard would have refused.
    pub fn caller(&self) -> Result<&Caller, Fault> {
        self.0.caller.as_ref().ok_or_else(|| Unguarded.into())
    }

    /// The same request as if nobody were signed in.
    #[must_use]
    pub fn as_visitor(&self) -> Self {
        Self(Arc::new(Inner { caller: None, ..Inner::clone(&self.0) }))
    }

    /// The same request for a file.
    #[must_use]
    pub fn for_file(&self) -> Self {
        Self(Arc::new(Inner { wants_json: false, wants_file: true, ..Inner::clone(&self.0) }))
    }

    /// A cookie's value.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

impl std::ops::Deref for Visit {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Unguarded.into())
    }
}

/// Cookies of one request. No browser keeps as many of one site (about 180): each of them may be answered with a line.
const COOKIES_MAX: usize = 300;

/// The layer that lets no caller have too many requests under way at once, whatever they ask for. Who can't be told apart is not
/// counted as one.
pub async fn take_turn(State(centre): State<Centre>, request: Request, next: Next) -> Response {
    let told = centre.address_header.as_deref().and_then(|name| told_address(request.headers(), name));
    let Some(told) = told else { return next.run(request).await };
    let Some(under_way) = centre.in_flight.begin(told) else { return too_many() };
    under_way.until_sent(next.run(request).await)
}

/// The layer that makes the [`Visit`].
pub async fn receive(State(centre): State<Centre>, mut request: Request, next: Next) -> Response {
    let seen = Seen::of(&centre, &request);
    if seen.cookies.len() > COOKIES_MAX {
        let seen = Seen { cookies: Vec::new(), ..seen };
        return Visit::new(centre, seen, None).problem(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "浏览器带来的 Cookie 太多",
            "没有保存任何改动。请在浏览器设置里清除本站的数据，再重新打开。",
        );
    }
    let is_change = !request.method().is_safe();
    let found = tokio::time::timeout(PATIENCE, find_caller(&centre, &seen)).await;
    // Whether somebody is signed in could not be read: going on as a visitor would be a silent default.
    let failed = match found {
        Ok(Ok(recognised)) => {
            let visit = Visit::new(centre, seen, recognised);
            request.extensions_mut().insert(visit.clone());
            return dress_failed(&visit, is_change, next.run(request).await);
        }
        Ok(Err(fault)) => fault.into_response(),
        Err(_) => StatusCode::GATEWAY_TIMEOUT.into_response(),
    };
    dress_failed(&Visit::new(centre, seen, None), is_change, failed)
}

/// No answer that an island could take for one: a "no" is tried again until there is one.
fn too_many() -> Response {
    let headers = [(header::RETRY_AFTER, "2"), (header::CACHE_CONTROL, "no-store")];
    (StatusCode::TOO_MANY_REQUESTS, headers, "同时打开的请求太多了，请稍等几秒再试").into_response()
}

/// What can be read off a request without asking the database.
struct Seen {
    address: IpAddr,
    user_agent: String,
    wants_json: bool,
    browser_objects: bool,
    cookies: Vec<(String, String)>,
    here: String,
}

impl Seen {
    fn of(centre: &Centre, request: &Request) -> Self {
        let headers = request.headers();
        Self {
            address: address(centre, request),
            user_agent: text(headers, header::USER_AGENT.as_str()).chars().take(300).collect(),
            wants_json: text(headers, header::ACCEPT.as_str()).contains("application/json"),
            browser_objects: text(headers, "sec-gpc") == "1",
            cookies: cookies(headers),
            here: request.uri().path_and_query().map_or("/", |p| p.as_str()).to_owned(),
        }
    }
}

impl Seen {
    fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

async fn find_caller(centre: &Centre, seen: &Seen) -> Result<Option<(Caller, Option<Moment>)>, Fault> {
    match seen.cookie(sessions::cookie_name(centre.https)) {
        Some(token) => sessions::recognise(centre, token, centre.now()).await,
        None => Ok(None),
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("")
}

fn cookies(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Only the last entry of the last line was written by our own proxy: the ones before it may be the caller's.
fn told_address(headers: &HeaderMap, name: &str) -> Option<IpAddr> {
    let told = headers.get_all(name).iter().next_back()?.to_str().ok()?.rsplit(',').next()?.trim();
    // Some proxies write the port, too, or brackets around an address of IPv6.
    let bare = told.strip_prefix('[').and_then(|told| told.strip_suffix(']')).unwrap_or(told);
    bare.parse().ok().or_else(|| Some(told.parse::<SocketAddr>().ok()?.ip()))
}

fn address(centre: &Centre, request: &Request) -> IpAddr {
    let told = centre.address_header.as_deref().and_then(|name| {
        let told = told_address(request.headers(), name);
        if told.is_none() && centre.limits.may_complain() {
            tracing::error!(
                header = name,
                "a request lacks the caller's address: until the proxy sends it, all callers share their limits"
            );
        }
        told
    });
    let connection = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip());
    told.or(connection).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_what_our_own_proxy_wrote_last() {
        let name = "x-forwarded-for";
        let told = |lines: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(name, header::HeaderValue::from_static(line));
            }
            told_address(&headers, name).map(|address| address.to_string())
        };
        let ours = || Some("203.0.113.7".to_owned());
        assert_eq!(told(&["203.0.113.7"]), ours());
        assert_eq!(told(&["198.51.100.1, 203.0.113.7"]), ours());
        assert_eq!(told(&["198.51.100.1", "203.0.113.7"]), ours(), "a proxy may add a line of its own");
        assert_eq!(told(&["198.51.100.1, 198.51.100.2", "198.51.100.3,203.0.113.7"]), ours());
        for with_a_port in ["203.0.113.7:51234", "198.51.100.1:80, 203.0.113.7:51234"] {
            assert_eq!(told(&[with_a_port]), ours());
        }
        for of_ipv6 in ["2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:443"] {
            assert_eq!(told(&[of_ipv6]).as_deref(), Some("2001:db8::1"));
        }
        for unreadable in
            [&[][..], &["[203.0.113.7"], &["203.0.113.7:99999"], &["unknown"], &["203.0.113.7", ""], &["203.0.113.7, "]]
        {
            assert_eq!(told(unreadable), None, "what stands before is not what our proxy wrote");
        }
    }
}
