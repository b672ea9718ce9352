//! The gate at every start: nobody is served, and no job runs, before the data has everything that the log has.
//!
//! Whether it has is a few questions to the databases: how far the log goes, which entries the data still holds as pending, where
//! it stands, and which entries the log has from there on. What neither was known up to there nor is pending came about in a
//! later state of this data: it was put back by a restore, or by hand (see `watermark.rs`). A restore says so itself, and so does
//! the ledger's log where events are gone: then nothing needs to be missing here, but who was signed out since, or whose code
//! was used, must not find that undone.
//!
//! One process at a time brings the data up; who comes to the gate meanwhile waits, and finds it done. A command passes only
//! where nobody else uses the databases, see [`crate::open`]: replaying signs everybody out.
//!
//! Killed at any point, the next start begins again: where the data stands is written last, after the ledger was verified.

use std::collections::{HashMap, HashSet};

use app::time::Moment;
use uuid::Uuid;

use super::exact::Names;
use super::store::EntryRow;
use super::watermark::{PutBack, Standing, mark_brought_up, newest, pending, put_back, settle, stand, standing};
use super::{Entry, apply, sealed, store, subject, told};
use crate::centre::Centre;
use crate::ledger::{self, Event, Pseudonym};
use crate::storage::{Db, DbError, sql};
use crate::vault::Vault;
use crate::web::fault::Fault;
use crate::{legal_hold, numbers, records, sharing};

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
         {1}. Nothing is served. If the key store is new, or another centre's, put back the one of this data, with restore-keys; \
         otherwise look with verify-ledger, or restore another backup of the data"
    )]
    Ledger(usize, String),
}

/// Somebody else has moved the watermark while the data was brought up.
#[derive(Debug, thiserror::Error)]
#[error("another server wrote into the data while it was brought up: stop every server and start again")]
struct Moved;

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

/// What the data lacks.
struct Behind {
    /// Where it stands.
    seen: Standing,
    /// Everything of the log up to here is in it.
    knows: Standing,
    /// Ids of entries after that which came about in it.
    own: HashSet<String>,
    /// Something of a later state is known to be gone.
    has_lost: bool,
}

/// Where the data's knowledge of the log ends; none: it has everything.
async fn behind(data: &Db, keys: &Db) -> Result<Option<Behind>, DbError> {
    // In this order, since another server may be writing: what is in the log by now is in the data, pending or settled, and
    // was pending before it was settled.
    let newest = newest(keys).await?.position;
    let own = pending(data).await?;
    let put_back = put_back(data).await?;
    let seen = standing(data).await?;
    let has_lost = put_back == Some(PutBack::Lost);
    if seen.contradicts(&seen.in_log(keys).await?) {
        return Ok(Some(Behind { seen, knows: Standing::default(), own, has_lost }));
    }
    let lacks_any = lacks_any(keys, (&seen, newest), &own).await?;
    let is_behind = put_back.is_some() || lacks_any;
    Ok(is_behind.then(|| Behind { knows: seen.clone(), seen, own, has_lost: has_lost || lacks_any }))
}

/// Whether the log has an entry after where the data stands, up to a position, that is not the data's own.
async fn lacks_any(keys: &Db, (seen, newest): (&Standing, i64), own: &HashSet<String>) -> Result<bool, DbError> {
    let mut from = seen.position + 1;
    while from <= newest {
        let entries = entries_from(keys, from).await?;
        if entries.iter().any(|entry| entry.position <= newest && !own.contains(&entry.row.id)) {
            return Ok(true);
        }
        let Some(last) = entries.last() else { break };
        from = last.position + 1;
    }
    Ok(false)
}

/// Whether something must be replayed before this data may be used.
///
/// # Errors
/// Storage.
pub async fn is_behind(data: &Db, vault: &Vault) -> Result<bool, DbError> {
    lags(data, vault.store()).await
}

/// The same of the two databases.
///
/// # Errors
/// Storage.
pub(crate) async fn lags(data: &Db, keys: &Db) -> Result<bool, DbError> {
    Ok(behind(data, keys).await?.is_some())
}

/// Brings the data up to the log, if it is behind, and verifies the ledger then. Waits for another process that does.
///
/// # Errors
/// [`GateError`]: then nobody may be served.
pub async fn catch_up(centre: &Centre) -> Result<Option<Caught>, GateError> {
    let (data, keys) = (&centre.data, centre.vault.store());
    if behind(data, keys).await?.is_none() {
        return Ok(None);
    }
    let _turn = data.turn("catching up").await?;
    let Some(behind) = behind(data, keys).await? else { return Ok(None) };
    tracing::warn!(
        "the data was put back to an earlier state: it is brought up to the replay log before anybody is served"
    );
    let (caught, upto) = replay(centre, &behind).await?;
    let verified = ledger::verify_by(data, &centre.signer.verifiers()).await.map_err(Fault::from)?;
    if let Err(findings) = verified {
        findings.iter().for_each(|finding| tracing::error!(%finding, "the ledger is not whole"));
        let first = findings.first().map(ToString::to_string).unwrap_or_default();
        return Err(GateError::Ledger(findings.len(), first));
    }
    finish(centre, caught, (&behind.seen, &upto)).await?;
    tracing::warn!(entries = caught.entries, unreadable = caught.unreadable, "the data has caught up");
    Ok(Some(caught))
}

