//! What went and what did not, as counts: no person, no address, no text.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use app::messages::{Channel, Class};

type Key = (Channel, Class, &'static str);

/// Counts since they were last told.
#[derive(Default)]
pub struct Tally(Mutex<BTreeMap<Key, u64>>);

impl Tally {
    /// One more of that kind. `outcome`: `handed_over`, `failed`, or the id of the reason why not.
    pub(super) fn count(&self, channel: Channel, class: Class, outcome: &'static str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry((channel, class, outcome)).or_default() += 1;
    }

    /// Writes the counts into the log and begins anew.
    pub fn tell(&self) {
        let counts = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for ((channel, class, outcome), messages) in counts {
            tracing::info!(channel = channel.id(), class = class.id(), outcome, messages, "messages");
        }
    }
}
