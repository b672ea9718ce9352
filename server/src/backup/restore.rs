//! Putting a backup back.

use std::path::Path;

use super::manifest::Content;
use super::{BackupError, Manifest, TableFile, take};
use crate::replay;
use crate::storage::tables::{Table, drop_all, tables};
use crate::storage::{Db, Schema, Tx, Value, known, migrate, migrate_in, sql};

/// Rows per statement, and bytes: few calls, and little memory.
const ROWS: usize = 200;
const BYTES: usize = 4 << 20;

/// What a restore has done.
#[derive(Clone, Debug)]
pub struct Restored {
    /// What the backup said of itself.
    pub manifest: Manifest,
    /// Rows that are there now.
    pub rows: u64,
    /// Entries of the backup's replay log that the key store did not have.
    pub entries: u64,
    /// Keys that were there or in the backup, and that a log calls destroyed.
    pub destroyed: u64,
}

/// Puts a backup of the data back, in one transaction, and merges its logs into the key store before.
///
/// # Errors
/// [`BackupError`]. Then the data is as it was.
pub async fn restore(data: &Db, keys: &Db, folder: &Path, replace: bool) -> Result<Restored, BackupError> {
    let manifest = checked(folder, Content::Data)?;
    let _alone = data.hold_alone().await?.ok_or(BackupError::InUse("data"))?;
    let mut tx = data.begin().await?;
    if !replace && is_used(&mut tx, "event").await? {
        return Err(BackupError::NotEmpty("data"));
    }
    migrate(keys, Schema::Keys).await?;
    let (entries, destroyed) = merge_logs(keys, &manifest, folder).await?;
    drop_all(&mut tx).await??;
    migrate_in(&mut tx, Schema::Data, |version| manifest.migrations.contains(&version)).await?;
    let present = tables(&mut tx).await??;
    fits(&manifest, &present)?;
    let mut rows = 0;
    // What migrations have put in stands in the backup, too.
    for table in present.iter().rev() {
        table.empty(&mut tx).await?;
    }
    for table in &present {
        rows += load(&mut tx, table, file_of(&manifest, table)?, folder).await?;
    }
    migrate_in(&mut tx, Schema::Data, |_| true).await?;
    replay::mark_put_back(&mut tx, replay::PutBack::Restored).await?;
    tx.commit().await?;
    Ok(Restored { manifest, rows, entries, destroyed })
}

/// Puts a backup of the keys back. Logs that are there stay and are merged with the backup's: what either calls destroyed does
/// not come back, and no withdrawal is forgotten.
///
/// # Errors
/// [`BackupError`]. Then the key store is as it was.
pub async fn restore_keys(keys: &Db, folder: &Path, replace: bool) -> Result<Restored, BackupError> {
    let manifest = checked(folder, Content::Keys)?;
    let _alone = keys.hold_alone().await?.ok_or(BackupError::InUse("keys"))?;
    migrate(keys, Schema::Keys).await?;
    let mut tx = keys.begin().await?;
    if !replace && is_used(&mut tx, "root_key").await? {
        return Err(BackupError::NotEmpty("keys"));
    }
    drop(tx);
    // The log first: cut off before the keys, this is run again; keys without it would look whole and have forgotten withdrawals.
    let entries = merge_entries(keys, &manifest.tables, folder).await?;
    let mut tx = keys.begin().await?;
    let present = tables(&mut tx).await??;
    for name in ["data_key", "service_key", "root_key"] {
        sql_of_removal(name).execute(&mut tx).await?;
    }
    let mut rows = 0;
    for table in present.iter().filter(|table| matches!(table.name.as_str(), "root_key" | "data_key" | "service_key")) {
        rows += load(&mut tx, table, file_of(&manifest, table)?, folder).await?;
    }
    keep_newer(&mut tx, &manifest, folder, &present).await?;
    let destroyed = merge_erasures(&mut tx, &manifest.tables, folder).await?;
    tx.commit().await?;
    Ok(Restored { manifest, rows, entries, destroyed })
}

fn sql_of_removal(table: &'static str) -> crate::storage::Sql {
    sql(match table {
        "data_key" => "DELETE FROM data_key",
        "service_key" => "DELETE FROM service_key",
        _ => "DELETE FROM root_key",
    })
}

fn checked(folder: &Path, content: Content) -> Result<Manifest, BackupError> {
    let manifest = Manifest::read(folder, content)?;
    if let Some(unknown) = manifest.migrations.iter().find(|version| known(content.schema()).all(|k| k != **version)) {
        return Err(BackupError::Newer(*unknown));
    }
    manifest.check_files(folder)?;
    Ok(manifest)
}

/// Whether a table is there and holds anything.
async fn is_used(tx: &mut Tx, table: &str) -> Result<bool, BackupError> {
    let Some(table) = tables(tx).await??.into_iter().find(|known| known.name == table) else { return Ok(false) };
    Ok(table.is_used(tx).await?)
}

