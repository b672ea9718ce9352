//! 冷静期 and 执行中: what stands, when it ends, and how to take it back. The only page that a leaving person has.

use leptos::prelude::*;

use super::conditions::at_once;
use super::{Model, kept, time};
use crate::cancellation::model::{Cancellation, State};
use crate::menu::Place;
use crate::promises::COOLING_OFF_NOTICE;
use crate::time::Moment;
use crate::ui::SubmitButton;

pub(super) fn view(model: &Model) -> AnyView {
    let Some(c) = model.standing else { return ().into_any() };
    let executing = c.state == State::Executing;
    view! {
        {if executing { running(model) } else { cooling_off(model, &c) }}
        {timeline(model, &c)}
        {(!executing).then(|| hasten(model))}
        {kept(model)}
        <form method="post" action="/signout">
            <button class="button button-plain" type="submit">"退出登录"</button>
        </form>
    }
    .into_any()
}

fn cooling_off(model: &Model, c: &Cancellation) -> AnyView {
    let over = c.due_at.is_some_and(|due| due <= model.now);
    let title =
        if over { "冷静期已结束，正在最后检查一次" } else { "注销申请已提交，冷静期中" };
    view! {
        <section class="notice notice-warn">
            <h2 class="notice-title">{title}</h2>
            <dl class="details">
                <dt>"状态"</dt><dd>{c.state.label()}</dd>
                <dt>"提交时间"</dt><dd>{c.submitted_at.map(time)}</dd>
                <dt>"冷静期结束"</dt><dd>{c.due_at.map(time)}</dd>
            </dl>
            <p>"冷静期里，账号和信息只保存、不使用：其他页面打不开，不发营销消息，也不提供给任何人。登录账号不会撤回申请。"</p>
        </section>
        {model.by_claim.then(|| view! {
            <section class="notice notice-info">
                <p class="notice-title">"这次注销是在登录页提出的"</p>
                <p>"提出的人说手机号停用、密码忘了，我们核对后通过了。不是你本人提出的，点一下就能撤回，立即生效；然后请修改密码。"</p>
            </section>
        })}
        <form class="form" method="post" action="/settings/about/more/cancel/withdraw">
            <SubmitButton label=if model.by_claim { "不是我，撤回注销申请" } else { "撤回注销申请" } />
        </form>
    }
    .into_any()
}

fn running(model: &Model) -> AnyView {
    view! {
        <section class="notice notice-warn">
            <h2 class="notice-title">"正在删除"</h2>
            <dl class="details"><dt>"状态"</dt><dd>{State::Executing.label()}</dd></dl>
            <p>{format!("删除已经开始，不能再撤回。最迟{}完成，完成后短信告诉你。你不用再做什么，可以关闭这个页面。", model.done_by.clone().unwrap_or_default())}</p>
        </section>
    }
    .into_any()
}

fn timeline(model: &Model, c: &Cancellation) -> AnyView {
    let executing = c.state == State::Executing;
    let entry = |at: Option<Moment>, text: &str| {
        let text = text.to_owned();
        let state = if at.is_some_and(|at| at <= model.now) { "done" } else { "next" };
        view! { <li data-state=state>{at.map(time)}<p>{text}</p></li> }
    };
    let told_at =
        c.due_at.map(|due| due.plus(-COOLING_OFF_NOTICE)).filter(|at| c.submitted_at.is_some_and(|s| *at > s));
    let over = if executing {
        "最后检查没有阻碍，开始删除"
    } else {
        "冷静期结束，最后检查一次，没有阻碍就开始删除"
    };
    view! {
        <section class="cells">
            <h2 class="cells-title">{if executing { "进度" } else { "接下来" }}</h2>
            <ol class="timeline cancel-timeline">
                {entry(c.submitted_at, "提交申请，已短信告诉你")}
                {told_at.filter(|_| !executing).map(|at| entry(Some(at), "再短信提醒你一次，可以撤回"))}
                {entry(c.due_at, over)}
                {model.done_by.clone().map(|day| view! { <li data-state="next"><span>{format!("最迟{day}")}</span><p>"全部删除完成，短信告诉你删了什么、留了什么"</p></li> })}
            </ol>
        </section>
    }
    .into_any()
}

fn hasten(model: &Model) -> AnyView {
    if model.stepped_up {
        return at_once("/settings/about/more/cancel/hasten", &model.filled);
    }
    let next = format!("{}?next={}", Place::StepUp.path(), Place::Cancellation.path());
    view! {
        <section class="cells at-once">
            <h2 class="cells-title">"不想等冷静期"</h2>
            <a class="button button-plain" href=next>"验证身份后可以立即注销"</a>
        </section>
    }
    .into_any()
}
