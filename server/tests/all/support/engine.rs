//! Fresh databases. The only test code that names engines' own words.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use server::storage::{Db, Schema, migrate};
use sqlx::{Connection as _, Executor as _, PgConnection, SqliteConnection};
use uuid::Uuid;

use super::World;

/// Where the data is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A pair of databases: data and keys.
pub struct Databases {
    pub data: String,
    pub keys: String,
    cluster: Option<String>,
}

impl Databases {
    /// A fresh pair, or none where there is no cluster. With `CI=true` that is a failure.
    pub async fn fresh(engine: Engine, folder: &Path) -> Option<Self> {
        let folder = folder.display();
        if engine == Engine::Sqlite {
            let [data, keys] = FILES.map(|name| format!("sqlite:{folder}/{name}"));
            return Some(Self { data, keys, cluster: None });
        }
        let Ok(cluster) = std::env::var("TEST_POSTGRES_URL") else {
            assert!(std::env::var("CI").is_err(), "CI must test PostgreSQL too: set TEST_POSTGRES_URL");
            println!("SKIPPED: TEST_POSTGRES_URL is not set");
            return None;
        };
        let base = cluster.rsplit_once('/').expect("an address with a database").0.to_owned();
        let name = format!("test_{}", Uuid::new_v4().simple());
        let mut connection = PgConnection::connect(&cluster).await.unwrap();
        for part in ["data", "keys"] {
            let create = format!("CREATE DATABASE {name}_{part}");
            connection.execute(sqlx::AssertSqlSafe(create)).await.unwrap();
        }
        let (data, keys) = (format!("{base}/{name}_data"), format!("{base}/{name}_keys"));
        Some(Self { data, keys, cluster: Some(cluster) })
    }

    /// The same with the present schema: copied from a pair that all tests share, since to migrate each takes longer than most
    /// tests do.
    pub async fn migrated(engine: Engine, folder: &Path) -> Option<Self> {
        if engine == Engine::Postgres && std::env::var("TEST_POSTGRES_URL").is_ok() {
            let cluster = std::env::var("TEST_POSTGRES_URL").unwrap();
            let [data, keys] = [("data", Schema::Data), ("keys", Schema::Keys)].map(|part| copy_of(&cluster, part));
            return Some(Self { data: data.await, keys: keys.await, cluster: Some(cluster) });
        }
        let fresh = Self::fresh(engine, folder).await?;
        let shared = shared_files().await;
        for name in FILES {
            std::fs::copy(shared.join(name), folder.join(name)).unwrap();
        }
        Some(fresh)
    }

    /// Opens both.
    pub async fn open(&self) -> (Db, Db) {
        (Db::open(&self.data).await.unwrap(), Db::open(&self.keys).await.unwrap())
    }

    /// Copies the data, not the keys, as a backup does. The address of the copy; it goes with the rest.
    pub async fn back_up(&self) -> String {
        let Some(cluster) = &self.cluster else {
            let copy = self.data.replace("centre.db", "backup.db");
            let file = copy.strip_prefix("sqlite:").unwrap();
            let mut connection = SqliteConnection::connect(&self.data).await.unwrap();
            connection.execute(sqlx::AssertSqlSafe(format!("VACUUM INTO '{file}'"))).await.unwrap();
            return copy;
        };
        let copy = self.data.replace("_data", "_backup");
        let name = |address: &str| address.rsplit('/').next().unwrap().to_owned();
        let mut connection = PgConnection::connect(cluster).await.unwrap();
        // A database is copied while nobody is connected to it; pools connect anew.
        let leave =
            format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'", name(&self.data));
        connection.execute(sqlx::AssertSqlSafe(leave)).await.unwrap();
        let create = format!("CREATE DATABASE {} TEMPLATE {}", name(&copy), name(&self.data));
        connection.execute(sqlx::AssertSqlSafe(create)).await.unwrap();
        copy
    }

