//! When a code may be sent and what makes it good. Pure.

use super::code_limits::minutes_until;
use crate::promises::{CODE_LIFE, CODE_PAUSE, CODE_TRIES, CODES_PER_HOUR};
use crate::time::{HOUR, Moment, SECOND};

/// A code that was sent, as the database knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentCode {
    /// When.
    pub sent_at: Moment,
    /// Wrong tries so far.
    pub attempts: i64,
    /// It was used.
    pub used: bool,
}

/// Why no code is sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoCode {
    /// The last one is too fresh; try again in so many seconds.
    Pause(i64),
    /// Too many within the hour; try again in so many minutes.
    Enough(i64),
    /// Too many from this address within the hour; try again in so many minutes.
    EnoughFromHere(i64),
    /// The whole centre has sent too many; try again in so many minutes.
    Busy(i64),
}

impl NoCode {
    /// What the person reads.
    #[must_use]
    pub fn message(self) -> String {
        match self {
            Self::Pause(seconds) => format!("验证码刚刚发过，请 {seconds} 秒后再试。"),
            Self::Enough(minutes) => format!("一小时内发送的验证码太多了，请{minutes}分钟后再试。"),
            Self::EnoughFromHere(minutes) => {
                format!("一小时内从这个网络申请的验证码太多了，请{minutes}分钟后再试，或者换一个网络。")
            }
            Self::Busy(minutes) => format!(
                "现在申请验证码的人太多，暂时发不出来，请{minutes}分钟后再试。用密码登录，或者在登录过的浏览器里登录，都不受影响。"
            ),
        }
    }
}

/// How often codes are sent to one phone. An operator may set it otherwise than we promise by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Milliseconds between two.
    pub pause: i64,
    /// At most so many within an hour.
    pub per_hour: i64,
}

impl Default for Rate {
    fn default() -> Self {
        Self { pause: CODE_PAUSE, per_hour: CODES_PER_HOUR }
    }
}

/// Whether a next code may be sent to a phone that got one at each of `sent`.
///
/// # Errors
/// [`NoCode`], with how long to wait.
pub fn may_send(sent: &[Moment], rate: Rate, now: Moment) -> Result<(), NoCode> {
    let since_last = sent.iter().filter_map(|at| at.age(now)).min();
    if let Some(passed) = since_last.filter(|passed| *passed < rate.pause) {
        return Err(NoCode::Pause((rate.pause - passed + SECOND - 1) / SECOND));
    }
    let mut within_the_hour: Vec<_> = sent.iter().filter(|at| at.is_within(HOUR, now)).collect();
    within_the_hour.sort_unstable_by(|a, b| b.cmp(a));
    // The one whose hour must be over, so that there are fewer than so many.
    let last = usize::try_from(rate.per_hour - 1).ok().and_then(|n| within_the_hour.get(n));
    last.map_or(Ok(()), |at| Err(NoCode::Enough(minutes_until(at.plus(HOUR), now))))
}

/// Whether a code can still be used at all, right or wrong.
#[must_use]
pub const fn is_live(code: &SentCode, now: Moment) -> bool {
    !code.used && code.attempts < CODE_TRIES && code.sent_at.is_within(CODE_LIFE, now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::MINUTE;

    const NOW: Moment = Moment(1_800_000_000_000);

    #[test]
    fn a_second_code_waits_a_minute_and_a_sixth_an_hour() {
        assert_eq!(may_send(&[], Rate::default(), NOW), Ok(()));
        assert_eq!(may_send(&[NOW.plus(-MINUTE + 1)], Rate::default(), NOW), Err(NoCode::Pause(1)));
        assert_eq!(may_send(&[NOW.plus(-MINUTE)], Rate::default(), NOW), Ok(()));
        let five: Vec<_> = (1..=5).map(|n| NOW.plus(-n * 10 * MINUTE)).collect();
        assert_eq!(may_send(&five, Rate::default(), NOW), Err(NoCode::Enough(10)));
        assert_eq!(may_send(&five, Rate::default(), NOW.plus(11 * MINUTE)), Ok(()));
    }

    #[test]
    fn a_code_of_a_clock_that_was_ahead_holds_nobody_up_and_proves_nothing() {
        let ahead =
            [NOW.plus(24 * HOUR), NOW.plus(48 * HOUR), NOW.plus(2 * HOUR), NOW.plus(3 * HOUR), NOW.plus(4 * HOUR)];
        assert_eq!(may_send(&ahead, Rate::default(), NOW), Ok(()));
        assert!(!is_live(&SentCode { sent_at: ahead[0], attempts: 0, used: false }, NOW));
        // Of two servers one is a little ahead.
        assert_eq!(may_send(&[NOW.plus(SECOND)], Rate::default(), NOW), Err(NoCode::Pause(60)));
    }

    #[test]
    fn a_code_dies_of_age_use_and_wrong_tries() {
        let code = SentCode { sent_at: NOW, attempts: 0, used: false };
        assert!(is_live(&code, NOW.plus(CODE_LIFE - 1)));
        assert!(!is_live(&code, NOW.plus(CODE_LIFE)));
        assert!(!is_live(&SentCode { used: true, ..code }, NOW));
        assert!(!is_live(&SentCode { attempts: CODE_TRIES, ..code }, NOW));
    }
}
