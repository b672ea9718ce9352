//! A browser's answer about cookies, and an account's.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::inventory::{Tracker, is_item_name};
use crate::consents::model::{Standing, StandingAbout, Stood};
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
    /// 邮件: beacons in mails, which the account decides about and not the browser.
    Mail,
}

impl CookieGroup {
    /// All groups, in screen order.
    pub const ALL: [Self; 5] = [Self::Necessary, Self::Preference, Self::Analytics, Self::Advertising, Self::Mail];
    /// Those that a browser answers about, in screen order.
    pub const OPTIONAL: [Self; 3] = [Self::Preference, Self::Analytics, Self::Advertising];

    /// The purpose that has to be granted; none for what is necessary.
    #[must_use]
    pub const fn purpose(self) -> Option<Purpose> {
        match self {
            Self::Necessary => None,
            Self::Preference => Some(Purpose::CookiesPreference),
            Self::Analytics => Some(Purpose::CookiesAnalytics),
            Self::Advertising => Some(Purpose::CookiesAdvertising),
            Self::Mail => Some(Purpose::MailBeacon),
        }
    }

    /// The group that a purpose is about, if it is about one.
    #[must_use]
    pub fn of(purpose: Purpose) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.purpose() == Some(purpose))
    }

    /// The id in the catalogue.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Necessary => "necessary",
            Self::Preference => "preference",
            Self::Analytics => "analytics",
            Self::Advertising => "advertising",
            Self::Mail => "mail",
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
            Self::Mail => "邮件",
        }
    }
}

/// What this browser has answered about the optional groups, and about single items of them. Kept in a necessary cookie of
/// its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieChoice {
    /// 偏好.
    pub preference: bool,
    /// 分析.
    pub analytics: bool,
    /// 广告.
    pub advertising: bool,
    /// Items that were decided by themselves, by their name in the inventory. A group that is off is stronger.
    pub items: BTreeMap<String, bool>,
    /// When it was answered. A change of one part leaves it: nothing is kept longer than a year unasked.
    pub at: Moment,
    /// Random, and kept by this browser alone. The server makes the visitor's name in the ledger from it, with a key.
    pub visitor: String,
}

impl CookieChoice {
    /// The cookie's name.
    pub const COOKIE: &str = "cookie_choice";

    /// The same answer for all groups.
    #[must_use]
    pub const fn all(yes: bool, at: Moment, visitor: String) -> Self {
        Self { preference: yes, analytics: yes, advertising: yes, items: BTreeMap::new(), at, visitor }
    }

    /// Reads the cookie; nothing when it is not one of ours. It may have lapsed.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let parts: Vec<_> = text.split('.').collect();
        let (flags, at, visitor, items) = match *parts.as_slice() {
            // Before single items could be decided.
            ["v1", flags, at, visitor] => (flags, at, visitor, ""),
            ["v2", flags, at, visitor, items] => (flags, at, visitor, items),
            _ => return None,
        };
        let flag = |c: char| match c {
            '0' => Some(false),
            '1' => Some(true),
            _ => None,
        };
        let flags: Vec<bool> = flags.chars().map(flag).collect::<Option<_>>()?;
        let &[preference, analytics, advertising] = flags.as_slice() else { return None };
        let at = Moment(at.parse().ok()?);
        // Only as we write it: random (version 4). Whether we did write it, nobody can tell.
        let ours = uuid::Uuid::parse_str(visitor).ok().filter(|id| id.get_version_num() == 4)?.to_string() == visitor;
        let items = read_items(items)?;
        ours.then(|| Self { preference, analytics, advertising, items, at, visitor: visitor.to_owned() })
    }

    /// Whether it is an answer at that time: it lapses after a year, and is none before it was given.
    #[must_use]
    pub fn holds(&self, now: Moment) -> bool {
        self.at.is_within(COOKIE_CHOICE_LIFE, now)
    }

    /// Whether it was an answer once, and has lapsed.
    #[must_use]
    pub fn has_lapsed(&self, now: Moment) -> bool {
        self.at.age(now).is_some_and(|age| age >= COOKIE_CHOICE_LIFE)
    }

    /// Reads the cookie; nothing when it is not one of ours or has lapsed, which means: ask again.
    #[must_use]
    pub fn parse(text: &str, now: Moment) -> Option<Self> {
        Self::read(text).filter(|choice| choice.holds(now))
    }

    /// The cookie's value.
    #[must_use]
    pub fn format(&self) -> String {
        let flag = u8::from;
        let Self { preference, analytics, advertising, items, at, visitor } = self;
        let sign = |granted: bool| if granted { '+' } else { '!' };
        let items: String = items.iter().map(|(name, granted)| format!("{}{name}", sign(*granted))).collect();
        format!("v2.{}{}{}.{}.{visitor}.{items}", flag(*preference), flag(*analytics), flag(*advertising), at.0)
    }

    /// As decisions about groups.
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

    /// This answer with one item decided by itself.
    #[must_use]
    pub fn with_item(mut self, item: &Tracker, granted: bool) -> Self {
        self.items.insert(item.name.clone(), granted);
        self
    }

    /// Whether a group may set and keep cookies in this browser.
    #[must_use]
    pub const fn allows(&self, group: CookieGroup) -> bool {
        match group {
            CookieGroup::Necessary => true,
            CookieGroup::Preference => self.preference,
            CookieGroup::Analytics => self.analytics,
            CookieGroup::Advertising => self.advertising,
            CookieGroup::Mail => false,
        }
    }

    /// Whether one item may be set and kept in this browser: its group may, and it was not refused by itself.
    #[must_use]
    pub fn allows_item(&self, item: &Tracker) -> bool {
        item.group == CookieGroup::Necessary || (self.allows(item.group) && self.covers(item))
    }

    /// Whether a "yes" to its group is one to this item. One that came into the inventory after the answer was not what was
    /// agreed to (个保法 14): it needs a "yes" of its own.
    #[must_use]
    pub fn covers(&self, item: &Tracker) -> bool {
        self.items.get(&item.name).copied().unwrap_or(item.since <= self.at)
    }
}

