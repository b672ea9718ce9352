//! Opening a database, and the connections to it.

use std::str::FromStr as _;
use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::Connection as _;
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteLockingMode, SqlitePoolOptions};

use super::in_use::InUse;
use super::{Db, DbError, dialect};

/// Connections to one database, unless a setting says otherwise.
pub const CONNECTIONS: u32 = 12;

/// How long a connection to PostgreSQL, or a reader, is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

impl Db {
    /// Opens the database at `address` (`sqlite:path/to/file.db` or `postgres://…`), creating a SQLite file.
    ///
    /// # Errors
    /// [`DbError::UnknownEngine`] for another scheme, [`DbError::Engine`] when it can't be opened.
    pub async fn open(address: &str) -> Result<Self, DbError> {
        Self::open_with(address, CONNECTIONS).await
    }

    /// The same, with so many connections at most; of a SQLite file those that read.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub async fn open_with(address: &str, connections: u32) -> Result<Self, DbError> {
        if is_sqlite(address) {
            let options = SqliteConnectOptions::from_str(address)?;
            let writer = dialect::sqlite_writer(options.clone()).create_if_missing(true);
            sqlite(writer, dialect::sqlite_reader(options), connections).await
        } else if address.starts_with("postgres:") || address.starts_with("postgresql:") {
            postgres(address, connections).await
        } else {
            let scheme = address.split(':').next().unwrap_or_default();
            Err(DbError::UnknownEngine(scheme.to_owned()))
        }
    }

    /// Opens a database whose disk takes nothing: it can only be read. For what readers and writers of a SQLite file share
    /// beside it there is no room. So it is read as what nobody changes, or, with a write-ahead log, by one connection that has
    /// it alone; it must be held, and opened anew before anything is written. PostgreSQL is opened as ever.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub async fn open_to_read(address: &str, connections: u32) -> Result<Self, DbError> {
        if !is_sqlite(address) {
            return Self::open_with(address, connections).await;
        }
        let options = SqliteConnectOptions::from_str(address)?;
        let mut log = options.get_filename().as_os_str().to_owned();
        log.push("-wal");
        let is_folded = std::fs::metadata(log).map_or(true, |log| log.len() == 0);
        // It refuses what is written.
        let writer = dialect::sqlite_reader(options.clone()).read_only(true).immutable(true);
        if is_folded {
            return sqlite(writer.clone(), writer, connections).await;
        }
        let reader = dialect::sqlite_reader(options).locking_mode(SqliteLockingMode::Exclusive);
        sqlite(writer, reader, 1).await
    }

    /// Whether a SQLite file is there; what PostgreSQL has is not known before it is asked.
    #[must_use]
    pub fn may_exist(address: &str) -> bool {
        let file = SqliteConnectOptions::from_str(address).ok().filter(|_| is_sqlite(address));
        file.is_none_or(|options| std::fs::metadata(options.get_filename()).is_ok_and(|file| file.len() > 0))
    }

    /// Closes every connection, and lets the database go if it was held; a SQLite file folds its write-ahead log in.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers, in_use } => {
                readers.close().await;
                writer.close().await;
                in_use.release().await;
            }
            Self::Postgres { pool, in_use } => {
                pool.close().await;
                in_use.release().await;
            }
        }
    }
}

fn is_sqlite(address: &str) -> bool {
    address.starts_with("sqlite:")
}

async fn sqlite(writer: SqliteConnectOptions, reader: SqliteConnectOptions, connections: u32) -> Result<Db, DbError> {
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(30))
        .after_release(|connection, _| is_fit(connection))
        .connect_with(writer)
        .await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .after_release(|connection, _| is_fit(connection))
        .connect_with(reader)
        .await?;
    Ok(Db::Sqlite { writer, readers, in_use: InUse::default() })
}

/// Whether a connection may be lent again: one that is still inside a transaction is thrown away, and what it began with it.
/// After a full disk or an I/O error SQLite has rolled back by itself; sqlx 0.9 does not learn it, its own ROLLBACK fails, and
/// every BEGIN that follows would be refused.
fn is_fit(connection: &mut SqliteConnection) -> BoxFuture<'_, Result<bool, sqlx::Error>> {
    Box::pin(async move {
        // Whatever was asked of it before, a rollback too, is over once it answers.
        connection.ping().await?;
        let is_fit = !connection.is_in_transaction();
        if !is_fit {
            tracing::error!("a connection was left inside a transaction: it is thrown away, and another is opened");
        }
        Ok(is_fit)
    })
}

async fn postgres(address: &str, connections: u32) -> Result<Db, DbError> {
    let in_use = InUse::default();
    let joined = in_use.clone();
    let pool: PgPool = PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .after_connect(move |connection, _| {
            let in_use = joined.clone();
            Box::pin(async move { in_use.join(connection).await })
        })
        .connect(address)
        .await?;
    Ok(Db::Postgres { pool, in_use })
}
