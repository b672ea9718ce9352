//! Writing disclosures, many at once: one transaction per batch. What rests on a consent that did not stand is taken in as it
//! was, and said to be so.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use app::consents::Purpose;
use app::promises::DISCLOSURE_YEARS;
use app::sharing::model::{Given, Ground, Recipient, Role};
use app::time::Moment;
use uuid::Uuid;

use super::content_place;
use super::ground::{Decisions, needed};
use crate::accounts::store::ACTIVE;
use crate::catalogue::Catalogue;
use crate::numbers::{self, Claim};
use crate::records::{LOCK, Refused, Written, refuse};
use crate::storage::{Db, Tx, sql_rows};
use crate::vault::{Category, SealingKey, Vault};
use crate::web::fault::Fault;

/// A disclosure to be written.
#[derive(Clone, Debug)]
pub struct NewDisclosure<'c> {
    /// The host's own id for it. With the person it decides which disclosure this is.
    pub host_id: String,
    /// Whose data.
    pub person: Uuid,
    /// To whom.
    pub recipient: &'c Recipient,
    /// When.
    pub at: Moment,
    /// On which ground.
    pub ground: Ground,
    /// With consent as its ground: for which purpose.
    pub purpose: Option<Purpose>,
    /// What was given.
    pub given: Given,
}

/// What became of a disclosure that was not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// It is new, or was there already.
    pub written: Written,
    /// Consent is its ground, and none stood at that time.
    pub unfounded: bool,
}

/// Rows per statement.
const CHUNK: usize = 250;

/// When a record of sharing is no more to be kept.
#[must_use]
pub fn end_of_retention(at: Moment) -> Option<Moment> {
    at.plus_span(jiff::Span::new().try_years(DISCLOSURE_YEARS).ok()?)
}

