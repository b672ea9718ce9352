//! 个人信息副本下载 and 选择副本内容.

use leptos::prelude::*;

use crate::export::model::{Copy, Scope, State};
use crate::menu::Place;
use crate::promises::COPY_LIFE;
use crate::records::model::Function;
use crate::time::DAY;
use crate::ui::{Filled, JobProgress, SubmitButton};

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Model {
    /// The person's copies, newest first.
    pub copies: Vec<Copy>,
    /// Every business function.
    pub functions: Vec<Function>,
    /// Who looks has just proved again who they are: only then a download begins.
    pub stepped_up: bool,
}

/// The page.
pub fn view(model: Model) -> AnyView {
    let Model { copies, functions, stepped_up } = model;
    let under_way = copies.iter().any(|copy| copy.state.is_under_way());
    let days = COPY_LIFE / DAY;
    view! {
        <p class="lead">"把你的个人信息打包带走：适合手机看的网页、能用表格软件打开的 CSV，和可以导入其他服务的 JSON。"</p>
        // In its place also while it leads nowhere: when a copy is ready, nothing moves.
        <a
            class="button button-primary"
            href=(!under_way).then(|| Place::ExportNew.path())
            role=under_way.then_some("link")
            aria-disabled=under_way.then_some("true")
        >"生成新副本"</a>
        <section class="cells copies">
            {copies.is_empty().then(|| view! { <p class="empty">"还没有生成过副本。"</p> })}
            {copies.into_iter().map(|c| copy(c, &functions, stepped_up)).collect::<Vec<_>>()}
            <p class="cells-tips">{format!("副本加密保存，只有你能下载，{days}天后自动作废，也可以随时作废。依法仅存储的信息不在副本里。")}</p>
        </section>
    }
    .into_any()
}

/// What a scope takes in, in the person's words.
#[must_use]
pub fn what(scope: &Scope, functions: &[Function]) -> String {
    let names: Vec<_> = functions.iter().filter(|f| scope.covers(&f.id)).map(|f| f.name.as_str()).collect();
    let what = if names.len() == functions.len() { "全部信息".to_owned() } else { names.join("、") };
    let from = scope.from.map(|from| format!("，从{}", from.date())).unwrap_or_default();
    let to = scope.until.map(|until| format!("，到{}", until.plus(-1).date())).unwrap_or_default();
    format!("{what}{from}{to}")
}

/// `1.2 MB`.
pub(super) fn size(bytes: u64) -> String {
    let kilobytes = bytes.div_ceil(1024);
    if kilobytes < 1024 {
        format!("{kilobytes} KB")
    } else {
        format!("{}.{} MB", kilobytes / 1024, kilobytes % 1024 * 10 / 1024)
    }
}

fn copy(copy: Copy, functions: &[Function], stepped_up: bool) -> AnyView {
    let Copy { id, scope, state, percent, bytes, asked_at, ends_at } = copy;
    let base = format!("{}/{id}", Place::Export.path());
    let asked = asked_at.date_time();
    let state_words = match state {
        State::Queued | State::Running => String::new(),
        State::Ready => format!("{} · {}前可下载", size(bytes), ends_at.map(|at| at.date()).unwrap_or_default()),
        State::Failed => "没能生成，请重新生成".to_owned(),
        State::Ended => "已作废".to_owned(),
    };
    view! {
        <div class="cell copy">
            <div class="cell-text">
                <h2 class="cell-label">{format!("{asked} 的副本")}</h2>
                <p class="cell-note">{what(&scope, functions)}</p>
                {(!state_words.is_empty()).then(|| view! { <p class="cell-note">{state_words}</p> })}
                {state.is_under_way().then(|| view! {
                    <JobProgress path=format!("{base}/progress") percent=percent label="正在生成".to_owned() />
                    <noscript><p><a href=Place::Export.path()>"刷新，看看好了没有"</a></p></noscript>
                })}
                {(state == State::Ready).then(|| view! {
                    <div class="row-actions">
                        {download(stepped_up, &base, &asked)}
                        <form method="post" action=format!("{base}/end")>
                            <button class="button button-plain button-small" type="submit" aria-label=format!("作废：{asked} 的副本")>"作废"</button>
                        </form>
                    </div>
                })}
            </div>
        </div>
    }
    .into_any()
}

/// Without `download`: what answers says itself that it is to be saved, and a refusal is not.
fn download(stepped_up: bool, base: &str, asked: &str) -> AnyView {
    let (href, label) = if stepped_up {
        (format!("{base}/download"), "下载")
    } else {
        (format!("{}?next={}", Place::StepUp.path(), Place::Export.path()), "验证身份后下载")
    };
    view! {
        <a class="button button-primary button-small" href=href aria-label=format!("{label}：{asked} 的副本")>{label}</a>
    }
    .into_any()
}

/// Which kinds and dates: what 选择副本内容 and 转移到其他服务 ask.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Every business function that can be chosen.
    pub functions: Vec<Function>,
    /// Those that are ticked; none: all.
    pub chosen: Vec<String>,
    /// Values and errors.
    pub filled: Filled,
}

/// The fields of a choice.
#[must_use]
pub fn choice_fields(choice: &Choice) -> AnyView {
    let Choice { functions, chosen, filled } = choice;
    let all = chosen.is_empty() && filled.is_fine();
    let error = filled.error_of("function");
    let date_error = filled.error_of("from").or(filled.error_of("to"));
    view! {
        <fieldset class="choices">
            <legend>"包含哪些信息"</legend>
            {functions.iter().cloned().map(|Function { id, name }| {
                let ticked = all || chosen.contains(&id);
                view! {
                    <label class="choice">
                        <input type="checkbox" name="function" value=id checked=ticked />
                        <span>{name}</span>
                    </label>
                }
            }).collect::<Vec<_>>()}
            {error.map(|text| view! { <p class="field-error" role="alert">{text}</p> })}
        </fieldset>
        <div class="field">
            <div class="field-row">
                <div class="field">
                    <label for="from">"从哪天（不填就是最早）"</label>
                    <input id="from" name="from" type="date" value=filled.value("from") />
                </div>
                <div class="field">
                    <label for="to">"到哪天（不填就是今天）"</label>
                    <input id="to" name="to" type="date" value=filled.value("to") />
                </div>
            </div>
            {date_error.map(|text| view! { <p class="field-error" role="alert">{text}</p> })}
        </div>
    }
    .into_any()
}

/// 选择副本内容.
pub fn form(choice: Choice) -> AnyView {
    view! {
        <form class="form" method="post" action=Place::ExportNew.path()>
            {choice.filled.refusal_view()}
            {choice_fields(&choice)}
            <SubmitButton label="开始生成" />
        </form>
        <p class="cells-tips">"一般几分钟内完成。选中的信息提供给过谁，也写在副本里。副本里是完整的信息，不再隐藏，请下载到自己的设备上。"</p>
    }
    .into_any()
}
