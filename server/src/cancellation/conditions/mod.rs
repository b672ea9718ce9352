//! What stands in the way of leaving, and what is lost by it: the host's to say.
//!
//! | to find | look in |
//! |---|---|
//! | what the host imported: the default | `imported.rs` |
//! | a line of the host's file | `line.rs`, written by `write.rs` |
//! | asking the host over HTTP | `http.rs` |

mod http;
mod imported;
pub mod line;
mod write;

use app::accounts::model::PhoneNumber;
use app::cancellation::affair::Found;
use async_trait::async_trait;
use uuid::Uuid;

pub use http::{Asked, may_be_asked};
pub use imported::{Imported, Stored, imported, stored};
pub use write::{NewAffair, write, write_claimed};

use crate::storage::DbError;
use crate::vault::{Place, VaultError};

/// Where an affair's content is sealed.
pub(super) const fn content_place(id: &str) -> Place<'_> {
    Place { table: "affair", column: "content", row: id }
}

/// Who wants to leave.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// By our id.
    pub person: Uuid,
    /// By what the host knows them by.
    pub phone: &'a PhoneNumber,
}

/// Tells what is open between the host and a person.
#[async_trait]
pub trait Conditions: Send + Sync {
    /// Everything that is open now.
    ///
    /// # Errors
    /// [`NotKnown`], which is never to be read as "nothing".
    async fn look(&self, subject: Subject<'_>) -> Result<Found, NotKnown>;
}

/// It could not be looked up. Nothing follows from that; it is tried again.
#[derive(Debug, thiserror::Error)]
pub enum NotKnown {
    /// Our own storage failed.
    #[error("what stands in the way could not be read: {0}")]
    Db(#[from] DbError),
    /// The vault failed.
    #[error("what stands in the way could not be opened: {0}")]
    Vault(#[from] VaultError),
    /// What was stored, or what the host answered, is not of the documented shape.
    #[error("what stands in the way could not be understood: {0}")]
    Unreadable(String),
    /// The host did not answer.
    #[error("the host could not be asked what stands in the way")]
    Unreachable(#[source] reqwest::Error),
    /// The host said that it can't tell.
    #[error("the host was asked what stands in the way and answered {0}")]
    Answered(reqwest::StatusCode),
}
