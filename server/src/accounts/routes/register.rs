//! 注册, and the only page of a child's account.

use app::accounts::model::{AgeBand, CodeUse, Password, PhoneNumber, Username};
use app::cancellation::model::State as Leaving;
use app::menu::Place;
use app::pages::register;
use app::ui::Filled;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::sign_in::welcome;
use crate::accounts::passwords::is_guessable;
use crate::accounts::proof::Unproved;
use crate::accounts::store::{self, NewPerson, Taken};
use crate::accounts::{codes, sessions};
use crate::cancellation::{self, child};
use crate::centre::Centre;
use crate::cookies::gate;
use crate::web::guard::Access;
use crate::web::router::Route;
use crate::web::{Answer, Input, Visit};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page(Place::Register, show),
        Route::post("/register", Access::Anyone, register),
        Route::post("/register/code", Access::Anyone, send_code),
        Route::page(Place::Guardian, show_guardian),
        Route::post("/guardian/erase", Access::Waiting, erase_child),
    ]
}

#[derive(Deserialize)]
struct Form {
    #[serde(default)]
    phone: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    age: String,
    #[serde(default)]
    agree: String,
}

impl Form {
    /// What goes back into the form; never the password, nor a code that is used up or wrong.
    fn kept(&self, filled: Filled) -> Filled {
        filled
            .with("phone", &self.phone)
            .with("username", &self.username)
            .with("age", &self.age)
            .with("agree", &self.agree)
    }
}

async fn show(visit: Visit) -> Answer {
    if visit.caller.is_some() {
        return Ok(Redirect::to(Place::Me.path()).into_response());
    }
    Ok(visit.page(Place::Register, || register::view(register::Model::default())))
}

async fn show_guardian(State(centre): State<Centre>, visit: Visit) -> Answer {
    let person = visit.caller()?.person;
    let standing = cancellation::store::standing(&centre, person, visit.now).await?;
    if standing.is_some_and(|standing| standing.cancellation.state == Leaving::Executing) {
        return Ok(visit.page(Place::Guardian, register::erasing));
    }
    let wait = child::wait_of(&centre.data, person).await?;
    let contact = centre.controller.reachable().map(str::to_owned);
    Ok(visit.page(Place::Guardian, || match wait.was_in_use {
        false => register::guardian(wait.erased_at(), contact),
        true => register::guardian_again(wait.erased_at(), contact),
    }))
}

async fn erase_child(State(centre): State<Centre>, visit: Visit) -> Answer {
    if !child::erase_own(&centre, visit.caller()?.person, visit.now).await? {
        return Ok(Redirect::to(Place::Guardian.path()).into_response());
    }
    let mut response = visit.done("账号已停用，正在删除，完成后会发短信告诉你", Place::SignIn.path(), &[]);
    let removal = gate::removal(sessions::cookie_name(centre.https), centre.https);
    response.headers_mut().append(header::SET_COOKIE, removal);
    Ok(response)
}

fn again(visit: &Visit, form: &Form, filled: Filled) -> Response {
    let message = filled.first_error().unwrap_or_default();
    let model = register::Model { filled: form.kept(filled), pause: 0 };
    visit.refuse(&message, Place::Register, || register::view(model))
}

async fn send_code(State(centre): State<Centre>, visit: Visit, Input(form): Input<Form>) -> Answer {
    let phone: PhoneNumber = match form.phone.parse() {
        Ok(phone) => phone,
        Err(wrong) => return Ok(again(&visit, &form, Filled::default().error("phone", wrong))),
    };
    if centre.limits.try_address(visit.address).is_err() {
        return Ok(again(&visit, &form, Filled::default().refused(Unproved::TooMany.message())));
    }
    let asked = match codes::request(&visit, &phone, CodeUse::Register).await? {
        Ok(asked) => asked,
        Err(no_code) => return Ok(again(&visit, &form, Filled::default().error("code", no_code.message()))),
    };
    let notice = "验证码已发送";
    let mut response = if visit.wants_json {
        visit.done(notice, Place::Register.path(), &[])
    } else {
        let filled = form.kept(Filled::default());
        let model = register::Model { filled, pause: codes::pause_seconds(&visit.centre) };
        visit.page_saying(notice, Place::Register, || register::view(model))
    };
    asked.remember(&visit, &mut response);
    Ok(response)
}

/// A form whose every field is right.
struct Valid {
    phone: PhoneNumber,
    username: Username,
    password: Password,
    age: AgeBand,
}

fn validate(form: &Form) -> Result<Valid, Filled> {
    let (phone, username) = (form.phone.parse::<PhoneNumber>(), form.username.parse::<Username>());
    let (password, age) = (Password::new(&form.password), form.age.parse::<AgeBand>());
    let mut filled = Filled::default();
    let wrongs = [
        ("phone", phone.as_ref().err()),
        ("username", username.as_ref().err()),
        ("password", password.as_ref().err()),
        ("age", age.as_ref().err()),
    ];
    for (field, wrong) in wrongs {
        if let Some(wrong) = wrong {
            filled = filled.error(field, *wrong);
        }
    }
    if form.code.trim().is_empty() {
        filled = filled.error("code", "请输入验证码");
    }
    if form.agree != "yes" {
        filled = filled.error("agree", "需要先阅读并同意隐私政策，才能注册");
    }
    match (phone, username, password, age) {
        (Ok(phone), Ok(username), Ok(password), Ok(age)) if filled.is_fine() => {
            if is_guessable(&password, &phone, &username) {
                return Err(filled.error("password", "这个密码太容易被猜到，请换一个"));
            }
            Ok(Valid { phone, username, password, age })
        }
        _ => Err(filled),
    }
}

async fn register(State(centre): State<Centre>, visit: Visit, Input(form): Input<Form>) -> Answer {
    let valid = match validate(&form) {
        Ok(valid) => valid,
        Err(filled) => return Ok(again(&visit, &form, filled)),
    };
    if centre.limits.try_address(visit.address).is_err() {
        return Ok(again(&visit, &form, Filled::default().refused(Unproved::TooMany.message())));
    }
    let wrong_code = || Filled::default().error("code", Unproved::Code.message());
    if !codes::count_try(&visit, &valid.phone, CodeUse::Register, &form.code).await? {
        return Ok(again(&visit, &form, wrong_code()));
    }
    let new = NewPerson {
        password_hash: centre.passwords.hash(&valid.password).await?,
        phone: valid.phone,
        username: valid.username,
        age_band: valid.age,
    };
    match store::register_with_code(&visit, &new, &form.code).await? {
        Ok((person, token)) => welcome(&visit, person, &token, visit.done("注册成功", Place::Me.path(), &[])).await,
        Err(None | Some(Taken::Phone)) => Ok(again(&visit, &form, wrong_code())),
        Err(Some(Taken::Username)) => {
            let filled = Filled::default().error("username", "这个用户名已经有人用了");
            Ok(again(&visit, &form, filled))
        }
    }
}
