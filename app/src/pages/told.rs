//! 接收方通知记录: what recipients were told, as a timeline for each; the timelines are part of every page that tells of an erasure,
//! a correction, a withdrawal.

use leptos::prelude::*;

use crate::menu::Place;
use crate::promises::ANSWER_WORKING_DAYS;
use crate::sharing::told::{Notice, Progress, Told};
use crate::time::Moment;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Model {
    /// Notices, newest first: a page of them.
    pub told: Vec<Told>,
    /// How many of all are late.
    pub late: usize,
    /// The address of the page after this.
    pub next: Option<String>,
    /// When the page is looked at.
    pub now: Moment,
}

/// The page.
pub fn view(model: Model) -> AnyView {
    let Model { told, late, next, now } = model;
    if told.is_empty() {
        return view! {
            <p class="lead">{LEAD}</p>
            <p class="empty">"还没有需要通知接收方的事。你删除、更正信息或者撤回同意时，相关的接收方会出现在这里。"</p>
        }
        .into_any();
    }
    view! {
        <p class="lead">{LEAD}</p>
        {(late > 0).then(|| view! {
            <aside class="notice notice-warn">
                <p class="notice-title">{format!("有 {late} 条通知超过期限，还没有完成")}</p>
                <p>
                    "我们在催办。你可以直接联系对方，也可以在"
                    <a href=Place::Requests.path()>{Place::Requests.label()}</a> "里要求我们说明。"
                </p>
            </aside>
        })}
        {timelines(told, now)}
        {next.map(|href| view! { <a class="button button-plain" href=href rel="next">"更早的通知"</a> })}
        <p class="cells-tips">
            {format!("每条通知带签名发出，没有收到就反复重试，最晚{ANSWER_WORKING_DAYS}个工作日内应当完成。通知里只用对方本来就知道的信息指明是你，不会因此让它多知道什么。")}
        </p>
        <p class="cells-tips">
            "实际提供过什么，见" <a href=Place::Disclosures.path()>{Place::Disclosures.label()}</a> "。"
        </p>
    }
    .into_any()
}

const LEAD: &str =
    "你删除、更正信息或者撤回同意后，我们会通知得到过这些信息的接收方照办。通知了谁、办到哪一步，都在这里。";

/// One section per recipient, in the order given, with a timeline for each notice.
pub fn timelines(told: Vec<Told>, now: Moment) -> AnyView {
    let mut parts: Vec<(String, Vec<Told>)> = Vec::new();
    for told in told {
        match parts.iter_mut().find(|(name, _)| *name == told.recipient) {
            Some((_, part)) => part.push(told),
            None => parts.push((told.recipient.clone(), vec![told])),
        }
    }
    view! { <div class="told">{parts.into_iter().map(|(name, told)| recipient(name, told, now)).collect::<Vec<_>>()}</div> }
        .into_any()
}

fn recipient(name: String, told: Vec<Told>, now: Moment) -> AnyView {
    let keeps = told.first().map(keeping);
    view! {
        <section class="told-recipient">
            <h2 class="told-name">{name}</h2>
            {told.into_iter().map(|told| notice(told, now)).collect::<Vec<_>>()}
            {keeps}
        </section>
    }
    .into_any()
}

/// How it stands, in a word and in a colour.
#[must_use]
pub fn state(told: &Told, now: Moment) -> (&'static str, &'static str) {
    match told.progress {
        Progress::Completed | Progress::ByHand => ("已完成", "ok"),
        Progress::Retained => ("部分保留", "info"),
        _ if told.is_overdue(now) => ("超过期限", "warn"),
        Progress::Dead => ("专人联系中", "warn"),
        Progress::Waiting if told.by_hand => ("待专人通知", "plain"),
        Progress::Waiting => ("正在通知", "plain"),
        Progress::Sent => ("已发出", "plain"),
        Progress::Accepted => ("已受理", "plain"),
    }
}

