//! 验证身份: by password, by code, or by orders that a human compares.

use leptos::prelude::*;

use super::{Model, Way, give_up};
use crate::menu::Place;
use crate::promises::{ANSWER_WORKING_DAYS, RECOGNISED_ORDERS_MIN, REVIEWED_PROOF_LIFE};
use crate::time::DAY;
use crate::ui::{HiddenField, SendCode, SubmitButton, TextField};

const BY_PASSWORD: (&str, &str) = ("用密码", "");
const BY_CODE: (&str, &str) = ("用短信验证码", "?by=code");
const BY_ORDERS: (&str, &str) = ("手机不在身边，也忘了密码", "?by=orders");

pub(super) fn view(model: &Model) -> AnyView {
    let (body, others) = match &model.way {
        Way::Password => (by_password(model), [BY_CODE, BY_ORDERS]),
        Way::Code => (by_code(model), [BY_PASSWORD, BY_ORDERS]),
        Way::Orders(orders) => (by_orders(model, orders), [BY_PASSWORD, BY_CODE]),
    };
    let here = Place::Cancellation.path();
    view! {
        {body}
        <div class="form-links">
            {others.into_iter().map(|(label, query)| view! { <a href=format!("{here}{query}")>{label}</a> }).collect::<Vec<_>>()}
        </div>
        <p class="cells-tips">"不需要身份证照片，不需要说明理由，也不会打电话给你。"</p>
        {give_up()}
    }
    .into_any()
}

const LEAD: &str = "注销不可恢复，请先验证是你本人。密码、短信验证码任选一种。";

fn by_password(model: &Model) -> AnyView {
    let filled = model.filled.clone();
    view! {
        <p class="lead">{LEAD}</p>
        <form class="form" method="post" action="/settings/about/more/cancel/proof">
            <HiddenField name="by" value="password" />
            <TextField filled=filled name="password" label="密码" kind="password" autocomplete="current-password" maxlength=64 />
            <SubmitButton label="验证" />
        </form>
    }
    .into_any()
}

fn by_code(model: &Model) -> AnyView {
    let (filled, hint, pause) = (model.filled.clone(), format!("验证码会发送到 {}", model.masked_phone), model.pause);
    view! {
        <p class="lead">{LEAD}</p>
        <form class="form" method="post" action="/settings/about/more/cancel/proof">
            <HiddenField name="by" value="code" />
            <TextField
                filled=filled name="code" label="验证码" inputmode="numeric" autocomplete="one-time-code" maxlength=6 hint=hint
            >
                <SendCode action="/settings/about/more/cancel/code".to_owned() pause=pause />
            </TextField>
            <SubmitButton label="验证" />
        </form>
    }
    .into_any()
}

fn by_orders(model: &Model, orders: &[String]) -> AnyView {
    if orders.is_empty() {
        return view! {
            <section class="notice notice-info">
                <h2 class="notice-title">"没法用订单核实"</h2>
                <p>{format!("最近6个月的订单不到{RECOGNISED_ORDERS_MIN}个。请用密码验证；忘了密码，可以请运营商补办手机卡，再用短信验证码。")}</p>
            </section>
        }
        .into_any();
    }
    let error = model.filled.error_of("order");
    let described_by = error.is_some().then_some("order-error");
    let ticked = model.filled.value("order");
    let wrong = error.is_some();
    let boxes = orders.iter().enumerate().map(|(n, order)| {
        let checked = ticked.lines().any(|one| one == order);
        view! {
            <label class="choice">
                <input type="checkbox" name="order" value=order.clone() checked=checked autofocus=wrong && n == 0 />
                <span>{order.clone()}</span>
            </label>
        }
    });
    view! {
        <p class="lead">{format!(
            "选出你最近6个月买过的，记得几个选几个。由人核对，最迟{ANSWER_WORKING_DAYS}个工作日答复。核对完，你的选择立即删除。"
        )}</p>
        <form class="form" method="post" action="/settings/about/more/cancel/orders">
            <fieldset class="choices" aria-describedby=described_by>
                <legend>"哪些是你买的"</legend>
                {boxes.collect::<Vec<_>>()}
                {error.map(|text| view! { <p class="field-error" id="order-error" role="alert">{text}</p> })}
            </fieldset>
            <SubmitButton label="提交核对" />
        </form>
    }
    .into_any()
}

/// What was recognised lies with a human.
pub(super) fn in_review(model: &Model) -> AnyView {
    let review = model.review.clone().map(|review| {
        view! {
            <section class="notice notice-info">
                <h2 class="notice-title">"你选的订单正在由人核对"</h2>
                <dl class="details">
                    <dt>"编号"</dt><dd><code>{review.number}</code></dd>
                    <dt>"最晚答复"</dt><dd>{review.answer_by}</dd>
                </dl>
                <p>{format!("核实后有{}天时间回到这里确认。等待期间账号照常使用，答复也会写在申请记录里。", REVIEWED_PROOF_LIFE / DAY)}</p>
                <p><a href=review.path>"查看申请"</a></p>
            </section>
        }
    });
    view! {
        {review}
        <form class="form" method="post" action="/settings/about/more/cancel/orders/take-back">
            <button class="button button-plain" type="submit">"换一种方式验证"</button>
        </form>
        {give_up()}
    }
    .into_any()
}
