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

/// Names of all tables but the engine's.
pub const fn every_table_name(tx: &Tx) -> &'static str {
    match tx {
        Tx::Sqlite(_) => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        Tx::Postgres(_) => {
            "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = current_schema() \
             AND table_type = 'BASE TABLE'"
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
/// PostgreSQL notices a moment later that a process or connection has ended, so for a moment it is asked again. It is not
/// waited for in the engine: others who share the name would then wait behind it.
pub async fn lock_for_session(conn: &mut PgConnection, name: &str, shared: bool) -> Result<bool, sqlx::Error> {
    for _ in 0..LOCK_TRIES {
        if try_lock_for_session(conn, name, shared).await? {
            return Ok(true);
        }
        tokio::time::sleep(LOCK_PAUSE).await;
    }
    try_lock_for_session(conn, name, shared).await
}

const LOCK_TRIES: u32 = 30;
const LOCK_PAUSE: Duration = Duration::from_millis(100);

/// The same, asked once.
pub async fn try_lock_for_session(conn: &mut PgConnection, name: &str, shared: bool) -> Result<bool, sqlx::Error> {
    let text = if shared {
        "SELECT pg_try_advisory_lock_shared(hashtextextended($1, 0))"
    } else {
        "SELECT pg_try_advisory_lock(hashtextextended($1, 0))"
    };
    let (held,) = sqlx::query_as::<_, (bool,)>(text).bind(name.to_owned()).fetch_one(conn).await?;
    Ok(held)
}

/// A connection's session: its process, and when it began.
pub async fn session(conn: &mut PgConnection) -> Result<(i32, String), sqlx::Error> {
    let text = "SELECT pid, CAST(EXTRACT(EPOCH FROM backend_start) AS TEXT) FROM pg_stat_activity \
                WHERE pid = pg_backend_pid()";
    sqlx::query_as(text).fetch_one(conn).await
}

/// Whether that session lives.
pub async fn is_alive(conn: &mut PgConnection, (process, since): &(i32, String)) -> Result<bool, sqlx::Error> {
    let text = "SELECT 1 FROM pg_stat_activity WHERE pid = $1 \
                AND CAST(EXTRACT(EPOCH FROM backend_start) AS TEXT) = $2";
    Ok(sqlx::query(text).bind(*process).bind(since.clone()).fetch_optional(conn).await?.is_some())
}
