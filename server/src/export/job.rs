//! Making a copy in the background. A worker holds a lease and says with every piece that it lives; one that was killed
//! leaves the copy to the next, which begins anew under its own attempt.

use std::collections::BTreeMap;
use std::io::Write;

use app::export::model::Scope;
use app::promises::COPY_LIFE;
use app::records::model::{Field, Home};
use app::requests::model::Ground;
use app::time::MINUTE;
use tokio::runtime::Handle;
use uuid::Uuid;

use super::package::{self, Facts, PASSES, Records};
use super::registers::{self, Registers};
use super::store::{part_place, part_row, record};
use crate::accounts::store::caller_of;
use crate::centre::Centre;
use crate::profile::store as profile;
use crate::records::erase;
use crate::records::own::own;
use crate::records::{After, Filter, Kept, batch, totals};
use crate::relatives::proofs::{self, Held};
use crate::requests::store::{self as requests, Verdict};
use crate::sharing::{self, Disclosed};
use crate::storage::{Tx, sql};
use crate::vault::{Category, KeyRing, SealingKey};
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// A worker that says nothing for so long is taken for dead.
const LEASE: i64 = MINUTE;
/// Tries before a copy is given up.
const ATTEMPTS: i64 = 3;
/// Bytes of a piece before it is sealed.
const PART: usize = 256 * 1024;
/// Records that are read at once.
const BATCH: i64 = 500;

/// A copy that this worker makes.
struct Job {
    id: String,
    person: Uuid,
    request: String,
    /// It is for its person; one to be sent fulfils its request when it has arrived.
    is_to_keep: bool,
    scope: Scope,
    attempt: i64,
}

/// The lease went to somebody else: an erasure began the copy anew, or we were taken for dead.
#[derive(Debug, thiserror::Error)]
#[error("the copy is somebody else's now")]
struct LeaseLost;

/// Makes the copy that has waited longest; false when none waits.
///
/// # Errors
/// Storage or vault; the copy is tried again, at most three times.
pub async fn run_next(centre: &Centre) -> Result<bool, Fault> {
    let Some(job) = claim(centre).await? else { return Ok(false) };
    if job.attempt > ATTEMPTS {
        give_up(centre, &job).await?;
        return Ok(true);
    }
    let caller = caller_of(centre, job.person).await?;
    make(centre, job, caller).await?;
    Ok(true)
}

async fn claim(centre: &Centre) -> Result<Option<Job>, Fault> {
    let waits = sql("SELECT id FROM export WHERE state = 'queued' OR \
         (state = 'running' AND (lease_until < $1 OR lease_until > $2)) LIMIT 1");
    let now = centre.now();
    if waits.bind(now.0).bind(now.latest_end(LEASE).0).fetch_optional::<(String,)>(&centre.data).await?.is_none() {
        return Ok(None);
    }
    let mut tx = centre.data.begin().await?;
    tx.lock("exports").await?;
    let row = sql("SELECT id, person_id, request_id, purpose, scope, attempt FROM export \
         WHERE state = 'queued' OR (state = 'running' AND (lease_until < $1 OR lease_until > $2)) ORDER BY asked_at LIMIT 1")
    .bind(now.0)
    .bind(now.latest_end(LEASE).0)
    .fetch_optional::<(String, String, String, String, String, i64)>(&mut tx)
    .await?;
    let Some((id, person, request, purpose, scope, attempt)) = row else { return Ok(None) };
    sql("UPDATE export SET state = 'running', attempt = $2, lease_until = $3, done = 0, bytes = 0 WHERE id = $1")
        .bind(&id)
        .bind(attempt + 1)
        .bind(now.plus(LEASE).0)
        .execute(&mut tx)
        .await?;
    sql("DELETE FROM export_part WHERE export_id = $1").bind(&id).execute(&mut tx).await?;
    tx.commit().await?;
    let person = Uuid::parse_str(&person)?;
    let is_to_keep = purpose == "keep";
    let scope = serde_json::from_str(&scope)?;
    Ok(Some(Job { id, person, request, is_to_keep, scope, attempt: attempt + 1 }))
}

