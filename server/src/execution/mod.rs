//! Executing a cancellation: everything of a person goes, in steps that survive being killed at any point.
//!
//! | to find | look in |
//! |---|---|
//! | what an execution would do, counted beforehand | `plan.rs` |
//! | who works on which execution, and what it has done | `store.rs` |
//! | what each step does | `steps.rs` |
//! | every row that is a person's | `rows.rs` |
//! | where its person sees what each table holds | `seen.rs` |
//! | that nothing is left | `self_test.rs` |
//! | the event, the last notice, and what goes later | `finish.rs` |
//! | the secret link to the certificate | `routes.rs` |
//!
//! # The steps, and why in this order
//!
//! | step | what | killed after it |
//! |---|---|---|
//! | seal | pseudonym, phone and the secret link's token, sealed under a key of the execution's own | |
//! | gate | devices signed out; phone and username find the account no more, so nothing new comes in | |
//! | tell | what the host and every recipient are to be told, while it can still be read what they know the person by; what was still to be told before goes into it | ids are derived from execution and recipient: none is told twice under a new one |
//! | hold | what a law keeps is moved into the [legal hold](crate::legal_hold), batch by batch | a batch is in one place or in the other |
//! | log | the replay log learns it, before anything is gone that a restored backup would bring back | |
//! | keys | all of the person's keys are destroyed: unreadable in every copy from here on | their ids were written down before |
//! | rows | all rows go, in transactions of bounded size | what is gone is counted with its going |
//! | certify | the account's own access request is run again and must come back empty, else keys and rows once more; then the event, the last notice, and the end of the link to the person: one transaction; then what `seal` has sealed is destroyed | the notice is in the outbox under one id |
//!
//! Every transaction looks first whether its worker still holds the lease, and says in the same breath how far it has come. So
//! whoever takes over does what is missing, and doing a step again changes nothing. When the last notice is over and every
//! recipient has been told, the execution's own keys are destroyed ([`close`]); three years later its row goes, and the secret
//! link with it.

mod finish;
pub mod kinds;
pub mod plan;
mod routes;
pub mod rows;
pub mod seen;
mod self_test;
mod steps;
mod store;

pub use finish::close;
pub use routes::routes;
pub(crate) use store::derived;
pub use store::{LEASE, Told, told};

use crate::centre::Centre;
use crate::web::fault::Fault;
use store::Step;

/// Carries out the execution that has waited longest, from the step that it has reached; false when none waits.
///
/// # Errors
/// Storage or vault; when the lease is over, the next worker goes on from there.
pub async fn run_next(centre: &Centre) -> Result<bool, Fault> {
    let Some(mut execution) = store::claim(centre).await? else { return Ok(false) };
    while execution.step != Step::Completed {
        execution.step = steps::take(centre, &execution).await?;
    }
    Ok(true)
}
