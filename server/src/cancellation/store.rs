//! SQL of 注销账号.

use app::time::Moment;
use uuid::Uuid;

use crate::centre::Centre;
use crate::storage::sql;
use crate::web::fault::Fault;

/// When the cooling-off under way ends, if there is one.
///
/// # Errors
/// Storage.
pub async fn due_at(centre: &Centre, person: Uuid) -> Result<Option<Moment>, Fault> {
    let row = sql("SELECT due_at FROM cancellation WHERE person_id = $1 AND ended_at IS NULL AND due_at IS NOT NULL")
        .bind(person)
        .fetch_optional::<(i64,)>(&centre.data)
        .await?;
    Ok(row.map(|(at,)| Moment(at)))
}
