//! What a granted claim lets take away: a package of the account of the person who has died, for one download:
//! whoever has begun it may try again within an hour.

use app::pages::relatives::Package;
use app::promises::PACKAGE_TAKING;
use app::time::Moment;
use uuid::Uuid;

use crate::accounts::store::{caller_of, is_stored_only};
use crate::centre::Centre;
use crate::export::downloads::{Download, Package as There};
use crate::export::store::{self as export, Handed};
use crate::records::erase;
use crate::storage::{Executor, Tx, sql};
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// Remembers which package was granted for a request.
///
/// # Errors
/// Storage.
pub(super) async fn grant(tx: &mut Tx, request: &str, export: Uuid) -> Result<(), Fault> {
    sql("UPDATE kin_request SET export_id = $2 WHERE request_id = $1").bind(request).bind(export).execute(tx).await?;
    Ok(())
}

/// The package that was granted for the caller's own request, and whether it was taken already.
async fn granted(
    on: impl Into<Executor<'_>>,
    caller: &Caller,
    request: &str,
) -> Result<Option<(String, Option<i64>)>, Fault> {
    let row = sql("SELECT export_id, taken_at FROM kin_request WHERE request_id = $1 AND person_id = $2")
        .bind(request)
        .bind(caller.person)
        .fetch_optional::<(Option<String>, Option<i64>)>(on)
        .await?;
    Ok(row.and_then(|(export, taken)| Some((export?, taken))))
}

/// How far the package of the caller's own request is; nothing where none was granted.
///
/// # Errors
/// Storage.
pub async fn state(centre: &Centre, caller: &Caller, request: &str, now: Moment) -> Result<Option<Package>, Fault> {
    let Some((id, taken)) = granted(&centre.data, caller, request).await? else { return Ok(None) };
    let Some(handed) = export::handed(&centre.data, &id, request).await? else { return Ok(Some(Package::Gone)) };
    if !is_stored_only(&centre.data, Uuid::parse_str(&handed.person_id)?).await? {
        return Ok(Some(Package::Gone));
    }
    Ok(Some(match (handed.state.as_str(), handed.ends_at) {
        ("queued" | "running", _) => Package::UnderWay,
        ("ready", Some(until)) if now.0 < until && taken.is_some() => Package::Taken(Moment(until)),
        ("ready", Some(until)) if now.0 < until => Package::Ready(Moment(until)),
        ("failed", _) => Package::Failed,
        _ => Package::Gone,
    }))
}

/// The package of the caller's own request, if it can be taken; nothing for anybody else, after its time, or when its person
/// turned out to be alive. Asking for it takes nothing.
///
/// # Errors
/// Storage.
pub async fn there(centre: &Centre, caller: &Caller, request: Uuid, now: Moment) -> Result<Option<There>, Fault> {
    let request = request.to_string();
    let Some((id, _)) = granted(&centre.data, caller, &request).await? else { return Ok(None) };
    let is_there = |handed: &Handed| handed.state == "ready" && handed.ends_at.is_some_and(|until| now.0 < until);
    let handed = export::handed(&centre.data, &id, &request).await?.filter(is_there);
    let Some(Handed { person_id, attempt, bytes, .. }) = handed else { return Ok(None) };
    let person = Uuid::parse_str(&person_id)?;
    let package = There { id, person, attempt, bytes: u64::try_from(bytes)? };
    Ok(is_stored_only(&centre.data, person).await?.then_some(package))
}

/// Takes the package. With the first download begins the hour in which it can be tried again, because a download may break off,
/// and some browsers hand it on to a program that fetches it once more. False when its person turned out to be alive.
///
/// # Errors
/// Storage or vault.
pub async fn take(
    centre: &Centre,
    caller: &Caller,
    (request, download): (Uuid, &Download),
    now: Moment,
) -> Result<bool, Fault> {
    let There { id, person, .. } = download.package();
    let gone = caller_of(centre, *person).await?;
    let mut tx = centre.data.begin().await?;
    let first =
        sql("UPDATE kin_request SET taken_at = $3 WHERE request_id = $1 AND person_id = $2 AND taken_at IS NULL")
            .bind(request)
            .bind(caller.person)
            .bind(now.0)
            .execute(&mut tx)
            .await?;
    // Of one who was declared dead and came back, nothing is given any more.
    if !is_stored_only(&mut tx, *person).await? {
        return Ok(false);
    }
    if first > 0 {
        export::end_by(&mut tx, id, now.plus(PACKAGE_TAKING)).await?;
    }
    if download.begin(&mut tx).await? {
        export::record(&mut tx, &gone, id, "downloaded", now).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Ends every package whose time is over, or whose download began long enough ago: its key is destroyed.
///
/// # Errors
/// Storage or vault; the next run goes on.
pub async fn end_due(centre: &Centre, now: Moment) -> Result<(), Fault> {
    let due = sql("SELECT e.id, e.person_id FROM export e JOIN kin_request k ON k.export_id = e.id \
         WHERE e.state = 'ready' AND e.ends_at <= $1")
    .bind(now.0)
    .fetch_all::<(String, String)>(&centre.data)
    .await?;
    for (id, person) in due {
        let caller = caller_of(centre, Uuid::parse_str(&person)?).await?;
        let mut tx = centre.data.begin().await?;
        let keys = export::end_in(&mut tx, centre, &caller, &id, now).await?;
        erase::intend(&mut tx, &caller, &keys, now).await?;
        tx.commit().await?;
    }
    erase::finish(centre).await
}

/// Ends every package of the caller's own account that somebody else was granted.
///
/// # Errors
/// Storage or vault.
pub(crate) async fn end_all(tx: &mut Tx, centre: &Centre, caller: &Caller, now: Moment) -> Result<(), Fault> {
    let all = sql("SELECT e.id FROM export e JOIN kin_request k ON k.export_id = e.id WHERE e.person_id = $1")
        .bind(caller.person)
        .fetch_all::<(String,)>(&mut *tx)
        .await?;
    for (id,) in all {
        let keys = export::end_in(tx, centre, caller, &id, now).await?;
        if !keys.is_empty() {
            erase::intend(tx, caller, &keys, now).await?;
        }
    }
    Ok(())
}
