//! 近亲属申请 with its proof and package, and 生前安排.

use app::menu::Place;
use app::pages::directive::{self as page, Model};
use app::pages::relatives::{self, Kin};
use app::pages::requests::detail;
use app::promises::PROOF_FILE_MAX_BYTES;
use app::relatives::model::Shows;
use app::relatives::rules::{self, TypedClaim, TypedDirective};
use app::requests::model::{Kind, Wish};
use app::requests::rules as requests_rules;
use app::ui::Filled;
use axum::extract::State;
use axum::extract::multipart::{Multipart, MultipartError, MultipartRejection};
use axum::http::StatusCode;
use serde::Deserialize;
use uuid::Uuid;

use super::claims::{self, NotSubmitted, path};
use super::proofs::NotTaken;
use super::{directive, package, proofs};
use crate::accounts::store::is_stored_only;
use crate::centre::Centre;
use crate::export::downloads::Asking;
use crate::requests::store::{self as requests, TooMany};
use crate::web::guard::{self, Access};
use crate::web::router::Route;
use crate::web::{Answer, Fault, Id, Input, Visit};

/// What is read of an upload before it is cut off. A file that is somewhat too large gets a kind answer, since the
/// browser shows one only when it could send everything.
const UPLOAD_BYTES: usize = 4 * PROOF_FILE_MAX_BYTES;

/// The capability's routes.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::page(Place::Relative, show_form),
        Route::post(Place::Relative.path(), Access::SignedIn, file),
        Route::post("/settings/privacy/requests/{id}/proof/death", Access::SignedIn, death).accepting(UPLOAD_BYTES),
        Route::post("/settings/privacy/requests/{id}/proof/kinship", Access::SignedIn, kinship).accepting(UPLOAD_BYTES),
        Route::post("/settings/privacy/requests/{id}/proof/remove", Access::SignedIn, remove),
        Route::post("/settings/privacy/requests/{id}/submit", Access::SignedIn, submit),
        Route::download("/settings/privacy/requests/{id}/package", Access::Download, take),
        Route::page(Place::Directive, show_directive),
        Route::post(Place::Directive.path(), Access::SteppedUp, set_directive),
        Route::post("/settings/privacy/directive/withdraw", Access::SteppedUp, withdraw_directive),
        Route::post("/settings/privacy/directive/alive", Access::SteppedUp, refute),
    ]
}

/// A form's fields, in the order in which they were sent: one for each box that is ticked.
#[derive(Default, Deserialize)]
#[serde(transparent)]
struct Fields(Vec<(String, String)>);

impl Fields {
    fn value(&self, name: &str) -> String {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone()).unwrap_or_default()
    }

    fn rights(&self) -> Vec<String> {
        self.0.iter().filter(|(name, _)| name == "rights").map(|(_, id)| id.clone()).collect()
    }
}

// ---- 近亲属申请 ----

async fn show_form(visit: Visit) -> Answer {
    Ok(visit.page(Place::Relative, || relatives::form(relatives::Form::default())))
}

async fn file(State(centre): State<Centre>, visit: Visit, Input(fields): Input<Fields>) -> Answer {
    let typed = TypedClaim {
        account: fields.value("account"),
        relation: fields.value("relation"),
        rights: fields.rights(),
        is_lawful: fields.value("lawful") == "true",
    };
    let text = fields.value("text");
    let filled =
        Filled::default().with("account", &typed.account).with("relation", &typed.relation).with("text", &text);
    let again = |filled: Filled| {
        let message = filled.first_error().unwrap_or_default();
        let form = relatives::Form { rights: typed.rights.clone(), is_lawful: typed.is_lawful, filled };
        Ok(visit.refuse(&message, Place::Relative, || relatives::form(form)))
    };
    if visit.comes_back() {
        return again(filled);
    }
    let wish = requests_rules::check(Kind::Relative, &Wish { value: String::new(), text });
    let (claim, wish) = match (rules::check_claim(&typed), wish) {
        (Ok(claim), Ok(wish)) => (claim, wish),
        (Err((field, wrong)), _) | (_, Err((field, wrong))) => return again(filled.error(field, wrong)),
    };
    match claims::file(&centre, visit.caller()?, (&claim, &wish.text), visit.now).await? {
        Ok(id) => Ok(visit.done("申请已保存，请上传证明", &path(&id.to_string()), &[])),
        Err(TooMany) => again(filled.refused(requests_rules::TOO_MANY)),
    }
}

type Upload = Result<Multipart, MultipartRejection>;

async fn death(State(centre): State<Centre>, visit: Visit, Id(id): Id, upload: Upload) -> Answer {
    add(centre, visit, (id, Shows::Death), upload).await
}

async fn kinship(State(centre): State<Centre>, visit: Visit, Id(id): Id, upload: Upload) -> Answer {
    add(centre, visit, (id, Shows::Kinship), upload).await
}

const TOO_LARGE: &str = "文件超过5MB了，请压缩后再上传";
const NO_FILE: &str = "请先选择一个文件";

async fn add(centre: Centre, visit: Visit, (id, shows): (Uuid, Shows), upload: Upload) -> Answer {
    let caller = visit.caller()?;
    // Whose request it is comes before what was sent.
    let own = requests::request(&centre, caller, id).await?.filter(|request| request.needs_until.is_some());
    if own.is_none_or(|request| request.status.has_ended()) {
        return Ok(guard::not_found(&visit));
    }
    let again = async |wrong: &'static str| show_again(&visit, id, Filled::default().error(shows.id(), wrong)).await;
    let Ok(multipart) = upload else { return again(NO_FILE).await };
    let bytes = match read(multipart).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(wrong)) => return again(wrong).await,
        Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => return again(TOO_LARGE).await,
        Err(_) => return again("文件没有传完，请再试一次").await,
    };
    match proofs::add(&centre, caller, id, (shows, &bytes), visit.now).await? {
        Ok(()) => Ok(visit.done(&format!("{}已上传", shows.words()), &path(&id.to_string()), &[])),
        Err(NotTaken::Wrong(wrong)) => again(wrong).await,
        Err(NotTaken::NotThere) => Ok(guard::not_found(&visit)),
    }
}

