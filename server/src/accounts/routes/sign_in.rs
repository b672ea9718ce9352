//! 登录, 退出登录, 验证身份.

use app::accounts::model::{CodeUse, Password, PhoneNumber};
use app::menu::Place;
use app::pages::sign_in::Way;
use app::pages::{sign_in, step_up};
use app::ui::kept::way_back;
use app::ui::{Filled, Kept};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use crate::accounts::proof::{self, Proof, Unproved};
use crate::accounts::sessions::Token;
use crate::accounts::{codes, known_devices, sessions, store};
use crate::centre::Centre;
use crate::cookies::{self, gate};
use crate::web::guard::{Access, own_path};
use crate::web::router::Route;
use crate::web::{Answer, Input, Query, Visit, kept};

/// The capability's routes.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::page(Place::SignIn, show_sign_in),
        Route::post("/signin", Access::Anyone, sign_in),
        Route::post("/signin/code", Access::Anyone, send_sign_in_code),
        Route::post("/signout", Access::AnySession, sign_out),
        Route::page(Place::StepUp, show_step_up),
        Route::post("/step-up", Access::EvenLeaving, step_up),
        Route::post("/step-up/code", Access::EvenLeaving, send_step_up_code),
    ]
}

#[derive(Deserialize)]
struct Ask {
    #[serde(default)]
    next: String,
    #[serde(default)]
    by: String,
}

/// What 登录 and 验证身份 send. A field that the chosen way lacks is empty.
#[derive(Clone, Deserialize)]
struct ProofForm {
    #[serde(default)]
    next: String,
    #[serde(default)]
    by: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
    /// Another way was asked for.
    #[serde(default)]
    other_way: String,
    /// What was typed into the form that asked: where it was sent to.
    #[serde(default)]
    kept_path: String,
    /// And its fields.
    #[serde(default)]
    kept_fields: String,
}

fn way(by: &str) -> Way {
    if by == "code" { Way::Code } else { Way::Password }
}

impl ProofForm {
    fn proof(&self) -> Proof {
        match way(&self.by) {
            Way::Password => Proof::Password(Password::typed(&self.password)),
            Way::Code => Proof::Code(self.code.clone()),
        }
    }

    fn kept(&self) -> Option<Kept> {
        kept::carried(&self.kept_path, &self.kept_fields)
    }

    /// The same in the other way, if that was asked for.
    fn in_another_way(&self) -> Option<Self> {
        let by = Some(self.other_way.clone()).filter(|by| !by.is_empty())?;
        Some(Self { by, other_way: String::new(), ..self.clone() })
    }
}

fn sign_in_model(visit: &Visit, next: &str, by: Way, filled: Filled, pause: i32) -> sign_in::Model {
    let demo = visit.centre.mailbox.is_some();
    let ended = visit.cookie(sessions::cookie_name(visit.centre.https)).is_some();
    let (next, contact) = (own_path(next).to_owned(), visit.centre.controller.reachable().map(str::to_owned));
    sign_in::Model { way: by, next, filled, pause, kept: None, ended, contact, demo }
}

/// 登录, asked of somebody whose form comes too late: what was typed is carried along.
pub fn sign_in_with(visit: &Visit, next: &str, kept: Kept) -> Response {
    let model = sign_in::Model { kept: Some(kept), ..sign_in_model(visit, next, Way::Password, Filled::default(), 0) };
    visit.refuse("请先登录", Place::SignIn, || sign_in::view(model))
}

async fn show_sign_in(visit: Visit, Query(ask): Query<Ask>) -> Answer {
    if visit.caller.is_some() {
        return Ok(Redirect::to(own_path(&ask.next)).into_response());
    }
    let model = sign_in_model(&visit, &ask.next, way(&ask.by), Filled::default(), 0);
    Ok(visit.page(Place::SignIn, || sign_in::view(model)))
}

