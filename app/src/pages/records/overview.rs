//! 我的个人信息: by business function, each kind with its count, its newest and why it is held.

use leptos::prelude::*;

use super::{erase_path, list_path};
use crate::export::register::{REGISTERS_NAME, Register};
use crate::menu::Place;
use crate::records::model::Field;
use crate::records::rules::Scope;
use crate::time::Moment;
use crate::ui::{CellLink, Cells};

/// One kind of which something is held.
#[derive(Clone, Debug)]
pub struct Held {
    /// The kind.
    pub field: Field,
    /// In use.
    pub count: usize,
    /// Stored only.
    pub restricted: usize,
    /// When the newest came about.
    pub latest: Moment,
}

/// One business function.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Kinds of which something is held.
    pub held: Vec<Held>,
    /// Something of it can be erased.
    pub erasable: bool,
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Model {
    /// Business functions of which something is held, in the policy's order.
    pub groups: Vec<Group>,
    /// Now.
    pub now: Moment,
    /// Names of kinds of which nothing is held.
    pub absent: Vec<String>,
}

/// The page.
pub fn view(model: Model) -> AnyView {
    let Model { groups, now, absent } = model;
    let kinds: usize = groups.iter().map(|g| g.held.len()).sum();
    let records: usize = groups.iter().flat_map(|g| &g.held).map(|h| h.count).sum();
    view! {
        <p class="lead">{format!("这里是我们持有的你的全部个人信息：{kinds} 类，共 {records} 条。点开任何一类，能看到每一条、为什么保存、什么时候删除。")}</p>
        <form class="search" method="get" action=Place::RecordList.path() role="search">
            <label class="visually-hidden" for="q">"在我的信息里查找"</label>
            <input id="q" name="q" type="search" maxlength="60" placeholder="在我的信息里查找" enterkeyhint="search" />
            <button class="button button-plain" type="submit">"查找"</button>
        </form>
        {groups.into_iter().map(|g| group(g, now)).collect::<Vec<_>>()}
        {(!absent.is_empty()).then(|| view! {
            <details class="more">
                <summary>{format!("没有收集过的（{} 类）", absent.len())}</summary>
                <p>{absent.join("、")}</p>
            </details>
        })}
        {registers()}
        <Cells tips="删除之前，会先告诉你哪些会删、哪些因为法律要求必须留下、留到什么时候。">
            <CellLink href=format!("{}?", Place::RecordList.path()) label="按时间看全部记录" />
            <CellLink href=Place::Export.path() label=Place::Export.label() note="网页、表格和 JSON" />
            <CellLink href=Place::Collection.path() label=Place::Collection.label() />
            <CellLink href=erase_path(&Scope::Optional) label="删除全部可选信息" note="各项功能不需要也能用的信息" danger=true />
        </Cells>
    }
    .into_any()
}

/// What the centre writes down by itself stands where it belongs, and whole in the copy.
fn registers() -> AnyView {
    let row = |register: &Register| {
        let (place, note) = match register.place() {
            Some(place) => (place, register.why().to_owned()),
            None => (Place::Export, format!("{}；在信息副本里查看", register.why())),
        };
        view! { <CellLink href=place.path() label=register.label() note=note /> }
    };
    view! {
        <Cells title=REGISTERS_NAME tips="办事时记下的，各自的页面里能看到；一条不漏的全文在信息副本里。">
            {Register::ALL.iter().map(row).collect::<Vec<_>>()}
            <CellLink href=Place::Disclosures.path() label=Place::Disclosures.label() note="把什么提供给了谁，依据是什么" />
        </Cells>
    }
    .into_any()
}

fn group(group: Group, now: Moment) -> AnyView {
    let Group { id, name, held, erasable } = group;
    let erase = erasable.then(|| {
        let label = format!("删除“{name}”的信息");
        view! { <a class="cells-action" href=erase_path(&Scope::Function(id))>{label}</a> }
    });
    view! {
        <section class="cells">
            <h2 class="cells-title">{name.clone()}</h2>
            {held.into_iter().map(|h| row(h, now)).collect::<Vec<_>>()}
            {erase}
        </section>
    }
    .into_any()
}

fn row(held: Held, now: Moment) -> AnyView {
    let Held { field, count, restricted, latest } = held;
    let value =
        if restricted > 0 { format!("{count} 条，另有 {restricted} 条仅存储") } else { format!("{count} 条") };
    view! {
        <a class="cell cell-link kind" href=list_path(&field.id)>
            <span class="cell-text">
                <span class="cell-label">
                    {field.name.clone()}
                    {field.sensitive.then(|| view! { " " <span class="tag tag-sensitive">"敏感"</span> })}
                </span>
                <span class="cell-note">{field.why}</span>
            </span>
            <span class="cell-value">
                {value}
                <time class="cell-note" datetime=latest.iso()>{format!("最近 {}", latest.short_date(now))}</time>
            </span>
        </a>
    }
    .into_any()
}
