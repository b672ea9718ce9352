//! Sending in the background. A sender holds a lease and says that it lives; one that was killed leaves the transfer to the
//! next, which sends it anew. A receiver knows by the idempotency key that it is the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use app::export::model::State as PackageState;
use app::promises::TRANSFER_PAUSES;
use app::requests::model::Ground;
use app::time::{MINUTE, Moment};
use app::transfer::model::{Failure, Receiver};
use app::transfer::rules::{After, after};
use futures_util::StreamExt as _;
use reqwest::Body;
use uuid::Uuid;

use super::send::Delivery;
use super::store::{Unknown, place, record};
use crate::accounts::store::{WAITS_FOR_GUARDIAN, caller_of};
use crate::centre::Centre;
use crate::export::parts::Parts;
use crate::export::store as export;
use crate::records::erase;
use crate::requests::store::{self as requests, Verdict};
use crate::storage::{Tx, sql};
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// A sender that says nothing for so long is taken for dead.
const LEASE: i64 = MINUTE;
/// Between two signs of life.
const SIGN: Duration = Duration::from_secs(1);

/// A transfer that this sender works on.
#[derive(sqlx::FromRow)]
struct Job {
    id: String,
    person_id: String,
    request_id: String,
    export_id: String,
    receiver: Vec<u8>,
    credential: Option<Vec<u8>>,
    /// Tries before this one.
    attempt: i64,
    package: String,
    package_attempt: i64,
    bytes: i64,
}

/// Makes the try that has been due longest; false when none is due.
///
/// # Errors
/// Storage or vault; the transfer is tried again.
pub async fn run_next(centre: &Centre) -> Result<bool, Fault> {
    let Some(job) = claim(centre).await? else { return Ok(false) };
    let caller = caller_of(centre, Uuid::parse_str(&job.person_id)?).await?;
    let package: PackageState = job.package.parse().map_err(|_| Unknown("package"))?;
    let outcome = match package {
        PackageState::Ready => send(centre, &caller, &job).await?,
        _ => Err(Failure::NoPackage),
    };
    conclude(centre, &caller, &job, outcome).await?;
    Ok(true)
}

const DUE: &str = "SELECT t.id, t.person_id, t.request_id, t.export_id, t.receiver, t.credential, t.attempt, \
     e.state AS package, e.attempt AS package_attempt, e.bytes FROM transfer t JOIN export e ON e.id = t.export_id \
     WHERE t.ended_at IS NULL AND (t.next_at <= $1 OR t.next_at > $2) AND e.state IN ('ready', 'failed', 'ended') \
     AND NOT EXISTS (SELECT 1 FROM person WHERE id = t.person_id AND state = $3) ORDER BY t.next_at, t.id LIMIT 1";

async fn claim(centre: &Centre) -> Result<Option<Job>, Fault> {
    let now = centre.now();
    let latest = now.latest_end(TRANSFER_PAUSES[TRANSFER_PAUSES.len() - 1]);
    // A guardian who takes a yes back holds up what their child wanted to hand over.
    let due = || sql(DUE).bind(now.0).bind(latest.0).bind(WAITS_FOR_GUARDIAN);
    if due().fetch_optional::<Job>(&centre.data).await?.is_none() {
        return Ok(None);
    }
    let mut tx = centre.data.begin().await?;
    tx.lock("transfers").await?;
    let Some(job) = due().fetch_optional::<Job>(&mut tx).await? else { return Ok(None) };
    sql("UPDATE transfer SET state = 'sending', attempt = $2, next_at = $3, sent_bytes = 0 WHERE id = $1")
        .bind(&job.id)
        .bind(job.attempt + 1)
        .bind(now.plus(LEASE).0)
        .execute(&mut tx)
        .await?;
    tx.commit().await?;
    Ok(Some(Job { attempt: job.attempt + 1, ..job }))
}

async fn send(centre: &Centre, caller: &Caller, job: &Job) -> Result<Result<(), Failure>, Fault> {
    let receiver = caller.ring.open(place("receiver", &job.id), &job.receiver).await?;
    let receiver: Receiver = serde_json::from_slice(&receiver)?;
    let credential = match &job.credential {
        Some(sealed) => Some(caller.ring.open_text(place("credential", &job.id), sealed).await?.to_string()),
        None => None,
    };
    let bytes = u64::try_from(job.bytes)?;
    let parts = Parts::of(centre, caller.person, (&job.export_id, job.package_attempt), bytes).await?;
    let sent = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&sent);
    let body = Body::wrap_stream(parts.stream().inspect(move |part| {
        if let Ok(part) = part {
            counted.fetch_add(part.len() as u64, Ordering::Relaxed);
        }
    }));
    let delivery = Delivery { id: job.id.clone(), address: receiver.address, credential, bytes, body };
    tokio::select! {
        outcome = centre.sender.send(delivery) => Ok(outcome),
        fault = stay_alive(centre, job, &sent) => Err(fault),
    }
}

