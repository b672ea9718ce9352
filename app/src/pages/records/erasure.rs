//! 删除个人信息: what would go, what stays, why and until when; then the button.

use leptos::prelude::*;

use crate::menu::Place;
use crate::records::rules::Scope;

/// A kind that would be touched, and how many records of it.
#[derive(Clone, Debug)]
pub struct Line {
    /// What it is called.
    pub name: String,
    /// How many.
    pub count: usize,
    /// Why it stays and until when; empty for what goes.
    pub note: String,
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Model {
    /// What was asked for.
    pub scope: Scope,
    /// That in words, for example “浏览记录”.
    pub title: String,
    /// What goes at once.
    pub goes: Vec<Line>,
    /// Copies that can be downloaded, and end with the erasure.
    pub copies: usize,
    /// What becomes storage only.
    pub stored: Vec<Line>,
    /// What goes with the account alone.
    pub stays: Vec<Line>,
    /// Where one came from, and goes back to.
    pub back: Place,
}

/// Why what the host says is open is not erased by itself.
pub const NOT_SETTLED: &str = "这是一点生活-live 应用里还没了结的事实，用完或办结后立即删除，注销账号时也会一起删除。";

fn sum(lines: &[Line]) -> usize {
    lines.iter().map(|l| l.count).sum()
}

/// The page.
pub fn view(model: Model) -> AnyView {
    let Model { scope, title, goes, copies, stored, stays, back } = model;
    if goes.is_empty() && stored.is_empty() {
        let help = match stays.first() {
            None => "没有可以删除的内容。".to_owned(),
            Some(line) if !line.note.is_empty() => line.note.clone(),
            Some(_) => "这些信息账号离不开，注销账号时会一起删除。".to_owned(),
        };
        return view! {
            <p class="lead">{title}</p>
            <p class="empty">{help}</p>
            {(!stays.is_empty()).then(|| view! { <a class="button button-plain" href=Place::Cancellation.path()>"去注销账号"</a> })}
        }
        .into_any();
    }
    let (gone, kept) = (sum(&goes), sum(&stored));
    let button = match (gone, kept) {
        (0, _) => format!("转为仅存储（{kept} 条）"),
        (_, 0) => format!("删除 {gone} 条"),
        _ => format!("删除 {gone} 条，{kept} 条转为仅存储"),
    };
    view! {
        <p class="lead">{title} "。现在还没有删除任何内容，请先看清楚。"</p>
        {section("会删除", "erase-list", goes, "删除后立即无法读取，备份里的也一样，不能恢复。")}
        {section("依法保留，转为仅存储", "keep-list", stored, "只保管，不再使用、不再显示，到期自动删除。")}
        {section("不受影响", "keep-list", stays, "账号离不开它们，注销账号时一起删除。")}
        {(copies > 0).then(|| view! { <p class="cells-tips">{format!("已生成的 {copies} 份信息副本会一起作废，需要的话请先下载。")}</p> })}
        <form class="form" method="post" action=Place::Erasure.path()>
            <input type="hidden" name="scope" value=scope.id() />
            <button class="button button-danger" type="submit">{button}</button>
            <a class="button button-plain" href=back.path()>"不删除，返回"</a>
        </form>
    }
    .into_any()
}

fn section(title: &'static str, class: &'static str, lines: Vec<Line>, tips: &'static str) -> Option<AnyView> {
    let total = sum(&lines);
    let list = lines.into_iter().map(|Line { name, count, note }| {
        view! {
            <li>
                <strong>{format!("{name}（{count} 条）")}</strong>
                {(!note.is_empty()).then(|| view! { <span>{note}</span> })}
            </li>
        }
    });
    let list: Vec<_> = list.collect();
    (total > 0).then(|| {
        view! {
            <section class="cells">
                <h2 class="cells-title">{format!("{title}（{total} 条）")}</h2>
                <ul class=class>{list}</ul>
                <p class="cells-tips">{tips}</p>
            </section>
        }
        .into_any()
    })
}