    /// Removes all of them, so that a long run does not fill the disk.
    pub async fn drop(&self) {
        let Some(cluster) = &self.cluster else { return };
        let mut connection = PgConnection::connect(cluster).await.unwrap();
        for address in [&self.data, &self.keys, &self.data.replace("_data", "_backup")] {
            let name = address.rsplit('/').next().unwrap();
            let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            connection.execute(sqlx::AssertSqlSafe(drop)).await.unwrap();
        }
    }

    /// Writes everything that is still in memory to the files.
    pub async fn flush(&self) {
        let Some(cluster) = &self.cluster else { return };
        PgConnection::connect(cluster).await.unwrap().execute("CHECKPOINT").await.unwrap();
    }
}

/// Data and keys on SQLite.
const FILES: [&str; 2] = ["centre.db", "keys.db"];

/// Tells one set of migrations from another, as well as can be told from outside.
fn schema_hash() -> u64 {
    let mut hasher = DefaultHasher::new();
    for part in ["migrations/data", "migrations/keys", "src/storage"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(part);
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        files.retain(|file| file.is_file());
        files.iter().for_each(|file| std::fs::read(file).unwrap().hash(&mut hasher));
    }
    hasher.finish()
}

async fn migrate_new(address: &str, schema: Schema) {
    let database = Db::open(address).await.unwrap();
    migrate(&database, schema).await.unwrap();
    database.close().await;
}

/// A folder with a migrated pair of files that nobody writes to.
async fn shared_files() -> PathBuf {
    let all = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let shared = all.join(format!("migrated-{:x}", schema_hash()));
    if !shared.exists() {
        let new = tempfile::tempdir_in(all).unwrap();
        for (name, schema) in FILES.into_iter().zip([Schema::Data, Schema::Keys]) {
            migrate_new(&format!("sqlite:{}/{name}", new.path().display()), schema).await;
        }
        // Whoever is first has made it; the others' go.
        drop(std::fs::rename(new.path(), &shared));
    }
    shared
}

/// The address of a new copy of a migrated database that nobody writes to.
async fn copy_of(cluster: &str, (part, schema): (&str, Schema)) -> String {
    let base = cluster.rsplit_once('/').expect("an address with a database").0;
    let shared = format!("migrated_{:x}_{part}", schema_hash());
    let mut connection = PgConnection::connect(cluster).await.unwrap();
    let mut run = async |statement: String| connection.execute(sqlx::AssertSqlSafe(statement)).await.map(drop);
    let copy = format!("test_{}_{part}", Uuid::new_v4().simple());
    let create = format!("CREATE DATABASE {copy} TEMPLATE {shared}");
    if run(create.clone()).await.is_err() {
        run("SELECT pg_advisory_lock(1)".to_owned()).await.unwrap();
        // Another test may have been first.
        if run(create.clone()).await.is_err() {
            let new = format!("{shared}_new");
            run(format!("DROP DATABASE IF EXISTS {new}")).await.unwrap();
            run(format!("CREATE DATABASE {new}")).await.unwrap();
            migrate_new(&format!("{base}/{new}"), schema).await;
            run(format!("ALTER DATABASE {new} RENAME TO {shared}")).await.unwrap();
            run(create).await.unwrap();
        }
        run("SELECT pg_advisory_unlock(1)".to_owned()).await.unwrap();
    }
    format!("{base}/{copy}")
}

/// Everything that both databases hold, as bytes, and how many files or tables that is. SQLite: the files, after the
/// write-ahead logs were folded in. PostgreSQL: every row of every table.
pub async fn dump(world: &World) -> (usize, Vec<u8>) {
    let (mut places, mut bytes) = (0, Vec::new());
    // As the schedule does every few seconds.
    assert!(world.centre.data.fold().await.unwrap() && world.centre.vault.fold().await.unwrap());
    for address in [&world.databases.data, &world.databases.keys] {
        let Some(file) = address.strip_prefix("sqlite:") else {
            let mut connection = PgConnection::connect(address).await.unwrap();
            for (table,) in tables_of(&mut connection).await {
                let rows =
                    sqlx::query_as::<_, (String,)>(sqlx::AssertSqlSafe(format!("SELECT t::text FROM {table} t")));
                places += 1;
                rows.fetch_all(&mut connection).await.unwrap().iter().for_each(|(row,)| bytes.extend(row.as_bytes()));
            }
            continue;
        };
        let mut connection = SqliteConnection::connect(address).await.unwrap();
        for ending in ["", "-wal"] {
            let read = std::fs::read(format!("{file}{ending}")).unwrap_or_default();
            assert!(ending.is_empty() || read.is_empty(), "the log was folded in");
            bytes.extend(read);
        }
        places += schema_of(&mut connection).await.len();
    }
    (places, bytes)
}

