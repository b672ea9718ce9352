//! 个人资料, 头像, 用户名, 收货地址, 实名信息.

use app::accounts::model::Username;
use app::menu::Place;
use app::pages::{addresses, avatar, profile, real_name};
use app::profile::model::{Address, AddressDraft};
use app::profile::rules;
use app::promises::AVATAR_MAX_BYTES;
use app::ui::Filled;
use axum::extract::State;
use axum::extract::multipart::{Multipart, MultipartError, MultipartRejection};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::{image, store};
use crate::accounts::limits::TooMany;
use crate::accounts::store as accounts;
use crate::centre::Centre;
use crate::web::guard::{self, Access};
use crate::web::router::Route;
use crate::web::{Answer, Id, Input, Visit};

/// What is read of an upload before it is cut off. A file that is somewhat too large gets a kind answer, since the
/// browser shows one only when it could send everything.
const UPLOAD_BYTES: usize = 4 * AVATAR_MAX_BYTES;

/// The capability's routes.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::page(Place::Profile, show),
        Route::page(Place::Username, show_username),
        Route::post(Place::Username.path(), Access::SignedIn, rename),
        Route::page(Place::Avatar, show_avatar),
        Route::get(avatar::PICTURE, Access::SignedIn, picture),
        Route::post(Place::Avatar.path(), Access::SignedIn, set_avatar).accepting(UPLOAD_BYTES),
        Route::post("/settings/profile/avatar/remove", Access::SignedIn, remove_avatar),
        Route::page(Place::Addresses, show_addresses),
        Route::page(Place::AddressNew, show_new_address),
        Route::post(Place::AddressNew.path(), Access::SignedIn, add_address),
        Route::page(Place::AddressEdit, show_address),
        // Seeing it whole asks again who one is; sending what was typed does not, or a slow typist would lose it.
        Route::post(Place::AddressEdit.path(), Access::SignedIn, change_address),
        Route::post("/settings/profile/addresses/{id}/default", Access::SignedIn, make_default),
        Route::post("/settings/profile/addresses/{id}/remove", Access::SignedIn, remove_address),
        Route::page(Place::RealName, show_real_name),
        Route::page(Place::RealNameFull, show_whole_real_name),
    ]
}

async fn show(State(centre): State<Centre>, visit: Visit) -> Answer {
    let caller = visit.caller()?;
    let model = profile::Model {
        has_avatar: store::has_avatar(&centre, caller.person).await?,
        username: accounts::identity(&centre, caller).await?.username,
        addresses: store::count_addresses(&centre, caller.person).await?,
    };
    Ok(visit.page(Place::Profile, || profile::view(model)))
}

// ---- 用户名 ----

#[derive(Deserialize)]
struct NameForm {
    #[serde(default)]
    username: String,
}

async fn show_username(State(centre): State<Centre>, visit: Visit) -> Answer {
    let present = accounts::identity(&centre, visit.caller()?).await?.username;
    let filled = Filled::default().with("username", present);
    Ok(visit.page(Place::Username, || profile::username(filled)))
}

async fn rename(State(centre): State<Centre>, visit: Visit, Input(form): Input<NameForm>) -> Answer {
    let again = |wrong: &'static str| {
        let filled = Filled::default().with("username", &form.username).error("username", wrong);
        Ok(visit.refuse(wrong, Place::Username, || profile::username(filled)))
    };
    let name: Username = match form.username.parse() {
        Ok(name) => name,
        Err(wrong) => return again(wrong),
    };
    let caller = visit.caller()?;
    if accounts::identity(&centre, caller).await?.username == name.as_str() {
        return Ok(visit.done("用户名没有变化", Place::Profile.path(), &[]));
    }
    match store::rename(&centre, caller, &name, visit.now).await? {
        Ok(()) => Ok(visit.done("用户名已修改", Place::Profile.path(), &[])),
        Err(store::Taken) => again("这个用户名已经有人用了，请换一个"),
    }
}

// ---- 头像 ----

