//! 同意管理: every decision that stands, and how it came to be.

use leptos::prelude::*;

use crate::consents::minors::LOCKED;
use crate::consents::model::{Group, Kind, Lapse, PastDecision, Purpose, Stood, Words};
use crate::menu::Place;
use crate::pages::proofs;
use crate::pages::requests::new_path;
use crate::requests::model::Kind as RequestKind;
use crate::time::Moment;
use crate::ui::{CellLink, Cells};

/// A decision that stands, with its words.
#[derive(Clone, Debug)]
pub struct Entry {
    /// For what.
    pub purpose: Purpose,
    /// The one recipient or cookie within the purpose that it is about; none: the whole purpose.
    pub about: Option<String>,
    /// What it is called among others.
    pub label: String,
    /// What it is called and what for; none: the catalogue knows it no more, so nothing is done with it.
    pub words: Option<Words>,
    /// What was decided.
    pub stood: Stood,
    /// Where in the person's chain of events it was.
    pub position: i64,
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Model {
    /// What stands, consents first.
    pub standing: Vec<Entry>,
    /// What was decided before, newest first: a page of it.
    pub history: Vec<Line>,
    /// How many lines there are in all.
    pub total: usize,
    /// This page is not the one with the newest.
    pub is_older: bool,
    /// The address of the page after this.
    pub next: Option<String>,
}

/// A line of what was decided before.
#[derive(Clone, Debug)]
pub enum Line {
    /// A decision, and what it is called.
    Decided(PastDecision, String),
    /// Written then by a newer version.
    Unrecognised(Moment),
}

/// What stands where this version can't read what a newer one wrote.
pub const UNRECOGNISED: &str = "一项本版本认不出的记录";

/// The page.
pub fn view(model: Model) -> AnyView {
    let (given, refused): (Vec<_>, Vec<_>) = model.standing.into_iter().partition(|e| e.stood.granted);
    let (void, given): (Vec<_>, Vec<_>) = given.into_iter().partition(|e| e.stood.lapsed == Some(Lapse::Age));
    let empty = given.is_empty();
    view! {
        <section class="cells">
            <h2 class="cells-title">"已同意"</h2>
            {empty.then(|| view! { <p class="empty">"你还没有同意过任何一项。需要时，我们会在用到的地方问你。"</p> })}
            {given.into_iter().map(entry).collect::<Vec<_>>()}
            <p class="cells-tips">"撤回立即生效，不影响撤回之前已经完成的处理，也不影响基本功能。"</p>
        </section>
        {(!void.is_empty()).then(|| view! {
            <section class="cells">
                <h2 class="cells-title">"不再有效"</h2>
                {void.into_iter().map(entry).collect::<Vec<_>>()}
                <p class="cells-tips">"这些是以前同意过的，现在都按“不同意”处理。"</p>
            </section>
        })}
        {(!refused.is_empty()).then(|| view! {
            <section class="cells">
                <h2 class="cells-title">"已拒绝或撤回"</h2>
                {refused.into_iter().map(entry).collect::<Vec<_>>()}
            </section>
        })}
        <Cells>
            <CellLink href=Place::Past.path() label=Place::Past.label() note="过去任何一天，什么适用于你" />
            <CellLink href=Place::Notices.path() label=Place::Notices.label() note="撤回之后，通知了谁、办到哪一步" />
        </Cells>
        {history(model.history, model.total, model.is_older, model.next)}
        <Cells
            title="凭证"
            tips="每一次决定都有凭证：写明当时看到的文字，带签名，能证明它记在账本里。存一份在自己手里，以后谁也改不了。"
        >
            <CellLink href=proofs::ALL label="全部凭证" note="下载成一个文件" />
            <CellLink href=Place::Erasures.path() label=Place::Erasures.label() note="删过什么、何时删除" />
            <CellLink href=Place::Verify.path() label=Place::Verify.label() note="检查一份凭证是不是真的" />
        </Cells>
    }
    .into_any()
}

fn entry(entry: Entry) -> AnyView {
    let Entry { purpose, about, label, words, stood, position } = entry;
    let Stood { granted, since, policy_version, surface, lapsed } = stood;
    let kind = match purpose.kind() {
        Kind::SeparateConsent => "单独同意",
        Kind::Consent => "同意",
        Kind::Setting => "偏好设置",
    };
    let known = words.is_some();
    let ask_again = match purpose.group() {
        Group::Sharing => Place::Sharing,
        Group::Abroad => Place::Abroad,
        _ => Place::PolicyUpdate,
    };
    view! {
        <div class="cell consent">
            <div class="cell-text">
                <h3 class="cell-label">{label.clone()} " " <span class="tag">{kind}</span></h3>
                <p class="cell-note">{words.map_or_else(|| "它已不在我们的清单里，不再据此处理你的信息。".to_owned(), |words| words.what_for)}</p>
                {lapsed.map(|lapse| {
                    let (why, place) = match lapse {
                        Lapse::Policy => ("政策有变化，已暂停，等你重新确认。", Some(ask_again)),
                        Lapse::Year => ("一年前的同意到期了，已暂停，等你重新决定。", Some(Place::Cookies)),
                        Lapse::Age => (LOCKED, None),
                    };
                    view! { <p class="cell-note">{why} {place.map(|place| view! { <a href=place.path()>"去确认"</a> })}</p> }
                })}
                <dl class="details">
                    <dt>{if granted { "同意时间" } else { "拒绝时间" }}</dt>
                    <dd>{time(since)}</dd>
                    <dt>"政策版本"</dt><dd>{format!("第 {policy_version} 版")}</dd>
                    <dt>"在哪里决定"</dt><dd>{surface_label(&surface)}</dd>
                </dl>
                <p class="cell-note"><a href=proofs::path(position) aria-label=format!("下载凭证：{label}")>"下载凭证"</a></p>
                <p class="cell-note"><a href=new_path(RequestKind::Explanation, &format!("purpose:{}", purpose.id()))>{format!("对“{label}”有疑问？申请解释说明")}</a></p>
            </div>
            {(granted && known).then(|| view! {
                <form method="post" action="/settings/privacy/consents/withdraw">
                    <input type="hidden" name="purpose" value=purpose.id() />
                    {about.map(|about| view! { <input type="hidden" name="about" value=about /> })}
                    <button class="button button-plain button-small" type="submit" aria-label=format!("撤回：{label}")>"撤回"</button>
                </form>
            })}
        </div>
    }
    .into_any()
}

fn history(lines: Vec<Line>, total: usize, is_older: bool, next: Option<String>) -> AnyView {
    if total == 0 {
        return ().into_any();
    }
    view! {
        <details class="more" id="history" open=is_older>
            <summary>{format!("全部记录（{total} 条）")}</summary>
            <ol class="timeline">{lines.into_iter().map(line).collect::<Vec<_>>()}</ol>
            {(is_older || next.is_some()).then(|| view! {
                <div class="row-actions">
                    {is_older.then(|| view! {
                        <a class="button button-plain button-small" href=format!("{}#history", Place::Consents.path())>"回到最新的记录"</a>
                    })}
                    {next.map(|href| view! {
                        <a class="button button-plain button-small" href=format!("{href}#history") rel="next">"更早的记录"</a>
                    })}
                </div>
            })}
        </details>
    }
    .into_any()
}

fn line(line: Line) -> AnyView {
    let (past, label) = match line {
        Line::Decided(past, label) => (past, label),
        Line::Unrecognised(at) => {
            return view! {
                <li>
                    {time(at)}
                    <p>{UNRECOGNISED}</p>
                    <p class="cell-note">"由更新的版本写下，原样保存在账本里，没有改动。"</p>
                </li>
            }
            .into_any();
        }
    };
    let verb = if past.decision.granted { "开启" } else { "关闭" };
    let download = format!("下载凭证：{}{verb}“{label}”", past.at.date_time());
    view! {
        <li>
            {time(past.at)}
            <p>{format!("{verb}“{label}”")}</p>
            <p class="cell-note">
                {format!("在{} · 政策第 {} 版 · ", surface_label(&past.surface), past.policy_version)}
                <a href=proofs::path(past.position) aria-label=download>"下载凭证"</a>
            </p>
        </li>
    }
    .into_any()
}

/// A moment that a machine can read, too.
pub fn time(at: Moment) -> AnyView {
    view! { <time datetime=at.iso()>{at.date_time()}</time> }.into_any()
}

/// The page where a decision was made, by its name.
pub fn surface_label(surface: &str) -> String {
    let place = crate::menu::PLACES.iter().find(|place| place.path() == surface);
    match (place, surface) {
        (Some(place), _) => place.label().to_owned(),
        (None, "sec-gpc") => "浏览器的隐私信号".to_owned(),
        (None, "cookie-banner") => "Cookie 提示".to_owned(),
        (None, "sms-reply") => "短信回复".to_owned(),
        (None, "mail-link") => "邮件里的退订链接".to_owned(),
        (None, other) => other.to_owned(),
    }
}