/// The backup has each table of its schema, with its columns, and no other.
fn fits(manifest: &Manifest, present: &[Table]) -> Result<(), BackupError> {
    for file in &manifest.tables {
        if !present.iter().any(|table| table.name == file.table) {
            return Err(BackupError::Tables(file.table.clone()));
        }
    }
    for table in present {
        let file = file_of(manifest, table)?;
        let mut columns = file.columns().unwrap_or_default();
        let mut own = table.columns.clone();
        columns.sort_by(|a, b| a.name.cmp(&b.name));
        own.sort_by(|a, b| a.name.cmp(&b.name));
        if columns != own {
            return Err(BackupError::Tables(table.name.clone()));
        }
    }
    Ok(())
}

fn file_of<'m>(manifest: &'m Manifest, table: &Table) -> Result<&'m TableFile, BackupError> {
    let file = manifest.tables.iter().find(|file| file.table == table.name);
    file.ok_or_else(|| BackupError::Tables(table.name.clone()))
}

async fn load(tx: &mut Tx, table: &Table, file: &TableFile, folder: &Path) -> Result<u64, BackupError> {
    let columns = file.columns().ok_or_else(|| BackupError::Tables(table.name.clone()))?;
    // In the file's order, which need not be the engine's.
    let table = Table { columns, ..table.clone() };
    let (mut batch, mut bytes, mut count) = (Vec::new(), 0, 0);
    for row in file.rows(folder)? {
        let row = row?;
        bytes += row.iter().map(size_of).sum::<usize>();
        batch.push(row);
        count += 1;
        if batch.len() == ROWS || bytes > BYTES {
            table.insert(tx, std::mem::take(&mut batch)).await?;
            bytes = 0;
        }
    }
    table.insert(tx, batch).await?;
    Ok(count)
}

fn size_of(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.as_ref().map_or(0, String::len),
        Value::Blob(bytes) => bytes.as_ref().map_or(0, Vec::len),
        Value::Int(_) | Value::Bool(_) => 8,
    }
}

async fn merge_logs(keys: &Db, manifest: &Manifest, folder: &Path) -> Result<(u64, u64), BackupError> {
    let mut tx = keys.begin().await?;
    let destroyed = merge_erasures(&mut tx, &manifest.logs, folder).await?;
    tx.commit().await?;
    Ok((merge_entries(keys, &manifest.logs, folder).await?, destroyed))
}

/// Whatever a backup's log calls destroyed is destroyed here, too. Returns how many keys that ended.
async fn merge_erasures(tx: &mut Tx, files: &[TableFile], folder: &Path) -> Result<u64, BackupError> {
    let [_, erasures] = take::LOGS;
    if let Some(file) = files.iter().find(|file| file.table == erasures) {
        let places = [place(file, "key_id")?, place(file, "erased_at")?];
        for row in file.rows(folder)? {
            let row = row?;
            let [key, at] = places.map(|place| row[place].clone());
            sql("INSERT INTO erasure_log (key_id, erased_at) VALUES ($1, $2) ON CONFLICT (key_id) DO NOTHING")
                .bind(key)
                .bind(at)
                .execute(&mut *tx)
                .await?;
        }
    }
    Ok(sql("DELETE FROM data_key WHERE id IN (SELECT key_id FROM erasure_log)").execute(tx).await?)
}

/// Appends what a backup's replay log has and the key store's has not.
async fn merge_entries(keys: &Db, files: &[TableFile], folder: &Path) -> Result<u64, BackupError> {
    let [entries, _] = take::LOGS;
    let Some(file) = files.iter().find(|file| file.table == entries) else { return Ok(0) };
    let places =
        [place(file, "id")?, place(file, "subject")?, place(file, "kind")?, place(file, "body")?, place(file, "at")?];
    let (mut batch, mut new) = (Vec::new(), 0);
    // They were written in the order of their positions.
    for row in file.rows(folder)? {
        let row = row?;
        batch.push(places.map(|place| row[place].clone()));
        if batch.len() == ROWS {
            new += replay::merge(keys, std::mem::take(&mut batch)).await?;
        }
    }
    Ok(new + replay::merge(keys, batch).await?)
}

fn place(file: &TableFile, column: &str) -> Result<usize, BackupError> {
    let found = file.columns.iter().position(|(name, _)| name == column);
    found.ok_or_else(|| BackupError::Tables(format!("{}.{column}", file.table)))
}

/// What is remembered of the ledger's log: what is there is newer than what comes back.
async fn keep_newer(tx: &mut Tx, manifest: &Manifest, folder: &Path, present: &[Table]) -> Result<(), BackupError> {
    for table in present.iter().filter(|table| matches!(table.name.as_str(), "log_head" | "log_generation")) {
        let Some(file) = manifest.tables.iter().find(|file| file.table == table.name) else { continue };
        if !table.is_used(tx).await? {
            load(tx, table, file, folder).await?;
        }
    }
    Ok(())
}
