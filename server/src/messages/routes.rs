//! What the host's services and the SMS provider call; 退订 and the links of mails.

use app::accounts::model::{PhoneNumber, is_from_elsewhere};
use app::consents::{Decision, Purpose};
use app::mask;
use app::menu::Place;
use app::messages::{Channel, Class, Reason};
use app::pages::unsubscribe;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::gate::{Draft, Outcome, send};
use super::gateways::GatewayError;
use super::inbound::{Refused, reply};
use super::links::{MailLink, whose};
use super::store;
use crate::accounts::store::caller_of;
use crate::centre::Centre;
use crate::consents::store::{self as consents, By};
use crate::web::guard::{self, Access};
use crate::web::router::Route;
use crate::web::{Answer, Fault, Visit, service};

/// The capability's routes.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::post("/host/messages", Access::Host, take_message),
        Route::post("/hooks/sms", Access::SmsProvider, take_reply),
        Route::page(Place::Unsubscribe, show_ways),
        Route::get("/unsubscribe/{id}", Access::Anyone, show_unsubscribe),
        Route::post("/unsubscribe/{id}", Access::Anyone, unsubscribe_now),
        Route::get("/m/{id}", Access::Anyone, follow),
    ]
}

/// Characters of a subject, and of an SMS or a push. A mail's text is as long as a request may be.
const SUBJECT_CHARS: usize = 100;
const SHORT_CHARS: usize = 500;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HostMessage {
    phone: String,
    channel: Channel,
    class: Class,
    #[serde(default)]
    subject: String,
    text: String,
}

impl HostMessage {
    fn draft(self) -> Result<Draft, &'static str> {
        let Self { phone, channel, class, subject, text } = self;
        let phone: PhoneNumber = phone.parse().map_err(|_| "phone must be a mobile number of 11 digits")?;
        let fits = |text: &str, most| !text.trim().is_empty() && text.chars().count() <= most;
        if channel == Channel::Sms && !subject.is_empty() {
            return Err("an SMS has no subject");
        }
        if channel != Channel::Sms && (!fits(&subject, SUBJECT_CHARS) || subject.chars().any(char::is_control)) {
            return Err("subject must be one line of at most 100 characters");
        }
        if !fits(&text, if channel == Channel::Email { usize::MAX } else { SHORT_CHARS }) {
            return Err("text must not be empty, and an SMS or a push holds at most 500 characters");
        }
        Ok(Draft { phone, channel, class, subject, text })
    }
}

async fn take_message(State(centre): State<Centre>, message: Result<Json<HostMessage>, JsonRejection>) -> Answer {
    let message = match message {
        Ok(Json(message)) => message.draft(),
        Err(wrong) => return Ok(service::answer(StatusCode::BAD_REQUEST, &wrong.body_text())),
    };
    let draft = match message {
        Ok(draft) => draft,
        Err(wrong) => return Ok(service::answer(StatusCode::BAD_REQUEST, wrong)),
    };
    Ok(match send(&centre, draft).await? {
        Outcome::HandedOver => json_answer(json!({ "sent": true })),
        Outcome::Refused(reason) => json_answer(json!({
            "sent": false,
            "reason": reason.id(),
            "purpose": reason.purpose().map(Purpose::id),
        })),
        Outcome::NotTaken(error @ GatewayError::None) => {
            service::answer(StatusCode::SERVICE_UNAVAILABLE, &error.to_string())
        }
        Outcome::NotTaken(error) => service::answer(StatusCode::BAD_GATEWAY, &error.to_string()),
    })
}

fn json_answer(body: serde_json::Value) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// What one machine sends as a text and another as a number.
#[derive(Deserialize)]
#[serde(untagged)]
enum TextOrNumber {
    Text(String),
    Number(u64),
}

impl std::fmt::Display for TextOrNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
        }
    }
}

#[derive(Deserialize)]
struct SmsReply {
    /// The provider's own for this reply.
    id: Option<TextOrNumber>,
    phone: TextOrNumber,
    text: String,
}

/// The answer is the same whatever it says and to whomever the number belongs: it was received. What can't be read may have been a "no": the
/// provider is told, and the operator has to look.
async fn take_reply(State(centre): State<Centre>, message: Result<Json<SmsReply>, JsonRejection>) -> Answer {
    let Ok(Json(SmsReply { id, phone, text })) = message else {
        return Ok(unreadable(&centre, StatusCode::BAD_REQUEST, "the body must be {\"phone\",\"text\"} as JSON"));
    };
    let phone = phone.to_string();
    match phone.parse() {
        Ok(phone) => {
            let heard = reply(&centre, &phone, id.map(|id| id.to_string()).as_deref(), &text).await?;
            centre.tally.count_reply(heard.id());
        }
        // Who has it is no customer of ours, and gets nothing.
        Err(_) if is_from_elsewhere(&phone) => centre.tally.count_reply("elsewhere"),
        Err(_) => {
            let wrong =
                "phone can't be read as a mobile number of mainland China, nor as a number of elsewhere (+ or 00)";
            return Ok(unreadable(&centre, StatusCode::UNPROCESSABLE_ENTITY, wrong));
        }
    }
    Ok(json_answer(json!({ "ok": true })))
}

