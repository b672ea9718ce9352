//! The time, as an argument: the server runs on the machine's clock, tests on one they move.

use std::sync::atomic::{AtomicI64, Ordering};

use app::time::Moment;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Moment;
}

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        Moment(jiff::Timestamp::now().as_millisecond())
    }
}

/// A clock that stands still until it is moved.
pub struct SteppedClock(AtomicI64);

impl SteppedClock {
    /// Stands at `start`.
    #[must_use]
    pub fn at(start: Moment) -> Self {
        Self(AtomicI64::new(start.0))
    }

    /// Moves on by so many milliseconds.
    pub fn advance(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for SteppedClock {
    fn now(&self) -> Moment {
        Moment(self.0.load(Ordering::SeqCst))
    }
}
