//! SQL of the replay log.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use app::time::Moment;
use uuid::Uuid;

use super::{Entry, exact};
use crate::centre::Centre;
use crate::storage::{Db, DbError, Sql, Tx, Value, sql};
use crate::vault::Vault;
use crate::web::fault::Fault;

/// Under which name the log knows a person: a keyed hash of their id, which tells nothing without the key.
#[must_use]
pub fn subject(vault: &Vault, person: Uuid) -> [u8; 32] {
    vault.blind_index("replay_subject", &person.to_string())
}

/// Writes an entry in the transaction of what it tells of. After the commit, and before the person is answered,
/// [`flush_or_later`] must be called; if keys are destroyed with it, [`flush`] after that.
///
/// # Errors
/// Storage.
pub async fn note(tx: &mut Tx, centre: &Centre, person: Uuid, entry: &Entry, now: Moment) -> Result<(), Fault> {
    let body = serde_json::to_value(entry)?;
    let kind = body.get("kind").and_then(|kind| kind.as_str()).unwrap_or_default().to_owned();
    sql("INSERT INTO replay_pending (id, subject, kind, body, at) VALUES ($1, $2, $3, $4, $5)")
        .bind(Uuid::now_v7())
        .bind(subject(&centre.vault, person))
        .bind(kind)
        .bind(body.to_string())
        .bind(now.0)
        .execute(tx)
        .await?;
    Ok(())
}

/// An entry as it stands in its row, here and there.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct EntryRow {
    /// The same in both databases.
    pub id: String,
    /// Whose: see [`subject`].
    pub subject: Vec<u8>,
    /// The body's kind.
    pub kind: String,
    /// The entry as JSON.
    pub body: String,
    /// When it was decided.
    pub at: i64,
}

impl EntryRow {
    fn values(self) -> [Value; 5] {
        let Self { id, subject, kind, body, at } = self;
        [id.into(), subject.into(), kind.into(), body.into(), at.into()]
    }
}

/// Ids of entries that this process has copied into the key store and that still stand as pending.
#[derive(Default)]
pub struct Copied(Mutex<HashSet<String>>);

impl Copied {
    fn with<T>(&self, look: impl FnOnce(&mut HashSet<String>) -> T) -> T {
        // A set of ids is whole whatever happened while it was held.
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Forgets all but those that still stand as pending. One too many forgotten is copied again, which changes nothing.
    pub(super) fn keep(&self, pending: &HashSet<String>) {
        self.with(|copied| copied.retain(|id| pending.contains(id)));
    }
}

/// Copies what is pending into the key store. Doing it again, or on several servers at once, changes nothing.
///
/// # Errors
/// Storage: then nothing of it may be answered as done.
pub async fn flush(centre: &Centre) -> Result<(), Fault> {
    let mut pending = sql("SELECT id, subject, kind, body, at FROM replay_pending ORDER BY id")
        .fetch_all::<EntryRow>(&centre.data)
        .await?;
    centre.copied.with(|copied| pending.retain(|entry| !copied.contains(&entry.id)));
    if pending.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = pending.iter().map(|entry| entry.id.clone()).collect();
    merge(centre.vault.store(), pending.into_iter().map(EntryRow::values).collect()).await?;
    centre.copied.with(|copied| copied.extend(ids));
    Ok(())
}

/// The same after a commit that is to be answered as saved. What is committed is saved: a key store that takes nothing just now
/// makes no "not saved" of it. The entries stay pending, a backup of the data holds them, and the schedule copies them.
pub async fn flush_or_later(centre: &Centre) {
    if let Err(fault) = flush(centre).await {
        tracing::error!(
            reference = fault.reference(),
            "what was saved is not in the replay log yet: until the key store can be written, no older backup may be restored"
        );
    }
}

/// An entry of an id that is there stays where it is.
const APPEND: &str = "INSERT INTO replay_log (position, id, subject, kind, body, at) VALUES \
     ((SELECT COALESCE(MAX(position), 0) + 1 FROM replay_log), $1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING";

/// When the newest entry was decided, if there is any.
pub(crate) async fn newest_at(keys: &Db) -> Result<Option<i64>, DbError> {
    Ok(sql("SELECT MAX(at) FROM replay_log").fetch_one::<(Option<i64>,)>(keys).await?.0)
}

/// Appends the entries of another copy of the log, each as id, subject, kind, body and time, in their order; those that are there
/// stay where they are. Returns how many were new.
///
/// # Errors
/// Storage.
pub async fn merge(keys: &Db, entries: Vec<[Value; 5]>) -> Result<u64, DbError> {
    let mut tx = keys.begin().await?;
    tx.lock("replay_log").await?;
    let mut new = 0;
    for entry in entries {
        let (subject, kind) = (entry[1].clone(), entry[2].clone());
        new += entry.into_iter().fold(sql(APPEND), Sql::bind).execute(&mut tx).await?;
        drop_superseded(&mut tx, &subject, &kind).await?;
    }
    tx.commit().await?;
    Ok(new)
}

const DROP_OLDER: &str = "UPDATE replay_log SET body = $3 WHERE subject = $1 AND kind = $2 AND body <> $3 \
     AND at < (SELECT MAX(at) FROM replay_log WHERE subject = $1 AND kind = $2)";
const DROP_ALL: &str = "UPDATE replay_log SET body = $3 WHERE subject = $1 AND kind = $2 AND body <> $3";

/// Drops sealed content that is never replayed again: a password before the present one must not lie beside the keys for ever.
/// The entries themselves stay, since where the data stands is told by them.
async fn drop_superseded(tx: &mut Tx, subject: &Value, kind: &Value) -> Result<(), DbError> {
    let Value::Text(Some(kind)) = kind else { return Ok(()) };
    let is_erasure = kind == "account_erased";
    let statement = if is_erasure { DROP_ALL } else { DROP_OLDER };
    for kind in exact::KINDS.iter().filter(|one| is_erasure || *one == kind) {
        let emptied = serde_json::json!({ "kind": kind }).to_string();
        sql(statement).bind(subject.clone()).bind(*kind).bind(emptied).execute(&mut *tx).await?;
    }
    Ok(())
}
