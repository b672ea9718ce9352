//! All work in the background, in one table. Every job is idempotent and survives being killed at any point.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::time::Duration;

use app::promises::KEY_COPY_LIFE;
use futures_util::FutureExt as _;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::accounts::{band, codes, known_devices, sessions};
use crate::cancellation;
use crate::centre::Centre;
use crate::execution;
use crate::export;
use crate::ledger;
use crate::legal_hold;
use crate::lost;
use crate::messages;
use crate::numbers;
use crate::records;
use crate::relatives;
use crate::replay;
use crate::requests;
use crate::sharing;
use crate::transfer;
use crate::web::fault::Fault;
use crate::webhooks;

type Job = fn(Centre) -> Pin<Box<dyn Future<Output = Result<(), Fault>> + Send>>;

/// Name, how many run side by side, pause between two runs, what to do.
const JOBS: &[(&str, usize, Duration, Job)] = &[
    ("fold new events into the log", 1, Duration::from_secs(1), |c| Box::pin(sequence(c))),
    ("finish erasures that stand open", 1, Duration::from_secs(10), |c| Box::pin(finish_erasures(c))),
    ("make copies that were asked for", 1, Duration::from_secs(1), |c| Box::pin(make_copies(c))),
    // A slow receiver holds up only its own.
    ("send transfers", 4, Duration::from_secs(1), |c| Box::pin(send_transfers(c))),
    ("end copies whose time is over", 1, Duration::from_secs(60), |c| Box::pin(end_copies(c))),
    ("erase what is past its retention", 1, Duration::from_secs(600), |c| Box::pin(end_retention(c))),
    ("remove records of sharing that are past their retention", 1, Duration::from_secs(600), |c| {
        Box::pin(end_sharing(c))
    }),
    ("begin cancellations whose cooling-off is over", 1, Duration::from_secs(5), |c| Box::pin(execute_due(c))),
    ("erase children's accounts that no guardian has answered for", 1, Duration::from_secs(600), |c| {
        Box::pin(erase_unanswered(c))
    }),
    ("say which answers are late", 1, Duration::from_secs(3600), |c| Box::pin(tell_overdue(c))),
    ("end requests whose person did not go on", 1, Duration::from_secs(60), |c| Box::pin(expire_requests(c))),
    ("end what relatives could take", 1, Duration::from_secs(60), |c| Box::pin(end_packages(c))),
    // As many as leave normal use its turns at the one writer.
    ("erase accounts that are cancelled", 3, Duration::from_secs(1), |c| Box::pin(execute(c))),
    ("close executions that are over", 1, Duration::from_secs(60), |c| Box::pin(close_executions(c))),
    ("close claims that are over", 1, Duration::from_secs(60), |c| Box::pin(close_claims(c))),
    ("end what no law keeps any more", 1, Duration::from_secs(600), |c| Box::pin(end_legal_hold(c))),
    ("send the centre's own messages", 1, Duration::from_secs(2), |c| Box::pin(send_outbox(c))),
    // Each recipient has its own queue; a slow one holds up one worker for one try.
    ("tell recipients", 4, Duration::from_secs(1), |c| Box::pin(tell_recipients(c))),
    ("look after what recipients were told", 1, Duration::from_secs(3600), |c| Box::pin(look_after_notices(c))),
    ("copy what is pending into the replay log", 1, Duration::from_secs(2), |c| Box::pin(flush_replay(c))),
    ("tell how many messages went", 1, Duration::from_secs(60), |c| Box::pin(tell_messages(c))),
    ("forget messages that are over", 1, Duration::from_secs(600), |c| Box::pin(tidy_messages(c))),
    ("overwrite what was deleted", 1, Duration::from_secs(10), |c| Box::pin(overwrite_deleted(c))),
    ("say when keys must be rotated", 1, Duration::from_secs(3600), |c| Box::pin(tell_rotation(c))),
    ("remove stale codes", 1, Duration::from_secs(600), |c| Box::pin(tidy_codes(c))),
    ("remove sessions that ended long ago", 1, Duration::from_secs(3600), |c| Box::pin(tidy_sessions(c))),
    ("seal age bands that only the ledger has", 1, Duration::from_secs(600), |c| Box::pin(seal_age_bands(c))),
    ("forget numbers that were given up long ago", 1, Duration::from_secs(3600), |c| Box::pin(forget_numbers(c))),
    ("forget refilled limits", 1, Duration::from_secs(600), |c| Box::pin(tidy_limits(c))),
];

/// Starts every job. They end when the set is dropped.
#[must_use]
pub fn start(centre: &Centre) -> JoinSet<()> {
    let mut jobs = JoinSet::new();
    let workers = JOBS.iter().flat_map(|(name, workers, pause, job)| (0..*workers).map(move |_| (name, pause, job)));
    for (name, pause, job) in workers {
        let centre = centre.clone();
        jobs.spawn(async move {
            let mut ticks = tokio::time::interval(*pause);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                if let Some(fault) = outcome(name, job(centre.clone())).await
                    && fault.is_unwritable()
                {
                    centre.writing.doubt();
                }
            }
        });
    }
    jobs
}

