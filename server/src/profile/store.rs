//! SQL of 个人资料.

use uuid::Uuid;

use crate::centre::Centre;
use crate::storage::sql;
use crate::web::fault::Fault;

/// Whether there is a verified name.
///
/// # Errors
/// Storage.
pub async fn has_real_name(centre: &Centre, person: Uuid) -> Result<bool, Fault> {
    let row = sql("SELECT verified_at FROM real_name WHERE person_id = $1")
        .bind(person)
        .fetch_optional::<(i64,)>(&centre.data)
        .await?;
    Ok(row.is_some())
}

/// Whether there is a 头像.
///
/// # Errors
/// Storage.
pub async fn has_avatar(centre: &Centre, person: Uuid) -> Result<bool, Fault> {
    let row = sql("SELECT changed_at FROM avatar WHERE person_id = $1")
        .bind(person)
        .fetch_optional::<(i64,)>(&centre.data)
        .await?;
    Ok(row.is_some())
}
