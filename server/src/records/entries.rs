//! What a copy tells its person of corrections and erasures: that they were, and never what was there before.

use app::time::Moment;

use super::By;
use crate::centre::Centre;
use crate::export::registers::Noted;
use crate::storage::sql;
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// What a kind is called; one that the catalogue has no more goes by its id.
fn name(centre: &Centre, field: &str) -> String {
    centre.catalogue.data().field(field).map_or_else(|| field.to_owned(), |field| field.name.clone())
}

/// Every correction of a record, or of 实名信息.
///
/// # Errors
/// Storage.
pub async fn corrections(centre: &Centre, caller: &Caller) -> Result<Vec<Noted>, Fault> {
    let rows = sql("SELECT c.corrected_at, c.corrected_by, COALESCE(c.field, r.field) FROM correction c \
         LEFT JOIN record r ON r.id = c.record_id WHERE c.person_id = $1")
    .bind(caller.person)
    .fetch_all::<(i64, String, Option<String>)>(&centre.data)
    .await?;
    let entry = |(at, by, field): (i64, String, Option<String>)| {
        // The record may be gone.
        let value = field.map_or_else(|| "一条已删除的记录".to_owned(), |field| name(centre, &field));
        let by = if by == By::Person.id() { "你自己" } else { "我们，按你的申请" };
        Noted::of(Moment(at), value, [("更正的人", Some(by.to_owned()))])
    };
    Ok(rows.into_iter().map(entry).collect())
}

/// Every erasure of a whole kind, and every destruction of keys.
///
/// # Errors
/// Storage.
pub async fn erasures(centre: &Centre, caller: &Caller) -> Result<Vec<Noted>, Fault> {
    let kinds = sql("SELECT field, erased_at FROM erased_kind WHERE person_id = $1")
        .bind(caller.person)
        .fetch_all::<(String, i64)>(&centre.data)
        .await?;
    let kinds =
        kinds.into_iter().map(|(field, at)| Noted::of(Moment(at), format!("删除全部{}", name(centre, &field)), []));
    let keys = sql("SELECT keys, intended_at, done_at FROM erasure WHERE person_id = $1")
        .bind(caller.person)
        .fetch_all::<(String, i64, Option<i64>)>(&centre.data)
        .await?;
    let destroyed = |(keys, at, done): (String, i64, Option<i64>)| {
        let details =
            [("密钥", Some(format!("{} 把", keys.lines().count()))), ("完成", done.map(|at| Moment(at).date_time()))];
        Noted::of(Moment(at), "销毁密钥", details)
    };
    Ok(kinds.chain(keys.into_iter().map(destroyed)).collect())
}
