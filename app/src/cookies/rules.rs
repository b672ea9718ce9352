//! What an answer about cookies means, and which cookies may stay. Pure.

use super::model::{CookieChoice, CookieGroup, CookieKind, may_set};
use crate::consents::model::Standing;
use crate::consents::rules::Refusal;
use crate::consents::{Decision, Purpose};

/// "Yes to all" or "no to all" as decisions. A browser that objects lowers what it speaks about; the rest is as answered.
#[must_use]
pub fn answered(yes: bool, browser_objects: bool) -> [Decision; 3] {
    [Purpose::CookiesPreference, Purpose::CookiesAnalytics, Purpose::CookiesAdvertising]
        .map(|purpose| Decision { purpose, granted: yes && !(browser_objects && purpose.is_lowered_by_gpc()) })
}

/// A visitor's answer with one group changed.
///
/// # Errors
/// [`Refusal::BrowserObjects`] when the browser's own signal says no.
pub fn change(choice: CookieChoice, wanted: Decision, browser_objects: bool) -> Result<CookieChoice, Refusal> {
    if wanted.granted && browser_objects && wanted.purpose.is_lowered_by_gpc() {
        return Err(Refusal::BrowserObjects);
    }
    Ok(choice.clone().with(wanted).unwrap_or(choice))
}

/// Whether a group may set and keep cookies in this browser: this browser's answer, the account's decision (of a person
/// who is signed in) and the browser's own signal must all agree.
#[must_use]
pub fn allowed(
    group: CookieGroup,
    choice: Option<&CookieChoice>,
    standing: Option<&Standing>,
    browser_objects: bool,
) -> bool {
    let account = match (standing, group.purpose()) {
        (Some(standing), Some(purpose)) => standing.allows(purpose),
        _ => true,
    };
    may_set(group, choice, browser_objects) && account
}

/// This browser's answer, lowered to what the account allows: it may have been withdrawn elsewhere.
#[must_use]
pub fn lowered(choice: CookieChoice, standing: &Standing) -> CookieChoice {
    choice.decisions().into_iter().fold(choice, |choice, decision| {
        let granted = decision.granted && standing.allows(decision.purpose);
        choice.clone().with(Decision { granted, ..decision }).unwrap_or(choice)
    })
}

/// Whether a cookie that the browser holds may stay. One that the inventory does not name may: it is shown, and the
/// person deletes it or not.
#[must_use]
pub fn may_stay(kind: Option<&CookieKind>, choice: Option<&CookieChoice>, browser_objects: bool) -> bool {
    kind.is_none_or(|kind| may_set(kind.group, choice, browser_objects))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consents::model::Stood;
    use crate::time::Moment;

    fn standing(purpose: Purpose, granted: bool) -> Standing {
        let stood =
            Stood { granted, since: Moment(0), policy_version: "1.0".into(), surface: "/".into(), lapsed: false };
        Standing([(purpose, stood)].into())
    }

    fn yes_to_all() -> CookieChoice {
        CookieChoice::all(true, Moment(0), uuid::Uuid::nil().to_string())
    }

    #[test]
    fn yes_to_all_is_no_to_ads_where_the_browser_objects() {
        assert!(answered(true, false).iter().all(|d| d.granted));
        let granted: Vec<_> = answered(true, true).iter().map(|d| d.granted).collect();
        assert_eq!(granted, [true, true, false]);
        assert!(answered(false, false).iter().all(|d| !d.granted));
        let wanted = Decision { purpose: Purpose::CookiesAdvertising, granted: true };
        assert_eq!(change(yes_to_all(), wanted, true), Err(Refusal::BrowserObjects));
    }

    #[test]
    fn the_account_and_the_browser_must_both_say_yes() {
        let (choice, group) = (yes_to_all(), CookieGroup::Analytics);
        let account = |granted| standing(Purpose::CookiesAnalytics, granted);
        assert!(allowed(group, Some(&choice), None, false));
        assert!(allowed(group, Some(&choice), Some(&account(true)), false));
        assert!(!allowed(group, Some(&choice), Some(&account(false)), false));
        assert!(!allowed(group, Some(&choice), Some(&Standing::default()), false));
        assert!(!allowed(group, None, Some(&account(true)), false));
        assert!(allowed(CookieGroup::Necessary, None, Some(&Standing::default()), true));
    }

    #[test]
    fn a_withdrawal_elsewhere_lowers_this_browser_and_raises_nothing() {
        let lowered_choice = lowered(yes_to_all(), &standing(Purpose::CookiesAnalytics, true));
        assert!(lowered_choice.analytics && !lowered_choice.preference && !lowered_choice.advertising);
        let no = CookieChoice::all(false, Moment(0), String::new());
        assert_eq!(lowered(no.clone(), &standing(Purpose::CookiesAnalytics, true)), no);
    }
}
