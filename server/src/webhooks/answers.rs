//! What a recipient says about its own notices. An answer may come twice, late, or before an earlier one: it comes to the same.

use app::sharing::told::{Answer, Progress, Reason};
use app::time::Moment;
use serde::Deserialize;
use uuid::Uuid;

use super::send::record;
use super::store::Unknown;
use crate::centre::Centre;
use crate::storage::sql;
use crate::web::fault::Fault;

/// An answer as it arrives, by the same specification as a notice.
#[derive(Deserialize)]
pub struct Arrived {
    r#type: String,
    data: About,
}

#[derive(Deserialize)]
struct About {
    notice: Uuid,
    reason: Option<String>,
}

impl Arrived {
    /// Which notice it is about, and what it says.
    ///
    /// # Errors
    /// What is wrong with it, for the recipient's programmers.
    pub fn read(&self) -> Result<(Uuid, Answer), &'static str> {
        let reason = self.data.reason.as_deref();
        let answer = match (self.r#type.as_str(), reason) {
            ("notice.accepted", None) => Answer::Accepted,
            ("notice.completed", None) => Answer::Completed,
            ("notice.retained", Some(reason)) => {
                Answer::Retained(Reason::of(reason).ok_or("reason must be law, contract, consent or dispute")?)
            }
            ("notice.retained", None) => {
                return Err("notice.retained needs a reason: law, contract, consent or dispute");
            }
            ("notice.accepted" | "notice.completed", Some(_)) => return Err("only notice.retained has a reason"),
            _ => return Err("type must be notice.accepted, notice.completed or notice.retained"),
        };
        Ok((self.data.notice, answer))
    }
}

/// Takes an answer; false when the recipient has no such notice.
///
/// # Errors
/// Storage.
pub async fn take(
    centre: &Centre,
    recipient: &str,
    (notice, answer): (Uuid, Answer),
    now: Moment,
) -> Result<bool, Fault> {
    let id = notice.to_string();
    let mut tx = centre.data.begin().await?;
    tx.lock(&format!("delivery:{id}")).await?;
    let row = sql("SELECT state, accepted_at FROM delivery WHERE id = $1 AND recipient = $2")
        .bind(&id)
        .bind(recipient)
        .fetch_optional::<(String, Option<i64>)>(&mut tx)
        .await?;
    let Some((state, accepted_at)) = row else { return Ok(false) };
    let before = Progress::of(&state).ok_or(Unknown("state"))?;
    let progress = before.after(answer);
    let accepts = answer == Answer::Accepted && accepted_at.is_none();
    if progress == before && !accepts {
        return Ok(true);
    }
    let ends = progress != before && progress.has_ended();
    // Whoever answers has it.
    sql("UPDATE delivery SET state = $2, body = NULL, failure = NULL, sent_at = COALESCE(sent_at, $3), \
         accepted_at = COALESCE(accepted_at, $4), completed_at = COALESCE($5, completed_at), reason = COALESCE(reason, $6) \
         WHERE id = $1")
    .bind(&id)
    .bind(progress.id())
    .bind(now.0)
    .bind(accepts.then_some(now.0))
    .bind(ends.then_some(now.0))
    .bind(if let Answer::Retained(reason) = answer { Some(reason.id()) } else { None })
    .execute(&mut tx)
    .await?;
    record(&mut tx, (&id, recipient), answer.progress().id(), now).await?;
    tx.commit().await?;
    Ok(true)
}
