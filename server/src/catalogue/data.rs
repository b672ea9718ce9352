//! `data.toml` and `recipients.toml`: every kind of personal data, field by field, and who else receives it.

use std::collections::BTreeMap;

use app::cancellation::model::Kept;
use app::consents::Purpose;
use app::consents::model::Kind;
use app::mask::Mask;
use app::records::model::{Basis, Erasure, Field, Function, Home, Retention};
use app::sharing::model::Recipient;
use serde::Deserialize;
use toml::Spanned;

use super::{CatalogueError, recipients};

/// A purpose as `data.toml` names it, with its term in the W3C Data Privacy Vocabulary.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PurposeTerm {
    /// As fields name it.
    pub name: String,
    /// Its term in DPV 2, without the prefix.
    pub dpv: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DataFile {
    retention: BTreeMap<String, Retention>,
    function: Vec<Function>,
    purpose: Vec<PurposeTerm>,
    field: Vec<Spanned<Field>>,
}

/// Both files, checked.
#[derive(Clone, Debug)]
pub struct Data {
    retentions: BTreeMap<String, Retention>,
    functions: Vec<Function>,
    purposes: Vec<PurposeTerm>,
    fields: Vec<Field>,
    recipients: Vec<Recipient>,
}

const DATA: &str = "data.toml";
/// The kinds that the centre keeps itself, and where: whatever an operator's file says of them, their person finds them (个保法 45).
const KEPT_HERE: &[(&str, Home)] = &[
    ("register_phone", Home::Account),
    ("username", Home::Account),
    ("password_hash", Home::Account),
    ("directive", Home::Account),
    ("open_affair", Home::Affairs),
    ("entitlement", Home::Affairs),
    ("consignee_name", Home::Addresses),
    ("consignee_address", Home::Addresses),
    ("consignee_phone", Home::Addresses),
    ("avatar", Home::Avatar),
    ("real_name", Home::RealName),
    ("id_card_no", Home::RealName),
    ("friend_search", Home::Decisions),
];

impl Data {
    /// Everybody who receives data.
    #[must_use]
    pub fn all_recipients(&self) -> &[Recipient] {
        &self.recipients
    }

    /// The recipient of that id.
    #[must_use]
    pub fn recipient(&self, id: &str) -> Option<&Recipient> {
        self.recipients.iter().find(|recipient| recipient.id == id)
    }

    /// Every kind of data that a recipient gets, with or without a decision about it, in the policy's order.
    pub fn received_by(&self, recipient: &Recipient) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| recipients::gets(recipient, field))
    }

    /// Reads and checks both texts.
    ///
    /// # Errors
    /// What is wrong, and at which line.
    pub fn read(data: &str, recipients: &str) -> Result<Self, CatalogueError> {
        let file: DataFile = toml::from_str(data).map_err(|e| CatalogueError::Malformed(DATA, e))?;
        let recipients = recipients::Read::of(recipients)?;
        let lines: Vec<usize> = file.field.iter().map(|field| line_of(data, field.span().start)).collect();
        let read = Self {
            retentions: file.retention,
            functions: file.function,
            purposes: file.purpose,
            fields: file.field.into_iter().map(Spanned::into_inner).collect(),
            recipients: recipients.all,
        };
        for (field, line) in read.fields.iter().zip(lines) {
            let wrong = |why| CatalogueError::Field { line, field: field.id.clone(), why };
            read.check(field).map_err(wrong)?;
        }
        for (id, home) in KEPT_HERE {
            if !read.field(id).is_some_and(|field| field.kept_in == *home) {
                let why = "is kept by the centre itself, but no entry says so with its kept_in";
                return Err(CatalogueError::Field { line: 1, field: (*id).to_owned(), why });
            }
        }
        recipients::check(&read.recipients, &recipients.lines, &read.fields)?;
        Ok(read)
    }

    fn check(&self, field: &Field) -> Result<(), &'static str> {
        if self.fields.iter().filter(|other| other.id == field.id).count() > 1 {
            return Err("stands there twice");
        }
        if !self.functions.iter().any(|f| f.id == field.function) {
            return Err("names an unknown function");
        }
        let retention = self.retentions.get(&field.retention).ok_or("names an unknown retention")?;
        if field.erase == Erasure::StorageOnly && (retention.law.is_none() || !retention.has_span()) {
            return Err("is kept after erasure, but its retention names no law that keeps it, or no time");
        }
        if field.erase == Erasure::WithAccount && !matches!(field.kept_in, Home::Account | Home::Affairs) {
            return Err("goes with the account alone, but is not kept with it");
        }
        if field.purposes.is_empty() || field.basis.is_empty() {
            return Err("needs a purpose and a basis");
        }
        if !field.purposes.iter().all(|name| self.purposes.iter().any(|p| p.name == *name)) {
            return Err("names an unknown purpose");
        }
        if !field.recipients.iter().all(|name| self.recipients.iter().any(|r| r.kind == *name)) {
            return Err("names an unknown recipient");
        }
        if field.sensitive && field.mask == Mask::None {
            return Err("is sensitive and has no mask (个保法 51)");
        }
        check_consent(field)
    }

    /// Every field, in the policy's order.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The field of that id.
    #[must_use]
    pub fn field(&self, id: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.id == id)
    }

    /// Every business function, in the policy's order.
    #[must_use]
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// How long a field is kept.
    #[must_use]
    pub fn retention(&self, field: &Field) -> &Retention {
        &self.retentions[&field.retention]
    }

    /// Who else receives a field.
    pub fn recipients(&self, field: &Field) -> impl Iterator<Item = &Recipient> {
        self.recipients.iter().filter(|recipient| recipients::gets(recipient, field))
    }

    /// The terms of a field's purposes in the W3C Data Privacy Vocabulary.
    pub fn purpose_terms(&self, field: &Field) -> impl Iterator<Item = &PurposeTerm> {
        self.purposes.iter().filter(|purpose| field.purposes.contains(&purpose.name))
    }

    /// What a law keeps after a cancellation.
    #[must_use]
    pub fn kept(&self) -> Vec<Kept> {
        let of = |(id, retention): (&String, &Retention)| {
            let kinds = self.names(|f| f.retention == *id && f.erase == Erasure::StorageOnly);
            let law = retention.law.clone()?;
            (!kinds.is_empty()).then(|| Kept { law, until: retention.words.clone(), kinds })
        };
        self.retentions.iter().filter_map(of).collect()
    }

    fn names(&self, which: impl Fn(&Field) -> bool) -> Vec<String> {
        self.fields.iter().filter(|f| which(f)).map(|f| f.name.clone()).collect()
    }
}

