//! 个人信息收集清单 (网数条例 21): every kind with purpose, scene, way, times, retention; and what the person decides here.

use leptos::prelude::*;

use super::records::{Kind, list_path, tags};
use super::switches::{Switch, facts, row, tags as switch_tags};
use crate::menu::Place;
use crate::records::model::Function;

/// Days of the small chart.
pub const DAYS: usize = 30;

/// One kind.
#[derive(Clone, Debug)]
pub struct Line {
    /// The kind.
    pub kind: Kind,
    /// How often it was collected on each of the last 30 days, the oldest first.
    pub days: [u32; DAYS],
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Model {
    /// What is collected only if the person says so, and has no page of its own.
    pub switches: Vec<Switch>,
    /// Business functions with their kinds, in the policy's order.
    pub functions: Vec<(Function, Vec<Line>)>,
}

/// The page.
pub fn view(model: Model) -> AnyView {
    let Model { switches, functions } = model;
    view! {
        <p class="lead">"一点生活-live 可能收集的每一类个人信息，以及最近从你这里收集了多少次。这份清单由系统使用的同一份目录生成。"</p>
        {functions.into_iter().map(|(function, lines)| view! {
            <section class="cells">
                <h2 class="cells-title">{function.name}</h2>
                {lines.into_iter().map(line).collect::<Vec<_>>()}
            </section>
        }).collect::<Vec<_>>()}
        <h2 class="part-title">"由你决定的收集"</h2>
        {switches.into_iter().map(|switch| view! {
            <section class="cells permission">
                <h3 class="cells-title">{switch.words.label.clone()} " " {switch_tags(switch.purpose)}</h3>
                {row(&switch, Place::Collection, "")}
                {facts(&switch.words)}
            </section>
        }).collect::<Vec<_>>()}
    }
    .into_any()
}

fn line(line: Line) -> AnyView {
    let Line { kind, days } = line;
    let in_7: u32 = days[DAYS - 7..].iter().sum();
    let in_30: u32 = days.iter().sum();
    let Kind { field, retention, .. } = kind;
    let basis: Vec<_> = field.basis.iter().map(|b| b.words()).collect();
    view! {
        <details class="collected">
            <summary>
                <span class="cell-text">
                    <span class="cell-label">{field.name.clone()} " " {tags(&field)}</span>
                    <span class="cell-note">{field.purposes.join("、")}</span>
                </span>
                <span class="collected-times">
                    {chart(&days)}
                    <span class="cell-note">{format!("7天 {in_7} 次 · 30天 {in_30} 次")}</span>
                </span>
            </summary>
            <dl class="details">
                <dt>"收集目的"</dt><dd>{field.why.clone()}</dd>
                <dt>"收集场景"</dt><dd>{field.scene.clone()}</dd>
                <dt>"收集方式"</dt><dd>{field.source.words()}</dd>
                <dt>"依据"</dt><dd>{basis.join("、")}</dd>
                <dt>"保存多久"</dt><dd>{retention.words}</dd>
            </dl>
            <p><a href=list_path(&field.id)>{format!("查看我的{}", field.name)}</a></p>
        </details>
    }
    .into_any()
}

/// Thirty bars, one a day. What they say stands beside them in words.
fn chart(days: &[u32; DAYS]) -> Option<AnyView> {
    let most = days.iter().copied().max().unwrap_or_default();
    if most == 0 {
        return None;
    }
    let bars = days.iter().enumerate().filter(|(_, count)| **count > 0).map(|(day, count)| {
        // At least one unit, so that a single time is seen beside many.
        let height = (count * 18 / most).max(2);
        format!("M{x} 20V{y}", x = day * 3 + 1, y = 20 - height)
    });
    let path: String = bars.collect();
    Some(
        view! {
            <svg class="chart" viewBox="0 0 90 20" width="90" height="20" aria-hidden="true" focusable="false">
                <path d=path stroke="currentColor" stroke-width="2" fill="none" />
            </svg>
        }
        .into_any(),
    )
}