/// The file of the form; the words for it when none was chosen or it is too large.
async fn read(mut multipart: Multipart) -> Result<Result<Vec<u8>, &'static str>, MultipartError> {
    let (mut bytes, mut total) = (Vec::new(), 0);
    while let Some(mut field) = multipart.next_field().await? {
        if field.name() != Some("file") {
            continue;
        }
        while let Some(chunk) = field.chunk().await? {
            total += chunk.len();
            if total <= PROOF_FILE_MAX_BYTES {
                bytes.extend_from_slice(&chunk);
            }
        }
    }
    Ok(match total {
        0 => Err(NO_FILE),
        n if n > PROOF_FILE_MAX_BYTES => Err(TOO_LARGE),
        _ => Ok(bytes),
    })
}

/// 申请详情 again, with what is wrong.
async fn show_again(visit: &Visit, id: Uuid, filled: Filled) -> Answer {
    let (centre, caller) = (&visit.centre, visit.caller()?);
    let Some(request) = requests::request(centre, caller, id).await? else { return Ok(guard::not_found(visit)) };
    let request = if caller.has_stepped_up(visit.now) { request } else { request.masked() };
    let message = filled.first_error().unwrap_or_default();
    let kin = claims::kin(centre, caller, &request, visit.now).await?.map(|kin| Kin { filled, ..kin });
    Ok(visit.refuse(&message, Place::Request, || detail::view(request, kin, visit.now)))
}

#[derive(Deserialize)]
struct Remove {
    #[serde(default)]
    file: String,
}

async fn remove(State(centre): State<Centre>, visit: Visit, Id(id): Id, Input(form): Input<Remove>) -> Answer {
    let Ok(file) = Uuid::parse_str(&form.file) else { return Ok(guard::not_found(&visit)) };
    if !proofs::remove(&centre, visit.caller()?, (id, file), visit.now).await? {
        return Ok(guard::not_found(&visit));
    }
    Ok(visit.done("已移除", &path(&id.to_string()), &[]))
}

async fn submit(State(centre): State<Centre>, visit: Visit, Id(id): Id) -> Answer {
    match claims::submit(&centre, visit.caller()?, id, visit.now).await? {
        Ok(()) => Ok(visit.done("已提交审核", &path(&id.to_string()), &[])),
        Err(NotSubmitted::NotThere) => Ok(guard::not_found(&visit)),
        Err(NotSubmitted::Missing(missing)) => {
            let names = missing.iter().map(|shows| shows.words()).collect::<Vec<_>>().join("、");
            show_again(&visit, id, Filled::default().refused(format!("还缺：{names}"))).await
        }
    }
}

async fn take(State(centre): State<Centre>, visit: Visit, Id(id): Id, asking: Asking) -> Answer {
    let caller = visit.caller()?;
    let download = match asking.of(package::there(&centre, caller, id, visit.now).await?).await? {
        Ok(download) => download,
        Err(refusal) => return Ok(refusal),
    };
    if download.begins() && !package::take(&centre, caller, (id, &download), visit.now).await? {
        return Ok(guard::not_found(&visit));
    }
    download.answer("personal-data.zip").await
}

// ---- 生前安排 ----

async fn model(visit: &Visit) -> Result<Model, Fault> {
    let (centre, person) = (&visit.centre, visit.caller()?.person);
    let standing = directive::standing(&centre.data, centre, person).await?;
    Ok(Model::of(standing, is_stored_only(&centre.data, person).await?))
}

async fn show_directive(visit: Visit) -> Answer {
    let model = model(&visit).await?;
    Ok(visit.page(Place::Directive, || page::view(model)))
}

async fn set_directive(State(centre): State<Centre>, visit: Visit, Input(fields): Input<Fields>) -> Answer {
    let typed = TypedDirective {
        choice: fields.value("choice"),
        rights: fields.rights(),
        name: fields.value("trusted_name"),
        phone: fields.value("trusted_phone"),
    };
    let filled = Filled::default()
        .with("choice", &typed.choice)
        .with("trusted_name", &typed.name)
        .with("trusted_phone", &typed.phone);
    let again = async |filled: Filled| {
        let message = filled.first_error().unwrap_or_default();
        let model = Model { rights: typed.rights.clone(), filled, ..model(&visit).await? };
        Ok(visit.refuse(&message, Place::Directive, || page::view(model)))
    };
    if visit.comes_back() {
        return again(filled).await;
    }
    let directive = match rules::check_directive(&typed) {
        Ok(directive) => directive,
        Err((field, wrong)) => return again(filled.error(field, wrong)).await,
    };
    directive::set(&centre, visit.caller()?, &directive, visit.now).await?;
    Ok(visit.done("安排已保存，立即生效", Place::Directive.path(), &[]))
}

async fn withdraw_directive(State(centre): State<Centre>, visit: Visit) -> Answer {
    if !directive::withdraw(&centre, visit.caller()?, visit.now).await? {
        return Ok(guard::not_found(&visit));
    }
    Ok(visit.done("安排已撤回，按法律规定办", Place::Directive.path(), &[]))
}

async fn refute(State(centre): State<Centre>, visit: Visit) -> Answer {
    if !directive::refute(&centre, visit.caller()?, visit.now).await? {
        return Ok(guard::not_found(&visit));
    }
    Ok(visit.done("账号已恢复", Place::Directive.path(), &[]))
}
