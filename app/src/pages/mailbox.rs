//! 演示短信箱: what the demo sent by SMS.

use leptos::prelude::*;

/// One message: to whom (masked) and what it says.
pub fn view(messages: Vec<(String, String)>) -> AnyView {
    let empty = messages.is_empty();
    view! {
        <p class="lead">"演示不会真的发短信。发出的内容都在这里，重启后清空。"</p>
        {empty.then(|| view! { <p class="empty">"还没有短信"</p> })}
        <section class="sms-list">
            {messages.into_iter().map(|(phone, text)| view! {
                <article class="sms"><h2 class="masked">{phone}</h2><p>{text}</p></article>
            }).collect::<Vec<_>>()}
        </section>
    }
    .into_any()
}