fn notice(told: Told, now: Moment) -> AnyView {
    let (word, tone) = state(&told, now);
    let about = match told.notice {
        _ if told.about.is_empty() => "全部信息".to_owned(),
        Notice::Withdrawal => format!("“{}”", told.about),
        Notice::Erasure | Notice::Correction => told.about.clone(),
    };
    view! {
        <div class="told-notice">
            <h3 class="told-what">
                <span>{format!("{}：{about}", told.notice.words())}</span>
                <span class="told-state" data-tone=tone>{word}</span>
            </h3>
            <ol class="told-steps">{steps(&told, now)}</ol>
        </div>
    }
    .into_any()
}

/// A step: done, or where it stands now, or still to come.
fn step(state: &'static str, what: String, at: Option<Moment>) -> AnyView {
    view! {
        <li data-state=state aria-current=(state == "current" || state == "late").then_some("step")>
            <span>{what}</span>
            {at.map(|at| view! { <time datetime=at.iso()>{at.date_time()}</time> })}
        </li>
    }
    .into_any()
}

fn steps(told: &Told, now: Moment) -> Vec<AnyView> {
    let ended = told.progress.has_ended();
    let deed = match told.notice {
        Notice::Erasure if told.about.is_empty() => "账号已注销",
        Notice::Erasure => "你删除了信息",
        Notice::Correction => "你更正了信息",
        Notice::Withdrawal => "你撤回了同意",
    };
    let mut steps = vec![step("done", deed.to_owned(), Some(told.made_at))];
    steps.push(match (told.sent_at, told.progress) {
        (Some(at), Progress::ByHand) => step("done", "已通知对方".to_owned(), Some(at)),
        (Some(at), _) => step("done", "已发出，对方已收到".to_owned(), Some(at)),
        (None, Progress::Dead) => step("late", "没能自动送达，改由专人联系".to_owned(), None),
        // A restored backup no longer knows when.
        (None, progress) if progress != Progress::Waiting => step("done", "已发出，对方已收到".to_owned(), None),
        (None, _) if told.by_hand => step("current", "由专人通知对方".to_owned(), None),
        (None, _) => step("current", "正在发出，没有收到会反复重试".to_owned(), None),
    });
    let has_it = !matches!(told.progress, Progress::Waiting | Progress::Dead);
    match told.accepted_at {
        Some(at) => steps.push(step("done", "对方已受理".to_owned(), Some(at))),
        None if ended => {}
        None => steps.push(step(if has_it { "current" } else { "next" }, "等待对方受理".to_owned(), None)),
    }
    steps.push(match told.progress {
        Progress::Completed => step("done", "对方已完成".to_owned(), told.completed_at),
        Progress::ByHand => step("done", "专人联系确认，对方已完成".to_owned(), told.completed_at),
        Progress::Retained => {
            let why = told.reason.map(|reason| format!("，理由：{}", reason.words())).unwrap_or_default();
            step("kept", format!("其余已照办，依自己的授权或法定义务保留一部分{why}"), told.completed_at)
        }
        _ if told.is_overdue(now) => step("late", format!("应当在{}前完成，我们在催办", told.due_at.date()), None),
        Progress::Accepted => step("current", format!("最晚{}完成", told.due_at.date()), None),
        _ => step("next", format!("最晚{}完成", told.due_at.date()), None),
    });
    steps
}

/// A recipient with an authorisation of its own may keep data; how it is asked.
fn keeping(told: &Told) -> AnyView {
    let Told { contact, policy, decides, recipient, .. } = told.clone();
    let Some(contact) = contact else { return ().into_any() };
    let first = if decides {
        "如果你直接授权过它，或者法律要求，它可以保留自己需要的部分。要它删除，请联系："
    } else {
        "它按合同替我们办事，不得自己留存。有疑问可以联系："
    };
    view! {
        <p class="told-keeps">
            {first} {contact}
            {policy.map(|href| view! {
                "，或者看" <a href=href rel="noopener noreferrer" target="_blank">{format!("{recipient}的隐私政策")}</a>
            })}
            "。"
        </p>
    }
    .into_any()
}
