//! 关于一点生活-live and 更多: the path to 注销账号 that the policy fixes.

use leptos::prelude::*;

use crate::menu::Place;
use crate::ui::{Cell, CellLink, Cells};

/// 关于一点生活-live.
pub fn view(version: &str, policy_version: &str) -> AnyView {
    let (version, policy_version) = (version.to_owned(), policy_version.to_owned());
    view! {
        <Cells>
            <Cell label="隐私中心版本" value=version />
            <CellLink href=Place::Policy.path() label=Place::Policy.label() value=format!("第 {policy_version} 版") />
            <CellLink href=Place::Verify.path() label=Place::Verify.label() note="同意凭证、删除证明是不是真的" />
        </Cells>
        <Cells>
            <CellLink href=Place::More.path() label=Place::More.label() />
        </Cells>
    }
    .into_any()
}

/// 更多.
pub fn more() -> AnyView {
    view! {
        <Cells>
            <CellLink href=Place::Cancellation.path() label=Place::Cancellation.label() danger=true note="永久删除账号和个人信息" />
        </Cells>
    }
    .into_any()
}
