//! Rows of a list.

use leptos::prelude::*;

/// A group of rows, with a heading and a line of help where given.
#[component]
pub fn Cells(
    /// The heading.
    #[prop(optional, into)]
    title: String,
    /// Help below the rows.
    #[prop(optional, into)]
    tips: String,
    children: Children,
) -> impl IntoView {
    view! {
        <section class="cells">
            {(!title.is_empty()).then(|| view! { <h2 class="cells-title">{title}</h2> })}
            {children()}
            {(!tips.is_empty()).then(|| view! { <p class="cells-tips">{tips}</p> })}
        </section>
    }
}

/// A row that leads to a page, with its present state beside it.
#[component]
pub fn CellLink(
    #[prop(into)] href: String,
    #[prop(into)] label: String,
    /// The present state.
    #[prop(optional, into)]
    value: String,
    /// A line below the label.
    #[prop(optional, into)]
    note: String,
    /// Red, for what can't be undone.
    #[prop(optional)]
    danger: bool,
) -> impl IntoView {
    view! {
        <a class="cell cell-link" class:cell-danger=danger href=href>
            <span class="cell-text">
                <span class="cell-label">{label}</span>
                {(!note.is_empty()).then(|| view! { <span class="cell-note">{note}</span> })}
            </span>
            {(!value.is_empty()).then(|| view! { <span class="cell-value">{value}</span> })}
        </a>
    }
}

/// A row that only tells.
#[component]
pub fn Cell(
    #[prop(into)] label: String,
    #[prop(optional, into)] value: String,
    /// A line below the label.
    #[prop(optional, into)]
    note: String,
) -> impl IntoView {
    view! {
        <div class="cell">
            <span class="cell-text">
                <span class="cell-label">{label}</span>
                {(!note.is_empty()).then(|| view! { <span class="cell-note">{note}</span> })}
            </span>
            {(!value.is_empty()).then(|| view! { <span class="cell-value">{value}</span> })}
        </div>
    }
}
