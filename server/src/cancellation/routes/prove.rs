//! Proving who asks: by password, by code, or by recent orders that a human compares.

use app::accounts::model::{CodeUse, Password};
use app::cancellation::model::ProvedBy;
use app::cancellation::rules::Request;
use app::menu::Place;
use app::pages::cancellation;
use app::requests::rules::TOO_MANY;
use app::ui::Filled;
use axum::extract::State;
use serde::Deserialize;

use super::{again, model, on, refused};
use crate::accounts::proof::{self, Proof, Unproved};
use crate::accounts::{codes, store as accounts};
use crate::cancellation::recognition::{self, NotFiled};
use crate::cancellation::store::{self, NotProved};
use crate::centre::Centre;
use crate::web::{Answer, Input, Visit};

pub(super) async fn send_code(State(centre): State<Centre>, visit: Visit) -> Answer {
    let phone = accounts::identity(&centre, visit.caller()?).await?.phone;
    if let Err(no_code) = codes::request(&visit, &phone, CodeUse::Cancel).await? {
        return again(&visit, "code", Filled::default().error("code", no_code.message())).await;
    }
    let notice = "验证码已发送";
    if visit.wants_json {
        return Ok(on(&visit, notice));
    }
    let mut model = model(&visit, "code", Filled::default()).await?;
    model.pause = codes::pause_seconds(&visit.centre);
    Ok(visit.page_saying(notice, Place::Cancellation, || cancellation::view(model)))
}

#[derive(Deserialize)]
pub(super) struct ProofForm {
    #[serde(default)]
    by: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
}

pub(super) async fn prove(State(centre): State<Centre>, visit: Visit, Input(form): Input<ProofForm>) -> Answer {
    let caller = visit.caller()?;
    let phone = accounts::identity(&centre, caller).await?.phone;
    let ProofForm { by, password, code } = form;
    let (proof, proved_by) = match by.as_str() {
        "code" => (Proof::Code(code), ProvedBy::Code),
        _ => (Proof::Password(Password::typed(&password)), ProvedBy::Password),
    };
    let wrong = |unproved: Unproved| match unproved {
        Unproved::Password => Filled::default().error("password", "密码不对。"),
        Unproved::Code => Filled::default().error("code", unproved.message()),
        Unproved::TooMany | Unproved::TooManyPasswords => Filled::default().refused(unproved.message()),
    };
    let checked = match proof::check(&visit, &phone, &proof, CodeUse::Cancel).await? {
        Ok(checked) => checked,
        Err(unproved) => return again(&visit, &by, wrong(unproved)).await,
    };
    match store::prove(&visit, caller, (checked, proved_by)).await? {
        Ok(_) => Ok(on(&visit, "身份已验证")),
        Err(NotProved::Unproved(unproved)) => again(&visit, &by, wrong(unproved)).await,
        Err(NotProved::Refused(refusal)) => refused(&visit, refusal).await,
    }
}

/// The form's fields, in the order in which they were sent: an order for each box that is ticked.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Orders(Vec<(String, String)>);

pub(super) async fn recognise(State(centre): State<Centre>, visit: Visit, Input(form): Input<Orders>) -> Answer {
    let caller = visit.caller()?;
    let Some(standing) = store::standing(&centre, caller.person, visit.now).await? else {
        return refused(&visit, app::cancellation::rules::Refusal::NotBegun).await;
    };
    let picked: Vec<_> = form.0.into_iter().filter(|(name, _)| name == "order").map(|(_, order)| order).collect();
    let ticked = Filled::default().with("order", picked.join("\n"));
    match recognition::file(&centre, caller, (&standing.id, &picked), visit.now).await? {
        Ok(()) => Ok(on(&visit, "已提交，由人核对")),
        Err(NotFiled::Nothing) => again(&visit, "orders", ticked.error("order", "请至少选一个你买过的")).await,
        Err(NotFiled::TooMany) => again(&visit, "orders", ticked.refused(TOO_MANY)).await,
        Err(NotFiled::TooFew) => again(&visit, "orders", Filled::default()).await,
        Err(NotFiled::Refused(refusal)) => refused(&visit, refusal).await,
    }
}

pub(super) async fn take_back(visit: Visit) -> Answer {
    match store::request(&visit, visit.caller()?, Request::TakeBackReview).await? {
        Ok(_) => Ok(on(&visit, "已取消核对，请换一种方式验证")),
        Err(refusal) => refused(&visit, refusal).await,
    }
}
