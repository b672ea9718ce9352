//! Forms: plain HTML that keeps what was typed when it comes back with an error.

use std::collections::BTreeMap;

use leptos::prelude::*;

/// What a person typed and what was wrong with it. Passwords and codes are never put in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    values: BTreeMap<&'static str, String>,
    errors: BTreeMap<&'static str, String>,
    refusal: Option<String>,
}

impl Filled {
    /// A field's value.
    #[must_use]
    pub fn with(mut self, field: &'static str, value: impl Into<String>) -> Self {
        self.values.insert(field, value.into());
        self
    }

    /// What is wrong with a field.
    #[must_use]
    pub fn error(mut self, field: &'static str, message: impl Into<String>) -> Self {
        self.errors.insert(field, message.into());
        self
    }

    /// What is wrong with the whole.
    #[must_use]
    pub fn refused(mut self, message: impl Into<String>) -> Self {
        self.refusal = Some(message.into());
        self
    }

    /// A field's value, or nothing.
    #[must_use]
    pub fn value(&self, field: &str) -> String {
        self.values.get(field).cloned().unwrap_or_default()
    }

    /// What is wrong with a field.
    #[must_use]
    pub fn error_of(&self, field: &str) -> Option<String> {
        self.errors.get(field).cloned()
    }

    /// True when nothing is wrong.
    #[must_use]
    pub fn is_fine(&self) -> bool {
        self.errors.is_empty() && self.refusal.is_none()
    }

    /// The first thing that is wrong, as one sentence.
    #[must_use]
    pub fn first_error(&self) -> Option<String> {
        self.refusal.clone().or_else(|| self.errors.values().next().cloned())
    }

    /// The box above a form that says what is wrong with the whole.
    #[must_use]
    pub fn refusal_view(&self) -> Option<AnyView> {
        self.refusal.clone().map(|message| {
            view! { <p class="form-error" role="alert" tabindex="-1" autofocus>{message}</p> }.into_any()
        })
    }
}

/// A field with its label, hint and error tied together for screen readers. Wrong, it has the focus when the page comes back: the
/// first one that is.
#[component]
pub fn TextField(
    /// Values and errors.
    #[prop(into)]
    filled: Filled,
    /// Its name in the form.
    name: &'static str,
    /// What it is called.
    #[prop(into)]
    label: String,
    /// `text`, `tel`, `password`.
    #[prop(default = "text")]
    kind: &'static str,
    /// For password managers and one-time codes (WCAG 1.3.5).
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// The keyboard to show.
    #[prop(default = "text")]
    inputmode: &'static str,
    #[prop(optional, into)] hint: String,
    /// May be left empty.
    #[prop(optional)]
    optional: bool,
    /// At most so many characters.
    #[prop(default = 120)]
    maxlength: usize,
    /// A button beside the field.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let error = filled.error_of(name);
    let hint_id = (!hint.is_empty()).then(|| format!("{name}-hint"));
    let error_id = error.is_some().then(|| format!("{name}-error"));
    let described_by = [error_id.clone(), hint_id.clone()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    // A password never travels back to the page.
    let value = if kind == "password" { String::new() } else { filled.value(name) };
    let input = view! {
        <input
            id=name
            name=name
            type=kind
            value=value
            autocomplete=autocomplete
            inputmode=inputmode
            maxlength=maxlength
            required=!optional
            aria-invalid=error.is_some().then_some("true")
            autofocus=error.is_some()
            aria-describedby=(!described_by.is_empty()).then_some(described_by)
        />
    };
    let field = match children {
        Some(beside) => view! { <div class="field-with-action">{input}{beside()}</div> }.into_any(),
        None => input.into_any(),
    };
    view! {
        <div class="field">
            <label for=name>{label}</label>
            {field}
            {hint_id.map(|id| view! { <p class="field-hint" id=id>{hint}</p> })}
            {error.map(|text| view! { <p class="field-error" id=error_id role="alert">{text}</p> })}
        </div>
    }
}

/// A choice of one among many, with its label and error tied together.
#[component]
pub fn SelectField(
    /// Values and errors.
    #[prop(into)]
    filled: Filled,
    /// Its name in the form.
    name: &'static str,
    /// What it is called.
    #[prop(into)]
    label: String,
    /// All choices; none is chosen beforehand.
    options: &'static [&'static str],
    /// For address books (WCAG 1.3.5).
    #[prop(default = "off")]
    autocomplete: &'static str,
) -> impl IntoView {
    let error = filled.error_of(name);
    let error_id = error.is_some().then(|| format!("{name}-error"));
    let chosen = filled.value(name);
    let choices = options.iter().map(|option| {
        let selected = *option == chosen;
        view! { <option value=*option selected=selected>{*option}</option> }
    });
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <select
                id=name name=name required autocomplete=autocomplete autofocus=error.is_some()
                aria-invalid=error.is_some().then_some("true") aria-describedby=error_id.clone()
            >
                <option value="" selected=chosen.is_empty()>"请选择"</option>
                {choices.collect::<Vec<_>>()}
            </select>
            {error.map(|text| view! { <p class="field-error" id=error_id role="alert">{text}</p> })}
        </div>
    }
}

/// A box to tick.
#[component]
pub fn CheckField(
    /// Its name in the form; ticked, it sends `true`.
    name: &'static str,
    /// What it says.
    #[prop(into)]
    label: String,
    /// Ticked beforehand, because it stands so already.
    checked: bool,
) -> impl IntoView {
    view! {
        <div class="field">
            <label class="choice">
                <input type="checkbox" name=name value="true" checked=checked />
                <span>{label}</span>
            </label>
        </div>
    }
}

/// A value that travels with the form.
#[component]
pub fn HiddenField(name: &'static str, #[prop(into)] value: String) -> impl IntoView {
    view! { <input type="hidden" name=name value=value /> }
}

/// The button that sends the form.
#[component]
pub fn SubmitButton(
    #[prop(into)] label: String,
    /// Red, for what can't be undone.
    #[prop(optional)]
    danger: bool,
) -> impl IntoView {
    let class = if danger { "button button-danger" } else { "button button-primary" };
    view! { <button type="submit" class=class>{label}</button> }
}
