//! What went and what did not, as counts: no person, no address, no text.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use app::messages::{Channel, Class};

type Key = (Channel, Class, &'static str);

/// Counts since they were last told.
#[derive(Default)]
pub struct Tally {
    messages: Mutex<BTreeMap<Key, u64>>,
    replies: Mutex<BTreeMap<&'static str, u64>>,
}

impl Tally {
    /// One more of that kind. `outcome`: `handed_over`, `failed`, or the id of the reason why not.
    pub(super) fn count(&self, channel: Channel, class: Class, outcome: &'static str) {
        *self.messages.lock().unwrap_or_else(PoisonError::into_inner).entry((channel, class, outcome)).or_default() +=
            1;
    }

    /// One more reply to an SMS that this came of: `opt_out`, `waits`, `nothing`, `no_account`, `elsewhere` or `unreadable`.
    pub(super) fn count_reply(&self, outcome: &'static str) {
        *self.replies.lock().unwrap_or_else(PoisonError::into_inner).entry(outcome).or_default() += 1;
    }

    /// Writes the counts into the log and begins anew.
    pub fn tell(&self) {
        let counts = std::mem::take(&mut *self.messages.lock().unwrap_or_else(PoisonError::into_inner));
        for ((channel, class, outcome), messages) in counts {
            tracing::info!(channel = channel.id(), class = class.id(), outcome, messages, "messages");
        }
        let counts = std::mem::take(&mut *self.replies.lock().unwrap_or_else(PoisonError::into_inner));
        for (outcome, replies) in counts {
            tracing::info!(outcome, replies, "replies to SMS");
        }
    }
}
