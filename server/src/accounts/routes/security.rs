//! 账号与安全: 手机号, 密码, 登录设备.

use app::accounts::model::{CodeUse, Password, PhoneNumber};
use app::menu::Place;
use app::pages::{account, devices};
use app::ui::Filled;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

use crate::accounts::passwords::is_guessable;
use crate::accounts::proof::Unproved;
use crate::accounts::{codes, security, sessions, store};
use crate::centre::Centre;
use crate::web::guard::{self, Access};
use crate::web::router::Route;
use crate::web::{Answer, Input, Older, Query, Visit};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page(Place::Account, show),
        Route::page(Place::Phone, show_phone),
        Route::post("/settings/account/phone", Access::SignedIn, change_phone),
        Route::post("/settings/account/phone/present-code", Access::SignedIn, send_present_code),
        Route::post("/settings/account/phone/new-code", Access::SignedIn, send_new_code),
        Route::page(Place::Password, show_password),
        Route::post("/settings/account/password", Access::SteppedUp, change_password),
        Route::page(Place::Devices, show_devices),
        Route::post("/settings/account/devices/{id}/end", Access::SignedIn, end_device),
        Route::post("/settings/account/devices/end-others", Access::SignedIn, end_others),
    ]
}

async fn show(State(centre): State<Centre>, visit: Visit) -> Answer {
    let caller = visit.caller()?;
    let model = account::Model {
        masked_phone: store::identity(&centre, caller).await?.phone.masked(),
        has_real_name: crate::profile::store::has_real_name(&centre, caller.person).await?,
        devices: sessions::devices(&centre, caller, visit.now).await?.len(),
    };
    Ok(visit.page(Place::Account, || account::view(model)))
}

#[derive(Deserialize)]
struct PhoneForm {
    #[serde(default)]
    present_code: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    code: String,
}

fn phone_model(present: &PhoneNumber, filled: Filled) -> account::PhoneModel {
    account::PhoneModel { masked_phone: present.masked(), filled, pause_present: 0, pause_new: 0 }
}

async fn show_phone(State(centre): State<Centre>, visit: Visit) -> Answer {
    let present = store::identity(&centre, visit.caller()?).await?.phone;
    let model = phone_model(&present, Filled::default());
    Ok(visit.page(Place::Phone, || account::phone(model)))
}

/// The page again. Codes that were typed are kept: a code that is not used up is still good.
fn phone_again(visit: &Visit, present: &PhoneNumber, form: &PhoneForm, filled: Filled) -> Response {
    let message = filled.first_error().unwrap_or_default();
    let model = phone_model(present, kept(form, filled));
    visit.refuse(&message, Place::Phone, || account::phone(model))
}

fn kept(form: &PhoneForm, filled: Filled) -> Filled {
    filled.with("phone", &form.phone).with("present_code", &form.present_code).with("code", &form.code)
}

async fn send_present_code(State(centre): State<Centre>, visit: Visit, Input(form): Input<PhoneForm>) -> Answer {
    let present = store::identity(&centre, visit.caller()?).await?.phone;
    let sent = codes::request(&visit, &present, CodeUse::PresentPhone).await?;
    if let Err(no_code) = sent {
        let filled = Filled::default().error("present_code", no_code.message());
        return Ok(phone_again(&visit, &present, &form, filled));
    }
    let mut model = phone_model(&present, kept(&form, Filled::default()));
    model.pause_present = codes::pause_seconds(&visit.centre);
    Ok(sent_page(&visit, model))
}

async fn send_new_code(State(centre): State<Centre>, visit: Visit, Input(form): Input<PhoneForm>) -> Answer {
    let present = store::identity(&centre, visit.caller()?).await?.phone;
    let phone: PhoneNumber = match form.phone.parse() {
        Ok(phone) => phone,
        Err(wrong) => {
            return Ok(phone_again(&visit, &present, &form, Filled::default().error("phone", wrong)));
        }
    };
    if let Err(no_code) = codes::request(&visit, &phone, CodeUse::NewPhone).await? {
        let filled = Filled::default().error("code", no_code.message());
        return Ok(phone_again(&visit, &present, &form, filled));
    }
    let mut model = phone_model(&present, kept(&form, Filled::default()));
    model.pause_new = codes::pause_seconds(&visit.centre);
    Ok(sent_page(&visit, model))
}

