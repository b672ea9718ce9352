//! 我的.

use leptos::prelude::*;

use super::avatar::PICTURE;
use crate::menu::Place;
use crate::time::Moment;
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
    /// The data was put back from a backup: as it stood when, and until when what came after may be lost.
    pub restored: Option<(Moment, Moment)>,
}

/// Where what is told of a restoration is put away.
pub const PUT_AWAY: &str = "/restored/read";

/// The page.
pub fn view(model: Model) -> AnyView {
    let Model { username, masked_phone, has_avatar, asked_anew, announced, restored } = model;
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
        {restored.map(|(as_of, until)| restoration(as_of, until))}
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

/// What was restored, what holds all the same, what may be lost: shown until it is put away.
fn restoration(as_of: Moment, until: Moment) -> AnyView {
    let (from, to) = (as_of.date_time(), until.date_time());
    view! {
        <section class="notice notice-info notice-long">
            <p class="notice-title">"数据从备份恢复过"</p>
            <p>{format!("我们在{to}用备份恢复了数据，备份里的内容截至{from}。")}</p>
            <p>
                "这之后你做的删除、撤回同意和注销申请，新设的密码、手机号、用户名和生前安排，都已经补上，仍然有效。为了安全，所有设备都已退出登录。"
            </p>
            <p>
                "可能没有恢复的，是你在这段时间里新增和更正的内容，比如收货地址、头像、权利申请，还有新同意的事项。请看一看，缺了或不对的可以再填。"
            </p>
            <div class="button-row">
                <a class="button button-plain" href=Place::Records.path()>{Place::Records.label()}</a>
                <a class="button button-plain" href=Place::Consents.path()>{Place::Consents.label()}</a>
            </div>
            <form method="post" action=PUT_AWAY>
                <input type="hidden" name="until" value=until.0.to_string() />
                <button class="button button-plain" type="submit">"知道了"</button>
            </form>
        </section>
    }
    .into_any()
}
