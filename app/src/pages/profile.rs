//! 个人资料 and 用户名.

use leptos::prelude::*;

use crate::menu::Place;
use crate::promises::USERNAME_CHARS;
use crate::ui::{CellLink, Cells, Filled, SubmitButton, TextField};

/// What 个人资料 shows.
#[derive(Clone, Debug)]
pub struct Model {
    /// There is a picture.
    pub has_avatar: bool,
    /// 用户名.
    pub username: String,
    /// How many addresses there are.
    pub addresses: usize,
}

/// 个人资料.
pub fn view(model: Model) -> AnyView {
    let Model { has_avatar, username, addresses } = model;
    let avatar = if has_avatar { "已设置" } else { "未设置" };
    let addresses = if addresses == 0 { "未填写".to_owned() } else { format!("{addresses} 个") };
    view! {
        <Cells tips="头像和用户名，别人能看到；收货地址只有你下单时的商家和物流能看到。">
            <CellLink href=Place::Avatar.path() label=Place::Avatar.label() value=avatar />
            <CellLink href=Place::Username.path() label=Place::Username.label() value=username />
            <CellLink href=Place::Addresses.path() label=Place::Addresses.label() value=addresses />
        </Cells>
    }
    .into_any()
}

/// 用户名.
pub fn username(filled: Filled) -> AnyView {
    let hint = format!("{}到{}个字，别人会看到；请不要用真名或手机号", USERNAME_CHARS.start(), USERNAME_CHARS.end());
    view! {
        <form class="form" method="post" action=Place::Username.path()>
            {filled.refusal_view()}
            <TextField filled=filled name="username" label="用户名" autocomplete="nickname" maxlength=20 hint=hint />
            <SubmitButton label="保存" />
        </form>
    }
    .into_any()
}
