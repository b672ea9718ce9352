//! The time, as an argument: the server runs on the machine's clock, tests on one they move.

use std::sync::atomic::{AtomicI64, Ordering};

use app::time::Moment;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Moment;

    /// Lets so many milliseconds pass, on a clock that can be moved; it is never moved back. False: this one can't be.
    fn pass(&self, _millis: u32) -> bool {
        false
    }
}

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        Moment(jiff::Timestamp::now().as_millisecond())
    }
}

/// The demo's clock: the machine's, ahead of it by what was passed over.
pub struct DemoClock {
    ahead: AtomicI64,
}

impl DemoClock {
    /// Ahead of the machine's clock, so that it is not before `latest`: a demo that starts again does not go back in time.
    #[must_use]
    pub fn not_before(latest: Option<Moment>) -> Self {
        let ahead = latest.map_or(0, |latest| latest.since(SystemClock.now()).max(0));
        Self { ahead: AtomicI64::new(ahead) }
    }
}

impl Clock for DemoClock {
    fn now(&self) -> Moment {
        SystemClock.now().plus(self.ahead.load(Ordering::SeqCst))
    }

    fn pass(&self, millis: u32) -> bool {
        self.ahead.fetch_add(i64::from(millis), Ordering::SeqCst);
        true
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

    fn pass(&self, millis: u32) -> bool {
        self.advance(i64::from(millis));
        true
    }
}