fn sent_page(visit: &Visit, model: account::PhoneModel) -> Response {
    let notice = "验证码已发送";
    if visit.wants_json {
        return visit.done(notice, Place::Phone.path(), &[]);
    }
    visit.page_saying(notice, Place::Phone, || account::phone(model))
}

async fn change_phone(State(centre): State<Centre>, visit: Visit, Input(form): Input<PhoneForm>) -> Answer {
    let caller = visit.caller()?;
    let present = store::identity(&centre, caller).await?.phone;
    let refused = |filled| Ok(phone_again(&visit, &present, &form, filled));
    let phone: PhoneNumber = match form.phone.parse() {
        Ok(phone) => phone,
        Err(wrong) => return refused(Filled::default().error("phone", wrong)),
    };
    if centre.limits.try_session(caller.session, CodeUse::NewPhone.id()).is_err() {
        return refused(Filled::default().refused(Unproved::TooMany.message()));
    }
    let wrong = |field| Filled::default().error(field, Unproved::Code.message());
    if !codes::count_try(&visit, &present, CodeUse::PresentPhone, &form.present_code).await? {
        return refused(wrong("present_code"));
    }
    if !codes::count_try(&visit, &phone, CodeUse::NewPhone, &form.code).await? {
        return refused(wrong("code"));
    }
    let change = security::PhoneChange {
        present: present.clone(),
        present_code: &form.present_code,
        new: phone,
        new_code: &form.code,
    };
    match security::change_phone(&visit, caller, change).await? {
        Ok(()) => Ok(visit.done("手机号已更换，其他设备已退出", Place::Account.path(), &[])),
        Err(security::WrongCode::Present) => refused(wrong("present_code")),
        Err(security::WrongCode::New) => refused(wrong("code")),
    }
}

async fn show_password(visit: Visit) -> Answer {
    Ok(visit.page(Place::Password, || account::password(Filled::default())))
}

#[derive(Deserialize)]
struct PasswordForm {
    #[serde(default)]
    password: String,
}

async fn change_password(State(centre): State<Centre>, visit: Visit, Input(form): Input<PasswordForm>) -> Answer {
    let caller = visit.caller()?;
    let refused = |wrong: &str| {
        let filled = Filled::default().error("password", wrong);
        Ok(visit.refuse(wrong, Place::Password, || account::password(filled)))
    };
    let password = match Password::new(&form.password) {
        Ok(password) => password,
        Err(wrong) => return refused(wrong),
    };
    let identity = store::identity(&centre, caller).await?;
    let guessable = match identity.username.parse() {
        Ok(username) => is_guessable(&password, &identity.phone, &username),
        Err(_) => false,
    };
    if guessable {
        return refused("这个密码太容易被猜到，请换一个");
    }
    let hash = centre.passwords.hash(&password).await?;
    security::change_password(&visit, caller, &hash).await?;
    Ok(visit.done("密码已修改，其他设备已退出", Place::Account.path(), &[]))
}

async fn show_devices(State(centre): State<Centre>, visit: Visit, Query(older): Query<Older>) -> Answer {
    let devices = sessions::devices(&centre, visit.caller()?, visit.now).await?;
    let others = devices.iter().any(|device| !device.is_this);
    let (devices, next) = older.page(Place::Devices.path(), devices);
    Ok(visit.page(Place::Devices, || devices::view(devices::Model { devices, others, next })))
}

async fn end_device(visit: Visit, Path(id): Path<String>) -> Answer {
    let Ok(id) = Uuid::parse_str(&id) else { return Ok(guard::not_found(&visit)) };
    if security::end_session(&visit, visit.caller()?, id).await? {
        Ok(visit.done("该设备已退出登录", Place::Devices.path(), &[]))
    } else {
        Ok(guard::not_found(&visit))
    }
}

async fn end_others(visit: Visit) -> Answer {
    let count = security::end_other_sessions(&visit, visit.caller()?).await?;
    Ok(visit.done(&format!("已退出其他 {count} 台设备"), Place::Devices.path(), &[]))
}
