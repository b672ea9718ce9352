//! 权利申请记录, 提交申请 and 申请详情.

pub mod detail;

use leptos::prelude::*;

use super::lost;
use crate::html::escaped;
use crate::lost::model::Claimed;
use crate::menu::Place;
use crate::promises::{ANSWER_WORKING_DAYS, REQUEST_CHARS};
use crate::requests::model::{Kind, Request, Status};
use crate::time::Moment;
use crate::ui::{CellLink, Cells, Filled, SubmitButton};

/// The address of the form for a kind of request about something.
#[must_use]
pub fn new_path(kind: Kind, about: &str) -> String {
    format!("{}?kind={}&about={about}", Place::RequestNew.path(), kind.id())
}

/// The state of a request: also that its answer is late, or that it waits for its person.
fn tag(request: &Request, now: Moment) -> AnyView {
    let (class, words) = match request.status {
        _ if request.is_overdue(now) => ("tag tag-sensitive", "已逾期"),
        _ if request.needs_until.is_some() && !request.status.has_ended() => ("tag tag-separate", "等你补充证明"),
        Status::Fulfilled => ("tag tag-on", Status::Fulfilled.words()),
        Status::Denied => ("tag tag-sensitive", Status::Denied.words()),
        open @ (Status::Open | Status::InProgress) => ("tag tag-separate", open.words()),
        ended @ (Status::Revoked | Status::Expired) => ("tag", ended.words()),
    };
    view! { <span class=class>{words}</span> }.into_any()
}

/// Requests beyond which the list can be narrowed.
const LONG: usize = 5;

/// Which requests are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Narrowed {
    /// Of that kind; none: of every kind.
    pub kind: Option<Kind>,
    /// Ended, or not yet; none: both.
    pub ended: Option<bool>,
}

impl Narrowed {
    /// Whether a request is among them.
    #[must_use]
    pub fn shows(self, request: &Request) -> bool {
        self.kind.is_none_or(|kind| kind == request.kind)
            && self.ended.is_none_or(|ended| ended == request.status.has_ended())
    }
}

/// What the list shows.
#[derive(Clone, Debug)]
pub struct Model {
    /// Those of the requests that are narrowed to, newest first: a page of them.
    pub requests: Vec<Request>,
    /// How many there are in all.
    pub total: usize,
    /// What somebody else claims about this account.
    pub claims: Vec<Claimed>,
    /// Which are shown.
    pub narrowed: Narrowed,
    /// The address of the page after this.
    pub next: Option<String>,
    /// Now.
    pub now: Moment,
}

/// The list, below what somebody else claims about this account.
pub fn view(model: Model) -> AnyView {
    let Model { requests: shown, total, claims, narrowed, next, now } = model;
    let empty = total == 0;
    let is_narrowed = narrowed != Narrowed::default();
    let choice = (total > LONG || is_narrowed).then(|| narrow(narrowed));
    let none_fits = !empty && shown.is_empty();
    view! {
        <p class="lead">{format!("你提出的每一个申请都在这里。我们在{ANSWER_WORKING_DAYS}个工作日内答复；不能满足的，会写明理由和投诉途径。")}</p>
        {lost::claimed(claims)}
        {choice}
        <section class="cells">
            {empty.then(|| view! { <p class="empty">"还没有申请。查看、更正、删除自己的信息，多数可以自己完成，不必申请。"</p> })}
            {none_fits.then(|| view! { <p class="empty">"没有符合的申请。" <a href=Place::Requests.path()>"看全部"</a></p> })}
            {shown.into_iter().map(|request| row(request, now)).collect::<Vec<_>>()}
        </section>
        {next.map(|href| view! { <a class="button button-plain" href=href rel="next">"更早的申请"</a> })}
        <Cells title="提出申请">
            <CellLink href=new_path(Kind::Explanation, "") label="申请解释说明" note="想知道我们为什么这样处理" />
            <CellLink href=Place::Records.path() label="申请更正" note="打开不准确的那一条，多数可以当场改正" />
            <CellLink href=new_path(Kind::Review, "") label="申请人工复核" note="不接受只由程序作出的决定，请人来看" />
            <CellLink href=Place::Relative.path() label=Place::Relative.label() note="亲人去世后，查阅、复制、更正、删除他的信息" />
            <CellLink href=Place::Complaints.path() label=Place::Complaints.label() note="哪里没做好，希望怎样改" />
        </Cells>
        <Cells title="不必申请">
            <CellLink href=Place::Records.path() label=Place::Records.label() note="自己查看、更正、删除" />
            <CellLink href=Place::Export.path() label=Place::Export.label() note="打包带走" />
        </Cells>
    }
    .into_any()
}

