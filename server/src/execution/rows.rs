//! Every row that is a person's, wherever it stands.

use uuid::Uuid;

use crate::storage::{Tx, sql};
use crate::web::fault::Fault;

/// Removes a person's rows, in an order that no reference stands against. `$1` is the person.
const REMOVALS: &[&str] = &[
    "DELETE FROM session WHERE person_id = $1",
    "DELETE FROM one_time_code WHERE phone_index = (SELECT phone_index FROM person WHERE id = $1)",
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
    "DELETE FROM unsubscribe_link WHERE person_id = $1",
    "DELETE FROM mail_link WHERE person_id = $1",
    "DELETE FROM outgoing_message WHERE owner = $1",
    "DELETE FROM delivery WHERE owner = $1",
    "DELETE FROM affair WHERE person_id = $1",
    "DELETE FROM waiver WHERE person_id = $1",
    "DELETE FROM cancellation WHERE person_id = $1",
    "DELETE FROM person WHERE id = $1",
];

/// Removes them all; returns how many there were. Doing it again changes nothing.
///
/// # Errors
/// Storage.
pub async fn remove(tx: &mut Tx, person: Uuid) -> Result<u64, Fault> {
    let mut removed = 0;
    for statement in REMOVALS {
        removed += sql(statement).bind(person).execute(&mut *tx).await?;
    }
    Ok(removed)
}
