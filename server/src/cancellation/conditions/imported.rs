//! What the host imported.

use app::cancellation::affair::{Affair, Found};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use uuid::Uuid;

use super::{Conditions, NotKnown, Subject, content_place};
use crate::storage::{Db, DbError, Executor, sql};
use crate::vault::Vault;

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
        let rows = sql("SELECT id, content FROM affair WHERE person_id = $1 AND is_open")
            .bind(subject.person)
            .fetch_all::<(String, Vec<u8>)>(&self.data)
            .await?;
        let ring = self.vault.ring(subject.person).await?;
        let mut open = Vec::with_capacity(rows.len());
        for (id, sealed) in rows {
            let plain = ring.open(content_place(&id), &sealed).await?;
            // The error's own text may quote what it could not read.
            let Content { id, affair } = serde_json::from_slice(&plain)
                .map_err(|_| NotKnown::Unreadable("a stored affair is of another shape".to_owned()))?;
            open.push((id, affair));
        }
        Ok(Found::of(open))
    }
}
