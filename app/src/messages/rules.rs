//! Whether a message may go, and what a reply to an SMS says. Pure.

use super::model::{Account, Channel, Class, Reason};
use crate::consents::{Purpose, Standing};

/// The decisions that a message rests on: every one of them must be a "yes". News follows its switch on every channel, so
/// that a "no" to a push is not got around by an SMS.
#[must_use]
pub fn needs(channel: Channel, class: Class) -> Vec<Purpose> {
    match class {
        Class::Marketing => vec![Purpose::Commercial, channel.marketing()],
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
            Some(stood) if stood.granted && stood.lapsed.is_some() => return Err(Reason::Lapsed(purpose)),
            Some(stood) if stood.granted => {}
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

/// What people send back to an SMS to get no more of them.
const OPT_OUT_WORDS: [&str; 5] = ["TD", "T", "退订", "退訂", "TD退订"];

/// Whether a reply to an SMS says that the person wants no more: `TD`, `T` or `退订`, in capitals or not, full-width or not,
/// whatever white space or punctuation is around or in between. A sentence is no such word: somebody may be asking something.
#[must_use]
pub fn is_opt_out(reply: &str) -> bool {
    let word: String = reply.chars().map(half_width).filter(|c| c.is_alphanumeric()).collect();
    OPT_OUT_WORDS.contains(&word.to_uppercase().as_str())
}

/// A full-width letter (U+FF01 to U+FF5E) as its ASCII twin.
fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
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

    const MARKETING: [Purpose; 4] =
        [Purpose::Commercial, Purpose::MarketingPush, Purpose::MarketingSms, Purpose::MarketingEmail];

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
        standing.0.remove(&Purpose::Commercial);
        assert_eq!(ask(&standing), Err(Reason::NotAgreed(Purpose::Commercial)));
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
            channel in channel(), account in account(), decided in proptest::array::uniform4(decided()),
        ) {
            let pairs = MARKETING.into_iter().zip(decided);
            let standing = pairs.filter_map(|(purpose, d)| d.map(|(granted, lapsed)| (purpose, stood(granted, lapsed))));
            let standing = Standing(standing.collect());
            let says_yes = |purpose| standing.allows(purpose);
            let all = account == Account::InUse && says_yes(Purpose::Commercial) && says_yes(channel.marketing());
            prop_assert_eq!(may_send(channel, Class::Marketing, account, &standing).is_ok(), all);
        }

        #[test]
        fn a_yes_to_anything_else_never_lets_marketing_pass(channel in channel(), account in account()) {
            let mut standing = everything();
            standing.0.remove(&channel.marketing());
            prop_assert!(may_send(channel, Class::Marketing, account, &standing).is_err());
        }

        #[test]
        fn the_word_is_known_however_it_is_written(
            word in proptest::sample::select(vec!["TD", "td", "Td", "T", "t", "退订", "ＴＤ", "ｔｄ", "Ｔ", "TD退订"]),
            before in "[ \t\r\n\u{3000}\u{200b}\u{feff}，。！!.,“”\"'【】（）]{0,6}",
            after in "[ \t\r\n\u{3000}\u{200b}\u{feff}，。！!.,“”\"'【】（）]{0,6}",
        ) {
            let reply = format!("{before}{word}{after}");
            prop_assert!(is_opt_out(&reply));
        }

        #[test]
        fn a_word_with_more_letters_is_another_word(
            word in proptest::sample::select(OPT_OUT_WORDS.to_vec()), more in "[a-su-z一-十0-9]{1,8}",
        ) {
            let longer = format!("{word}{more}");
            prop_assert!(!is_opt_out(&longer) || OPT_OUT_WORDS.contains(&longer.to_uppercase().as_str()));
        }
    }

    #[test]
    fn a_question_is_no_opt_out() {
        for reply in ["", "好的", "怎么退订？", "不退订", "TDD", "N", "1", "t恤有货吗", "。"] {
            assert!(!is_opt_out(reply), "{reply}");
        }
    }
}
