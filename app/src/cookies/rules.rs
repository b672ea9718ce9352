//! What an answer about cookies means, and what may stay in a browser. Pure.

use super::inventory::Tracker;
use super::model::{AccountChoice, CookieChoice, CookieGroup, is_objected, may_set};
use crate::consents::model::Standing;
use crate::consents::rules::Refusal;
use crate::consents::{Decision, Purpose};
use crate::time::Moment;

/// "Yes to all" or "no to all" as decisions. A browser that objects lowers what it speaks about; the rest is as answered.
#[must_use]
pub fn answered(yes: bool, browser_objects: bool) -> [Decision; 3] {
    [Purpose::CookiesPreference, Purpose::CookiesAnalytics, Purpose::CookiesAdvertising]
        .map(|purpose| Decision { purpose, granted: yes && !(browser_objects && purpose.is_lowered_by_gpc()) })
}

/// The items that a browser's answer decides about.
fn decided(inventory: &[Tracker]) -> impl Iterator<Item = &Tracker> {
    inventory.iter().filter(|item| item.is_decided())
}

/// An answer with one group changed. Switching it on is a "yes" to all of it that is shown now; what was refused by itself
/// stays refused.
///
/// # Errors
/// [`Refusal::BrowserObjects`] when the browser's own signal says no.
pub fn change(
    choice: CookieChoice,
    wanted: Decision,
    inventory: &[Tracker],
    browser_objects: bool,
) -> Result<CookieChoice, Refusal> {
    if wanted.granted && browser_objects && wanted.purpose.is_lowered_by_gpc() {
        return Err(Refusal::BrowserObjects);
    }
    let Some(changed) = choice.clone().with(wanted) else { return Ok(choice) };
    let of_group = decided(inventory).filter(|item| item.group.purpose() == Some(wanted.purpose));
    let newer =
        of_group.filter(|item| wanted.granted && !choice.items.contains_key(&item.name) && !choice.covers(item));
    Ok(newer.fold(changed, |changed, item| changed.with_item(item, true)))
}

/// An answer with one item changed.
///
/// # Errors
/// When the browser's own signal says no, or the item's group is off: the group is the master.
pub fn change_item(
    choice: CookieChoice,
    (item, granted): (&Tracker, bool),
    group_is_on: bool,
    browser_objects: bool,
) -> Result<CookieChoice, Refusal> {
    match granted {
        true if is_objected(item.group, browser_objects) => Err(Refusal::BrowserObjects),
        true if !group_is_on => Err(Refusal::GroupOff),
        _ => Ok(choice.with_item(item, granted)),
    }
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

/// The same for one item.
#[must_use]
pub fn item_allowed(
    item: &Tracker,
    choice: Option<&CookieChoice>,
    account: Option<&AccountChoice>,
    browser_objects: bool,
) -> bool {
    may_use(item, choice, browser_objects) && account.is_none_or(|account| account.allows_item(item))
}

/// Whether this browser alone allows one item.
#[must_use]
pub fn may_use(item: &Tracker, choice: Option<&CookieChoice>, browser_objects: bool) -> bool {
    may_set(item.group, choice, browser_objects) && choice.is_none_or(|choice| choice.allows_item(item))
}

/// Whether a cookie that the browser holds may stay. One that the inventory does not name may: it is shown, and the
/// person deletes it or not.
#[must_use]
pub fn may_stay(kind: Option<&Tracker>, choice: Option<&CookieChoice>, browser_objects: bool) -> bool {
    kind.is_none_or(|kind| may_use(kind, choice, browser_objects))
}

/// What the account has to change about single items when a visitor's answer meets it: the stricter wins. The groups have been
/// joined before.
#[must_use]
pub fn join_items<'i>(
    account: &AccountChoice,
    choice: &CookieChoice,
    inventory: &'i [Tracker],
    browser_objects: bool,
) -> Vec<(&'i Tracker, bool)> {
    let join = |item: &'i Tracker| {
        let answer = *choice.items.get(&item.name)?;
        let own = account.own(item);
        let group_is_on = item.group.purpose().is_some_and(|purpose| account.groups.allows(purpose));
        let granted = answer && own != Some(false) && group_is_on && !is_objected(item.group, browser_objects);
        // A "yes" that its group does not carry is no answer; a "no" always is one.
        (own != Some(granted) && granted == answer).then_some((item, granted))
    };
    decided(inventory).filter_map(join).collect()
}