async fn show_avatar(State(centre): State<Centre>, visit: Visit) -> Answer {
    let has_avatar = store::has_avatar(&centre, visit.caller()?.person).await?;
    let model = avatar::Model { has_avatar, filled: Filled::default() };
    Ok(visit.page(Place::Avatar, || avatar::view(model)))
}

async fn picture(State(centre): State<Centre>, visit: Visit) -> Answer {
    let Some(jpeg) = store::avatar(&centre, visit.caller()?).await? else { return Ok(guard::not_found(&visit)) };
    let headers = [(header::CONTENT_TYPE, "image/jpeg"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, jpeg).into_response())
}

/// The file of the form; nothing when none was chosen or it is too large, with the words for it. Of what is longer than `most`,
/// nothing is kept; it is read to its end all the same, since a browser that is cut off shows no words.
async fn upload(mut multipart: Multipart, most: usize) -> Result<Result<Vec<u8>, &'static str>, MultipartError> {
    let mut bytes = Vec::new();
    let mut total = 0;
    while let Some(mut field) = multipart.next_field().await? {
        if field.name() != Some("picture") {
            continue;
        }
        while let Some(chunk) = field.chunk().await? {
            total += chunk.len();
            if total <= most {
                bytes.extend_from_slice(&chunk);
            }
        }
    }
    Ok(match total {
        0 => Err("请先选择一张图片"),
        n if n > most => Err(TOO_LARGE),
        _ => Ok(bytes),
    })
}

const TOO_LARGE: &str = "图片超过10MB了，请换一张小一点的";

async fn set_avatar(
    State(centre): State<Centre>,
    visit: Visit,
    multipart: Result<Multipart, MultipartRejection>,
) -> Answer {
    let caller = visit.caller()?;
    let has_avatar = store::has_avatar(&centre, caller.person).await?;
    let again = |wrong: &'static str| {
        let model = avatar::Model { has_avatar, filled: Filled::default().error("picture", wrong) };
        Ok(visit.refuse(wrong, Place::Avatar, || avatar::view(model)))
    };
    let Ok(multipart) = multipart else { return again("请先选择一张图片") };
    // Before anything of it is held.
    let may = centre.limits.try_picture(caller.person, visit.address);
    let bytes = match upload(multipart, if may.is_ok() { AVATAR_MAX_BYTES } else { 0 }).await {
        Ok(_) if may.is_err() => return again(TooMany::MESSAGE),
        Ok(Ok(bytes)) => bytes,
        Ok(Err(wrong)) => return again(wrong),
        Err(error) if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE => return again(TOO_LARGE),
        Err(_) => return again("图片没有传完，请再试一次"),
    };
    match image::square(caller.person, bytes).await? {
        Ok(jpeg) => store::set_avatar(&centre, caller, &jpeg, visit.now).await?,
        Err(wrong) => return again(wrong),
    }
    Ok(visit.done("头像已保存", Place::Avatar.path(), &[]))
}

async fn remove_avatar(State(centre): State<Centre>, visit: Visit) -> Answer {
    store::remove_avatar(&centre, visit.caller()?, visit.now).await?;
    Ok(visit.done("头像已删除", Place::Avatar.path(), &[]))
}

// ---- 收货地址 ----

#[derive(Deserialize)]
struct AddressForm {
    #[serde(flatten)]
    draft: AddressDraft,
    /// `true` when ticked; a box that is not ticked is not sent.
    #[serde(default)]
    is_default: String,
}

impl AddressForm {
    fn make_default(&self) -> bool {
        self.is_default == "true"
    }
}

fn filled(draft: &AddressDraft) -> Filled {
    Filled::default()
        .with("consignee", &draft.consignee)
        .with("phone", &draft.phone)
        .with("province", &draft.province)
        .with("city", &draft.city)
        .with("district", &draft.district)
        .with("street", &draft.street)
}

fn checked(draft: &AddressDraft) -> Result<Address, Filled> {
    rules::check(draft)
        .map_err(|wrong| wrong.into_iter().fold(filled(draft), |filled, (field, message)| filled.error(field, message)))
}

fn address_again(visit: &Visit, place: Place, form: addresses::Form) -> Response {
    let message = form.filled.first_error().unwrap_or_default();
    visit.refuse(&message, place, || addresses::form(form))
}