/// A consent basis names the decisions that it rests on, each of its own kind.
fn check_consent(field: &Field) -> Result<(), &'static str> {
    let needs = |basis, kind| {
        let rests_on = |purpose: &Purpose| purpose.kind() == kind;
        !field.basis.contains(&basis) || field.consent.iter().any(rests_on)
    };
    if !needs(Basis::Consent, Kind::Consent) {
        return Err("rests on consent, but names no consent of purposes.toml");
    }
    if !needs(Basis::SeparateConsent, Kind::SeparateConsent) {
        return Err("rests on separate consent, but names no separate consent of purposes.toml (个保法 29)");
    }
    if field.consent.iter().any(|purpose| purpose.is_per_recipient()) {
        return Err("rests on a consent that is given per recipient: it says who may receive, not what may be kept");
    }
    if !field.consent.is_empty() && !field.basis.iter().any(|b| b.is_consent()) {
        return Err("names a consent, but rests on none");
    }
    if field.on_withdrawal && field.consent.is_empty() {
        return Err("is erased when its consent is taken back, but names none");
    }
    Ok(())
}

pub(super) fn line_of(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILT_IN: &str = include_str!("../../catalogue/data.toml");
    const BUILT_IN_RECIPIENTS: &str = include_str!("../../catalogue/recipients.toml");

    fn read(text: &str) -> Result<Data, CatalogueError> {
        Data::read(text, BUILT_IN_RECIPIENTS)
    }

    /// The text with a change inside one field, and the line where that field begins.
    fn with(field: &str, from: &str, to: &str) -> (String, usize) {
        let start = BUILT_IN.find(&format!("id = \"{field}\"")).expect("the field is there");
        let at = BUILT_IN[start..].find(from).expect("the field says so") + start;
        let text = format!("{}{to}{}", &BUILT_IN[..at], &BUILT_IN[at + from.len()..]);
        // [[field]] stands on the line above.
        (text, line_of(BUILT_IN, start) - 1)
    }

    #[test]
    fn what_is_wrong_is_refused_with_its_line() {
        let cases = [
            ("real_name", "mask = \"m2\"", "mask = \"-\"", "sensitive"),
            ("browse_log", "recipients = [\"分析\"]", "recipients = [\"某人\"]", "unknown recipient"),
            ("browse_log", "consent = [\"personalised_recommendation\"]", "", "rests on consent"),
            ("gps_location", "consent = [\"location\"]", "consent = [\"camera\"]", "separate consent"),
            ("cart", "necessary", "consent = [\"camera\"]\nnecessary", "rests on none"),
            ("gps_location", "consent = [\"location\"]", "consent = [\"location\", \"cross_border\"]", "per recipient"),
            ("cart", "retention = \"account\"", "retention = \"forever\"", "unknown retention"),
            ("cart", "erase = \"yes\"", "erase = \"storage_only\"", "no law"),
            ("cart", "erase = \"yes\"", "erase = \"with_account\"", "not kept with it"),
            ("cart", "function = \"1.2\"", "function = \"9\"", "unknown function"),
            ("cart", "purposes = [\"功能\"]", "purposes = [\"别的\"]", "unknown purpose"),
            ("cart", "id = \"cart\"", "id = \"favorite\"", "twice"),
            (
                "entitlement",
                "erase = \"with_account\"\nkept_in = \"affairs\"",
                "erase = \"yes\"",
                "kept by the centre itself",
            ),
        ];
        for (field, from, to, why) in cases {
            let (text, line) = with(field, from, to);
            let error = read(&text).expect_err(why).to_string();
            assert!(error.contains(why), "{error} does not say {why:?}");
            // A doubled name is found at the first of the two.
            // What is missing stands nowhere.
            let named =
                error.contains(&format!("line {line}:")) || matches!(why, "twice" | "kept by the centre itself");
            assert!(named, "{error} does not name line {line}");
        }
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let (text, line) = with("cart", "necessary", "nescessary = true\nnecessary");
        let error = read(&text).expect_err("refused").to_string();
        assert!(error.contains("nescessary") && error.contains(&format!("line {}", line + 8)), "{error}");
    }
}
