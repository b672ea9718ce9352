//! 权利申请记录, 提交申请 and 申请详情.

use leptos::prelude::*;

use crate::menu::Place;
use crate::promises::{ANSWER_WORKING_DAYS, REQUEST_CHARS};
use crate::requests::model::{Answer, Kind, Request, Status};
use crate::requests::rules::may_revoke;
use crate::time::Moment;
use crate::ui::{CellLink, Cells, Filled, SubmitButton};

/// The address of the form for a kind of request about something.
#[must_use]
pub fn new_path(kind: Kind, about: &str) -> String {
    format!("{}?kind={}&about={about}", Place::RequestNew.path(), kind.id())
}

fn tag(status: Status) -> AnyView {
    let class = match status {
        Status::Fulfilled => "tag tag-on",
        Status::Denied => "tag tag-sensitive",
        Status::Open | Status::InProgress => "tag tag-separate",
        Status::Revoked => "tag",
    };
    view! { <span class=class>{status.words()}</span> }.into_any()
}

fn time(at: Moment) -> AnyView {
    view! { <time datetime=at.iso()>{at.date_time()}</time> }.into_any()
}

/// The list.
pub fn view(requests: Vec<Request>) -> AnyView {
    let empty = requests.is_empty();
    view! {
        <p class="lead">{format!("你提出的每一个申请都在这里。我们在{ANSWER_WORKING_DAYS}个工作日内答复；不能满足的，会写明理由和投诉途径。")}</p>
        <section class="cells">
            {empty.then(|| view! { <p class="empty">"还没有申请。查看、更正、删除自己的信息，多数可以自己完成，不必申请。"</p> })}
            {requests.into_iter().map(row).collect::<Vec<_>>()}
        </section>
        <Cells title="还可以做什么">
            <CellLink href=Place::Records.path() label=Place::Records.label() note="自己查看、更正、删除" />
            <CellLink href=new_path(Kind::Explanation, "") label="申请解释说明" note="想知道我们为什么这样处理" />
            <CellLink href=new_path(Kind::Review, "") label="申请人工复核" note="不接受只由程序作出的决定，请人来看" />
        </Cells>
    }
    .into_any()
}

fn row(request: Request) -> AnyView {
    let Request { id, kind, about, status, made_at, due_at, .. } = request;
    let when = if status.has_ended() {
        made_at.date()
    } else {
        format!("{} · 最晚 {} 答复", made_at.date(), due_at.date())
    };
    view! {
        <a class="cell cell-link" href=format!("{}/{id}", Place::Requests.path())>
            <span class="cell-text">
                <span class="cell-label">{format!("{}：{about}", kind.words())} " " {tag(status)}</span>
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

fn text_area(filled: &Filled, name: &'static str, label: &'static str, hint: &'static str) -> AnyView {
    let error = filled.error_of(name);
    let (hint_id, error_id) = (format!("{name}-hint"), format!("{name}-error"));
    let described_by = if error.is_some() { format!("{error_id} {hint_id}") } else { hint_id.clone() };
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <textarea
                id=name name=name rows="4" maxlength=REQUEST_CHARS required
                aria-invalid=error.is_some().then_some("true") aria-describedby=described_by
            >{filled.value(name)}</textarea>
            <p class="field-hint" id=hint_id>{hint}</p>
            {error.map(|text| view! { <p class="field-error" id=error_id role="alert">{text}</p> })}
        </div>
    }
    .into_any()
}

/// 申请详情.
pub fn detail(request: Request) -> AnyView {
    let Request { id, number, kind, about, status, wish, made_at, due_at, answer } = request;
    let value_label = match kind {
        Kind::Transfer => "接收方",
        Kind::Review => "复核的决定",
        _ => "正确的内容",
    };
    view! {
        <section class="cells record">
            <h2 class="record-value">{format!("{}：{about}", kind.words())} " " {tag(status)}</h2>
            <dl class="details record-details">
                <dt>"编号"</dt><dd><code>{number}</code></dd>
                <dt>"提交时间"</dt><dd>{time(made_at)}</dd>
                {(!status.has_ended()).then(|| view! { <dt>"最晚答复"</dt><dd>{due_at.date()}</dd> })}
                {(!wish.value.is_empty()).then(|| view! { <dt>{value_label}</dt><dd class="typed">{wish.value}</dd> })}
                {(!wish.text.is_empty()).then(|| view! { <dt>"你写的"</dt><dd class="typed">{wish.text}</dd> })}
            </dl>
        </section>
        {answer.map(|answer| answered(answer, status))}
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
        {denied.then(|| view! {
            <section class="cells">
                <h2 class="cells-title">"不同意这个结果"</h2>
                <ul class="keep-list">
                    <li><strong>"再次申请"</strong><span>"补充说明后，可以重新提交。"</span></li>
                    <li><strong>"向网信部门投诉、举报"</strong><span>"国家和所在地的网信部门负责个人信息保护的监督。"</span></li>
                    <li><strong>"向人民法院起诉"</strong><span>"《个人信息保护法》第五十条：请求被拒绝的，可以依法起诉。"</span></li>
                </ul>
            </section>
        })}
    }
    .into_any()
}
