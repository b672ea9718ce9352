//! What was typed into a form before its page had to ask who is there: it travels along, hidden, and comes back.

use leptos::prelude::*;

/// A form's text fields, and the path that it was sent to.
#[derive(Clone, PartialEq, Eq)]
pub struct Kept {
    /// Where it was sent to.
    pub path: &'static str,
    /// Its fields, in the order in which they were sent. Never a password, a code or a credential.
    pub fields: Vec<(String, String)>,
    /// The same as one text, for the form that asks.
    pub text: String,
}

/// Says nothing: what a person wrote is never logged.
impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kept(…)")
    }
}

impl Kept {
    /// The field that names the path, in the form that asks who is there.
    pub const PATH: &str = "kept_path";
    /// The field that holds all others, as JSON.
    pub const FIELDS: &str = "kept_fields";

    /// What the form that asks carries along.
    #[must_use]
    pub fn carried(&self) -> AnyView {
        view! {
            <input type="hidden" name=Self::PATH value=self.path />
            <input type="hidden" name=Self::FIELDS value=self.text.clone() />
        }
        .into_any()
    }

    /// Said above the form that asks.
    #[must_use]
    pub fn notice() -> AnyView {
        view! { <p class="notice notice-info">"刚才填写的内容还在，还没有提交。确认是你本人后，可以接着填写。"</p> }
            .into_any()
    }

    /// Another way to prove it: a link would lose what is carried.
    #[must_use]
    pub fn other_way(label: &'static str, by: &'static str) -> AnyView {
        view! { <button class="link" type="submit" name="other_way" value=by formnovalidate>{label}</button> }
            .into_any()
    }
}

/// The way back to the form, with all that was typed.
pub fn way_back(kept: Kept) -> AnyView {
    view! {
        <p class="lead">"刚才填写的内容都在，还没有提交。"</p>
        <form class="form" method="post" action=format!("{}?kept=1", kept.path)>
            {kept.fields.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> }).collect::<Vec<_>>()}
            <button type="submit" class="button button-primary">"接着填写"</button>
        </form>
    }
    .into_any()
}
