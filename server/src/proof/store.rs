//! SQL of documents: what a certificate states besides its event.

use app::time::Moment;
use uuid::Uuid;

use crate::centre::Centre;
use crate::records::erase;
use crate::storage::sql;
use crate::web::fault::Fault;

/// An erasure is in the log before its keys are destroyed, and the destruction did not get done just now.
#[derive(Debug, thiserror::Error)]
#[error("an erasure's keys are not destroyed yet, so nothing is certified")]
struct Unfinished;

/// When the keys of the person's erasure of that time were destroyed; none: it had none, because a single record went. What
/// still stands open is done first, since nothing is certified beforehand.
///
/// # Errors
/// Storage or vault.
pub async fn keys_destroyed(centre: &Centre, person: Uuid, at: Moment) -> Result<Option<Moment>, Fault> {
    erase::finish_or_later(centre).await;
    let rows = sql("SELECT done_at FROM erasure WHERE person_id = $1 AND intended_at = $2 AND keys <> ''")
        .bind(person)
        .bind(at.0)
        .fetch_all::<(Option<i64>,)>(&centre.data)
        .await?;
    let done = rows.into_iter().map(|(done,)| done.ok_or(Unfinished)).collect::<Result<Vec<_>, _>>()?;
    Ok(done.into_iter().max().map(Moment))
}
