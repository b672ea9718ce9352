//! Destroyed keys, and older copies of the key store that still have them: until all keys are wrapped anew, whoever holds such
//! a copy and the master key of then could read what they sealed. So whoever has left is told until when.

use crate::promises::KEY_COPY_LIFE;
use crate::time::Moment;

/// What has become of the copies from before an erasure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyCopies {
    /// All keys were wrapped anew then: no copy from before opens any more.
    Ended(Moment),
    /// All keys are wrapped anew by then.
    Until(Moment),
    /// They should have been by then, and are not.
    Overdue(Moment),
}

impl KeyCopies {
    /// Of an account that was erased then, when the keys were wrapped anew the last time then.
    #[must_use]
    pub fn of(erased_at: Moment, rotated_at: Moment, now: Moment) -> Self {
        let due = rotated_at.plus(KEY_COPY_LIFE);
        if rotated_at >= erased_at {
            Self::Ended(rotated_at)
        } else if now <= due {
            Self::Until(due)
        } else {
            Self::Overdue(due)
        }
    }

    /// Its name in a certificate.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Ended(_) => "ended",
            Self::Until(_) => "until",
            Self::Overdue(_) => "overdue",
        }
    }

    /// When it ended, or was to end.
    #[must_use]
    pub const fn at(self) -> Moment {
        match self {
            Self::Ended(at) | Self::Until(at) | Self::Overdue(at) => at,
        }
    }

    /// As the person reads it.
    #[must_use]
    pub fn words(self) -> String {
        let date = self.at().date();
        match self {
            Self::Ended(_) => format!("密钥库的旧备份已在{date}失效，里面的密钥副本打不开了"),
            Self::Until(_) => format!("密钥库的旧备份最晚在{date}失效，到时里面的密钥副本也打不开了"),
            Self::Overdue(_) => format!("密钥库的旧备份应在{date}前失效，还没有办完，正在处理"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::DAY;
    use proptest::prelude::*;

    #[test]
    fn a_rotation_after_the_erasure_ends_the_copies_and_one_before_tells_until_when() {
        let at = |day: i64| Moment(day * DAY);
        assert_eq!(KeyCopies::of(at(10), at(12), at(400)), KeyCopies::Ended(at(12)));
        assert_eq!(KeyCopies::of(at(10), at(3), at(20)), KeyCopies::Until(at(93)));
        assert_eq!(KeyCopies::of(at(10), at(3), at(94)), KeyCopies::Overdue(at(93)));
    }

    proptest! {
        #[test]
        fn copies_are_called_ended_only_by_a_rotation_that_came_after(erased: i32, rotated: i32, now: i32) {
            let of = KeyCopies::of(Moment(erased.into()), Moment(rotated.into()), Moment(now.into()));
            prop_assert_eq!(matches!(of, KeyCopies::Ended(_)), rotated >= erased);
        }
    }
}
