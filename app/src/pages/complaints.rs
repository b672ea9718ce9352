//! 投诉与反馈: a form, and one's own complaints with their state.

use leptos::prelude::*;

use super::requests::{row, text_area, text_area_of};
use crate::menu::Place;
use crate::promises::ANSWER_WORKING_DAYS;
use crate::requests::model::{Request, Topic};
use crate::time::Moment;
use crate::ui::{Filled, SubmitButton};

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Model {
    /// One's own complaints, newest first: a page of them.
    pub complaints: Vec<Request>,
    /// The address of the page after this.
    pub next: Option<String>,
    /// What was typed, and what is wrong with it.
    pub filled: Filled,
    /// Now.
    pub now: Moment,
}

/// The page.
pub fn view(model: Model) -> AnyView {
    let Model { complaints, next, filled, now } = model;
    view! {
        <p class="lead">{format!("哪里没做好，或者有什么建议，都可以告诉我们。由人来看，{ANSWER_WORKING_DAYS}个工作日内答复，不收费用。")}</p>
        {(!complaints.is_empty()).then(|| view! {
            <section class="cells">
                <h2 class="cells-title">"我提出的"</h2>
                {complaints.into_iter().map(|one| row(one, now)).collect::<Vec<_>>()}
            </section>
        })}
        {next.map(|href| view! { <a class="button button-plain" href=href rel="next">"更早提出的"</a> })}
        <form class="form" method="post" action=Place::Complaints.path()>
            {filled.refusal_view()}
            {topics(&filled)}
            {text_area(&filled, "text", "发生了什么", "什么时候、在哪个页面、看到了什么。不用写手机号和证件号码。")}
            {text_area_of(&filled, ("value", "希望我们怎样处理（可以不填）", "例如：停止发送、更正、道歉、说明原因。"), false)}
            <SubmitButton label="提交" />
        </form>
        <p class="cells-tips">
            "提交后有编号，处理情况也在" <a href=Place::Requests.path()>{Place::Requests.label()}</a>
            "。不满意我们的答复，可以向网信部门投诉、举报，也可以向人民法院起诉。"
        </p>
    }
    .into_any()
}

fn topics(filled: &Filled) -> AnyView {
    let error = filled.error_of("topic");
    let chosen = filled.value("topic");
    let options = Topic::ALL.iter().map(|topic| {
        view! { <option value=topic.id() selected=topic.id() == chosen>{topic.words()}</option> }
    });
    view! {
        <div class="field">
            <label for="topic">"关于什么"</label>
            <select
                id="topic" name="topic" required
                aria-invalid=error.is_some().then_some("true") autofocus=error.is_some() aria-describedby=error.is_some().then_some("topic-error")
            >
                <option value="">"请选择"</option>
                {options.collect::<Vec<_>>()}
            </select>
            {error.map(|text| view! { <p class="field-error" id="topic-error" role="alert">{text}</p> })}
        </div>
    }
    .into_any()
}
