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
    /// 我的个人信息: how many records the host has sent.
    pub records: usize,
    /// 权利申请记录: how many are still to be answered.
    pub open_requests: usize,
    /// The policy's version.
    pub policy_version: String,
    /// 关怀模式.
    pub care: bool,
}

fn on(count: usize) -> String {
    if count == 0 { "全部关闭".into() } else { format!("{count} 项已开启") }
}

fn waiting(open: usize) -> String {
    if open == 0 { String::new() } else { format!("{open} 个待答复") }
}

fn allowed(yes: bool) -> &'static str {
    if yes { "已允许" } else { "未允许" }
}

/// 设置.
pub fn view(model: Model) -> AnyView {
    let Model {
        username,
        masked_phone,
        notifications_on,
        advertising_on,
        cookies_on,
        records,
        policy_version,
        care,
        ..
    } = model;
    view! {
        <Cells>
            <CellLink href=Place::Profile.path() label=Place::Profile.label() value=username />
            <CellLink href=Place::Account.path() label=Place::Account.label() value=masked_phone />
        </Cells>
        <Cells>
            <CellLink href=Place::Privacy.path() label=Place::Privacy.label() note="权限、好友、人脸、同意" />
            <CellLink href=Place::Notifications.path() label=Place::Notifications.label() value=on(notifications_on) />
            <CellLink href=Place::Advertising.path() label=Place::Advertising.label() value=on(advertising_on) />
            <CellLink href=Place::Cookies.path() label=Place::Cookies.label() value=on(cookies_on) />
        </Cells>
        <Cells>
            <CellLink href=Place::Records.path() label=Place::Records.label() value=format!("{records} 条") note="看到、更正、删除" />
            <CellLink href=Place::Collection.path() label=Place::Collection.label() />
        </Cells>
        <Cells>
            <SwitchRow
                id="care_mode".to_owned() action="/settings/care".to_owned() label="关怀模式".to_owned()
                note="更大的字、更宽的间距".to_owned() on=care
            />
        </Cells>
        <Cells>
            <CellLink href=Place::Policy.path() label=Place::Policy.label() value=format!("第 {policy_version} 版") />
            <CellLink href=Place::About.path() label=Place::About.label() />
        </Cells>
    }
    .into_any()
}

/// 隐私设置.
pub fn privacy(model: Model) -> AnyView {
    let Model { permissions_on, friend_search, face, consents, open_requests, .. } = model;
    view! {
        <Cells>
            <CellLink href=Place::Permissions.path() label=Place::Permissions.label() value=on(permissions_on) />
            <CellLink href=Place::Friends.path() label=Place::Friends.label() value=if friend_search { "可被搜索" } else { "不可被搜索" } />
            <CellLink href=Place::Face.path() label=Place::Face.label() value=allowed(face) />
        </Cells>
        <Cells tips="每一项同意都可以随时撤回，撤回不影响此前已经完成的处理。">
            <CellLink href=Place::Consents.path() label=Place::Consents.label() value=format!("{consents} 项有效") />
            <CellLink href=Place::Export.path() label=Place::Export.label() />
            <CellLink href=Place::Transfer.path() label=Place::Transfer.label() />
            <CellLink href=Place::Requests.path() label=Place::Requests.label() value=waiting(open_requests) />
        </Cells>
    }
    .into_any()
}
