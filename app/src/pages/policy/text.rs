//! 隐私政策 and 儿童规则.

use std::collections::BTreeMap;

use leptos::nonce::use_nonce;
use leptos::prelude::*;

use crate::consents::model::Kind;
use crate::menu::{Access, Place};
use crate::pages::switches::{Switch, facts, row_of};
use crate::policy::model::{Block, Clause, Version};
use crate::sharing::model::Recipient;
use crate::time::Moment;
use crate::ui::switch_row::locked_row;
use crate::ui::{CellLink, Cells};

/// What stands beside a clause, in its present state.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// Decided right here, and where each switch posts to.
    pub switches: Vec<(Switch, String)>,
    /// Decided recipient by recipient: what each is called, where it is decided with all its facts, and its present state; of a
    /// visitor there is none.
    pub decisions: Vec<(String, String, String)>,
    /// Where more can be done, each with its present state.
    pub places: Vec<(Place, String)>,
    /// Who receives data, and where the list tells all of it.
    pub recipients: Vec<(Recipient, String)>,
    /// How many records are held of what the clause speaks of.
    pub held: Option<usize>,
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Model {
    /// Which version.
    pub version: Version,
    /// It is the one that holds.
    pub is_in_force: bool,
    /// It is made known, and still to come into force.
    pub is_to_come: bool,
    /// A version that is made known but not yet in force: its number and since when it holds.
    pub announced: Option<(String, Moment)>,
    /// What stands beside its clauses.
    pub beside: BTreeMap<String, Beside>,
    /// A visitor decides nothing here.
    pub signed_in: bool,
    /// What is searched for; empty: nothing.
    pub sought: String,
}

/// The page.
pub fn view(model: Model) -> AnyView {
    let Model { version, is_in_force, is_to_come, announced, beside, signed_in, sought } = model;
    let found = version.clauses().filter(|clause| clause.text.contains(&sought)).count();
    let standing = match (is_in_force, is_to_come) {
        (true, _) => "起施行",
        (_, true) => "起施行，现在尚未施行",
        _ => "起施行，现在已不是最新版本",
    };
    let searching = !sought.is_empty();
    view! {
        <p class="lead">{format!("第 {} 版 · {}{standing}", version.number, version.in_force.date())}</p>
        {announced.map(|(number, at)| view! {
            <aside class="notice notice-info">
                <p class="notice-title">{format!("第 {number} 版将从 {} 起施行", at.date())}</p>
                <p><a href=Place::PolicyChanges.path()>"看看改了什么"</a></p>
            </aside>
        })}
        {(!searching).then(|| summary(&version.summary))}
        <form class="search" method="get" action=Place::Policy.path() role="search">
            <label class="visually-hidden" for="q">"在政策里查找"</label>
            <input id="q" name="q" type="search" maxlength="40" value=sought.clone() placeholder="在政策里查找" enterkeyhint="search" />
            <button class="button button-plain" type="submit">"查找"</button>
        </form>
        {searching.then(|| view! {
            <p class="lead">{format!("“{sought}”：找到 {found} 条。")} " " <a href=Place::Policy.path()>"回到全文"</a></p>
        })}
        <div class="policy">
            {(!searching).then(|| contents(&version.text))}
            <article class="policy-text" aria-label="全文">
                {body(&version.text, &sought).into_iter().map(|block| match block {
                    Block::Heading { level, anchor, text } => heading(*level, anchor, text),
                    Block::Clause(clause) => {
                        let beside = beside.get(&clause.id).map(|beside| view_beside(beside, signed_in));
                        view! {
                            <div class="clause" id=anchor_of(&clause.id)>
                                <p>{marked(&clause.text, &sought)}</p>
                                {beside}
                            </div>
                        }
                        .into_any()
                    }
                }).collect::<Vec<_>>()}
            </article>
        </div>
        {(!searching).then(|| view! { <script nonce=use_nonce() inner_html=CONTENTS></script> })}
        <Cells>
            <CellLink href=Place::PolicyVersions.path() label=Place::PolicyVersions.label() />
            <CellLink href=Place::Children.path() label=Place::Children.label() note="未满14周岁的用户" />
        </Cells>
    }
    .into_any()
}

/// Where a clause can be jumped to.
#[must_use]
pub fn anchor_of(clause: &str) -> String {
    format!("c-{clause}")
}

/// The blocks that a search leaves: clauses that hold it, under their headings.
fn body<'t>(text: &'t [Block], sought: &str) -> Vec<&'t Block> {
    let holds = |block: &Block| matches!(block, Block::Clause(clause) if clause.text.contains(sought));
    let mut left: Vec<&Block> = Vec::new();
    for (at, block) in text.iter().enumerate() {
        let stays = match block {
            Block::Clause(_) => holds(block),
            Block::Heading { level, .. } => {
                // A heading stands over all that follows, up to one of its own level or above.
                let ends = |other: &&Block| matches!(other, Block::Heading { level: l, .. } if l <= level);
                text[at + 1..].iter().take_while(|other| !ends(other)).any(holds)
            }
        };
        if stays {
            left.push(block);
        }
    }
    left
}

