//! 时光机: what applied at a past moment.

use leptos::prelude::*;

use super::consents::{surface_label, time};
use super::switches::facts;
use crate::consents::model::{Kind, PastDecision, Words};
use crate::consents::past::State;
use crate::menu::Place;
use crate::time::Moment;
use crate::ui::{CellLink, Cells};

/// What was asked for, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// `2026-03-01`.
    pub date: String,
    /// `18:30`; empty for the end of the day.
    pub time: String,
}

/// The words that were shown before a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Each by its name, and what else stood there.
    Words(Words, Vec<String>),
    /// As one text, of a form that is not written any more.
    Text(String),
    /// They were not kept: there is only their hash.
    Missing,
}

/// What paused a "yes".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PausedBy {
    /// A version of the policy, by its number, since when.
    Version(String, Moment),
    /// It was a year old, since when.
    Year(Moment),
    /// Its person is under 18.
    Age,
}

/// A decision that stood.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What it is called today.
    pub label: String,
    /// What kind of "yes" it needs.
    pub kind: Kind,
    /// How it stood.
    pub state: State,
    /// The decision.
    pub decided: PastDecision,
    /// What paused it.
    pub paused_by: Option<PausedBy>,
    /// What was read before it.
    pub shown: Shown,
}

/// What stands otherwise today.
#[derive(Clone, Debug)]
pub struct Changed {
    /// What it is called.
    pub label: String,
    /// What kind of "yes" it needs.
    pub kind: Kind,
    /// How it stood.
    pub before: State,
    /// How it stands.
    pub after: State,
}

