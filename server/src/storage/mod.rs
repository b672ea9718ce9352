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
pub mod tables;

pub use db::{Db, DbError, Executor, Row, Sql, Tx, Value, sql, sql_counting, sql_rows};
pub use in_use::Held;
pub use migrate::{MigrateError, Schema, applied, known, migrate, migrate_in};
