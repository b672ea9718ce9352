//! Taking a backup: online, in one snapshot, a row at a time.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use app::time::Moment;
use sha2::{Digest as _, Sha256};

use super::manifest::{FORMAT, MANIFEST, hex, line, written};
use super::{BackupError, Content, Manifest, TableFile};
use crate::ledger;
use crate::storage::tables::{Table, tables};
use crate::storage::{Db, Tx, applied};

/// The key store's logs: without them an erasure could be undone.
pub(super) const LOGS: [&str; 2] = ["replay_log", "erasure_log"];

/// Backs the data up, with copies of the key store's logs and without a key.
///
/// # Errors
/// [`BackupError`]. Then the folder has no manifest, and nobody takes it for a backup.
pub async fn take(data: &Db, keys: &Db, folder: &Path, now: Moment) -> Result<Manifest, BackupError> {
    prepare(folder)?;
    let mut tx = data.snapshot().await?;
    let mut manifest = dump(&mut tx, Content::Data, folder, now).await?;
    manifest.checkpoint = ledger::checkpoint(&mut tx, None).await?;
    drop(tx);
    let mut tx = keys.snapshot().await?;
    for table in tables(&mut tx).await??.iter().filter(|table| LOGS.contains(&table.name.as_str())) {
        manifest.logs.push(write_table(&mut tx, table, folder).await?);
    }
    drop(tx);
    finish(folder, &manifest)?;
    Ok(manifest)
}

/// Backs the keys up, wrapped as they are stored: without the master key they open nothing.
///
/// # Errors
/// [`BackupError`]. Then the folder has no manifest, and nobody takes it for a backup.
pub async fn take_keys(keys: &Db, folder: &Path, now: Moment) -> Result<Manifest, BackupError> {
    prepare(folder)?;
    let mut tx = keys.snapshot().await?;
    let manifest = dump(&mut tx, Content::Keys, folder, now).await?;
    drop(tx);
    finish(folder, &manifest)?;
    Ok(manifest)
}

/// A folder of its own, for this user only, and in no other backup.
fn prepare(folder: &Path) -> Result<(), BackupError> {
    let failed = |e| BackupError::File(folder.to_owned(), e);
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    if std::fs::read_dir(folder).map_err(failed)?.next().is_some() {
        return Err(BackupError::NotEmptyFolder(folder.to_owned()));
    }
    let whole = folder.canonicalize().map_err(failed)?;
    if whole.ancestors().skip(1).any(|above| above.join(MANIFEST).exists()) {
        return Err(BackupError::Together(folder.to_owned()));
    }
    Ok(())
}

async fn dump(tx: &mut Tx, content: Content, folder: &Path, now: Moment) -> Result<Manifest, BackupError> {
    let mut files = Vec::new();
    let migrations = applied(tx).await?;
    for table in tables(tx).await?? {
        files.push(write_table(tx, &table, folder).await?);
    }
    Ok(Manifest {
        format: FORMAT,
        content,
        made_at: now.iso_millis(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        migrations,
        checkpoint: None,
        tables: files,
        logs: Vec::new(),
    })
}

/// A file that nobody else may read, with the hash of what is written.
struct Hashed {
    path: PathBuf,
    file: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl Hashed {
    fn create(path: PathBuf) -> Result<Self, BackupError> {
        let file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path);
        let file = BufWriter::new(file.map_err(|e| BackupError::File(path.clone(), e))?);
        Ok(Self { path, file, hash: Sha256::new(), bytes: 0 })
    }

    fn write(&mut self, text: &str) -> Result<(), BackupError> {
        self.hash.update(text.as_bytes());
        self.bytes += text.len() as u64;
        self.file.write_all(text.as_bytes()).map_err(|e| BackupError::File(self.path.clone(), e))
    }

    /// On disk when this returns.
    fn finish(self) -> Result<(u64, String), BackupError> {
        let Self { path, file, hash, bytes } = self;
        let failed = |e| BackupError::File(path.clone(), e);
        let file = file.into_inner().map_err(|e| failed(e.into_error()))?;
        file.sync_all().map_err(failed)?;
        Ok((bytes, hex(&hash.finalize())))
    }
}

async fn write_table(tx: &mut Tx, table: &Table, folder: &Path) -> Result<TableFile, BackupError> {
    let name = format!("{}.ndjson", table.name);
    let mut file = Hashed::create(folder.join(&name))?;
    let rows = table.read(tx, |values| file.write(&(line(values) + "\n"))).await?;
    let (bytes, sha256) = file.finish()?;
    let columns = table.columns.iter().map(written).collect();
    Ok(TableFile { table: table.name.clone(), file: name, columns, rows, bytes, sha256 })
}

/// The manifest, last of all.
fn finish(folder: &Path, manifest: &Manifest) -> Result<(), BackupError> {
    let failed = |e: std::io::Error| BackupError::File(folder.join(MANIFEST), e);
    let text = serde_json::to_string_pretty(manifest).map_err(|e| failed(e.into()))?;
    let mut file = Hashed::create(folder.join(MANIFEST))?;
    file.write(&text)?;
    file.write("\n")?;
    file.finish()?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}
