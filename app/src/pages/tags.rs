//! 我的标签: every tag and audience that was derived, why, since when and until when; deleted one by one or all, and paused.

use leptos::prelude::*;

use super::records::{erase_path, list_path, record_path};
use super::requests::new_path;
use super::switches::{self, Switch};
use crate::menu::Place;
use crate::records::rules::Scope;
use crate::requests::model::Kind;
use crate::tags::model::{Origin, Source, Use};
use crate::time::Moment;
use crate::ui::{CellLink, Cells, SubmitButton};

/// A tag or an audience.
#[derive(Clone, Debug)]
pub struct Tag {
    /// The record's id.
    pub id: String,
    /// What it says.
    pub name: String,
    /// Why.
    pub origin: Origin,
    /// Since when.
    pub since: Moment,
    /// When it goes by itself; none: with the account.
    pub until: Option<Moment>,
}

/// All of one kind.
#[derive(Clone, Debug)]
pub struct Group {
    /// The kind's id.
    pub field: String,
    /// What the kind is called.
    pub name: String,
    /// How many there are.
    pub count: usize,
    /// The newest of them.
    pub tags: Vec<Tag>,
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Model {
    /// Whether they are used.
    pub used: Use,
    /// 暂停生成新标签.
    pub pause: Switch,
    /// Kinds of which something is held.
    pub groups: Vec<Group>,
    /// How many things were picked and can be explained.
    pub shown: usize,
}

/// Where a tag can be jumped to.
#[must_use]
pub fn anchor_of(id: &str) -> String {
    format!("t-{id}")
}

/// The page.
pub fn view(model: Model) -> AnyView {
    let Model { used, pause, groups, shown } = model;
    let any = !groups.is_empty();
    view! {
        {state(used, any)}
        <Cells>{switches::row(&pause, Place::Tags, &pause.words.what_for)}</Cells>
        {groups.into_iter().map(group).collect::<Vec<_>>()}
        <Cells title="还可以做什么">
            <CellLink href=Place::Explanations.path() label=Place::Explanations.label() value=format!("{shown} 条") />
            {used.can_end().then(|| view! {
                <CellLink href=Place::Advertising.path() label="关闭个性化推荐" note="标签和画像会立即全部删除" />
            })}
            <CellLink
                href=new_path(Kind::Explanation, "purpose:personalised_recommendation")
                label="申请解释说明" note="想知道标签是怎样得出的、用在哪里"
            />
            {any.then(|| view! {
                <CellLink href=erase_path(&Scope::Tags) label="删除全部标签和画像" note="先看会删什么，再决定" danger=true />
            })}
        </Cells>
    }
    .into_any()
}

/// Whether there are any, and whether they are used; never an empty list without a reason.
fn state(used: Use, any: bool) -> AnyView {
    let notice = |title: &'static str, text: &'static str, place: Option<(Place, &'static str)>| {
        view! {
            <section class="notice notice-info until-switched">
                <p class="notice-title">{title}</p>
                <p>{text}</p>
                {place.map(|(place, label)| view! { <p><a href=place.path()>{label}</a></p> })}
            </section>
        }
        .into_any()
    };
    match (used, any) {
        (Use::NeverAllowed, false) => notice(
            "没有标签",
            "个性化推荐没有开启。我们没有给你生成过标签和画像。",
            Some((Place::Advertising, "看广告设置")),
        ),
        (Use::Ended, false) => notice(
            "已关闭，标签已删除",
            "个性化推荐已关闭。标签和画像都已删除，备份里的也无法读取，也不会再生成。",
            Some((Place::Advertising, "看广告设置")),
        ),
        (Use::NeverAllowed | Use::Ended, true) => {
            notice("个性化推荐已关闭", "下面这些已经停止使用，可以逐个或一次全部删除。", None)
        }
        (Use::AwaitsAnswer, _) => notice(
            "已暂停，等你重新确认",
            "政策有变化。在你确认之前，我们不使用标签，也不生成新的。",
            Some((Place::PolicyUpdate, "去确认")),
        ),
        (Use::Paused, _) => notice("已暂停", "不再生成新的标签和画像，已有的也停止使用。", None),
        (Use::Used, false) => notice("还没有标签", "用一段时间以后，这里会列出我们推断出的每一个标签和理由。", None),
        (Use::Used, true) => {
            view! {
                <p class="lead">"这些是程序根据你的记录推断出来的，用来推荐内容。不对的、不想要的都可以删除；删除后，应用再发来同一个也不会收下。"</p>
            }
            .into_any()
        }
    }
}

fn group(group: Group) -> AnyView {
    let Group { field, name, count, tags } = group;
    let left = count.saturating_sub(tags.len());
    view! {
        <section class="cells">
            <h2 class="cells-title">{format!("{name}（{count} 个）")}</h2>
            {tags.into_iter().map(tag).collect::<Vec<_>>()}
            {(left > 0).then(|| view! {
                <CellLink href=list_path(&field) label=format!("另外 {left} 个") note="在信息明细里查看和删除" />
            })}
        </section>
    }
    .into_any()
}

fn tag(tag: Tag) -> AnyView {
    let Tag { id, name, origin, since, until } = tag;
    let Origin { sources, note } = origin;
    let until = until.map(|until| format!(" · {}自动删除", until.date()));
    view! {
        <article class="cell derived" id=anchor_of(&id)>
            <h3 class="cell-label">{name.clone()}</h3>
            {(!note.is_empty()).then(|| view! { <p>{note}</p> })}
            {reasons(sources)}
            <p class="cell-note"><time datetime=since.iso()>{since.date()}</time> "生成" {until}</p>
            <div class="derived-deeds">
                <a class="chip" href=record_path(&id) aria-label=format!("记录详情：{name}")>"记录详情"</a>
                <details>
                    <summary class="chip danger-text" aria-label=format!("删除：{name}")>"删除"</summary>
                    <form method="post" action=format!("{}/{id}/erase", Place::Tags.path())>
                        <p>"删除后不能恢复，应用再发来也不会收下。"</p>
                        <SubmitButton label="确认删除" danger=true />
                    </form>
                </details>
            </div>
        </article>
    }
    .into_any()
}

/// From which kinds of data: each leads to its records where the catalogue knows it.
pub fn reasons(sources: Vec<Source>) -> AnyView {
    if sources.is_empty() {
        return view! { <p class="cell-note">"应用没有写明依据。可以申请解释说明。"</p> }.into_any();
    }
    let source = |Source { name, field }: Source| match field {
        Some(field) => view! { <li><a class="chip" href=list_path(&field)>{name}</a></li> }.into_any(),
        None => view! { <li><span class="chip chip-plain">{name}</span></li> }.into_any(),
    };
    view! {
        <div class="reasons">
            <span class="cell-note">"依据"</span>
            <ul class="chips">{sources.into_iter().map(source).collect::<Vec<_>>()}</ul>
        </div>
    }
    .into_any()
}
