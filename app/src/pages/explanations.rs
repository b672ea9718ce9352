//! 为什么看到这些: what a program picked for the person, newest first, each with its reasons and what can be done about it.

use leptos::prelude::*;

use super::requests::new_path;
use super::tags::{anchor_of, reasons};
use crate::menu::Place;
use crate::requests::model::Kind;
use crate::tags::model::{SHOWN, Shown, Use};
use crate::tags::rules::explain;
use crate::time::Moment;
use crate::ui::{CellLink, Cells};

/// One thing that was picked.
#[derive(Clone, Debug)]
pub struct Item {
    /// The record's id.
    pub id: String,
    /// When it was shown.
    pub at: Moment,
    /// What, and why.
    pub shown: Shown,
    /// The tags behind it that are still there: name and record's id.
    pub tags: Vec<(String, String)>,
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Model {
    /// Whether anything is picked by tags.
    pub used: Use,
    /// 个性化广告 is on.
    pub ads: bool,
    /// How long these records are kept, in words.
    pub retention: String,
    /// What was picked.
    pub items: Vec<Item>,
    /// It is the first page.
    pub first: bool,
    /// Where what comes before is.
    pub next: Option<String>,
}

/// The page.
pub fn view(model: Model) -> AnyView {
    let Model { used, ads, retention, items, first, next } = model;
    let empty = items.is_empty();
    view! {
        {first.then(|| state(used, ads, &retention, empty))}
        <section class="cells">{items.into_iter().map(item).collect::<Vec<_>>()}</section>
        {next.map(|href| view! { <a class="button button-plain" href=href rel="next">"更早的"</a> })}
        <Cells title="还可以做什么">
            <CellLink href=Place::Tags.path() label=Place::Tags.label() note="看到每一个，删除不想要的" />
            {used.can_end().then(|| view! {
                <CellLink href=Place::Advertising.path() label="关闭个性化推荐" note="改为展示大家都在看的热门内容" />
            })}
            <CellLink href=new_path(Kind::Review, "") label="申请人工复核" note="不接受只由程序作出的决定，请人来看" />
        </Cells>
    }
    .into_any()
}

/// What is picked by the person's features at all, and what is not.
fn state(used: Use, ads: bool, retention: &str, empty: bool) -> AnyView {
    let by_feature = match used {
        Use::Used => None,
        Use::Paused => Some(("标签已暂停", "推荐和广告不按你的标签挑选。")),
        Use::AwaitsAnswer => Some(("已暂停，等你重新确认", "政策有变化。在你确认之前，推荐不按你的特征挑选。")),
        Use::Ended if empty => {
            Some(("个性化推荐已关闭", "推荐不按你的特征挑选，和大家看到的一样。以前的展示记录已删除。"))
        }
        Use::Ended => Some(("个性化推荐已关闭", "推荐不按你的特征挑选，和大家看到的一样。下面是以前的记录。")),
        Use::NeverAllowed => {
            Some(("个性化推荐没有开启", "推荐不按你的特征挑选，和大家看到的一样，所以没有需要解释的记录。"))
        }
    };
    let Some((title, text)) = by_feature else {
        let lead = if empty {
            "程序按你的特征挑选推荐和广告时，会在这里留下记录和理由。现在还没有。".to_owned()
        } else {
            format!("程序按你的特征挑选的推荐和广告，每一条都写明理由，记录保存{retention}。")
        };
        return view! { <p class="lead">{lead}</p> }.into_any();
    };
    view! {
        <section class="notice notice-info">
            <p class="notice-title">{title}</p>
            <p>{text}</p>
            {ads.then(|| view! {
                <p>"个性化广告还开着，广告可能参考你的收藏和加购。" <a href=Place::Advertising.path()>"看广告设置"</a></p>
            })}
        </section>
    }
    .into_any()
}

fn item(item: Item) -> AnyView {
    let Item { id, at, shown, tags } = item;
    let why = explain(&shown);
    let Shown { item: name, is_ad, place, origin, .. } = shown;
    let review = new_path(Kind::Review, &format!("record:{SHOWN}:{id}"));
    let place = (!place.is_empty()).then(|| format!(" · {place}"));
    let sources = (!origin.sources.is_empty()).then(|| reasons(origin.sources));
    view! {
        <article class="cell derived">
            <h2 class="cell-label">
                {name.clone()} " "
                <span class=if is_ad { "tag tag-separate" } else { "tag" }>{if is_ad { "广告" } else { "推荐" }}</span>
            </h2>
            <p class="cell-note"><time datetime=at.iso()>{at.date_time()}</time> {place}</p>
            <p>{why}</p>
            {(!origin.note.is_empty()).then(|| view! { <p class="cell-note">{origin.note}</p> })}
            {sources}
            <div class="derived-deeds">
                {tags.into_iter().map(|(tag, id)| view! {
                    <a class="chip" href=format!("{}#{}", Place::Tags.path(), anchor_of(&id))>{format!("删除标签“{tag}”")}</a>
                }).collect::<Vec<_>>()}
                <a class="chip" href=review aria-label=format!("申请人工复核：{name}")>"申请人工复核"</a>
            </div>
        </article>
    }
    .into_any()
}