fn unreadable(centre: &Centre, status: StatusCode, wrong: &str) -> Response {
    centre.tally.count_reply("unreadable");
    tracing::error!(wrong, "a reply to an SMS can't be read: an opt-out may be lost, look at what the provider sends");
    service::answer(status, wrong)
}

async fn show_ways(visit: Visit) -> Answer {
    Ok(visit.page(Place::Unsubscribe, unsubscribe::ways))
}

/// What the link of that person shows.
async fn model(centre: &Centre, person: Uuid, token: &str) -> Result<unsubscribe::Model, Fault> {
    let records = centre.vault.record_ring(person).await?;
    let mut tx = centre.data.snapshot().await?;
    let address = store::address(&mut tx, &records, person).await?;
    let standing = consents::standing(&mut tx, centre, person).await?;
    Ok(unsubscribe::Model {
        masked: address.map(|address| mask::email(&address)),
        // What waits to be confirmed anew can be ended here, too.
        open: standing.0.get(&Purpose::MarketingEmail).is_some_and(|stood| stood.granted),
        action: format!("{}/{token}", Place::Unsubscribe.path()),
    })
}

/// Only looks: scanners follow every link of a mail.
async fn show_unsubscribe(State(centre): State<Centre>, visit: Visit, Path(token): Path<String>) -> Answer {
    let Some(person) = whose(&centre, &token).await? else { return Ok(guard::not_found(&visit)) };
    let model = model(&centre, person, &token).await?;
    Ok(visit.page(Place::Unsubscribe, || unsubscribe::view(model)))
}

/// By the button, or by the mail program itself (RFC 8058, with whatever kind of form it likes). Answered with the page and
/// never with a redirect, which RFC 8058 forbids.
async fn unsubscribe_now(State(centre): State<Centre>, visit: Visit, Path(token): Path<String>) -> Answer {
    let Some(person) = whose(&centre, &token).await? else { return Ok(guard::not_found(&visit)) };
    let caller = caller_of(&centre, person).await?;
    let no = Decision { purpose: Purpose::MarketingEmail, granted: false };
    let made = consents::decide_by(&centre, &caller, (no, By::MailLink), "mail-link", false, visit.now).await?;
    made.map_err(|_| Refused)?;
    let model = model(&centre, person, &token).await?;
    Ok(visit.page(Place::Unsubscribe, || unsubscribe::view(model)))
}

/// A picture of one transparent pixel.
const PIXEL: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

/// Follows a measured mail's link. Where to stands in our own tables and never in the address.
async fn follow(State(centre): State<Centre>, visit: Visit, Path(token): Path<String>) -> Answer {
    let Some(link) = MailLink::find(&centre, &token).await? else { return Ok(guard::not_found(&visit)) };
    // A fault has logged itself; that something was not counted keeps nobody from where they want to go.
    if centre.limits.try_address(visit.address).is_ok() {
        drop(link.record(&centre, visit.now).await);
    }
    let mut response = match link.target() {
        Some(target) => Redirect::to(target).into_response(),
        None => ([(header::CONTENT_TYPE, "image/gif")], PIXEL).into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // The token is nobody else's business, and the picture stands in other people's pages.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    let elsewhere = HeaderName::from_static("cross-origin-resource-policy");
    headers.insert(elsewhere, HeaderValue::from_static("cross-origin"));
    Ok(response)
}

/// With `--demo`: a marketing message to the demo account, and what became of it in words.
///
/// # Errors
/// Storage or vault.
pub async fn try_out(visit: &Visit, phone: PhoneNumber, channel: Channel) -> Result<Result<String, String>, Fault> {
    let (subject, text) = match channel {
        Channel::Sms => (String::new(), "【一点生活】你收藏的连衣裙今晚八点直播特价。".to_owned()),
        Channel::Push => ("今晚八点".to_owned(), "你收藏的连衣裙直播特价。".to_owned()),
        Channel::Email => (
            "今晚八点上新".to_owned(),
            "你收藏的连衣裙今晚八点直播特价。\n\n[看看预告](https://example.com/live)".to_owned(),
        ),
    };
    let draft = Draft { phone, channel, class: Class::Marketing, subject, text };
    Ok(match send(&visit.centre, draft).await? {
        Outcome::HandedOver => Ok(format!("营销{}已发出", channel.label())),
        Outcome::NotTaken(_) => Err("可以发，但发送渠道没有接收，请稍后再试".to_owned()),
        Outcome::Refused(reason) => Err(format!("没有发出：{}", why(visit, reason))),
    })
}

fn why(visit: &Visit, reason: Reason) -> String {
    let label = |purpose: Purpose| purpose.full_label(visit.centre.catalogue.words(purpose));
    match reason {
        Reason::NotAgreed(purpose) => format!("对方没有打开“{}”", label(purpose)),
        Reason::Lapsed(purpose) => format!("政策有变化，“{}”等对方重新确认", label(purpose)),
        Reason::NoAddress => "对方没有留邮箱".to_owned(),
        Reason::ReplyWaits => "对方回复的短信在等人看，期间不发营销短信".to_owned(),
        Reason::Leaving => "对方正在注销账号".to_owned(),
        Reason::WaitsForGuardian => "对方在等监护人同意".to_owned(),
        Reason::NoAccount => "这个手机号没有账号".to_owned(),
    }
}
