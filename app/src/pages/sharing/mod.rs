//! 第三方共享清单, 跨境提供 and 共享记录.

pub mod abroad;
pub mod listing;
pub mod records;

use leptos::prelude::*;

use super::switches::{self, Switch};
use crate::menu::Place;
use crate::sharing::model::Recipient;

/// Where a recipient can be jumped to.
#[must_use]
pub fn anchor_of(recipient: &str) -> String {
    format!("r-{recipient}")
}

/// The address of a recipient on a page.
#[must_use]
pub fn path_to(place: Place, recipient: &str) -> String {
    format!("{}#{}", place.path(), anchor_of(recipient))
}

/// What a switch about one recipient is called in its form.
#[must_use]
pub fn switch_id(switch: &Switch, recipient: &str) -> String {
    format!("{}:{recipient}", switch.purpose.id())
}

/// A decision about one recipient, as a page shows it.
#[derive(Clone, Debug)]
pub struct Decision {
    /// For what, with its own words, and whether it is on; none: nobody is signed in.
    pub switch: Switch,
    /// The person said yes, and a later version of the policy has changed what it is about.
    pub lapsed: bool,
    /// The kinds of data that the recipient gets only with it.
    pub kinds: Vec<String>,
    /// How to exercise one's rights towards it abroad.
    pub rights: Option<String>,
}

/// A recipient, as a page shows it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Who.
    pub recipient: Recipient,
    /// The kinds of data that it gets without a decision about it.
    pub kinds: Vec<String>,
    /// What is decided about it.
    pub decisions: Vec<Decision>,
}

/// The row of a decision; a visitor is told where it is made.
fn row(decision: &Decision, recipient: &Recipient, place: Place, signed_in: bool) -> AnyView {
    let Decision { switch, lapsed, .. } = decision;
    if !signed_in {
        return view! { <p class="cell cell-note">{format!("{}：默认关闭，登录后由你决定", switch.words.label)}</p> }
            .into_any();
    }
    let note =
        if *lapsed { "政策有变化，已暂停，等你重新确认" } else { "单独同意，只对它有效" };
    let to = (switch_id(switch, &recipient.id), place.path().to_owned());
    switches::row_of(switch, to, switch.words.label.clone(), note.to_owned())
}

/// Who it is and where it is asked.
fn who(recipient: &Recipient) -> AnyView {
    let Recipient { legal_name, contact, .. } = recipient.clone();
    view! {
        <dt>"接收方"</dt><dd>{legal_name}</dd>
        <dt>"联系方式"</dt><dd>{contact}</dd>
    }
    .into_any()
}

/// Where it is, its own policy, and what else should be known.
fn whereabouts(recipient: &Recipient) -> AnyView {
    let Recipient { name, abroad, policy, note, .. } = recipient.clone();
    view! {
        <dt>"在哪里"</dt>
        <dd>{abroad.map_or_else(|| "中国境内".to_owned(), |country| format!("境外：{country}"))}</dd>
        {note.map(|note| view! { <dt>"另请知悉"</dt><dd>{note}</dd> })}
        {policy.map(|href| view! {
            <dt>"它的政策"</dt>
            <dd><p><a href=href rel="noopener noreferrer" target="_blank">{format!("{name}的隐私政策")}</a></p></dd>
        })}
    }
    .into_any()
}

/// What is read before a decision: which kinds of data, what for, why, with which effect, and what stays.
fn decided(decision: &Decision) -> AnyView {
    let words = decision.switch.words.clone();
    view! {
        <dt>"提供哪些信息"</dt><dd>{decision.kinds.join("、")}</dd>
        <dt>"用来做什么"</dt><dd>{words.what_for}</dd>
        {words.necessity.map(|text| view! { <dt>"为什么必要"</dt><dd>{text}</dd> })}
        {words.impact.map(|text| view! { <dt>"对你的影响"</dt><dd>{text}</dd> })}
        <dt>"关闭后会怎样"</dt><dd>{words.when_off}</dd>
        <dt>"不影响什么"</dt><dd>{words.unaffected}</dd>
    }
    .into_any()
}
