//! How many codes by SMS may go within an hour besides those to one phone: for one account, from one address, and of the whole
//! centre. Each costs money, and reaches somebody who may never have asked. Pure.
//!
//! What is counted is asking, whether or not anything is sent: by no limit does anybody learn which phones are registered. What is
//! over the limit of the whole centre stops strangers alone: an account that asks from a browser it was used in before, for its
//! own phone, has a share that no stranger takes from it, and that no address takes alone.

use super::model::CodeUse;
use super::rules::{NoCode, Rate};
use crate::time::{HOUR, MINUTE, Moment};

/// Every limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeLimits {
    /// To one phone.
    pub per_phone: Rate,
    /// To other phones than its own, of one account.
    pub per_account: i64,
    /// Asked for by strangers from one address; who is known has as much or half of what is kept there, whichever is more.
    pub per_address: i64,
    /// Of the whole centre.
    pub in_all: i64,
    /// Of these, so many that strangers can't take.
    pub kept: i64,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// An account for its own phone, from a browser that it was used in before.
    Known,
    /// Somebody who is signed in, for another phone.
    SignedIn,
    /// Anybody else.
    Visitor,
}

/// What a code counts against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    /// The account that asks.
    Account,
    /// The address that asks.
    Address,
    /// All accounts that are used at one address: people behind one network's address, or somebody with many accounts.
    Known,
    /// Signing in to one phone's account from one address: the other half is left to people who are elsewhere.
    SignIn,
    /// All strangers.
    Strangers,
    /// Everybody.
    All,
}

/// How far a counter has come within the last hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Which.
    pub counter: Counter,
    /// So many at most.
    pub limit: i64,
    /// So many so far.
    pub sent: i64,
    /// When there is room again, if it is full.
    pub room_at: Moment,
}

impl CodeLimits {
    /// What a code counts against, each with its limit.
    #[must_use]
    pub fn counters(&self, asker: Asker, use_for: CodeUse) -> Vec<(Counter, i64)> {
        let all = (Counter::All, self.in_all);
        if asker == Asker::Known {
            return vec![(Counter::Known, self.per_address.max(self.kept / 2)), all];
        }
        let own = match (asker, use_for) {
            (Asker::SignedIn, _) => Some((Counter::Account, self.per_account)),
            (_, CodeUse::SignIn) => Some((Counter::SignIn, (self.per_phone.per_hour + 1) / 2)),
            _ => None,
        };
        let shared = [(Counter::Address, self.per_address), (Counter::Strangers, self.in_all - self.kept), all];
        own.into_iter().chain(shared).collect()
    }
}

/// Whether one more may go.
///
/// # Errors
/// [`NoCode`], with how long to wait.
pub fn has_room(counted: &[Counted], now: Moment) -> Result<(), NoCode> {
    let full = counted.iter().find(|one| one.sent >= one.limit);
    full.map_or(Ok(()), |one| {
        let minutes = minutes_until(one.room_at, now);
        Err(match one.counter {
            Counter::Account | Counter::SignIn => NoCode::Enough(minutes),
            Counter::Address | Counter::Known => NoCode::EnoughFromHere(minutes),
            Counter::Strangers | Counter::All => NoCode::Busy(minutes),
        })
    })
}

/// What is shared by all and half used, with the one that goes now: somebody has to look.
#[must_use]
pub fn half_used(counted: &[Counted]) -> Option<Counted> {
    let is_shared = |one: &&Counted| matches!(one.counter, Counter::Strangers | Counter::All);
    counted.iter().filter(is_shared).find(|one| (one.sent + 1) * 2 >= one.limit).copied()
}

/// Whole minutes to wait, at least one and at most an hour.
pub(super) fn minutes_until(at: Moment, now: Moment) -> i64 {
    ((at.since(now) + MINUTE - 1) / MINUTE).clamp(1, HOUR / MINUTE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Moment = Moment(1_800_000_000_000);

    fn limits() -> CodeLimits {
        CodeLimits { per_phone: Rate::default(), per_account: 5, per_address: 20, in_all: 100, kept: 40 }
    }

    fn counted(counter: Counter, limit: i64, sent: i64) -> Counted {
        Counted { counter, limit, sent, room_at: NOW.plus(10 * MINUTE - 1) }
    }

    #[test]
    fn what_is_full_says_when_there_is_room_again() {
        assert_eq!(has_room(&[counted(Counter::All, 2, 1)], NOW), Ok(()));
        assert_eq!(has_room(&[counted(Counter::All, 2, 2)], NOW), Err(NoCode::Busy(10)));
        assert_eq!(has_room(&[counted(Counter::Address, 1, 1)], NOW), Err(NoCode::EnoughFromHere(10)));
        assert_eq!(has_room(&[counted(Counter::Account, 1, 1)], NOW), Err(NoCode::Enough(10)));
        for no_code in [NoCode::Enough(10), NoCode::EnoughFromHere(10), NoCode::Busy(10)] {
            assert!(no_code.message().contains("10分钟后再试"), "{}", no_code.message());
        }
    }

    #[test]
    fn somebody_looks_when_half_of_what_is_shared_is_used() {
        assert_eq!(half_used(&[counted(Counter::All, 10, 3), counted(Counter::Account, 1, 1)]), None);
        let half = counted(Counter::Strangers, 10, 4);
        assert_eq!(half_used(&[half, counted(Counter::All, 100, 4)]), Some(half));
        assert_eq!(half_used(&[counted(Counter::All, 10, 9)]).map(|one| one.sent), Some(9));
    }

    proptest! {
        /// However many strangers ask, those who are known have their share.
        #[test]
        fn strangers_take_nothing_of_the_kept_share(
            asks in proptest::collection::vec(proptest::sample::select(vec![Asker::Known, Asker::SignedIn, Asker::Visitor]), 0..300),
        ) {
            let (limits, mut strangers, mut all, mut known) = (limits(), 0, 0, 0);
            for asker in asks {
                let shared = limits.counters(asker, CodeUse::Register).into_iter();
                let shared = shared.filter(|(counter, _)| matches!(counter, Counter::Strangers | Counter::All));
                let sent = |counter| if counter == Counter::All { all } else { strangers };
                let shared: Vec<_> = shared.map(|(counter, limit)| counted(counter, limit, sent(counter))).collect();
                if has_room(&shared, NOW).is_ok() {
                    all += 1;
                    strangers += i64::from(asker != Asker::Known);
                    known += i64::from(asker == Asker::Known);
                } else if asker == Asker::Known {
                    prop_assert!(known >= limits.kept);
                }
                prop_assert!(all <= limits.in_all && strangers <= limits.in_all - limits.kept);
            }
        }
    }

    #[test]
    fn who_is_known_counts_against_nothing_that_strangers_fill() {
        assert_eq!(limits().counters(Asker::Known, CodeUse::SignIn), [(Counter::Known, 20), (Counter::All, 100)]);
        let visitor = limits().counters(Asker::Visitor, CodeUse::SignIn);
        assert_eq!(visitor[..2], [(Counter::SignIn, 3), (Counter::Address, 20)]);
        assert_eq!(limits().counters(Asker::SignedIn, CodeUse::NewPhone)[0], (Counter::Account, 5));
    }
}