fn sign_in_again(visit: &Visit, form: &ProofForm, filled: Filled) -> Response {
    let message = filled.first_error().unwrap_or_default();
    let filled = filled.with("phone", &form.phone);
    let model = sign_in::Model { kept: form.kept(), ..sign_in_model(visit, &form.next, way(&form.by), filled, 0) };
    visit.refuse(&message, Place::SignIn, || sign_in::view(model))
}

async fn sign_in(visit: Visit, Input(form): Input<ProofForm>) -> Answer {
    if let Some(form) = form.in_another_way() {
        return Ok(sign_in_again(&visit, &form, Filled::default()));
    }
    let phone: PhoneNumber = match form.phone.parse() {
        Ok(phone) => phone,
        Err(wrong) => return Ok(sign_in_again(&visit, &form, Filled::default().error("phone", wrong))),
    };
    let proof = form.proof();
    let refused = |unproved: Unproved| sign_in_again(&visit, &form, Filled::default().refused(unproved.message()));
    let checked = match proof::check(&visit, &phone, &proof, CodeUse::SignIn).await? {
        Ok(checked) => checked,
        Err(unproved) => return Ok(refused(unproved)),
    };
    let (person, token) = match store::sign_in(&visit, checked, &proof).await? {
        Ok(signed_in) => signed_in,
        Err(unproved) => return Ok(refused(unproved)),
    };
    let signed_in = match form.kept() {
        Some(kept) => visit.page_saying("已登录", Place::SignIn, || way_back(kept)),
        None => visit.done("已登录", own_path(&form.next), &[]),
    };
    welcome(&visit, person, &token, signed_in).await
}

/// The answer to somebody who has just come in: their session's cookie, and this browser's cookie choice joined to the account.
pub async fn welcome(visit: &Visit, person: Uuid, token: &Token, mut response: Response) -> Answer {
    let https = visit.centre.https;
    let max_age = app::promises::SESSION_IDLE / app::time::SECOND;
    let cookie = gate::necessary(sessions::cookie_name(https), token.reveal(), Some(max_age), https);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    // From now on what is sent belongs to the session.
    if visit.cookie(codes::TICKET_COOKIE).is_some() {
        response.headers_mut().append(header::SET_COOKIE, gate::removal(codes::TICKET_COOKIE, https));
    }
    known_devices::remember(visit, person, &mut response).await;
    cookies::join_account(visit, person, token.reveal(), &mut response).await?;
    Ok(response)
}

async fn send_sign_in_code(State(centre): State<Centre>, visit: Visit, Input(form): Input<ProofForm>) -> Answer {
    let form = ProofForm { by: "code".into(), ..form };
    let phone: PhoneNumber = match form.phone.parse() {
        Ok(phone) => phone,
        Err(wrong) => return Ok(sign_in_again(&visit, &form, Filled::default().error("phone", wrong))),
    };
    if centre.limits.try_address(visit.address).is_err() {
        let filled = Filled::default().refused(Unproved::TooMany.message());
        return Ok(sign_in_again(&visit, &form, filled));
    }
    let asked = match codes::request(&visit, &phone, CodeUse::SignIn).await? {
        Ok(asked) => asked,
        Err(no_code) => return Ok(sign_in_again(&visit, &form, Filled::default().error("code", no_code.message()))),
    };
    let notice = "如果这个手机号已注册，验证码会发送到它";
    let mut response = if visit.wants_json {
        visit.done(notice, Place::SignIn.path(), &[])
    } else {
        let filled = Filled::default().with("phone", &form.phone);
        let pause = codes::pause_seconds(&visit.centre);
        let model = sign_in::Model { kept: form.kept(), ..sign_in_model(&visit, &form.next, Way::Code, filled, pause) };
        visit.page_saying(notice, Place::SignIn, || sign_in::view(model))
    };
    asked.remember(&visit, &mut response);
    Ok(response)
}

