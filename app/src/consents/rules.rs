//! What a decision changes. Pure: what stands and what is wanted in, what changes out.

use super::minors;
use super::model::{Decision, Lapse, Purpose, Standing, Stood};

/// Why a decision is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The browser asks not to be tracked (Sec-GPC), and this would.
    BrowserObjects,
    /// It is decided about each recipient on its own.
    PerRecipient,
    /// One cookie is to be allowed, and its whole group is off.
    GroupOff,
    /// A child's account waits for a guardian: it takes no "yes" to anything.
    WaitsForGuardian,
    /// Its person is under 18, and it is for grown people only.
    Under18,
    /// 商业广告 gives no consent: which channels are wanted is decided one by one.
    ChooseChannels,
    /// A child's account takes no "yes" to what is optional, with a guardian's consent either.
    Child,
}

impl Refusal {
    /// What the person reads.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::BrowserObjects => {
                "你的浏览器已开启“全球隐私控制”，我们按它的要求保持关闭。想开启，请先在浏览器里关掉这个信号。"
            }
            Self::PerRecipient => "这一项要逐个接收方决定，不能一次全部同意。请到第三方共享清单或跨境提供里选择。",
            Self::GroupOff => "整组还关着，没有保存。请先打开这一组，再决定其中的每一项。",
            Self::WaitsForGuardian => "还在等监护人同意，这里的每一项都保持关闭。",
            Self::Under18 => minors::LOCKED,
            Self::ChooseChannels => {
                "“商业广告”没有打开。想收到哪种，请在它下面选：营销推送、短信、邮件。只会收到你选的。"
            }
            Self::Child => minors::LOCKED_FOR_CHILDREN,
        }
    }
}

/// All that changes when `wanted` is decided; empty when it stands so already.
///
/// 商业广告 is nothing of its own: off says "no" to each of its channels, on names none of them and so gives no consent. A channel
/// changes no other. `browser_objects` is Global Privacy Control: it only lowers.
///
/// # Errors
/// [`Refusal::BrowserObjects`] when the browser's own signal says no, [`Refusal::PerRecipient`] when it is not decided as a
/// whole, [`Refusal::ChooseChannels`] when 商业广告 is to be switched on.
pub fn decide(standing: &Standing, wanted: Decision, browser_objects: bool) -> Result<Vec<Decision>, Refusal> {
    if wanted.purpose.is_per_recipient() {
        return Err(Refusal::PerRecipient);
    }
    if wanted.granted && browser_objects && wanted.purpose.is_lowered_by_gpc() {
        return Err(Refusal::BrowserObjects);
    }
    let mut changes = match (wanted.purpose, wanted.granted) {
        (Purpose::Commercial, true) => return Err(Refusal::ChooseChannels),
        (Purpose::Commercial, false) => {
            Purpose::channels().map(|purpose| Decision { purpose, granted: false }).collect()
        }
        _ => vec![wanted],
    };
    // What was asked for is recorded even when it was never decided and stays "no". A "no" to what is asked anew is an answer, too.
    changes.retain(|change| {
        let stood = standing.0.get(&change.purpose);
        stood.is_none_or(|stood| stood.lapsed.is_some() || stood.granted != change.granted)
    });
    Ok(changes)
}

/// The change when `wanted` is decided about one recipient or cookie of which `stood` stands; none when it stands so already.
/// Nothing else ever follows from it.
///
/// # Errors
/// [`Refusal::BrowserObjects`] when the browser's own signal says no.
pub fn decide_about(
    stood: Option<&Stood>,
    wanted: Decision,
    browser_objects: bool,
) -> Result<Option<Decision>, Refusal> {
    if wanted.granted && browser_objects && wanted.purpose.is_lowered_by_gpc() {
        return Err(Refusal::BrowserObjects);
    }
    let stands_so = stood.is_some_and(|stood| stood.lapsed.is_none() && stood.granted == wanted.granted);
    Ok((!stands_so).then_some(wanted))
}

