//! The age band that somebody named when they registered: the one question of every rule that is about it. It is sealed in the
//! account's row from registration on; an account from before that has it in its `Registered` event: it is read from there, and
//! sealed into the row once.

use std::str::FromStr as _;

use app::accounts::model::AgeBand;
use uuid::Uuid;

use super::store::{ERASING, open_pseudonym, person_place};
use crate::centre::Centre;
use crate::ledger::{self, Event, Pseudonym};
use crate::storage::{Executor, sql};
use crate::vault::{Category, KeyRing, Vault};
use crate::web::fault::Fault;

/// An account has no age band: who may be a child must not pass for grown up.
#[derive(Debug, thiserror::Error)]
#[error("an account has no age band, in its row or in its first event")]
struct Unknown;

/// Opens the band of an account; of one without, reads its `Registered` event.
///
/// # Errors
/// Storage or vault, or when there is none.
pub(super) async fn open(
    on: impl Into<Executor<'_>>,
    ring: &KeyRing,
    (id, pseudonym): (&str, &Pseudonym),
    sealed: Option<&[u8]>,
) -> Result<AgeBand, Fault> {
    let text = match sealed {
        Some(sealed) => ring.open_text(person_place("age_band", id), sealed).await?.to_string(),
        None => match ledger::first(on, pseudonym).await?.map(|recorded| recorded.event) {
            Some(Event::Registered { age_band: Some(band), .. }) => band,
            _ => return Err(Unknown.into()),
        },
    };
    Ok(AgeBand::from_str(&text).map_err(|_| Unknown)?)
}

/// The band of a person for whom no [`Caller`](crate::web::visit::Caller) is at hand.
///
/// # Errors
/// Storage or vault, or somebody who has none.
pub async fn of(on: impl Into<Executor<'_>>, vault: &Vault, person: Uuid) -> Result<AgeBand, Fault> {
    let mut on = on.into();
    let id = person.to_string();
    let row = sql("SELECT pseudonym, age_band FROM person WHERE id = $1").bind(&id);
    let row = row.fetch_optional::<(Vec<u8>, Option<Vec<u8>>)>(on.again()).await?;
    let (pseudonym, sealed) = row.ok_or(Unknown)?;
    let ring = vault.ring(person).await?;
    let pseudonym = open_pseudonym(&ring, &id, &pseudonym).await?;
    open(on, &ring, (&id, &pseudonym), sealed.as_deref()).await
}

/// Accounts at once.
const BATCH: i64 = 250;

/// Seals the band of every account that has it only in its event. Stopped at any point, the next run goes on.
///
/// # Errors
/// Storage or vault; the others were sealed.
pub async fn seal_older(centre: &Centre) -> Result<u64, Fault> {
    let (mut after, mut count, mut failed) = (String::new(), 0, None);
    loop {
        let older = sql("SELECT id, pseudonym FROM person WHERE age_band IS NULL AND state <> $1 AND id > $2 \
             ORDER BY id LIMIT $3")
        .bind(ERASING)
        .bind(&after)
        .bind(BATCH)
        .fetch_all::<(String, Vec<u8>)>(&centre.data)
        .await?;
        let Some((last, _)) = older.last() else { return failed.map_or(Ok(count), Err) };
        after.clone_from(last);
        for (id, pseudonym) in &older {
            match seal(centre, id, pseudonym).await {
                Ok(sealed) => count += sealed,
                Err(fault) => failed = Some(fault),
            }
        }
    }
}

async fn seal(centre: &Centre, id: &str, pseudonym: &[u8]) -> Result<u64, Fault> {
    let person = Uuid::parse_str(id)?;
    // Whose key is gone or about to go is being erased: no new one is made for them.
    let Some(key) = centre.vault.key_in_use(person, Category::Identity).await? else { return Ok(0) };
    let ring = centre.vault.ring(person).await?;
    let pseudonym = open_pseudonym(&ring, id, pseudonym).await?;
    let band = open(&centre.data, &ring, (id, &pseudonym), None).await?;
    let mut tx = centre.data.begin().await?;
    let sealed = sql("UPDATE person SET age_band = $2 WHERE id = $1 AND age_band IS NULL AND state <> $3")
        .bind(id)
        .bind(key.seal(person_place("age_band", id), band.id().as_bytes()))
        .bind(ERASING)
        .execute(&mut tx)
        .await?;
    tx.commit().await?;
    Ok(sealed)
}
