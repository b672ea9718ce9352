//! How often one may try. Kept in memory per server; codes by SMS are counted in the database (`code_counts.rs`).

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use app::accounts::code_limits::CodeLimits;
use app::accounts::rules::Rate;
use app::time::SECOND;
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};
use uuid::Uuid;

use crate::config::LimitsConfig;

/// Pictures that one person may have decoded at once; one more comes back every half minute.
const PICTURES_AT_ONCE: NonZeroU32 = NonZeroU32::new(20).expect("more than none");
const AN_HOUR: Duration = Duration::from_secs(3600);

/// All limits.
pub struct Limits {
    /// How many codes are sent.
    pub codes: CodeLimits,
    by_address: DefaultKeyedRateLimiter<IpAddr>,
    by_account: DefaultKeyedRateLimiter<[u8; 32]>,
    /// What a session proves with (its passwords, its codes).
    by_session: DefaultKeyedRateLimiter<(Uuid, &'static str)>,
    picture_by_person: DefaultKeyedRateLimiter<Uuid>,
    picture_by_address: DefaultKeyedRateLimiter<IpAddr>,
    /// What a person does that leaves a row each time.
    by_person: DefaultKeyedRateLimiter<Uuid>,
    complaints: DefaultDirectRateLimiter,
    alarms: DefaultDirectRateLimiter,
}

/// Too many tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany;

impl TooMany {
    /// What the person reads.
    pub const MESSAGE: &str = "尝试次数太多了，请过几分钟再试。";
}

/// What one subscriber has: of IPv6 a /64, in which anybody is at as many addresses as they like (RFC 6177).
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        v4 => v4,
    }
}

fn quota(burst: NonZeroU32, refill_one: Duration) -> Quota {
    Quota::with_period(refill_one).expect("longer than nothing").allow_burst(burst)
}

impl Limits {
    /// As configured.
    #[must_use]
    pub fn new(config: &LimitsConfig) -> Self {
        let per_phone = i64::from(config.codes_per_hour.get());
        let codes = CodeLimits {
            per_phone: Rate { pause: i64::from(config.code_pause_seconds) * SECOND, per_hour: per_phone },
            per_account: config.codes_per_account.map_or(per_phone, |n| i64::from(n.get())),
            per_address: i64::from(config.codes_per_address().get()),
            in_all: i64::from(config.codes_in_all.get()),
            kept: i64::from(config.codes_kept),
        };
        Self {
            codes,
            by_address: RateLimiter::keyed(quota(config.tries_per_address, Duration::from_secs(2))),
            by_account: RateLimiter::keyed(quota(config.tries_per_account, Duration::from_secs(60))),
            by_session: RateLimiter::keyed(quota(config.tries_per_account, Duration::from_secs(60))),
            picture_by_person: RateLimiter::keyed(quota(PICTURES_AT_ONCE, Duration::from_secs(30))),
            picture_by_address: RateLimiter::keyed(quota(config.tries_per_address, Duration::from_secs(2))),
            by_person: RateLimiter::keyed(quota(config.tries_per_address, Duration::from_secs(2))),
            complaints: RateLimiter::direct(quota(NonZeroU32::MIN, Duration::from_secs(60))),
            alarms: RateLimiter::direct(quota(NonZeroU32::MIN, AN_HOUR)),
        }
    }

    /// Counts one try of a password by somebody who is not signed in, for that account (its phone's blind index, known or not).
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn try_password(&self, account: &[u8; 32]) -> Result<(), TooMany> {
        self.by_account.check_key(account).map_err(|_| TooMany)
    }

    /// Counts one try of a session to prove again who it is, by that method. Nobody else's tries count: who has no session locks
    /// nobody out of theirs, and whoever has got hold of one guesses no faster than this.
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn try_session(&self, session: Uuid, method: &'static str) -> Result<(), TooMany> {
        self.by_session.check_key(&(session, method)).map_err(|_| TooMany)
    }

    /// Counts one deed of a person that leaves a row and decides nothing: as often as whatever anybody may do from one address.
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn try_person(&self, person: Uuid) -> Result<(), TooMany> {
        self.by_person.check_key(&person).map_err(|_| TooMany)
    }

    /// Counts one try, of a proof or of anything else that anybody may do, from that address.
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn try_address(&self, address: IpAddr) -> Result<(), TooMany> {
        self.by_address.check_key(&network(address)).map_err(|_| TooMany)
    }

    /// Counts one picture that a person has decoded from that address.
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn try_picture(&self, person: Uuid, address: IpAddr) -> Result<(), TooMany> {
        self.picture_by_person.check_key(&person).map_err(|_| TooMany)?;
        self.picture_by_address.check_key(&network(address)).map_err(|_| TooMany)
    }

    /// Whether it may be said again, once a minute, that callers can't be told apart.
    pub fn may_complain(&self) -> bool {
        self.complaints.check().is_ok()
    }

    /// Whether it may be said again, once an hour, that codes are running short.
    pub fn may_alarm(&self) -> bool {
        self.alarms.check().is_ok()
    }

    /// Forgets what has long refilled, so that memory does not grow for ever.
    pub fn tidy(&self) {
        self.by_address.retain_recent();
        self.by_account.retain_recent();
        self.by_session.retain_recent();
        self.picture_by_person.retain_recent();
        self.picture_by_address.retain_recent();
        self.by_person.retain_recent();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_ipv6_has_the_tries_of_one_address() {
        let limits = Limits::new(&LimitsConfig { tries_per_address: NonZeroU32::MIN, ..LimitsConfig::default() });
        let first_try = |address: &str| limits.try_address(address.parse().expect("an address")).is_ok();
        assert!(first_try("2001:db8:0:7::1"));
        assert!(!first_try("2001:db8:0:7:ffff::2"));
        assert!(first_try("2001:db8:0:8::1"));
        assert!(first_try("203.0.113.7") && first_try("203.0.113.8"));
        assert!(!first_try("::ffff:203.0.113.7"), "the same address in another form");
    }
}
