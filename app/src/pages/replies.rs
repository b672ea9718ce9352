//! 推送设置, while a reply to an SMS waits for a human: what it says, and that no marketing goes by SMS meanwhile.

use leptos::prelude::*;

use crate::time::Moment;

/// A reply that nobody has read yet.
#[derive(Clone, Debug)]
pub struct Reply {
    /// What it says.
    pub text: String,
    /// When it came.
    pub received_at: Moment,
    /// The last moment by which somebody has read it.
    pub due_at: Moment,
}

/// The page with what waits above it.
pub fn with_waiting(replies: Vec<Reply>, page: AnyView) -> AnyView {
    if replies.is_empty() {
        return page;
    }
    let rows = replies.into_iter().map(|Reply { text, received_at, due_at }| {
        let (received, due) = (received_at.date_time(), due_at.date());
        view! { <p>{format!("{received} 回复“{text}”，最晚 {due} 有人看。")}</p> }
    });
    view! {
        <aside class="notice notice-info">
            <p class="notice-title">"你回复的短信在等人看"</p>
            {rows.collect::<Vec<_>>()}
            <p>"没看懂是不是退订，所以看过之前，不会给这个手机号发营销短信。想马上退订，可以在下面关闭“短信”，或者回复 TD。"</p>
        </aside>
        {page}
    }
    .into_any()
}
