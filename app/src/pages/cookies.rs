//! Cookie管理.

use leptos::prelude::*;

use super::switches::{Switch, gpc_notice, row};
use crate::consents::Purpose;
use crate::consents::model::Words;
use crate::cookies::inventory::Tracker;
use crate::cookies::model::CookieGroup;
use crate::menu::Place;
use crate::time::Moment;
use crate::ui::frame::AskCookies;
use crate::ui::{Cell, CellLink, Cells, SwitchRow};

/// A cookie that this browser holds.
#[derive(Clone, Debug)]
pub struct Held {
    /// Its name.
    pub name: String,
    /// What the inventory says of it.
    pub kind: Option<Tracker>,
}

/// One item of a group.
#[derive(Clone, Debug)]
pub struct Item {
    /// What the inventory says of it.
    pub tracker: Tracker,
    /// What is read before deciding about it; none where it is not decided by itself.
    pub words: Option<Words>,
    /// It is allowed, and so is its group.
    pub on: bool,
    /// It came after the "yes" to its group.
    pub is_new: bool,
}

/// A group with its items.
#[derive(Clone, Debug)]
pub struct GroupRows {
    /// The group's switch; none where there is nothing to decide, or nobody who could.
    pub switch: Option<Switch>,
    /// What belongs to it.
    pub items: Vec<Item>,
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Model {
    /// All groups, in screen order.
    pub groups: Vec<(CookieGroup, GroupRows)>,
    /// `Sec-GPC: 1`.
    pub browser_objects: bool,
    /// Why the answer is asked for; none: there is one.
    pub asks: Option<AskCookies>,
    /// Until when this browser's answer holds.
    pub asked_again_on: Option<Moment>,
    /// What this browser holds.
    pub held: Vec<Held>,
}

/// A switch's id where it is about one item of a group.
#[must_use]
pub fn item_id(purpose: Purpose, item: &Tracker) -> String {
    format!("{}:{}", purpose.id(), item.name)
}

/// The page.
pub fn view(model: Model) -> AnyView {
    let Model { groups, browser_objects, asks, asked_again_on, held } = model;
    let tips = asked_again_on.map(|at| {
        let text =
            format!("选择已保存在这个浏览器里，到{}再问你一次。关闭的立即停用，它存下的内容一起删除。", at.date());
        view! { <p class="cells-tips">{text}</p> }
    });
    let (mails, groups): (Vec<_>, Vec<_>) = groups.into_iter().partition(|(group, _)| *group == CookieGroup::Mail);
    view! {
        {browser_objects.then(gpc_notice)}
        {asks.map(answer_all)}
        <h2 class="cells-title">"这个浏览器允许哪些"</h2>
        {groups.into_iter().map(|(group, rows)| group_rows(group, rows)).collect::<Vec<_>>()}
        {tips}
        <h2 class="cells-title">"邮件"</h2>
        {mails.into_iter().map(|(group, rows)| group_rows(group, rows)).collect::<Vec<_>>()}
        <p class="cells-tips">"任何时候都可以从邮件底部退订。"</p>
        {held_list(held)}
        <Cells>
            <CellLink
                href=Place::SiteData.path() label=Place::SiteData.label() danger=true
                note="Cookie、网页存储和缓存一次清空，并退出登录"
            />
        </Cells>
    }
    .into_any()
}

fn answer_all(why: AskCookies) -> AnyView {
    let (title, text) = match why {
        AskCookies::First => {
            ("你还没有选择", "在那之前，只使用必要的 Cookie。可以一次决定，也可以在下面一组一组地开。")
        }
        AskCookies::Again => (
            "一年前的选择到期了",
            "人的想法会变，所以每12个月再问一次。在你回答之前，只使用必要的 Cookie；当时单独关闭的，仍然关着。",
        ),
    };
    view! {
        <section class="notice notice-info" aria-label="Cookie 选择">
            <p class="notice-title">{title}</p>
            <p>{text}</p>
            <form class="button-row" method="post" action="/settings/cookies/answer">
                <input type="hidden" name="return_to" value=Place::Cookies.path() />
                <button class="button button-equal" type="submit" name="answer" value="accept">"全部同意"</button>
                <button class="button button-equal" type="submit" name="answer" value="decline">"全部不同意"</button>
            </form>
        </section>
    }
    .into_any()
}

/// A group: its switch, and below it each of its items. Items have switches of their own while the group is on.
fn group_rows(group: CookieGroup, rows: GroupRows) -> AnyView {
    let GroupRows { switch, items } = rows;
    let purpose = switch.as_ref().map(|switch| switch.purpose);
    // A group that is locked has nothing to decide below it.
    let locked = switch.as_ref().is_some_and(|switch| switch.locked);
    let are_decided = !locked && items.iter().any(|item| item.words.is_some());
    let summary = match items.len() {
        0 => return ().into_any(),
        n if are_decided => format!("{}：{n} 项，可以逐项决定", group.label()),
        n => format!("{}：{n} 项", group.label()),
    };
    let switches: Vec<_> =
        items.iter().filter_map(|item| Some(item_switch(purpose?, item, item.words.as_ref()?))).collect();
    view! {
        <section class="cells cookie-group">
            {match &switch {
                Some(switch) => row(switch, Place::Cookies, &switch.words.what_for),
                None => undecided(group),
            }}
            <details>
                <summary>{summary}</summary>
                <div class=are_decided.then_some("items-both")>
                    {are_decided.then(|| view! { <div class="items-decided">{switches}</div> })}
                    <div class=if are_decided { "items-off" } else { "items" }>
                        {are_decided.then(|| view! { <p class="cells-tips">"这一组关着，下面每一项都不使用。打开这一组之后，可以逐项决定。"</p> })}
                        {items.iter().map(item_row).collect::<Vec<_>>()}
                    </div>
                </div>
            </details>
        </section>
    }
    .into_any()
}

fn undecided(group: CookieGroup) -> AnyView {
    let (label, value, note) = match group {
        CookieGroup::Mail => ("邮件信标跟踪", "默认关闭", "是账号的设置：登录后可以在这里查看和更改。"),
        _ => (
            group.label(),
            "始终开启",
            "保持登录、记住购物车和你在这里的选择。没有它们就无法登录，所以不能关闭；它们不用于别的目的。",
        ),
    };
    view! { <Cell label=label value=value note=note /> }.into_any()
}

fn item_switch(purpose: Purpose, item: &Item, words: &Words) -> AnyView {
    let new = if item.is_new { "新增，你没有单独允许之前不使用。" } else { "" };
    view! {
        <SwitchRow
            id=item_id(purpose, &item.tracker) action=Place::Cookies.path().to_owned()
            label=words.label.clone() note=format!("{new}{}", words.what_for) on=item.on
        />
    }
    .into_any()
}

fn item_row(item: &Item) -> AnyView {
    let Tracker { purpose, provider, lifetime, .. } = &item.tracker;
    view! {
        <div class="cell">
            <div class="cell-text">
                <p class="cell-label">{item.tracker.label()}</p>
                <p class="cell-note">{format!("{purpose} · {provider} · {lifetime}")}</p>
            </div>
        </div>
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
