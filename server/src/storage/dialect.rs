//! All that the two engines do differently.

use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use std::time::Duration;

use super::Tx;

/// SQLite as we need it: an answer that says "saved" is on disk, and what was deleted is overwritten,
/// so that an erased value does not linger in a free page.
pub fn sqlite_writer(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .auto_vacuum(SqliteAutoVacuum::Incremental)
        .busy_timeout(SQLITE_PATIENCE)
        .pragma("secure_delete", "ON")
}

/// A connection that only reads. It asks for nothing that takes the write lock, not even where it is set already: a reader
/// that is opened inside a transaction would wait for the very transaction that waits for it.
pub fn sqlite_reader(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options.busy_timeout(SQLITE_PATIENCE).pragma("query_only", "ON")
}

/// A connection that folds the write-ahead log in. While it waits for readers, it holds up the writer: so it soon gives up.
pub fn sqlite_folder(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options.busy_timeout(Duration::from_millis(200))
}

const SQLITE_PATIENCE: Duration = Duration::from_secs(30);

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
pub fn schema_text(sqlite: bool, text: &str) -> String {
    if sqlite { text.to_owned() } else { text.replace(" BLOB", " BYTEA") }
}

/// Names of all tables but the engine's and the migrations' own.
pub const fn table_names(tx: &Tx) -> &'static str {
    match tx {
        Tx::Sqlite(_) => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
             AND name <> '_sqlx_migrations' ORDER BY name"
        }
        Tx::Postgres(_) => {
            "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = current_schema() \
             AND table_type = 'BASE TABLE' AND table_name <> '_sqlx_migrations' ORDER BY 1"
        }
    }
}

/// A table's columns and their types, in order.
pub const fn columns_of(tx: &Tx) -> &'static str {
    match tx {
        Tx::Sqlite(_) => "SELECT name, type FROM pragma_table_info($1) ORDER BY cid",
        Tx::Postgres(_) => {
            "SELECT CAST(column_name AS TEXT), CAST(data_type AS TEXT) FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position"
        }
    }
}

/// What a table refers to: its column, the other table and its column.
pub const fn references_of(tx: &Tx) -> &'static str {
    match tx {
        Tx::Sqlite(_) => {
            "SELECT \"from\" AS \"column\", \"table\" AS \"table\", \"to\" AS target FROM pragma_foreign_key_list($1) \
             ORDER BY id"
        }
        Tx::Postgres(_) => {
            "SELECT CAST(a.attname AS TEXT) AS \"column\", CAST(f.relname AS TEXT) AS \"table\", \
                 CAST(fa.attname AS TEXT) AS target \
             FROM pg_constraint c \
             JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class f ON f.oid = c.confrelid \
             JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1] \
             JOIN pg_attribute fa ON fa.attrelid = f.oid AND fa.attnum = c.confkey[1] \
             WHERE c.contype = 'f' AND t.relname = $1 AND t.relnamespace = CAST(current_schema() AS regnamespace) \
             ORDER BY c.conname"
        }
    }
}

/// Takes a name for as long as the connection lives: alone, or together with others who share it. False: it is not to be had.
/// PostgreSQL notices a moment later that a process or connection has ended, so for a moment it is waited for.
pub async fn lock_for_session(conn: &mut PgConnection, name: &str, shared: bool) -> Result<bool, sqlx::Error> {
    sqlx::query("SET lock_timeout = '3s'").execute(&mut *conn).await?;
    let text = if shared {
        "SELECT pg_advisory_lock_shared(hashtextextended($1, 0))"
    } else {
        "SELECT pg_advisory_lock(hashtextextended($1, 0))"
    };
    match sqlx::query(text).bind(name.to_owned()).execute(conn).await {
        Ok(_) => Ok(true),
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(LOCK_NOT_AVAILABLE) => Ok(false),
        Err(error) => Err(error),
    }
}

/// PostgreSQL's code for a lock that was not given in time.
const LOCK_NOT_AVAILABLE: &str = "55P03";
