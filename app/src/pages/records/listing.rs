//! 信息明细: records of a kind, or of all, newest first.

use leptos::prelude::*;

use super::{Kind, erase_path, facts, list_path, record_path, tags, time};
use crate::menu::Place;
use crate::pages::requests::new_path;
use crate::records::model::{Content, NUMBER};
use crate::records::rules::Scope;
use crate::requests::model::Kind as RequestKind;
use crate::time::Moment;
use crate::ui::{CellLink, Cells};

/// One record of the list.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// What its kind is called.
    pub kind: String,
    /// When it came about.
    pub at: Moment,
    /// As it may be shown.
    pub content: Content,
    /// It was corrected.
    pub corrected: bool,
}

/// A value that the centre keeps itself.
#[derive(Clone, Debug)]
pub struct Own {
    /// Since when.
    pub at: Moment,
    /// As it may be shown.
    pub content: Content,
    /// Where it is changed.
    pub place: Place,
}

/// What was asked for, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The kind's id; empty for all.
    pub kind: String,
    /// From this day, `2026-11-23`.
    pub from: String,
    /// To this day.
    pub to: String,
    /// The words to find.
    pub q: String,
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Model {
    /// What was asked for.
    pub asked: Asked,
    /// The kind, when one was asked for.
    pub kind: Option<Kind>,
    /// Every kind there is: id and name.
    pub kinds: Vec<(String, String)>,
    /// What the centre keeps itself of that kind.
    pub own: Vec<Own>,
    /// Its values are hidden, and no other page shows them whole: this one does after 验证身份.
    pub hidden: bool,
    /// The records.
    pub rows: Vec<Row>,
    /// How many of the kind are stored only.
    pub restricted: usize,
    /// The address of what comes after.
    pub next: Option<String>,
    /// The search has not looked at everything yet.
    pub stopped_early: bool,
    /// What is wrong with what was asked.
    pub wrong: Option<String>,
}

/// The page.
pub fn view(model: Model) -> AnyView {
    let Model { asked, kind, kinds, own, hidden, rows, restricted, next, stopped_early, wrong } = model;
    let empty = rows.is_empty() && own.is_empty();
    let searched = !asked.q.is_empty() || !asked.from.is_empty() || !asked.to.is_empty();
    let one_kind = kind.is_some();
    let law = kind.as_ref().and_then(|k| k.retention.law.clone());
    view! {
        {kind.as_ref().map(heading)}
        {filter(&asked, &kinds, wrong)}
        {(!own.is_empty()).then(|| own_values(own))}
        {hidden.then(|| {
            let next = format!("{}?next={}", Place::StepUp.path(), list_path(&asked.kind));
            view! { <a class="button button-primary" href=next>"查看完整"</a> }
        })}
        <section class="cells record-list">
            {rows.into_iter().map(|r| row(r, one_kind)).collect::<Vec<_>>()}
            {(empty && !stopped_early).then(|| view! { <p class="empty">{if searched { "没有找到符合的记录。" } else { "没有记录。" }}</p> })}
            {stopped_early.then(|| view! { <p class="cells-tips">"记录很多，已经找过最近的两万条。可以继续往前找。"</p> })}
        </section>
        {(restricted > 0).then(|| view! {
            <aside class="notice notice-info">
                <p class="notice-title">{format!("{restricted} 条已转为仅存储")}</p>
                <p>{format!("{}，到期自动删除。在那之前只保管，不再用于别的目的，也不再显示。", law.unwrap_or_else(|| "法律要求保存".into()))}</p>
            </aside>
        })}
        {next.map(|href| view! {
            <a class="button button-plain" href=href rel="next">{if stopped_early { "继续往前找" } else { "更早的记录" }}</a>
        })}
        {kind.map(actions)}
    }
    .into_any()
}

fn heading(kind: &Kind) -> AnyView {
    let extra = view! { <dt>"保存多久"</dt><dd>{kind.retention.words.clone()}</dd> }.into_any();
    view! {
        <div class="kind-head">
            <h2>{kind.field.name.clone()}</h2>
            <p>{tags(&kind.field)}</p>
        </div>
        {facts(kind, &kind.field.basis, extra)}
    }
    .into_any()
}

