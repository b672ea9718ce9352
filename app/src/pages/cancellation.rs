//! 注销账号: what goes, what stays; proof; one confirmation; the state, and the way back.

use leptos::prelude::*;

use super::cancellation_plan;
use super::sign_in::Way;
use crate::cancellation::model::{Cancellation, Kept, Obstacle, State};
use crate::cancellation::plan::Plan;
use crate::menu::Place;
use crate::promises::COOLING_OFF;
use crate::time::DAY;
use crate::ui::{Filled, HiddenField, SendCode, SubmitButton, TextField};

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Model {
    /// What stands, if anything.
    pub standing: Option<Cancellation>,
    /// What goes, what stays, and who is told, as far as it is shown at this step.
    pub plan: Plan,
    /// What a law keeps.
    pub kept: Vec<Kept>,
    /// What stands in the way.
    pub obstacles: Vec<Obstacle>,
    /// Where codes go, `138****5678`.
    pub masked_phone: String,
    /// Password or code.
    pub way: Way,
    /// What is wrong.
    pub filled: Filled,
    /// Seconds until another code may be asked for.
    pub pause: i32,
}

/// The page, at whichever step the cancellation stands.
pub fn view(model: Model) -> AnyView {
    let state = model.standing.map(|c| c.state);
    let body = match state {
        Some(State::AwaitingProof) => proof(&model),
        Some(State::Checked | State::Blocked) => confirmation(&model),
        Some(State::CoolingOff | State::Executing) => return submitted(&model),
        _ => overview(&model),
    };
    view! {
        {steps(state)}
        {model.filled.refusal_view()}
        {body}
    }
    .into_any()
}

fn steps(state: Option<State>) -> AnyView {
    let at = match state {
        Some(State::AwaitingProof) => 1,
        Some(State::Checked | State::Blocked) => 2,
        Some(State::CoolingOff | State::Executing) => 3,
        _ => 0,
    };
    let names = ["了解后果", "验证身份", "确认", "冷静期"];
    let items = names.into_iter().enumerate().map(|(n, name)| {
        let (mark, current) = match n.cmp(&at) {
            std::cmp::Ordering::Less => ("done", None),
            std::cmp::Ordering::Equal => ("current", Some("step")),
            std::cmp::Ordering::Greater => ("todo", None),
        };
        view! { <li data-state=mark aria-current=current>{name}</li> }
    });
    view! { <ol class="steps" aria-label="注销步骤">{items.collect::<Vec<_>>()}</ol> }.into_any()
}

fn overview(model: &Model) -> AnyView {
    let days = COOLING_OFF / DAY;
    view! {
        <p class="lead">{format!("注销后，账号和下面的信息会永久删除，包括备份。提交后有{days}天冷静期，期间随时可以撤回。")}</p>
        {cancellation_plan::view(model.plan.clone())}
        <section class="notice notice-warn">
            <p class="notice-title">"这些也会失去"</p>
            <p>"优惠券、积分、关注和第三方账号绑定。手机号和用户名可以重新注册，但新账号看不到现在的任何内容。"</p>
        </section>
        <form class="form" method="post" action="/settings/about/more/cancel/begin">
            <SubmitButton label="我已了解，继续" />
            <a class="button button-plain" href=Place::More.path()>"先不注销"</a>
        </form>
    }
    .into_any()
}

fn proof(model: &Model) -> AnyView {
    let Model { way, filled, masked_phone, pause, .. } = model.clone();
    let here = Place::Cancellation.path();
    let (other_label, other_href) = match way {
        Way::Password => ("改用短信验证码", format!("{here}?by=code")),
        Way::Code => ("改用密码", here.to_owned()),
    };
    let field = match way {
        Way::Password => view! {
            <TextField filled=filled name="password" label="密码" kind="password" autocomplete="current-password" maxlength=64 />
        }
        .into_any(),
        Way::Code => view! {
            <TextField
                filled=filled name="code" label="验证码" inputmode="numeric" autocomplete="one-time-code" maxlength=6
                hint=format!("验证码会发送到 {masked_phone}")
            >
                <SendCode action="/settings/about/more/cancel/code".to_owned() pause=pause />
            </TextField>
        }
        .into_any(),
    };
    view! {
        <p class="lead">"注销不可恢复，请先验证是你本人。密码和短信验证码任选一种。"</p>
        <form class="form" method="post" action="/settings/about/more/cancel/proof">
            <HiddenField name="by" value=if way == Way::Code { "code" } else { "password" } />
            {field}
            <SubmitButton label="验证" />
            <div class="form-links"><a href=other_href>{other_label}</a></div>
        </form>
        {give_up("不注销了")}
    }
    .into_any()
}

fn confirmation(model: &Model) -> AnyView {
    let obstacles = model.obstacles.clone();
    let days = COOLING_OFF / DAY;
    if !obstacles.is_empty() {
        return view! {
            <section class="notice notice-warn">
                <p class="notice-title">"还有事情需要先处理"</p>
                <ul>{obstacles.into_iter().map(|o| view! { <li>{o.label()}</li> }).collect::<Vec<_>>()}</ul>
            </section>
            <form class="form" method="post" action="/settings/about/more/cancel/confirm">
                <SubmitButton label="已处理，重新检查" />
            </form>
            {give_up("不注销了")}
        }
        .into_any();
    }
    view! {
        <section class="notice notice-ok">
            <p class="notice-title">"身份已验证，没有阻碍注销的事项"</p>
            <p>{format!("确认后进入{days}天冷静期。到期前可以随时在这里撤回，登录账号不会自动撤回。")}</p>
        </section>
        <form class="form" method="post" action="/settings/about/more/cancel/confirm">
            <SubmitButton label="确认注销账号" danger=true />
        </form>
        {give_up("不注销了")}
    }
    .into_any()
}

fn submitted(model: &Model) -> AnyView {
    let standing = model.standing;
    let executing = standing.is_some_and(|c| c.state == State::Executing);
    let when = |at: Option<crate::time::Moment>| at.map(|at| view! { <time datetime=at.iso()>{at.date_time()}</time> });
    let kept = model.kept.clone();
    view! {
        {steps(standing.map(|c| c.state))}
        {model.filled.refusal_view()}
        <section class="notice notice-warn">
            <p class="notice-title">{if executing { "正在删除" } else { "注销申请已提交" }}</p>
            <dl class="details">
                <dt>"状态"</dt><dd>{standing.map(|c| c.state.label())}</dd>
                <dt>"提交时间"</dt><dd>{when(standing.and_then(|c| c.submitted_at))}</dd>
                <dt>"冷静期结束"</dt><dd>{when(standing.and_then(|c| c.due_at))}</dd>
            </dl>
            <p>"冷静期结束后开始删除，最迟15个工作日完成。登录账号不会撤回申请。"</p>
        </section>
        {(!executing).then(|| view! {
            <form class="form" method="post" action="/settings/about/more/cancel/withdraw">
                <SubmitButton label="撤回注销申请" />
            </form>
        })}
        <section class="cells">
            <h2 class="cells-title">"依法保留"</h2>
            <ul class="keep-list">
                {kept.into_iter().map(|kept| view! {
                    <li><strong>{kept.kinds.join("、")}</strong><span>{format!("{}，保留{}", kept.law, kept.until)}</span></li>
                }).collect::<Vec<_>>()}
            </ul>
        </section>
    }
    .into_any()
}

fn give_up(label: &'static str) -> AnyView {
    view! {
        <form method="post" action="/settings/about/more/cancel/withdraw">
            <button class="button button-plain" type="submit">{label}</button>
        </form>
    }
    .into_any()
}
