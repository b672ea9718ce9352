//! Numbers that change hands. A host names people by today's phone, and a number that somebody gave up is given to somebody else:
//! what is dated up to then is not the next owner's.
//!
//! - Every erasure of an account and every change of phone leaves a tombstone ([`give_up`]): the number as a keyed hash, and when.
//!   The key is one of that day's own, kept with all other keys. It is destroyed once nothing that old is taken in any more
//!   ([`forget`]): from then on the tombstone, in every backup, tells nothing.
//! - A line that names its person by phone is looked at in the transaction that writes it ([`refusals`]). What came about since
//!   the account has had the number is its own. What is older is taken only where no tombstone stands against it, and never if it
//!   is so old that the tombstone may be gone.
//! - A tombstone goes into the replay log, too: a restored backup learns those that came after it, also of people it does not know.

mod store;

pub use store::{Claim, forget, give_up, put_back, refusals};

use app::promises::IMPORT_LATE;
use app::time::{DAY, Moment};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A number that was given up, as the replay log holds it. Worth nothing once the key of its day is destroyed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// Days since 1970 (UTC): under which key the index was made.
    pub day: i64,
    /// The index, in base64 without padding.
    pub index: String,
}

const fn day_of(at: Moment) -> i64 {
    at.0.div_euclid(DAY)
}

/// The last moment of a day.
const fn end_of(day: i64) -> Moment {
    Moment((day + 1) * DAY - 1)
}

/// When a number's tombstone of that moment is gone at the latest.
#[must_use]
pub const fn known_until(at: Moment) -> Moment {
    end_of(day_of(at)).plus(IMPORT_LATE)
}

/// Whose key the key of a day is.
fn owner(day: i64) -> Uuid {
    // Never a person's: these are UUIDv7.
    Uuid::from_u64_pair(0, day.unsigned_abs())
}
