//! All that the two engines do differently.

use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use std::time::Duration;

use super::Db;

/// SQLite as we need it: an answer that says "saved" is on disk, and what was deleted is overwritten,
/// so that an erased value does not linger in a free page.
pub fn sqlite_pragmas(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .auto_vacuum(SqliteAutoVacuum::Incremental)
        .busy_timeout(Duration::from_secs(30))
        .pragma("secure_delete", "ON")
}

/// Holds a name until the transaction ends.
pub async fn advisory_lock(conn: &mut PgConnection, name: &str) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))").bind(name.to_owned()).execute(conn).await?;
    Ok(())
}

/// Holds a name until the transaction ends, together with all who hold it shared.
pub async fn advisory_lock_shared(conn: &mut PgConnection, name: &str) -> Result<(), sqlx::Error> {
    let text = "SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))";
    sqlx::query(text).bind(name.to_owned()).execute(conn).await?;
    Ok(())
}

/// A migration's text for this engine. Migrations are written with SQLite's type names; the only one
/// that PostgreSQL lacks is BLOB.
pub fn schema_text(db: &Db, text: &str) -> String {
    match db {
        Db::Sqlite { .. } => text.to_owned(),
        Db::Postgres(_) => text.replace(" BLOB", " BYTEA"),
    }
}
