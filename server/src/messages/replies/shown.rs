//! What its person sees of a reply: at 推送设置 while it waits, and in their copy.

use app::pages::replies::Reply;
use app::time::Moment;

use super::officer::{Meaning, Row, Waiting, open};
use crate::centre::Centre;
use crate::export::registers::Noted;
use crate::storage::sql;
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// The caller's replies that wait, for their page.
///
/// # Errors
/// Storage or vault.
pub async fn of_caller(centre: &Centre, caller: &Caller) -> Result<Vec<Reply>, Fault> {
    let rows = sql("SELECT id, person_id, content, received_at, due_at FROM sms_reply \
         WHERE person_id = $1 AND answered_at IS NULL ORDER BY received_at, id")
    .bind(caller.person)
    .fetch_all::<Row>(&centre.data)
    .await?;
    let shown = |Waiting { text, received_at, due_at, .. }| Reply { text, received_at, due_at };
    Ok(open(centre, rows).await?.into_iter().map(shown).collect())
}

/// What a copy tells its person of their replies: what they say while they wait, and what a human found.
///
/// # Errors
/// Storage or vault.
pub async fn entries(centre: &Centre, caller: &Caller) -> Result<Vec<Noted>, Fault> {
    let waiting = of_caller(centre, caller).await?.into_iter().map(|reply| {
        let details = [
            ("状态", Some("等人看，期间不发营销短信".to_owned())),
            ("内容", Some(reply.text)),
            ("最晚", Some(reply.due_at.date_time())),
        ];
        Noted::of(reply.received_at, "短信回复", details)
    });
    let answered = sql("SELECT received_at, answered_at, outcome FROM sms_reply \
         WHERE person_id = $1 AND answered_at IS NOT NULL")
    .bind(caller.person)
    .fetch_all::<(i64, i64, String)>(&centre.data)
    .await?;
    let answered = answered.into_iter().map(|(received_at, answered_at, outcome)| {
        let found = if outcome == Meaning::OptOut.id() { "按退订处理" } else { "不是退订" };
        let details = [("状态", Some(found.to_owned())), ("看过", Some(Moment(answered_at).date_time()))];
        Noted::of(Moment(received_at), "短信回复", details)
    });
    Ok(waiting.chain(answered).collect())
}
