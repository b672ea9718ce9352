//! 个人信息转移 and 转移到其他服务.

use leptos::prelude::*;

use crate::menu::Place;
use crate::pages::export::{Choice, choice_fields, what};
use crate::promises::{CREDENTIAL_CHARS, RECEIVER_ADDRESS_CHARS, RECEIVER_NAME_CHARS};
use crate::records::model::Function;
use crate::transfer::model::{State, Transfer};
use crate::ui::{JobProgress, SubmitButton, TextField};

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Model {
    /// The person's transfers, newest first.
    pub transfers: Vec<Transfer>,
    /// Every business function.
    pub functions: Vec<Function>,
}

/// The page.
pub fn view(model: Model) -> AnyView {
    let Model { transfers, functions } = model;
    let under_way = transfers.iter().any(|transfer| transfer.state.is_under_way());
    view! {
        <p class="lead">"换到别的服务时，可以让我们把你的个人信息直接发给它，不用自己下载再上传。"</p>
        {(!under_way).then(|| view! {
            <a class="button button-primary" href=Place::TransferNew.path()>{Place::TransferNew.label()}</a>
        })}
        <section class="cells copies">
            {transfers.is_empty().then(|| view! { <p class="empty">"还没有转移过。"</p> })}
            {transfers.into_iter().map(|t| transfer(t, &functions)).collect::<Vec<_>>()}
            <p class="cells-tips">
                "转移的是一份副本，你在这里的信息不变。对方收到后怎样使用，由它自己的隐私政策决定，请先确认你信任它。"
            </p>
        </section>
    }
    .into_any()
}

fn state_words(transfer: &Transfer) -> String {
    let ended = transfer.ended_at.map(|at| at.date_time()).unwrap_or_default();
    match (transfer.state, transfer.next_try) {
        (State::Waiting | State::Sending, Some(at)) => format!("暂时没能送到，{} 再试", at.date_time()),
        (State::Waiting | State::Sending, None) => String::new(),
        (State::Delivered, _) => format!("{ended} 对方已确认收到"),
        (State::Failed, _) => transfer.failure.map(|failure| failure.words()).unwrap_or_default(),
        (State::Cancelled, _) if transfer.was_tried => format!("{ended} 已取消，取消前发出的部分对方可能已经收到"),
        (State::Cancelled, _) => format!("{ended} 已取消，没有发出任何信息"),
    }
}

fn transfer(transfer: Transfer, functions: &[Function]) -> AnyView {
    let words = state_words(&transfer);
    let Transfer { id, receiver, scope, state, percent, next_try, asked_at, request, .. } = transfer;
    let base = format!("{}/{id}", Place::Transfer.path());
    let open = state.is_under_way();
    let at_work = open && next_try.is_none();
    let tag = match state {
        State::Waiting | State::Sending => None,
        State::Delivered => Some(("tag tag-on", "已送达")),
        State::Failed => Some(("tag tag-sensitive", "未送达")),
        State::Cancelled => Some(("tag", "已取消")),
    };
    let name = receiver.name.clone();
    view! {
        <div class="cell copy">
            <div class="cell-text">
                <h2 class="cell-label">{format!("发给{}", receiver.name)} " " {tag.map(|(class, text)| view! { <span class=class>{text}</span> })}</h2>
                <p class="cell-note address">{receiver.address}</p>
                <p class="cell-note">{format!("{} · {}", asked_at.date_time(), what(&scope, functions))}</p>
                {(!words.is_empty()).then(|| view! { <p class="cell-note">{words}</p> })}
                {at_work.then(|| view! {
                    <JobProgress path=format!("{base}/progress") percent=percent label="正在打包和发送".to_owned() />
                    <noscript>{refresh()}</noscript>
                })}
                {(open && !at_work).then(refresh)}
                <div class="row-actions">
                    {open.then(|| view! {
                        <form method="post" action=format!("{base}/cancel")>
                            <button class="button button-plain button-small" type="submit" aria-label=format!("取消：发给{name}")>"取消转移"</button>
                        </form>
                    })}
                    <a class="button button-plain button-small" href=format!("{}/{request}", Place::Requests.path()) aria-label=format!("查看申请：发给{name}")>"查看申请"</a>
                </div>
            </div>
        </div>
    }
    .into_any()
}

fn refresh() -> AnyView {
    view! { <p><a href=Place::Transfer.path()>"刷新，看看送到了没有"</a></p> }.into_any()
}

/// 转移到其他服务.
pub fn form(choice: Choice) -> AnyView {
    let filled = choice.filled.clone();
    let error = filled.error_of("confirm");
    view! {
        <form class="form" method="post" action=Place::TransferNew.path()>
            {filled.refusal_view()}
            <TextField filled=filled.clone() name="name" label="接收方名称" maxlength=RECEIVER_NAME_CHARS />
            <TextField
                filled=filled.clone() name="address" label="接收地址" kind="url" inputmode="url" maxlength=RECEIVER_ADDRESS_CHARS
                hint="由接收方告诉你，以 https:// 开头"
            />
            <TextField
                filled=filled.clone() name="credential" label="接收凭证（没有就不填）" maxlength=CREDENTIAL_CHARS optional=true
                hint="接收方用它认出你在那边的账号。加密保存，转移结束后立即删除。"
            />
            {choice_fields(&choice)}
            <div class="field">
                <label class="choice">
                    <input type="checkbox" name="confirm" value="true" required />
                    <span>"我确认把上面选的完整信息发给这个接收方，发出后无法收回"</span>
                </label>
                {error.map(|text| view! { <p class="field-error" role="alert">{text}</p> })}
            </div>
            <SubmitButton label="确认转移" />
        </form>
        <p class="cells-tips">
            "可以转移的是你同意我们收集的，和履行与你的约定所必需的信息（《网络数据安全管理条例》第二十五条）；只因法律要求而保存的不在内。不收费用。"
        </p>
    }
    .into_any()
}
