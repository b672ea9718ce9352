//! A person's chain of events.

use app::proof::merkle::{Hash, leaf_hash};
use app::time::Moment;
use sha2::{Digest as _, Sha256};

use super::LedgerError;
use super::event::{Event, Pseudonym};
use crate::storage::{Db, DbError, Executor, Tx, sql};

/// The hash before the first event.
pub const BEGINNING: Hash = [0; 32];

/// An event as it stands in its row.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct EventRow {
    /// Whose.
    pub pseudonym: String,
    /// Its place in the chain, from 0.
    pub position: i64,
    /// UTC milliseconds.
    pub at: i64,
    /// The event as JSON, exactly as hashed.
    pub body: String,
    /// The hash of the event before.
    pub previous_hash: Vec<u8>,
    /// The hash of this one.
    pub hash: Vec<u8>,
}

impl EventRow {
    /// The bytes that are hashed, for the chain and (as a leaf) for the log: see [`super`] for their form.
    ///
    /// # Errors
    /// [`LedgerError::Json`], which strings and numbers never cause.
    pub fn canonical(&self) -> Result<Vec<u8>, LedgerError> {
        #[derive(serde::Serialize)]
        struct Canonical<'a> {
            pseudonym: &'a str,
            position: i64,
            at: i64,
            previous: String,
            body: &'a str,
        }
        let previous = self.previous_hash.iter().map(|b| format!("{b:02x}")).collect();
        let Self { pseudonym, position, at, body, .. } = self;
        Ok(serde_json::to_vec(&Canonical { pseudonym, position: *position, at: *at, previous, body })?)
    }
}

/// An event's hash in its chain: SHA-256 of its canonical bytes.
pub fn chain_hash(canonical: &[u8]) -> Hash {
    Sha256::digest(canonical).into()
}

/// Writes an event into the person's chain, in the transaction of what it tells of. Returns its position, from 0.
///
/// The chain stays locked until the transaction ends, so two events never take the same position.
///
/// # Errors
/// [`LedgerError`].
pub async fn append(tx: &mut Tx, pseudonym: &Pseudonym, at: Moment, event: &Event) -> Result<i64, LedgerError> {
    let name = pseudonym.as_str();
    tx.lock(&format!("chain:{name}")).await?;
    let head = sql("SELECT length, hash FROM chain_head WHERE pseudonym = $1")
        .bind(name)
        .fetch_optional::<(i64, Vec<u8>)>(&mut *tx)
        .await?;
    let (position, previous_hash) = head.unwrap_or((0, BEGINNING.to_vec()));
    let mut row = EventRow {
        pseudonym: name.to_owned(),
        position,
        at: at.0,
        body: serde_json::to_string(event)?,
        previous_hash,
        hash: Vec::new(),
    };
    let canonical = row.canonical()?;
    row.hash = chain_hash(&canonical).to_vec();
    sql("INSERT INTO event (pseudonym, position, at, body, previous_hash, hash) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(name)
        .bind(position)
        .bind(row.at)
        .bind(&row.body)
        .bind(&row.previous_hash)
        .bind(&row.hash)
        .execute(tx)
        .await?;
    sql("INSERT INTO chain_head (pseudonym, length, hash) VALUES ($1, $2, $3) \
         ON CONFLICT (pseudonym) DO UPDATE SET length = excluded.length, hash = excluded.hash")
    .bind(name)
    .bind(position + 1)
    .bind(&row.hash)
    .execute(tx)
    .await?;
    sql("INSERT INTO pending_event (pseudonym, position, leaf_hash) VALUES ($1, $2, $3)")
        .bind(name)
        .bind(position)
        .bind(leaf_hash(&canonical))
        .execute(tx)
        .await?;
    Ok(position)
}

/// An event of one's own.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Its place in the chain.
    pub position: i64,
    /// When.
    pub at: Moment,
    /// What.
    pub event: Event,
}

/// All events of a person, oldest first.
///
/// # Errors
/// [`LedgerError`].
pub async fn history(on: impl Into<Executor<'_>>, pseudonym: &Pseudonym) -> Result<Vec<Recorded>, LedgerError> {
    let rows = sql("SELECT position, at, body FROM event WHERE pseudonym = $1 ORDER BY position")
        .bind(pseudonym.as_str())
        .fetch_all::<(i64, i64, String)>(on)
        .await?;
    rows.into_iter()
        .map(|(position, at, body)| Ok(Recorded { position, at: Moment(at), event: Event::read(&body)? }))
        .collect()
}

/// The first event of a chain, if there is one.
///
/// # Errors
/// Storage.
pub async fn first(on: impl Into<Executor<'_>>, pseudonym: &Pseudonym) -> Result<Option<Recorded>, LedgerError> {
    let row = sql("SELECT position, at, body FROM event WHERE pseudonym = $1 AND position = 0")
        .bind(pseudonym.as_str())
        .fetch_optional::<(i64, i64, String)>(on)
        .await?;
    let recorded = |(position, at, body): (_, _, String)| {
        Ok(Recorded { position, at: Moment(at), event: serde_json::from_str(&body)? })
    };
    row.map(recorded).transpose()
}

/// When the newest event of all happened.
///
/// # Errors
/// Storage.
pub async fn latest(db: &Db) -> Result<Option<Moment>, DbError> {
    let (latest,) = sql("SELECT MAX(at) FROM event").fetch_one::<(Option<i64>,)>(db).await?;
    Ok(latest.map(Moment))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::reference::hex;

    #[test]
    fn the_canonical_bytes_are_fixed() {
        let row = EventRow {
            pseudonym: "7d0c7b5e-6f2a-4a53-9d0e-0a4f6f1f2c3d".to_owned(),
            position: 1,
            at: 1_795_455_900_000,
            body: r#"{"kind":"care_mode_changed","on":true}"#.to_owned(),
            previous_hash: vec![0xAB; 32],
            hash: Vec::new(),
        };
        let expected = [
            r#"{"pseudonym":"7d0c7b5e-6f2a-4a53-9d0e-0a4f6f1f2c3d","position":1,"at":1795455900000,"previous":""#,
            &"ab".repeat(32),
            r#"","body":"{\"kind\":\"care_mode_changed\",\"on\":true}"}"#,
        ];
        let canonical = row.canonical().expect("plain data");
        assert_eq!(String::from_utf8_lossy(&canonical), expected.concat());
        // Computed apart from this program, with Python's hashlib.
        assert_eq!(hex(&chain_hash(&canonical)), "d1930351d1fdc89e9d5463e7f7c7fb613c45cc23f6266a6814435ad354b08e34");
    }
}