/// This browser's answer as the account says it, after both have been joined.
#[must_use]
pub fn mirrored(choice: CookieChoice, account: &AccountChoice, inventory: &[Tracker]) -> CookieChoice {
    let groups = choice.decisions().map(|d| Decision { granted: account.groups.allows(d.purpose), ..d });
    let choice = groups.into_iter().fold(choice, |choice, d| choice.clone().with(d).unwrap_or(choice));
    let choice = no_later(choice, account.oldest_yes(), inventory);
    decided(inventory).fold(choice, |choice, item| {
        let differs = choice.allows_item(item) != account.allows_item(item);
        let refused = account.own(item) == Some(false);
        let granted = account.allows_item(item);
        if differs || refused { choice.with_item(item, granted) } else { choice }
    })
}

/// This browser's answer, lowered to what the account allows: it may have been withdrawn elsewhere, or have lapsed.
#[must_use]
pub fn lowered(choice: CookieChoice, account: &AccountChoice, inventory: &[Tracker]) -> CookieChoice {
    let groups = choice.decisions().map(|d| Decision { granted: d.granted && account.groups.allows(d.purpose), ..d });
    let choice = no_later(choice, account.oldest_yes(), inventory);
    let choice = groups.into_iter().fold(choice, |choice, d| choice.clone().with(d).unwrap_or(choice));
    let refused = |choice: &CookieChoice, item| choice.allows_item(item) && !account.allows_item(item);
    decided(inventory).fold(choice, |c, item| if refused(&c, item) { c.with_item(item, false) } else { c })
}

/// This answer as one that was given no later than the account's: so both lapse, and are asked again, together. What it allowed
/// by its date it goes on allowing by name.
fn no_later(choice: CookieChoice, at: Option<Moment>, inventory: &[Tracker]) -> CookieChoice {
    let at = at.map_or(choice.at, |at| at.min(choice.at));
    let earlier = CookieChoice { at, ..choice.clone() };
    let uncovered = decided(inventory).filter(|item| choice.covers(item) && !earlier.covers(item));
    uncovered.fold(earlier.clone(), |earlier, item| earlier.with_item(item, true))
}

/// Whether an account's answer is to be recorded: it differs from what stands, or is a "yes" to more than was shown before.
#[must_use]
pub fn is_news(account: &AccountChoice, answer: Decision, inventory: &[Tracker]) -> bool {
    let Some(stood) = account.groups.0.get(&answer.purpose).filter(|stood| stood.lapsed.is_none()) else { return true };
    let of_group = decided(inventory).filter(|item| item.group.purpose() == Some(answer.purpose));
    let shows_more = of_group.filter(|item| item.since > stood.since).any(|item| account.own(item).is_none());
    stood.granted != answer.granted || (answer.granted && shows_more)
}

/// What a visitor begins with who has not answered, or whose answer has lapsed: "no" to all groups, and what was refused by
/// itself stays refused.
#[must_use]
pub fn blank(lapsed: Option<&CookieChoice>, at: Moment, visitor: String) -> CookieChoice {
    let refused = lapsed.into_iter().flat_map(|choice| &choice.items).filter(|(_, granted)| !**granted);
    let items = refused.map(|(name, granted)| (name.clone(), *granted)).collect();
    CookieChoice { items, ..CookieChoice::all(false, at, visitor) }
}

#[cfg(test)]
pub mod any {
    //! Any answer, any inventory, any account, for property tests.

    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;

    use super::super::inventory::TrackerKind;
    use super::*;
    use crate::consents::model::{Lapse, Stood};

    const NAMES: [&str; 5] = ["a", "b", "c_*", "d", "e-1"];

    fn name() -> impl Strategy<Value = String> {
        proptest::sample::select(NAMES.map(str::to_owned).to_vec())
    }

    fn moment() -> impl Strategy<Value = Moment> {
        (0i64..1_000).prop_map(Moment)
    }

