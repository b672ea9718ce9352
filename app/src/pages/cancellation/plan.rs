//! What an execution would do to this account, for 注销账号: counted from what is there.

use leptos::prelude::*;

use super::super::export::size;
use crate::cancellation::plan::{Goes, Part, Plan, Stays};

/// The lists.
pub fn view(plan: Plan) -> AnyView {
    let total: i64 = plan.parts().map(|part| part.count).sum();
    let bytes = size(plan.bytes());
    let Plan { goes, stays, told } = plan;
    let is_kept = !stays.is_empty();
    view! {
        <section class="cells">
            <h2 class="cells-title">"会删除"</h2>
            {goes.into_iter().map(goes_row).collect::<Vec<_>>()}
            <p class="cells-tips">{format!("这是你账号里现在的全部内容，共 {total} 条，{bytes}。备份里的同时失效，不能恢复。手机号和用户名可以再注册，但新账号看不到这些。")}</p>
        </section>
        <section class="cells">
            <h2 class="cells-title">"依法保留"</h2>
            {kept(stays)}
            {is_kept.then(|| view! { <p class="cells-tips">"保留的部分单独加密存放，只在司法机关、税务或监管部门依法要求时读取，每次读取都有记录；到期自动删除。"</p> })}
        </section>
        <section class="cells">
            <h2 class="cells-title">"还会通知谁"</h2>
            <ul class="keep-list">
                <li><strong>{told.join("、")}</strong><span>"我们会要求它们也删除你的信息，并把它们的答复写进注销证明。有自己的授权或法定义务的，可以依法继续保留。"</span></li>
            </ul>
        </section>
    }
    .into_any()
}

/// A business function with its sum, and what it is made of folded away below.
fn goes_row(goes: Goes) -> AnyView {
    let Goes { function, parts } = goes;
    let count: i64 = parts.iter().map(|part| part.count).sum();
    let bytes: u64 = parts.iter().map(|part| part.bytes).sum();
    let sum = format!("{} 种，{count} 条，{}", parts.len(), size(bytes));
    view! {
        <details class="collected plan">
            <summary><strong class="cell-text">{function}</strong>" "<span class="collected-times">{sum}</span></summary>
            {part_list(&parts)}
        </details>
    }
    .into_any()
}

fn part_list(parts: &[Part]) -> AnyView {
    let row = |Part { name, count, bytes, .. }: &Part| {
        // Below that a size says nothing; the sum has it.
        let size = if *bytes >= 1024 { format!("，{}", size(*bytes)) } else { String::new() };
        view! { <li><span>{name.clone()}</span>" "<span>{format!("{count} 条{size}")}</span></li> }
    };
    view! { <ul class="plan-parts">{parts.iter().map(row).collect::<Vec<_>>()}</ul> }.into_any()
}

/// What a law keeps, with its reason and its end.
fn kept(stays: Vec<Stays>) -> AnyView {
    if stays.is_empty() {
        return view! {
            <ul class="keep-list"><li><strong>"没有"</strong><span>"你的账号里没有法律要求保留的信息"</span></li></ul>
        }
        .into_any();
    }
    let row = |stays: Stays| {
        let until = stays.until;
        view! {
            <li>
                <strong>{stays.law.clone()}</strong>
                <span>"最晚保留到 "<time datetime=until.iso()>{until.date()}</time></span>
                {part_list(&stays.parts)}
            </li>
        }
    };
    view! { <ul class="keep-list">{stays.into_iter().map(row).collect::<Vec<_>>()}</ul> }.into_any()
}