/// One run of a job. Whatever becomes of it, there is a next one.
async fn outcome(name: &str, job: impl Future<Output = Result<(), Fault>>) -> Option<Fault> {
    // A job holds nothing between two runs, and every run may be cut off anywhere: a panic is no more than that.
    match AssertUnwindSafe(job).catch_unwind().await {
        Ok(Ok(())) => None,
        // The fault has logged its cause.
        Ok(Err(fault)) => {
            tracing::warn!(job = name, "a background job failed and will be tried again");
            Some(fault)
        }
        Err(_) => {
            tracing::error!(job = name, "a background job panicked and will be tried again");
            None
        }
    }
}

async fn sequence(centre: Centre) -> Result<(), Fault> {
    ledger::sequence(&centre.data, &centre.signer, centre.now()).await?;
    Ok(())
}

async fn finish_erasures(centre: Centre) -> Result<(), Fault> {
    records::erase::finish(&centre).await
}

async fn make_copies(centre: Centre) -> Result<(), Fault> {
    while export::job::run_next(&centre).await? {}
    Ok(())
}

async fn send_transfers(centre: Centre) -> Result<(), Fault> {
    while transfer::job::run_next(&centre).await? {}
    Ok(())
}

async fn end_copies(centre: Centre) -> Result<(), Fault> {
    export::downloads::tidy(&centre, centre.now()).await?;
    export::store::end_due(&centre, centre.now()).await
}

async fn end_retention(centre: Centre) -> Result<(), Fault> {
    records::retention::run(&centre, centre.now()).await
}

async fn end_sharing(centre: Centre) -> Result<(), Fault> {
    sharing::retention::run(&centre, centre.now()).await
}

async fn execute_due(centre: Centre) -> Result<(), Fault> {
    cancellation::store::execute_due(&centre, centre.now()).await
}

async fn erase_unanswered(centre: Centre) -> Result<(), Fault> {
    cancellation::child::erase_unanswered(&centre, centre.now()).await
}

async fn tell_overdue(centre: Centre) -> Result<(), Fault> {
    requests::overdue::tell(&centre, centre.now()).await?;
    messages::replies::tell_overdue(&centre, centre.now()).await?;
    Ok(())
}

async fn expire_requests(centre: Centre) -> Result<(), Fault> {
    requests::overdue::expire(&centre, centre.now()).await
}

async fn end_packages(centre: Centre) -> Result<(), Fault> {
    relatives::package::end_due(&centre, centre.now()).await
}

async fn execute(centre: Centre) -> Result<(), Fault> {
    while execution::run_next(&centre).await? {}
    Ok(())
}

async fn close_executions(centre: Centre) -> Result<(), Fault> {
    execution::close(&centre).await
}

async fn close_claims(centre: Centre) -> Result<(), Fault> {
    lost::follow::close(&centre, centre.now()).await
}

async fn end_legal_hold(centre: Centre) -> Result<(), Fault> {
    legal_hold::run(&centre, centre.now()).await
}

async fn send_outbox(centre: Centre) -> Result<(), Fault> {
    messages::outbox::run(&centre).await
}

async fn tell_recipients(centre: Centre) -> Result<(), Fault> {
    webhooks::run(&centre).await
}

async fn look_after_notices(centre: Centre) -> Result<(), Fault> {
    webhooks::look_after(&centre).await
}

async fn flush_replay(centre: Centre) -> Result<(), Fault> {
    replay::settle(&centre).await
}

async fn tell_messages(centre: Centre) -> Result<(), Fault> {
    centre.tally.tell();
    Ok(())
}

async fn tidy_messages(centre: Centre) -> Result<(), Fault> {
    messages::tidy(&centre, centre.now()).await
}

/// A long read of an older state may hold it up: the next run tries again.
async fn overwrite_deleted(centre: Centre) -> Result<(), Fault> {
    centre.vault.fold().await?;
    centre.data.fold().await?;
    Ok(())
}

async fn tell_rotation(centre: Centre) -> Result<(), Fault> {
    let due = centre.vault.rotated_at().plus(KEY_COPY_LIFE);
    if due < centre.now() {
        tracing::error!(
            due = due.iso(),
            "rotate-keys is overdue: whoever has left was told that old copies of the keys end by then"
        );
    }
    Ok(())
}

async fn tidy_codes(centre: Centre) -> Result<(), Fault> {
    codes::tidy(&centre, centre.now()).await?;
    Ok(())
}

async fn tidy_sessions(centre: Centre) -> Result<(), Fault> {
    sessions::tidy(&centre, centre.now()).await?;
    known_devices::tidy(&centre, centre.now()).await?;
    Ok(())
}

async fn seal_age_bands(centre: Centre) -> Result<(), Fault> {
    band::seal_older(&centre).await?;
    Ok(())
}

async fn forget_numbers(centre: Centre) -> Result<(), Fault> {
    numbers::forget(&centre, centre.import_late, centre.now()).await
}

async fn tidy_limits(centre: Centre) -> Result<(), Fault> {
    centre.limits.tidy();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_job_that_panics_ends_no_other_run() {
        let job = |fails: bool| async move {
            assert!(!fails, "the job's own fault");
            Ok(())
        };
        for fails in [true, false] {
            assert!(outcome("a job", job(fails)).await.is_none());
        }
    }
}
