//! Proof of death and of kinship: sealed under a key of the request's own, and gone with its answer in every copy.

use app::accounts::model::Wrong;
use app::relatives::model::{Format, ProofFile, Shows};
use app::relatives::rules;
use app::time::Moment;
use uuid::Uuid;

use super::claims::awaits_proof;
use crate::centre::Centre;
use crate::ledger::{self, Event};
use crate::records::erase;
use crate::replay::{self, Entry};
use crate::storage::{Executor, Tx, sql};
use crate::vault::{Category, Place};
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// The database holds a proof that this program does not know.
#[derive(Debug, thiserror::Error)]
#[error("a proof is of an unknown {0}")]
struct Unknown(&'static str);

const fn place(row: &str) -> Place<'_> {
    Place { table: "kin_proof", column: "sealed", row }
}

/// What a file is, by its content: neither its name nor the type that came with it counts.
#[must_use]
pub fn format_of(bytes: &[u8]) -> Option<Format> {
    match bytes {
        [0xFF, 0xD8, 0xFF, ..] => Some(Format::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Format::Png),
        [b'%', b'P', b'D', b'F', b'-', ..] => Some(Format::Pdf),
        _ => None,
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    shows: String,
    format: String,
    bytes: i64,
    at: i64,
}

impl Row {
    fn read(self) -> Result<ProofFile, Fault> {
        Ok(ProofFile {
            shows: self.shows.parse().map_err(|_| Unknown("sort"))?,
            format: self.format.parse().map_err(|_| Unknown("format"))?,
            bytes: u64::try_from(self.bytes)?,
            at: Moment(self.at),
            id: self.id,
        })
    }
}

/// What was handed in for a request, oldest first.
///
/// # Errors
/// Storage.
pub async fn files(on: impl Into<Executor<'_>>, request: &str) -> Result<Vec<ProofFile>, Fault> {
    let rows = sql("SELECT id, shows, format, bytes, at FROM kin_proof WHERE request_id = $1 ORDER BY at, id")
        .bind(request)
        .fetch_all::<Row>(on)
        .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Why a file was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// The request is not there, not the caller's, or does not wait for proof.
    NotThere,
    /// In the person's words.
    Wrong(Wrong),
}

/// Takes a file. The key is there before the row.
///
/// # Errors
/// Storage or vault, or why it was not taken.
pub async fn add(
    centre: &Centre,
    caller: &Caller,
    request: Uuid,
    (shows, bytes): (Shows, &[u8]),
    now: Moment,
) -> Result<Result<(), NotTaken>, Fault> {
    let Some(format) = format_of(bytes) else {
        return Ok(Err(NotTaken::Wrong("这个文件不能用，请上传 JPEG、PNG 图片或 PDF")));
    };
    let (id, request_id) = (Uuid::now_v7().to_string(), request.to_string());
    let mut tx = centre.data.begin().await?;
    if !awaits_proof(&mut tx, caller, request).await? {
        return Ok(Err(NotTaken::NotThere));
    }
    let of_that_sort = files(&mut tx, &request_id).await?.iter().filter(|file| file.shows == shows).count();
    if let Err(wrong) = rules::may_add(of_that_sort) {
        return Ok(Err(NotTaken::Wrong(wrong)));
    }
    // Under the lock that an erasure of the proof holds, too: a key that goes is never sealed under.
    let key = centre.vault.key_for(caller.person, Category::Proof(&request_id), now).await?;
    sql("INSERT INTO kin_proof (id, request_id, person_id, shows, format, bytes, sealed, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
    .bind(&id)
    .bind(&request_id)
    .bind(caller.person)
    .bind(shows.id())
    .bind(format.id())
    .bind(i64::try_from(bytes.len())?)
    .bind(key.seal(place(&id), bytes))
    .bind(now.0)
    .execute(&mut tx)
    .await?;
    record(&mut tx, caller, &request_id, "added", now).await?;
    tx.commit().await?;
    Ok(Ok(()))
}

/// Removes a file of one's own while it can still be changed; false when there is none of that id.
///
/// # Errors
/// Storage.
pub async fn remove(
    centre: &Centre,
    caller: &Caller,
    (request, file): (Uuid, Uuid),
    now: Moment,
) -> Result<bool, Fault> {
    let mut tx = centre.data.begin().await?;
    if !awaits_proof(&mut tx, caller, request).await? {
        return Ok(false);
    }
    let removed = sql("DELETE FROM kin_proof WHERE id = $1 AND request_id = $2 AND person_id = $3")
        .bind(file)
        .bind(request)
        .bind(caller.person)
        .execute(&mut tx)
        .await?;
    if removed > 0 {
        let entry = Entry::RowErased { table: "kin_proof".to_owned(), id: file };
        replay::note(&mut tx, centre, caller.person, &entry, now).await?;
        record(&mut tx, caller, &request.to_string(), "removed", now).await?;
        tx.commit().await?;
        replay::flush_or_later(centre).await;
    }
    Ok(removed > 0)
}

/// A file as its person's copy holds it.
#[derive(Clone, Debug)]
pub struct Held {
    /// The request that it was handed in for.
    pub request: String,
    /// What it is.
    pub file: ProofFile,
}

impl Held {
    /// What it is called there.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}-{}.{}", self.file.shows.id(), self.file.id, self.file.format.id())
    }
}

/// All that a person has handed in and that is still here, oldest first.
///
/// # Errors
/// Storage.
pub async fn of_person(centre: &Centre, person: Uuid) -> Result<Vec<Held>, Fault> {
    let requests = sql("SELECT DISTINCT request_id FROM kin_proof WHERE person_id = $1 ORDER BY request_id")
        .bind(person)
        .fetch_all::<(String,)>(&centre.data)
        .await?;
    let mut held = Vec::new();
    for (request,) in requests {
        let files = files(&centre.data, &request).await?;
        held.extend(files.into_iter().map(|file| Held { request: request.clone(), file }));
    }
    Ok(held)
}

/// A file's content, for its person and the officer.
///
/// # Errors
/// Storage or vault.
pub async fn content(centre: &Centre, person: Uuid, request: &str, file: &str) -> Result<Vec<u8>, Fault> {
    let (sealed,) = sql("SELECT sealed FROM kin_proof WHERE id = $1 AND request_id = $2")
        .bind(file)
        .bind(request)
        .fetch_one::<(Vec<u8>,)>(&centre.data)
        .await?;
    let ring = centre.vault.ring_for(person, Category::Proof(request)).await?;
    Ok(ring.open(place(file), &sealed).await?.to_vec())
}

pub(super) async fn record(tx: &mut Tx, caller: &Caller, request: &str, step: &str, now: Moment) -> Result<(), Fault> {
    let event = Event::KinProof { id: request.to_owned(), step: step.to_owned() };
    ledger::append(tx, &caller.pseudonym, now, &event).await?;
    Ok(())
}

/// Erases all that was handed in for a request, as part of its end, with its event. After the commit,
/// [`erase::finish`] must be called: it destroys the key, so that no copy opens either.
///
/// # Errors
/// Storage or vault.
pub async fn erase_in(tx: &mut Tx, centre: &Centre, caller: &Caller, request: &str, now: Moment) -> Result<(), Fault> {
    tx.lock(&crate::requests::store::lock_name(caller.person)).await?;
    sql("DELETE FROM kin_proof WHERE request_id = $1").bind(request).execute(&mut *tx).await?;
    let keys = centre.vault.retire(caller.person, &[Category::Proof(request)], now).await?;
    // Nothing was ever handed in.
    if keys.is_empty() {
        return Ok(());
    }
    record(tx, caller, request, "erased", now).await?;
    erase::intend(tx, caller, &keys, now).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_it_holds() {
        assert_eq!(format_of(&[0xFF, 0xD8, 0xFF, 0xE0, 0]), Some(Format::Jpeg));
        assert_eq!(format_of(b"\x89PNG\r\n\x1a\n\0"), Some(Format::Png));
        assert_eq!(format_of(b"%PDF-1.7\n"), Some(Format::Pdf));
        for other in [&b""[..], b"%PDF", b"\x89PNG", b"GIF89a", b"PK\x03\x04", b"<svg>", b"MZ"] {
            assert_eq!(format_of(other), None);
        }
    }
}
