//! 记录详情 and 完整记录: one record, why it is held and until when; corrected and erased in place.

use leptos::prelude::*;

use super::{Kind, facts, record_path, tags, time};
use crate::mask::Mask;
use crate::menu::Place;
use crate::pages::requests::new_path;
use crate::records::model::{Basis, Content, Source};
use crate::records::rules::{Fate, NotCorrected, VALUE_CHARS, fate};
use crate::requests::model::Kind as RequestKind;
use crate::time::Moment;
use crate::ui::{Filled, SubmitButton};

/// What both pages show.
#[derive(Clone, Debug)]
pub struct Model {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: Kind,
    /// When it came about.
    pub at: Moment,
    /// Where it comes from.
    pub source: Source,
    /// On which ground it was collected.
    pub basis: Basis,
    /// As it may be shown.
    pub content: Content,
    /// When its retention ends; nothing: with the account.
    pub ends: Option<Moment>,
    /// It is shown whole.
    pub whole: bool,
    /// Whether it may be corrected in place.
    pub correction: Result<(), NotCorrected>,
    /// When it was corrected, newest first.
    pub corrections: Vec<Moment>,
    /// The correction as typed, when it has to be mended.
    pub filled: Filled,
}

/// The page.
pub fn view(model: Model) -> AnyView {
    let Model { id, kind, at, source, basis, content, ends, whole, correction, corrections, filled } = model;
    let mask = kind.field.mask;
    let until = match ends {
        Some(end) => format!("{}删除（{}）", end.date(), kind.retention.words),
        None => kind.retention.words.clone(),
    };
    let extra = view! {
        <dt>"保存到"</dt><dd>{until}</dd>
    }
    .into_any();
    let basis_facts = facts(&kind, &[basis], extra);
    view! {
        <section class="cells record">
            <h2 class="record-value">{content.value.clone()}</h2>
            <p class="record-kind">{kind.field.name.clone()} " " {tags(&kind.field)}</p>
            <dl class="details record-details">
                <dt>"时间"</dt><dd>{time(at)}</dd>
                {content.details.iter().cloned().map(|(label, text)| view! { <dt>{label}</dt><dd>{text}</dd> }).collect::<Vec<_>>()}
                <dt>"来源"</dt><dd>{source.words()}</dd>
                {corrections.first().map(|at| view! {
                    <dt>"更正"</dt><dd>{format!("你更正过 {} 次，最近 ", corrections.len())} {time(*at)}</dd>
                })}
            </dl>
        </section>
        {lift(&id, mask, whole)}
        {basis_facts}
        {correction_part(&id, &kind, correction, &content, whole, filled)}
        {erasure_part(&id, &kind)}
        <p class="cells-tips"><a href=new_path(RequestKind::Explanation, &format!("record:{}:{id}", kind.field.id))>"对这条有疑问？申请解释说明"</a></p>
    }
    .into_any()
}

fn lift(id: &str, mask: Mask, whole: bool) -> Option<AnyView> {
    let path = record_path(id);
    match (mask, whole) {
        (Mask::Never, _) => Some(
            view! { <p class="cells-tips">"这一类从不显示：它已经变换成无法读懂的形式，任何人都看不到原样。"</p> }
                .into_any(),
        ),
        (mask, false) if mask.can_be_lifted() => {
            Some(view! { <a class="button button-primary" href=format!("{path}/full")>"查看完整"</a> }.into_any())
        }
        (mask, true) if mask.can_be_lifted() => {
            Some(view! { <a class="button button-plain" href=path>"隐藏"</a> }.into_any())
        }
        _ => None,
    }
}

fn correction_part(
    id: &str,
    kind: &Kind,
    correction: Result<(), NotCorrected>,
    content: &Content,
    whole: bool,
    filled: Filled,
) -> AnyView {
    if let Err(why) = correction {
        let about = format!("record:{}:{id}", kind.field.id);
        let may_ask = why != NotCorrected::StorageOnly;
        return view! {
            <section class="notice notice-info">
                <p class="notice-title">"更正"</p>
                <p>{why.message()}</p>
                {may_ask.then(|| view! { <p><a href=new_path(RequestKind::Correction, &about)>"申请更正"</a></p> })}
            </section>
        }
        .into_any();
    }
    let error = filled.error_of("value");
    let typed = filled.value("value");
    // A masked value is not put into the field: it would come back as the new one.
    let present = if whole || kind.field.mask == Mask::None { content.value.clone() } else { String::new() };
    let value = if typed.is_empty() { present } else { typed };
    let open = error.is_some();
    view! {
        <details class="more" open=open>
            <summary>"更正"</summary>
            <form class="form" method="post" action=format!("{}/correct", record_path(id))>
                <div class="field">
                    <label for="value">{format!("正确的{}", kind.field.name)}</label>
                    <input
                        id="value" name="value" type="text" value=value maxlength=VALUE_CHARS required autocomplete="off"
                        aria-invalid=error.is_some().then_some("true")
                        aria-describedby=error.is_some().then_some("value-error")
                    />
                    {error.map(|text| view! { <p class="field-error" id="value-error" role="alert">{text}</p> })}
                </div>
                <SubmitButton label="保存更正" />
            </form>
        </details>
    }
    .into_any()
}

fn erasure_part(id: &str, kind: &Kind) -> AnyView {
    let (summary, help, button) = match fate(&kind.field) {
        Fate::Goes => ("删除这条", "删除后不能恢复，应用里也不再出现。".to_owned(), "确认删除"),
        Fate::StoredOnly => {
            let law = kind.retention.law.clone().unwrap_or_default();
            let help = format!(
                "{law}，现在还不能删除。可以转为仅存储：不再使用、不再显示，保存期满自动删除。转换后不能恢复。"
            );
            ("停止使用这条", help, "转为仅存储")
        }
        Fate::StaysWithAccount => {
            return view! {
                <section class="notice notice-info">
                    <p class="notice-title">"删除"</p>
                    <p>"没有它账号就无法使用。注销账号时会一起删除。" <a href=Place::Cancellation.path()>"去注销账号"</a></p>
                </section>
            }
            .into_any();
        }
    };
    view! {
        <details class="more">
            <summary class="danger-text">{summary}</summary>
            <form class="form" method="post" action=format!("{}/erase", record_path(id))>
                <p>{help}</p>
                <SubmitButton label=button danger=true />
            </form>
        </details>
    }
    .into_any()
}