/// A visitor's answer about cookies meets what the account says: the stricter wins, and Global Privacy Control lowers further.
/// An account's "yes" that is a year old says nothing any more: then the visitor's answer is the only one. Returns what the
/// account has to change.
#[must_use]
pub fn join(standing: &Standing, visitor: &[Decision], browser_objects: bool) -> Vec<Decision> {
    let mut changes = Vec::new();
    for answer in visitor.iter().filter(|answer| !answer.purpose.is_per_recipient()) {
        let decided = standing.0.get(&answer.purpose).is_some_and(|stood| stood.lapsed != Some(Lapse::Year));
        let objected = browser_objects && answer.purpose.is_lowered_by_gpc();
        let granted = answer.granted && !objected && (!decided || standing.allows(answer.purpose));
        if !decided || standing.allows(answer.purpose) != granted {
            changes.push(Decision { purpose: answer.purpose, granted });
        }
    }
    if browser_objects {
        for purpose in Purpose::ALL.iter().copied().filter(|p| p.is_lowered_by_gpc()) {
            let handled = visitor.iter().any(|answer| answer.purpose == purpose);
            if !handled && standing.allows(purpose) {
                changes.push(Decision { purpose, granted: false });
            }
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consents::model::Stood;
    use crate::time::Moment;
    use proptest::prelude::*;

    fn with(pairs: &[(Purpose, bool)]) -> Standing {
        let mut standing = Standing::default();
        pairs.iter().for_each(|(purpose, granted)| set(&mut standing, *purpose, *granted));
        standing
    }

    fn set(standing: &mut Standing, purpose: Purpose, granted: bool) {
        let stood = Stood {
            granted,
            since: Moment(0),
            policy_version: "1.0".into(),
            surface: "/settings".into(),
            lapsed: None,
        };
        standing.0.insert(purpose, stood);
    }

    fn yes(purpose: Purpose) -> Decision {
        Decision { purpose, granted: true }
    }

    fn no(purpose: Purpose) -> Decision {
        Decision { purpose, granted: false }
    }

    #[test]
    fn the_master_switch_says_no_to_every_channel_that_is_not_closed() {
        let mut standing = with(&[(Purpose::MarketingSms, true), (Purpose::MarketingPush, false)]);
        let closed = Ok(vec![no(Purpose::MarketingSms), no(Purpose::MarketingEmail)]);
        assert_eq!(decide(&standing, no(Purpose::Commercial), false), closed);
        standing.0.get_mut(&Purpose::MarketingSms).expect("decided").lapsed = Some(Lapse::Policy);
        assert_eq!(decide(&standing, no(Purpose::Commercial), false), closed, "a yes that is asked anew is answered");
    }

    #[test]
    fn the_master_switch_gives_no_consent() {
        for standing in [Standing::default(), with(&[(Purpose::MarketingSms, true)])] {
            assert_eq!(decide(&standing, yes(Purpose::Commercial), false), Err(Refusal::ChooseChannels));
        }
    }

    #[test]
    fn what_was_kept_of_the_master_switch_opens_nothing_and_closes_what_was_open() {
        let kept = |master: bool, at: i64| {
            let mut kept = with(&[(Purpose::Commercial, master), (Purpose::MarketingSms, true)]).0;
            kept.get_mut(&Purpose::MarketingSms).expect("decided").since = Moment(at);
            Standing::of(kept)
        };
        assert!(kept(true, 0).allows(Purpose::Commercial) && kept(false, 1).allows(Purpose::MarketingSms));
        assert!(!kept(false, 0).allows(Purpose::MarketingSms) && !kept(false, -1).allows(Purpose::Commercial));
        assert!(!Standing::of(with(&[(Purpose::Commercial, true)]).0).allows(Purpose::Commercial));
    }

    #[test]
    fn a_first_no_is_remembered() {
        assert_eq!(decide(&Standing::default(), no(Purpose::Location), false), Ok(vec![no(Purpose::Location)]));
        let standing = with(&[(Purpose::Location, false)]);
        assert_eq!(decide(&standing, no(Purpose::Location), false), Ok(vec![]));
    }

    #[test]
    fn a_browser_that_objects_is_obeyed_for_ads_and_nothing_else() {
        let standing = Standing::default();
        for purpose in Purpose::ALL.iter().copied() {
            let outcome = decide(&standing, yes(purpose), true);
            let refused = purpose.is_lowered_by_gpc() || purpose.is_per_recipient() || purpose == Purpose::Commercial;
            assert_eq!(outcome.is_err(), refused, "{purpose:?}");
            let about = decide_about(None, yes(purpose), true);
            assert_eq!(about.is_err(), purpose.is_lowered_by_gpc(), "{purpose:?}");
        }
    }

    #[test]
    fn what_is_decided_per_recipient_is_never_decided_as_a_whole() {
        let per_recipient: Vec<_> = Purpose::ALL.iter().copied().filter(|p| p.is_per_recipient()).collect();
        assert_eq!(per_recipient.len(), 4);
        for purpose in per_recipient {
            for decision in [yes(purpose), no(purpose)] {
                assert_eq!(decide(&Standing::default(), decision, false), Err(Refusal::PerRecipient));
                assert_eq!(join(&Standing::default(), &[decision], false), vec![]);
            }
        }
    }

    #[test]
    fn what_has_lapsed_counts_as_no_and_either_answer_is_recorded() {
        let mut standing = with(&[(Purpose::Location, true)]);
        standing.0.get_mut(&Purpose::Location).expect("decided").lapsed = Some(Lapse::Policy);
        assert!(!standing.allows(Purpose::Location));
        for answer in [yes(Purpose::Location), no(Purpose::Location)] {
            assert_eq!(decide(&standing, answer, false), Ok(vec![answer]));
        }
    }

    fn any_purpose() -> impl Strategy<Value = Purpose> {
        proptest::sample::select(Purpose::ALL)
    }

    proptest! {
        #[test]
        fn the_master_is_on_exactly_when_a_channel_is_and_no_decision_gives_another(
            wishes in proptest::collection::vec((any_purpose(), any::<bool>(), any::<bool>()), 0..40)
        ) {
            let mut standing = Standing::default();
            for (purpose, granted, gpc) in wishes {
                if let Ok(changes) = decide(&standing, Decision { purpose, granted }, gpc) {
                    let closes_all = purpose == Purpose::Commercial && !granted;
                    prop_assert!(changes.iter().all(|c| c.purpose == purpose || (closes_all && !c.granted)));
                    changes.iter().for_each(|c| set(&mut standing, c.purpose, c.granted));
                    prop_assert_eq!(standing.allows(purpose), granted);
                }
                let open = Purpose::channels().any(|channel| standing.allows(channel));
                prop_assert_eq!(standing.allows(Purpose::Commercial), open);
            }
        }

        #[test]
        fn joining_a_visitors_answer_never_raises_what_the_account_refused(
            account in proptest::collection::vec((any_purpose(), any::<bool>()), 0..20),
            visitor in proptest::collection::vec((any_purpose(), any::<bool>()), 0..6),
            gpc in any::<bool>(),
        ) {
            let before = with(&account);
            let answers: Vec<_> = visitor
                .iter()
                .map(|(purpose, granted)| Decision { purpose: *purpose, granted: *granted })
                .collect();
            for change in join(&before, &answers, gpc) {
                prop_assert!(!change.granted || !before.0.contains_key(&change.purpose));
                prop_assert!(!(change.granted && gpc && change.purpose.is_lowered_by_gpc()));
            }
        }
    }
}