/// What applied.
#[derive(Clone, Debug)]
pub struct Told {
    /// When.
    pub at: Moment,
    /// The version that held: its number and since when.
    pub version: (String, Moment),
    /// The version that was made known by then: its number and since when it holds.
    pub announced: Option<(String, Moment)>,
    /// Under which version the account was opened, and when.
    pub registered: (String, Moment),
    /// What stood.
    pub entries: Vec<Entry>,
    /// What was never decided by then.
    pub never: Vec<String>,
    /// How many records a newer version had written by then, which this one can't read.
    pub unrecognised: usize,
    /// The version that holds today, if it is another.
    pub version_now: Option<String>,
    /// Decisions that stand otherwise today.
    pub changed: Vec<Changed>,
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Model {
    /// What was asked for.
    pub asked: Asked,
    /// The first and the last day that can be asked for, as a field for dates takes them.
    pub days: (String, String),
    /// Days worth a look: what they are, and the day.
    pub quick: Vec<(String, String)>,
    /// What is wrong with what was asked for.
    pub wrong: Option<String>,
    /// What applied then; none: nothing was asked for yet.
    pub told: Option<Told>,
}

/// The page.
pub fn view(model: Model) -> AnyView {
    let Model { asked, days, quick, wrong, told } = model;
    view! {
        <p class="lead">"选一个日期，看看那一刻什么适用于你：隐私政策是哪一版，每一项你是怎样决定的，当时读到的是哪些话。"</p>
        {form(asked, days, quick, wrong)}
        {told.map(tell)}
    }
    .into_any()
}

fn form(asked: Asked, (first, last): (String, String), quick: Vec<(String, String)>, wrong: Option<String>) -> AnyView {
    view! {
        <form class="form past-form" method="get" action=Place::Past.path()>
            {wrong.clone().map(|message| view! { <p class="form-error" id="wrong" role="alert">{message}</p> })}
            <div class="field">
                <div class="field-row">
                    <div>
                        <label for="date">"日期"</label>
                        <input
                            id="date" name="date" type="date" value=asked.date min=first max=last required
                            aria-describedby=wrong.is_some().then_some("wrong")
                        />
                    </div>
                    <div>
                        <label for="time">"时间（可不填）"</label>
                        <input id="time" name="time" type="time" value=asked.time aria-describedby="time-hint" />
                    </div>
                </div>
                <p class="field-hint" id="time-hint">"按北京时间。不填时间，就看那一天结束时。"</p>
            </div>
            <button class="button button-primary" type="submit">"看那一刻"</button>
        </form>
        <nav aria-label="常看的日子">
            <ul class="past-days">
                {quick.into_iter().map(|(label, day)| view! {
                    <li><a href=format!("{}?date={day}", Place::Past.path())>{label}</a></li>
                }).collect::<Vec<_>>()}
            </ul>
        </nav>
    }
    .into_any()
}

/// `2026年3月1日结束时`, or with the time when it was another moment of the day.
fn moment(at: Moment) -> String {
    if at.plus(1).date() == at.date() { at.date_time() } else { format!("{}结束时", at.date()) }
}

fn tell(told: Told) -> AnyView {
    let Told { at, version, announced, registered, entries, never, unrecognised, version_now, changed } = told;
    let count = |state: State| entries.iter().filter(|entry| entry.state == state).count();
    let counts = [
        (count(State::Yes), "项开启或同意"),
        (count(State::Paused), "项已暂停"),
        (count(State::No), "项关闭或拒绝"),
        (never.len(), "项没有决定过"),
    ];
    let counts: Vec<_> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    let of = |state: State| entries.iter().filter(|entry| entry.state == state).cloned().collect::<Vec<_>>();
    let changed = changes(&version.0, version_now, changed);
    let tips = format!("你在{}注册，当时同意的是第 {} 版。", registered.1.date(), registered.0);
    view! {
        <section class="past-moment" aria-labelledby="moment">
            <h2 id="moment">{moment(at)}</h2>
            <p>{counts.join(" · ")}</p>
        </section>
        <Cells title="隐私政策" tips=tips>
            {policy_link(&version, "当时施行", "起施行")}
            {announced.map(|announced| policy_link(&announced, "当时已公布", "起才施行"))}
        </Cells>
        {changed}
        {list("已暂停", "新版本改了它们，满一年到期了，或者未满18周岁不能打开。都按“不同意”处理。", of(State::Paused))}
        {list("开启或同意", "", of(State::Yes))}
        {list("关闭、拒绝或撤回", "", of(State::No))}
        {(!never.is_empty()).then(|| view! {
            <section class="cells">
                <h2 class="cells-title">"没有决定过"</h2>
                <ul class="past-never">{never.into_iter().map(|label| view! { <li>{label}</li> }).collect::<Vec<_>>()}</ul>
                <p class="cells-tips">"没有决定过的，都按“不同意”处理。"</p>
            </section>
        })}
        {(unrecognised > 0).then(|| view! {
            <p class="notice notice-info">{format!("到那时还有 {unrecognised} 项本版本认不出的记录，由更新的版本写下，没有算在上面。它们原样保存在账本里。")}</p>
        })}
        <p class="cells-tips">"以上取自只增不改的记录，每一项都可以在同意管理里核对。"</p>
    }
    .into_any()
}

fn policy_link((number, in_force): &(String, Moment), value: &'static str, since: &str) -> AnyView {
    let href = format!("{}?version={number}", Place::Policy.path());
    let note = format!("{}{since}", in_force.date());
    view! { <CellLink href=href label=format!("第 {number} 版全文") value=value note=note /> }.into_any()
}

/// How a state is called: a preference is switched, a consent given.
const fn called(state: State, kind: Kind) -> &'static str {
    match (state, kind) {
        (State::Yes, Kind::Setting) => "开启",
        (State::Yes, _) => "同意",
        (State::Paused, _) => "已暂停",
        (State::No, Kind::Setting) => "关闭",
        (State::No, _) => "不同意",
        (State::Never, _) => "没有决定过",
    }
}

/// So many lines are read at a glance; more are folded away.
const AT_A_GLANCE: usize = 6;

