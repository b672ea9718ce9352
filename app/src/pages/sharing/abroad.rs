//! 跨境提供 (个保法 39): each recipient abroad with its country, why, and how to exercise one's rights there; off by default.

use leptos::prelude::*;

use super::{Entry, anchor_of, decided, path_to, row, who};
use crate::consents::Purpose;
use crate::menu::Place;

/// The page.
pub fn view(entries: Vec<Entry>) -> AnyView {
    let empty = entries.is_empty();
    view! {
        <p class="lead">"你的个人信息保存在中国境内。只有你在这里单独同意后，才会提供给那一家境外接收方；默认全部关闭。同意一家，不影响任何另一家。"</p>
        {empty.then(|| view! { <p class="empty">"现在没有境外接收方。"</p> })}
        {entries.iter().map(card).collect::<Vec<_>>()}
    }
    .into_any()
}

fn card(entry: &Entry) -> AnyView {
    let Entry { recipient, decisions, .. } = entry;
    let (abroad, others): (Vec<_>, Vec<_>) =
        decisions.iter().partition(|decision| decision.switch.purpose == Purpose::CrossBorder);
    let country = recipient.abroad.clone().unwrap_or_default();
    let (name, policy) = (recipient.name.clone(), recipient.policy.clone());
    let rights = abroad.iter().find_map(|decision| decision.rights.clone());
    let missing: Vec<_> = others.iter().filter(|decision| !decision.switch.on).collect();
    let here = path_to(Place::Sharing, &recipient.id);
    view! {
        <section class="cells permission" id=anchor_of(&recipient.id)>
            <h2 class="cells-title"><strong>{name.clone()}</strong> " " <span class="tag tag-sensitive">{country.clone()}</span></h2>
            {abroad.iter().map(|decision| row(decision, recipient, Place::Abroad, true)).collect::<Vec<_>>()}
            <dl class="facts">
                {who(recipient)}
                <dt>"国家或地区"</dt><dd>{country}</dd>
                {abroad.iter().map(|decision| decided(decision)).collect::<Vec<_>>()}
                <dt>"怎样提供"</dt><dd>{recipient.way.words()}</dd>
                {rights.map(|rights| view! { <dt>"怎样向它行使权利"</dt><dd>{rights}</dd> })}
                {policy.map(|href| view! {
                    <dt>"它的政策"</dt>
                    <dd><p><a href=href rel="noopener noreferrer" target="_blank">{format!("{name}的隐私政策")}</a></p></dd>
                })}
                {(!missing.is_empty()).then(|| view! {
                    <dt>"还需要"</dt>
                    <dd><p>
                        {missing.iter().map(|decision| format!("“{}”", decision.switch.words.label)).collect::<Vec<_>>().join("、")}
                        "也开启后，才会提供。" <a href=here>"去看看"</a>
                    </p></dd>
                })}
            </dl>
        </section>
    }
    .into_any()
}