/// `+name` for each "yes", `!name` for each "no"; no comma, space or quote, which a cookie's value can't hold.
fn read_items(text: &str) -> Option<BTreeMap<String, bool>> {
    let mut items = BTreeMap::new();
    let mut rest = text;
    while let Some(sign) = rest.chars().next() {
        let granted = match sign {
            '+' => true,
            '!' => false,
            _ => return None,
        };
        let (name, after) = rest[1..].split_at(rest[1..].find(['+', '!']).unwrap_or(rest.len() - 1));
        if !is_item_name(name) {
            return None;
        }
        items.insert(name.to_owned(), granted);
        rest = after;
    }
    Some(items)
}

/// What an account has decided: about groups, and about single items of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountChoice {
    /// Groups.
    pub groups: Standing,
    /// Single items, by the inventory's name.
    pub items: StandingAbout,
}

impl AccountChoice {
    /// The decision about one item that was made for itself, unless it has lapsed.
    #[must_use]
    pub fn own(&self, item: &Tracker) -> Option<bool> {
        let stood = self.items.get(&(item.group.purpose()?, item.name.clone()))?;
        stood.lapsed.is_none().then_some(stood.granted)
    }

    /// Whether the account allows one item: its group is on, and it was not refused by itself. One that came into the inventory
    /// after the group's "yes" needs a "yes" of its own.
    #[must_use]
    pub fn allows_item(&self, item: &Tracker) -> bool {
        let Some(purpose) = item.group.purpose() else { return true };
        let group = self.groups.0.get(&purpose).filter(|stood| stood.holds());
        group.is_some_and(|group: &Stood| self.own(item).unwrap_or(item.since <= group.since))
    }

    /// When the oldest "yes" to a group was given, whether it has lapsed or not.
    #[must_use]
    pub fn oldest_yes(&self) -> Option<Moment> {
        let yes = self.groups.0.iter().filter(|(purpose, stood)| purpose.lapses_after_a_year() && stood.granted);
        yes.map(|(_, stood)| stood.since).min()
    }
}

/// Whether a group may set and keep cookies: only after a "yes", and never advertising against the browser's own signal.
#[must_use]
pub fn may_set(group: CookieGroup, choice: Option<&CookieChoice>, browser_objects: bool) -> bool {
    let allowed = match choice {
        Some(choice) => choice.allows(group),
        None => group == CookieGroup::Necessary,
    };
    allowed && !is_objected(group, browser_objects)
}

/// Whether the browser's own signal speaks against a group.
#[must_use]
pub fn is_objected(group: CookieGroup, browser_objects: bool) -> bool {
    browser_objects && group.purpose().is_some_and(Purpose::is_lowered_by_gpc)
}

#[cfg(test)]
mod tests {
    use super::super::rules::any::choice;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_answer_survives_the_cookie(choice in choice()) {
            let text = choice.format();
            prop_assert!(text.chars().all(|c| c.is_ascii_graphic() && !r#"",;\"#.contains(c)), "no cookie's value: {text}");
            prop_assert_eq!(CookieChoice::parse(&text, choice.at), Some(choice));
        }

        #[test]
        fn an_answer_from_before_items_is_still_read(choice in choice()) {
            let flags: String = choice.decisions().iter().map(|d| if d.granted { '1' } else { '0' }).collect();
            let text = format!("v1.{flags}.{}.{}", choice.at.0, choice.visitor);
            let expected = CookieChoice { items: BTreeMap::new(), ..choice };
            prop_assert_eq!(CookieChoice::parse(&text, expected.at), Some(expected));
        }

        #[test]
        fn rubbish_is_no_answer(text in ".{0,60}", items in "[a-z+!.*é]{1,20}") {
            prop_assert_eq!(CookieChoice::parse(&text, Moment(0)), None);
            let front = "v2.000.0.00000000-0000-4000-8000-000000000000.";
            if let Some(read) = CookieChoice::read(&format!("{front}{items}")) {
                prop_assert!(read.items.keys().all(|name| is_item_name(name)));
            }
        }
    }

    #[test]
    fn an_answer_lapses_after_a_year() {
        let visitor = uuid::Builder::from_random_bytes([7; 16]).into_uuid().to_string();
        let choice = CookieChoice::all(true, Moment(0), visitor);
        assert!(CookieChoice::parse(&choice.format(), Moment(COOKIE_CHOICE_LIFE - 1)).is_some());
        assert_eq!(CookieChoice::parse(&choice.format(), Moment(COOKIE_CHOICE_LIFE)), None);
        assert!(choice.has_lapsed(Moment(COOKIE_CHOICE_LIFE)) && !choice.has_lapsed(Moment(-1)));
    }

    #[test]
    fn without_an_answer_only_what_is_necessary_is_set() {
        for group in CookieGroup::ALL {
            assert_eq!(may_set(group, None, false), group == CookieGroup::Necessary);
            let yes = CookieChoice::all(true, Moment(0), String::new());
            let expected = !matches!(group, CookieGroup::Advertising | CookieGroup::Mail);
            assert_eq!(may_set(group, Some(&yes), true), expected);
        }
    }
}
