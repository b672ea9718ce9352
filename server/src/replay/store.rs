//! SQL of the replay log.

use app::time::Moment;
use uuid::Uuid;

use super::Entry;
use crate::centre::Centre;
use crate::storage::{Tx, sql};
use crate::vault::Vault;
use crate::web::fault::Fault;

/// Under which name the log knows a person: a keyed hash of their id, which tells nothing without the key.
#[must_use]
pub fn subject(vault: &Vault, person: Uuid) -> [u8; 32] {
    vault.blind_index("replay_subject", &person.to_string())
}

/// Writes an entry in the transaction of what it tells of. After the commit, and before the person is answered, [`flush`]
/// must be called.
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

#[derive(sqlx::FromRow)]
struct Pending {
    id: String,
    subject: Vec<u8>,
    kind: String,
    body: String,
    at: i64,
}

/// Copies what is pending into the key store. Doing it again, or on several servers at once, changes nothing.
///
/// # Errors
/// Storage: then nothing of it may be answered as done.
pub async fn flush(centre: &Centre) -> Result<(), Fault> {
    let pending = sql("SELECT id, subject, kind, body, at FROM replay_pending ORDER BY id")
        .fetch_all::<Pending>(&centre.data)
        .await?;
    if pending.is_empty() {
        return Ok(());
    }
    let mut keys = centre.vault.store().begin().await?;
    keys.lock("replay_log").await?;
    for Pending { id, subject, kind, body, at } in &pending {
        sql("INSERT INTO replay_log (position, id, subject, kind, body, at) VALUES \
             ((SELECT COALESCE(MAX(position), 0) + 1 FROM replay_log), $1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING")
        .bind(id)
        .bind(subject)
        .bind(kind)
        .bind(body)
        .bind(*at)
        .execute(&mut keys)
        .await?;
    }
    keys.commit().await?;
    let mut tx = centre.data.begin().await?;
    for Pending { id, .. } in &pending {
        sql("DELETE FROM replay_pending WHERE id = $1").bind(id).execute(&mut tx).await?;
    }
    tx.commit().await?;
    Ok(())
}
