//! 关于一点生活-live → 更多 → 注销账号.

use app::accounts::model::{CodeUse, Password};
use app::cancellation::model::State as Reached;
use app::cancellation::plan::Plan;
use app::cancellation::rules::{Refusal, Request};
use app::menu::Place;
use app::pages::sign_in::Way;
use app::pages::{about, cancellation};
use app::ui::Filled;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::store::{self, NotProved};
use crate::accounts::proof::{self, Proof, Unproved};
use crate::accounts::{codes, store as accounts};
use crate::centre::Centre;
use crate::execution::plan;
use crate::web::guard::Access;
use crate::web::router::Route;
use crate::web::{Answer, Fault, Input, Visit};

/// The capability's routes.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::page(Place::About, show_about),
        Route::page(Place::More, show_more),
        Route::page(Place::Cancellation, show),
        Route::post("/settings/about/more/cancel/begin", Access::SignedIn, begin),
        Route::post("/settings/about/more/cancel/code", Access::SignedIn, send_code),
        Route::post("/settings/about/more/cancel/proof", Access::SignedIn, prove),
        Route::post("/settings/about/more/cancel/confirm", Access::SignedIn, confirm),
        Route::post("/settings/about/more/cancel/withdraw", Access::SignedIn, withdraw),
    ]
}

async fn show_about(visit: Visit) -> Answer {
    Ok(visit.page(Place::About, || {
        about::view(env!("CARGO_PKG_VERSION"), &visit.centre.catalogue.policy().in_force(visit.now).number)
    }))
}

async fn show_more(State(centre): State<Centre>, visit: Visit) -> Answer {
    let due = store::due_at(&centre, visit.caller()?.person).await?;
    Ok(visit.page(Place::More, || about::more(due.map(|at| at.date()))))
}

#[derive(Deserialize)]
struct Ask {
    #[serde(default)]
    by: String,
}

fn way(by: &str) -> Way {
    if by == "code" { Way::Code } else { Way::Password }
}

async fn model(visit: &Visit, way: Way, filled: Filled) -> Result<cancellation::Model, Fault> {
    let (centre, caller) = (&visit.centre, visit.caller()?);
    let standing = store::standing(centre, caller.person, visit.now).await?;
    let is_begun = standing.is_some_and(|c| c.state != Reached::Draft);
    Ok(cancellation::Model {
        standing,
        // Counted where it is shown: before the first step.
        plan: if is_begun { Plan::default() } else { plan::of(centre, caller).await? },
        kept: centre.catalogue.data().kept(),
        obstacles: store::obstacles(),
        masked_phone: accounts::identity(centre, caller).await?.phone.masked(),
        way,
        filled,
        pause: 0,
    })
}

async fn show(visit: Visit, Query(ask): Query<Ask>) -> Answer {
    let model = model(&visit, way(&ask.by), Filled::default()).await?;
    Ok(visit.page(Place::Cancellation, || cancellation::view(model)))
}

/// The page again, at whichever step it stands, with what is wrong.
async fn again(visit: &Visit, way: Way, filled: Filled) -> Answer {
    let message = filled.first_error().unwrap_or_default();
    let model = model(visit, way, filled).await?;
    Ok(visit.refuse(&message, Place::Cancellation, || cancellation::view(model)))
}

async fn refused(visit: &Visit, refusal: Refusal) -> Answer {
    again(visit, Way::Password, Filled::default().refused(refusal.message())).await
}

fn on(visit: &Visit, notice: &str) -> Response {
    visit.done(notice, Place::Cancellation.path(), &[])
}

async fn begin(visit: Visit) -> Answer {
    match store::begin(&visit, visit.caller()?).await? {
        Ok(_) => Ok(on(&visit, "请验证身份")),
        Err(refusal) => refused(&visit, refusal).await,
    }
}

async fn send_code(State(centre): State<Centre>, visit: Visit) -> Answer {
    let phone = accounts::identity(&centre, visit.caller()?).await?.phone;
    if let Err(no_code) = codes::request(&centre, &phone, CodeUse::Cancel, true, visit.now).await? {
        return again(&visit, Way::Code, Filled::default().error("code", no_code.message())).await;
    }
    let notice = "验证码已发送";
    if visit.wants_json {
        return Ok(on(&visit, notice));
    }
    let mut model = model(&visit, Way::Code, Filled::default()).await?;
    model.pause = codes::pause_seconds(&visit.centre);
    Ok(visit.page_saying(notice, Place::Cancellation, || cancellation::view(model)))
}

#[derive(Deserialize)]
struct ProofForm {
    #[serde(default)]
    by: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
}

async fn prove(State(centre): State<Centre>, visit: Visit, Input(form): Input<ProofForm>) -> Answer {
    let caller = visit.caller()?;
    let phone = accounts::identity(&centre, caller).await?.phone;
    let way = way(&form.by);
    let proof = match way {
        Way::Password => Proof::Password(Password::typed(&form.password)),
        Way::Code => Proof::Code(form.code),
    };
    let wrong = |unproved: Unproved| match unproved {
        Unproved::Password => Filled::default().error("password", "密码不对。"),
        Unproved::Code => Filled::default().error("code", unproved.message()),
        Unproved::TooMany | Unproved::TooManyPasswords => Filled::default().refused(unproved.message()),
    };
    let checked = match proof::check(&visit, &phone, &proof, CodeUse::Cancel).await? {
        Ok(checked) => checked,
        Err(unproved) => return again(&visit, way, wrong(unproved)).await,
    };
    match store::prove(&visit, caller, checked).await? {
        Ok(_) => Ok(on(&visit, "身份已验证")),
        Err(NotProved::Unproved(unproved)) => again(&visit, way, wrong(unproved)).await,
        Err(NotProved::Refused(refusal)) => refused(&visit, refusal).await,
    }
}

async fn confirm(visit: Visit) -> Answer {
    match store::request(&visit, visit.caller()?, Request::Confirm(&store::obstacles())).await? {
        Ok(c) if c.submitted_at.is_some() => Ok(on(&visit, "注销申请已提交")),
        Ok(_) => Ok(on(&visit, "还有事情需要先处理")),
        // Back to the proof: nothing that was read or decided is lost.
        Err(Refusal::ProveFirst) => {
            let back = store::request(&visit, visit.caller()?, Request::Read).await?;
            refused(&visit, back.err().unwrap_or(Refusal::ProveFirst)).await
        }
        Err(refusal) => refused(&visit, refusal).await,
    }
}

async fn withdraw(visit: Visit) -> Answer {
    match store::request(&visit, visit.caller()?, Request::Withdraw).await? {
        Ok(_) => Ok(on(&visit, "已撤回，账号照常使用")),
        Err(refusal) => refused(&visit, refusal).await,
    }
}
