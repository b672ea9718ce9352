//! Writing affairs, many at once: one transaction per batch. The newest report of each wins, in whatever order they come.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use app::cancellation::affair::Affair;
use app::time::Moment;
use uuid::Uuid;

use super::content_place;
use super::imported::Content;
use crate::accounts::store::{ACTIVE, STORED_ONLY};
use crate::cancellation::store::lock_name;
use crate::numbers::{self, Claim};
use crate::records::{LOCK, Refused, Written, refuse};
use crate::storage::{Db, Tx, sql_rows};
use crate::vault::{Category, SealingKey, Vault};
use crate::web::fault::Fault;

/// An affair to be written.
#[derive(Clone, Debug)]
pub struct NewAffair {
    /// The host's own id for it. With the person it decides which affair this is.
    pub host_id: String,
    /// Whose.
    pub person: Uuid,
    /// As of when.
    pub at: Moment,
    /// What it is.
    pub affair: Affair,
}

/// Rows per statement.
const CHUNK: usize = 250;

/// Which affair the host's id of this person means.
fn id_of(vault: &Vault, new: &NewAffair) -> Uuid {
    let index = vault.blind_index("affair", &format!("{}\n{}", new.person, new.host_id));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&index[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// Writes a batch in one transaction; the answers come in the order of the affairs.
///
/// # Errors
/// Storage or vault; then nothing of the batch was written.
pub async fn write(
    (data, vault): (&Db, &Vault),
    batch: &[NewAffair],
    now: Moment,
) -> Result<Vec<Result<Written, Refused>>, Fault> {
    write_claimed((data, vault), batch, (&[], 0), now).await
}

/// The same for affairs that name their person by phone, some or all: see [`numbers::refusals`].
///
/// # Errors
/// As [`write`].
pub async fn write_claimed(
    (data, vault): (&Db, &Vault),
    batch: &[NewAffair],
    claims: (&[Option<Claim>], i64),
    now: Moment,
) -> Result<Vec<Result<Written, Refused>>, Fault> {
    let mut tx = data.begin().await?;
    // A person's key is not retired while something is sealed under it.
    tx.lock_shared(LOCK).await?;
    hold_leaving(&mut tx, batch).await?;
    let in_use = in_use(&mut tx, batch).await?;
    let check =
        |new: &NewAffair| if in_use.contains(&new.person) { Ok(Written::Present) } else { Err(Refused::NoPerson) };
    let mut answers: Vec<_> = batch.iter().map(check).collect();
    refuse(&mut answers, numbers::refusals(&mut tx, vault, claims, now).await?);
    // Of several reports of one affair the newest counts. In the order of their ids, so that two imports never wait for each other.
    let mut newest: BTreeMap<Uuid, usize> = BTreeMap::new();
    for (i, new) in batch.iter().enumerate().filter(|(i, _)| answers[*i].is_ok()) {
        let kept = newest.entry(id_of(vault, new)).or_insert(i);
        if new.at > batch[*kept].at {
            *kept = i;
        }
    }
    let people: BTreeSet<_> = newest.values().map(|i| batch[*i].person).collect();
    let wanted: Vec<_> = people.iter().map(|person| (*person, Category::Affairs)).collect();
    let keys: BTreeMap<_, _> = people.into_iter().zip(vault.keys_for(&wanted, now).await?).collect();
    let newest: Vec<_> = newest.into_iter().collect();
    for chunk in newest.chunks(CHUNK) {
        let new = upsert(&mut tx, &keys, batch, chunk).await?;
        for (id, i) in chunk {
            if new.contains(id) {
                answers[*i] = Ok(Written::New);
            }
        }
    }
    tx.commit().await?;
    Ok(answers)
}

/// Waits until nobody is deciding whether one of them may be erased, and lets nobody decide before this batch is written: what
/// is answered as taken was looked at.
async fn hold_leaving(tx: &mut Tx, batch: &[NewAffair]) -> Result<(), Fault> {
    let people: Vec<_> = batch.iter().map(|new| new.person).collect::<BTreeSet<_>>().into_iter().collect();
    // In the order of their ids, so that two imports never wait for each other.
    for chunk in people.chunks(CHUNK) {
        let head =
            "SELECT person_id FROM cancellation WHERE ended_at IS NULL AND submitted_at IS NOT NULL AND person_id IN";
        let leaving = chunk.iter().fold(sql_rows(head, chunk.len(), 1, "ORDER BY person_id"), |s, id| s.bind(*id));
        for (id,) in leaving.fetch_all::<(String,)>(&mut *tx).await? {
            tx.lock(&lock_name(Uuid::parse_str(&id)?)).await?;
        }
    }
    Ok(())
}

/// Whose accounts are there. One in its cooling-off is, too, and one that a close relative had stored only: what comes meanwhile
/// counts when it is over. Of one that is being erased nothing more is written.
async fn in_use(tx: &mut Tx, batch: &[NewAffair]) -> Result<HashSet<Uuid>, Fault> {
    let people: Vec<_> = batch.iter().map(|new| new.person).collect::<HashSet<_>>().into_iter().collect();
    let mut in_use = HashSet::new();
    for chunk in people.chunks(CHUNK) {
        let states = sql_rows(
            "SELECT id, state FROM person WHERE NOT EXISTS (SELECT 1 FROM cancellation \
             WHERE person_id = person.id AND state = 'executing' AND ended_at IS NULL) AND id IN",
            chunk.len(),
            1,
            "",
        );
        let states = chunk.iter().fold(states, |statement, id| statement.bind(*id));
        for (id, state) in states.fetch_all::<(String, String)>(&mut *tx).await? {
            if state == ACTIVE || state == STORED_ONLY {
                in_use.insert(Uuid::parse_str(&id)?);
            }
        }
    }
    Ok(in_use)
}

/// Writes some of the batch where nothing newer stands; returns the ids of those that were written.
async fn upsert(
    tx: &mut Tx,
    keys: &BTreeMap<Uuid, SealingKey>,
    batch: &[NewAffair],
    chunk: &[(Uuid, usize)],
) -> Result<HashSet<Uuid>, Fault> {
    let mut statement = sql_rows(
        "INSERT INTO affair (id, person_id, at, is_open, content) VALUES",
        5,
        chunk.len(),
        "ON CONFLICT (id) DO UPDATE SET at = excluded.at, is_open = excluded.is_open, content = excluded.content \
         WHERE affair.at < excluded.at RETURNING id",
    );
    for (id, i) in chunk {
        let NewAffair { host_id, person, at, affair } = &batch[*i];
        let id = id.to_string();
        let content = Content { id: host_id.clone(), affair: affair.clone() };
        let plain = serde_json::to_vec(&content)?;
        let sealed = affair.open.then(|| keys[person].seal(content_place(&id), &plain));
        statement = statement.bind(id).bind(*person).bind(at.0).bind(affair.open).bind(sealed);
    }
    let written = statement.fetch_all::<(String,)>(tx).await?;
    Ok(written.iter().map(|(id,)| Uuid::parse_str(id)).collect::<Result<_, _>>()?)
}