async fn tables_of(connection: &mut PgConnection) -> Vec<(String,)> {
    sqlx::query_as("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")
        .fetch_all(connection)
        .await
        .unwrap()
}

async fn schema_of(connection: &mut SqliteConnection) -> Vec<(String, String)> {
    let columns = "SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table'";
    sqlx::query_as(columns).fetch_all(connection).await.unwrap()
}

/// Every table of the data on SQLite, with its columns.
pub async fn schema(world: &World) -> std::collections::BTreeMap<String, Vec<String>> {
    let mut connection = SqliteConnection::connect(&world.databases.data).await.unwrap();
    let mut tables = std::collections::BTreeMap::<String, Vec<String>>::new();
    for (table, column) in schema_of(&mut connection).await {
        tables.entry(table).or_default().push(column);
    }
    tables
}

/// Every column of bytes on SQLite, by table: what is sealed, and indexes and hashes.
pub async fn bytes_of(world: &World, table: &str) -> Vec<String> {
    let mut connection = SqliteConnection::connect(&world.databases.data).await.unwrap();
    let columns = "SELECT name FROM pragma_table_info($1) WHERE type = 'BLOB' ORDER BY name";
    let columns = sqlx::query_as::<_, (String,)>(columns).bind(table).fetch_all(&mut connection).await.unwrap();
    columns.into_iter().map(|(name,)| name).collect()
}

/// From now on the file takes no more pages: to SQLite a full disk.
pub async fn make_full(db: &Db) {
    let Db::Sqlite { writer, .. } = db else { panic!("only a SQLite file can be full in a test") };
    let (pages,) = sqlx::query_as::<_, (i64,)>("PRAGMA page_count").fetch_one(writer).await.unwrap();
    limit(db, pages).await;
}

/// There is room again.
pub async fn make_room(db: &Db) {
    limit(db, 1 << 24).await;
}

/// On the connection that is open, and on those that come after it.
async fn limit(db: &Db, pages: i64) {
    let Db::Sqlite { writer, .. } = db else { unreachable!("looked at before") };
    let options = writer.connect_options().as_ref().clone().pragma("max_page_count", pages.to_string());
    writer.set_connect_options(options);
    let text = format!("PRAGMA max_page_count = {pages}");
    sqlx::query(sqlx::AssertSqlSafe(text)).execute(writer).await.unwrap();
}

/// Ends every connection to a database, as a cluster does that restarts.
pub async fn cut_connections(address: &str) {
    let cluster = std::env::var("TEST_POSTGRES_URL").unwrap();
    let name = address.rsplit('/').next().unwrap();
    let cut = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    PgConnection::connect(&cluster).await.unwrap().execute(sqlx::AssertSqlSafe(cut)).await.unwrap();
}

/// Fills the disk inside a transaction of a pool as sqlx makes it, and begins another: why that is refused.
pub async fn wedge(path: &Path) -> Option<String> {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let pool = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    pool.execute("CREATE TABLE filler (text TEXT); PRAGMA max_page_count = 4").await.unwrap();
    let mut tx = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let text = "0".repeat(1 << 16);
    sqlx::query("INSERT INTO filler VALUES ($1)").bind(text).execute(&mut *tx).await.unwrap_err();
    drop(tx);
    pool.begin_with("BEGIN IMMEDIATE").await.err().map(|error| error.to_string())
}