fn summary(lines: &[Clause]) -> AnyView {
    view! {
        <section class="cells policy-summary" aria-labelledby="summary">
            <h2 class="cells-title" id="summary">"摘要"</h2>
            {lines.iter().map(|line| view! {
                <a class="cell cell-link" href=format!("#{}", anchor_of(&line.id))><span class="cell-text">{line.text.clone()}</span></a>
            }).collect::<Vec<_>>()}
        </section>
    }
    .into_any()
}

/// Marks the chapter that one is reading, and keeps it in sight, but moves nothing under a finger. Without script the contents are a
/// list of links.
const CONTENTS: &str = include_str!("contents.js");

fn contents(text: &[Block]) -> AnyView {
    let headings = text.iter().filter_map(|block| match block {
        Block::Heading { level: 1, anchor, text } => {
            Some(view! { <li><a href=format!("#{anchor}")>{text.clone()}</a></li> })
        }
        _ => None,
    });
    view! {
        <nav class="policy-contents" aria-label="目录">
            <ol>{headings.collect::<Vec<_>>()}</ol>
        </nav>
    }
    .into_any()
}

fn heading(level: u8, anchor: &str, text: &str) -> AnyView {
    let (anchor, text) = (anchor.to_owned(), text.to_owned());
    if level == 1 {
        view! { <h2 id=anchor tabindex="-1">{text}</h2> }.into_any()
    } else {
        view! { <h3 id=anchor tabindex="-1">{text}</h3> }.into_any()
    }
}

/// The text, with what is searched for marked.
fn marked(text: &str, sought: &str) -> AnyView {
    if sought.is_empty() {
        return text.to_owned().into_any();
    }
    let mut parts = Vec::new();
    for (n, part) in text.split(sought).enumerate() {
        if n > 0 {
            parts.push(view! { <mark>{sought.to_owned()}</mark> }.into_any());
        }
        parts.push(part.to_owned().into_any());
    }
    parts.into_any()
}

fn view_beside(beside: &Beside, signed_in: bool) -> AnyView {
    let Beside { switches, decisions, places, recipients, held } = beside.clone();
    let open = |place: &Place| signed_in || place.entry().access == Access::Anyone;
    let places: Vec<_> = places.into_iter().filter(|(place, _)| open(place)).collect();
    if switches.is_empty() && decisions.is_empty() && places.is_empty() && recipients.is_empty() && held.is_none() {
        return ().into_any();
    }
    view! {
        <div class="cells beside">
            {switches.into_iter().enumerate().map(|(n, (switch, action))| {
                let separate = switch.purpose.kind() == Kind::SeparateConsent;
                let note = if separate { "敏感个人信息 · 单独同意".to_owned() } else { switch.words.what_for.clone() };
                let label = switch.purpose.full_label(&switch.words);
                // One sentence is enough for all that is locked here.
                if switch.locked && n > 0 {
                    return locked_row(label, String::new());
                }
                view! {
                    {row_of(&switch, (switch.purpose.id().to_owned(), action), label, note)}
                    {separate.then(|| facts(&switch.words))}
                }
                .into_any()
            }).collect::<Vec<_>>()}
            {decisions.into_iter().map(|(label, href, state)| view! {
                <CellLink href=href label=label value=state note="逐家决定" />
            }).collect::<Vec<_>>()}
            {(!recipients.is_empty()).then(|| view! {
                <dl class="details">
                    {recipients.into_iter().map(|(recipient, state)| view! {
                        <dt>{recipient.name}</dt>
                        <dd>{recipient.what_for} {(!state.is_empty()).then(|| format!("（{state}）"))}</dd>
                    }).collect::<Vec<_>>()}
                </dl>
            })}
            {held.map(|held| view! {
                <p class="held">{format!("这一条说到的信息，我们现有你的 {held} 条。")}</p>
            })}
            {places.into_iter().map(|(place, state)| view! {
                <CellLink href=place.path() label=place.label() value=state />
            }).collect::<Vec<_>>()}
        </div>
    }
    .into_any()
}

/// 儿童规则.
pub fn children(version: &Version, beside: &BTreeMap<String, Beside>, signed_in: bool) -> AnyView {
    let rules = version.children.iter();
    view! {
        <p class="lead">"写给未满14周岁的用户和监护人。它是隐私政策的一部分，两者不一致时以这里为准。"</p>
        <article class="policy-text">
            {rules.map(|clause| view! {
                <div class="clause" id=anchor_of(&clause.id)>
                    <p>{clause.text.clone()}</p>
                    {beside.get(&clause.id).map(|beside| view_beside(beside, signed_in))}
                </div>
            }).collect::<Vec<_>>()}
        </article>
    }
    .into_any()
}
