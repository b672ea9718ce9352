//! Rows that nobody can read any more: in restored data they are what an erasure after the backup has left behind.

use std::collections::HashSet;

use uuid::Uuid;

use crate::execution::rows;
use crate::storage::tables::{Kind, Sealed, Table, tables};
use crate::storage::{Db, DbError, Tx, sql, sql_rows};
use crate::web::fault::Fault;

/// Rows looked at in one transaction.
const PAGE: i64 = 2_000;
/// Ids per question to the key store.
const CHUNK: usize = 250;

/// Removes every row that is sealed under a key of the erasure log, whatever its table; a person with all that is theirs. A key
/// that is missing and was never erased is no business of this: reading what it sealed stays a fault.
///
/// # Errors
/// Storage.
pub(super) async fn remove(data: &Db, keys: &Db) -> Result<u64, Fault> {
    let mut tx = data.begin().await?;
    let all = tables(&mut tx).await??;
    tx.commit().await?;
    let mut removed = 0;
    // What is referred to comes first: with a person goes everything.
    for table in &all {
        for column in sealed_columns(table) {
            let place = (table.columns[0].name.as_str(), column);
            removed += scan(data, keys, (table, &all), place).await?;
        }
    }
    Ok(removed)
}

/// Ends of the names of BLOB columns that are not sealed: by the migrations' own rule only an index or a hash is not.
const NOT_SEALED: [&str; 5] = ["index", "hash", "hashes", "mac", "subject"];

fn sealed_columns(table: &Table) -> impl Iterator<Item = &str> {
    let is_keyed = table.columns.first().is_some_and(|first| first.kind == Kind::Text);
    let is_sealed = |name: &str| name == "password_hash" || !NOT_SEALED.iter().any(|end| name.ends_with(end));
    let blobs = table.columns.iter().filter(move |column| is_keyed && column.kind == Kind::Blob);
    blobs.map(|column| column.name.as_str()).filter(move |name| is_sealed(name))
}

async fn scan(data: &Db, keys: &Db, (table, all): (&Table, &[Table]), place: (&str, &str)) -> Result<u64, Fault> {
    let mut removed = 0;
    let mut after: Sealed = (String::new(), Vec::new());
    loop {
        let mut tx = data.begin().await?;
        let page = table.page_of_sealed(&mut tx, place, &after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(removed) };
        after = last.clone();
        let destroyed = destroyed(keys, &page).await?;
        let gone: Vec<_> = page.into_iter().filter(|(_, id)| destroyed.contains(id)).collect();
        removed += match table.name.as_str() {
            "person" => people(&mut tx, &gone).await?,
            "execution" => executions(&mut tx, &gone).await?,
            "delivery" => deliveries(&mut tx, &gone).await?,
            _ => table.remove_sealed(&mut tx, all, place, &gone).await?,
        };
        tx.commit().await?;
    }
}

async fn people(tx: &mut Tx, gone: &[Sealed]) -> Result<u64, Fault> {
    let mut removed = 0;
    for (person, _) in gone {
        removed += rows::remove(tx, Uuid::parse_str(person)?).await?;
    }
    Ok(removed)
}

/// An execution that is over needs what it had sealed no more: only that goes. One that is not can't go on, and was carried out.
async fn executions(tx: &mut Tx, gone: &[Sealed]) -> Result<u64, Fault> {
    let mut removed = 0;
    for (execution, _) in gone {
        let over = sql("UPDATE execution SET content = NULL WHERE id = $1 AND ended_at IS NOT NULL");
        if over.bind(execution).execute(&mut *tx).await? == 0 {
            let counts = sql("DELETE FROM execution_count WHERE execution_id = $1").bind(execution);
            removed += counts.execute(&mut *tx).await?;
            removed += sql("DELETE FROM execution WHERE id = $1").bind(execution).execute(&mut *tx).await?;
        }
    }
    Ok(removed)
}

/// Who was told of an erasure stays, or its certificate would no longer agree with its event; what was said goes. The keys of an
/// execution go only once everybody has it, so whoever stands as waiting here was told after the backup.
async fn deliveries(tx: &mut Tx, gone: &[Sealed]) -> Result<u64, Fault> {
    let mut removed = 0;
    for (id, _) in gone {
        let told = sql("UPDATE delivery SET body = NULL, failure = NULL, \
             state = CASE WHEN state IN ('waiting', 'dead') THEN 'sent' ELSE state END \
             WHERE id = $1 AND owner IN (SELECT id FROM execution WHERE ended_at IS NOT NULL)");
        if told.bind(id).execute(&mut *tx).await? == 0 {
            removed += sql("DELETE FROM delivery WHERE id = $1").bind(id).execute(&mut *tx).await?;
        }
    }
    Ok(removed)
}

/// Which of these keys the erasure log names.
async fn destroyed(keys: &Db, page: &[Sealed]) -> Result<HashSet<Vec<u8>>, DbError> {
    among(keys, "SELECT key_id FROM erasure_log WHERE key_id IN", page).await
}

/// Which of these keys a query names.
async fn among(keys: &Db, query: &'static str, page: &[Sealed]) -> Result<HashSet<Vec<u8>>, DbError> {
    let ids: HashSet<Uuid> = page.iter().filter_map(|(_, id)| Uuid::from_slice(id).ok()).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let mut found = HashSet::new();
    for chunk in ids.chunks(CHUNK) {
        let asked = chunk.iter().fold(sql_rows(query, chunk.len(), 1, ""), |asked, id| asked.bind(*id));
        let rows = asked.fetch_all::<(String,)>(keys).await?;
        found.extend(rows.iter().filter_map(|(id,)| Uuid::parse_str(id).ok()).map(|id| id.as_bytes().to_vec()));
    }
    Ok(found)
}

/// Whether the key store has destroyed any key at all: else there is nothing to look for.
pub(super) async fn any_destroyed(keys: &Db) -> Result<bool, DbError> {
    Ok(sql("SELECT key_id FROM erasure_log LIMIT 1").fetch_optional::<(String,)>(keys).await?.is_some())
}

/// How the sealed values of a database stand with the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keyed {
    /// How many there are.
    pub values: u64,
    /// Those whose key the key store has not: lost, or destroyed with their row left behind.
    pub lost: u64,
}

/// Looks whether every sealed value has its key. Changes nothing.
///
/// # Errors
/// Storage.
pub async fn look_for_keys(data: &Db, keys: &Db) -> Result<Keyed, Fault> {
    let mut tx = data.snapshot().await?;
    let mut keyed = Keyed::default();
    for table in &tables(&mut tx).await?? {
        for column in sealed_columns(table) {
            let mut after: Sealed = (String::new(), Vec::new());
            loop {
                let place = (table.columns[0].name.as_str(), column);
                let page = table.page_of_sealed(&mut tx, place, &after, PAGE).await?;
                let Some(last) = page.last() else { break };
                after = last.clone();
                let living = among(keys, "SELECT id FROM data_key WHERE id IN", &page).await?;
                keyed.values += u64::try_from(page.len())?;
                keyed.lost += u64::try_from(page.iter().filter(|(_, id)| !living.contains(id)).count())?;
            }
        }
    }
    Ok(keyed)
}
