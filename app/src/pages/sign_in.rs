//! 登录: by password, or by a code sent to the phone.

use leptos::prelude::*;

use crate::menu::Place;
use crate::ui::{Filled, HiddenField, Kept, SendCode, SubmitButton, TextField};

/// How somebody wants to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// 密码.
    Password,
    /// 验证码.
    Code,
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Model {
    /// Password or code.
    pub way: Way,
    /// Where to go afterwards.
    pub next: String,
    /// What was typed, and what is wrong with it.
    pub filled: Filled,
    /// Seconds until another code may be asked for.
    pub pause: i32,
    /// What was typed into the form that asked.
    pub kept: Option<Kept>,
    /// This browser was signed in, and is no more.
    pub ended: bool,
    /// How the person in charge of personal data is reached, if the operator says more than the policy does.
    pub contact: Option<String>,
    /// The demo's accounts are named, and its mailbox is linked.
    pub demo: bool,
}

/// The page.
pub fn view(model: Model) -> AnyView {
    let Model { way, next, filled, pause, kept, ended, contact, demo } = model;
    let wanted = next != Place::Me.path();
    let query = format!("next={next}");
    let (other_label, other_by, other_href) = match way {
        Way::Password => ("用验证码登录", "code", format!("/signin?by=code&{query}")),
        Way::Code => ("用密码登录", "password", format!("/signin?{query}")),
    };
    let other_way = match &kept {
        Some(_) => Kept::other_way(other_label, other_by),
        None => view! { <a href=other_href>{other_label}</a> }.into_any(),
    };
    let is_kept = kept.is_some();
    let proof = match way {
        Way::Password => view! {
            <TextField filled=filled.clone() name="password" label="密码" kind="password" autocomplete="current-password" maxlength=64 />
        }
        .into_any(),
        Way::Code => view! {
            <TextField filled=filled.clone() name="code" label="验证码" inputmode="numeric" autocomplete="one-time-code" maxlength=6>
                <SendCode action="/signin/code".to_owned() pause=pause />
            </TextField>
        }
        .into_any(),
    };
    view! {
        <div class="welcome">
            <p>"一点生活-live 隐私中心"</p>
        </div>
        {ended.then(|| view! {
            <p class="notice notice-warn">"登录已结束：可能太久没有使用，或者在别的设备上退出了。请重新登录。"</p>
        })}
        {is_kept.then(Kept::notice)}
        {(wanted && !ended && !is_kept).then(|| view! { <p class="lead">"请先登录，登录后会回到你要去的页面。"</p> })}
        <form class="form" method="post" action="/signin">
            {filled.refusal_view()}
            <HiddenField name="next" value=next />
            {kept.map(|kept| kept.carried())}
            <HiddenField name="by" value=if way == Way::Code { "code" } else { "password" } />
            <TextField filled=filled name="phone" label="手机号" kind="tel" inputmode="tel" autocomplete="tel-national" maxlength=20 />
            {proof}
            <SubmitButton label="登录" />
            <div class="form-links">
                {other_way}
                <a href=Place::Register.path()>"注册"</a>
            </div>
        </form>
        {demo.then(|| view! {
            <aside class="notice notice-info">
                <p class="notice-title">"这是演示"</p>
                <p>"手机号 13800138000，密码 yidian-demo-2026。"</p>
                <p><a href=Place::DemoMailbox.path()>"查看演示短信箱"</a></p>
            </aside>
        })}
        <p class="cells-tips"><a href=Place::Lost.path()>"手机号停用了，密码也忘了？"</a></p>
        <p class="cells-tips">
            "登录不了，也可以投诉或行使权利："
            {contact.map(|contact| format!("{contact}，"))}
            <a href=format!("{}#c-contact", Place::Policy.path())>"联系个人信息保护负责人"</a>
        </p>
        <p class="cells-tips">
            <a href=Place::Policy.path()>"隐私政策"</a> " · " <a href=Place::Cookies.path()>"Cookie管理"</a>
        </p>
    }
    .into_any()
}
