//! Whole tables, whatever their columns: for backups, and for what must look at every table there is, so that no list of
//! tables can be forgotten.

use futures_util::TryStreamExt as _;
use sqlx::{AssertSqlSafe, ColumnIndex, Decode, Row, SqlSafeStr as _, Type};

use super::db::{DbError, Sql, Tx, Value, sql, sql_made};
use super::dialect;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// TEXT.
    Text,
    /// BIGINT.
    Int,
    /// BOOLEAN.
    Bool,
    /// BLOB or BYTEA.
    Blob,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

/// A column whose value stands in another table.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Reference {
    /// The column.
    pub column: String,
    /// The other table.
    pub table: String,
    /// Its column.
    pub target: String,
}

/// A table as the engine knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// What it refers to.
    pub references: Vec<Reference>,
}

/// A row's place in a scan: the value of its first column, and the 16 bytes that name the key of what is sealed in it.
pub type Sealed = (String, Vec<u8>);

/// The schema holds something that is not ours: another type, or tables that refer to each other in a circle.
#[derive(Debug, thiserror::Error)]
#[error("the database has a table that this program can't have made: {0}")]
pub struct Foreign(String);

/// Every table but the migrations' own: what is referred to comes before what refers to it.
///
/// # Errors
/// Storage, or a table that is not ours.
pub async fn tables(tx: &mut Tx) -> Result<Result<Vec<Table>, Foreign>, DbError> {
    let names = sql(dialect::table_names(tx)).fetch_all::<(String,)>(&mut *tx).await?;
    let mut open = Vec::new();
    for (name,) in names {
        let columns = sql(dialect::columns_of(tx)).bind(&name).fetch_all::<(String, String)>(&mut *tx).await?;
        let read = |(name, kind): (String, String)| Some(Column { name, kind: kind_of(&kind)? });
        let Some(columns) = columns.into_iter().map(read).collect() else { return Ok(Err(Foreign(name))) };
        let references = sql(dialect::references_of(tx)).bind(&name).fetch_all::<Reference>(&mut *tx).await?;
        open.push(Table { name, columns, references });
    }
    Ok(in_order(open))
}

fn kind_of(name: &str) -> Option<Kind> {
    match name.to_ascii_lowercase().as_str() {
        "text" => Some(Kind::Text),
        "bigint" => Some(Kind::Int),
        "boolean" => Some(Kind::Bool),
        "blob" | "bytea" => Some(Kind::Blob),
        _ => None,
    }
}