async fn show_addresses(State(centre): State<Centre>, visit: Visit) -> Answer {
    let kept = store::addresses(&centre, visit.caller()?).await?;
    let row = |store::Kept { id, address, is_default, .. }| addresses::Row { id, address, is_default };
    let rows = kept.into_iter().map(row).collect();
    Ok(visit.page(Place::Addresses, || addresses::view(rows)))
}

async fn show_new_address(visit: Visit) -> Answer {
    let action = Place::AddressNew.path().to_owned();
    let form = addresses::Form { action, filled: Filled::default(), is_default: false, make_default: false };
    Ok(visit.page(Place::AddressNew, || addresses::form(form)))
}

async fn add_address(State(centre): State<Centre>, visit: Visit, Input(form): Input<AddressForm>) -> Answer {
    let draft = &form.draft;
    let again = |filled| {
        let action = Place::AddressNew.path().to_owned();
        let page = addresses::Form { action, filled, is_default: false, make_default: form.make_default() };
        Ok(address_again(&visit, Place::AddressNew, page))
    };
    let address = match checked(draft) {
        Ok(address) => address,
        Err(filled) => return again(filled),
    };
    match store::add_address(&centre, visit.caller()?, &address, form.make_default(), visit.now).await? {
        Ok(_) => Ok(visit.done("地址已添加", Place::Addresses.path(), &[])),
        Err(store::TooMany) => again(filled(draft).refused(rules::TOO_MANY)),
    }
}

async fn show_address(State(centre): State<Centre>, visit: Visit, Id(id): Id) -> Answer {
    let Some(kept) = store::address(&centre, visit.caller()?, id).await? else {
        return Ok(guard::not_found(&visit));
    };
    let (action, is_default) = (visit.here.clone(), kept.is_default);
    let form = addresses::Form { action, filled: filled(&kept.address.reveal()), is_default, make_default: false };
    Ok(visit.page(Place::AddressEdit, || addresses::form(form)))
}

async fn change_address(
    State(centre): State<Centre>,
    visit: Visit,
    Id(id): Id,
    Input(form): Input<AddressForm>,
) -> Answer {
    let caller = visit.caller()?;
    let Some(present) = store::address(&centre, caller, id).await? else { return Ok(guard::not_found(&visit)) };
    let address = match checked(&form.draft) {
        Ok(address) => address,
        Err(filled) => {
            let (action, is_default) = (visit.here.clone(), present.is_default);
            let page = addresses::Form { action, filled, is_default, make_default: form.make_default() };
            return Ok(address_again(&visit, Place::AddressEdit, page));
        }
    };
    if !store::change_address(&centre, caller, id, &address, form.make_default(), visit.now).await? {
        return Ok(guard::not_found(&visit));
    }
    Ok(visit.done("地址已保存", Place::Addresses.path(), &[]))
}

async fn make_default(State(centre): State<Centre>, visit: Visit, Id(id): Id) -> Answer {
    if !store::make_default(&centre, visit.caller()?, id, visit.now).await? {
        return Ok(guard::not_found(&visit));
    }
    Ok(visit.done("已设为默认地址", Place::Addresses.path(), &[]))
}

async fn remove_address(State(centre): State<Centre>, visit: Visit, Id(id): Id) -> Answer {
    if !store::remove_address(&centre, visit.caller()?, id, visit.now).await? {
        return Ok(guard::not_found(&visit));
    }
    Ok(visit.done("地址已删除", Place::Addresses.path(), &[]))
}

// ---- 实名信息 ----

async fn show_real_name(State(centre): State<Centre>, visit: Visit) -> Answer {
    let real_name = store::real_name(&centre, visit.caller()?).await?;
    let model = real_name::Model { real_name, whole: false };
    Ok(visit.page(Place::RealName, || real_name::view(model)))
}

async fn show_whole_real_name(State(centre): State<Centre>, visit: Visit) -> Answer {
    let real_name = store::real_name(&centre, visit.caller()?).await?;
    let model = real_name::Model { real_name, whole: true };
    Ok(visit.page(Place::RealNameFull, || real_name::view(model)))
}