    pub fn choice() -> impl Strategy<Value = CookieChoice> {
        let items = btree_map(name(), any::<bool>(), 0..5);
        (any::<[bool; 3]>(), items, moment(), any::<[u8; 16]>()).prop_map(|(flags, items, at, bytes)| CookieChoice {
            preference: flags[0],
            analytics: flags[1],
            advertising: flags[2],
            items,
            at,
            visitor: uuid::Builder::from_random_bytes(bytes).into_uuid().to_string(),
        })
    }

    /// Five items, in any groups.
    pub fn inventory() -> impl Strategy<Value = Vec<Tracker>> {
        let group = proptest::sample::select(CookieGroup::ALL.to_vec());
        vec((group, moment()), NAMES.len()).prop_map(|rows| {
            let item = |(name, (group, since)): (&str, _)| Tracker {
                name: name.to_owned(),
                kind: TrackerKind::Cookie,
                group,
                provider: "x".into(),
                purpose: "x".into(),
                lifetime: "30天".into(),
                since,
                http_only: false,
                area: None,
                address: None,
            };
            NAMES.into_iter().zip(rows).map(item).collect()
        })
    }

    fn stood() -> impl Strategy<Value = Stood> {
        (any::<bool>(), moment(), any::<bool>()).prop_map(|(granted, since, lapsed)| Stood {
            granted,
            since,
            policy_version: "1.0".into(),
            surface: "/".into(),
            lapsed: (granted && lapsed).then_some(Lapse::Year),
        })
    }

