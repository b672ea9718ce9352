//! Cookie管理.

use leptos::prelude::*;

use super::switches::{Switch, gpc_notice, row};
use crate::cookies::model::{CookieGroup, CookieKind};
use crate::menu::Place;
use crate::time::Moment;
use crate::ui::{Cell, Cells};

/// A cookie that this browser holds.
#[derive(Clone, Debug)]
pub struct Held {
    /// Its name.
    pub name: String,
    /// What the inventory says of it.
    pub kind: Option<CookieKind>,
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Model {
    /// The optional groups, in screen order.
    pub groups: Vec<Switch>,
    /// 邮件信标跟踪; only for a person who is signed in.
    pub mail_beacon: Option<Switch>,
    /// `Sec-GPC: 1`.
    pub browser_objects: bool,
    /// Until when this browser's answer holds; none: not answered yet.
    pub asked_again_on: Option<Moment>,
    /// What this browser holds.
    pub held: Vec<Held>,
    /// Every cookie there may be.
    pub inventory: Vec<CookieKind>,
}

/// The page.
pub fn view(model: Model) -> AnyView {
    let Model { groups, mail_beacon, browser_objects, asked_again_on, held, inventory } = model;
    let tips = asked_again_on.map_or(String::new(), |at| {
        format!("选择已保存在这个浏览器里，到{}再问你一次。关闭一组时，它已有的 Cookie 会一起删除。", at.date())
    });
    view! {
        {browser_objects.then(gpc_notice)}
        {asked_again_on.is_none().then(answer_all)}
        <Cells title="这个浏览器允许哪些 Cookie" tips=tips>
            <Cell
                label=CookieGroup::Necessary.label() value="始终开启"
                note="保持登录、记住你在这里的选择。没有它们就无法登录，所以不能关闭；它们不用于别的目的。"
            />
            {groups.iter().map(|s| row(s, Place::Cookies, &s.words.what_for)).collect::<Vec<_>>()}
        </Cells>
        {mail_beacon.map(|switch| view! {
            <Cells title="邮件" tips="任何时候都可以从邮件底部退订。">
                {row(&switch, Place::Cookies, &switch.words.what_for)}
            </Cells>
        })}
        {held_list(held)}
        {inventory_list(inventory)}
    }
    .into_any()
}

fn answer_all() -> AnyView {
    view! {
        <section class="notice notice-info" aria-label="Cookie 选择">
            <p class="notice-title">"你还没有选择"</p>
            <p>"在那之前，只使用必要的 Cookie。可以一次决定，也可以在下面一组一组地开。"</p>
            <form class="button-row" method="post" action="/settings/cookies/answer">
                <input type="hidden" name="return_to" value=Place::Cookies.path() />
                <button class="button button-equal" type="submit" name="answer" value="accept">"全部同意"</button>
                <button class="button button-equal" type="submit" name="answer" value="decline">"全部不同意"</button>
            </form>
        </section>
    }
    .into_any()
}

fn is_optional(held: &Held) -> bool {
    held.kind.as_ref().is_none_or(|kind| kind.group != CookieGroup::Necessary)
}

fn held_list(held: Vec<Held>) -> AnyView {
    let optional = held.iter().filter(|h| is_optional(h)).count();
    let title = format!("这个浏览器现在存着的 Cookie（{} 个）", held.len());
    view! {
        <section class="cells">
            <h2 class="cells-title">{title}</h2>
            {held.is_empty().then(|| view! { <p class="empty">"这个浏览器没有存本站的任何 Cookie。"</p> })}
            {held.into_iter().map(held_row).collect::<Vec<_>>()}
        </section>
        {(optional > 0).then(|| view! {
            <form method="post" action="/settings/cookies/delete-optional">
                <button class="button button-plain" type="submit">{format!("删除全部可选 Cookie（{optional} 个）")}</button>
            </form>
        })}
    }
    .into_any()
}

fn held_row(held: Held) -> AnyView {
    let optional = is_optional(&held);
    let Held { name, kind } = held;
    let (group, purpose, facts) = match kind {
        Some(kind) => {
            let hidden = if kind.http_only { " · 网页脚本读不到" } else { "" };
            (kind.group.label(), kind.purpose, format!("{} · {}{hidden}", kind.provider, kind.lifetime))
        }
        None => ("未登记", "不在我们的清单里，可能来自浏览器插件或旧版本。".to_owned(), "可以放心删除".to_owned()),
    };
    let aria = format!("删除：{name}");
    view! {
        <div class="cell cookie">
            <div class="cell-text">
                <h3 class="cell-label"><code>{name.clone()}</code> " " <span class="tag">{group}</span></h3>
                <p class="cell-note">{purpose}</p>
                <p class="cell-note">{facts}</p>
            </div>
            {optional.then(|| view! {
                <form method="post" action="/settings/cookies/delete">
                    <input type="hidden" name="name" value=name />
                    <button class="button button-plain button-small" type="submit" aria-label=aria>"删除"</button>
                </form>
            })}
        </div>
    }
    .into_any()
}

fn inventory_list(inventory: Vec<CookieKind>) -> AnyView {
    view! {
        <details class="more">
            <summary>"本站可能用到的全部 Cookie"</summary>
            {CookieGroup::ALL.into_iter().map(|group| {
                let kinds = inventory.iter().filter(|kind| kind.group == group).cloned().collect::<Vec<_>>();
                view! {
                    <section class="cells">
                        <h3 class="cells-title">{group.label()}</h3>
                        {kinds.into_iter().map(|kind| view! {
                            <div class="cell">
                                <div class="cell-text">
                                    <p class="cell-label"><code>{kind.name}</code></p>
                                    <p class="cell-note">{kind.purpose}</p>
                                    <p class="cell-note">{format!("{} · {}", kind.provider, kind.lifetime)}</p>
                                </div>
                            </div>
                        }).collect::<Vec<_>>()}
                    </section>
                }
            }).collect::<Vec<_>>()}
        </details>
    }
    .into_any()
}
