//! Whether a database can be written.

use std::error::Error;
use std::io;

use sqlx::postgres::PgDatabaseError;
use sqlx::sqlite::SqliteError;

use super::{Db, DbError, sql};

/// Bytes that are written to see it: as much as a small change takes.
const PROBE_BYTES: usize = 16 * 1024;
/// Bytes for which there must be room before a database that was only read is opened for writing again.
const ROOM_BYTES: usize = 256 * 1024;

impl Db {
    /// Writes something that tells nothing, and commits it.
    ///
    /// # Errors
    /// [`DbError::Engine`]: why nothing can be written.
    pub async fn probe(&self) -> Result<(), DbError> {
        let mut tx = self.begin().await?;
        sql("UPDATE write_probe SET filler = $1 WHERE id = 1").bind("0".repeat(PROBE_BYTES)).execute(&mut tx).await?;
        tx.commit().await
    }

    /// Whether there is room again beside a SQLite file that was opened with [`Db::open_to_read`]; PostgreSQL is asked itself.
    pub async fn has_room(&self) -> bool {
        let Self::Sqlite { writer, .. } = self else { return self.probe().await.is_ok() };
        let mut path = writer.connect_options().get_filename().as_os_str().to_owned();
        path.push(".room");
        let written =
            std::fs::write(&path, vec![0_u8; ROOM_BYTES]).and_then(|()| std::fs::File::open(&path)?.sync_all());
        written.and(std::fs::remove_file(&path)).is_ok()
    }
}

/// Whether something failed because a database, or its disk, takes nothing more.
#[must_use]
pub fn is_unwritable(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        let takes_nothing = match (error.downcast_ref::<sqlx::Error>(), error.downcast_ref::<io::Error>()) {
            (Some(error), _) => engine_takes_nothing(error),
            (_, Some(error)) => disk_takes_nothing(error),
            // What wraps it transparently names no source of its own.
            _ => matches!(error.downcast_ref::<DbError>(), Some(DbError::Engine(error)) if engine_takes_nothing(error)),
        };
        if takes_nothing {
            return true;
        }
        next = error.source();
    }
    false
}

fn engine_takes_nothing(error: &sqlx::Error) -> bool {
    let error = match error {
        sqlx::Error::Database(error) => error,
        sqlx::Error::Io(error) => return disk_takes_nothing(error),
        _ => return false,
    };
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<SqliteError>().is_some() {
        // The last byte is the kind: read only, I/O error, full, can't open.
        return code.parse::<i32>().is_ok_and(|code| matches!(code & 0xff, 8 | 10 | 13 | 14));
    }
    // disk_full, io_error, read_only_sql_transaction.
    error.try_downcast_ref::<PgDatabaseError>().is_some() && matches!(code.as_ref(), "53100" | "58030" | "25006")
}

fn disk_takes_nothing(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | ReadOnlyFilesystem | FileTooLarge)
}
