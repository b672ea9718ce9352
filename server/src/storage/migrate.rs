//! Brings a database to the present schema: one set of migrations for both engines.

use std::borrow::Cow;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr};

use super::{Db, DbError, Tx, dialect, sql};

/// Which of the two databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// People, decisions, the ledger: everything but keys.
    Data,
    /// Keys and the erasure log; never part of a data backup.
    Keys,
}

/// A migration failed, or the database holds one that this program does not know.
#[derive(Debug, thiserror::Error)]
#[error("the {schema:?} database could not be migrated: {source}")]
pub struct MigrateError {
    schema: Schema,
    source: sqlx::migrate::MigrateError,
}

const DATA: &[(i64, &str, &str)] = &[
    (1, "people", include_str!("../../migrations/data/0001_people.sql")),
    (2, "ledger", include_str!("../../migrations/data/0002_ledger.sql")),
    (3, "decisions", include_str!("../../migrations/data/0003_decisions.sql")),
    (4, "profile", include_str!("../../migrations/data/0004_profile.sql")),
    (5, "cancellation", include_str!("../../migrations/data/0005_cancellation.sql")),
    (6, "merkle", include_str!("../../migrations/data/0006_merkle.sql")),
    (7, "records", include_str!("../../migrations/data/0007_records.sql")),
    (8, "requests", include_str!("../../migrations/data/0008_requests.sql")),
    (9, "exports", include_str!("../../migrations/data/0009_exports.sql")),
    (10, "transfers", include_str!("../../migrations/data/0010_transfers.sql")),
    (11, "decisions about", include_str!("../../migrations/data/0011_decisions_about.sql")),
    (12, "sharing", include_str!("../../migrations/data/0012_sharing.sql")),
    (13, "messages", include_str!("../../migrations/data/0013_messages.sql")),
    (14, "reviewers", include_str!("../../migrations/data/0014_reviewers.sql")),
    (15, "leaving", include_str!("../../migrations/data/0015_leaving.sql")),
    (16, "wayout", include_str!("../../migrations/data/0016_wayout.sql")),
    (17, "execution", include_str!("../../migrations/data/0017_execution.sql")),
    (18, "deliveries", include_str!("../../migrations/data/0018_deliveries.sql")),
    (19, "replayed", include_str!("../../migrations/data/0019_replayed.sql")),
    (20, "requests", include_str!("../../migrations/data/0020_requests.sql")),
    (21, "exact", include_str!("../../migrations/data/0021_exact.sql")),
    (22, "lost", include_str!("../../migrations/data/0022_lost.sql")),
    (23, "code limits", include_str!("../../migrations/data/0023_code_limits.sql")),
    (24, "replies", include_str!("../../migrations/data/0024_replies.sql")),
    (25, "age band", include_str!("../../migrations/data/0025_age_band.sql")),
    (26, "former numbers", include_str!("../../migrations/data/0026_former_numbers.sql")),
    (27, "write probe", include_str!("../../migrations/data/0027_write_probe.sql")),
    (28, "downloads", include_str!("../../migrations/data/0028_downloads.sql")),
    (32, "put back", include_str!("../../migrations/data/0032_put_back.sql")),
    (33, "request numbers", include_str!("../../migrations/data/0033_request_numbers.sql")),
    (34, "guardian again", include_str!("../../migrations/data/0034_guardian_again.sql")),
];
const KEYS: &[(i64, &str, &str)] = &[
    (1, "keys", include_str!("../../migrations/keys/0001_keys.sql")),
    (2, "retired keys", include_str!("../../migrations/keys/0002_retired_keys.sql")),
    (3, "replay log", include_str!("../../migrations/keys/0003_replay_log.sql")),
    (4, "log head", include_str!("../../migrations/keys/0004_log_head.sql")),
    (5, "replay by subject", include_str!("../../migrations/keys/0005_replay_by_subject.sql")),
    (6, "write probe", include_str!("../../migrations/keys/0006_write_probe.sql")),
];

/// Applies what is missing. Safe to run at every start and from several servers at once.
///
/// # Errors
/// [`MigrateError`] names the schema and what the engine said.
pub async fn migrate(db: &Db, schema: Schema) -> Result<(), MigrateError> {
    let outcome = match db {
        Db::Sqlite { writer, .. } => migrator(schema, true, |_| true).run(writer).await,
        Db::Postgres { pool, .. } => migrator(schema, false, |_| true).run(pool).await,
    };
    outcome.map_err(|source| MigrateError { schema, source })
}

/// Applies those of the missing migrations that are wanted, inside a transaction.
///
/// # Errors
/// [`MigrateError`] names the schema and what the engine said.
pub async fn migrate_in(tx: &mut Tx, schema: Schema, wanted: impl Fn(i64) -> bool) -> Result<(), MigrateError> {
    let outcome = match tx {
        Tx::Sqlite(tx) => migrator(schema, true, wanted).run(&mut **tx).await,
        Tx::Postgres(tx) => migrator(schema, false, wanted).run(&mut **tx).await,
    };
    outcome.map_err(|source| MigrateError { schema, source })
}

/// The versions of the migrations that a database has.
///
/// # Errors
/// [`DbError::Engine`], also for a database that was never migrated.
pub async fn applied(tx: &mut Tx) -> Result<Vec<i64>, DbError> {
    let rows = sql("SELECT version FROM _sqlx_migrations ORDER BY version").fetch_all::<(i64,)>(tx).await?;
    Ok(rows.into_iter().map(|(version,)| version).collect())
}

/// Whether a database has every migration that this program knows; it is only read.
///
/// # Errors
/// [`DbError::Engine`], also for a database that was never migrated.
pub async fn is_migrated(db: &Db, schema: Schema) -> Result<bool, DbError> {
    let applied = applied(&mut db.snapshot().await?).await?;
    Ok(known(schema).all(|version| applied.contains(&version)))
}

/// The versions that this program knows.
pub fn known(schema: Schema) -> impl Iterator<Item = i64> {
    set(schema).iter().map(|(version, ..)| *version)
}

const fn set(schema: Schema) -> &'static [(i64, &'static str, &'static str)] {
    match schema {
        Schema::Data => DATA,
        Schema::Keys => KEYS,
    }
}

fn migrator(schema: Schema, sqlite: bool, wanted: impl Fn(i64) -> bool) -> Migrator {
    let migrations = set(schema)
        .iter()
        .filter(|(version, ..)| wanted(*version))
        .map(|(version, name, text)| {
            Migration::new(
                *version,
                Cow::Borrowed(*name),
                MigrationType::Simple,
                // Safe: the text is compiled in.
                AssertSqlSafe(dialect::schema_text(sqlite, text)).into_sql_str(),
                false,
            )
        })
        .collect();
    Migrator::with_migrations(migrations)
}
