//! 无法登录时注销: the form, its secret link, and the way for the account's owner to reject a claim.

use app::accounts::model::{CodeUse, PhoneNumber};
use app::lost::rules::{self, Typed};
use app::menu::Place;
use app::pages::lost::{self, Form};
use app::ui::Filled;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use serde::Deserialize;

use super::claims::{self, NotFiled};
use crate::accounts::codes;
use crate::accounts::proof::Unproved;
use crate::centre::Centre;
use crate::web::guard::{self, Access};
use crate::web::router::Route;
use crate::web::{Answer, Input, Visit};

/// The capability's routes.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::page(Place::Lost, show),
        Route::post(Place::Lost.path(), Access::Anyone, file),
        Route::post("/signin/lost/code", Access::Anyone, send_code),
        Route::get("/signin/lost/{id}", Access::Anyone, show_linked),
        Route::post("/settings/about/more/cancel/lost/reject", Access::SignedIn, reject),
    ]
}

/// The address of the link with that token; none where nobody has said at which address people reach us.
pub(super) fn link(centre: &Centre, token: &str) -> Option<String> {
    let base = centre.public_url.as_deref()?.trim_end_matches('/');
    Some(format!("{base}{}/{token}", Place::Lost.path()))
}

#[derive(Deserialize)]
struct Fields {
    #[serde(default)]
    account: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    own: String,
}

impl Fields {
    fn typed(&self) -> Typed {
        Typed {
            account: self.account.clone(),
            contact: self.phone.clone(),
            text: self.text.clone(),
            is_own: self.own == "true",
        }
    }

    /// The form with all that was typed, but for a code that is used up or wrong.
    fn form(&self, visit: &Visit, filled: Filled) -> Form {
        let filled = filled.with("account", &self.account).with("text", &self.text).with("phone", &self.phone);
        Form { is_own: self.own == "true", filled, pause: 0, signed_in: visit.caller.is_some() }
    }
}

async fn show(visit: Visit) -> Answer {
    let form = Form { signed_in: visit.caller.is_some(), ..Form::default() };
    Ok(visit.page(Place::Lost, || lost::form(form)))
}

fn again(visit: &Visit, fields: &Fields, filled: Filled) -> Response {
    let message = filled.first_error().unwrap_or_default();
    let form = fields.form(visit, filled);
    visit.refuse(&message, Place::Lost, || lost::form(form))
}

async fn send_code(State(centre): State<Centre>, visit: Visit, Input(fields): Input<Fields>) -> Answer {
    let phone: PhoneNumber = match fields.phone.parse() {
        Ok(phone) => phone,
        Err(wrong) => return Ok(again(&visit, &fields, Filled::default().error("phone", wrong))),
    };
    if centre.limits.try_address(visit.address).is_err() {
        return Ok(again(&visit, &fields, Filled::default().refused(Unproved::TooMany.message())));
    }
    let asked = match codes::request(&visit, &phone, CodeUse::Lost).await? {
        Ok(asked) => asked,
        Err(no_code) => return Ok(again(&visit, &fields, Filled::default().error("code", no_code.message()))),
    };
    let notice = "验证码已发送";
    let mut response = if visit.wants_json {
        visit.done(notice, Place::Lost.path(), &[])
    } else {
        let form = Form { pause: codes::pause_seconds(&visit.centre), ..fields.form(&visit, Filled::default()) };
        visit.page_saying(notice, Place::Lost, || lost::form(form))
    };
    asked.remember(&visit, &mut response);
    Ok(response)
}

async fn file(State(centre): State<Centre>, visit: Visit, Input(fields): Input<Fields>) -> Answer {
    let mut filled = Filled::default();
    if fields.code.trim().is_empty() {
        filled = filled.error("code", "请输入验证码");
    }
    let claim = match rules::check(&fields.typed()) {
        Ok(claim) if filled.is_fine() => claim,
        checked => {
            let wrong = checked.err().unwrap_or_default();
            let filled = wrong.into_iter().fold(filled, |filled, (field, why)| filled.error(field, why));
            return Ok(again(&visit, &fields, filled));
        }
    };
    if centre.limits.try_address(visit.address).is_err() {
        return Ok(again(&visit, &fields, Filled::default().refused(Unproved::TooMany.message())));
    }
    let wrong_code = || again(&visit, &fields, Filled::default().error("code", Unproved::Code.message()));
    if !codes::count_try(&visit, &claim.contact, CodeUse::Lost, &fields.code).await? {
        return Ok(wrong_code());
    }
    match claims::file(&visit, &claim, &fields.code).await? {
        Ok(token) => {
            let path = format!("{}/{}", Place::Lost.path(), token.reveal());
            Ok(kept_secret(visit.done("已收到申请，请保存这个页面的地址", &path, &[])))
        }
        Err(NotFiled::Code) => Ok(wrong_code()),
        Err(NotFiled::TooMany(why)) => Ok(again(&visit, &fields, Filled::default().refused(why))),
    }
}

async fn show_linked(State(centre): State<Centre>, visit: Visit, Path(token): Path<String>) -> Answer {
    let Some(claim) = claims::linked(&centre, &token).await? else { return Ok(guard::not_found(&visit)) };
    Ok(kept_secret(visit.page(Place::Lost, || lost::linked(claim, visit.now))))
}

/// The token is nobody else's business, not even of our own other pages.
fn kept_secret(mut response: Response) -> Response {
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

async fn reject(State(centre): State<Centre>, visit: Visit) -> Answer {
    let rejected = claims::reject(&centre, visit.caller()?, visit.now).await?;
    let notice = if rejected > 0 { "已拒绝，账号不受影响" } else { "没有等待核对的申请" };
    Ok(visit.done(notice, Place::Cancellation.path(), &[]))
}
