//! That what was deleted is in no file of the database any more.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};

use super::{Db, DbError, dialect};

impl Db {
    /// SQLite: folds the write-ahead log into the file and empties it, so that deleted rows, which the file overwrites
    /// (`secure_delete`), are left in neither; false while somebody still reads an older state. PostgreSQL keeps dead rows until
    /// their place is needed: what makes those of keys worthless is their rotation ([`crate::vault::rotate`]).
    ///
    /// # Errors
    /// [`DbError::Engine`].
    pub async fn fold(&self) -> Result<bool, DbError> {
        let Self::Sqlite { writer, .. } = self else { return Ok(true) };
        // A connection of its own: the writer's would wait for readers, and everybody for the writer.
        let options = SqliteConnectOptions::new().filename(writer.connect_options().get_filename());
        let mut connection = SqliteConnection::connect_with(&dialect::sqlite_folder(options)).await?;
        let (busy, ..) =
            sqlx::query_as::<_, (i64, i64, i64)>("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut connection).await?;
        connection.close().await?;
        Ok(busy == 0)
    }
}
