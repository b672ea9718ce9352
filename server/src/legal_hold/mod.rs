//! The legal hold: what a law keeps of somebody who has left (电子商务法 31, 税收征管法实施细则 29, 网络安全法, 网络数据安全管理
//! 条例 12). Apart from everything else, and readable by nobody but one command, which leaves an event.
//!
//! | to find | look in |
//! |---|---|
//! | what is moved here, and from where | `sources.rs` |
//! | how it is sealed and kept | `store.rs` |
//! | when it goes | `retention.rs` |
//! | how it is read: `privacy-centre legal-hold` | `read.rs` |
//!
//! # What it promises
//!
//! - A record here ends when its law's time is over, counted from when it came about, and not from when its person left.
//! - Records of one law that end in one month share a bucket, and a bucket has a key of its own. With its last record the key is
//!   destroyed, so that no backup holds it any longer either.
//! - Nothing here names the person, their account or their pseudonym. A bucket is found by a blind index of the phone that is
//!   used nowhere else.

mod read;
mod retention;
mod sources;
mod store;

pub use read::{Opened, Reason, open};
pub use retention::run;
pub use sources::{Amount, Source, count, read, sources};
pub use store::{Hold, Moved, keep};

use crate::vault::Place;

/// Held by whoever destroys the keys of emptied buckets, and shared by whoever seals into buckets.
const LOCK: &str = "legal_hold";

/// Which index a phone's entry here belongs to.
const PHONE_INDEX: &str = "legal_hold_phone";

const fn place(row: &str) -> Place<'_> {
    Place { table: "legal_hold_record", column: "content", row }
}
