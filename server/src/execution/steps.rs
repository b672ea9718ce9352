//! What each step does. Each may have been done already, whole or in part, by a worker that died.

use std::collections::BTreeSet;

use app::sharing::told::Notice as Kind;
use uuid::Uuid;

use super::kinds::{Counts, of_table};
use super::store::{self, Execution, Step, advance, derived, transaction};
use super::{finish, rows};
use crate::accounts::store::{ERASING, caller_of};
use crate::centre::Centre;
use crate::consents::store as consents;
use crate::legal_hold;
use crate::lost::follow as lost;
use crate::numbers;
use crate::records;
use crate::replay;
use crate::storage::sql;
use crate::vault::{Category, random_bytes};
use crate::web::fault::Fault;
use crate::webhooks::parties;
use crate::webhooks::store::{Notice, merge, tell};

/// Takes the step that comes next; returns the one after it.
pub(super) async fn take(centre: &Centre, execution: &Execution) -> Result<Step, Fault> {
    match execution.step {
        Step::Seal => store::seal(centre, execution, &caller_of(centre, execution.person).await?).await,
        Step::Gate => gate(centre, execution).await,
        Step::Tell => tell_all(centre, execution).await,
        Step::Hold => hold(centre, execution).await,
        Step::Log => log(centre, execution).await,
        Step::Keys => destroy_keys(centre, execution).await,
        Step::Rows => remove_rows(centre, execution).await,
        Step::Certify => finish::certify(centre, execution).await,
        Step::Completed => Ok(Step::Completed),
    }
}

/// Signs every device out and takes the account out of reach: phone and username are free from here on, and whoever writes
/// looks at the account's state inside their transaction, under the same locks.
async fn gate(centre: &Centre, execution: &Execution) -> Result<Step, Fault> {
    let person = execution.person;
    let mut tx = transaction(centre, execution).await?;
    tx.lock(records::LOCK).await?;
    tx.lock(&consents::lock_name(person)).await?;
    numbers::give_up(&mut tx, centre, person, centre.now()).await?;
    let counts = rows::remove_devices(&mut tx, person).await?;
    store::count_erased(&mut tx, execution.id, counts).await?;
    sql("UPDATE person SET state = $2, phone_index = $3, username_index = $4 WHERE id = $1")
        .bind(person)
        .bind(ERASING)
        .bind(random_bytes::<32>())
        .bind(random_bytes::<32>())
        .execute(&mut tx)
        .await?;
    lost::hand_over(&mut tx, execution.id, person).await?;
    // Who makes or sends a package loses their lease.
    sql("UPDATE export SET state = 'ended', ended_at = $2 WHERE person_id = $1 AND ended_at IS NULL")
        .bind(person)
        .bind(centre.now().0)
        .execute(&mut tx)
        .await?;
    sql("UPDATE transfer SET state = 'cancelled', ended_at = $2, credential = NULL \
         WHERE person_id = $1 AND ended_at IS NULL")
    .bind(person)
    .bind(centre.now().0)
    .execute(&mut tx)
    .await?;
    // Whoever seals in bulk takes no key from hand any more.
    sql("UPDATE erasure_count SET erasures = erasures + 1").execute(&mut tx).await?;
    advance(tx, execution, Step::Tell).await
}

/// Writes down what the host and every recipient are to be told; what they were still to be told before is in it.
async fn tell_all(centre: &Centre, execution: &Execution) -> Result<Step, Fault> {
    let caller = caller_of(centre, execution.person).await?;
    let parties = parties::of_erasure(centre, &caller).await?;
    let key = centre.vault.key_for(execution.id, Category::Deliveries, centre.now()).await?;
    let mut tx = transaction(centre, execution).await?;
    let now = centre.now();
    for (recipient, mut data) in parties {
        // Phone and username are free again: what a new account of the same phone brings there later is not meant.
        if let Some(data) = data.as_object_mut() {
            data.insert("before".to_owned(), now.iso_millis().into());
        }
        let id = derived(centre, "execution_notice", &format!("{}\n{recipient}", execution.id));
        let notice =
            Notice { id, owner: execution.id, recipient: &recipient, kind: Kind::Erasure, about: "account", data };
        tell(&mut tx, centre, &key, &notice, now).await?;
    }
    let merged = merge(&mut tx, execution.person, now).await?;
    store::count_erased(&mut tx, execution.id, Counts::from([(of_table("delivery").to_owned(), merged)])).await?;
    advance(tx, execution, Step::Hold).await
}

/// Moves what a law keeps.
async fn hold(centre: &Centre, execution: &Execution) -> Result<Step, Fault> {
    let content = store::content(centre, execution.id).await?;
    let hold = legal_hold::Hold::of(centre, content.hold, &content.phone()?);
    let sources = legal_hold::sources(centre, execution.person).await?;
    loop {
        let batches = legal_hold::read(centre, execution.person, &sources, centre.now()).await?;
        if batches.is_empty() {
            break;
        }
        let mut tx = transaction(centre, execution).await?;
        for moved in legal_hold::keep(&mut tx, centre, &hold, batches, centre.now()).await? {
            store::count_kept(&mut tx, execution.id, moved.ground, moved.records, moved.until).await?;
        }
        tx.commit().await?;
    }
    advance(transaction(centre, execution).await?, execution, Step::Log).await
}

/// A backup that is restored must learn it. In the log before anything is destroyed: a restored backup may erase what a live
/// centre is about to, but never bring back what is gone.
async fn log(centre: &Centre, execution: &Execution) -> Result<Step, Fault> {
    let mut tx = transaction(centre, execution).await?;
    replay::note(&mut tx, centre, execution.person, &replay::Entry::AccountErased, centre.now()).await?;
    advance(tx, execution, Step::Keys).await
}

/// Destroys all keys of the person, retired ones and those of copies, too: so every erasure of theirs that still stands open
/// is finished with it. Their ids are written down first, so that a worker who takes over knows of all of them.
async fn destroy_keys(centre: &Centre, execution: &Execution) -> Result<Step, Fault> {
    replay::flush(centre).await?;
    let mut keys: BTreeSet<Uuid> = store::keys(centre, execution).await?.into_iter().collect();
    keys.extend(centre.vault.retire_all(execution.person, centre.now()).await?);
    let keys: Vec<_> = keys.into_iter().collect();
    store::write_keys(centre, execution, &keys).await?;
    centre.vault.destroy(&keys, centre.now()).await?;
    advance(transaction(centre, execution).await?, execution, Step::Rows).await
}

async fn remove_rows(centre: &Centre, execution: &Execution) -> Result<Step, Fault> {
    loop {
        let mut tx = transaction(centre, execution).await?;
        let counts = rows::remove_some(&mut tx, execution.person).await?;
        if counts.is_empty() {
            break;
        }
        store::count_erased(&mut tx, execution.id, counts).await?;
        tx.commit().await?;
    }
    let mut tx = transaction(centre, execution).await?;
    let counts = rows::remove_rest(&mut tx, execution.person).await?;
    store::count_erased(&mut tx, execution.id, counts).await?;
    advance(tx, execution, Step::Certify).await
}
