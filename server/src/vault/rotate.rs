//! Rotation: every living key is wrapped anew under a fresh root key, and that one by another master key. Once the operator has
//! destroyed the old master key, no older copy of the key store opens any more: no backup, no write-ahead log, no dead row of
//! PostgreSQL. Nobody knows where all copies are, so this is what bounds "erased in backups, too".

use app::time::Moment;

use super::keys::{VaultError, key_place};
use super::master::MasterKey;
use super::root::{self, Root, service_place};
use super::seal::{self, Place};
use crate::storage::{Db, Sql, Tx, sql, sql_rows};

/// Keys that are wrapped anew by one statement.
const BATCH: usize = 500;

/// What a rotation has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// Keys that are wrapped anew; none, if an earlier run that was cut off afterwards had done it.
    pub keys: i64,
    /// When the present root key was made: copies from before open no more without the old master key.
    pub at: Moment,
}

/// Wraps all keys anew, in one transaction: killed at any point, the key store opens with the old master key, or with the new
/// one. Run again with the same two keys it finds its work done. Nobody else may use the key store meanwhile.
///
/// # Errors
/// [`VaultError::SameMasterKey`], [`VaultError::WrongMasterKey`] if neither key opens the store, [`VaultError::Empty`],
/// [`VaultError::Db`], [`VaultError::Broken`]. Then nothing was changed.
pub async fn rotate(keys: &Db, old: &MasterKey, new: &MasterKey, now: Moment) -> Result<Rotated, VaultError> {
    if old.0 == new.0 {
        return Err(VaultError::SameMasterKey);
    }
    let mut tx = keys.begin().await?;
    tx.lock(root::LOCK).await?;
    let before = match Root::open(&mut tx, old).await {
        Ok(root) => root.ok_or(VaultError::Empty)?,
        Err(VaultError::WrongMasterKey) => {
            let root = Root::open(&mut tx, new).await?.ok_or(VaultError::Empty)?;
            return Ok(Rotated { keys: 0, at: root.made_at });
        }
        Err(error) => return Err(error),
    };
    let after = Root::fresh(now);
    after.store(&mut tx, new).await?;
    let services = wrap_services(&mut tx, &before, &after).await?;
    let data = wrap_data_keys(&mut tx, &before, &after).await?;
    sql("DELETE FROM root_key WHERE id <> $1").bind(after.id).execute(&mut tx).await?;
    tx.commit().await?;
    Ok(Rotated { keys: services + data, at: now })
}

async fn wrap_services(tx: &mut Tx, before: &Root, after: &Root) -> Result<i64, VaultError> {
    let rows = sql("SELECT name, wrapped FROM service_key").fetch_all::<(String, Vec<u8>)>(&mut *tx).await?;
    for (name, wrapped) in &rows {
        sql("UPDATE service_key SET wrapped = $2, root_id = $3 WHERE name = $1")
            .bind(name)
            .bind(anew(service_place(name), wrapped, before, after)?)
            .bind(after.id)
            .execute(&mut *tx)
            .await?;
    }
    Ok(rows.len() as i64)
}

/// In the order of their ids, so that memory does not grow with the number of people.
async fn wrap_data_keys(tx: &mut Tx, before: &Root, after: &Root) -> Result<i64, VaultError> {
    let (mut last, mut count) = (String::new(), 0);
    loop {
        let rows = sql("SELECT id, wrapped FROM data_key WHERE id > $1 ORDER BY id LIMIT $2")
            .bind(&last)
            .bind(BATCH as i64)
            .fetch_all::<(String, Vec<u8>)>(&mut *tx)
            .await?;
        let Some((id, _)) = rows.last() else { return Ok(count) };
        last.clone_from(id);
        count += rows.len() as i64;
        let head = "UPDATE data_key SET wrapped = fresh.column2, root_id = fresh.column3 FROM (VALUES";
        let mut update: Sql = sql_rows(head, 3, rows.len(), ") AS fresh WHERE data_key.id = fresh.column1");
        for (id, wrapped) in &rows {
            update = update.bind(id).bind(anew(key_place(id), wrapped, before, after)?).bind(after.id);
        }
        update.execute(&mut *tx).await?;
    }
}

fn anew(place: Place<'_>, wrapped: &[u8], before: &Root, after: &Root) -> Result<Vec<u8>, VaultError> {
    let secret =
        seal::open(&before.secret, place, wrapped).map_err(|_| VaultError::Broken(place.table, place.column))?;
    Ok(seal::seal(&after.secret, after.id, place, &secret))
}
