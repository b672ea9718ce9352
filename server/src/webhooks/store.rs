//! SQL of deliveries.

use app::promises::ANSWER_WORKING_DAYS;
use app::time::Moment;
use serde_json::Value;
use uuid::Uuid;

use crate::centre::Centre;
use crate::storage::{Tx, sql};
use crate::vault::{Place, SealingKey};
use crate::web::fault::Fault;

/// The recipient's id of the host app itself.
pub const HOST: &str = "host";

/// What one recipient is to be told.
#[derive(Clone, Debug)]
pub struct Notice<'a> {
    /// The webhook-id: made from what it is about, so that writing it again changes nothing.
    pub id: Uuid,
    /// Whose key seals it, under [`Category::Deliveries`](crate::vault::Category::Deliveries).
    pub owner: Uuid,
    /// An id of `recipients.toml`, or [`HOST`].
    pub recipient: &'a str,
    /// `erasure`, `correction` or `withdrawal`.
    pub notice: &'static str,
    /// What about, by ids of the catalogue; no personal data.
    pub about: &'a str,
    /// What is told: `data` of the webhook, with what the recipient knows the person by.
    pub data: Value,
}

pub(super) const fn place(row: &str) -> Place<'_> {
    Place { table: "delivery", column: "body", row }
}

/// Writes down, in the transaction of what it tells of, that a recipient is to be told. One of that id that is there already
/// stays as it is.
///
/// # Errors
/// Storage.
pub async fn tell(
    tx: &mut Tx,
    centre: &Centre,
    key: &SealingKey,
    notice: &Notice<'_>,
    now: Moment,
) -> Result<(), Fault> {
    let Notice { id, owner, recipient, notice, about, data } = notice;
    let id = id.to_string();
    let due = centre.catalogue.working_days().after(now, ANSWER_WORKING_DAYS);
    sql("INSERT INTO delivery (id, owner, recipient, notice, about, body, state, attempts, next_at, made_at, due_at) \
         VALUES ($1, $2, $3, $4, $5, $6, 'waiting', 0, $7, $7, $8) ON CONFLICT (id) DO NOTHING")
    .bind(&id)
    .bind(*owner)
    .bind(*recipient)
    .bind(*notice)
    .bind(*about)
    .bind(key.seal(place(&id), &serde_json::to_vec(data)?))
    .bind(now.0)
    .bind(due.0)
    .execute(tx)
    .await?;
    Ok(())
}
