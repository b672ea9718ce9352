//! What an entry does to restored data. Doing it again changes nothing, and what came after the entry stays.

use app::consents::Decision;
use app::records::model::Home;
use app::requests::model::Status;
use app::time::Moment;
use uuid::Uuid;

use super::{Entry, exact};
use crate::accounts::store::caller_of;
use crate::cancellation::{again, child};
use crate::centre::Centre;
use crate::consents::store::{By, Made, lock_name, record_again};
use crate::execution::rows;
use crate::guardian;
use crate::ledger::Event;
use crate::storage::{Tx, sql};
use crate::web::fault::Fault;

/// An entry of the log names a maker that this program does not know.
#[derive(Debug, thiserror::Error)]
#[error("the replay log holds a decision by an unknown maker: an older program on a newer key store")]
struct Unknown;

/// Applies one entry to its person.
///
/// # Errors
/// Storage or vault.
pub(super) async fn apply(tx: &mut Tx, centre: &Centre, person: Uuid, entry: &Entry, at: Moment) -> Result<(), Fault> {
    match entry {
        Entry::AccountErased => {
            rows::remove(tx, person).await?;
            // Whoever was erasing it may have died with its data: nobody else would end these.
            centre.vault.destroy_all(person, at).await?;
        }
        Entry::Leaving(step) => again::again(tx, centre, person, step, at).await?,
        Entry::Withdrawn { purpose, about, granted, surface, by } => {
            let by = By::read(by).ok_or(Unknown)?;
            let decision = Decision { purpose: *purpose, granted: *granted };
            let made = Made { about: about.as_deref(), ..Made::of(decision, surface, by) };
            withdraw(tx, centre, person, made, at).await?;
        }
        Entry::KindErased { field, barred } => {
            remove_kind(tx, person, field, at).await?;
            for id in barred {
                bar(tx, *id).await?;
            }
            erase_home(tx, centre, person, field, at).await?;
        }
        Entry::KindRestricted { field } => restrict_kind(tx, centre, person, field, at).await?,
        Entry::RowErased { table, id } => remove_row(tx, person, table, *id, at).await?,
        Entry::RecordRestricted { id } => {
            sql("UPDATE record SET restricted_at = $3 WHERE id = $1 AND person_id = $2 AND restricted_at IS NULL")
                .bind(*id)
                .bind(person)
                .bind(at.0)
                .execute(tx)
                .await?;
        }
        Entry::PasswordChanged(value) => exact::password(tx, centre, person, (value, at)).await?,
        // Names were put back before everything else; a tombstone is nobody's.
        Entry::PhoneChanged(_) | Entry::UsernameChanged(_) | Entry::NumberGivenUp(_) => {}
        Entry::DirectiveSet(value) => exact::directive(tx, centre, person, (value, at)).await?,
        Entry::ReplyWaits { id, text } => exact::reply(tx, centre, person, (id, text, at)).await?,
        Entry::DirectiveWithdrawn => exact::no_directive(tx, centre, person, at).await?,
        Entry::KinGranted { rights } => {
            exact::state(tx, centre, person, (&Event::KinGranted { rights: rights.clone() }, at)).await?;
        }
        Entry::GuardianAgreed => guardian::agree_again(tx, centre, person, at).await?,
        Entry::GuardianWithdrew => guardian::withdraw_again(tx, centre, person, at).await?,
        Entry::GuardianRefused => {
            child::erase_in(tx, &caller_of(centre, person).await?, at).await?;
        }
        Entry::KinRefuted => exact::state(tx, centre, person, (&Event::KinRefuted, at)).await?,
    }
    Ok(())
}

/// Records the decision as of when it was made, unless it stands so or a later one does.
async fn withdraw(tx: &mut Tx, centre: &Centre, person: Uuid, made: Made<'_>, at: Moment) -> Result<(), Fault> {
    let Decision { purpose, granted } = made.decision;
    tx.lock(&lock_name(person)).await?;
    let standing = sql("SELECT granted, decided_at FROM decision WHERE person_id = $1 AND purpose = $2 AND about = $3")
        .bind(person)
        .bind(purpose.id())
        .bind(made.about.unwrap_or_default())
        .fetch_optional::<(bool, i64)>(&mut *tx)
        .await?;
    if standing.is_some_and(|(stands, since)| stands == granted || since > at.0) {
        return Ok(());
    }
    if centre.catalogue.shown(purpose, made.about).is_some() {
        let caller = caller_of(centre, person).await?;
        return record_again(tx, centre, &caller, made, at).await;
    }
    // The catalogue has no words for it any more, so there is no event to write; but a "yes" must not stand.
    sql("UPDATE decision SET granted = $4, decided_at = $5 WHERE person_id = $1 AND purpose = $2 AND about = $3")
        .bind(person)
        .bind(purpose.id())
        .bind(made.about.unwrap_or_default())
        .bind(granted)
        .bind(at.0)
        .execute(tx)
        .await?;
    Ok(())
}

async fn remove_kind(tx: &mut Tx, person: Uuid, field: &str, at: Moment) -> Result<(), Fault> {
    // What came in after the erasure has a later time: an older one would have been refused.
    sql("DELETE FROM record WHERE person_id = $1 AND field = $2 AND at <= $3")
        .bind(person)
        .bind(field)
        .bind(at.0)
        .execute(tx)
        .await?;
    sql("INSERT INTO erased_kind (person_id, field, erased_at) VALUES ($1, $2, $3) \
         ON CONFLICT (person_id, field) DO UPDATE SET erased_at = excluded.erased_at \
         WHERE erased_kind.erased_at < excluded.erased_at")
    .bind(person)
    .bind(field)
    .bind(at.0)
    .execute(tx)
    .await?;
    Ok(())
}

