//! A person corrects a record in place (个保法 46). Who and when is kept, what it said before is not.

use app::records::model::Field;
use app::time::Moment;
use uuid::Uuid;

use super::{LOCK, content_place, one};
use crate::centre::Centre;
use crate::ledger::{self, Event};
use crate::storage::{Tx, sql};
use crate::vault::Category;
use crate::web::fault::Fault;
use crate::web::visit::Caller;
use crate::webhooks::notices::{self, Change};

/// Who corrected a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Its person, where [`may_correct`](app::records::rules::may_correct) lets them.
    Person,
    /// The operator's officer, at the person's request.
    Officer,
}

impl By {
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Officer => "officer",
        }
    }
}

/// Puts a checked value in place of a record's present one; false when there is no such record in use.
///
/// # Errors
/// Storage or vault.
pub async fn correct(
    centre: &Centre,
    caller: &Caller,
    (id, field): (Uuid, &Field),
    value: &str,
    by: By,
    now: Moment,
) -> Result<bool, Fault> {
    let mut tx = centre.data.begin().await?;
    if !correct_in(&mut tx, (centre, caller), (id, field), value, by, now).await? {
        return Ok(false);
    }
    tx.commit().await?;
    Ok(true)
}

/// The same inside the transaction of what it follows from.
///
/// # Errors
/// Storage or vault.
pub(crate) async fn correct_in(
    tx: &mut Tx,
    (centre, caller): (&Centre, &Caller),
    (id, field): (Uuid, &Field),
    value: &str,
    by: By,
    now: Moment,
) -> Result<bool, Fault> {
    // While it lasts no erasure takes the key away.
    tx.lock_shared(LOCK).await?;
    let Some(record) = one(centre, caller, id).await? else { return Ok(false) };
    let mut content = record.content;
    let change = Change { kind: &field.id, before: &content.value, after: value };
    notices::corrected(tx, centre, caller, &[change], now).await?;
    value.clone_into(&mut content.value);
    let key = centre.vault.key_for(caller.person, Category::Records(&field.id), now).await?;
    let row = id.to_string();
    let changed = sql("UPDATE record SET content = $3, corrected_at = $4 \
         WHERE id = $1 AND person_id = $2 AND restricted_at IS NULL")
    .bind(&row)
    .bind(caller.person)
    .bind(key.seal(content_place(&row), &serde_json::to_vec(&content)?))
    .bind(now.0)
    .execute(&mut *tx)
    .await?;
    if changed == 0 {
        return Ok(false);
    }
    sql("INSERT INTO correction (id, record_id, person_id, corrected_by, corrected_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(Uuid::now_v7())
        .bind(&row)
        .bind(caller.person)
        .bind(by.id())
        .bind(now.0)
        .execute(&mut *tx)
        .await?;
    ledger::append(tx, &caller.pseudonym, now, &Event::RecordCorrected { field: field.id.clone() }).await?;
    Ok(true)
}

/// When a record was corrected, newest first.
///
/// # Errors
/// Storage.
pub async fn corrections(centre: &Centre, caller: &Caller, id: Uuid) -> Result<Vec<Moment>, Fault> {
    let rows =
        sql("SELECT corrected_at FROM correction WHERE record_id = $1 AND person_id = $2 ORDER BY corrected_at DESC")
            .bind(id)
            .bind(caller.person)
            .fetch_all::<(i64,)>(&centre.data)
            .await?;
    Ok(rows.into_iter().map(|(at,)| Moment(at)).collect())
}
