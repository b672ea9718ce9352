//! Sharing on the server. Rules: `app::sharing`.
//!
//! | to find | look in |
//! |---|---|
//! | whether data may go to a recipient | `store.rs`: [`may_share`], the one question |
//! | how disclosures get in | `write.rs`; a host's file: `records/import.rs`, with `line.rs` |
//! | whether a consent stood at a time | `ground.rs` |
//! | how they are read | `read.rs` |
//! | when they go | `retention.rs` |

mod ground;
pub mod line;
mod read;
pub mod retention;
mod routes;
pub(crate) mod seed;
mod store;
mod write;

pub use read::{After, Count, Disclosed, Filter, Listing, batch, counts, is_own, page};
pub use routes::{decided_for, routes};
pub use store::{lower, may_share};
pub use write::{NewDisclosure, Taken, write, write_claimed};

use crate::vault::Place;

/// Where a disclosure's content is sealed.
pub(crate) const fn content_place(id: &str) -> Place<'_> {
    Place { table: "disclosure", column: "content", row: id }
}

/// The database holds a disclosure that this program does not know.
#[derive(Debug, thiserror::Error)]
#[error("a disclosure has an unknown {0}")]
struct Unknown(&'static str);
