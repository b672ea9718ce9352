//! SQL of the words that were shown before a decision: what a hash of the ledger stands for.

use std::collections::BTreeSet;

use crate::catalogue::Catalogue;
use crate::storage::{Db, DbError, Executor, sql};
use crate::web::fault::Fault;

/// Keeps the words that this program shows, so that what a decision's hash stands for can be read for ever. At every start:
/// no decision is made before.
///
/// # Errors
/// Storage.
pub async fn keep_shown(data: &Db, catalogue: &Catalogue) -> Result<(), DbError> {
    let kept = sql("SELECT hash FROM shown_words").fetch_all::<(String,)>(data).await?;
    let kept: BTreeSet<_> = kept.into_iter().map(|(hash,)| hash).collect();
    let missing: Vec<_> = catalogue.all_shown().filter(|shown| !kept.contains(&shown.hash)).collect();
    // A start must not need to write.
    if missing.is_empty() {
        return Ok(());
    }
    let mut tx = data.begin().await?;
    for shown in missing {
        sql("INSERT INTO shown_words (hash, text) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING")
            .bind(&shown.hash)
            .bind(&shown.text)
            .execute(&mut tx)
            .await?;
    }
    tx.commit().await
}

/// The exact words that a hash in the ledger stands for.
///
/// # Errors
/// Storage. None: they were shown by a program that did not keep them.
pub async fn shown(on: impl Into<Executor<'_>>, hash: &str) -> Result<Option<String>, Fault> {
    let row = sql("SELECT text FROM shown_words WHERE hash = $1").bind(hash).fetch_optional::<(String,)>(on).await?;
    Ok(row.map(|(text,)| text))
}