/// Says again and again that the sender lives and how far it is; ends only with a fault.
async fn stay_alive(centre: &Centre, job: &Job, sent: &AtomicU64) -> Fault {
    loop {
        tokio::time::sleep(SIGN).await;
        if let Err(fault) = say_alive(centre, job, sent.load(Ordering::Relaxed)).await {
            return fault;
        }
    }
}

async fn say_alive(centre: &Centre, job: &Job, sent: u64) -> Result<(), Fault> {
    let mut tx = centre.data.begin().await?;
    sql("UPDATE transfer SET next_at = $3, sent_bytes = $4 WHERE id = $1 AND attempt = $2 AND state = 'sending'")
        .bind(&job.id)
        .bind(job.attempt)
        .bind(centre.now().plus(LEASE).0)
        .bind(i64::try_from(sent)?)
        .execute(&mut tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

async fn conclude(centre: &Centre, caller: &Caller, job: &Job, outcome: Result<(), Failure>) -> Result<(), Fault> {
    let now = centre.now();
    let mut tx = centre.data.begin().await?;
    let went = match outcome.map_err(|failure| after(job.attempt, failure)) {
        Ok(()) => deliver(&mut tx, job, now).await?,
        Err(After::Pause(pause)) => {
            postpone(&mut tx, job, now.plus(pause)).await?;
            tx.commit().await?;
            return Ok(());
        }
        Err(After::Failed(failure)) => fail(&mut tx, job, failure, now).await?,
    };
    // Cancelled, or another sender's: what it has come to is written down already.
    let Some((step, verdict)) = went else { return Ok(()) };
    requests::settle(&mut tx, centre, caller, &job.request_id, &verdict, now).await?;
    record(&mut tx, caller, &job.id, step, now).await?;
    let keys = export::end_in(&mut tx, centre, caller, &job.export_id, now).await?;
    erase::intend(&mut tx, caller, &keys, now).await?;
    tx.commit().await?;
    erase::finish(centre).await
}

/// The receiver has it, also when its person wanted to stop it a moment ago.
async fn deliver(tx: &mut Tx, job: &Job, now: Moment) -> Result<Option<(&'static str, Verdict)>, Fault> {
    let delivered = sql("UPDATE transfer SET state = 'delivered', ended_at = $3, credential = NULL, sent_bytes = $4 \
         WHERE id = $1 AND attempt = $2 AND state IN ('sending', 'cancelled')")
    .bind(&job.id)
    .bind(job.attempt)
    .bind(now.0)
    .bind(job.bytes)
    .execute(tx)
    .await?;
    Ok((delivered > 0).then(|| ("delivered", Verdict::Fulfilled("接收方已确认收到。".to_owned()))))
}

async fn postpone(tx: &mut Tx, job: &Job, until: Moment) -> Result<(), Fault> {
    sql("UPDATE transfer SET state = 'waiting', next_at = $3, sent_bytes = 0 \
         WHERE id = $1 AND attempt = $2 AND state = 'sending'")
    .bind(&job.id)
    .bind(job.attempt)
    .bind(until.0)
    .execute(tx)
    .await?;
    Ok(())
}

async fn fail(tx: &mut Tx, job: &Job, failure: Failure, now: Moment) -> Result<Option<(&'static str, Verdict)>, Fault> {
    let failed = sql("UPDATE transfer SET state = 'failed', failure = $3, ended_at = $4, credential = NULL \
         WHERE id = $1 AND attempt = $2 AND state = 'sending'")
    .bind(&job.id)
    .bind(job.attempt)
    .bind(failure.id())
    .bind(now.0)
    .execute(tx)
    .await?;
    let ground = match failure {
        Failure::Answered(_) => Ground::ReceiverRefused,
        Failure::Unreachable | Failure::NotPublic => Ground::NotFeasible,
        Failure::NoPackage => Ground::NotMade,
    };
    Ok((failed > 0).then(|| ("failed", Verdict::Denied(ground, failure.words()))))
}
