//! 注册: 手机号, 验证码, 用户名, 密码 and the neutral question about age.

use leptos::prelude::*;

use crate::accounts::model::AgeBand;
use crate::menu::Place;
use crate::promises::{GUARDIAN_ANSWER, PASSWORD_CHARS, USERNAME_CHARS};
use crate::time::{DAY, Moment};
use crate::ui::{Filled, SendCode, SubmitButton, TextField};

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// What was typed, and what is wrong with it.
    pub filled: Filled,
    /// Seconds until another code may be asked for.
    pub pause: i32,
}

/// The page.
pub fn view(model: Model) -> AnyView {
    let Model { filled, pause } = model;
    let password_hint = format!("至少{}个字符，可以用一句话", PASSWORD_CHARS.start());
    let username_hint = format!("{}到{}个字，别人会看到", USERNAME_CHARS.start(), USERNAME_CHARS.end());
    view! {
        <form class="form" method="post" action="/register">
            {filled.refusal_view()}
            <TextField filled=filled.clone() name="phone" label="手机号" kind="tel" inputmode="tel" autocomplete="tel-national" maxlength=20 />
            <TextField filled=filled.clone() name="code" label="验证码" inputmode="numeric" autocomplete="one-time-code" maxlength=6>
                <SendCode action="/register/code".to_owned() pause=pause />
            </TextField>
            <TextField filled=filled.clone() name="username" label="用户名" autocomplete="nickname" maxlength=20 hint=username_hint />
            <TextField filled=filled.clone() name="password" label="密码" kind="password" autocomplete="new-password" maxlength=64 hint=password_hint />
            {age_question(&filled)}
            {agreement(&filled)}
            <SubmitButton label="注册" />
            <div class="form-links"><a href=Place::SignIn.path()>"已有账号，去登录"</a></div>
        </form>
    }
    .into_any()
}

fn age_question(filled: &Filled) -> AnyView {
    let chosen = filled.value("age");
    let error = filled.error_of("age");
    let choices = AgeBand::ALL.map(|band| {
        view! {
            <label class="choice">
                <input type="radio" name="age" value=band.id() checked=chosen == band.id() required />
                <span>{band.label()}</span>
            </label>
        }
    });
    view! {
        <fieldset class="choices">
            <legend>"你的年龄段"</legend>
            {choices.into_iter().collect::<Vec<_>>()}
            {error.map(|text| view! { <p class="field-error" role="alert">{text}</p> })}
        </fieldset>
    }
    .into_any()
}

fn agreement(filled: &Filled) -> AnyView {
    let agreed = filled.value("agree") == "yes";
    let error = filled.error_of("agree");
    view! {
        <div class="choices">
            <label class="choice">
                <input type="checkbox" name="agree" value="yes" checked=agreed required />
                <span>"我已阅读并同意" <a href=Place::Policy.path()>"隐私政策"</a></span>
            </label>
            <p class="field-hint">"这里只包括注册和登录所必需的处理。位置、广告等每一项会在用到时单独问你，现在都是关闭的。"</p>
            {error.map(|text| view! { <p class="field-error" role="alert">{text}</p> })}
        </div>
    }
    .into_any()
}

/// 等待监护人同意, once the account is being erased: whoever signs in in the last instant.
#[must_use]
pub fn erasing() -> AnyView {
    view! {
        <section class="notice notice-warn">
            <p class="notice-title">"账号正在删除"</p>
            <p>"不需要再做什么，完成后会发短信告诉你。手机号和用户名可以重新注册。"</p>
        </section>
        <form class="form" method="post" action="/signout">
            <button class="button button-plain" type="submit">"退出登录"</button>
        </form>
    }
    .into_any()
}

fn person_in_charge() -> AnyView {
    view! { <a href=format!("{}#c-contact", Place::Policy.path())>"联系个人信息保护负责人"</a> }.into_any()
}

/// 等待监护人同意, once the guardian has taken a yes back: what becomes of an account that was in use.
pub fn guardian_again(erased_at: Moment, contact: Option<String>) -> AnyView {
    view! {
        <section class="notice notice-warn">
            <p class="notice-title">{format!("监护人不再同意，{}删除", erased_at.date_time())}</p>
            <p>"账号已经停用，里面的信息只保存、不使用。到时间后账号和全部信息会自动删除，法律要求保留的除外。"</p>
        </section>
        <section class="notice notice-info notice-long">
            <p class="notice-title">"如果监护人改变主意"</p>
            <p>"请监护人在那之前联系我们，核对以后账号恢复使用，可选的设置仍然保持关闭。"</p>
            <p>{person_in_charge()} {contact.map(|contact| format!("（{contact}）"))}</p>
            <p><a href=Place::Children.path()>{Place::Children.label()}</a></p>
        </section>
        <form class="form" method="post" action="/signout">
            <button class="button button-plain" type="submit">"退出登录"</button>
        </form>
    }
    .into_any()
}

/// 等待监护人同意: all that a child's account shows. What is kept, until when, and the way out.
pub fn guardian(erased_at: Moment, contact: Option<String>) -> AnyView {
    let days = GUARDIAN_ANSWER / DAY;
    view! {
        <section class="notice notice-info notice-long">
            <p class="notice-title">"还需要监护人同意"</p>
            <p>"你选择了“未满14周岁”。在监护人同意之前，账号不能使用，每一项可选的设置都保持关闭。"</p>
            <p>
                "现在还不能在网上同意，由人来办。请监护人"
                {contact.map(|contact| format!("（{contact}）"))} {person_in_charge()}
                "：我们给监护人的手机发验证码，再核对一项证明，当场记下同意或不同意。"
            </p>
            <p>"同意以后账号就能用，可选的设置仍然保持关闭；不同意，账号马上删除。"</p>
            <p><a href=Place::Children.path()>{Place::Children.label()}</a></p>
        </section>
        <section class="notice notice-warn">
            <p class="notice-title">{format!("没有同意，{}自动删除", erased_at.date_time())}</p>
            <p>{format!("注册{days}天后还没有得到监护人同意，账号和下面的信息会自动删除，不需要你做什么。")}</p>
        </section>
        <section class="cells">
            <h2 class="cells-title">"现在只保存了这些"</h2>
            <ul class="erase-list">
                <li><strong>"手机号、用户名和密码"</strong><span>"注册时填写的"</span></li>
                <li><strong>"登录设备"</strong><span>"浏览器的型号和网络地址"</span></li>
                <li><strong>"年龄段"</strong><span>"注册时选择的，加密保存；不问生日"</span></li>
            </ul>
            <p class="cells-tips">
                "也可以现在就删除：账号和这些信息立即删除，密钥随即销毁，备份里的也无法读取。删除后不能恢复；手机号和用户名可以重新注册。"
            </p>
        </section>
        <form class="form" method="post" action="/guardian/erase">
            <SubmitButton label="删除账号和这些信息" danger=true />
        </form>
        <form class="form" method="post" action="/signout">
            <button class="button button-plain" type="submit">"退出登录"</button>
        </form>
    }
    .into_any()
}
