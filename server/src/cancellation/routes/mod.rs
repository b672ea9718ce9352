//! 关于一点生活-live → 更多 → 注销账号: the page at each step, and the steps; proofs are in `prove.rs`.

mod prove;

use app::cancellation::model::State as Stage;
use app::cancellation::plan::Plan;
use app::cancellation::rules::{Pace, Refusal, Request};
use app::menu::Place;
use app::pages::cancellation::{Looked, Model, Review, Way};
use app::pages::{about, cancellation};
use app::promises::ANSWER_WORKING_DAYS;
use app::ui::Filled;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::recognition;
use super::store::{self, Open, Standing};
use super::waivers::{self, NotWaived};
use crate::accounts::store as accounts;
use crate::centre::Centre;
use crate::execution::plan;
use crate::lost::{claims, follow};
use crate::requests::store as requests;
use crate::web::guard::Access;
use crate::web::router::Route;
use crate::web::{Answer, Fault, Input, Query, Visit};

/// The capability's routes.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::page(Place::About, show_about),
        Route::page(Place::More, show_more),
        Route::page(Place::Cancellation, show),
        Route::post("/settings/about/more/cancel/begin", Access::SignedIn, begin),
        Route::post("/settings/about/more/cancel/code", Access::SignedIn, prove::send_code),
        Route::post("/settings/about/more/cancel/proof", Access::SignedIn, prove::prove),
        Route::post("/settings/about/more/cancel/orders", Access::SignedIn, prove::recognise),
        Route::post("/settings/about/more/cancel/orders/take-back", Access::SignedIn, prove::take_back),
        Route::post("/settings/about/more/cancel/check", Access::SignedIn, check),
        Route::post("/settings/about/more/cancel/waive", Access::SignedIn, waive),
        Route::post("/settings/about/more/cancel/confirm", Access::SignedIn, confirm),
        Route::post("/settings/about/more/cancel/confirm-at-once", Access::SignedIn, confirm_at_once),
        Route::post("/settings/about/more/cancel/hasten", Access::EvenLeaving, hasten),
        Route::post("/settings/about/more/cancel/withdraw", Access::EvenLeaving, withdraw),
    ]
}

async fn show_about(visit: Visit) -> Answer {
    Ok(visit.page(Place::About, || {
        about::view(env!("CARGO_PKG_VERSION"), &visit.centre.catalogue.policy().in_force(visit.now).number)
    }))
}

async fn show_more(visit: Visit) -> Answer {
    Ok(visit.page(Place::More, about::more))
}

#[derive(Deserialize)]
struct Ask {
    #[serde(default)]
    by: String,
}

/// What stands in the way, as far as the step shows it.
async fn looked(visit: &Visit, standing: Option<&Standing>) -> Result<Looked, Fault> {
    let wanted =
        standing.is_none_or(|s| matches!(s.cancellation.state, Stage::Draft | Stage::Checked | Stage::Blocked));
    if !wanted {
        return Ok(Looked::NotAsked);
    }
    let open = store::look(&visit.centre, visit.caller()?, standing.map(|s| s.id.as_str())).await?;
    Ok(open.map_or(Looked::Unknown, |Open { obstacles, given_up, losses }| Looked::Known {
        obstacles,
        given_up,
        losses,
    }))
}

/// The way to prove who asks that a page or form names.
async fn way(visit: &Visit, by: &str, standing: Option<&Standing>) -> Result<Way, Fault> {
    Ok(match (by, standing) {
        ("code", _) => Way::Code,
        ("orders", Some(standing)) => {
            let shown = recognition::shown(&visit.centre, visit.caller()?, &standing.id, visit.now).await?;
            Way::Orders(shown.map_or(Vec::new(), |shown| shown.all))
        }
        _ => Way::Password,
    })
}

async fn model(visit: &Visit, by: &str, filled: Filled) -> Result<Model, Fault> {
    let (centre, caller) = (&visit.centre, visit.caller()?);
    let standing = store::standing(centre, caller.person, visit.now).await?;
    let review = match standing.as_ref().and_then(|standing| standing.review) {
        Some(id) => requests::request(centre, caller, id).await?,
        None => None,
    };
    let is_begun = standing.as_ref().is_some_and(|standing| standing.cancellation.state != Stage::Draft);
    let submitted = standing.as_ref().and_then(|standing| standing.cancellation.submitted_at);
    Ok(Model {
        refused: if standing.is_none() { store::refused(centre, caller).await? } else { None },
        // Counted where it is shown: before the first step.
        plan: if is_begun { Plan::default() } else { plan::of(centre, caller).await? },
        kept: centre.catalogue.data().kept(),
        looked: looked(visit, standing.as_ref()).await?,
        masked_phone: accounts::identity(centre, caller).await?.phone.masked(),
        way: way(visit, by, standing.as_ref()).await?,
        review: review.map(|review| Review {
            path: format!("{}/{}", Place::Requests.path(), review.id),
            number: review.number,
            answer_by: review.due_at.date(),
        }),
        claims: if submitted.is_none() { claims::to_account_of(centre, caller).await? } else { Vec::new() },
        by_claim: follow::is_by_claim(&centre.data, caller.person).await?,
        stepped_up: caller.has_stepped_up(visit.now),
        done_by: submitted.map(|at| centre.catalogue.working_days().after(at, ANSWER_WORKING_DAYS).date()),
        standing: standing.map(|standing| standing.cancellation),
        filled,
        pause: 0,
        now: visit.now,
    })
}

async fn show(visit: Visit, Query(ask): Query<Ask>) -> Answer {
    let model = model(&visit, &ask.by, Filled::default()).await?;
    Ok(visit.page(Place::Cancellation, || cancellation::view(model)))
}

