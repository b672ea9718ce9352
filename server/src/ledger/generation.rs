//! What the log is called. A log must never sign what contradicts an earlier checkpoint of its own; data that was put back to an
//! earlier state would, sooner or later, at the same sizes. So the key store, which no backup of the data takes back in time,
//! remembers the newest checkpoint. Whose data does not have it goes on under a new name: the origin with `/2`, `/3` and so on.
//!
//! Leaves stay where they are, and with them every checkpoint and document under the names before: each is checked by the name
//! that signed it. The last checkpoint of a name that ended is kept in the key store, so that it can be told what was lost.
//!
//! A checkpoint is remembered right after it was committed. Only one that was read in that instant, before the machine died
//! and its data was put back, could be contradicted.

use app::time::Moment;

use super::LedgerError;
use super::chain::append;
use super::checkpoint::Signer;
use super::event::{Event, Pseudonym};
use crate::replay::{PutBack, mark_put_back};
use crate::storage::{Db, DbError, Tx, is_unwritable, sql};

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
struct Head {
    tree_size: i64,
    root_hash: Vec<u8>,
    note: String,
}

/// The signer of the log in `data`, under a new name if the data is not what was signed last.
///
/// # Errors
/// [`LedgerError`].
pub async fn open(data: &Db, keys: &Db, origin: &str, seed: [u8; 32], now: Moment) -> Result<Signer, LedgerError> {
    let newest = newest(data).await?;
    if let Some(remembered) = lost(data, keys).await? {
        begin(data, keys, (&remembered, newest.as_ref()), now).await?;
    }
    let signer = reader(keys, origin, seed).await?;
    match remember(data, &signer).await {
        // The next folding of events remembers it, once the key store takes something again.
        Err(error) if is_unwritable(&error) => {
            tracing::error!(%error, "the newest checkpoint could not be remembered: the key store can't be written");
        }
        outcome => outcome?,
    }
    Ok(signer)
}

/// Whether the data has what was signed last: if not, it was put back to an earlier state.
///
/// # Errors
/// Storage.
pub async fn goes_on(data: &Db, keys: &Db) -> Result<bool, DbError> {
    Ok(lost(data, keys).await?.is_none())
}

/// The newest checkpoint that was signed, if the data has it no more.
async fn lost(data: &Db, keys: &Db) -> Result<Option<Head>, DbError> {
    let Some(head) = remembered(keys).await? else { return Ok(None) };
    Ok(if holds(data, &head).await? { None } else { Some(head) })
}

/// The signer under the log's present name, whatever the data is like.
///
/// # Errors
/// [`LedgerError`].
pub async fn reader(keys: &Db, origin: &str, seed: [u8; 32]) -> Result<Signer, LedgerError> {
    let (number,) = sql("SELECT COALESCE(MAX(number), 1) FROM log_generation").fetch_one::<(i64,)>(keys).await?;
    Ok(Signer::of_generation(origin, seed, number, keys.clone()))
}

async fn newest(data: &Db) -> Result<Option<Head>, DbError> {
    sql("SELECT tree_size, root_hash, note FROM checkpoint ORDER BY tree_size DESC LIMIT 1").fetch_optional(data).await
}

async fn remembered(keys: &Db) -> Result<Option<Head>, DbError> {
    sql("SELECT tree_size, root_hash, note FROM log_head").fetch_optional(keys).await
}

async fn holds(data: &Db, head: &Head) -> Result<bool, DbError> {
    let row = sql("SELECT root_hash FROM checkpoint WHERE tree_size = $1")
        .bind(head.tree_size)
        .fetch_optional::<(Vec<u8>,)>(data)
        .await?;
    Ok(row.is_some_and(|(root,)| root == head.root_hash))
}

/// Begins a new name, unless another server was faster.
async fn begin(data: &Db, keys: &Db, (lost, newest): (&Head, Option<&Head>), now: Moment) -> Result<(), LedgerError> {
    let size = newest.map_or(0, |head| head.tree_size);
    let mut tx = keys.begin().await?;
    tx.lock("log_head").await?;
    let still = sql("SELECT tree_size, root_hash, note FROM log_head").fetch_optional::<Head>(&mut tx).await?;
    if still.as_ref() != Some(lost) {
        return Ok(());
    }
    let (number,) = sql("SELECT COALESCE(MAX(number), 1) + 1 FROM log_generation").fetch_one::<(i64,)>(&mut tx).await?;
    sql("INSERT INTO log_generation (number, tree_size, lost_note, begun_at) VALUES ($1, $2, $3, $4)")
        .bind(number)
        .bind(size)
        .bind(&lost.note)
        .bind(now.0)
        .execute(&mut tx)
        .await?;
    sql("DELETE FROM log_head").execute(&mut tx).await?;
    if let Some(newest) = newest {
        insert(&mut tx, newest).await?;
    }
    // The data first: killed between the two, the next start tells it again; the other way round nobody would.
    let signed = lost.tree_size;
    tracing::error!(
        generation = number,
        size,
        signed,
        "the ledger's log is not the one that was signed last: its data was put back to an earlier state. It goes on under a \
         new name; checkpoints and documents under the names before still hold"
    );
    let mut told = data.begin().await?;
    mark_put_back(&mut told, PutBack::Lost).await?;
    append(&mut told, &Pseudonym::centre(), now, &Event::LogContinued { generation: number, size, signed }).await?;
    told.commit().await?;
    tx.commit().await?;
    Ok(())
}

async fn insert(tx: &mut Tx, head: &Head) -> Result<(), DbError> {
    sql("INSERT INTO log_head (tree_size, root_hash, note) VALUES ($1, $2, $3)")
        .bind(head.tree_size)
        .bind(&head.root_hash)
        .bind(&head.note)
        .execute(tx)
        .await?;
    Ok(())
}

/// Remembers the newest checkpoint, if it is newer than what is remembered.
///
/// # Errors
/// [`LedgerError::Db`].
pub(super) async fn remember(data: &Db, signer: &Signer) -> Result<(), LedgerError> {
    let Some(keys) = &signer.memory else { return Ok(()) };
    let Some(newest) = newest(data).await? else { return Ok(()) };
    if remembered(keys).await?.is_some_and(|head| head.tree_size >= newest.tree_size) {
        return Ok(());
    }
    let mut tx = keys.begin().await?;
    tx.lock("log_head").await?;
    sql("DELETE FROM log_head WHERE tree_size < $1").bind(newest.tree_size).execute(&mut tx).await?;
    let other = sql("SELECT tree_size FROM log_head").fetch_optional::<(i64,)>(&mut tx).await?;
    if other.is_none() {
        insert(&mut tx, &newest).await?;
    }
    tx.commit().await?;
    Ok(())
}
