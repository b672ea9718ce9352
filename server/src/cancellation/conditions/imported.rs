//! What the host imported.

use app::cancellation::affair::{Affair, Found};
use app::time::Moment;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Conditions, NotKnown, Subject, content_place};
use crate::storage::{Db, DbError, Executor, sql};
use crate::vault::{KeyRing, Vault};

/// Reads what the host imported. Nothing imported means that nothing is open: a host that answers questions instead sets
/// `host.conditions_url`.
pub struct Imported {
    data: Db,
    vault: Vault,
}

/// An affair as it is sealed.
#[derive(Serialize, Deserialize)]
pub(super) struct Content {
    /// The host's id.
    pub id: String,
    /// What it is.
    pub affair: Affair,
}

impl Imported {
    /// From these databases.
    #[must_use]
    pub const fn new(data: Db, vault: Vault) -> Self {
        Self { data, vault }
    }
}

/// Which affairs were imported as open, and as of when: whoever decides by what they read compares it before they commit.
///
/// # Errors
/// Storage.
pub async fn imported(on: impl Into<Executor<'_>>, person: Uuid) -> Result<Vec<(String, i64)>, DbError> {
    let open = sql("SELECT id, at FROM affair WHERE person_id = $1 AND is_open ORDER BY id");
    open.bind(person).fetch_all::<(String, i64)>(on).await
}

#[async_trait]
impl Conditions for Imported {
    async fn look(&self, subject: Subject<'_>) -> Result<Found, NotKnown> {
        let ring = self.vault.ring(subject.person).await?;
        let open = stored(&self.data, &ring, subject.person).await?;
        Ok(Found::of(open.into_iter().map(|stored| (stored.id, stored.affair))))
    }
}

/// An affair that is open, as the host imported it.
pub struct Stored {
    /// The host's id.
    pub id: String,
    /// As of when.
    pub at: Moment,
    /// What it is.
    pub affair: Affair,
}

/// Every affair of a person that is open here, newest first.
///
/// # Errors
/// [`NotKnown`], which is never to be read as "nothing".
pub async fn stored(on: impl Into<Executor<'_>>, ring: &KeyRing, person: Uuid) -> Result<Vec<Stored>, NotKnown> {
    let rows = sql("SELECT id, at, content FROM affair WHERE person_id = $1 AND is_open ORDER BY at DESC, id DESC")
        .bind(person)
        .fetch_all::<(String, i64, Vec<u8>)>(on)
        .await?;
    let mut open = Vec::with_capacity(rows.len());
    for (row, at, sealed) in rows {
        let plain = ring.open(content_place(&row), &sealed).await?;
        // The error's own text may quote what it could not read.
        let Content { id, affair } = serde_json::from_slice(&plain)
            .map_err(|_| NotKnown::Unreadable("a stored affair is of another shape".to_owned()))?;
        open.push(Stored { id, at: Moment(at), affair });
    }
    Ok(open)
}