async fn bar(tx: &mut Tx, id: Uuid) -> Result<(), Fault> {
    sql("INSERT INTO erased_record (id) VALUES ($1) ON CONFLICT (id) DO NOTHING").bind(id).execute(tx).await?;
    Ok(())
}

/// Where a kind stands outside the records.
fn home_of(centre: &Centre, field: &str) -> Home {
    centre.catalogue.data().field(field).map_or(Home::Records, |field| field.kept_in)
}

async fn erase_home(tx: &mut Tx, centre: &Centre, person: Uuid, field: &str, at: Moment) -> Result<(), Fault> {
    let removal = match home_of(centre, field) {
        Home::Addresses => "DELETE FROM address WHERE person_id = $1 AND created_at <= $2",
        Home::Avatar => "DELETE FROM avatar WHERE person_id = $1 AND changed_at <= $2",
        Home::Records | Home::Account | Home::RealName | Home::Decisions | Home::Affairs => return Ok(()),
    };
    sql(removal).bind(person).bind(at.0).execute(tx).await?;
    Ok(())
}

async fn restrict_kind(tx: &mut Tx, centre: &Centre, person: Uuid, field: &str, at: Moment) -> Result<(), Fault> {
    sql("UPDATE record SET restricted_at = $3 \
         WHERE person_id = $1 AND field = $2 AND restricted_at IS NULL AND at <= $3")
    .bind(person)
    .bind(field)
    .bind(at.0)
    .execute(tx)
    .await?;
    if home_of(centre, field) == Home::RealName {
        sql("UPDATE real_name SET restricted_at = $2 \
             WHERE person_id = $1 AND restricted_at IS NULL AND verified_at <= $2")
        .bind(person)
        .bind(at.0)
        .execute(tx)
        .await?;
    }
    Ok(())
}

async fn remove_row(tx: &mut Tx, person: Uuid, table: &str, id: Uuid, at: Moment) -> Result<(), Fault> {
    match table {
        "record" => {
            sql("DELETE FROM record WHERE id = $1 AND person_id = $2").bind(id).bind(person).execute(tx).await?;
            bar(tx, id).await?;
        }
        "address" => {
            sql("DELETE FROM address WHERE id = $1 AND person_id = $2").bind(id).bind(person).execute(tx).await?;
        }
        "avatar" => {
            sql("DELETE FROM avatar WHERE person_id = $1 AND changed_at <= $2")
                .bind(person)
                .bind(at.0)
                .execute(tx)
                .await?;
        }
        "kin_proof" => {
            sql("DELETE FROM kin_proof WHERE id = $1 AND person_id = $2").bind(id).bind(person).execute(tx).await?;
        }
        _ => return Err(UnknownTable.into()),
    }
    Ok(())
}

/// An entry of the log names a table that this program does not know.
#[derive(Debug, thiserror::Error)]
#[error("the replay log names an unknown table: an older program on a newer key store")]
struct UnknownTable;

/// Puts right what is told of the rows that are left: totals, and one default address.
///
/// # Errors
/// Storage.
pub(super) async fn recount(tx: &mut Tx) -> Result<(), Fault> {
    sql("DELETE FROM record_total").execute(tx).await?;
    sql("INSERT INTO record_total (person_id, field, held, restricted, latest_at) \
         SELECT person_id, field, COUNT(CASE WHEN restricted_at IS NULL THEN 1 END), COUNT(restricted_at), MAX(at) \
         FROM record GROUP BY person_id, field")
    .execute(tx)
    .await?;
    sql("UPDATE address SET is_default = TRUE WHERE id IN (SELECT id FROM (SELECT id, ROW_NUMBER() OVER \
         (PARTITION BY person_id ORDER BY is_default DESC, created_at DESC, id DESC) AS rank FROM address) AS ranked \
         WHERE rank = 1) AND NOT is_default")
    .execute(tx)
    .await?;
    Ok(())
}

/// Ends what an older state has brought back to life and nobody knows the end of: devices that were signed out since, codes that
/// were used since, packages that were stopped or had arrived.
///
/// # Errors
/// Storage.
pub(super) async fn end_what_was_under_way(tx: &mut Tx, now: Moment) -> Result<(), Fault> {
    sql("UPDATE session SET ended_at = $1 WHERE ended_at IS NULL").bind(now.0).execute(tx).await?;
    sql("DELETE FROM one_time_code").execute(tx).await?;
    sql("DELETE FROM hand_over").execute(tx).await?;
    sql("UPDATE request SET status = $2, ended_at = $1 WHERE ended_at IS NULL \
         AND id IN (SELECT request_id FROM transfer WHERE ended_at IS NULL)")
    .bind(now.0)
    .bind(Status::Revoked.id())
    .execute(tx)
    .await?;
    sql("UPDATE transfer SET state = 'cancelled', ended_at = $1, credential = NULL WHERE ended_at IS NULL")
        .bind(now.0)
        .execute(tx)
        .await?;
    // A package whose key is gone has no pieces any more; one that was to be sent has nobody to go to.
    sql("UPDATE export SET state = 'ended', ended_at = $1 WHERE ended_at IS NULL AND (purpose = 'transfer' OR \
         (state = 'ready' AND NOT EXISTS (SELECT 1 FROM export_part WHERE export_part.export_id = export.id)))")
    .bind(now.0)
    .execute(tx)
    .await?;
    Ok(())
}
