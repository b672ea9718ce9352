//! A visitor's answer, and the inventory's words.

use serde::Deserialize;

use crate::consents::{Decision, Purpose};
use crate::promises::COOKIE_CHOICE_LIFE;
use crate::time::Moment;

/// Which decision a cookie needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CookieGroup {
    /// 必要: the service that was asked for does not work without it.
    Necessary,
    /// 偏好.
    Preference,
    /// 分析.
    Analytics,
    /// 广告.
    Advertising,
}

impl CookieGroup {
    /// All groups, in screen order.
    pub const ALL: [Self; 4] = [Self::Necessary, Self::Preference, Self::Analytics, Self::Advertising];

    /// The purpose that has to be granted; none for what is necessary.
    #[must_use]
    pub const fn purpose(self) -> Option<Purpose> {
        match self {
            Self::Necessary => None,
            Self::Preference => Some(Purpose::CookiesPreference),
            Self::Analytics => Some(Purpose::CookiesAnalytics),
            Self::Advertising => Some(Purpose::CookiesAdvertising),
        }
    }

    /// What the group is called.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Necessary => "必要",
            Self::Preference => "偏好",
            Self::Analytics => "分析",
            Self::Advertising => "广告",
        }
    }
}

/// One row of the inventory.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CookieKind {
    /// Its name; a trailing `*` stands for any ending.
    pub name: String,
    /// Which decision it needs.
    pub group: CookieGroup,
    /// Who sets and reads it.
    pub provider: String,
    /// What it is for.
    pub purpose: String,
    /// How long it lives, in words.
    pub lifetime: String,
    /// Script can't see it (`HttpOnly`).
    pub http_only: bool,
}

impl CookieKind {
    /// Whether a cookie of that name is of this kind.
    #[must_use]
    pub fn covers(&self, name: &str) -> bool {
        match self.name.strip_suffix('*') {
            Some(front) => name.starts_with(front),
            None => self.name == name,
        }
    }
}

/// What this browser has answered about the optional groups. Kept in a necessary cookie of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieChoice {
    /// 偏好.
    pub preference: bool,
    /// 分析.
    pub analytics: bool,
    /// 广告.
    pub advertising: bool,
    /// When it was answered.
    pub at: Moment,
    /// The visitor's name in the ledger: random, and in no other place.
    pub visitor: String,
}

impl CookieChoice {
    /// The cookie's name.
    pub const COOKIE: &str = "cookie_choice";

    /// The same answer for all groups.
    #[must_use]
    pub const fn all(yes: bool, at: Moment, visitor: String) -> Self {
        Self { preference: yes, analytics: yes, advertising: yes, at, visitor }
    }

    /// Reads the cookie; nothing when it is not one of ours or has lapsed, which means: ask again.
    #[must_use]
    pub fn parse(text: &str, now: Moment) -> Option<Self> {
        let mut parts = text.split('.');
        let (version, flags, at, visitor) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let flag = |c: char| match c {
            '0' => Some(false),
            '1' => Some(true),
            _ => None,
        };
        let flags: Vec<bool> = flags.chars().map(flag).collect::<Option<_>>()?;
        let &[preference, analytics, advertising] = flags.as_slice() else { return None };
        let at = Moment(at.parse().ok()?);
        // Only as we write it: random (version 4), and so the name of no person.
        let ours = uuid::Uuid::parse_str(visitor).ok().filter(|id| id.get_version_num() == 4)?.to_string() == visitor;
        let lives = (0..COOKIE_CHOICE_LIFE).contains(&now.since(at));
        (version == "v1" && parts.next().is_none() && lives && ours).then(|| Self {
            preference,
            analytics,
            advertising,
            at,
            visitor: visitor.to_owned(),
        })
    }

    /// The cookie's value.
    #[must_use]
    pub fn format(&self) -> String {
        let flag = u8::from;
        let Self { preference, analytics, advertising, at, visitor } = self;
        format!("v1.{}{}{}.{}.{visitor}", flag(*preference), flag(*analytics), flag(*advertising), at.0)
    }

    /// As decisions.
    #[must_use]
    pub const fn decisions(&self) -> [Decision; 3] {
        [
            Decision { purpose: Purpose::CookiesPreference, granted: self.preference },
            Decision { purpose: Purpose::CookiesAnalytics, granted: self.analytics },
            Decision { purpose: Purpose::CookiesAdvertising, granted: self.advertising },
        ]
    }

    /// This answer with one group changed; nothing when the purpose is no group of cookies.
    #[must_use]
    pub fn with(mut self, decision: Decision) -> Option<Self> {
        *match decision.purpose {
            Purpose::CookiesPreference => &mut self.preference,
            Purpose::CookiesAnalytics => &mut self.analytics,
            Purpose::CookiesAdvertising => &mut self.advertising,
            _ => return None,
        } = decision.granted;
        Some(self)
    }

    /// Whether a group may set and keep cookies in this browser.
    #[must_use]
    pub const fn allows(&self, group: CookieGroup) -> bool {
        match group {
            CookieGroup::Necessary => true,
            CookieGroup::Preference => self.preference,
            CookieGroup::Analytics => self.analytics,
            CookieGroup::Advertising => self.advertising,
        }
    }
}

/// Whether a group may set and keep cookies: only after a "yes", and never advertising against the browser's own signal.
#[must_use]
pub fn may_set(group: CookieGroup, choice: Option<&CookieChoice>, browser_objects: bool) -> bool {
    let objected = browser_objects && group.purpose().is_some_and(Purpose::is_lowered_by_gpc);
    let allowed = match choice {
        Some(choice) => choice.allows(group),
        None => group == CookieGroup::Necessary,
    };
    allowed && !objected
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_answer_survives_the_cookie(preference: bool, analytics: bool, advertising: bool, at in 0i64..4_000_000_000_000) {
            let choice = CookieChoice {
                preference, analytics, advertising, at: Moment(at), visitor: uuid::Builder::from_random_bytes((at as u128).to_be_bytes()).into_uuid().to_string(),
            };
            prop_assert_eq!(CookieChoice::parse(&choice.format(), Moment(at)), Some(choice));
        }

        #[test]
        fn rubbish_is_no_answer(text in ".{0,60}") {
            prop_assert_eq!(CookieChoice::parse(&text, Moment(0)), None);
        }
    }

    #[test]
    fn an_answer_lapses_after_a_year() {
        let visitor = uuid::Builder::from_random_bytes([7; 16]).into_uuid().to_string();
        let choice = CookieChoice::all(true, Moment(0), visitor);
        assert!(CookieChoice::parse(&choice.format(), Moment(COOKIE_CHOICE_LIFE - 1)).is_some());
        assert_eq!(CookieChoice::parse(&choice.format(), Moment(COOKIE_CHOICE_LIFE)), None);
    }

    #[test]
    fn without_an_answer_only_what_is_necessary_is_set() {
        for group in CookieGroup::ALL {
            assert_eq!(may_set(group, None, false), group == CookieGroup::Necessary);
            let yes = CookieChoice::all(true, Moment(0), String::new());
            assert_eq!(may_set(group, Some(&yes), true), group != CookieGroup::Advertising);
        }
    }
}
