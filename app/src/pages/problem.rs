//! Pages for what went wrong: not found, refused, a fault with its reference number.

use leptos::prelude::*;

/// What happened, what helps, and the number to quote.
pub fn view(title: &str, help: &str, reference: Option<&str>) -> AnyView {
    let reference = reference.map(ToOwned::to_owned);
    view! {
        <section class="error-page">
            <h2>{title.to_owned()}</h2>
            <p>{help.to_owned()}</p>
            {reference.map(|number| view! { <p class="reference">"编号 " <code>{number}</code></p> })}
            <p><a class="button button-primary" href="/">"回到首页"</a></p>
        </section>
    }
    .into_any()
}