fn changes(version: &str, version_now: Option<String>, changed: Vec<Changed>) -> AnyView {
    let policy = version_now.map(|now| ("隐私政策".to_owned(), format!("当时第 {version} 版，现在第 {now} 版")));
    let decisions = changed.into_iter().map(|Changed { label, kind, before, after }| {
        let line = if before == after {
            format!("后来在新的说明下又{}过一次", called(after, kind))
        } else {
            format!("当时{}，现在{}", called(before, kind), called(after, kind))
        };
        (label, line)
    });
    let lines: Vec<_> = policy.into_iter().chain(decisions).collect();
    if lines.is_empty() {
        return view! { <p class="notice notice-ok">"从那时到现在，没有变化。"</p> }.into_any();
    }
    let count = lines.len();
    view! {
        <details class="more" open=count <= AT_A_GLANCE>
            <summary>{format!("从那时到现在，有 {count} 处变化")}</summary>
            <dl class="past-changes">
                {lines.into_iter().map(|(label, line)| view! { <div><dt>{label}</dt><dd>{line}</dd></div> }).collect::<Vec<_>>()}
            </dl>
        </details>
    }
    .into_any()
}

fn list(title: &'static str, tips: &'static str, entries: Vec<Entry>) -> AnyView {
    if entries.is_empty() {
        return ().into_any();
    }
    view! {
        <section class="cells">
            <h2 class="cells-title">{title}</h2>
            <div class="past-list">{entries.into_iter().map(entry).collect::<Vec<_>>()}</div>
            {(!tips.is_empty()).then(|| view! { <p class="cells-tips">{tips}</p> })}
        </section>
    }
    .into_any()
}

fn entry(entry: Entry) -> AnyView {
    let Entry { label, kind, state, decided, paused_by, shown } = entry;
    let PastDecision { at, policy_version, words, surface, by, .. } = decided;
    let since = match &paused_by {
        Some(PausedBy::Version(number, since)) => format!("{}起，第 {number} 版改了它", since.date()),
        Some(PausedBy::Year(since)) => format!("{}起，满一年到期", since.date()),
        Some(PausedBy::Age) => "未满18周岁，不再有效".to_owned(),
        None => format!("{}起", at.date()),
    };
    let made = match state {
        State::Yes | State::Paused => called(State::Yes, kind),
        State::No | State::Never => called(State::No, kind),
    };
    let text = format!("{}?version={policy_version}", Place::Policy.path());
    view! {
        <details class="past-entry">
            <summary>
                <span class="cell-text">
                    <span class="cell-label">{label} " " {(kind == Kind::SeparateConsent).then(|| view! { <span class="tag tag-separate">"单独同意"</span> })}</span>
                    <span class="cell-note">{since}</span>
                </span>
            </summary>
            <dl class="details">
                <dt>{format!("{made}的时间")}</dt><dd>{time(at)}</dd>
                <dt>"在哪里"</dt><dd>{surface_label(&surface)}</dd>
                <dt>"由谁"</dt><dd>{maker(&by)}</dd>
                <dt>"政策版本"</dt><dd><a href=text>{format!("第 {policy_version} 版")}</a></dd>
            </dl>
            <h3 class="past-words">"当时读到的原话"</h3>
            {words_of(shown)}
            <p class="past-hash">"原话的指纹（SHA-256）" <code>{words}</code></p>
        </details>
    }
    .into_any()
}

fn words_of(shown: Shown) -> AnyView {
    match shown {
        Shown::Words(words, others) => view! {
            <p class="past-name">{format!("“{}”，默认关闭", words.label)}</p>
            {facts(&words)}
            {(!others.is_empty()).then(|| view! {
                <ul class="past-others" aria-label="一同显示的">{others.into_iter().map(|line| view! { <li>{line}</li> }).collect::<Vec<_>>()}</ul>
            })}
        }
        .into_any(),
        Shown::Text(text) => view! { <p class="past-name past-text">{text}</p> }.into_any(),
        Shown::Missing => view! {
            <p class="notice notice-warn">"当时的原话没有保存下来，只留有下面的指纹。我们不猜测它写了什么。"</p>
        }
        .into_any(),
    }
}

/// Who or what made a decision, in the person's words.
fn maker(by: &str) -> String {
    match by {
        "person" => "你本人",
        "browser_signal" => "浏览器的隐私信号（GPC）",
        "joined_visitor" => "你登录前在这个浏览器里的选择",
        "sms_reply" => "你回复的短信",
        "mail_link" => "你点的邮件退订链接",
        "master_switch" => "随“商业广告”或它的渠道一起改变",
        other => other,
    }
    .to_owned()
}
