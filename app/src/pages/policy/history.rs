//! 历史版本 and 版本差别.

use leptos::prelude::*;

use crate::menu::Place;
use crate::policy::model::{Difference, Fate, Version};
use crate::policy::rules::differences;
use crate::time::Moment;

/// All versions, newest first.
pub fn versions(versions: &[Version], now: Moment) -> AnyView {
    let in_force = &crate::policy::rules::in_force(versions, now).number;
    let rows = versions.iter().enumerate().rev().map(|(n, version)| {
        let number = version.number.clone();
        let tag = if number == *in_force {
            Some(("tag tag-on", "现行"))
        } else {
            (now < version.in_force).then_some(("tag tag-separate", "即将施行"))
        };
        let kind = match (n, version.material) {
            (0, _) => "第一个版本",
            (_, true) => "有实质变化，涉及到的人会再次被询问",
            (_, false) => "文字修订，不影响已经作出的决定",
        };
        view! {
            <div class="cell">
                <div class="cell-text">
                    <h2 class="cell-label">{format!("第 {number} 版")} " " {tag.map(|(class, text)| view! { <span class=class>{text}</span> })}</h2>
                    <p class="cell-note">{format!("{}公布，{}起施行", version.published.date(), version.in_force.date())}</p>
                    <p class="cell-note">{kind}</p>
                    {(!version.changes.is_empty()).then(|| view! {
                        <ul class="version-changes">
                            {version.changes.iter().map(|change| view! { <li>{change.text.clone()}</li> }).collect::<Vec<_>>()}
                        </ul>
                    })}
                    <div class="row-actions">
                        <a class="button button-plain button-small" href=format!("{}?version={number}", Place::Policy.path()) aria-label=format!("看全文：第 {number} 版")>"看全文"</a>
                        {(n > 0).then(|| view! {
                            <a class="button button-plain button-small" href=format!("{}?version={number}", Place::PolicyChanges.path()) aria-label=format!("看改了什么：第 {number} 版")>"看改了什么"</a>
                        })}
                    </div>
                </div>
            </div>
        }
    });
    view! {
        <p class="lead">"每个版本都在这里。同意管理里的每一次决定，都记着当时是哪个版本。"</p>
        <section class="cells">{rows.collect::<Vec<_>>()}</section>
    }
    .into_any()
}

/// 版本差别: what a version changed against the one before it; none for the first.
pub fn changes(older: Option<&Version>, newer: &Version) -> AnyView {
    let Some(older) = older else {
        return view! { <p class="empty">{format!("第 {} 版是第一个版本，没有更早的可以比较。", newer.number)}</p> }
            .into_any();
    };
    let told = differences(older, newer);
    view! {
        <p class="lead">{format!("第 {} 版与第 {} 版相比，有 {} 条不同。", newer.number, older.number, told.len())}</p>
        <p class="cells-tips"><ins>"加下划线的是新增的"</ins>"，"<del>"加删除线的是去掉的"</del>"。"</p>
        <article class="policy-text">{told.into_iter().map(difference).collect::<Vec<_>>()}</article>
    }
    .into_any()
}

fn difference(difference: Difference) -> AnyView {
    let Difference { id, heading, sentences } = difference;
    let sentences = sentences.into_iter().map(|(fate, text)| match fate {
        Fate::Stayed => text.into_any(),
        Fate::Removed => view! { <del>{text}</del> }.into_any(),
        Fate::Added => view! { <ins>{text}</ins> }.into_any(),
    });
    view! {
        <section class="clause" id=super::text::anchor_of(&id)>
            <h2>{heading}</h2>
            <p>{sentences.collect::<Vec<_>>()}</p>
        </section>
    }
    .into_any()
}
