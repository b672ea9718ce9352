//! What a backup's folder holds: `manifest.json`, and for each table `<table>.ndjson`, a row a line: a JSON array of its values in
//! the order of the manifest's columns. TEXT is a string, BIGINT a number, BOOLEAN true or false, a BLOB a string in base64.

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use super::BackupError;
use crate::storage::tables::{Column, Kind};
use crate::storage::{Schema, Value};

/// The manifest's name.
pub const MANIFEST: &str = "manifest.json";
/// This form.
pub const FORMAT: u32 = 1;

/// What is backed up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Content {
    /// Everything but keys.
    Data,
    /// Keys, wrapped.
    Keys,
}

impl Content {
    /// For the operator.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Keys => "keys",
        }
    }

    /// Of which database.
    #[must_use]
    pub const fn schema(self) -> Schema {
        match self {
            Self::Data => Schema::Data,
            Self::Keys => Schema::Keys,
        }
    }
}

/// Tells what the folder holds. Written last: a backup that was cut short has none.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// The form: [`FORMAT`].
    pub format: u32,
    /// Data or keys.
    pub content: Content,
    /// When its snapshot was taken, in ISO 8601.
    pub made_at: String,
    /// The program's version.
    pub program: String,
    /// The migrations that the database had.
    pub migrations: Vec<i64>,
    /// Of data: the newest signed checkpoint of the ledger's log, if there is one.
    pub checkpoint: Option<String>,
    /// Every table.
    pub tables: Vec<TableFile>,
    /// Of data: the key store's logs of withdrawals and erasures, which a restore merges with what it finds there.
    pub logs: Vec<TableFile>,
}

/// A table's file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TableFile {
    /// The table.
    pub table: String,
    /// The file's name.
    pub file: String,
    /// Names and types of the columns, in order.
    pub columns: Vec<(String, String)>,
    /// How many rows.
    pub rows: u64,
    /// How many bytes the file has.
    pub bytes: u64,
    /// Its SHA-256 in hex.
    pub sha256: String,
}

impl Manifest {
    /// Reads a folder's manifest.
    ///
    /// # Errors
    /// [`BackupError::NoManifest`], [`BackupError::WrongContent`].
    pub fn read(folder: &Path, content: Content) -> Result<Self, BackupError> {
        let none = |why: String| BackupError::NoManifest(folder.to_owned(), why);
        let text = std::fs::read_to_string(folder.join(MANIFEST)).map_err(|e| none(e.to_string()))?;
        let manifest: Self = serde_json::from_str(&text).map_err(|e| none(e.to_string()))?;
        if manifest.format != FORMAT {
            return Err(none(format!("format {} is not known", manifest.format)));
        }
        if manifest.content != content {
            return Err(BackupError::WrongContent(folder.to_owned(), content.name()));
        }
        Ok(manifest)
    }

    /// Compares every file with its SHA-256 and length.
    ///
    /// # Errors
    /// [`BackupError::Changed`], [`BackupError::File`].
    pub fn check_files(&self, folder: &Path) -> Result<(), BackupError> {
        self.tables.iter().chain(&self.logs).try_for_each(|file| file.check(folder))
    }
}

const KINDS: [(Kind, &str); 4] = [(Kind::Text, "text"), (Kind::Int, "int"), (Kind::Bool, "bool"), (Kind::Blob, "blob")];

/// A column as the manifest has it.
pub fn written(column: &Column) -> (String, String) {
    let name = KINDS.iter().find(|(kind, _)| *kind == column.kind).map_or("", |(_, name)| name);
    (column.name.clone(), name.to_owned())
}

impl TableFile {
    /// The path in that folder. A name that leads elsewhere leads nowhere.
    fn path(&self, folder: &Path) -> PathBuf {
        folder.join(Path::new(&self.file).file_name().unwrap_or_default())
    }

