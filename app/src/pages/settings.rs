//! 设置 and 隐私设置: each entry with its present state.

use leptos::prelude::*;

use crate::menu::Place;
use crate::ui::{CellLink, Cells, SwitchRow};

/// The present state beside each entry.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// 用户名.
    pub username: String,
    /// `138****5678`.
    pub masked_phone: String,
    /// 推送设置: how many are on.
    pub notifications_on: usize,
    /// 广告设置: how many personalised uses are on.
    pub advertising_on: usize,
    /// Cookie管理: how many optional groups are on in this browser.
    pub cookies_on: usize,
    /// 系统权限管理: how many are allowed.
    pub permissions_on: usize,
    /// 好友隐私.
    pub friend_search: bool,
    /// 人脸识别授权.
    pub face: bool,
    /// 同意管理: how many consents stand.
    pub consents: usize,
    /// 第三方共享清单: how many recipients are allowed.
    pub sharing_on: usize,
    /// 跨境提供: how many recipients are allowed.
    pub abroad_on: usize,
    /// 我的个人信息: how many records the host has sent.
    pub records: usize,
    /// 我的标签: how many tags and audiences there are.
    pub tags: usize,
    /// 为什么看到这些: how many things that were picked can be explained.
    pub shown: usize,
    /// 权利申请记录: how many are still to be answered.
    pub open_requests: usize,
    /// The policy's version.
    pub policy_version: String,
    /// 关怀模式.
    pub care: bool,
}

impl Model {
    /// The present state that stands beside a link to a page; nothing for a page that has none.
    #[must_use]
    pub fn state_of(&self, place: Place) -> String {
        match place {
            Place::Profile | Place::Username => self.username.clone(),
            Place::Account | Place::Phone => self.masked_phone.clone(),
            Place::Notifications => on(self.notifications_on),
            Place::Advertising => on(self.advertising_on),
            Place::Cookies => on(self.cookies_on),
            Place::Records => format!("{} 条", self.records),
            Place::Tags => format!("{} 个", self.tags),
            Place::Explanations => format!("{} 条", self.shown),
            Place::Policy => format!("第 {} 版", self.policy_version),
            Place::Permissions => on(self.permissions_on),
            Place::Friends => if self.friend_search { "可被搜索" } else { "不可被搜索" }.to_owned(),
            Place::Face => if self.face { "已允许" } else { "未允许" }.to_owned(),
            Place::Consents => format!("{} 项有效", self.consents),
            Place::Sharing => on(self.sharing_on),
            Place::Abroad => on(self.abroad_on),
            Place::Requests if self.open_requests > 0 => format!("{} 个待答复", self.open_requests),
            _ => String::new(),
        }
    }
}

fn on(count: usize) -> String {
    if count == 0 { "全部关闭".into() } else { format!("{count} 项已开启") }
}

/// Entries, each with its present state.
fn entries(model: &Model, places: &[(Place, &'static str)]) -> Vec<AnyView> {
    let entry = |(place, note): &(Place, &'static str)| {
        let (place, note, state) = (*place, *note, model.state_of(*place));
        view! { <CellLink href=place.path() label=place.label() value=state note=note /> }.into_any()
    };
    places.iter().map(entry).collect()
}

/// 设置.
pub fn view(model: &Model) -> AnyView {
    let person = entries(model, &[(Place::Profile, ""), (Place::Account, "")]);
    let choices = [
        (Place::Privacy, "权限、好友、人脸、同意"),
        (Place::Notifications, ""),
        (Place::Advertising, ""),
        (Place::Cookies, ""),
    ];
    let choices = entries(model, &choices);
    let data = entries(model, &[(Place::Records, "看到、更正、删除"), (Place::Collection, ""), (Place::Sharing, "")]);
    let about = entries(model, &[(Place::Policy, ""), (Place::Complaints, ""), (Place::About, "")]);
    let care = model.care;
    view! {
        <Cells>{person}</Cells>
        <Cells>{choices}</Cells>
        <Cells>{data}</Cells>
        <Cells>
            <SwitchRow
                id="care_mode".to_owned() action="/settings/care".to_owned() label="关怀模式".to_owned()
                note="更大的字、更宽的间距".to_owned() on=care
            />
        </Cells>
        <Cells>{about}</Cells>
    }
    .into_any()
}

/// 隐私设置.
pub fn privacy(model: &Model) -> AnyView {
    let choices = entries(model, &[(Place::Permissions, ""), (Place::Friends, ""), (Place::Face, "")]);
    let rights = entries(
        model,
        &[
            (Place::Consents, ""),
            (Place::Export, ""),
            (Place::Transfer, ""),
            (Place::Requests, ""),
            (Place::Directive, ""),
            (Place::Abroad, ""),
        ],
    );
    view! {
        <Cells>{choices}</Cells>
        <Cells tips="每一项同意都可以随时撤回，撤回不影响此前已经完成的处理。">{rights}</Cells>
    }
    .into_any()
}
