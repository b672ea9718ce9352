//! The gate at every start: nobody is served, and no job runs, before the data has everything that the log has.
//!
//! Whether it has is a few questions to the databases: how far the log goes, which entries the data still holds as pending, where
//! it stands, and which entries the log has from there on. What neither was known up to there nor is pending came about in a later state of this
//! data: it was put back by a restore, or by hand.
//!
//! Killed at any point, the next start begins again: where the data stands is written last, after the ledger was verified.

use std::collections::{HashMap, HashSet};

use app::time::Moment;
use uuid::Uuid;

use super::exact::Names;
use super::store::{EntryRow, Standing, newest, pending, settle, stand, standing};
use super::{Entry, apply, sealed, store, subject, told};
use crate::centre::Centre;
use crate::ledger::{self, Event, Pseudonym};
use crate::storage::{Db, DbError, sql};
use crate::vault::Vault;
use crate::web::fault::Fault;
use crate::{legal_hold, records, sharing};

/// Entries per transaction.
const PAGE: i64 = 500;

/// What a catching up has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caught {
    /// Entries that were replayed.
    pub entries: u64,
    /// Rows that were removed because their key was destroyed.
    pub unreadable: u64,
}

/// The data can't be served. The texts are for the operator.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// Where the data stands can't be read.
    #[error("whether the data is behind the replay log can't be read: {0}")]
    Db(#[from] DbError),
    /// Something failed.
    #[error(
        "the data is older than the replay log, and replaying failed with reference {0}: the log says why. Nothing is \
         served before it is done; starting again goes on"
    )]
    Replay(String),
    /// The ledger is not whole.
    #[error(
        "the data is older than the replay log, and after replaying the ledger is NOT whole: {0} findings, the first: \
         {1}. Nothing is served: look with verify-ledger, or restore another backup"
    )]
    Ledger(usize, String),
}

impl From<Fault> for GateError {
    fn from(fault: Fault) -> Self {
        Self::Replay(fault.reference().to_owned())
    }
}

/// An entry of the log and where it stands.
#[derive(sqlx::FromRow)]
struct Positioned {
    position: i64,
    #[sqlx(flatten)]
    row: EntryRow,
}

async fn entries_from(keys: &Db, position: i64) -> Result<Vec<Positioned>, DbError> {
    sql("SELECT position, id, subject, kind, body, at FROM replay_log WHERE position >= $1 ORDER BY position LIMIT $2")
        .bind(position)
        .bind(PAGE)
        .fetch_all(keys)
        .await
}

async fn id_at(keys: &Db, position: i64) -> Result<Option<String>, DbError> {
    let row =
        sql("SELECT id FROM replay_log WHERE position = $1").bind(position).fetch_optional::<(String,)>(keys).await?;
    Ok(row.map(|(id,)| id))
}

/// Where the data's knowledge of the log ends; none: it has everything.
async fn behind_from(data: &Db, keys: &Db) -> Result<Option<i64>, DbError> {
    // In this order, since another server may be writing: what is in the log by now is in the data, pending or settled, and
    // was pending before it was settled.
    let newest = newest(keys).await?.position;
    let own = pending(data).await?;
    let Standing { position, entry_id } = standing(data).await?;
    if entry_id.is_some() && id_at(keys, position).await? != entry_id {
        // Not the log that it was: it was put back, or is another one.
        return Ok(Some(0));
    }
    let mut from = position + 1;
    while from <= newest {
        let entries = entries_from(keys, from).await?;
        if entries.iter().any(|entry| entry.position <= newest && !own.contains(&entry.row.id)) {
            return Ok(Some(position));
        }
        let Some(last) = entries.last() else { break };
        from = last.position + 1;
    }
    Ok(None)
}

/// Whether something must be replayed before this data may be used.
///
/// # Errors
/// Storage.
pub async fn is_behind(data: &Db, vault: &Vault) -> Result<bool, DbError> {
    Ok(behind_from(data, vault.store()).await?.is_some())
}

/// Brings the data up to the log, if it is behind, and verifies the ledger then.
///
/// # Errors
/// [`GateError`]: then nobody may be served.
pub async fn catch_up(centre: &Centre) -> Result<Option<Caught>, GateError> {
    let keys = centre.vault.store();
    let Some(from) = behind_from(&centre.data, keys).await? else { return Ok(None) };
    tracing::warn!("the data is older than the replay log: it is brought up to it before anybody is served");
    let caught = replay(centre, from).await?;
    let verified = ledger::verify_by(&centre.data, &centre.signer.verifiers()).await.map_err(Fault::from)?;
    if let Err(findings) = verified {
        findings.iter().for_each(|finding| tracing::error!(%finding, "the ledger is not whole"));
        let first = findings.first().map(ToString::to_string).unwrap_or_default();
        return Err(GateError::Ledger(findings.len(), first));
    }
    finish(centre, caught).await?;
    tracing::warn!(entries = caught.entries, unreadable = caught.unreadable, "the data has caught up");
    Ok(Some(caught))
}

