//! A form that came when its person had to be asked first who they are: after a sign-in that has ended, or minutes after the
//! last step-up. What was typed is not kept here: the page that asks carries it along in the browser, and then leads back to the
//! form, filled in again. Nothing is carried out by it.

use app::menu::Place;
use app::ui::Kept;
use axum::extract::{FromRequest as _, Request};
use axum::http::Method;

use super::input::Input;
use super::visit::Visit;

/// The forms worth it, and the fields that are carried along. Never a password, a code, a credential, a file, nor what has to be
/// confirmed anew.
const FORMS: &[(Place, &[&str])] = &[
    (Place::Complaints, &["topic", "text", "value"]),
    (Place::RequestNew, &["kind", "about", "value", "text"]),
    (Place::Relative, &["account", "relation", "rights", "text"]),
    (Place::Directive, &["choice", "rights", "trusted_name", "trusted_phone"]),
    (Place::ExportNew, &["function", "from", "to"]),
    (Place::TransferNew, &["name", "address", "function", "from", "to"]),
];

/// The largest that is carried, in bytes of its text.
const MOST: usize = 16 * 1024;

/// The fields of that path's form that are worth it; nothing where it has none, or too much was typed.
fn pick(path: &str, fields: Vec<(String, String)>) -> Option<Kept> {
    let (place, names) = FORMS.iter().find(|(place, _)| place.path() == path)?;
    let worth = |(name, value): &(String, String)| names.contains(&name.as_str()) && !value.is_empty();
    let fields: Vec<_> = fields.into_iter().filter(worth).collect();
    let size: usize = fields.iter().map(|(name, value)| name.len() + value.len()).sum();
    if fields.is_empty() || size > MOST {
        return None;
    }
    let text = serde_json::to_string(&fields).ok()?;
    Some(Kept { path: place.path(), fields, text })
}

/// What was typed into a form that is about to be refused.
pub async fn of(visit: &Visit, request: Request) -> Option<Kept> {
    let path = visit.here.split('?').next()?;
    if request.method() != Method::POST || !FORMS.iter().any(|(place, _)| place.path() == path) {
        return None;
    }
    let Input(fields) = Input::<Vec<(String, String)>>::from_request(request, &()).await.ok()?;
    pick(path, fields)
}

/// What the page that asks has carried along. It came from a browser: it is looked at as strictly as at first.
#[must_use]
pub fn carried(path: &str, fields: &str) -> Option<Kept> {
    pick(path, serde_json::from_str(fields).ok()?)
}

impl Visit {
    /// A form that comes back to be filled in further; it is not sent yet.
    #[must_use]
    pub fn comes_back(&self) -> bool {
        self.here.split_once('?').is_some_and(|(_, query)| query == "kept=1")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn only_the_text_of_known_forms_is_carried() {
        let typed = fields(&[("name", "小店"), ("credential", "Bearer x"), ("confirm", "true"), ("from", "")]);
        let kept = pick(Place::TransferNew.path(), typed.clone()).expect("it has a name");
        assert_eq!(kept.fields, fields(&[("name", "小店")]));
        for path in ["/settings/account/password", "https://evil.example", "//evil.example", ""] {
            assert_eq!(pick(path, typed.clone()), None, "{path}");
        }
        assert_eq!(pick(Place::Complaints.path(), typed), None, "nothing of it is worth it");
        let long = "字".repeat(MOST);
        assert_eq!(pick(Place::Complaints.path(), fields(&[("text", &long)])), None);
        assert_eq!(carried(Place::Complaints.path(), "no JSON"), None);
        let secret = ["password", "code", "credential", "file", "confirm"];
        assert!(FORMS.iter().all(|(_, names)| names.iter().all(|name| !secret.contains(name))));
    }
}