async fn give_up(centre: &Centre, job: &Job) -> Result<(), Fault> {
    let caller = caller_of(centre, job.person).await?;
    let now = centre.now();
    let mut tx = centre.data.begin().await?;
    sql("UPDATE export SET state = 'failed', ended_at = $2 WHERE id = $1")
        .bind(&job.id)
        .bind(now.0)
        .execute(&mut tx)
        .await?;
    let denied = Verdict::Denied(Ground::NotMade, String::new());
    requests::settle(&mut tx, centre, &caller, &job.request, &denied, now).await?;
    record(&mut tx, &caller, &job.id, "failed", now).await?;
    // Its pieces went when this try was claimed; a backup may hold them.
    let keys = centre.vault.retire(job.person, &[Category::Export(&job.id)], now).await?;
    erase::intend(&mut tx, &caller, &keys, now).await?;
    tx.commit().await?;
    erase::finish(centre).await
}

async fn make(centre: &Centre, job: Job, caller: Caller) -> Result<(), Fault> {
    // Everything is read from one view of the database.
    let mut view = centre.data.snapshot().await?;
    let totals = totals(&mut view, job.person).await?;
    let total: usize = totals.iter().map(|total| total.held).sum();
    start(centre, &job, i64::try_from(total)? * PASSES).await?;
    let own = own(centre, &caller).await?;
    let is_in = |home| centre.catalogue.data().fields().iter().any(|f| f.kept_in == home && job.scope.covers_field(f));
    let avatar = if is_in(Home::Avatar) { profile::avatar(centre, &caller).await? } else { None };
    let ring = centre.vault.record_ring(job.person).await?;
    let disclosures = centre.vault.ring(job.person).await?;
    let key = centre.vault.key_for(job.person, Category::Export(&job.id), centre.now()).await?;
    let wants = job.is_to_keep && job.scope.covers_registers();
    let registers = if wants { registers::all(centre, &caller).await? } else { Registers::new() };
    let held = if wants { proofs::of_person(centre, job.person).await? } else { Vec::new() };
    let restricted: BTreeMap<_, _> = totals.into_iter().map(|t| (t.field, t.restricted)).collect();
    let handle = Handle::current();
    let worker = centre.clone();
    let made = tokio::task::spawn_blocking(move || {
        let scope = job.scope.clone();
        let catalogue = &worker.catalogue;
        let with_disclosures = job.is_to_keep;
        let facts = Facts {
            catalogue,
            scope,
            made_at: worker.now(),
            own,
            avatar,
            restricted,
            with_disclosures,
            registers,
            proofs: held,
        };
        let mut sink =
            Sink { centre: &worker, job: &job, key: &key, handle: &handle, buffer: Vec::new(), position: 0, bytes: 0 };
        let rings = Rings { records: &ring, disclosures: &disclosures };
        let mut source = Source { centre: &worker, job: &job, view, rings, handle: &handle, done: 0 };
        package::write(&mut sink, &facts, &mut source)?;
        let bytes = sink.bytes;
        Ok::<_, Fault>((job, bytes))
    });
    let (job, bytes) = made.await??;
    finish(centre, &caller, &job, bytes).await
}

async fn start(centre: &Centre, job: &Job, total: i64) -> Result<(), Fault> {
    let mut tx = centre.data.begin().await?;
    sql("UPDATE export SET total = $3 WHERE id = $1 AND attempt = $2")
        .bind(&job.id)
        .bind(job.attempt)
        .bind(total)
        .execute(&mut tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

async fn finish(centre: &Centre, caller: &Caller, job: &Job, bytes: i64) -> Result<(), Fault> {
    let now = centre.now();
    let mut tx = centre.data.begin().await?;
    let ready = sql("UPDATE export SET state = 'ready', done = total, bytes = $3, ends_at = $4 \
         WHERE id = $1 AND attempt = $2 AND state = 'running'")
    .bind(&job.id)
    .bind(job.attempt)
    .bind(bytes)
    .bind(now.plus(COPY_LIFE).0)
    .execute(&mut tx)
    .await?;
    if ready == 0 {
        return Err(LeaseLost.into());
    }
    if job.is_to_keep {
        let fulfilled = Verdict::Fulfilled(String::new());
        requests::settle(&mut tx, centre, caller, &job.request, &fulfilled, now).await?;
    }
    record(&mut tx, caller, &job.id, "ready", now).await?;
    tx.commit().await?;
    Ok(())
}

/// Reads records from one view of the database, and says how far it is.
struct Source<'j> {
    centre: &'j Centre,
    job: &'j Job,
    view: Tx,
    rings: Rings<'j>,
    handle: &'j Handle,
    done: i64,
}

/// The keys to what is read.
struct Rings<'j> {
    records: &'j KeyRing,
    disclosures: &'j KeyRing,
}

