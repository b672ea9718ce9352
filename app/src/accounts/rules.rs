//! When a code may be sent and what makes it good. Pure.

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
    /// Too many within the hour.
    Enough,
}

impl NoCode {
    /// What the person reads.
    #[must_use]
    pub fn message(self) -> String {
        match self {
            Self::Pause(seconds) => format!("验证码刚刚发过，请 {seconds} 秒后再试。"),
            Self::Enough => "一小时内发送的验证码太多了，请过一会儿再试。".into(),
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
    let since_last = sent.iter().map(|at| now.since(*at)).min();
    if let Some(passed) = since_last.filter(|passed| *passed < rate.pause) {
        return Err(NoCode::Pause((rate.pause - passed + SECOND - 1) / SECOND));
    }
    let within_the_hour = sent.iter().filter(|at| now.since(**at) < HOUR).count();
    if i64::try_from(within_the_hour).is_ok_and(|n| n >= rate.per_hour) {
        return Err(NoCode::Enough);
    }
    Ok(())
}

/// Whether a code can still be used at all, right or wrong.
#[must_use]
pub const fn is_live(code: &SentCode, now: Moment) -> bool {
    !code.used && code.attempts < CODE_TRIES && now.since(code.sent_at) < CODE_LIFE
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
        assert_eq!(may_send(&five, Rate::default(), NOW), Err(NoCode::Enough));
        assert_eq!(may_send(&five, Rate::default(), NOW.plus(11 * MINUTE)), Ok(()));
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
