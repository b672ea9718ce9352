//! What the data catalogue says of a kind of data, and what a record of it holds.

use serde::{Deserialize, Serialize};

use crate::consents::Purpose;
use crate::mask::Mask;
#[cfg(feature = "ssr")]
use crate::time::Moment;

/// Why data may be processed (个保法 13, 29).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Needed for what was ordered.
    Contract,
    /// The law asks for it.
    LegalDuty,
    /// The person agreed.
    Consent,
    /// The person agreed to just this.
    SeparateConsent,
}

impl Basis {
    /// Its id in the catalogue, in `import` and in storage.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Contract => "contract",
            Self::LegalDuty => "legal_duty",
            Self::Consent => "consent",
            Self::SeparateConsent => "separate_consent",
        }
    }

    /// In the person's words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Contract => "履行与你的约定所必需",
            Self::LegalDuty => "法律要求",
            Self::Consent => "你的同意",
            Self::SeparateConsent => "你的单独同意",
        }
    }

    /// The basis of that id.
    #[must_use]
    pub fn of(id: &str) -> Option<Self> {
        [Self::Contract, Self::LegalDuty, Self::Consent, Self::SeparateConsent].into_iter().find(|b| b.id() == id)
    }

    /// True when it rests on what the person decided.
    #[must_use]
    pub const fn is_consent(self) -> bool {
        matches!(self, Self::Consent | Self::SeparateConsent)
    }
}

/// Where data comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The person gave it.
    Given,
    /// It arises by using the service.
    Automatic,
    /// Through a permission of the phone's system.
    Permission,
    /// Derived from other data.
    Generated,
}

impl Source {
    /// Its id in the catalogue, in `import` and in storage.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Automatic => "automatic",
            Self::Permission => "permission",
            Self::Generated => "generated",
        }
    }

    /// In the person's words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Given => "你提供的",
            Self::Automatic => "使用时自动产生",
            Self::Permission => "经系统权限取得",
            Self::Generated => "根据其他信息生成",
        }
    }

    /// The source of that id.
    #[must_use]
    pub fn of(id: &str) -> Option<Self> {
        [Self::Given, Self::Automatic, Self::Permission, Self::Generated].into_iter().find(|s| s.id() == id)
    }
}

/// Whether a person may correct it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Correction {
    /// In place.
    Yes,
    /// It is a record of what happened.
    No,
    /// After a review.
    Review,
}

/// Whether it can be erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Erasure {
    /// At once.
    Yes,
    /// The account can't be without it: it goes by 注销账号.
    WithAccount,
    /// A law keeps it: stored only, until its retention ends (个保法 47).
    StorageOnly,
}

/// Where a person's values of a kind stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Home {
    /// Among the records that the host sends.
    #[default]
    Records,
    /// With the account itself.
    Account,
    /// 收货地址.
    Addresses,
    /// 头像.
    Avatar,
    /// 实名信息.
    RealName,
    /// 同意管理.
    Decisions,
    /// What is open between the person and the host.
    Affairs,
}

/// How long, and by which law. Without a span: as long as the account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// In the person's words.
    pub words: String,
    /// So many hours.
    pub hours: Option<i32>,
    /// So many days.
    pub days: Option<i32>,
    /// So many months of the calendar.
    pub months: Option<i32>,
    /// So many years of the calendar.
    pub years: Option<i32>,
    /// The law that keeps it, and that it says so.
    pub law: Option<String>,
}

#[cfg(feature = "ssr")]
impl Retention {
    /// True when it ends some time after a record came about, and not with the account.
    #[must_use]
    pub const fn has_span(&self) -> bool {
        self.hours.is_some() || self.days.is_some() || self.months.is_some() || self.years.is_some()
    }

    /// When a record that came about at `at` is past it, by the calendar in China.
    #[must_use]
    pub fn end(&self, at: Moment) -> Option<Moment> {
        if !self.has_span() {
            return None;
        }
        let of = Option::unwrap_or_default;
        let span = jiff::Span::new().try_hours(of(self.hours)).ok()?.try_days(of(self.days)).ok()?;
        at.plus_span(span.try_months(of(self.months)).ok()?.try_years(of(self.years)).ok()?)
    }

    /// A moment before which no record can be still within it: what came about after it need not be looked at.
    #[must_use]
    pub fn oldest_possible(&self, now: Moment) -> Option<Moment> {
        if !self.has_span() {
            return None;
        }
        let of = |n: Option<i32>| i64::from(n.unwrap_or_default());
        // No month is shorter than 28 days, no year than 365.
        let days = of(self.days) + 28 * of(self.months) + 365 * of(self.years);
        Some(now.plus(-of(self.hours) * crate::time::HOUR - days * crate::time::DAY))
    }
}