fn in_order(mut open: Vec<Table>) -> Result<Vec<Table>, Foreign> {
    let mut done: Vec<Table> = Vec::new();
    while !open.is_empty() {
        let (ready, rest): (Vec<_>, Vec<_>) = open
            .iter()
            .cloned()
            .partition(|table| table.references.iter().all(|r| !open.iter().any(|other| other.name == r.table)));
        if ready.is_empty() {
            return Err(Foreign(rest.first().map(|table| table.name.clone()).unwrap_or_default()));
        }
        done.extend(ready);
        open = rest;
    }
    Ok(done)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Table {
    fn column_list(&self) -> String {
        self.columns.iter().map(|column| quoted(&column.name)).collect::<Vec<_>>().join(", ")
    }

    /// Reads every row, one after the other: memory stays the same however many there are. Rows that are numbered by their first
    /// column come in its order.
    ///
    /// # Errors
    /// Storage, or what `each` fails with.
    pub async fn read<E: From<DbError>>(
        &self,
        tx: &mut Tx,
        mut each: impl FnMut(Vec<Value>) -> Result<(), E> + Send,
    ) -> Result<u64, E> {
        let is_numbered = self.columns.first().is_some_and(|first| first.kind == Kind::Int);
        let order = if is_numbered { " ORDER BY 1" } else { "" };
        let text = format!("SELECT {} FROM {}{order}", self.column_list(), quoted(&self.name));
        // Safe: it is made of names that the engine told, quoted.
        let text = AssertSqlSafe(text).into_sql_str();
        let mut count = 0;
        match tx {
            Tx::Sqlite(tx) => {
                let mut rows = sqlx::query(text).fetch(&mut **tx);
                while let Some(row) = rows.try_next().await.map_err(DbError::from)? {
                    each(self.values(&row).map_err(DbError::from)?)?;
                    count += 1;
                }
            }
            Tx::Postgres(tx) => {
                let mut rows = sqlx::query(text).fetch(&mut **tx);
                while let Some(row) = rows.try_next().await.map_err(DbError::from)? {
                    each(self.values(&row).map_err(DbError::from)?)?;
                    count += 1;
                }
            }
        }
        Ok(count)
    }

    /// A row's values, in the order of the columns.
    fn values<R: Row>(&self, row: &R) -> Result<Vec<Value>, sqlx::Error>
    where
        usize: ColumnIndex<R>,
        for<'r> Option<String>: Decode<'r, R::Database> + Type<R::Database>,
        for<'r> Option<i64>: Decode<'r, R::Database> + Type<R::Database>,
        for<'r> Option<bool>: Decode<'r, R::Database> + Type<R::Database>,
        for<'r> Option<Vec<u8>>: Decode<'r, R::Database> + Type<R::Database>,
    {
        let value = |(i, column): (usize, &Column)| match column.kind {
            Kind::Text => row.try_get(i).map(Value::Text),
            Kind::Int => row.try_get(i).map(Value::Int),
            Kind::Bool => row.try_get(i).map(Value::Bool),
            Kind::Blob => row.try_get(i).map(Value::Blob),
        };
        self.columns.iter().enumerate().map(value).collect()
    }

    /// Inserts rows whose values come in the order of the columns.
    ///
    /// # Errors
    /// Storage.
    pub async fn insert(&self, tx: &mut Tx, rows: Vec<Vec<Value>>) -> Result<(), DbError> {
        if rows.is_empty() {
            return Ok(());
        }
        let head = format!("INSERT INTO {} ({}) VALUES", quoted(&self.name), self.column_list());
        let width = self.columns.len();
        let place = |row: usize| (1..=width).map(|n| format!("${}", row * width + n)).collect::<Vec<_>>().join(", ");
        let places: Vec<_> = (0..rows.len()).map(|row| format!("({})", place(row))).collect();
        let statement = sql_made(format!("{head} {}", places.join(", ")));
        rows.into_iter().flatten().fold(statement, Sql::bind).execute(tx).await?;
        Ok(())
    }

    /// Removes every row.
    ///
    /// # Errors
    /// Storage.
    pub async fn empty(&self, tx: &mut Tx) -> Result<(), DbError> {
        sql_made(format!("DELETE FROM {}", quoted(&self.name))).execute(tx).await?;
        Ok(())
    }

    /// Whether it holds anything.
    ///
    /// # Errors
    /// Storage.
    pub async fn is_used(&self, tx: &mut Tx) -> Result<bool, DbError> {
        let text = format!("SELECT 1 FROM {} LIMIT 1", quoted(&self.name));
        Ok(sql_made(text).fetch_optional::<(i32,)>(tx).await?.is_some())
    }

    /// Where the values of a sealed column stand, page by page: each the value of the column `key`, and the 16 bytes that
    /// follow the sealed value's first one. Those after `after`, in order.
    ///
    /// # Errors
    /// Storage.
    pub async fn page_of_sealed(
        &self,
        tx: &mut Tx,
        (key, sealed): (&str, &str),
        after: &Sealed,
        rows: i64,
    ) -> Result<Vec<Sealed>, DbError> {
        let (table, key, sealed) = (quoted(&self.name), quoted(key), quoted(sealed));
        let text = format!(
            "SELECT {key}, substr({sealed}, 2, 16) FROM {table} WHERE ({key}, substr({sealed}, 2, 16)) > ($1, $2) \
             AND {sealed} IS NOT NULL ORDER BY {key}, substr({sealed}, 2, 16) LIMIT $3"
        );
        sql_made(text).bind(&after.0).bind(&after.1).bind(rows).fetch_all(tx).await
    }

    /// Removes those rows, and before them whatever refers to them.
    ///
    /// # Errors
    /// Storage.
    pub async fn remove_sealed(
        &self,
        tx: &mut Tx,
        all: &[Self],
        (key, sealed): (&str, &str),
        rows: &[Sealed],
    ) -> Result<u64, DbError> {
        let mut removed = 0;
        for (value, id) in rows {
            for other in all {
                for reference in other.references.iter().filter(|r| r.table == self.name && r.target == key) {
                    let text = format!("DELETE FROM {} WHERE {} = $1", quoted(&other.name), quoted(&reference.column));
                    removed += sql_made(text).bind(value).execute(tx).await?;
                }
            }
            let text = format!(
                "DELETE FROM {} WHERE {} = $1 AND substr({}, 2, 16) = $2",
                quoted(&self.name),
                quoted(key),
                quoted(sealed)
            );
            removed += sql_made(text).bind(value).bind(id).execute(tx).await?;
        }
        Ok(removed)
    }
}

/// Whether a table is there and holds anything.
///
/// # Errors
/// Storage.
pub async fn holds(tx: &mut Tx, table: &str) -> Result<bool, DbError> {
    let names = sql(dialect::every_table_name(tx)).fetch_all::<(String,)>(&mut *tx).await?;
    if names.iter().all(|(name,)| name != table) {
        return Ok(false);
    }
    let text = format!("SELECT 1 FROM {} LIMIT 1", quoted(table));
    Ok(sql_made(text).fetch_optional::<(i32,)>(tx).await?.is_some())
}

/// Removes every table with what it holds, and the migrations' own: the database is as if it had just been made.
///
/// # Errors
/// Storage, or a table that is not ours.
pub async fn drop_all(tx: &mut Tx) -> Result<Result<(), Foreign>, DbError> {
    let all = match tables(tx).await? {
        Ok(all) => all,
        Err(foreign) => return Ok(Err(foreign)),
    };
    for table in all.iter().rev() {
        sql_made(format!("DROP TABLE {}", quoted(&table.name))).execute(tx).await?;
    }
    sql("DROP TABLE IF EXISTS _sqlx_migrations").execute(tx).await?;
    Ok(Ok(()))
}