async fn replay(centre: &Centre, from: i64) -> Result<Caught, Fault> {
    let (data, keys) = (&centre.data, centre.vault.store());
    // What this data still holds as pending belongs into the log, too.
    store::flush(centre).await?;
    told::begin(centre, store::newest_at(keys).await?).await?;
    // First of all what can't be read any more: no page, and nothing below, may come upon it.
    let unreadable = if sealed::any_destroyed(keys).await? { sealed::remove(data, keys).await? } else { 0 };
    let entries = replay_entries(centre, from).await?;
    let now = centre.now();
    let mut tx = data.begin().await?;
    apply::recount(&mut tx).await?;
    apply::end_what_was_under_way(&mut tx, now).await?;
    tx.commit().await?;
    records::retention::run(centre, now).await?;
    sharing::retention::run(centre, now).await?;
    legal_hold::run(centre, now).await?;
    Ok(Caught { entries, unreadable })
}

async fn replay_entries(centre: &Centre, from: i64) -> Result<u64, Fault> {
    let people = people(centre).await?;
    replay_names(centre, from, &people).await?;
    let (mut next, mut count) = (from + 1, 0);
    loop {
        let entries = entries_from(centre.vault.store(), next).await?;
        let Some(last) = entries.last() else { return Ok(count) };
        next = last.position + 1;
        let mut tx = centre.data.begin().await?;
        let mut erased = HashSet::new();
        for Positioned { row, .. } in &entries {
            let EntryRow { subject, body, at, .. } = row;
            let entry: Entry = serde_json::from_str(body)?;
            count += 1;
            // Who came after this backup is not here.
            let Some(person) = people.get(subject.as_slice()).filter(|person| !erased.contains(*person)) else {
                continue;
            };
            if !is_there(&mut tx, *person).await? {
                erased.insert(*person);
                continue;
            }
            apply::apply(&mut tx, centre, *person, &entry, Moment(*at)).await?;
        }
        tx.commit().await?;
    }
}

/// Phones and usernames come first: what is replayed after them is told to the phone that the person has now.
async fn replay_names(centre: &Centre, from: i64, people: &HashMap<Vec<u8>, Uuid>) -> Result<(), Fault> {
    let (mut next, mut names) = (from + 1, Names::default());
    loop {
        let entries = entries_from(centre.vault.store(), next).await?;
        let Some(last) = entries.last() else { break };
        next = last.position + 1;
        for Positioned { row: EntryRow { subject, body, at, .. }, .. } in &entries {
            if let Some(person) = people.get(subject.as_slice()) {
                names.add(*person, &serde_json::from_str(body)?, Moment(*at))?;
            }
        }
    }
    let mut tx = centre.data.begin().await?;
    names.put_back(&mut tx, centre).await?;
    tx.commit().await?;
    Ok(())
}

async fn is_there(tx: &mut crate::storage::Tx, person: Uuid) -> Result<bool, Fault> {
    let row = sql("SELECT id FROM person WHERE id = $1").bind(person).fetch_optional::<(String,)>(tx).await?;
    Ok(row.is_some())
}

/// Everybody by the name that the log has for them.
async fn people(centre: &Centre) -> Result<HashMap<Vec<u8>, Uuid>, Fault> {
    let mut people = HashMap::new();
    let mut after = String::new();
    loop {
        let page = sql("SELECT id FROM person WHERE id > $1 ORDER BY id LIMIT $2")
            .bind(&after)
            .bind(PAGE)
            .fetch_all::<(String,)>(&centre.data)
            .await?;
        let Some((last,)) = page.last() else { return Ok(people) };
        after.clone_from(last);
        for (id,) in page {
            let person = Uuid::parse_str(&id)?;
            people.insert(subject(&centre.vault, person).to_vec(), person);
        }
    }
}

/// Says in the ledger what was done, and writes down where the data stands.
async fn finish(centre: &Centre, caught: Caught) -> Result<(), Fault> {
    let newest = newest(centre.vault.store()).await?;
    let mut tx = centre.data.begin().await?;
    let Caught { entries, unreadable } = caught;
    let event = Event::Replayed { entries: i64::try_from(entries)?, unreadable: i64::try_from(unreadable)? };
    ledger::append(&mut tx, &Pseudonym::centre(), centre.now(), &event).await?;
    told::end(&mut tx, centre.now()).await?;
    stand(&mut tx, &newest).await?;
    tx.commit().await?;
    settle(centre).await
}
