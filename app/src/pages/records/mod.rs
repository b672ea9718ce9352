//! 我的个人信息: all kinds, the records of one, one record, and what erasing would do.

pub mod erasure;
pub mod listing;
pub mod overview;
pub mod record;

use leptos::prelude::*;

use crate::menu::Place;
use crate::records::model::{Basis, Field, Retention};
use crate::records::rules::Scope;
use crate::sharing::model::Recipient;
use crate::time::Moment;

/// What the catalogue says of a kind, as these pages show it.
#[derive(Clone, Debug)]
pub struct Kind {
    /// The kind.
    pub field: Field,
    /// How long.
    pub retention: Retention,
    /// Who else gets it.
    pub recipients: Vec<Recipient>,
}

/// The address of a kind's records.
#[must_use]
pub fn list_path(field: &str) -> String {
    format!("{}?kind={field}", Place::RecordList.path())
}

/// The address of what an erasure of that scope would do.
#[must_use]
pub fn erase_path(scope: &Scope) -> String {
    format!("{}?scope={}", Place::Erasure.path(), scope.id())
}

/// The address of one record.
#[must_use]
pub fn record_path(id: &str) -> String {
    format!("{}/{id}", Place::RecordList.path())
}

/// 敏感, 必要 or 可选.
pub fn tags(field: &Field) -> AnyView {
    view! {
        {field.sensitive.then(|| view! { <span class="tag tag-sensitive">"敏感"</span> " " })}
        <span class="tag">{if field.necessary { "必要" } else { "可选" }}</span>
    }
    .into_any()
}

/// What for, on which ground, from where, who else gets it.
pub fn facts(kind: &Kind, basis: &[Basis], extra: AnyView) -> AnyView {
    let Kind { field, recipients, .. } = kind;
    let basis: Vec<_> = basis.iter().map(|b| b.words()).collect();
    let recipients: Vec<_> = recipients.iter().map(|r| recipient(r, field)).collect();
    view! {
        <dl class="facts">
            <dt>"为什么保存"</dt><dd>{field.why.clone()}</dd>
            <dt>"用途"</dt><dd>{field.purposes.join("、")}</dd>
            <dt>"依据"</dt><dd>{basis.join("、")}</dd>
            <dt>"来源"</dt><dd>{format!("{}（{}）", field.source.words(), field.scene)}</dd>
            {extra}
            <dt>"还有谁收到"</dt>
            <dd>{if recipients.is_empty() { "没有别人".to_owned() } else { recipients.join("、") }}</dd>
        </dl>
    }
    .into_any()
}

fn recipient(recipient: &Recipient, field: &Field) -> String {
    let Recipient { name, what_for, .. } = recipient;
    let only = if recipient.needs_consent_for(&field.id) { "；须你对它单独同意" } else { "" };
    format!("{name}（{what_for}{only}）")
}

/// A moment, for people and machines.
pub fn time(at: Moment) -> AnyView {
    view! { <time datetime=at.iso()>{at.date_time()}</time> }.into_any()
}