impl Records for Source<'_> {
    fn next(&mut self, field: &Field, after: After) -> Result<Vec<Kept>, Fault> {
        let Scope { from, until, .. } = self.job.scope;
        let filter = Filter { field: Some(field.id.clone()), from, until, sought: None, after };
        let records = batch(&mut self.view, self.rings.records, self.job.person, &filter, BATCH);
        let records = self.handle.block_on(records)?;
        if !records.is_empty() {
            self.done += i64::try_from(records.len())?;
            self.handle.block_on(alive(self.centre, self.job, self.done))?;
        }
        Ok(records)
    }

    fn disclosures(&mut self, after: sharing::After) -> Result<Vec<Disclosed>, Fault> {
        let Scope { from, until, .. } = self.job.scope;
        let person = self.job.person;
        let disclosed = sharing::batch(&mut self.view, self.rings.disclosures, person, (from, until), after, BATCH);
        let disclosed = self.handle.block_on(disclosed)?;
        self.handle.block_on(alive(self.centre, self.job, self.done))?;
        Ok(disclosed)
    }

    fn proof(&mut self, held: &Held) -> Result<Vec<u8>, Fault> {
        let bytes =
            self.handle.block_on(proofs::content(self.centre, self.job.person, &held.request, &held.file.id))?;
        self.handle.block_on(alive(self.centre, self.job, self.done))?;
        Ok(bytes)
    }
}

/// Says that the worker lives and how far it is.
async fn alive(centre: &Centre, job: &Job, done: i64) -> Result<(), Fault> {
    let mut tx = centre.data.begin().await?;
    let ours =
        sql("UPDATE export SET done = $3, lease_until = $4 WHERE id = $1 AND attempt = $2 AND state = 'running'")
            .bind(&job.id)
            .bind(job.attempt)
            .bind(done)
            .bind(centre.now().plus(LEASE).0)
            .execute(&mut tx)
            .await?;
    if ours == 0 {
        return Err(LeaseLost.into());
    }
    tx.commit().await?;
    Ok(())
}

/// Seals the package piece by piece.
struct Sink<'j> {
    centre: &'j Centre,
    job: &'j Job,
    key: &'j SealingKey,
    handle: &'j Handle,
    buffer: Vec<u8>,
    position: i64,
    bytes: i64,
}

impl Sink<'_> {
    fn seal(&mut self) -> Result<(), Fault> {
        let Job { id, attempt, .. } = self.job;
        let sealed = self.key.seal(part_place(&part_row(id, *attempt, self.position)), &self.buffer);
        self.handle.block_on(keep(self.centre, self.job, (self.position, self.bytes), sealed))?;
        self.bytes += i64::try_from(self.buffer.len())?;
        self.position += 1;
        self.buffer.clear();
        Ok(())
    }
}

/// Keeps a piece: which one it is, and where it begins.
async fn keep(centre: &Centre, job: &Job, (position, starts_at): (i64, i64), sealed: Vec<u8>) -> Result<(), Fault> {
    let mut tx = centre.data.begin().await?;
    // A worker that lost its lease leaves nothing behind.
    let kept = sql("INSERT INTO export_part (export_id, attempt, position, starts_at, sealed) \
         SELECT id, attempt, CAST($3 AS BIGINT), CAST($5 AS BIGINT), $4 FROM export WHERE id = $1 AND attempt = $2 AND state = 'running'")
    .bind(&job.id)
    .bind(job.attempt)
    .bind(position)
    .bind(sealed)
    .bind(starts_at)
    .execute(&mut tx)
    .await?;
    if kept == 0 {
        return Err(LeaseLost.into());
    }
    tx.commit().await?;
    Ok(())
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= PART {
            // The fault has logged its cause.
            self.seal().map_err(|_| std::io::Error::other("a piece could not be kept"))?;
        }
        Ok(bytes.len())
    }

    /// At the end of the package.
    fn flush(&mut self) -> std::io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        self.seal().map_err(|_| std::io::Error::other("a piece could not be kept"))
    }
}