/// The page again, at whichever step it stands, with what is wrong.
async fn again(visit: &Visit, by: &str, filled: Filled) -> Answer {
    let message = filled.first_error().unwrap_or_default();
    let model = model(visit, by, filled).await?;
    Ok(visit.refuse(&message, Place::Cancellation, || cancellation::view(model)))
}

async fn refused(visit: &Visit, refusal: Refusal) -> Answer {
    again(visit, "", Filled::default().refused(refusal.message())).await
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

const TO_SETTLE: &str = "还有事情需要先处理";
const NOT_KNOWN: &str = "现在查不到是否有事要先处理，什么都没有提交。请稍后再试。";

/// What stands in the way of what is open, if it can be looked up; else the page that says so.
async fn open_now(visit: &Visit) -> Result<Result<Open, Response>, Fault> {
    let caller = visit.caller()?;
    let attempt = store::standing(&visit.centre, caller.person, visit.now).await?.map(|standing| standing.id);
    match store::look(&visit.centre, caller, attempt.as_deref()).await? {
        Some(open) => Ok(Ok(open)),
        None => Ok(Err(again(visit, "", Filled::default().refused(NOT_KNOWN)).await?)),
    }
}

async fn check(visit: Visit) -> Answer {
    let open = match open_now(&visit).await? {
        Ok(open) => open,
        Err(page) => return Ok(page),
    };
    match store::request(&visit, visit.caller()?, Request::Check(&open.obstacles)).await? {
        Ok(c) if c.state == Stage::Blocked => Ok(on(&visit, TO_SETTLE)),
        Ok(_) => Ok(on(&visit, "已重新检查，没有阻碍")),
        Err(refusal) => refused(&visit, refusal).await,
    }
}

#[derive(Deserialize)]
struct WaiverForm {
    #[serde(default)]
    obstacle: String,
    #[serde(default)]
    sentence: String,
}

async fn waive(State(centre): State<Centre>, visit: Visit, Input(form): Input<WaiverForm>) -> Answer {
    let caller = visit.caller()?;
    let open = match open_now(&visit).await? {
        Ok(open) => open,
        Err(page) => return Ok(page),
    };
    let WaiverForm { obstacle, sentence } = form;
    match waivers::give_up(&centre, caller, (&open, &obstacle, &sentence), visit.now).await? {
        Ok(()) => {}
        Err(NotWaived::Words) => {
            let filled = Filled::default().with("obstacle", obstacle).with("sentence", sentence);
            return again(&visit, "", filled.error("sentence", "和要写的不一样，请照着下面的句子写")).await;
        }
        Err(NotWaived::Nothing) => {
            return again(&visit, "", Filled::default().refused("这笔余额已经变化或者结清，请看现在的情况。")).await;
        }
        Err(NotWaived::NotProved) => return refused(&visit, Refusal::ProveFirst).await,
    }
    let left = open.obstacles.into_iter().filter(|one| one.id != obstacle).collect::<Vec<_>>();
    match store::request(&visit, caller, Request::Check(&left)).await? {
        Ok(_) => Ok(on(&visit, "已书面放弃这笔余额")),
        Err(refusal) => refused(&visit, refusal).await,
    }
}

async fn confirm(visit: Visit) -> Answer {
    submit(&visit, Pace::CoolingOff).await
}

/// A box that is ticked.
#[derive(Deserialize)]
struct Understood {
    #[serde(default)]
    understood: bool,
}

const TICK: &str = "请先勾选：立即注销后不能撤回";

async fn confirm_at_once(visit: Visit, Input(form): Input<Understood>) -> Answer {
    if !form.understood {
        return again(&visit, "", Filled::default().error("understood", TICK)).await;
    }
    submit(&visit, Pace::AtOnce).await
}

async fn submit(visit: &Visit, pace: Pace) -> Answer {
    let caller = visit.caller()?;
    let open = match open_now(visit).await? {
        Ok(open) => open,
        Err(page) => return Ok(page),
    };
    match store::request(visit, caller, Request::Confirm(&open.obstacles, pace)).await? {
        Ok(c) if !c.is_under_way() => Ok(on(visit, TO_SETTLE)),
        Ok(_) if pace == Pace::AtOnce => at_once(visit).await,
        Ok(_) => Ok(on(visit, "注销申请已提交")),
        // Back to the proof: nothing that was read or decided is lost.
        Err(Refusal::ProveFirst) => {
            let back = store::request(visit, caller, Request::Read).await?;
            refused(visit, back.err().unwrap_or(Refusal::ProveFirst)).await
        }
        Err(refusal) => refused(visit, refusal).await,
    }
}

/// Begins now what the job would begin in a few seconds.
async fn at_once(visit: &Visit) -> Answer {
    store::execute(&visit.centre, visit.caller()?.person, visit.now).await?;
    Ok(on(visit, "已提交，立即执行"))
}

async fn hasten(visit: Visit, Input(form): Input<Understood>) -> Answer {
    if !form.understood {
        return again(&visit, "", Filled::default().error("understood", TICK)).await;
    }
    let caller = visit.caller()?;
    match store::request(&visit, caller, Request::Hasten(caller.stepped_up_at)).await? {
        Ok(_) => at_once(&visit).await,
        Err(refusal) => refused(&visit, refusal).await,
    }
}

async fn withdraw(visit: Visit) -> Answer {
    match store::request(&visit, visit.caller()?, Request::Withdraw).await? {
        Ok(_) => Ok(on(&visit, "已撤回，账号照常使用")),
        Err(refusal) => refused(&visit, refusal).await,
    }
}
