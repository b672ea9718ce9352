//! Storage: one SQL text on two engines.
//!
//! A capability writes `sql("SELECT … WHERE id = $1").bind(id).fetch_optional::<Row>(&db)` and never
//! learns which engine answers. Reads go to `&Db`, changes to a [`Tx`] from [`Db::begin`]; one method
//! of a store is one transaction. What the engines do differently stands in `dialect.rs`.

mod db;
mod dialect;
mod fold;
mod in_use;
mod migrate;
mod place;
mod pools;
mod probe;
pub mod tables;
mod turn;

pub use db::{Db, DbError, Executor, Row, Sql, Tx, Value, sql, sql_counting, sql_rows};
pub use in_use::{Alone, InUse};
pub use migrate::{MigrateError, Schema, applied, is_migrated, known, migrate, migrate_in};
pub use place::place;
pub use pools::CONNECTIONS;
pub use probe::is_unwritable;
pub use turn::Turn;
