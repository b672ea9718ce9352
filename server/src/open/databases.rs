//! Opening both databases: to work, to put something in their place, or to be read only.

use std::path::Path;

use super::{OpenError, fit};
use crate::config::Config;
use crate::presence;
use crate::storage::{Db, DbError, Schema, is_migrated, migrate};

/// Opens both databases and brings them to the present schema.
///
/// # Errors
/// [`OpenError`].
pub async fn databases(config: &Config) -> Result<(Db, Db), OpenError> {
    let (data, keys) = unmigrated(config).await?;
    migrate_both(&data, &keys).await?;
    Ok((data, keys))
}

/// The same, and holds both until they are closed: nobody puts another state in their place.
///
/// # Errors
/// [`OpenError`]; then they are closed.
pub async fn held(config: &Config) -> Result<(Db, Db), OpenError> {
    let (data, keys) = opened(config).await?;
    // Held before they are looked at: what is being restored reads as missing.
    let ready = async {
        hold_both(&data, &keys).await?;
        presence::both(&data, &keys, &config.storage).await?;
        migrate_both(&data, &keys).await
    };
    match ready.await {
        Ok(()) => Ok((data, keys)),
        Err(error) => {
            data.close().await;
            keys.close().await;
            Err(error)
        }
    }
}

async fn migrate_both(data: &Db, keys: &Db) -> Result<(), OpenError> {
    migrate(data, Schema::Data).await?;
    migrate(keys, Schema::Keys).await?;
    Ok(())
}

/// Opens both databases as they are; neither may be missing while the other belongs to something.
///
/// # Errors
/// [`OpenError`].
pub async fn unmigrated(config: &Config) -> Result<(Db, Db), OpenError> {
    let (data, keys) = opened(config).await?;
    presence::both(&data, &keys, &config.storage).await?;
    Ok((data, keys))
}

/// Opens both databases, neither of which is made in passing while the other belongs to something.
async fn opened(config: &Config) -> Result<(Db, Db), OpenError> {
    fit(config)?;
    let storage = &config.storage;
    // Before one is made in passing.
    let (has_data, has_keys) = (Db::may_exist(&storage.data), Db::may_exist(&storage.keys));
    if has_keys && !has_data {
        let keys = database("keys", &storage.keys, storage.keys_connections).await?;
        presence::without_data(&keys, &storage.data).await?;
        keys.close().await;
    }
    if has_data && !has_keys {
        let data = database("data", &storage.data, storage.data_connections).await?;
        presence::without_keys(&data, &storage.keys).await?;
        data.close().await;
    }
    to_restore(config).await
}

/// Opens both databases as they are, to put something in their place: one may be missing.
///
/// # Errors
/// [`OpenError`].
pub async fn to_restore(config: &Config) -> Result<(Db, Db), OpenError> {
    fit(config)?;
    let storage = &config.storage;
    let data = database("data", &storage.data, storage.data_connections).await?;
    let keys = database("keys", &storage.keys, storage.keys_connections).await?;
    Ok((data, keys))
}

/// Opens both databases to be read only, since nothing can be written.
pub(super) async fn databases_to_read(config: &Config) -> Result<(Db, Db), OpenError> {
    let storage = &config.storage;
    let data = Db::open_to_read(&storage.data, storage.data_connections).await;
    let data = migrated("data", data, Schema::Data).await?;
    let keys = Db::open_to_read(&storage.keys, storage.keys_connections).await;
    let keys = migrated("keys", keys, Schema::Keys).await?;
    hold_both(&data, &keys).await?;
    presence::both(&data, &keys, storage).await?;
    Ok((data, keys))
}

async fn migrated(which: &'static str, opened: Result<Db, DbError>, schema: Schema) -> Result<Db, OpenError> {
    let failed = |e| OpenError::Storage(which, e);
    let db = opened.map_err(failed)?;
    let is_migrated = is_migrated(&db, schema).await.map_err(failed)?;
    if is_migrated { Ok(db) } else { Err(OpenError::Unmigrated(which)) }
}

async fn database(which: &'static str, address: &str, connections: u32) -> Result<Db, OpenError> {
    if let Some(folder) = address.strip_prefix("sqlite:").and_then(|file| Path::new(file).parent()) {
        make_private(folder).map_err(|e| OpenError::Folder(folder.to_owned(), e))?;
    }
    Db::open_with(address, connections).await.map_err(|e| OpenError::Storage(which, e))
}

/// Only this service's user may look into its folders.
fn make_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Refuses with [`OpenError::BeingRestored`] while somebody has one alone.
async fn hold_both(data: &Db, keys: &Db) -> Result<(), OpenError> {
    hold("data", data).await?;
    hold("keys", keys).await
}

async fn hold(which: &'static str, db: &Db) -> Result<(), OpenError> {
    let held = db.hold().await.map_err(|e| OpenError::Storage(which, e))?;
    if held { Ok(()) } else { Err(OpenError::BeingRestored(which)) }
}
