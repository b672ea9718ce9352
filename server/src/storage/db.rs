//! A database of either engine, and statements that run on both.

use sqlx::postgres::{PgArguments, PgConnection, PgPool, PgRow};
use sqlx::query::{Query, QueryAs};
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqlitePool, SqliteRow};
use sqlx::{AssertSqlSafe, FromRow, Postgres, SqlSafeStr, SqlStr, Sqlite, Transaction};
use uuid::Uuid;

use super::dialect;
use super::in_use::InUse;

/// What storage can fail with. Its text never holds a bound value.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The address in the configuration names neither engine.
    #[error("the database address must begin with sqlite: or postgres:// (it begins with {0:?})")]
    UnknownEngine(String),
    /// The engine refused or could not be reached.
    #[error("the database failed: {0}")]
    Engine(#[from] sqlx::Error),
    /// An application lock was asked for in a transaction that a faster one has replaced.
    #[error("a row that was just read is gone")]
    Vanished,
}

impl DbError {
    /// True when a unique index refused the row: somebody else already holds that value.
    #[must_use]
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Engine(sqlx::Error::Database(e)) if e.is_unique_violation())
    }
}

/// A row type that both engines can fill: `#[derive(sqlx::FromRow)]` or a tuple.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static {}
impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static {}

/// One database: the data, or the keys.
#[derive(Clone, Debug)]
pub enum Db {
    /// A file. One writer, since SQLite has one anyway; readers see the last commit.
    Sqlite {
        /// The only connection that changes anything.
        writer: SqlitePool,
        /// Connections that only read.
        readers: SqlitePool,
        /// Who works with it.
        in_use: InUse,
    },
    /// A cluster, shared by any number of servers.
    Postgres {
        /// Connections.
        pool: PgPool,
        /// Who works with it.
        in_use: InUse,
    },
}

impl Db {
    /// Begins a transaction that may write. On SQLite it holds the write lock from the start, so that
    /// what it reads can't change before it commits.
    ///
    /// # Errors
    /// [`DbError::Engine`] when no connection is to be had.
    pub async fn begin(&self) -> Result<Tx, DbError> {
        Ok(match self {
            Self::Sqlite { writer, .. } => Tx::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres { pool, .. } => {
                let pool = pool.clone();
                Tx::Postgres(apart(async move { pool.begin().await }).await?)
            }
        })
    }

    /// Begins a transaction that only reads, and sees the database as it is now for as long as it lasts, whatever
    /// others commit meanwhile. It holds up no writer.
    ///
    /// # Errors
    /// [`DbError::Engine`] when no connection is to be had.
    pub async fn snapshot(&self) -> Result<Tx, DbError> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Tx::Sqlite(readers.begin().await?),
            Self::Postgres { pool, .. } => {
                let pool = pool.clone();
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                Tx::Postgres(apart(async move { pool.begin_with(begin).await }).await?)
            }
        })
    }
}

/// Begins a transaction apart from whoever asks for it: if they go away in the middle of its BEGIN (a request that is hung up
/// on), it is begun all the same, and rolled back. Cut off there, the connection would return to the pool inside a transaction
/// that nobody ends, since sqlx 0.9 rolls back only what has answered already.
async fn apart<T: Send + 'static>(
    begin: impl Future<Output = Result<T, sqlx::Error>> + Send + 'static,
) -> Result<T, sqlx::Error> {
    tokio::spawn(begin).await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
}

