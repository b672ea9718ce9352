//! Whether a message may go. Pure.

use super::model::{Account, Channel, Class, Reason};
use crate::consents::model::Lapse;
use crate::consents::{Purpose, Standing};

/// The decisions that a message rests on: every one of them must be a "yes". News follows its switch on every channel, so
/// that a "no" to a push is not got around by an SMS.
#[must_use]
pub fn needs(channel: Channel, class: Class) -> Vec<Purpose> {
    match class {
        Class::Marketing => vec![channel.marketing()],
        Class::Order => vec![Purpose::OrderPush],
        Class::Live => vec![Purpose::LivePush],
        Class::Security => Vec::new(),
    }
}

/// Whether a message may go to a person on a channel, by what stands now.
///
/// # Errors
/// The first reason why not.
pub fn may_send(channel: Channel, class: Class, account: Account, standing: &Standing) -> Result<(), Reason> {
    match (account, class) {
        (Account::None, _) => return Err(Reason::NoAccount),
        (_, Class::Security) | (Account::InUse, _) => {}
        (Account::WaitsForGuardian, _) => return Err(Reason::WaitsForGuardian),
        (Account::Leaving, _) => return Err(Reason::Leaving),
    }
    for purpose in needs(channel, class) {
        match standing.0.get(&purpose) {
            Some(stood) if stood.holds() => {}
            // Nobody is told how old somebody is.
            Some(stood) if stood.granted && stood.lapsed != Some(Lapse::Age) => return Err(Reason::Lapsed(purpose)),
            _ => return Err(Reason::NotAgreed(purpose)),
        }
    }
    Ok(())
}

/// The purpose by which a hand-over under way is found again: the narrowest that the message rests on. None: the message
/// rests on no decision, so none stops it.
#[must_use]
pub fn stopped_by(channel: Channel, class: Class) -> Option<Purpose> {
    needs(channel, class).pop()
}

/// The hand-overs under way that a "no" to `purpose` has to wait for.
#[must_use]
pub fn stops(purpose: Purpose) -> Vec<Purpose> {
    match purpose {
        Purpose::Commercial => Channel::ALL.map(Channel::marketing).to_vec(),
        // A mail that was made before may carry a beacon.
        Purpose::MailBeacon => vec![Purpose::MarketingEmail],
        Purpose::MarketingPush
        | Purpose::MarketingSms
        | Purpose::MarketingEmail
        | Purpose::OrderPush
        | Purpose::LivePush => vec![purpose],
        _ => Vec::new(),
    }
}

/// Whether a message has to wait until a human has read what its person replied: it may have been a "no".
#[must_use]
pub const fn waits_for_reply(channel: Channel, class: Class) -> bool {
    matches!((channel, class), (Channel::Sms, Class::Marketing))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consents::model::{Lapse, Stood};
    use crate::time::Moment;
    use proptest::prelude::*;

    fn stood(granted: bool, lapsed: bool) -> Stood {
        let lapsed = lapsed.then_some(Lapse::Policy);
        Stood { granted, lapsed, since: Moment(0), policy_version: "1.0".into(), surface: "/settings".into() }
    }

    const MARKETING: [Purpose; 3] = [Purpose::MarketingPush, Purpose::MarketingSms, Purpose::MarketingEmail];

    fn everything() -> Standing {
        Standing(Purpose::ALL.iter().map(|purpose| (*purpose, stood(true, false))).collect())
    }

    #[test]
    fn what_keeps_an_account_safe_always_goes_and_only_to_accounts() {
        for channel in Channel::ALL {
            for account in [Account::InUse, Account::Leaving, Account::WaitsForGuardian] {
                assert_eq!(may_send(channel, Class::Security, account, &Standing::default()), Ok(()));
            }
            let nobody = may_send(channel, Class::Security, Account::None, &everything());
            assert_eq!(nobody, Err(Reason::NoAccount));
        }
    }

    #[test]
    fn the_reason_names_what_lacks() {
        let mut standing = everything();
        let ask = |standing: &Standing| may_send(Channel::Sms, Class::Marketing, Account::InUse, standing);
        assert_eq!(ask(&standing), Ok(()));
        standing.0.insert(Purpose::MarketingSms, stood(true, true));
        assert_eq!(ask(&standing), Err(Reason::Lapsed(Purpose::MarketingSms)));
        standing.0.insert(Purpose::MarketingSms, stood(false, false));
        assert_eq!(ask(&standing), Err(Reason::NotAgreed(Purpose::MarketingSms)));
        standing.0.insert(Purpose::MarketingSms, Stood { lapsed: Some(Lapse::Age), ..stood(true, false) });
        assert_eq!(ask(&standing), Err(Reason::NotAgreed(Purpose::MarketingSms)), "an age is nobody's business");
    }

    #[test]
    fn every_decision_that_a_message_rests_on_can_stop_it_under_way() {
        for channel in Channel::ALL {
            for class in Class::ALL {
                let Some(mark) = stopped_by(channel, class) else { continue };
                assert!(needs(channel, class).into_iter().all(|purpose| stops(purpose).contains(&mark)));
            }
        }
    }

    fn channel() -> impl Strategy<Value = Channel> {
        proptest::sample::select(&Channel::ALL[..])
    }

    fn account() -> impl Strategy<Value = Account> {
        let all = vec![Account::None, Account::WaitsForGuardian, Account::Leaving, Account::InUse];
        proptest::sample::select(all)
    }

    /// Undecided, or decided somehow.
    fn decided() -> impl Strategy<Value = Option<(bool, bool)>> {
        proptest::option::of((any::<bool>(), any::<bool>()))
    }

    proptest! {
        #[test]
        fn marketing_passes_if_and_only_if_every_condition_holds(
            channel in channel(), account in account(), decided in proptest::array::uniform3(decided()),
        ) {
            let pairs = MARKETING.into_iter().zip(decided);
            let standing = pairs.filter_map(|(purpose, d)| d.map(|(granted, lapsed)| (purpose, stood(granted, lapsed))));
            let standing = Standing(standing.collect());
            let says_yes = |purpose| standing.allows(purpose);
            let all = account == Account::InUse && says_yes(channel.marketing());
            prop_assert_eq!(may_send(channel, Class::Marketing, account, &standing).is_ok(), all);
        }

        #[test]
        fn a_yes_to_anything_else_never_lets_marketing_pass(channel in channel(), account in account()) {
            let mut standing = everything();
            standing.0.remove(&channel.marketing());
            prop_assert!(may_send(channel, Class::Marketing, account, &standing).is_err());
        }
    }
}
