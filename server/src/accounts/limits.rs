//! How often one may try. Kept in memory per server; counts of codes are in the database.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use app::accounts::rules::Rate;
use app::time::SECOND;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::config::LimitsConfig;

/// All limits.
pub struct Limits {
    /// How often codes are sent to one phone.
    pub codes: Rate,
    by_address: DefaultKeyedRateLimiter<IpAddr>,
    by_account: DefaultKeyedRateLimiter<[u8; 32]>,
}

/// Too many tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany;

impl TooMany {
    /// What the person reads.
    pub const MESSAGE: &str = "尝试次数太多了，请过几分钟再试。";
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
        Self {
            codes,
            by_address: RateLimiter::keyed(quota(config.tries_per_address, Duration::from_secs(2))),
            by_account: RateLimiter::keyed(quota(config.tries_per_account, Duration::from_secs(60))),
        }
    }

    /// Counts one try of a password for that account (its phone's blind index, known or not).
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn try_password(&self, account: &[u8; 32]) -> Result<(), TooMany> {
        self.by_account.check_key(account).map_err(|_| TooMany)
    }

    /// Counts one try, of a proof or of anything else that anybody may do, from that address.
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn try_address(&self, address: IpAddr) -> Result<(), TooMany> {
        self.by_address.check_key(&address).map_err(|_| TooMany)
    }

    /// Forgets what has long refilled, so that memory does not grow for ever.
    pub fn tidy(&self) {
        self.by_address.retain_recent();
        self.by_account.retain_recent();
    }
}
