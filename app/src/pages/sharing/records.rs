//! 共享记录: what was given to whom, when and on which ground; what was made public stands apart.

use leptos::prelude::*;

use crate::menu::Place;
use crate::pages::requests::new_path;
use crate::promises::DISCLOSURE_YEARS;
use crate::requests::model::Kind as RequestKind;
use crate::sharing::model::Ground;
use crate::time::Moment;
use crate::ui::{CellLink, Cells};

/// One disclosure.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// To whom.
    pub recipient: String,
    /// When.
    pub at: Moment,
    /// On which ground.
    pub ground: Ground,
    /// With consent as its ground: what that consent is called.
    pub consent: Option<String>,
    /// Consent is its ground, and none stood at that time.
    pub unfounded: bool,
    /// The kinds of data.
    pub kinds: Vec<String>,
    /// What else is known of it.
    pub detail: String,
}

/// How often data was given to a recipient.
#[derive(Clone, Debug)]
pub struct Count {
    /// The recipient's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How often.
    pub count: usize,
    /// When last.
    pub latest: Moment,
}

/// What was asked for, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The recipient's id; empty for all.
    pub recipient: String,
    /// From this day, `2026-11-23`.
    pub from: String,
    /// To this day.
    pub to: String,
}

impl Asked {
    fn is_all(&self) -> bool {
        self.recipient.is_empty() && self.from.is_empty() && self.to.is_empty()
    }
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Model {
    /// What was asked for.
    pub asked: Asked,
    /// It is the first page of what was asked for.
    pub is_first: bool,
    /// How many, over all pages, rest on a consent that did not stand.
    pub unfounded: usize,
    /// Every recipient that was given something, the latest first.
    pub counts: Vec<Count>,
    /// The disclosures.
    pub rows: Vec<Row>,
    /// What was made public.
    pub public: Vec<Row>,
    /// The address of what comes after.
    pub next: Option<String>,
    /// What is wrong with what was asked.
    pub wrong: Option<String>,
}

/// The page.
pub fn view(model: Model) -> AnyView {
    let Model { asked, is_first, unfounded, counts, rows, public, next, wrong } = model;
    let overview = asked.is_all() && is_first;
    let empty = rows.is_empty();
    view! {
        <p class="lead">"我们实际把你的哪些信息交给了谁、什么时候、依据是什么。"</p>
        {(unfounded > 0).then(|| view! {
            <aside class="notice notice-warn">
                <p class="notice-title">{format!("有 {unfounded} 次提供，当时没有你的同意")}</p>
                <p>"下面逐条标明，也已提醒我们的个人信息保护负责人。你可以要求说明，也可以直接投诉。"</p>
            </aside>
        })}
        {filter(&asked, &counts, wrong)}
        {(overview && !counts.is_empty()).then(|| by_recipient(&counts))}
        <section class="cells record-list">
            <h2 class="cells-title">"按时间"</h2>
            {rows.into_iter().map(row).collect::<Vec<_>>()}
            {empty.then(|| view! {
                <p class="empty">{if overview { "还没有共享过你的信息。" } else { "没有找到符合的记录。" }}</p>
            })}
        </section>
        {next.map(|href| view! { <a class="button button-plain" href=href rel="next">"更早的记录"</a> })}
        {overview.then(|| made_public(public))}
        <p class="cells-tips">
            {format!("《网络数据安全管理条例》第十二条要求这些记录至少保存{DISCLOSURE_YEARS}年。到期自动删除，在那之前不能删除，也不用于别的目的。")}
        </p>
    }
    .into_any()
}

/// The address of what was given to one recipient.
fn list_path(recipient: &str) -> String {
    format!("{}?recipient={recipient}", Place::Disclosures.path())
}

fn by_recipient(counts: &[Count]) -> AnyView {
    let links = counts.iter().map(|Count { id, name, count, latest }| {
        let (value, note) = (format!("{count} 次"), format!("最近 {}", latest.date()));
        view! { <CellLink href=list_path(id) label=name.clone() value=value note=note /> }
    });
    let links: Vec<_> = links.collect();
    view! { <Cells title="按接收方">{links}</Cells> }.into_any()
}

fn made_public(public: Vec<Row>) -> AnyView {
    let empty = public.is_empty();
    view! {
        <section class="cells record-list" id="public">
            <h2 class="cells-title">"公开披露"</h2>
            {public.into_iter().map(row).collect::<Vec<_>>()}
            {empty.then(|| view! { <p class="empty">"我们没有公开披露过你的信息。"</p> })}
        </section>
    }
    .into_any()
}

fn filter(asked: &Asked, counts: &[Count], wrong: Option<String>) -> AnyView {
    let Asked { recipient, from, to } = asked.clone();
    let open = !asked.is_all() || wrong.is_some();
    let choices = counts.iter().map(|Count { id, name, .. }| {
        let selected = *id == recipient;
        view! { <option value=id.clone() selected=selected>{name.clone()}</option> }
    });
    view! {
        <details class="more" open=open>
            <summary>"筛选"</summary>
            <form class="form filter" method="get" action=Place::Disclosures.path()>
                {wrong.map(|message| view! { <p class="form-error" role="alert">{message}</p> })}
                <div class="field">
                    <label for="recipient">"接收方"</label>
                    <select id="recipient" name="recipient">
                        <option value="" selected=recipient.is_empty()>"全部"</option>
                        {choices.collect::<Vec<_>>()}
                    </select>
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

fn row(row: Row) -> AnyView {
    let Row { id, recipient, at, ground, consent, unfounded, kinds, detail } = row;
    let ground = match consent {
        Some(consent) => format!("{}（{consent}）", ground.words()),
        None => ground.words().to_owned(),
    };
    let explain = new_path(RequestKind::Explanation, &format!("disclosure:{id}"));
    let name = recipient.clone();
    view! {
        <div class="cell disclosure">
            <div class="cell-text">
                <h3 class="cell-label">
                    {recipient} {unfounded.then(|| view! { " " <span class="tag tag-sensitive">"当时没有你的同意"</span> })}
                </h3>
                <dl class="details">
                    <dt>"时间"</dt><dd><time datetime=at.iso()>{at.date_time()}</time></dd>
                    <dt>"信息"</dt><dd>{kinds.join("、")}</dd>
                    <dt>"依据"</dt>
                    <dd>{if unfounded { format!("报称是{ground}，但当时没有有效的同意") } else { ground }}</dd>
                    {(!detail.is_empty()).then(|| view! { <dt>"说明"</dt><dd>{detail}</dd> })}
                </dl>
                {if unfounded {
                    view! {
                        <p class="cell-note">
                            <a href=explain aria-label=format!("要求说明：{name}")>"要求说明"</a>
                            "，15个工作日内答复。也可以向网信部门投诉、举报，或者依法向人民法院起诉。"
                        </p>
                    }.into_any()
                } else {
                    view! { <p class="cell-note"><a href=explain aria-label=format!("有疑问？申请解释说明：{name}")>"有疑问？申请解释说明"</a></p> }.into_any()
                }}
            </div>
        </div>
    }
    .into_any()
}
