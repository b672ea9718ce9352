//! Under 18 there is neither 个性化广告 nor commercial marketing, with a guardian's consent or without (《未成年人网络保护条例》 asks
//! it of automated marketing; stricter by choice). Nothing asks for it, and a "yes" that was given before is none. Under 14
//! everything optional stays off, too. Pure: the age band in, what is locked out.

use super::model::{Decision, Lapse, Purpose, Stood};
use super::rules::Refusal;
use crate::accounts::model::AgeBand;

/// What a person under 18 reads where something is locked for them.
pub const LOCKED: &str = "为了保护未满18周岁的你，这一项一直关着：我们不按你的特征投放广告，也不给你发营销信息。";

/// The same of whatever else stays off for a child.
pub const LOCKED_FOR_CHILDREN: &str = "为了保护未满14周岁的你，这一项一直关着。看直播、购物都不受影响。";

/// What is read where a purpose is locked.
#[must_use]
pub const fn reason(purpose: Purpose) -> &'static str {
    if is_for_adults(purpose) { LOCKED } else { LOCKED_FOR_CHILDREN }
}

/// Whether a purpose is about aimed advertising or commercial marketing.
#[must_use]
pub const fn is_for_adults(purpose: Purpose) -> bool {
    matches!(
        purpose,
        Purpose::Commercial
            | Purpose::MarketingPush
            | Purpose::MarketingSms
            | Purpose::MarketingEmail
            | Purpose::PersonalisedAds
            // They recognise a browser for advertising, and a mail's reader for marketing.
            | Purpose::CookiesAdvertising
            | Purpose::MailBeacon
            | Purpose::AdvertisingSharing
            | Purpose::JointMarketing
    )
}

/// Whether a purpose stays off for people of an age band. A switch that protects never does.
#[must_use]
pub const fn is_locked(purpose: Purpose, band: AgeBand) -> bool {
    match band {
        AgeBand::Adult => false,
        AgeBand::From14 => is_for_adults(purpose),
        AgeBand::Under14 => !purpose.protects(),
    }
}

/// Whether a decision may be taken by people of an age band. A "no" always may.
///
/// # Errors
/// [`Refusal::Under18`], [`Refusal::Child`].
pub const fn may_decide(wanted: Decision, band: AgeBand) -> Result<(), Refusal> {
    if !wanted.granted || !is_locked(wanted.purpose, band) {
        return Ok(());
    }
    Err(if is_for_adults(wanted.purpose) { Refusal::Under18 } else { Refusal::Child })
}

/// A "yes" that was given before stays what was decided, and holds no more.
pub fn lapse((purpose, stood): (Purpose, &mut Stood), band: AgeBand) {
    if stood.granted && is_locked(purpose, band) {
        stood.lapsed = Some(Lapse::Age);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Moment;

    #[test]
    fn grown_people_decide_about_everything_and_others_never_about_advertising() {
        for purpose in Purpose::ALL.iter().copied() {
            let (yes, no) = (Decision { purpose, granted: true }, Decision { purpose, granted: false });
            assert_eq!(may_decide(yes, AgeBand::Adult), Ok(()));
            assert_eq!(may_decide(yes, AgeBand::From14).is_err(), is_for_adults(purpose), "{purpose:?}");
            assert_eq!(may_decide(yes, AgeBand::Under14).is_ok(), purpose.protects(), "{purpose:?}");
            for band in AgeBand::ALL {
                assert_eq!(may_decide(no, band), Ok(()));
            }
        }
    }

    #[test]
    fn what_the_browsers_own_signal_lowers_is_for_grown_people() {
        assert!(
            Purpose::ALL.iter().filter(|purpose| purpose.is_lowered_by_gpc()).all(|purpose| is_for_adults(*purpose))
        );
    }

    #[test]
    fn a_yes_from_before_holds_no_more_and_a_no_is_left_alone() {
        for granted in [true, false] {
            let mut stood = Stood {
                granted,
                since: Moment(0),
                policy_version: "1.0".into(),
                surface: "/settings".into(),
                lapsed: None,
            };
            lapse((Purpose::MarketingSms, &mut stood), AgeBand::Adult);
            assert_eq!((stood.granted, stood.lapsed), (granted, None));
            lapse((Purpose::MarketingSms, &mut stood), AgeBand::From14);
            assert_eq!((stood.granted, stood.lapsed), (granted, granted.then_some(Lapse::Age)));
            assert!(!stood.holds());
        }
    }
}