/// Which disclosure the host's id of this person means.
fn id_of(vault: &Vault, new: &NewDisclosure<'_>) -> Uuid {
    let index = vault.blind_index("disclosure", &format!("{}\n{}", new.person, new.host_id));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&index[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// Writes a batch in one transaction; the answers come in the order of the disclosures.
///
/// # Errors
/// Storage or vault; then nothing of the batch was written.
pub async fn write(
    (data, vault, catalogue): (&Db, &Vault, &Catalogue),
    batch: &[NewDisclosure<'_>],
    now: Moment,
) -> Result<Vec<Result<Taken, Refused>>, Fault> {
    write_claimed((data, vault, catalogue), batch, (&[], 0), now).await
}

/// The same for disclosures that name their person by phone, some or all: see [`numbers::refusals`].
///
/// # Errors
/// As [`write`].
pub async fn write_claimed(
    (data, vault, catalogue): (&Db, &Vault, &Catalogue),
    batch: &[NewDisclosure<'_>],
    claims: (&[Option<Claim>], i64),
    now: Moment,
) -> Result<Vec<Result<Taken, Refused>>, Fault> {
    let unfounded = unfounded(data, vault, catalogue, batch).await?;
    let ids: Vec<_> = batch.iter().map(|new| id_of(vault, new)).collect();
    let mut tx = data.begin().await?;
    // A person's key is not retired while something is sealed under it.
    tx.lock_shared(LOCK).await?;
    let in_use = in_use(&mut tx, batch).await?;
    let check = |(new, unfounded): (&NewDisclosure<'_>, &bool)| {
        if !in_use.contains(&new.person) {
            return Err(Refused::NoPerson);
        }
        if end_of_retention(new.at).is_none_or(|end| end <= now) {
            return Err(Refused::Expired);
        }
        Ok(Taken { written: Written::Present, unfounded: *unfounded })
    };
    let mut answers: Vec<_> = batch.iter().zip(&unfounded).map(check).collect();
    refuse(&mut answers, numbers::refusals(&mut tx, vault, claims, now).await?);
    let mut seen = HashSet::new();
    let fit: Vec<_> = (0..batch.len()).filter(|i| answers[*i].is_ok() && seen.insert(ids[*i])).collect();
    let people: BTreeSet<_> = fit.iter().map(|i| batch[*i].person).collect();
    let wanted: Vec<_> = people.iter().map(|person| (*person, Category::Disclosures)).collect();
    let keys: BTreeMap<_, _> = people.iter().copied().zip(vault.keys_for(&wanted, now).await?).collect();
    for chunk in fit.chunks(CHUNK) {
        let new = insert(&mut tx, &keys, (batch, &ids, &unfounded), chunk).await?;
        for i in chunk {
            if let (true, Ok(taken)) = (new.contains(&ids[*i]), &mut answers[*i]) {
                taken.written = Written::New;
            }
        }
    }
    tx.commit().await?;
    Ok(answers)
}

/// Which of them rest on a consent that did not stand.
async fn unfounded(
    data: &Db,
    vault: &Vault,
    catalogue: &Catalogue,
    batch: &[NewDisclosure<'_>],
) -> Result<Vec<bool>, Fault> {
    let mut decisions: BTreeMap<Uuid, Decisions> = BTreeMap::new();
    let mut unfounded = Vec::with_capacity(batch.len());
    for new in batch {
        if new.ground != Ground::Consent {
            unfounded.push(false);
            continue;
        }
        let decisions = match decisions.entry(new.person) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(Decisions::of(data, vault, new.person).await?),
        };
        let needed = new.purpose.and_then(|purpose| needed(new.recipient, purpose));
        unfounded.push(!needed.is_some_and(|needed| decisions.stood(catalogue, &needed, new.at)));
    }
    Ok(unfounded)
}

/// Whose accounts are there. One that is being cancelled is, too: the law keeps what was shared (网数条例 12).
async fn in_use(tx: &mut Tx, batch: &[NewDisclosure<'_>]) -> Result<HashSet<Uuid>, Fault> {
    let people: Vec<_> = batch.iter().map(|new| new.person).collect::<HashSet<_>>().into_iter().collect();
    let mut in_use = HashSet::new();
    for chunk in people.chunks(CHUNK) {
        let states = sql_rows("SELECT id, state FROM person WHERE id IN", chunk.len(), 1, "");
        let states = chunk.iter().fold(states, |statement, id| statement.bind(*id));
        for (id, state) in states.fetch_all::<(String, String)>(&mut *tx).await? {
            if state == ACTIVE {
                in_use.insert(Uuid::parse_str(&id)?);
            }
        }
    }
    Ok(in_use)
}

/// Inserts some of the batch; returns the ids of those that were not there yet.
async fn insert(
    tx: &mut Tx,
    keys: &BTreeMap<Uuid, SealingKey>,
    (batch, ids, unfounded): (&[NewDisclosure<'_>], &[Uuid], &[bool]),
    chunk: &[usize],
) -> Result<HashSet<Uuid>, Fault> {
    let mut statement = sql_rows(
        "INSERT INTO disclosure (id, person_id, recipient, at, ground, purpose, is_public, unfounded, content) VALUES",
        9,
        chunk.len(),
        "ON CONFLICT (id) DO NOTHING RETURNING id",
    );
    for i in chunk.iter().copied() {
        let new = &batch[i];
        let id = ids[i].to_string();
        let sealed = keys[&new.person].seal(content_place(&id), &serde_json::to_vec(&new.given)?);
        statement = statement
            .bind(id)
            .bind(new.person)
            .bind(&new.recipient.id)
            .bind(new.at.0)
            .bind(new.ground.id())
            .bind(new.purpose.map(|purpose| purpose.id().to_owned()))
            .bind(new.recipient.role == Role::Public)
            .bind(unfounded[i])
            .bind(sealed);
    }
    let new = statement.fetch_all::<(String,)>(tx).await?;
    Ok(new.iter().map(|(id,)| Uuid::parse_str(id)).collect::<Result<_, _>>()?)
}
