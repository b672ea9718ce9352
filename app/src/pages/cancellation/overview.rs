//! 了解后果: what goes, what stays, what is lost; and why the last attempt was refused.

use leptos::prelude::*;

use super::{Looked, Model, Refused, losses, obstacle, plan, time};
use crate::cancellation::model::Reason;
use crate::menu::Place;
use crate::promises::COOLING_OFF;
use crate::time::DAY;
use crate::ui::SubmitButton;

pub(super) fn view(model: &Model) -> AnyView {
    let days = COOLING_OFF / DAY;
    view! {
        {model.refused.as_ref().map(refused)}
        <p class="lead">{format!("注销后，账号和下面的信息会永久删除，包括备份。提交后有{days}天冷静期，期间随时可以撤回，也可以选择立即注销。")}</p>
        {to_settle(model)}
        {plan::view(model.plan.clone())}
        {match &model.looked {
            Looked::Known { losses: lost, .. } if lost.is_empty() => ().into_any(),
            Looked::Known { losses: lost, .. } => losses(lost),
            Looked::Unknown | Looked::NotAsked => view! {
                <section class="notice notice-warn">
                    <h2 class="notice-title">"还可能失去"</h2>
                    <p>"优惠券、积分、关注和第三方账号绑定。现在查不到你具体有哪些。"</p>
                </section>
            }
            .into_any(),
        }}
        <form class="form" method="post" action="/settings/about/more/cancel/begin">
            <SubmitButton label="我已了解，继续" />
            <a class="button button-plain" href=Place::More.path()>"先不注销"</a>
        </form>
    }
    .into_any()
}

/// How much has to be settled first; which, is told to whoever has proved who they are.
fn to_settle(model: &Model) -> Option<AnyView> {
    let Looked::Known { obstacles, .. } = &model.looked else { return None };
    let many = obstacles.len();
    (many > 0).then(|| {
        view! {
            <section class="notice notice-info">
                <p>{format!("现在有 {many} 件事要先处理，验证身份后逐项列出，每一项都有处理的入口。")}</p>
            </section>
        }
        .into_any()
    })
}

fn refused(refused: &Refused) -> AnyView {
    let Refused { at, reason, obstacles } = refused;
    let words = match reason {
        Reason::Obstacle(_) => format!("执行前再次检查时发现：{}。账号照常使用，处理后可以重新申请。", reason.words()),
        Reason::Denied(_) => format!("核对订单后：{}。账号照常使用，可以换一种方式验证。", reason.words()),
    };
    let obstacles: Vec<_> = obstacles.iter().map(|one| obstacle(one, None)).collect();
    let has_obstacles = !obstacles.is_empty();
    view! {
        <section class="notice notice-warn" aria-label="上次的注销申请">
            <h2 class="notice-title">"上次的注销申请：已拒绝"</h2>
            <p>{words}</p>
            <p class="cell-note">{time(*at)}</p>
            {matches!(reason, Reason::Denied(_)).then(|| view! { <p><a href=Place::Requests.path()>"查看答复和投诉途径"</a></p> })}
        </section>
        {has_obstacles.then(|| view! {
            <section class="cells">
                <h2 class="cells-title">"当时的阻碍"</h2>
                <ul class="keep-list">{obstacles}</ul>
            </section>
        })}
    }
    .into_any()
}
