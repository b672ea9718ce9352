//! 账号与安全, and the pages that change 手机号 and 密码.

use leptos::prelude::*;

use crate::menu::Place;
use crate::promises::PASSWORD_CHARS;
use crate::ui::{CellLink, Cells, Filled, SendCode, SubmitButton, TextField};

/// What 账号与安全 shows.
#[derive(Clone, Debug)]
pub struct Model {
    /// `138****5678`.
    pub masked_phone: String,
    /// There is a verified name.
    pub has_real_name: bool,
    /// How many devices are signed in.
    pub devices: usize,
}

/// 账号与安全.
pub fn view(model: Model) -> AnyView {
    let Model { masked_phone, has_real_name, devices } = model;
    view! {
        <Cells>
            <CellLink href=Place::Phone.path() label=Place::Phone.label() value=masked_phone />
            <CellLink href=Place::Password.path() label=Place::Password.label() value="修改" />
            <CellLink href=Place::RealName.path() label=Place::RealName.label() value=if has_real_name { "已认证" } else { "未填写" } />
        </Cells>
        <Cells>
            <CellLink href=Place::Devices.path() label=Place::Devices.label() value=format!("{devices} 台") />
        </Cells>
        <Cells>
            <CellLink href=Place::Cancellation.path() label=Place::Cancellation.label() danger=true />
        </Cells>
    }
    .into_any()
}

/// What 手机号 shows.
#[derive(Clone, Debug)]
pub struct PhoneModel {
    /// The present one, `138****5678`.
    pub masked_phone: String,
    /// What was typed, and what is wrong with it.
    pub filled: Filled,
    /// Seconds until another code may be sent to the present phone.
    pub pause_present: i32,
    /// The same for the new one.
    pub pause_new: i32,
}

/// 手机号: both phones are proven.
pub fn phone(model: PhoneModel) -> AnyView {
    let PhoneModel { masked_phone, filled, pause_present, pause_new } = model;
    view! {
        <p class="lead">"更换手机号需要新旧两个号码的验证码，防止别人替你更换。"</p>
        <form class="form" method="post" action="/settings/account/phone">
            {filled.refusal_view()}
            <TextField
                filled=filled.clone() name="present_code" label="当前手机号的验证码" inputmode="numeric" autocomplete="one-time-code"
                maxlength=6 hint=format!("发送到 {masked_phone}")
            >
                <SendCode action="/settings/account/phone/present-code".to_owned() pause=pause_present />
            </TextField>
            <TextField filled=filled.clone() name="phone" label="新手机号" kind="tel" inputmode="tel" autocomplete="tel-national" maxlength=20 />
            <TextField filled=filled name="code" label="新手机号的验证码" inputmode="numeric" autocomplete="one-time-code" maxlength=6>
                <SendCode action="/settings/account/phone/new-code".to_owned() pause=pause_new />
            </TextField>
            <SubmitButton label="更换手机号" />
        </form>
        <p class="cells-tips">"更换后，其他设备会退出登录。"</p>
    }
    .into_any()
}

/// 密码. The person has just proved who they are, so the old one is not asked for again.
pub fn password(filled: Filled) -> AnyView {
    let hint = format!("至少{}个字符，可以用一句话；不要用在别处用过的", PASSWORD_CHARS.start());
    view! {
        <form class="form" method="post" action="/settings/account/password">
            {filled.refusal_view()}
            <TextField filled=filled name="password" label="新密码" kind="password" autocomplete="new-password" maxlength=64 hint=hint />
            <SubmitButton label="保存新密码" />
        </form>
        <p class="cells-tips">"保存后，其他设备会退出登录。"</p>
    }
    .into_any()
}