/// A form that works without script: which kind, and whether it has ended.
fn narrow(narrowed: Narrowed) -> AnyView {
    let kinds = Kind::ALL.iter().map(|kind| {
        view! { <option value=kind.id() selected=narrowed.kind == Some(*kind)>{kind.words()}</option> }
    });
    let states = [("open", "等待答复", false), ("ended", "已有结果", true)].map(|(id, words, ended)| {
        view! { <option value=id selected=narrowed.ended == Some(ended)>{words}</option> }
    });
    view! {
        <form class="form" method="get" action=Place::Requests.path()>
            <div class="field">
                <div class="field-row">
                    <div class="field">
                        <label for="kind">"类型"</label>
                        <select id="kind" name="kind"><option value="">"全部"</option>{kinds.collect::<Vec<_>>()}</select>
                    </div>
                    <div class="field">
                        <label for="state">"状态"</label>
                        <select id="state" name="state"><option value="">"全部"</option>{states}</select>
                    </div>
                </div>
            </div>
            <button class="button button-plain" type="submit">"筛选"</button>
        </form>
    }
    .into_any()
}

/// A request in a list, with its state and the day that matters.
pub(super) fn row(request: Request, now: Moment) -> AnyView {
    let state = tag(&request, now);
    let Request { id, kind, about, status, made_at, due_at, needs_until, .. } = request;
    let made = made_at.date();
    let when = match needs_until {
        _ if status.has_ended() => made,
        Some(until) => format!("{made} · 请在 {} 前补充", until.date()),
        None => format!("{made} · 最晚 {} 答复", due_at.date()),
    };
    view! {
        <a class="cell cell-link" href=format!("{}/{id}", Place::Requests.path())>
            <span class="cell-text">
                <span class="cell-label">{format!("{}：{about}", kind.words())} " " {state}</span>
                <span class="cell-note">{when}</span>
            </span>
        </a>
    }
    .into_any()
}

/// What the form shows.
#[derive(Clone, Debug)]
pub struct Form {
    /// What is asked.
    pub kind: Kind,
    /// What about, by its id.
    pub about: String,
    /// The same in words.
    pub about_words: String,
    /// In a review: what was decided, as it goes with the request.
    pub decided: Option<String>,
    /// Values and errors.
    pub filled: Filled,
}

/// 提交申请.
pub fn form(form: Form) -> AnyView {
    let Form { kind, about, about_words, decided, filled } = form;
    let (title, label, hint) = match kind {
        Kind::Correction => ("申请更正", "理由", "例如：认证时写错了一个字。需要时我们会联系你核对。"),
        Kind::Review => ("申请人工复核", "哪里不对", "例如：标签不符合我；不想因为某次浏览就一直看到它。"),
        _ => ("申请解释说明", "你想了解什么", "例如：为什么收集它？用它做了哪些决定？"),
    };
    view! {
        <p class="lead">{format!("{title}：{about_words}")}</p>
        {decided.map(|decided| view! {
            <section class="notice notice-info">
                <p class="notice-title">"要复核的决定"</p>
                <p>{decided}</p>
                <p class="cell-note">"它会随申请加密保存：以后关闭个性化推荐、记录删除了，也能接着复核。"</p>
            </section>
        })}
        <form class="form" method="post" action=Place::RequestNew.path()>
            {filled.refusal_view()}
            <input type="hidden" name="kind" value=kind.id() />
            <input type="hidden" name="about" value=about />
            {(kind == Kind::Correction).then(|| text_area(&filled, "value", "正确的内容", "加密保存，只有处理这个申请的人能看到。"))}
            {text_area(&filled, "text", label, hint)}
            <SubmitButton label="提交申请" />
        </form>
        {(kind == Kind::Review).then(|| view! {
            <p class="cells-tips">"由人重新看一遍程序的决定，答复里写明复核人。"</p>
        })}
        <p class="cells-tips">{format!("{ANSWER_WORKING_DAYS}个工作日内答复，不收费用。答复之前可以随时撤回。")}</p>
    }
    .into_any()
}

/// A field for several lines, with its label, hint and error tied together.
pub(super) fn text_area(filled: &Filled, name: &'static str, label: &'static str, hint: &'static str) -> AnyView {
    text_area_of(filled, (name, label, hint), true)
}

/// The same; it may be left empty where it need not be filled in.
pub(super) fn text_area_of(
    filled: &Filled,
    (name, label, hint): (&'static str, &'static str, &'static str),
    required: bool,
) -> AnyView {
    let error = filled.error_of(name);
    let (hint_id, error_id) = (format!("{name}-hint"), format!("{name}-error"));
    let described_by = if error.is_some() { format!("{error_id} {hint_id}") } else { hint_id.clone() };
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <textarea
                id=name name=name rows="4" maxlength=REQUEST_CHARS required=required
                aria-invalid=error.is_some().then_some("true") aria-describedby=described_by autofocus=error.is_some()
            >{escaped(&filled.value(name))}</textarea>
            <p class="field-hint" id=hint_id>{hint}</p>
            {error.map(|text| view! { <p class="field-error" id=error_id role="alert">{text}</p> })}
        </div>
    }
    .into_any()
}
