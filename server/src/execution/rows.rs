//! Every row that is a person's, wherever it stands.

use uuid::Uuid;

use super::kinds::{self, Counts};
use crate::centre::Centre;
use crate::storage::{Tx, sql, sql_counting};
use crate::web::fault::Fault;

/// Removes a person's rows, in an order that no reference stands against. `$1` is the person.
const REMOVALS: &[&str] = &[
    "DELETE FROM download WHERE session_id IN (SELECT id FROM session WHERE person_id = $1) \
     OR export_id IN (SELECT id FROM export WHERE person_id = $1)",
    "DELETE FROM session WHERE person_id = $1",
    // To its phone, and for it to a guardian's.
    "DELETE FROM one_time_code WHERE phone_index = (SELECT phone_index FROM person WHERE id = $1) \
     OR (use_for = 'guardian' AND id LIKE $1 || '.%')",
    "DELETE FROM code_count WHERE person_id = $1",
    "DELETE FROM known_device WHERE person_id = $1",
    "DELETE FROM decision WHERE person_id = $1",
    "DELETE FROM avatar WHERE person_id = $1",
    "DELETE FROM address WHERE person_id = $1",
    "DELETE FROM real_name WHERE person_id = $1",
    "DELETE FROM correction WHERE person_id = $1",
    "DELETE FROM record WHERE person_id = $1",
    "DELETE FROM record_total WHERE person_id = $1",
    "DELETE FROM erased_kind WHERE person_id = $1",
    "DELETE FROM erasure WHERE person_id = $1",
    "DELETE FROM kin_proof WHERE person_id = $1",
    "DELETE FROM directive WHERE person_id = $1",
    // Of the person, or made of somebody else for a request of theirs.
    "DELETE FROM export_part WHERE export_id IN (SELECT id FROM export WHERE person_id = $1 \
     OR request_id IN (SELECT id FROM request WHERE person_id = $1))",
    "DELETE FROM transfer WHERE person_id = $1",
    "DELETE FROM export WHERE person_id = $1 OR request_id IN (SELECT id FROM request WHERE person_id = $1)",
    "DELETE FROM kin_request WHERE person_id = $1",
    "DELETE FROM request WHERE person_id = $1",
    "DELETE FROM disclosure WHERE person_id = $1",
    "DELETE FROM hand_over WHERE person_id = $1",
    "DELETE FROM sms_reply WHERE person_id = $1",
    "DELETE FROM unsubscribe_link WHERE person_id = $1",
    "DELETE FROM mail_link WHERE person_id = $1",
    "DELETE FROM outgoing_message WHERE owner = $1",
    "DELETE FROM delivery WHERE owner = $1",
    "DELETE FROM affair WHERE person_id = $1",
    "DELETE FROM waiver WHERE person_id = $1",
    "DELETE FROM cancellation WHERE person_id = $1",
    "DELETE FROM lost_grant WHERE person_id = $1",
    "DELETE FROM person WHERE id = $1",
];

/// An execution that a restored backup holds half done: what it was about is gone with the rest.
const HALF_DONE: &[&str] = &[
    "DELETE FROM execution_count WHERE execution_id IN (SELECT id FROM execution WHERE person_id = $1)",
    "DELETE FROM execution WHERE person_id = $1",
];

/// Of what there may be much, a part, so that no transaction holds others up for long; the records by their kind.
const RECORDS: &str = "DELETE FROM record WHERE id IN (SELECT id FROM record WHERE person_id = $1 LIMIT 500) \
     RETURNING field";
const LARGE: &[&str] = &[
    // A piece has up to 256 KB.
    "DELETE FROM export_part WHERE (export_id, attempt, position) IN (SELECT p.export_id, p.attempt, p.position \
     FROM export_part p JOIN export e ON e.id = p.export_id WHERE e.person_id = $1 LIMIT 16)",
    "DELETE FROM correction WHERE id IN (SELECT id FROM correction WHERE person_id = $1 LIMIT 500)",
    "DELETE FROM disclosure WHERE id IN (SELECT id FROM disclosure WHERE person_id = $1 LIMIT 500)",
    "DELETE FROM mail_link WHERE id IN (SELECT id FROM mail_link WHERE person_id = $1 LIMIT 500)",
];

fn table(removal: &str) -> &str {
    removal.split_whitespace().nth(2).unwrap_or_default()
}

/// Removes them all in one transaction; returns how many there were. Doing it again changes nothing. For an account of any
/// size, [`remove_some`] and [`remove_rest`].
///
/// # Errors
/// Storage.
pub async fn remove(tx: &mut Tx, person: Uuid) -> Result<u64, Fault> {
    let mut removed = 0;
    for statement in HALF_DONE.iter().chain(REMOVALS) {
        removed += sql(statement).bind(person).execute(&mut *tx).await?;
    }
    Ok(removed)
}

/// Removes a part of what there may be much of; nothing when none of that is left.
///
/// # Errors
/// Storage.
pub async fn remove_some(tx: &mut Tx, person: Uuid) -> Result<Counts, Fault> {
    let mut counts = Counts::new();
    for (field,) in sql(RECORDS).bind(person).fetch_all::<(String,)>(&mut *tx).await? {
        *counts.entry(field).or_default() += 1;
    }
    for statement in LARGE {
        if !counts.is_empty() {
            break;
        }
        let removed = i64::try_from(sql(statement).bind(person).execute(&mut *tx).await?)?;
        if removed > 0 {
            counts.insert(kinds::of_table(table(statement)).to_owned(), removed);
        }
    }
    Ok(counts)
}

/// Removes what [`remove_some`] has left.
///
/// # Errors
/// Storage.
pub async fn remove_rest(tx: &mut Tx, person: Uuid) -> Result<Counts, Fault> {
    let mut counts = Counts::new();
    for statement in REMOVALS {
        let removed = i64::try_from(sql(statement).bind(person).execute(&mut *tx).await?)?;
        *counts.entry(kinds::of_table(table(statement)).to_owned()).or_default() += removed;
    }
    Ok(counts)
}

/// Ends every sign-in and every code, the first to go.
///
/// # Errors
/// Storage.
pub(super) async fn remove_devices(tx: &mut Tx, person: Uuid) -> Result<Counts, Fault> {
    let mut counts = Counts::new();
    for statement in REMOVALS.iter().filter(|removal| kinds::of_table(table(removal)) == "devices") {
        let removed = i64::try_from(sql(statement).bind(person).execute(&mut *tx).await?)?;
        *counts.entry("devices".to_owned()).or_default() += removed;
    }
    Ok(counts)
}

/// How many rows each table holds of a person, in the order of their removal.
///
/// # Errors
/// Storage.
pub async fn counts(centre: &Centre, person: Uuid) -> Result<Vec<(&'static str, i64)>, Fault> {
    let mut counts = Vec::with_capacity(REMOVALS.len());
    for removal in REMOVALS {
        let (count,) = sql_counting(removal).bind(person).fetch_one::<(i64,)>(&centre.data).await?;
        counts.push((table(removal), count));
    }
    Ok(counts)
}

/// Every table that holds rows of people.
#[must_use]
pub fn tables() -> Vec<&'static str> {
    REMOVALS.iter().map(|removal| table(removal)).collect()
}
