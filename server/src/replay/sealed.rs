//! Rows that nobody can read any more: in restored data they are what an erasure after the backup has left behind.

use std::collections::HashSet;

use uuid::Uuid;

use crate::execution::rows;
use crate::storage::tables::{Foreign, Kind, Sealed, Table, tables};
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
    let all = tables(&mut tx).await?.map_err(|foreign: Foreign| foreign)?;
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

/// By the migrations' own rule: a BLOB that is not an index or a hash is sealed. Where another one is looked at, too, nothing
/// happens: its bytes are no key's id.
fn sealed_columns(table: &Table) -> impl Iterator<Item = &str> {
    let is_keyed = table.columns.first().is_some_and(|first| first.kind == Kind::Text);
    let is_sealed = |name: &str| !name.ends_with("index") && (!name.contains("hash") || name == "password_hash");
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

/// Which of these keys the erasure log names.
async fn destroyed(keys: &Db, page: &[Sealed]) -> Result<HashSet<Vec<u8>>, DbError> {
    let ids: HashSet<Uuid> = page.iter().filter_map(|(_, id)| Uuid::from_slice(id).ok()).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let mut found = HashSet::new();
    for chunk in ids.chunks(CHUNK) {
        let among = sql_rows("SELECT key_id FROM erasure_log WHERE key_id IN", chunk.len(), 1, "");
        let rows = chunk.iter().fold(among, |among, id| among.bind(*id)).fetch_all::<(String,)>(keys).await?;
        found.extend(rows.iter().filter_map(|(id,)| Uuid::parse_str(id).ok()).map(|id| id.as_bytes().to_vec()));
    }
    Ok(found)
}

/// Whether the key store has destroyed any key at all: else there is nothing to look for.
pub(super) async fn any_destroyed(keys: &Db) -> Result<bool, DbError> {
    Ok(sql("SELECT key_id FROM erasure_log LIMIT 1").fetch_optional::<(String,)>(keys).await?.is_some())
}
