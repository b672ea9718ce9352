//! Erasing one record.

use app::records::model::Field;
use app::records::rules::{Fate, fate};
use app::time::Moment;
use uuid::Uuid;

use crate::centre::Centre;
use crate::ledger::{self, Event};
use crate::records::LOCK;
use crate::replay::{self, Entry};
use crate::storage::{Tx, sql};
use crate::web::fault::Fault;
use crate::web::visit::Caller;
use crate::webhooks::notices;

/// Erases one record, or makes it storage only where a law keeps it; nothing when there is no such record in use.
///
/// # Errors
/// Storage or vault.
pub async fn erase_record(
    centre: &Centre,
    caller: &Caller,
    (id, field): (Uuid, &Field),
    now: Moment,
) -> Result<Option<Fate>, Fault> {
    let fate = fate(field);
    let mut tx = centre.data.begin().await?;
    tx.lock_shared(LOCK).await?;
    if fate == Fate::Goes {
        notices::record_erased(&mut tx, centre, caller, (id, &field.id), now).await?;
    }
    let touched = match fate {
        Fate::Goes => {
            sql("DELETE FROM record WHERE id = $1 AND person_id = $2 AND restricted_at IS NULL")
                .bind(id)
                .bind(caller.person)
                .execute(&mut tx)
                .await?
        }
        Fate::StoredOnly => {
            sql("UPDATE record SET restricted_at = $3 WHERE id = $1 AND person_id = $2 AND restricted_at IS NULL")
                .bind(id)
                .bind(caller.person)
                .bind(now.0)
                .execute(&mut tx)
                .await?
        }
        Fate::StaysWithAccount => return Ok(Some(fate)),
    };
    if touched == 0 {
        return Ok(None);
    }
    let restricted = fate == Fate::StoredOnly;
    if !restricted {
        sql("INSERT INTO erased_record (id) VALUES ($1) ON CONFLICT (id) DO NOTHING").bind(id).execute(&mut tx).await?;
    }
    count_out(&mut tx, caller, field, restricted).await?;
    let entry = match restricted {
        true => Entry::RecordRestricted { id },
        false => Entry::RowErased { table: "record".to_owned(), id },
    };
    replay::note(&mut tx, centre, caller.person, &entry, now).await?;
    let event = Event::RecordErased { field: field.id.clone(), restricted };
    ledger::append(&mut tx, &caller.pseudonym, now, &event).await?;
    tx.commit().await?;
    replay::flush_or_later(centre).await;
    Ok(Some(fate))
}

/// One record less in use. When the newest one went, the next is.
async fn count_out(tx: &mut Tx, caller: &Caller, field: &Field, restricted: bool) -> Result<(), Fault> {
    sql("UPDATE record_total SET held = held - 1, restricted = restricted + $3, latest_at = \
         COALESCE((SELECT MAX(at) FROM record WHERE person_id = $1 AND field = $2), latest_at) \
         WHERE person_id = $1 AND field = $2")
    .bind(caller.person)
    .bind(&field.id)
    .bind(i64::from(restricted))
    .execute(tx)
    .await?;
    sql("DELETE FROM record_total WHERE person_id = $1 AND field = $2 AND held = 0 AND restricted = 0")
        .bind(caller.person)
        .bind(&field.id)
        .execute(tx)
        .await?;
    Ok(())
}
