//! How often one may try. Kept in memory per server; counts of codes are in the database.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use app::accounts::rules::Rate;
use app::time::SECOND;
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};
use uuid::Uuid;

use crate::config::LimitsConfig;

const TWO: NonZeroU32 = NonZeroU32::new(2).expect("more than none");
const AN_HOUR: Duration = Duration::from_secs(3600);

/// All limits.
pub struct Limits {
    /// How often codes are sent to one phone.
    pub codes: Rate,
    by_address: DefaultKeyedRateLimiter<IpAddr>,
    by_account: DefaultKeyedRateLimiter<[u8; 32]>,
    /// What a session proves with (its passwords, its codes).
    by_session: DefaultKeyedRateLimiter<(Uuid, &'static str)>,
    code_by_address: DefaultKeyedRateLimiter<([u8; 32], IpAddr)>,
    complaints: DefaultDirectRateLimiter,
}

/// Too many tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany;

impl TooMany {
    /// What the person reads.
    pub const MESSAGE: &str = "尝试次数太多了，请过几分钟再试。";
}

/// What one subscriber has: of IPv6 a /64, in which anybody is at as many addresses as they like (RFC 6177).
fn network(address: IpAddr) -> IpAddr {
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
        let codes = Rate {
            pause: i64::from(config.code_pause_seconds) * SECOND,
            per_hour: i64::from(config.codes_per_hour.get()),
        };
        // From one address half of them: the other half is left to whoever is elsewhere.
        let from_one = config.codes_per_hour.div_ceil(TWO);
        Self {
            codes,
            by_address: RateLimiter::keyed(quota(config.tries_per_address, Duration::from_secs(2))),
            by_account: RateLimiter::keyed(quota(config.tries_per_account, Duration::from_secs(60))),
            by_session: RateLimiter::keyed(quota(config.tries_per_account, Duration::from_secs(60))),
            code_by_address: RateLimiter::keyed(quota(from_one, AN_HOUR / from_one.get())),
            complaints: RateLimiter::direct(quota(NonZeroU32::MIN, Duration::from_secs(60))),
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

    /// Counts one code for signing in to that account (its phone's blind index, known or not) that is asked for from that address.
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn try_code(&self, account: &[u8; 32], address: IpAddr) -> Result<(), TooMany> {
        self.code_by_address.check_key(&(*account, network(address))).map_err(|_| TooMany)
    }

    /// Counts one try, of a proof or of anything else that anybody may do, from that address.
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn try_address(&self, address: IpAddr) -> Result<(), TooMany> {
        self.by_address.check_key(&network(address)).map_err(|_| TooMany)
    }

    /// Whether it may be said again, once a minute, that callers can't be told apart.
    pub fn may_complain(&self) -> bool {
        self.complaints.check().is_ok()
    }

    /// Forgets what has long refilled, so that memory does not grow for ever.
    pub fn tidy(&self) {
        self.by_address.retain_recent();
        self.by_account.retain_recent();
        self.by_session.retain_recent();
        self.code_by_address.retain_recent();
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
