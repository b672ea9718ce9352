//! What the demo's recipients were told, and how far they have come.

use app::sharing::told::{Notice as Kind, Progress, Reason};
use app::time::{DAY, HOUR, Moment};
use serde_json::json;
use uuid::Uuid;

use super::store::{Notice, tell};
use crate::centre::Centre;
use crate::storage::{Tx, sql};
use crate::vault::Category;
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// Recipient, what, about, days ago, how far, why it keeps something.
type Told = (&'static str, Kind, &'static str, i64, Progress, Option<Reason>);

const NOTICES: &[Told] = &[
    ("analytics", Kind::Erasure, "fields:search_query,click_log", 2, Progress::Accepted, None),
    ("ads_juguang", Kind::Withdrawal, "purpose:advertising_sharing", 9, Progress::Completed, None),
    (
        "logistics",
        Kind::Correction,
        "fields:consignee_name,consignee_phone",
        12,
        Progress::Retained,
        Some(Reason::Contract),
    ),
    ("mail", Kind::Withdrawal, "purpose:marketing_email", 0, Progress::Waiting, None),
    ("support", Kind::Erasure, "fields:album_media", 40, Progress::Sent, None),
    ("payment", Kind::Correction, "fields:real_name", 5, Progress::Dead, None),
    ("finance_anhe", Kind::Withdrawal, "purpose:finance_sharing", 3, Progress::Sent, None),
];

/// Fills in what recipients were told about the demo's person, in place of what came about while the demo was made.
///
/// # Errors
/// Storage or vault.
pub async fn fill(centre: &Centre, caller: &Caller, now: Moment) -> Result<(), Fault> {
    let key = centre.vault.key_for(caller.person, Category::Deliveries, now).await?;
    let mut tx = centre.data.begin().await?;
    sql("DELETE FROM delivery WHERE owner = $1").bind(caller.person).execute(&mut tx).await?;
    for (recipient, kind, about, days, progress, reason) in NOTICES {
        let made = now.plus(-days * DAY - 3 * HOUR);
        let id = Uuid::now_v7();
        let data = json!({ "subject": {} });
        let notice = Notice { id, owner: caller.person, recipient, kind: *kind, about, data };
        tell(&mut tx, centre, &key, &notice, made).await?;
        advance(&mut tx, id, (*progress, *reason), made).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn advance(
    tx: &mut Tx,
    id: Uuid,
    (progress, reason): (Progress, Option<Reason>),
    made: Moment,
) -> Result<(), Fault> {
    let was = |reached: bool, hours: i64| reached.then(|| made.plus(hours * HOUR).0);
    let has_it = !matches!(progress, Progress::Waiting | Progress::Dead);
    sql("UPDATE delivery SET state = $2, reason = $3, sent_at = $4, accepted_at = $5, completed_at = $6, \
         body = CASE WHEN $4 IS NULL THEN body ELSE NULL END WHERE id = $1")
    .bind(id)
    .bind(progress.id())
    .bind(reason.map(Reason::id))
    .bind(was(has_it, 1))
    .bind(was(has_it && progress != Progress::Sent, 2))
    .bind(was(progress.has_ended(), 50))
    .execute(tx)
    .await?;
    Ok(())
}