fn filter(asked: &Asked, kinds: &[(String, String)], wrong: Option<String>) -> AnyView {
    let Asked { kind, from, to, q } = asked.clone();
    let open = !from.is_empty() || !to.is_empty() || !q.is_empty() || wrong.is_some();
    let choices = kinds.iter().map(|(id, name)| {
        let selected = *id == kind;
        view! { <option value=id.clone() selected=selected>{name.clone()}</option> }
    });
    view! {
        <details class="more" open=open>
            <summary>"查找和筛选"</summary>
            <form class="form filter" method="get" action=Place::RecordList.path()>
                {wrong.map(|message| view! { <p class="form-error" role="alert">{message}</p> })}
                <div class="field">
                    <label for="kind">"种类"</label>
                    <select id="kind" name="kind">
                        <option value="" selected=kind.is_empty()>"全部"</option>
                        {choices.collect::<Vec<_>>()}
                    </select>
                </div>
                <div class="field">
                    <label for="q">"包含文字"</label>
                    <input id="q" name="q" type="search" maxlength="60" value=q aria-describedby="q-hint" />
                    <p class="field-hint" id="q-hint">"隐藏的部分不会被查到；验证身份后可以查全文。"</p>
                </div>
                <div class="field-row">
                    <div class="field">
                        <label for="from">"从"</label>
                        <input id="from" name="from" type="date" value=from />
                    </div>
                    <div class="field">
                        <label for="to">"到"</label>
                        <input id="to" name="to" type="date" value=to />
                    </div>
                </div>
                <button class="button button-primary" type="submit">"查找"</button>
            </form>
        </details>
    }
    .into_any()
}

fn own_values(own: Vec<Own>) -> AnyView {
    view! {
        <section class="cells">
            <h2 class="cells-title">"现在使用的"</h2>
            {own.into_iter().map(own_value).collect::<Vec<_>>()}
        </section>
    }
    .into_any()
}

fn own_value(Own { at, content, place }: Own) -> AnyView {
    // The host's own number for it says nothing to its person; the copy holds it.
    let told = content.details.iter().filter(|(label, _)| label != NUMBER);
    let details = told.map(|(label, text)| format!(" · {label} {text}"));
    let note = match place {
        // The host's facts: nothing here changes them.
        Place::Cancellation => format!("{}起{} · {}时核对", at.date(), details.collect::<String>(), place.label()),
        _ => format!("{}起 · 在“{}”里查看和修改", at.date(), place.label()),
    };
    view! {
        <a class="cell cell-link" href=place.path()>
            <span class="cell-text">
                <span class="cell-label">{content.value}</span>
                <span class="cell-note">{note}</span>
            </span>
        </a>
    }
    .into_any()
}

fn row(row: Row, one_kind: bool) -> AnyView {
    let Row { id, kind, at, content, corrected } = row;
    let details: Vec<_> = content.details.iter().map(|(label, text)| format!("{label} {text}")).collect();
    let kind = (!one_kind).then(|| view! { " " <span class="tag">{kind}</span> });
    view! {
        <a class="cell cell-link" href=record_path(&id)>
            <span class="cell-text">
                <span class="cell-label">{content.value} {kind} {corrected.then(|| view! { " " <span class="tag">"更正过"</span> })}</span>
                <span class="cell-note">{time(at)} {(!details.is_empty()).then(|| format!(" · {}", details.join(" · ")))}</span>
            </span>
        </a>
    }
    .into_any()
}

fn actions(kind: Kind) -> AnyView {
    let name = kind.field.name.clone();
    let explain = new_path(RequestKind::Explanation, &format!("field:{}", kind.field.id));
    let scope = Scope::Kind(kind.field.id);
    view! {
        <Cells>
            <CellLink href=explain label="申请解释说明" note="想知道我们为什么保存、怎样使用" />
            <CellLink href=erase_path(&scope) label=format!("删除全部“{name}”") note="先看会删什么，再决定" danger=true />
        </Cells>
    }
    .into_any()
}
