//! What may be corrected and erased, and what follows. Pure.

use super::model::{Correction, Erasure, Field};
use crate::accounts::model::{PhoneNumber, Wrong};
use crate::mask::Mask;

/// Characters of a value that a person may write.
pub const VALUE_CHARS: usize = 500;

/// The value that a person typed for a kind of data, tidied.
///
/// # Errors
/// What is wrong with it, in the person's words.
pub fn check_value(field: &Field, typed: &str) -> Result<String, Wrong> {
    let value = typed.trim();
    if value.is_empty() {
        return Err("请填写内容");
    }
    if value.chars().count() > VALUE_CHARS {
        return Err("内容太长了，最多500个字");
    }
    if value.chars().any(|c| c.is_control() && c != '\n') {
        return Err("含有不能用的字符");
    }
    match field.mask {
        Mask::Phone => Ok(value.parse::<PhoneNumber>()?.reveal().to_owned()),
        Mask::Email if !is_email(value) => Err("邮箱格式不对，例如 name@example.com"),
        _ => Ok(value.to_owned()),
    }
}

/// Whether it can be an address of e-mail: the receiving server alone knows more (RFC 5321 3.5).
fn is_email(value: &str) -> bool {
    match value.rsplit_once('@') {
        Some((name, domain)) => {
            let label = |l: &str| !l.is_empty() && l.chars().all(|c| c.is_alphanumeric() || c == '-');
            !name.is_empty()
                && !value.contains(char::is_whitespace)
                && domain.contains('.')
                && domain.split('.').all(label)
        }
        None => false,
    }
}

/// Why a record can't be corrected in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotCorrected {
    /// It tells what happened.
    RecordOfEvent,
    /// A person looks at it first.
    NeedsReview,
    /// It is stored only.
    StorageOnly,
}

impl NotCorrected {
    /// For the person.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::RecordOfEvent => "这是对已发生的事的记录，不能直接改。如果记错了，可以申请更正，我们核对后处理。",
            Self::NeedsReview => "修改它需要人工核对。请写明正确的内容和理由，提交更正申请。",
            Self::StorageOnly => "它已转为仅存储，只依法保存，不能再使用或修改。",
        }
    }
}

/// Whether a record may be corrected in place.
///
/// # Errors
/// Why not.
pub const fn may_correct(field: &Field, is_restricted: bool) -> Result<(), NotCorrected> {
    match field.correct {
        _ if is_restricted => Err(NotCorrected::StorageOnly),
        Correction::Yes => Ok(()),
        Correction::No => Err(NotCorrected::RecordOfEvent),
        Correction::Review => Err(NotCorrected::NeedsReview),
    }
}

/// What erasing does to a kind of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It goes at once.
    Goes,
    /// It becomes storage only, until its retention ends (个保法 47).
    StoredOnly,
    /// It stays: it goes by 注销账号 alone.
    StaysWithAccount,
}

/// What erasing does to a kind of data.
#[must_use]
pub const fn fate(field: &Field) -> Fate {
    match field.erase {
        Erasure::Yes => Fate::Goes,
        Erasure::StorageOnly => Fate::StoredOnly,
        Erasure::WithAccount => Fate::StaysWithAccount,
    }
}

/// The kinds that say what somebody likes or is: derived from other kinds, for recommendation.
#[must_use]
pub fn is_tag(field: &str) -> bool {
    matches!(field, "preference_tag" | "audience_profile")
}

/// What a person asks to have erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One kind of data.
    Kind(String),
    /// A business function with all its kinds.
    Function(String),
    /// Everything that no function needs.
    Optional,
    /// All tags and audiences.
    Tags,
}

impl Scope {
    /// Whether it reaches a kind of data.
    #[must_use]
    pub fn covers(&self, field: &Field) -> bool {
        match self {
            Self::Kind(id) => field.id == *id,
            Self::Function(id) => field.function == *id,
            Self::Optional => !field.necessary,
            Self::Tags => is_tag(&field.id),
        }
    }

    /// In the address of a page and in forms: `kind:…`, `function:…`, `optional`, `tags`.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::Kind(id) => format!("kind:{id}"),
            Self::Function(id) => format!("function:{id}"),
            Self::Optional => "optional".to_owned(),
            Self::Tags => "tags".to_owned(),
        }
    }

    /// The scope that [`Scope::id`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            Some(("kind", id)) if !id.is_empty() => Some(Self::Kind(id.to_owned())),
            Some(("function", id)) if !id.is_empty() => Some(Self::Function(id.to_owned())),
            None if text == "optional" => Some(Self::Optional),
            None if text == "tags" => Some(Self::Tags),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::{Basis, Home, Source};
    use super::*;
    use proptest::prelude::*;

    fn field(mask: Mask) -> Field {
        Field {
            id: "email".into(),
            function: "1.5".into(),
            name: "邮箱".into(),
            why: String::new(),
            scene: String::new(),
            purposes: vec![],
            basis: vec![Basis::Consent, Basis::Contract],
            consent: vec![],
            necessary: true,
            sensitive: false,
            source: Source::Given,
            retention: "account".into(),
            recipients: vec![],
            mask,
            correct: Correction::Yes,
            erase: Erasure::Yes,
            on_withdrawal: false,
            kept_in: Home::Records,
            data_category: String::new(),
        }
    }

    #[test]
    fn a_value_is_checked_by_what_it_is() {
        assert_eq!(check_value(&field(Mask::Phone), " 138 0013 8000 "), Ok("13800138000".to_owned()));
        assert!(check_value(&field(Mask::Phone), "12345").is_err());
        assert_eq!(check_value(&field(Mask::Email), "z@example.com"), Ok("z@example.com".to_owned()));
        for wrong in ["z", "z@", "@example.com", "z@example", "z@exam ple.com", "z@.com"] {
            assert!(check_value(&field(Mask::Email), wrong).is_err(), "{wrong}");
        }
        assert!(check_value(&field(Mask::None), "  ").is_err());
        assert!(check_value(&field(Mask::None), "a\0b").is_err());
        assert!(check_value(&field(Mask::None), &"字".repeat(VALUE_CHARS + 1)).is_err());
    }

    #[test]
    fn only_what_may_be_corrected_is() {
        let with = |correct| Field { correct, ..field(Mask::None) };
        assert_eq!(may_correct(&with(Correction::Yes), false), Ok(()));
        assert_eq!(may_correct(&with(Correction::Yes), true), Err(NotCorrected::StorageOnly));
        assert_eq!(may_correct(&with(Correction::No), false), Err(NotCorrected::RecordOfEvent));
        assert_eq!(may_correct(&with(Correction::Review), false), Err(NotCorrected::NeedsReview));
    }

    #[test]
    fn a_record_that_names_no_basis_rests_on_no_decision_if_it_can() {
        assert_eq!(field(Mask::None).usual_basis(), Some(Basis::Contract));
        let consent = Field { basis: vec![Basis::Consent], ..field(Mask::None) };
        assert_eq!(consent.usual_basis(), Some(Basis::Consent));
    }

    proptest! {
        #[test]
        fn a_scope_reads_as_it_was_written(id in "[a-z0-9_.]{1,20}") {
            for scope in [Scope::Kind(id.clone()), Scope::Function(id), Scope::Optional, Scope::Tags] {
                prop_assert_eq!(Scope::parse(&scope.id()), Some(scope));
            }
        }
    }
}