/// A transaction. Dropped without [`Tx::commit`], it rolls back.
pub enum Tx {
    /// On SQLite.
    Sqlite(Transaction<'static, Sqlite>),
    /// On PostgreSQL.
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    /// Makes the changes durable. After this returns they are on disk.
    ///
    /// # Errors
    /// [`DbError::Engine`]; then nothing of the transaction was kept, or it is unknown (connection lost).
    pub async fn commit(self) -> Result<(), DbError> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Waits until no other transaction holds `name`, and holds it until the end of this one.
    /// SQLite has one writer, so there it is held already.
    ///
    /// # Errors
    /// [`DbError::Engine`].
    pub async fn lock(&mut self, name: &str) -> Result<(), DbError> {
        if let Self::Postgres(tx) = self {
            dialect::advisory_lock(tx, name).await?;
        }
        Ok(())
    }

    /// Like [`Tx::lock`], but together with others who hold it shared.
    ///
    /// # Errors
    /// [`DbError::Engine`].
    pub async fn lock_shared(&mut self, name: &str) -> Result<(), DbError> {
        if let Self::Postgres(tx) = self {
            dialect::advisory_lock_shared(tx, name).await?;
        }
        Ok(())
    }
}

/// Where a statement runs.
pub enum Executor<'e> {
    /// A pool of SQLite readers.
    SqlitePool(&'e SqlitePool),
    /// A transaction's SQLite connection.
    Sqlite(&'e mut SqliteConnection),
    /// A PostgreSQL pool.
    PgPool(&'e PgPool),
    /// A transaction's PostgreSQL connection.
    Pg(&'e mut PgConnection),
}

impl Executor<'_> {
    /// The same for one statement, so that another can follow.
    pub fn again(&mut self) -> Executor<'_> {
        match self {
            Self::SqlitePool(pool) => Executor::SqlitePool(pool),
            Self::Sqlite(connection) => Executor::Sqlite(connection),
            Self::PgPool(pool) => Executor::PgPool(pool),
            Self::Pg(connection) => Executor::Pg(connection),
        }
    }
}

impl<'e> From<&'e Db> for Executor<'e> {
    fn from(db: &'e Db) -> Self {
        match db {
            Db::Sqlite { readers, .. } => Self::SqlitePool(readers),
            Db::Postgres { pool, .. } => Self::PgPool(pool),
        }
    }
}

impl<'e> From<&'e mut Tx> for Executor<'e> {
    fn from(tx: &'e mut Tx) -> Self {
        match tx {
            Tx::Sqlite(tx) => Self::Sqlite(&mut *tx),
            Tx::Postgres(tx) => Self::Pg(&mut *tx),
        }
    }
}

/// A value bound to `$n`. Each keeps its type when absent, because PostgreSQL asks for it.
#[derive(Clone, Debug)]
pub enum Value {
    /// TEXT.
    Text(Option<String>),
    /// BIGINT.
    Int(Option<i64>),
    /// BOOLEAN.
    Bool(Option<bool>),
    /// BLOB or BYTEA.
    Blob(Option<Vec<u8>>),
}

macro_rules! value_from {
    ($($from:ty => $variant:ident, |$v:ident| $into:expr;)*) => {$(
        impl From<$from> for Value {
            fn from($v: $from) -> Self { Self::$variant(Some($into)) }
        }
        impl From<Option<$from>> for Value {
            fn from(v: Option<$from>) -> Self { Self::$variant(v.map(|$v| $into)) }
        }
    )*};
}
value_from! {
    &str => Text, |v| v.to_owned();
    String => Text, |v| v;
    &String => Text, |v| v.clone();
    Uuid => Text, |v| v.to_string();
    i64 => Int, |v| v;
    bool => Bool, |v| v;
    Vec<u8> => Blob, |v| v;
    &[u8] => Blob, |v| v.to_vec();
    &Vec<u8> => Blob, |v| v.clone();
    [u8; 32] => Blob, |v| v.to_vec();
    &[u8; 32] => Blob, |v| v.to_vec();
}

/// A statement and its values.
#[derive(Clone, Debug)]
#[must_use = "a statement does nothing until it is run"]
pub struct Sql {
    text: SqlStr,
    values: Vec<Value>,
}

/// Begins a statement. The text is fixed in the code; values only ever come in through [`Sql::bind`].
pub fn sql(text: &'static str) -> Sql {
    Sql { text: text.into_sql_str(), values: Vec::new() }
}

/// Begins a statement over many rows at once, `{head} ($1, $2), ($3, $4) {tail}`: one call instead of one per row.
pub fn sql_rows(head: &'static str, columns: usize, rows: usize, tail: &'static str) -> Sql {
    let row = |row: usize| {
        let values: Vec<_> = (1..=columns).map(|column| format!("${}", row * columns + column)).collect();
        format!("({})", values.join(", "))
    };
    let rows: Vec<_> = (0..rows).map(row).collect();
    // Safe: it is made of two fixed texts and of place holders.
    let text = AssertSqlSafe(format!("{head} {} {tail}", rows.join(", ")));
    Sql { text: text.into_sql_str(), values: Vec::new() }
}

