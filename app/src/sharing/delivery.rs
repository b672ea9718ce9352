//! What follows a try to tell a recipient. Pure: time, and the chance in a pause, are arguments.

use crate::promises::DELIVERY_WAIT_MAX;

/// What came of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It answered with this status, and perhaps asked to be tried after so many milliseconds.
    Answered(u16, Option<i64>),
    /// It did not answer.
    Unreachable,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// It has the notice.
    Taken,
    /// Another try after so many milliseconds.
    Pause(i64),
    /// None: a human must look.
    Dead,
}

/// By how much a pause may be longer than promised, in thousandths: so many tries that failed together don't come back together.
pub const SPREAD: i64 = 100;

/// What follows try number `attempt` (the first is 1), by these pauses. `chance` is any number: its remainder spreads the pauses.
#[must_use]
pub fn after(attempt: i64, outcome: Outcome, pauses: &[i64], chance: u64) -> After {
    let asked = match outcome {
        Outcome::Answered(200..=299, _) => return After::Taken,
        // Nobody listens there any more (Standard Webhooks).
        Outcome::Answered(410, _) => return After::Dead,
        Outcome::Answered(429 | 503, asked) => asked.unwrap_or_default().clamp(0, DELIVERY_WAIT_MAX),
        Outcome::Answered(..) | Outcome::Unreachable => 0,
    };
    let pause = usize::try_from(attempt - 1).ok().and_then(|n| pauses.get(n));
    pause.map_or(After::Dead, |pause| After::Pause(spread(*pause, chance).max(asked)))
}

fn spread(pause: i64, chance: u64) -> i64 {
    let more = i64::try_from(chance % (SPREAD as u64 + 1)).unwrap_or_default();
    pause.saturating_add(pause.saturating_mul(more) / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::promises::DELIVERY_PAUSES;
    use crate::time::{DAY, SECOND};
    use proptest::prelude::*;

    #[test]
    fn what_is_taken_is_taken_and_what_is_gone_is_dead_at_once() {
        for status in [200, 202, 204, 299] {
            assert_eq!(after(1, Outcome::Answered(status, None), &DELIVERY_PAUSES, 0), After::Taken);
        }
        assert_eq!(after(1, Outcome::Answered(410, None), &DELIVERY_PAUSES, 0), After::Dead);
        for status in [199, 301, 302, 400, 401, 404, 500, 503] {
            assert_eq!(after(1, Outcome::Answered(status, None), &DELIVERY_PAUSES, 0), After::Pause(5 * SECOND));
        }
        assert_eq!(after(11, Outcome::Unreachable, &DELIVERY_PAUSES, 7), After::Dead);
        assert_eq!(after(1, Outcome::Unreachable, &[], 7), After::Dead);
    }

    #[test]
    fn a_recipient_is_not_tried_before_the_time_it_asks_for() {
        let busy = |asked| after(1, Outcome::Answered(503, Some(asked)), &DELIVERY_PAUSES, 0);
        assert_eq!(busy(2 * DAY), After::Pause(2 * DAY));
        assert_eq!(busy(1), After::Pause(5 * SECOND), "nor sooner than our own pause");
        assert_eq!(busy(i64::MAX), After::Pause(DELIVERY_WAIT_MAX));
        assert_eq!(busy(-1), After::Pause(5 * SECOND));
        let other = after(1, Outcome::Answered(500, Some(DAY)), &DELIVERY_PAUSES, 0);
        assert_eq!(other, After::Pause(5 * SECOND), "it has a meaning with 429 and 503 only");
    }

    proptest! {
        /// Whatever chance says: every pause is longer than the one before, and all tries together take days and then end.
        #[test]
        fn pauses_grow_over_days_and_end(chances in prop::collection::vec(any::<u64>(), 11)) {
            let (mut last, mut whole, mut tries) = (0, 0, 0);
            for (attempt, chance) in (1..).zip(chances) {
                tries = attempt;
                match after(attempt, Outcome::Unreachable, &DELIVERY_PAUSES, chance) {
                    After::Pause(pause) => {
                        prop_assert!(pause > last);
                        whole += pause;
                        last = pause;
                    }
                    other => {
                        prop_assert_eq!(other, After::Dead);
                        break;
                    }
                }
            }
            prop_assert_eq!(tries, 11);
            prop_assert!((3 * DAY..5 * DAY).contains(&whole));
        }

        #[test]
        fn no_input_is_too_odd(attempt in any::<i64>(), status in any::<u16>(), asked in any::<Option<i64>>(), pause in any::<i64>(), chance in any::<u64>()) {
            let attempt = attempt.max(i64::MIN + 1);
            if let After::Pause(pause) = after(attempt, Outcome::Answered(status, asked), &[pause.max(0); 3], chance) {
                prop_assert!(pause >= 0);
            }
        }
    }
}