    fn check(&self, folder: &Path) -> Result<(), BackupError> {
        let path = self.path(folder);
        let failed = |e| BackupError::File(path.clone(), e);
        let mut file = File::open(&path).map_err(failed)?;
        let (mut hash, mut bytes) = (Sha256::new(), 0);
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = file.read(&mut buffer).map_err(failed)?;
            if read == 0 {
                break;
            }
            hash.update(&buffer[..read]);
            bytes += read as u64;
        }
        let same = bytes == self.bytes && hex(&hash.finalize()) == self.sha256;
        if same { Ok(()) } else { Err(BackupError::Changed(path)) }
    }

    /// The columns, if this program knows their types.
    #[must_use]
    pub fn columns(&self) -> Option<Vec<Column>> {
        let read = |(name, kind): &(String, String)| {
            let (kind, _) = KINDS.iter().find(|(_, known)| known == kind)?;
            Some(Column { name: name.clone(), kind: *kind })
        };
        self.columns.iter().map(read).collect()
    }

    /// The rows, one after the other.
    ///
    /// # Errors
    /// [`BackupError::File`]; each row may fail with [`BackupError::Changed`].
    pub fn rows(
        &self,
        folder: &Path,
    ) -> Result<impl Iterator<Item = Result<Vec<Value>, BackupError>> + use<>, BackupError> {
        let path = self.path(folder);
        let file = File::open(&path).map_err(|e| BackupError::File(path.clone(), e))?;
        let columns = self.columns().ok_or_else(|| BackupError::Changed(path.clone()))?;
        Ok(BufReader::new(file).lines().map(move |line| {
            let line = line.map_err(|e| BackupError::File(path.clone(), e))?;
            parse(&line, &columns).ok_or_else(|| BackupError::Changed(path.clone()))
        }))
    }
}

/// Hex digits in lowercase.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A row as its line.
pub fn line(values: Vec<Value>) -> String {
    let json = |value| match value {
        Value::Text(text) => text.map_or(Json::Null, Json::String),
        Value::Int(number) => number.map_or(Json::Null, Json::from),
        Value::Bool(yes) => yes.map_or(Json::Null, Json::Bool),
        Value::Blob(bytes) => bytes.map_or(Json::Null, |bytes| Json::String(STANDARD.encode(bytes))),
    };
    Json::Array(values.into_iter().map(json).collect()).to_string()
}

fn parse(line: &str, columns: &[Column]) -> Option<Vec<Value>> {
    let values: Vec<Json> = serde_json::from_str(line).ok()?;
    if values.len() != columns.len() {
        return None;
    }
    let read = |(value, column): (Json, &Column)| {
        Some(match (column.kind, value) {
            (Kind::Text, Json::Null) => Value::Text(None),
            (Kind::Text, Json::String(text)) => Value::Text(Some(text)),
            (Kind::Int, Json::Null) => Value::Int(None),
            (Kind::Int, value) => Value::Int(Some(value.as_i64()?)),
            (Kind::Bool, Json::Null) => Value::Bool(None),
            (Kind::Bool, value) => Value::Bool(Some(value.as_bool()?)),
            (Kind::Blob, Json::Null) => Value::Blob(None),
            (Kind::Blob, Json::String(text)) => Value::Blob(Some(STANDARD.decode(text).ok()?)),
            _ => return None,
        })
    };
    values.into_iter().zip(columns).map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_row_reads_as_it_was_written(
            text in any::<Option<String>>(), number in any::<Option<i64>>(), yes in any::<Option<bool>>(),
            bytes in any::<Option<Vec<u8>>>(),
        ) {
            let columns = KINDS.map(|(kind, name)| Column { name: name.to_owned(), kind });
            let values =
                || vec![Value::Text(text.clone()), Value::Int(number), Value::Bool(yes), Value::Blob(bytes.clone())];
            let line = line(values());
            prop_assert!(!line.contains('\n'));
            prop_assert_eq!(format!("{:?}", parse(&line, &columns)), format!("{:?}", Some(values())));
            prop_assert!(parse(&line, &columns[1..]).is_none());
        }
    }
}
