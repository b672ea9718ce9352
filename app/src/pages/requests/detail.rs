//! 申请详情: what was asked, how far it is, the answer, and what can be done about it.

use leptos::prelude::*;

use super::tag;
use crate::menu::Place;
use crate::pages::relatives::{self, Kin};
use crate::requests::model::{Answer, Kind, Request, Status};
use crate::requests::rules::{is_answered_by_hand, may_revoke};
use crate::time::Moment;

fn time(at: Moment) -> AnyView {
    view! { <time datetime=at.iso()>{at.date_time()}</time> }.into_any()
}

/// The page. A close relative's request has more to it.
pub fn view(request: Request, kin: Option<Kin>, now: Moment) -> AnyView {
    let state = tag(&request, now);
    let steps = timeline(&request);
    let late = request.is_overdue(now).then(|| overdue(&request));
    let awaited = request.needs_until.is_some();
    let Request { id, number, kind, about, status, wish, is_masked, made_at, due_at, answer, asked, .. } = request;
    let value_label = match kind {
        Kind::Transfer => "接收方",
        Kind::Review => "复核的决定",
        Kind::Complaint => "希望怎样处理",
        Kind::Relative => "申请内容",
        _ => "正确的内容",
    };
    let text_label = if kind == Kind::Complaint { "发生了什么" } else { "你写的" };
    let mut told = [(value_label, wish.value), (text_label, wish.text)];
    if kind == Kind::Complaint {
        // What happened comes before what is wanted.
        told.reverse();
    }
    view! {
        {late}
        <section class="cells record">
            <h2 class="record-value">{format!("{}：{about}", kind.words())} " " {state}</h2>
            <dl class="details record-details">
                <dt>"编号"</dt><dd><code>{number}</code></dd>
                <dt>"提交时间"</dt><dd>{time(made_at)}</dd>
                {(!status.has_ended() && !awaited).then(|| view! { <dt>"最晚答复"</dt><dd>{due_at.date()}</dd> })}
                {told.map(|(label, words)| (!words.is_empty()).then(|| view! { <dt>{label}</dt><dd class="typed">{words}</dd> }))}
            </dl>
        </section>
        {is_masked.then(|| {
            let here = Place::Request.path().replace("{id}", &id);
            view! { <a class="button" href=format!("{}?next={here}", Place::StepUp.path())>"验证身份，查看完整内容"</a> }
        })}
        {asked.filter(|_| awaited && !status.has_ended()).map(|words| view! {
            <section class="notice notice-warn" aria-label="需要补充">
                <p class="notice-title">"还需要你补充"</p>
                <p class="typed">{words}</p>
            </section>
        })}
        {steps}
        {answer.map(|answer| answered(answer, status))}
        {kin.map(|kin| relatives::part(kin, &id, status))}
        {(status == Status::Denied || (kind == Kind::Complaint && status == Status::Fulfilled)).then(next_ways)}
        {(kind == Kind::Transfer && !status.has_ended()).then(|| view! {
            <a class="button" href=Place::Transfer.path()>"查看进度或取消"</a>
        })}
        {(kind == Kind::Cancellation && !status.has_ended()).then(|| view! {
            <a class="button" href=Place::Cancellation.path()>"查看进度或换一种方式"</a>
        })}
        {may_revoke(kind, status).then(|| view! {
            <form class="form" method="post" action=format!("{}/{id}/revoke", Place::Requests.path())>
                <button class="button button-plain" type="submit">"撤回申请"</button>
            </form>
        })}
    }
    .into_any()
}

/// Received, in progress, ended: each with its time; and what is still to come.
fn timeline(request: &Request) -> Option<AnyView> {
    // What a program does at once has no steps that anybody waits for.
    if !is_answered_by_hand(request.kind) {
        return None;
    }
    let ended = match request.status {
        Status::Fulfilled | Status::Denied => "已答复",
        Status::Revoked => "你撤回了申请",
        Status::Expired => "没有等到补充的证明，已过期",
        Status::Open | Status::InProgress => "",
    };
    let steps = [("收到申请", Some(request.made_at)), ("开始处理", request.begun_at), (ended, request.ended_at)];
    let steps = steps.into_iter().filter_map(|(words, at)| Some((words, at?)));
    let step = |(words, at): (&'static str, Moment)| view! { <li data-state="done"><p>{words}</p>{time(at)}</li> };
    let to_come = match request.needs_until {
        _ if request.status.has_ended() => None,
        Some(until) => Some(format!("等你补充证明，最晚 {}", until.date())),
        None => Some(format!("等待答复，最晚 {}", request.due_at.date())),
    };
    Some(
        view! {
            <section class="cells">
                <h2 class="cells-title">"进度"</h2>
                <div class="cell">
                    <ol class="timeline">
                        {steps.map(step).collect::<Vec<_>>()}
                        {to_come.map(|words| view! { <li data-state="current" aria-current="step"><p class="cell-note">{words}</p></li> })}
                    </ol>
                </div>
            </section>
        }
        .into_any(),
    )
}

fn overdue(request: &Request) -> AnyView {
    view! {
        <section class="notice notice-warn">
            <p class="notice-title">"我们没有按时答复"</p>
            <p>{format!("这个申请本应在 {} 前答复，是我们的责任。它没有作废，我们仍会答复。", request.due_at.date())}</p>
            <p>"不想再等，可以直接" <a href=Place::Complaints.path()>"投诉"</a>"，也可以向网信部门投诉、举报。"</p>
        </section>
    }
    .into_any()
}

fn answered(answer: Answer, status: Status) -> AnyView {
    let Answer { at, text, ground, reviewer } = answer;
    let denied = status == Status::Denied;
    view! {
        <section class=if denied { "notice notice-warn" } else { "notice notice-info" } aria-label="答复">
            <p class="notice-title">"答复 " {time(at)}</p>
            {ground.map(|ground| view! { <p>{format!("没有满足你的申请，理由：{}。", ground.words())}</p> })}
            {(!text.is_empty()).then(|| view! { <p class="typed">{text}</p> })}
            {reviewer.map(|name| view! { <p>{format!("复核人：{name}")}</p> })}
        </section>
    }
    .into_any()
}

/// Where one can go who does not agree.
pub(in crate::pages) fn next_ways() -> AnyView {
    view! {
        <section class="cells">
            <h2 class="cells-title">"不同意这个结果"</h2>
            <ul class="keep-list">
                <li><strong>"再次申请"</strong><span>"补充说明后，可以重新提交。"</span></li>
                <li><strong>"向网信部门投诉、举报"</strong><span>"国家和所在地的网信部门负责个人信息保护的监督。"</span></li>
                <li><strong>"向人民法院起诉"</strong><span>"《个人信息保护法》第五十条：请求被拒绝的，可以依法起诉。"</span></li>
            </ul>
        </section>
    }
    .into_any()
}
