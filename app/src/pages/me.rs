//! 我的.

use leptos::prelude::*;

use super::avatar::PICTURE;
use crate::menu::Place;
use crate::ui::{CellLink, Cells};

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Model {
    /// 用户名.
    pub username: String,
    /// `138****5678`.
    pub masked_phone: String,
    /// There is a picture.
    pub has_avatar: bool,
    /// How many decisions a new version of the policy asks anew.
    pub asked_anew: usize,
    /// A version of the policy that is made known but not yet in force: its number and since when it holds.
    pub announced: Option<(String, String)>,
}

/// The page.
pub fn view(model: Model) -> AnyView {
    let Model { username, masked_phone, has_avatar, asked_anew, announced } = model;
    let initial = username.chars().next().unwrap_or('我').to_string();
    view! {
        <section class="profile-card">
            {if has_avatar {
                view! { <img class="avatar" src=PICTURE alt="" width="64" height="64" /> }.into_any()
            } else {
                view! { <span class="avatar-letter" aria-hidden="true">{initial}</span> }.into_any()
            }}
            <div>
                <p class="profile-name">{username}</p>
                <p class="masked">{masked_phone}</p>
            </div>
        </section>
        {(asked_anew > 0).then(|| view! {
            <a class="notice notice-warn" href=Place::PolicyUpdate.path()>
                {format!("隐私政策有变化，你同意过的 {asked_anew} 项需要重新确认。确认之前已暂停使用。")}
            </a>
        })}
        {announced.map(|(number, date)| view! {
            <a class="notice notice-info" href=Place::PolicyChanges.path()>
                {format!("隐私政策第 {number} 版将从{date}起施行，看看改了什么。")}
            </a>
        })}
        <Cells>
            <CellLink href=Place::Settings.path() label=Place::Settings.label() note="个人资料、隐私、推送、广告和 Cookie" />
        </Cells>
        <form method="post" action="/signout">
            <button class="button button-plain" type="submit">"退出登录"</button>
        </form>
    }
    .into_any()
}
