//! SQL of the limits of codes: every server counts in the same rows, and what is counted is written in the transaction that
//! looked.

use app::accounts::code_limits::{Asker, Counted, Counter};
use app::accounts::model::CodeUse;
use app::time::{HOUR, MINUTE, Moment};
use uuid::Uuid;

use super::limits::network;
use crate::storage::{Tx, sql};
use crate::web::fault::Fault;
use crate::web::visit::Visit;

/// Held while somebody looks and counts: two servers never both find the last room.
pub(super) const LOCK: &str = "codes";

/// Which row of counters that is, as a keyed hash.
fn index(visit: &Visit, counter: Counter, phone_index: &[u8; 32]) -> [u8; 32] {
    let address = network(visit.address);
    let name = match counter {
        Counter::Account => {
            format!("account {}", visit.caller.as_ref().map_or(Uuid::nil(), |caller| caller.person))
        }
        Counter::Address => format!("address {address}"),
        Counter::Known => format!("known {address}"),
        Counter::SignIn => format!("sign_in {address} {phone_index:?}"),
        Counter::Strangers => "strangers".to_owned(),
        Counter::All => "all".to_owned(),
    };
    visit.centre.vault.blind_index("code_count", &name)
}

/// How far each limit that a code counts against has come.
///
/// # Errors
/// Storage.
pub(super) async fn read(
    tx: &mut Tx,
    visit: &Visit,
    (asker, use_for): (Asker, CodeUse),
    phone_index: &[u8; 32],
) -> Result<Vec<Counted>, Fault> {
    let now = visit.now;
    let mut counted = Vec::new();
    for (counter, limit) in visit.centre.limits.codes.counters(asker, use_for) {
        // Of a server whose clock was ahead for long, nothing counts.
        let (sent, oldest) = sql("SELECT COUNT(*), MIN(at) FROM (SELECT at FROM code_count \
             WHERE counter_index = $1 AND at > $2 AND at <= $3 ORDER BY at DESC LIMIT $4) AS newest")
        .bind(index(visit, counter, phone_index))
        .bind(now.plus(-HOUR).0)
        .bind(now.plus(MINUTE).0)
        .bind(limit)
        .fetch_one::<(i64, Option<i64>)>(&mut *tx)
        .await?;
        let room_at = oldest.map_or(now, |at| Moment(at).plus(HOUR));
        counted.push(Counted { counter, limit, sent, room_at });
    }
    Ok(counted)
}

/// Counts one more against each of them.
///
/// # Errors
/// Storage.
pub(super) async fn add(tx: &mut Tx, visit: &Visit, counted: &[Counted], phone_index: &[u8; 32]) -> Result<(), Fault> {
    for one in counted {
        let person = visit.caller.as_ref().filter(|_| one.counter == Counter::Account);
        sql("INSERT INTO code_count (id, counter_index, person_id, at) VALUES ($1, $2, $3, $4)")
            .bind(Uuid::now_v7())
            .bind(index(visit, one.counter, phone_index))
            .bind(person.map(|caller| caller.person.to_string()))
            .bind(visit.now.0)
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

/// Forgets what counts no more.
///
/// # Errors
/// Storage.
pub(super) async fn tidy(tx: &mut Tx, now: Moment) -> Result<u64, Fault> {
    Ok(sql("DELETE FROM code_count WHERE at <= $1").bind(now.plus(-HOUR).0).execute(tx).await?)
}