async fn sign_out(State(centre): State<Centre>, visit: Visit) -> Answer {
    store::sign_out(&visit, visit.caller()?).await?;
    let mut response = visit.done("已退出登录", Place::SignIn.path(), &[]);
    let removal = gate::removal(sessions::cookie_name(centre.https), centre.https);
    response.headers_mut().append(header::SET_COOKIE, removal);
    Ok(response)
}

async fn show_step_up(State(centre): State<Centre>, visit: Visit, Query(ask): Query<Ask>) -> Answer {
    let identity = store::identity(&centre, visit.caller()?).await?;
    let model = step_up::Model {
        way: way(&ask.by),
        next: own_path(&ask.next).to_owned(),
        masked_phone: identity.phone.masked(),
        kept: None,
        filled: Filled::default(),
        pause: 0,
    };
    Ok(visit.page(Place::StepUp, || step_up::view(model)))
}

/// 验证身份, asked of somebody whose form comes too late: what was typed is carried along.
///
/// # Errors
/// Storage or vault.
pub async fn step_up_with(visit: &Visit, next: &str, kept: Kept) -> Answer {
    let model = step_up::Model {
        way: Way::Password,
        next: next.to_owned(),
        masked_phone: store::identity(&visit.centre, visit.caller()?).await?.phone.masked(),
        kept: Some(kept),
        filled: Filled::default(),
        pause: 0,
    };
    Ok(visit.refuse("请先验证身份", Place::StepUp, || step_up::view(model)))
}

fn step_up_again(visit: &Visit, phone: &PhoneNumber, form: &ProofForm, filled: Filled) -> Response {
    let message = filled.first_error().unwrap_or_default();
    let model = step_up::Model {
        way: way(&form.by),
        next: own_path(&form.next).to_owned(),
        masked_phone: phone.masked(),
        kept: form.kept(),
        filled,
        pause: 0,
    };
    visit.refuse(&message, Place::StepUp, || step_up::view(model))
}

async fn step_up(State(centre): State<Centre>, visit: Visit, Input(form): Input<ProofForm>) -> Answer {
    let caller = visit.caller()?;
    let phone = store::identity(&centre, caller).await?.phone;
    if let Some(form) = form.in_another_way() {
        return Ok(step_up_again(&visit, &phone, &form, Filled::default()));
    }
    let proof = form.proof();
    let refused = |unproved: Unproved| {
        let message = match unproved {
            Unproved::Password => "密码不对。",
            other => other.message(),
        };
        step_up_again(&visit, &phone, &form, Filled::default().refused(message))
    };
    let checked = match proof::check(&visit, &phone, &proof, CodeUse::StepUp).await? {
        Ok(checked) => checked,
        Err(unproved) => return Ok(refused(unproved)),
    };
    if let Err(unproved) = store::step_up(&visit, caller, checked, &proof).await? {
        return Ok(refused(unproved));
    }
    Ok(match form.kept() {
        Some(kept) => visit.page_saying("已确认是你本人", Place::StepUp, || way_back(kept)),
        None => visit.done("已确认是你本人", own_path(&form.next), &[]),
    })
}

async fn send_step_up_code(State(centre): State<Centre>, visit: Visit, Input(form): Input<ProofForm>) -> Answer {
    let form = ProofForm { by: "code".into(), ..form };
    let phone = store::identity(&centre, visit.caller()?).await?.phone;
    if let Err(no_code) = codes::request(&visit, &phone, CodeUse::StepUp).await? {
        let filled = Filled::default().error("code", no_code.message());
        return Ok(step_up_again(&visit, &phone, &form, filled));
    }
    let notice = "验证码已发送";
    if visit.wants_json {
        return Ok(visit.done(notice, Place::StepUp.path(), &[]));
    }
    let model = step_up::Model {
        way: Way::Code,
        next: own_path(&form.next).to_owned(),
        masked_phone: phone.masked(),
        kept: form.kept(),
        filled: Filled::default(),
        pause: codes::pause_seconds(&visit.centre),
    };
    Ok(visit.page_saying(notice, Place::StepUp, || step_up::view(model)))
}