/// Replays what the data lacks; returns up to where it has everything then.
async fn replay(centre: &Centre, behind: &Behind) -> Result<(Caught, Standing), Fault> {
    let (data, keys) = (&centre.data, centre.vault.store());
    // What this data still holds as pending belongs into the log, too.
    store::flush(centre).await?;
    told::begin(centre, store::newest_at(keys).await?, behind.has_lost).await?;
    // First of all what can't be read any more: no page, and nothing below, may come upon it.
    let unreadable = if sealed::any_destroyed(keys).await? { sealed::remove(data, keys).await? } else { 0 };
    let (entries, upto) = replay_entries(centre, behind, told::as_of(data).await?).await?;
    let now = centre.now();
    let mut tx = data.begin().await?;
    apply::recount(&mut tx).await?;
    apply::end_what_was_under_way(&mut tx, now).await?;
    tx.commit().await?;
    records::retention::run(centre, now).await?;
    sharing::retention::run(centre, now).await?;
    legal_hold::run(centre, now).await?;
    Ok((Caught { entries, unreadable }, upto))
}

impl Behind {
    /// When an entry was decided. One that the data lacks came after everything that it knows, also where a clock that was ahead
    /// had been put back in between: its "no" is not older than the "yes" before it.
    fn moment(&self, row: &EntryRow, as_of: Option<Moment>) -> Moment {
        let lacks = self.knows == self.seen && !self.own.contains(&row.id);
        let earliest = as_of.filter(|as_of| lacks && row.at < as_of.0).map(|as_of| as_of.plus(1));
        earliest.unwrap_or(Moment(row.at))
    }
}

async fn replay_entries(centre: &Centre, behind: &Behind, as_of: Option<Moment>) -> Result<(u64, Standing), Fault> {
    let people = people(centre).await?;
    replay_names(centre, (behind, as_of), &people).await?;
    let (mut upto, mut count) = (behind.knows.clone(), 0);
    loop {
        let entries = entries_from(centre.vault.store(), upto.position + 1).await?;
        let Some(last) = entries.last() else { return Ok((count, upto)) };
        upto = Standing { position: last.position, entry_id: Some(last.row.id.clone()) };
        let mut tx = centre.data.begin().await?;
        let mut erased = HashSet::new();
        for Positioned { row, .. } in &entries {
            let entry: Entry = serde_json::from_str(&row.body)?;
            count += 1;
            if let Entry::NumberGivenUp(tombstone) = &entry {
                numbers::put_back(&mut tx, tombstone, Moment(row.at)).await?;
                continue;
            }
            // Who came after this backup is not here.
            let Some(person) = people.get(row.subject.as_slice()).filter(|person| !erased.contains(*person)) else {
                continue;
            };
            if !is_there(&mut tx, *person).await? {
                erased.insert(*person);
                continue;
            }
            apply::apply(&mut tx, centre, *person, &entry, behind.moment(row, as_of)).await?;
        }
        tx.commit().await?;
    }
}

/// Phones and usernames come first: what is replayed after them is told to the phone that the person has now.
async fn replay_names(
    centre: &Centre,
    (behind, as_of): (&Behind, Option<Moment>),
    people: &HashMap<Vec<u8>, Uuid>,
) -> Result<(), Fault> {
    let (mut next, mut names) = (behind.knows.position + 1, Names::default());
    loop {
        let entries = entries_from(centre.vault.store(), next).await?;
        let Some(last) = entries.last() else { break };
        next = last.position + 1;
        for Positioned { row, .. } in &entries {
            if let Some(person) = people.get(row.subject.as_slice()) {
                names.add(*person, &serde_json::from_str(&row.body)?, behind.moment(row, as_of))?;
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
async fn finish(centre: &Centre, caught: Caught, (seen, upto): (&Standing, &Standing)) -> Result<(), Fault> {
    let mut tx = centre.data.begin().await?;
    let Caught { entries, unreadable } = caught;
    let event = Event::Replayed { entries: i64::try_from(entries)?, unreadable: i64::try_from(unreadable)? };
    ledger::append(&mut tx, &Pseudonym::centre(), centre.now(), &event).await?;
    told::end(&mut tx, centre.now()).await?;
    mark_brought_up(&mut tx).await?;
    if !stand(&mut tx, seen, upto).await? {
        return Err(Moved.into());
    }
    tx.commit().await?;
    settle(centre).await
}
