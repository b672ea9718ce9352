//! 政策更新: what a new version changed about what one has agreed to, asked once.

use leptos::prelude::*;

use super::text::anchor_of;
use crate::consents::Purpose;
use crate::consents::model::Words;
use crate::menu::Place;
use crate::pages::switches::{facts, tags};

/// A decision that is asked anew.
#[derive(Clone, Debug)]
pub struct Asked {
    /// For what.
    pub purpose: Purpose,
    /// Its words.
    pub words: Words,
    /// The version that changed it.
    pub version: String,
    /// What that version changed.
    pub change: String,
    /// The clause that speaks of it.
    pub clause: Option<String>,
}

/// The page.
pub fn update(asked: Vec<Asked>) -> AnyView {
    if asked.is_empty() {
        return view! {
            <p class="lead">"没有需要你确认的变化。你的每一次决定都还有效。"</p>
            <a class="button" href=Place::Policy.path()>"看隐私政策"</a>
        }
        .into_any();
    }
    view! {
        <p class="lead">"隐私政策有变化，涉及你同意过的下面这些。重新确认之前，我们已经停止了相应的处理；不同意也不影响其他功能。"</p>
        {asked.into_iter().map(question).collect::<Vec<_>>()}
        <p class="cells-tips">"只问这一次。以后想改，可以在同意管理里随时改。"</p>
    }
    .into_any()
}

fn question(asked: Asked) -> AnyView {
    let Asked { purpose, words, version, change, clause } = asked;
    let label = purpose.full_label(&words);
    let original = clause.map(|clause| format!("{}#{}", Place::Policy.path(), anchor_of(&clause)));
    view! {
        <section class="cells question" aria-labelledby=format!("q-{}", purpose.id())>
            <h2 class="cells-title" id=format!("q-{}", purpose.id())>{label.clone()} " " {tags(purpose)}</h2>
            <div class="notice notice-info">
                <p class="notice-title">{format!("第 {version} 版改了什么")}</p>
                <p>{change}</p>
                <p>
                    {original.map(|href| view! { <a href=href>"看原文"</a> " " })}
                    <a href=format!("{}?version={version}", Place::PolicyChanges.path())>"看全部差别"</a>
                </p>
            </div>
            {facts(&words)}
            <div class="row-actions equal-actions">
                {answer(purpose, &label, false)}
                {answer(purpose, &label, true)}
            </div>
        </section>
    }
    .into_any()
}

fn answer(purpose: Purpose, label: &str, granted: bool) -> AnyView {
    let verb = if granted { "同意" } else { "不同意" };
    view! {
        <form method="post" action=Place::PolicyUpdate.path()>
            <input type="hidden" name="purpose" value=purpose.id() />
            <input type="hidden" name="granted" value=granted.to_string() />
            <button class="button button-plain" type="submit" aria-label=format!("{verb}：{label}")>{verb}</button>
        </form>
    }
    .into_any()
}
