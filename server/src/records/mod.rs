//! 我的个人信息: records of every kind of the data catalogue, as the host sends them and the person sees, corrects and
//! erases them.
//!
//! | to find | look in |
//! |---|---|
//! | how a record gets in | `write.rs` (many at once), `import.rs` and `line.rs` (a host's file) |
//! | how records are read, searched and counted | `read.rs` |
//! | what the centre keeps itself, as if it were records | `own.rs` |
//! | what correcting does | `correct.rs` |
//! | what erasing does, and in which order | `erase/` |
//! | what goes by itself, and when | `retention.rs` |
//! | what a copy tells of corrections and erasures | `entries.rs` |

mod correct;
pub mod entries;
pub mod erase;
pub mod import;
pub(crate) mod line;
pub mod own;
mod read;
pub mod retention;
mod routes;
mod write;

pub(crate) use correct::correct_in;
pub use correct::{By, correct, corrections};
pub use read::{After, Filter, Kept, Listing, Total, batch, field_of, one, page, read_after, totals, write_after};
pub use routes::routes;
pub use write::{NewRecord, Refused, Writer, Written};
pub(crate) use write::{refuse, write_own};

use crate::vault::Place;

/// Where a record's content is sealed.
pub(crate) const fn content_place(id: &str) -> Place<'_> {
    Place { table: "record", column: "content", row: id }
}

/// Held exclusively by an erasure, and shared by whoever seals records: what is sealed while an erasure runs would
/// otherwise be sealed under a key that is about to go.
pub(crate) const LOCK: &str = "records";

/// The database holds a record that this program or its catalogue does not know.
#[derive(Debug, thiserror::Error)]
#[error("the database holds a record with an unknown {0}: is this the right catalogue?")]
pub struct Unknown(pub &'static str);