/// Counts the rows that a removal (`DELETE FROM …`) would take, with the same values.
pub fn sql_counting(removal: &'static str) -> Sql {
    let rest = removal.strip_prefix("DELETE ").unwrap_or(removal);
    // Safe: it is made of two fixed texts.
    Sql { text: AssertSqlSafe(format!("SELECT COUNT(*) {rest}")).into_sql_str(), values: Vec::new() }
}

/// Begins a statement whose text was made from names that the engine told, quoted, and from place holders.
pub(super) fn sql_made(text: String) -> Sql {
    Sql { text: AssertSqlSafe(text).into_sql_str(), values: Vec::new() }
}

macro_rules! bind_all {
    ($query:expr, $values:expr) => {
        $values.into_iter().fold($query, |q, v| match v {
            Value::Text(v) => q.bind(v),
            Value::Int(v) => q.bind(v),
            Value::Bool(v) => q.bind(v),
            Value::Blob(v) => q.bind(v),
        })
    };
}

impl Sql {
    /// Binds the next `$n`.
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Runs a change; returns how many rows it touched.
    ///
    /// # Errors
    /// [`DbError::Engine`].
    pub async fn execute(self, tx: &mut Tx) -> Result<u64, DbError> {
        Ok(match tx {
            Tx::Sqlite(tx) => self.sqlite().execute(&mut **tx).await?.rows_affected(),
            Tx::Postgres(tx) => self.postgres().execute(&mut **tx).await?.rows_affected(),
        })
    }

    /// All rows.
    ///
    /// # Errors
    /// [`DbError::Engine`].
    pub async fn fetch_all<T: Row>(self, on: impl Into<Executor<'_>>) -> Result<Vec<T>, DbError> {
        Ok(match on.into() {
            Executor::SqlitePool(pool) => self.sqlite_as().fetch_all(pool).await?,
            Executor::Sqlite(conn) => self.sqlite_as().fetch_all(conn).await?,
            Executor::PgPool(pool) => self.postgres_as().fetch_all(pool).await?,
            Executor::Pg(conn) => self.postgres_as().fetch_all(conn).await?,
        })
    }

    /// The one row, if there is one.
    ///
    /// # Errors
    /// [`DbError::Engine`].
    pub async fn fetch_optional<T: Row>(self, on: impl Into<Executor<'_>>) -> Result<Option<T>, DbError> {
        Ok(match on.into() {
            Executor::SqlitePool(pool) => self.sqlite_as().fetch_optional(pool).await?,
            Executor::Sqlite(conn) => self.sqlite_as().fetch_optional(conn).await?,
            Executor::PgPool(pool) => self.postgres_as().fetch_optional(pool).await?,
            Executor::Pg(conn) => self.postgres_as().fetch_optional(conn).await?,
        })
    }

    /// The one row that must be there.
    ///
    /// # Errors
    /// [`DbError::Vanished`] when it is not, [`DbError::Engine`].
    pub async fn fetch_one<T: Row>(self, on: impl Into<Executor<'_>>) -> Result<T, DbError> {
        self.fetch_optional(on).await?.ok_or(DbError::Vanished)
    }

    fn sqlite(self) -> Query<'static, Sqlite, SqliteArguments> {
        bind_all!(sqlx::query(self.text), self.values)
    }

    fn postgres(self) -> Query<'static, Postgres, PgArguments> {
        bind_all!(sqlx::query(self.text), self.values)
    }

    fn sqlite_as<T: Row>(self) -> QueryAs<'static, Sqlite, T, SqliteArguments> {
        bind_all!(sqlx::query_as(self.text), self.values)
    }

    fn postgres_as<T: Row>(self) -> QueryAs<'static, Postgres, T, PgArguments> {
        bind_all!(sqlx::query_as(self.text), self.values)
    }
}