    pub fn account() -> impl Strategy<Value = AccountChoice> {
        let purposes = CookieGroup::OPTIONAL.map(|group| group.purpose().expect("optional")).to_vec();
        let purpose = || proptest::sample::select(purposes.clone());
        (btree_map(purpose(), stood(), 0..4), btree_map((purpose(), name()), stood(), 0..8))
            .prop_map(|(groups, items)| AccountChoice { groups: Standing(groups), items })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::consents::model::Stood;
    use crate::consents::rules::join;

    fn account(purpose: Purpose, granted: bool) -> AccountChoice {
        let stood =
            Stood { granted, since: Moment(0), policy_version: "1.0".into(), surface: "/".into(), lapsed: None };
        AccountChoice { groups: Standing([(purpose, stood)].into()), ..AccountChoice::default() }
    }

    fn yes_to_all() -> CookieChoice {
        CookieChoice::all(true, Moment(0), uuid::Uuid::nil().to_string())
    }

    /// An account after the changes of a join.
    fn after(account: &AccountChoice, groups: &[Decision], items: &[(&Tracker, bool)], now: Moment) -> AccountChoice {
        let mut account = account.clone();
        let stood =
            |granted| Stood { granted, since: now, policy_version: "1.0".into(), surface: "/".into(), lapsed: None };
        for d in groups {
            account.groups.0.insert(d.purpose, stood(d.granted));
        }
        for (item, granted) in items {
            let purpose = item.group.purpose().expect("decided");
            account.items.insert((purpose, item.name.clone()), stood(*granted));
        }
        account
    }

    proptest! {
        #[test]
        fn an_item_is_allowed_only_if_its_group_and_it_are(
            choice in any::choice(), account in any::account(), inventory in any::inventory(), gpc: bool,
        ) {
            for item in inventory.iter().filter(|item| item.is_decided()) {
                let group = allowed(item.group, Some(&choice), Some(&account.groups), gpc);
                let refused = choice.items.get(&item.name) == Some(&false) || account.own(item) == Some(false);
                let is_allowed = item_allowed(item, Some(&choice), Some(&account), gpc);
                prop_assert!(!is_allowed || (group && !refused));
                prop_assert!(!item_allowed(item, None, Some(&account), gpc));
                // What was not there when both said yes to the group is no part of it.
                let is_new = item.since > choice.at && !choice.items.contains_key(&item.name);
                prop_assert!(!(is_allowed && is_new));
            }
        }

        #[test]
        fn joining_raises_nothing_that_either_side_refused_and_both_say_the_same_after_it(
            choice in any::choice(), before in any::account(), inventory in any::inventory(), gpc: bool,
        ) {
            let now = Moment(1_000);
            let groups = join(&before.groups, &choice.decisions(), gpc);
            let groups: Vec<_> = groups.into_iter().filter(|d| CookieGroup::of(d.purpose).is_some()).collect();
            let joined = after(&before, &groups, &[], now);
            let items = join_items(&joined, &choice, &inventory, gpc);
            for (item, granted) in &items {
                prop_assert!(!granted || (before.own(item) != Some(false) && choice.items.get(&item.name) == Some(&true)));
                prop_assert!(!(*granted && is_objected(item.group, gpc)));
            }
            let joined = after(&joined, &[], &items, now);
            let mirror = mirrored(choice.clone(), &joined, &inventory);
            for item in inventory.iter().filter(|item| item.is_decided()) {
                let purpose = item.group.purpose().expect("decided");
                let refused = choice.items.get(&item.name) == Some(&false) || before.own(item) == Some(false)
                    || !choice.allows(item.group) || before.groups.0.get(&purpose).is_some_and(|s| !s.granted);
                prop_assert!(!(refused && joined.allows_item(item)), "{}", item.name);
                prop_assert_eq!(mirror.allows_item(item), joined.allows_item(item), "{}", &item.name);
            }
            prop_assert!(joined.oldest_yes().is_none_or(|yes| mirror.at <= yes));
        }

        #[test]
        fn lowering_raises_nothing_and_leaves_nothing_that_the_account_refuses(
            choice in any::choice(), account in any::account(), inventory in any::inventory(),
        ) {
            let low = lowered(choice.clone(), &account, &inventory);
            for item in inventory.iter().filter(|item| item.is_decided()) {
                let expected = choice.allows_item(item) && account.allows_item(item);
                prop_assert_eq!(low.allows_item(item), expected, "{}", &item.name);
            }
            prop_assert_eq!(lowered(low.clone(), &account, &inventory), low);
        }

        #[test]
        fn a_group_that_is_switched_on_brings_all_of_it_but_what_was_refused_by_itself(
            choice in any::choice(), inventory in any::inventory(), group in 0usize..3,
        ) {
            let group = CookieGroup::OPTIONAL[group];
            let wanted = Decision { purpose: group.purpose().expect("optional"), granted: true };
            let changed = change(choice.clone(), wanted, &inventory, false).expect("nobody objects");
            for item in inventory.iter().filter(|item| item.group == group) {
                prop_assert_eq!(changed.allows_item(item), choice.items.get(&item.name) != Some(&false));
            }
            prop_assert_eq!(changed.at, choice.at);
        }
    }

    #[test]
    fn yes_to_all_is_no_to_ads_where_the_browser_objects() {
        assert!(answered(true, false).iter().all(|d| d.granted));
        let granted: Vec<_> = answered(true, true).iter().map(|d| d.granted).collect();
        assert_eq!(granted, [true, true, false]);
        assert!(answered(false, false).iter().all(|d| !d.granted));
        let wanted = Decision { purpose: Purpose::CookiesAdvertising, granted: true };
        assert_eq!(change(yes_to_all(), wanted, &[], true), Err(Refusal::BrowserObjects));
    }

    #[test]
    fn the_account_and_the_browser_must_both_say_yes() {
        let (choice, group) = (yes_to_all(), CookieGroup::Analytics);
        let account = |granted| account(Purpose::CookiesAnalytics, granted).groups;
        assert!(allowed(group, Some(&choice), None, false));
        assert!(allowed(group, Some(&choice), Some(&account(true)), false));
        assert!(!allowed(group, Some(&choice), Some(&account(false)), false));
        assert!(!allowed(group, Some(&choice), Some(&Standing::default()), false));
        assert!(!allowed(group, None, Some(&account(true)), false));
        assert!(allowed(CookieGroup::Necessary, None, Some(&Standing::default()), true));
    }

    #[test]
    fn a_withdrawal_elsewhere_lowers_this_browser_and_raises_nothing() {
        let analytics = account(Purpose::CookiesAnalytics, true);
        let low = lowered(yes_to_all(), &analytics, &[]);
        assert!(low.analytics && !low.preference && !low.advertising);
        let no = CookieChoice::all(false, Moment(0), String::new());
        assert_eq!(lowered(no.clone(), &analytics, &[]), no);
    }
}
