//! 第三方共享清单 (网数条例 21): everybody who receives data, and what the person decides about each.

use leptos::prelude::*;

use super::{Decision, Entry, anchor_of, decided, path_to, row, whereabouts, who};
use crate::consents::Purpose;
use crate::menu::Place;
use crate::pages::switches::gpc_notice;
use crate::sharing::model::{Recipient, Role};
use crate::ui::{CellLink, Cells};

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Model {
    /// Everybody, in the catalogue's order.
    pub entries: Vec<Entry>,
    /// A visitor decides nothing here.
    pub signed_in: bool,
    /// How many disclosures are on record.
    pub disclosures: usize,
    /// How many notices to recipients are on record.
    pub notices: usize,
    /// `Sec-GPC: 1`.
    pub browser_objects: bool,
}

/// The page.
pub fn view(model: Model) -> AnyView {
    let Model { entries, signed_in, disclosures, notices, browser_objects } = model;
    let (due, others): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| !entry.recipient.decisions.is_empty());
    let parts = [
        ("履行约定所必需", "完成你要的服务离不开它们，只提供那一部分信息。", &[Role::Controller][..]),
        ("替我们办事的服务商", "按合同替我们处理，不得用于自己的目的，不需要你另外同意。", &[Role::Processor]),
        ("依法报送和公开展示", "", &[Role::Authority, Role::Public]),
    ];
    view! {
        <p class="lead">"我们会把哪些信息交给谁、为什么、怎样交，都列在这里。需要你同意的，逐家由你决定：同意一家，不影响任何另一家。"</p>
        {browser_objects.then(gpc_notice)}
        {signed_in.then(|| view! {
            <Cells>
                <CellLink
                    href=Place::Disclosures.path() label=Place::Disclosures.label() value=format!("{disclosures} 条")
                    note="实际提供过什么、给了谁、依据是什么"
                />
                <CellLink
                    href=Place::Notices.path() label=Place::Notices.label() value=format!("{notices} 条")
                    note="撤回、更正、删除后，通知了谁、办到哪一步"
                />
            </Cells>
        })}
        <h2 class="part-title">"由你决定的"</h2>
        {due.iter().map(|entry| with_decision(entry, signed_in)).collect::<Vec<_>>()}
        {parts.into_iter().map(|(title, tips, roles)| {
            let entries: Vec<_> = others.iter().filter(|entry| roles.contains(&entry.recipient.role)).collect();
            (!entries.is_empty()).then(|| view! {
                <section class="cells">
                    <h2 class="cells-title">{title}</h2>
                    {entries.into_iter().map(without_decision).collect::<Vec<_>>()}
                    {(!tips.is_empty()).then(|| view! { <p class="cells-tips">{tips}</p> })}
                </section>
            })
        }).collect::<Vec<_>>()}
    }
    .into_any()
}

fn tags(recipient: &Recipient) -> AnyView {
    let Recipient { kind, abroad, .. } = recipient.clone();
    view! {
        <span class="tag">{kind}</span>
        {abroad.map(|country| view! { " " <span class="tag tag-sensitive">{format!("境外 · {country}")}</span> })}
    }
    .into_any()
}

fn with_decision(entry: &Entry, signed_in: bool) -> AnyView {
    let Entry { recipient, kinds, decisions } = entry;
    // Whether it may leave the country is decided on 跨境提供.
    let (abroad, here): (Vec<_>, Vec<_>) =
        decisions.iter().partition(|decision| decision.switch.purpose == Purpose::CrossBorder);
    view! {
        <section class="cells permission" id=anchor_of(&recipient.id)>
            <h3 class="cells-title"><strong>{recipient.name.clone()}</strong> " " {tags(recipient)}</h3>
            {here.iter().map(|decision| row(decision, recipient, Place::Sharing, signed_in)).collect::<Vec<_>>()}
            {abroad.iter().map(|decision| leads_abroad(decision, recipient, signed_in)).collect::<Vec<_>>()}
            <dl class="facts">
                {who(recipient)}
                {here.iter().map(|decision| decided(decision)).collect::<Vec<_>>()}
                {here.is_empty().then(|| view! {
                    <dt>"提供哪些信息"</dt>
                    <dd>{abroad.iter().flat_map(|decision| decision.kinds.clone()).collect::<Vec<_>>().join("、")}</dd>
                    {purpose(recipient)}
                })}
                {(!kinds.is_empty()).then(|| view! { <dt>"另外还提供"</dt><dd>{kinds.join("、")}</dd> })}
                <dt>"什么时候"</dt><dd>{recipient.scene.clone()}</dd>
                <dt>"怎样提供"</dt><dd>{recipient.way.words()}</dd>
                {whereabouts(recipient)}
            </dl>
        </section>
    }
    .into_any()
}

fn leads_abroad(decision: &Decision, recipient: &Recipient, signed_in: bool) -> AnyView {
    let state = if decision.switch.on { "已开启" } else { "已关闭" };
    if !signed_in {
        return row(decision, recipient, Place::Sharing, false);
    }
    view! {
        <CellLink
            href=path_to(Place::Abroad, &recipient.id) label=decision.switch.words.label.clone() value=state
            note="信息离开中国境内，须另外单独同意"
        />
    }
    .into_any()
}

fn purpose(recipient: &Recipient) -> AnyView {
    view! { <dt>"用来做什么"</dt><dd>{recipient.what_for.clone()}</dd> }.into_any()
}

fn without_decision(entry: &Entry) -> AnyView {
    let Entry { recipient, kinds, .. } = entry;
    view! {
        <details class="collected" id=anchor_of(&recipient.id)>
            <summary>
                <span class="cell-text">
                    <span class="cell-label">{recipient.name.clone()} " " {tags(recipient)}</span>
                    <span class="cell-note">{recipient.what_for.clone()}</span>
                </span>
            </summary>
            <dl class="details">
                {who(recipient)}
                <dt>"提供哪些信息"</dt><dd>{kinds.join("、")}</dd>
                {purpose(recipient)}
                <dt>"什么时候"</dt><dd>{recipient.scene.clone()}</dd>
                <dt>"怎样提供"</dt><dd>{recipient.way.words()}</dd>
                {whereabouts(recipient)}
            </dl>
        </details>
    }
    .into_any()
}
