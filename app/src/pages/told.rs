//! What recipients were told, as a timeline for each: part of the pages that tell of an erasure, a correction, a withdrawal.

use leptos::prelude::*;

use crate::sharing::told::{Progress, Told};
use crate::time::Moment;

/// One timeline per recipient.
pub fn timelines(told: Vec<Told>, now: Moment) -> AnyView {
    let row = |told: Told| {
        let state = match told.progress {
            _ if told.is_overdue(now) => "超过期限，我们在催办",
            Progress::Waiting => "正在通知",
            Progress::Sent => "已通知",
            Progress::Accepted => "已受理",
            Progress::Completed => "已完成",
            Progress::Retained => "按它自己的授权或法定义务保留",
            Progress::Dead => "多次没有送达，由专人联系",
        };
        view! { <li><strong>{told.recipient}</strong><span>{format!("{}：{state}", told.notice.words())}</span></li> }
    };
    view! { <ul class="keep-list">{told.into_iter().map(row).collect::<Vec<_>>()}</ul> }.into_any()
}