/// One kind of personal data, as `data.toml` describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Stable.
    pub id: String,
    /// The business function's id.
    pub function: String,
    /// Its Chinese name.
    pub name: String,
    /// Why it is held, in one plain line.
    pub why: String,
    /// When it is collected.
    pub scene: String,
    /// What for; terms of `data.toml`.
    pub purposes: Vec<String>,
    /// On which grounds.
    pub basis: Vec<Basis>,
    /// The decisions that a consent basis rests on.
    #[serde(default)]
    pub consent: Vec<Purpose>,
    /// The function does not work without it.
    pub necessary: bool,
    /// Sensitive personal information (个保法 28).
    pub sensitive: bool,
    /// Where it comes from.
    pub source: Source,
    /// The retention's id.
    pub retention: String,
    /// Who else gets it, by kind.
    pub recipients: Vec<String>,
    /// How it is shown before 查看完整.
    pub mask: Mask,
    /// Whether a person may correct it.
    pub correct: Correction,
    /// Whether it can be erased.
    pub erase: Erasure,
    /// Taking back its consent erases it at once.
    #[serde(default)]
    pub on_withdrawal: bool,
    /// Where the person's values stand.
    #[serde(default)]
    pub kept_in: Home,
    /// Its key in the Fideslang taxonomy.
    pub data_category: String,
}

impl Field {
    /// The basis of a record that names none: the first that needs no decision, else the first.
    #[must_use]
    pub fn usual_basis(&self) -> Option<Basis> {
        self.basis.iter().find(|b| !b.is_consent()).or(self.basis.first()).copied()
    }
}

/// A business function of the policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Function {
    /// As in the policy's chapter, for example `1.4b`.
    pub id: String,
    /// In the person's words.
    pub name: String,
}

/// The label of the host's own number for something.
pub const NUMBER: &str = "编号";

/// What a record holds: its value, and what else is known of it, each by its Chinese label. Sealed in storage.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// What the mask applies to.
    pub value: String,
    /// Label and text. Hidden whole while the value is masked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<(String, String)>,
}

/// Says nothing: personal data is never logged.
impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Content(…)")
    }
}

impl Content {
    /// As it may be shown to somebody who has not just proved who they are.
    #[must_use]
    pub fn masked(&self, mask: Mask) -> Self {
        let details = if mask == Mask::None { self.details.clone() } else { Vec::new() };
        Self { value: mask.apply(&self.value), details }
    }

    /// As it may be shown to somebody who has: whole, unless nobody may see it.
    #[must_use]
    pub fn whole(&self, mask: Mask) -> Self {
        if mask == Mask::Never { self.masked(mask) } else { self.clone() }
    }

    /// Whether any of its text contains what was searched for, whatever the case.
    #[must_use]
    pub fn contains(&self, sought: &str) -> bool {
        let sought = sought.to_lowercase();
        let texts = std::iter::once(&self.value).chain(self.details.iter().map(|(_, text)| text));
        texts.into_iter().any(|text| text.to_lowercase().contains(&sought))
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_retention_ends_by_the_calendar() {
        let retention = |years, months, days| Retention { years, months, days, ..Retention::default() };
        let at = Moment(1_706_630_400_000); // 2024-01-31 00:00 in China
        let end = |r: Retention| r.end(at).map(Moment::date);
        assert_eq!(end(retention(None, Some(1), None)).as_deref(), Some("2024年2月29日"));
        assert_eq!(end(retention(Some(3), None, None)).as_deref(), Some("2027年1月31日"));
        assert_eq!(end(retention(None, None, Some(180))).as_deref(), Some("2024年7月29日"));
        assert_eq!(end(Retention::default()), None);
    }

    proptest! {
        #[test]
        fn what_may_be_past_its_retention_is_looked_at(
            at in 0..1_800_000_000_000_i64, months in 0..40_i32, days in 0..40_i32, hours in 1..40_i32,
        ) {
            let span = Retention { months: Some(months), days: Some(days), hours: Some(hours), ..Retention::default() };
            let end = span.end(Moment(at)).expect("it has a span");
            prop_assert!(span.oldest_possible(end).expect("it has a span") >= Moment(at));
        }

        #[test]
        fn what_is_masked_holds_no_detail(value in ".{0,20}", detail in ".{1,20}") {
            let content = Content { value, details: vec![("备注".to_owned(), detail)] };
            prop_assert!(content.masked(Mask::Phone).details.is_empty());
            prop_assert_eq!(content.whole(Mask::Never), content.masked(Mask::Never));
            prop_assert_eq!(&content.masked(Mask::None), &content);
        }
    }
}
