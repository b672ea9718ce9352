//! What a copy tells its person of attempts to leave: how far each came, what stood in the way, which orders were recognised,
//! and what was given up.

use app::cancellation::affair::Obstacle;
use app::cancellation::model::{ProvedBy, Reason, State};
use app::time::Moment;

use super::recognition::Picked;
use super::row::{Unknown, place};
use super::waivers;
use crate::centre::Centre;
use crate::export::registers::Noted;
use crate::storage::sql;
use crate::web::fault::Fault;
use crate::web::visit::Caller;

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    state: String,
    drafted_at: i64,
    verified_at: Option<i64>,
    proved_by: Option<String>,
    submitted_at: Option<i64>,
    due_at: Option<i64>,
    ended_at: Option<i64>,
    refusal: Option<String>,
    proof: Option<Vec<u8>>,
    obstacles: Option<Vec<u8>>,
}

/// Every attempt and every waiver of the caller.
///
/// # Errors
/// Storage or vault.
pub async fn of(centre: &Centre, caller: &Caller) -> Result<Vec<Noted>, Fault> {
    let rows = sql("SELECT id, state, drafted_at, verified_at, proved_by, submitted_at, due_at, ended_at, refusal, \
         proof, obstacles FROM cancellation WHERE person_id = $1")
    .bind(caller.person)
    .fetch_all::<Row>(&centre.data)
    .await?;
    let mut entries = waivers::entries(centre, caller).await?;
    for row in rows {
        entries.push(row.open(caller).await?);
    }
    Ok(entries)
}

const fn proved(by: ProvedBy) -> &'static str {
    match by {
        ProvedBy::Password => "密码",
        ProvedBy::Code => "短信验证码",
        ProvedBy::Review => "人工核实",
    }
}

impl Row {
    async fn open(self, caller: &Caller) -> Result<Noted, Fault> {
        let state: State = self.state.parse().map_err(|_| Unknown)?;
        let by: Option<ProvedBy> = self.proved_by.as_deref().map(str::parse).transpose().map_err(|_| Unknown)?;
        let refusal: Option<Reason> = self.refusal.as_deref().map(str::parse).transpose().map_err(|_| Unknown)?;
        let obstacles: Vec<Obstacle> = match self.obstacles {
            Some(sealed) => serde_json::from_slice(&caller.ring.open(place("obstacles", &self.id), &sealed).await?)?,
            None => Vec::new(),
        };
        let picked: Option<Picked> = match self.proof {
            Some(sealed) => Some(serde_json::from_slice(&caller.ring.open(place("proof", &self.id), &sealed).await?)?),
            None => None,
        };
        let obstacle =
            |one: &Obstacle| format!("{}：{}（编号 {}，办理 {}）", one.kind.label(), one.detail, one.id, one.link);
        let at = |at: Option<i64>| at.map(|at| Moment(at).date_time());
        let details = [
            ("状态", Some(state.label().to_owned())),
            ("核实身份", at(self.verified_at)),
            ("核实方式", by.map(|by| proved(by).to_owned())),
            ("你认出的订单", picked.as_ref().map(Picked::chosen)),
            ("没有认出的订单", picked.as_ref().map(Picked::left_out)),
            ("提交", at(self.submitted_at)),
            ("冷静期到", at(self.due_at)),
            ("结束", at(self.ended_at)),
            ("没有执行的原因", refusal.map(|reason| reason.words().to_owned())),
            ("当时没办完的", Some(obstacles.iter().map(obstacle).collect::<Vec<_>>().join("；"))),
        ];
        Ok(Noted::of(Moment(self.drafted_at), "申请注销账号", details))
    }
}
