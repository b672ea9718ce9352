//! 注销账号: what goes, what stays; proof; what has to be settled first; one confirmation; the state, and the way back.
//!
//! | step | look in |
//! |---|---|
//! | 了解后果, and why the last attempt was refused | `overview.rs`, `plan.rs` |
//! | 验证身份 | `proof.rs` |
//! | 条件检查 and 确认 | `conditions.rs` |
//! | 冷静期, 执行中 | `under_way.rs` |

mod conditions;
mod overview;
mod plan;
mod proof;
mod under_way;

use leptos::prelude::*;

use super::lost;
use crate::cancellation::affair::{Loss, Obstacle};
use crate::cancellation::model::{Cancellation, Kept, Reason, State};
use crate::cancellation::plan::Plan;
use crate::lost::model::Claimed;
use crate::time::Moment;
use crate::ui::Filled;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Model {
    /// What stands, if anything.
    pub standing: Option<Cancellation>,
    /// Why the last attempt was refused, if it was and none was begun since.
    pub refused: Option<Refused>,
    /// What goes, what stays, and who is told, as far as it is shown at this step.
    pub plan: Plan,
    /// What a law keeps.
    pub kept: Vec<Kept>,
    /// What stands in the way and what is lost.
    pub looked: Looked,
    /// Where codes go, `138****5678`.
    pub masked_phone: String,
    /// On which way it is proved who asks.
    pub way: Way,
    /// Lies with a human.
    pub review: Option<Review>,
    /// What somebody claims who is not signed in, and no human has looked at yet.
    pub claims: Vec<Claimed>,
    /// It was begun by such a claim.
    pub by_claim: bool,
    /// Proved again, within five minutes, who asks.
    pub stepped_up: bool,
    /// The last day by which all is erased.
    pub done_by: Option<String>,
    /// What is wrong.
    pub filled: Filled,
    /// Seconds until another code may be asked for.
    pub pause: i32,
    /// Now.
    pub now: Moment,
}

/// A way to prove who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// 密码.
    Password,
    /// 短信验证码.
    Code,
    /// Recent orders, among others that are not one's own; none when there are too few.
    Orders(Vec<String>),
}

/// What stands in the way and what is lost, as far as it was looked up.
#[derive(Clone, Debug)]
pub enum Looked {
    /// It was.
    Known {
        /// What stands in the way.
        obstacles: Vec<Obstacle>,
        /// Money that was given up in writing.
        given_up: Vec<Obstacle>,
        /// What is lost.
        losses: Vec<Loss>,
    },
    /// It could not be.
    Unknown,
    /// Nobody needs it on this step.
    NotAsked,
}

/// An attempt that was refused.
#[derive(Clone, Debug)]
pub struct Refused {
    /// When.
    pub at: Moment,
    /// Why.
    pub reason: Reason,
    /// What stood in the way then.
    pub obstacles: Vec<Obstacle>,
}

/// A human looks at what was recognised.
#[derive(Clone, Debug)]
pub struct Review {
    /// What to quote.
    pub number: String,
    /// The last day by which it is answered.
    pub answer_by: String,
    /// Where its answer will stand.
    pub path: String,
}

/// The page, at whichever step the cancellation stands.
pub fn view(model: Model) -> AnyView {
    let state = model.standing.map(|c| c.state);
    let body = match state {
        Some(State::AwaitingProof) if model.review.is_some() => proof::in_review(&model),
        Some(State::AwaitingProof) => proof::view(&model),
        Some(State::Checked | State::Blocked) => conditions::view(&model),
        Some(State::CoolingOff | State::Executing) => under_way::view(&model),
        _ => overview::view(&model),
    };
    view! {
        {steps(state)}
        {model.filled.refusal_view()}
        {lost::claimed(model.claims)}
        {body}
    }
    .into_any()
}

fn steps(state: Option<State>) -> AnyView {
    let at = match state {
        Some(State::AwaitingProof) => 1,
        Some(State::Checked | State::Blocked) => 2,
        Some(State::CoolingOff) => 3,
        Some(State::Executing) => 4,
        _ => 0,
    };
    let names = ["了解", "验证", "确认", "冷静期", "删除"];
    let items = names.into_iter().enumerate().map(|(n, name)| {
        let (mark, current) = match n.cmp(&at) {
            std::cmp::Ordering::Less => ("done", None),
            std::cmp::Ordering::Equal => ("current", Some("step")),
            std::cmp::Ordering::Greater => ("todo", None),
        };
        let done = (mark == "done").then(|| view! { <span class="visually-hidden">"已完成"</span> });
        view! { <li data-state=mark aria-current=current>{name}{done}</li> }
    });
    view! { <ol class="steps" aria-label="注销步骤">{items.collect::<Vec<_>>()}</ol> }.into_any()
}

/// What the law keeps.
fn kept(model: &Model) -> AnyView {
    let kept = model.kept.clone().into_iter().map(|kept| {
        view! {
            <li>
                <strong>{kept.kinds.join("、")}</strong>
                <span>{format!("{}，保留期：{}", kept.law, kept.until)}</span>
            </li>
        }
    });
    view! {
        <section class="cells">
            <h2 class="cells-title">"依法保留"</h2>
            <ul class="keep-list">{kept.collect::<Vec<_>>()}</ul>
            <p class="cells-tips">"保留的部分单独存放，只用于履行法律义务，到期自动删除。"</p>
        </section>
    }
    .into_any()
}

/// What is lost, each with which.
fn losses(losses: &[Loss]) -> AnyView {
    let lost = losses
        .iter()
        .map(|loss| view! { <li><strong>{loss.kind.label()}</strong><span>{loss.detail.clone()}</span></li> });
    view! {
        <section class="cells">
            <h2 class="cells-title">"这些也会失去"</h2>
            <ul class="keep-list">{lost.collect::<Vec<_>>()}</ul>
            <p class="cells-tips">"不影响注销。能用的可以先用掉；第三方账号由我们解除绑定。"</p>
        </section>
    }
    .into_any()
}

/// Something that stands in the way, with the page that solves it.
fn obstacle(obstacle: &Obstacle, more: Option<AnyView>) -> AnyView {
    let Obstacle { kind, detail, link, .. } = obstacle.clone();
    view! {
        <li>
            <strong>{kind.label()}</strong>
            <span>{detail}</span>
            <span class="text-links"><a href=link rel="noopener noreferrer">{kind.cure()}</a></span>
            {more}
        </li>
    }
    .into_any()
}

fn time(at: Moment) -> AnyView {
    view! { <time datetime=at.iso()>{at.date_time()}</time> }.into_any()
}

fn give_up() -> AnyView {
    view! {
        <form method="post" action="/settings/about/more/cancel/withdraw">
            <button class="button button-plain" type="submit">"不注销了"</button>
        </form>
    }
    .into_any()
}
