//! 条件检查 and 确认: what has to be settled first, each with its cure; then the one confirmation.

use leptos::prelude::*;

use super::{Looked, Model, give_up, losses, obstacle};
use crate::cancellation::affair::{Loss, Obstacle, yuan};
use crate::cancellation::waiver::sentence;
use crate::promises::COOLING_OFF;
use crate::time::DAY;
use crate::ui::{Filled, HiddenField, SubmitButton};

pub(super) fn view(model: &Model) -> AnyView {
    match &model.looked {
        Looked::Known { obstacles, given_up, losses } if obstacles.is_empty() => free(model, given_up, losses),
        Looked::Known { obstacles, given_up, .. } => blocked(model, obstacles, given_up),
        Looked::Unknown | Looked::NotAsked => unknown(),
    }
}

fn unknown() -> AnyView {
    view! {
        <section class="notice notice-warn">
            <h2 class="notice-title">"现在查不到是否有事要先处理"</h2>
            <p>"查询订单和余额的服务没有回应。刚才的验证没有丢，请稍后再试。"</p>
        </section>
        {check_again("再试一次")}
        {give_up()}
    }
    .into_any()
}

fn check_again(label: &'static str) -> AnyView {
    view! {
        <form class="form" method="post" action="/settings/about/more/cancel/check">
            <SubmitButton label=label />
        </form>
    }
    .into_any()
}

fn blocked(model: &Model, obstacles: &[Obstacle], given_up: &[Obstacle]) -> AnyView {
    let open = obstacles.iter().enumerate().map(|(n, one)| {
        let waiver = one.amount.map(|amount| waiver(&model.filled, n, &one.id, amount));
        obstacle(one, waiver)
    });
    view! {
        <section class="notice notice-warn">
            <h2 class="notice-title">"还有事情需要先处理"</h2>
            <p>"处理好后回到这里重新检查。除了下面这些，没有其他条件。"</p>
        </section>
        <section class="cells">
            <h2 class="cells-title">{format!("要处理的 {} 件事", obstacles.len())}</h2>
            <ul class="keep-list">{open.collect::<Vec<_>>()}</ul>
        </section>
        {waived(given_up)}
        {check_again("已处理，重新检查")}
        {give_up()}
    }
    .into_any()
}

fn waived(given_up: &[Obstacle]) -> Option<AnyView> {
    let all: Vec<_> = given_up
        .iter()
        .map(|one| view! { <li><strong>{format!("已书面放弃{}", yuan(one.amount.unwrap_or_default()))}</strong><span>{one.detail.clone()}</span></li> })
        .collect();
    (!all.is_empty()).then(|| {
        view! {
            <section class="cells">
                <h2 class="cells-title">"放弃的余额"</h2>
                <ul class="keep-list">{all}</ul>
                <p class="cells-tips">"撤回注销申请，放弃也随之作废。"</p>
            </section>
        }
        .into_any()
    })
}

/// Giving money up: a sentence is typed that names the amount.
fn waiver(filled: &Filled, n: usize, id: &str, amount: i64) -> AnyView {
    let mine = filled.value("obstacle") == id;
    let error = filled.error_of("sentence").filter(|_| mine);
    let typed = if mine { filled.value("sentence") } else { String::new() };
    let (field, hint_id, error_id) =
        (format!("sentence-{n}"), format!("sentence-{n}-hint"), format!("sentence-{n}-error"));
    let described_by = if error.is_some() { format!("{error_id} {hint_id}") } else { hint_id.clone() };
    view! {
        <details class="confirm" open=mine>
            <summary class="button button-plain button-small">"不提现，书面放弃"</summary>
            <form method="post" action="/settings/about/more/cancel/waive">
                <HiddenField name="obstacle" value=id />
                <div class="field waiver">
                    <label for=field.clone()>"写下放弃声明"</label>
                    <input
                        id=field.clone() name="sentence" type="text" value=typed autocomplete="off" maxlength=60 required
                        aria-invalid=error.is_some().then_some("true") aria-describedby=described_by autofocus=error.is_some()
                    />
                    {error.map(|text| view! { <p class="field-error" id=error_id role="alert">{text}</p> })}
                    <p class="field-hint" id=hint_id>{format!("请写：{}", sentence(amount))}</p>
                </div>
                <button class="button button-danger" type="submit">{format!("放弃{}", yuan(amount))}</button>
            </form>
        </details>
    }
    .into_any()
}

fn free(model: &Model, given_up: &[Obstacle], lost: &[Loss]) -> AnyView {
    let days = COOLING_OFF / DAY;
    view! {
        <section class="notice notice-ok">
            <h2 class="notice-title">"身份已验证，没有事情要先处理"</h2>
            <p>{format!("确认后进入{days}天冷静期，账号和信息只保存、不使用。到期前可以随时在这里撤回，登录账号不会自动撤回。")}</p>
        </section>
        {waived(given_up)}
        {(!lost.is_empty()).then(|| losses(lost))}
        <form class="form" method="post" action="/settings/about/more/cancel/confirm">
            <SubmitButton label="确认注销账号" danger=true />
        </form>
        {give_up()}
        {at_once("/settings/about/more/cancel/confirm-at-once", &model.filled)}
    }
    .into_any()
}

/// 立即注销, apart from the rest, with a tick of its own.
pub(super) fn at_once(action: &'static str, filled: &Filled) -> AnyView {
    let error = filled.error_of("understood");
    let wrong = error.is_some();
    view! {
        <section class="cells at-once">
            <h2 class="cells-title">"不想等冷静期"</h2>
            <form class="form" method="post" action=action>
                <div class="field">
                    <label class="choice">
                        <input
                            type="checkbox" name="understood" value="true"
                            aria-invalid=wrong.then_some("true")
                            autofocus=wrong
                            aria-describedby=wrong.then_some("understood-error")
                        />
                        <span>"我知道立即注销后不能撤回"</span>
                    </label>
                    {error.map(|text| view! { <p class="field-error" id="understood-error" role="alert">{text}</p> })}
                </div>
                <button class="button button-danger" type="submit">"立即注销"</button>
            </form>
        </section>
    }
    .into_any()
}
