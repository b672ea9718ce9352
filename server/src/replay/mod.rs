//! The replay log: every erasure and withdrawal, kept beside the keys, so that a restored backup of the data learns what came
//! after it before anybody is served.
//!
//! An entry is written with its change, in one transaction ([`note`]); it is copied into the key store before the person is
//! answered ([`flush`]), and a crash between the two is made good by the next flush. So nothing that was acknowledged is
//! missing there. No entry holds personal data: its subject is a keyed hash of the person's id.

mod store;

pub use store::{flush, note, subject};

use app::consents::Purpose;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a restored backup must be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Entry {
    /// The account was erased: nothing of the person may be there.
    AccountErased,
    /// A consent was taken back, on that page and in that way.
    Withdrawn {
        /// For what.
        purpose: Purpose,
        /// The one recipient or cookie within the purpose; none: the whole purpose.
        about: Option<String>,
        /// The page.
        surface: String,
        /// As in the event.
        by: String,
    },
    /// All records of a kind were erased.
    KindErased {
        /// The kind's id.
        field: String,
    },
    /// One row was erased.
    RowErased {
        /// `record`, `address` or `avatar`.
        table: String,
        /// The row's id.
        id: Uuid,
    },
}
