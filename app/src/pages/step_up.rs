//! 验证身份: asked again before what is sensitive.

use leptos::prelude::*;

use super::sign_in::Way;
use crate::promises::STEP_UP_LIFE;
use crate::time::MINUTE;
use crate::ui::{Filled, HiddenField, Kept, SendCode, SubmitButton, TextField};

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Model {
    /// Password or code.
    pub way: Way,
    /// Where to go afterwards.
    pub next: String,
    /// `138****5678`.
    pub masked_phone: String,
    /// What was typed into the form that asked.
    pub kept: Option<Kept>,
    /// What is wrong.
    pub filled: Filled,
    /// Seconds until another code may be asked for.
    pub pause: i32,
}

/// The page.
pub fn view(model: Model) -> AnyView {
    let Model { way, next, masked_phone, kept, filled, pause } = model;
    let (other_label, other_by, other_href) = match way {
        Way::Password => ("改用短信验证码", "code", format!("/step-up?by=code&next={next}")),
        Way::Code => ("改用密码", "password", format!("/step-up?next={next}")),
    };
    let other_way = match &kept {
        Some(_) => Kept::other_way(other_label, other_by),
        None => view! { <a href=other_href>{other_label}</a> }.into_any(),
    };
    let proof = match way {
        Way::Password => view! {
            <TextField filled=filled.clone() name="password" label="密码" kind="password" autocomplete="current-password" maxlength=64 />
        }
        .into_any(),
        Way::Code => view! {
            <TextField
                filled=filled.clone() name="code" label="验证码" inputmode="numeric" autocomplete="one-time-code" maxlength=6
                hint=format!("验证码会发送到 {masked_phone}")
            >
                <SendCode action="/step-up/code".to_owned() pause=pause />
            </TextField>
        }
        .into_any(),
    };
    view! {
        <p class="lead">{format!("接下来的内容比较敏感，请再确认一次是你本人。确认后{}分钟内不再询问。", STEP_UP_LIFE / MINUTE)}</p>
        {kept.is_some().then(Kept::notice)}
        <form class="form" method="post" action="/step-up">
            {filled.refusal_view()}
            <HiddenField name="next" value=next />
            {kept.map(|kept| kept.carried())}
            <HiddenField name="by" value=if way == Way::Code { "code" } else { "password" } />
            {proof}
            <SubmitButton label="确认" />
            <div class="form-links">{other_way}</div>
        </form>
    }
    .into_any()
}
