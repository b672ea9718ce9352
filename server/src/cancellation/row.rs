//! SQL of an attempt to leave: how its row is read, begun, brought on and ended.

use app::cancellation::model::{Cancellation, ProvedBy, Reason, State};
use app::time::Moment;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::waivers;
use crate::storage::{Executor, Tx, sql};
use crate::vault::Place;
use crate::web::fault::Fault;

/// Where an attempt stands, as the database and the replay log hold it. No personal data.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, Serialize, Deserialize)]
pub struct Columns {
    state: String,
    drafted_at: i64,
    verified_at: Option<i64>,
    proved_by: Option<String>,
    submitted_at: Option<i64>,
    due_at: Option<i64>,
    refusal: Option<String>,
}

/// The database holds a state that this program does not know.
#[derive(Debug, thiserror::Error)]
#[error("a cancellation is in an unknown state")]
pub(super) struct Unknown;

impl Columns {
    pub(super) fn of(c: &Cancellation) -> Self {
        Self {
            state: c.state.id().to_owned(),
            drafted_at: c.drafted_at.0,
            verified_at: c.verified_at.map(|at| at.0),
            proved_by: c.proved_by.map(|by| by.id().to_owned()),
            submitted_at: c.submitted_at.map(|at| at.0),
            due_at: c.due_at.map(|at| at.0),
            refusal: c.refusal.map(Reason::id),
        }
    }

    pub(super) fn read(&self, in_review: bool) -> Result<Cancellation, Unknown> {
        let proved_by: Option<ProvedBy> = self.proved_by.as_deref().map(str::parse).transpose().map_err(|_| Unknown)?;
        let refusal: Option<Reason> = self.refusal.as_deref().map(str::parse).transpose().map_err(|_| Unknown)?;
        Ok(Cancellation {
            state: self.state.parse().map_err(|_| Unknown)?,
            drafted_at: Moment(self.drafted_at),
            in_review,
            verified_at: self.verified_at.map(Moment),
            proved_by,
            submitted_at: self.submitted_at.map(Moment),
            due_at: self.due_at.map(Moment),
            refusal,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub id: String,
    #[sqlx(flatten)]
    columns: Columns,
    pub review_id: Option<String>,
}

impl Row {
    pub(super) fn read(&self) -> Result<Cancellation, Fault> {
        Ok(self.columns.read(self.review_id.is_some())?)
    }

    /// When the cooling-off ends, if there is one.
    pub(super) fn due_at(&self) -> Option<Moment> {
        self.columns.due_at.map(Moment)
    }
}

pub(super) const fn place<'r>(column: &'static str, row: &'r str) -> Place<'r> {
    Place { table: "cancellation", column, row }
}

pub(super) async fn open(on: impl Into<Executor<'_>>, person: Uuid) -> Result<Option<Row>, Fault> {
    Ok(sql("SELECT id, state, drafted_at, verified_at, proved_by, submitted_at, due_at, refusal, review_id \
         FROM cancellation WHERE person_id = $1 AND ended_at IS NULL")
    .bind(person)
    .fetch_optional::<Row>(on)
    .await?)
}

/// Begins one; how far it has come is for [`update`].
pub(super) async fn insert(tx: &mut Tx, person: Uuid, id: &str, c: &Cancellation) -> Result<(), Fault> {
    sql("INSERT INTO cancellation (id, person_id, state, drafted_at) VALUES ($1, $2, $3, $4)")
        .bind(id)
        .bind(person)
        .bind(c.state.id())
        .bind(c.drafted_at.0)
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn update(tx: &mut Tx, id: &str, c: &Cancellation, now: Moment) -> Result<(), Fault> {
    sql("UPDATE cancellation SET state = $2, verified_at = $3, submitted_at = $4, due_at = $5, ended_at = $6, \
         proved_by = $7, refusal = $8, check_at = NULL, review_id = CASE WHEN $9 THEN review_id END, \
         proof = CASE WHEN $9 THEN proof END WHERE id = $1")
    .bind(id)
    .bind(c.state.id())
    .bind(c.verified_at.map(|at| at.0))
    .bind(c.submitted_at.map(|at| at.0))
    .bind(c.due_at.map(|at| at.0))
    .bind(c.state.has_ended().then_some(now.0))
    .bind(c.proved_by.map(ProvedBy::id))
    .bind(c.refusal.map(Reason::id))
    .bind(c.in_review)
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn end(tx: &mut Tx, id: &str, now: Moment) -> Result<(), Fault> {
    waivers::remove(tx, id).await?;
    sql("UPDATE cancellation SET state = $2, ended_at = $3 WHERE id = $1")
        .bind(id)
        .bind(State::Withdrawn.id())
        .bind(now.0)
        .execute(tx)
        .await?;
    Ok(())
}
