//! 系统权限管理: six permissions, each with what the browser reports beside what the account allows.

use leptos::prelude::*;

use super::switches::{Switch, facts, row, tags};
use crate::consents::Purpose;
use crate::menu::Place;
use crate::ui::PermissionReport;

/// The name that browsers know a permission by (W3C Permissions registry); empty where they have none.
const fn browser_name(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Location => "geolocation",
        Purpose::Camera => "camera",
        Purpose::Microphone => "microphone",
        _ => "",
    }
}

/// The page.
pub fn view(switches: &[Switch]) -> AnyView {
    let (own, with_contacts): (Vec<_>, Vec<_>) = switches.iter().partition(|s| s.purpose != Purpose::ContactMatching);
    view! {
        <p class="lead">"使用这些功能需要两道许可：手机系统的授权，和你在这里的决定。缺一道都不会收集。打开系统授权，不等于在这里同意。"</p>
        {own.into_iter().map(|s| {
            let nested = (s.purpose == Purpose::Contacts)
                .then(|| with_contacts.iter().map(|m| permission(m, false)).collect::<Vec<_>>());
            view! { {permission(s, true)} {nested} }
        }).collect::<Vec<_>>()}
    }
    .into_any()
}

fn permission(switch: &Switch, has_system_grant: bool) -> AnyView {
    let heading = switch.words.label.clone();
    view! {
        <section class="cells permission">
            <h2 class="cells-title">{heading} " " {tags(switch.purpose)}</h2>
            {row(switch, Place::Permissions, "账号的决定")}
            {has_system_grant.then(|| view! {
                <div class="cell">
                    <span class="cell-text"><span class="cell-label">"系统报告"</span></span>
                    <PermissionReport name=browser_name(switch.purpose).to_owned() />
                </div>
            })}
            {facts(&switch.words)}
        </section>
    }
    .into_any()
}
