//! What the person is told by SMS on the way out: at submission, a day before the end of the cooling-off, and when it is refused.
//! Each message has an id made from the attempt that it tells of, so it goes once however often a job runs.

use app::accounts::model::PhoneNumber;
use app::cancellation::affair::Obstacle;
use app::cancellation::model::{Cancellation, Reason, State};
use app::promises::COOLING_OFF_NOTICE;
use app::time::Moment;
use uuid::Uuid;

use crate::centre::Centre;
use crate::lost::follow;
use crate::messages::outbox::{self, Outgoing};
use crate::storage::Tx;
use crate::vault::SealingKey;
use crate::web::fault::Fault;

/// To whom, and the key that seals it; on disk before the transaction.
pub(super) struct Post {
    pub owner: Uuid,
    pub phone: PhoneNumber,
    pub key: SealingKey,
}

/// The id of a message about an attempt.
fn id_of(centre: &Centre, attempt: &str, what: &str) -> Uuid {
    let index = centre.vault.blind_index("cancellation_message", &format!("{attempt}\n{what}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&index[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// Tells what follows a step from one state to the next.
///
/// # Errors
/// Storage.
pub(super) async fn after(
    tx: &mut Tx,
    centre: &Centre,
    post: &Post,
    (attempt, before, next): (&str, Option<&Cancellation>, &Cancellation),
    obstacles: &[Obstacle],
    now: Moment,
) -> Result<(), Fault> {
    let was_under_way = before.is_some_and(Cancellation::is_under_way);
    if let Some(before) = before.filter(|_| was_under_way) {
        follow::step(tx, centre, post.owner, (before, next), now).await?;
    }
    let reminder = id_of(centre, attempt, "reminder");
    if was_under_way && (next.state != State::CoolingOff || next.due_at != before.and_then(|c| c.due_at)) {
        outbox::call_off(tx, reminder, now).await?;
    }
    if !was_under_way && let (State::CoolingOff, Some(due)) = (next.state, next.due_at) {
        put(tx, post, id_of(centre, attempt, "submitted"), submitted(due, now), now).await?;
        let day_before = due.plus(-COOLING_OFF_NOTICE);
        if day_before > now {
            put(tx, post, reminder, reminded(due), day_before).await?;
        }
    }
    if let (State::Refused, Some(reason)) = (next.state, next.refusal) {
        put(tx, post, id_of(centre, attempt, "refused"), refused(reason, obstacles), now).await?;
    }
    Ok(())
}

async fn put(tx: &mut Tx, post: &Post, id: Uuid, text: String, not_before: Moment) -> Result<(), Fault> {
    let Post { owner, phone, key } = post;
    outbox::put(tx, key, &Outgoing { id, owner: *owner, phone: phone.clone(), text, not_before }).await
}

fn submitted(due: Moment, now: Moment) -> String {
    if due <= now {
        return "【一点生活】你的注销申请已提交。按你的选择立即执行，不能撤回，完成后再告诉你。".to_owned();
    }
    format!(
        "【一点生活】你的注销申请已提交，{}冷静期结束后开始删除。在那之前可以登录隐私中心撤回。如果不是你本人操作，请立即撤回并修改密码。",
        due.date_time()
    )
}

fn reminded(due: Moment) -> String {
    format!(
        "【一点生活】你的账号将在{}开始删除，删除后不能恢复。想留下的话，在那之前登录隐私中心撤回即可。",
        due.date_time()
    )
}

fn refused(reason: Reason, obstacles: &[Obstacle]) -> String {
    match (reason, obstacles.first()) {
        (Reason::Denied(_), _) => format!(
            "【一点生活】你的注销申请没有通过：{}。账号照常使用。答复和投诉途径在隐私中心的“权利申请记录”。",
            reason.words()
        ),
        (Reason::Obstacle(_), Some(first)) => {
            format!("【一点生活】你的注销没有执行：{}。账号照常使用，处理入口：{}", reason.words(), first.link)
        }
        (Reason::Obstacle(_), None) => format!("【一点生活】你的注销没有执行：{}。账号照常使用。", reason.words()),
    }
}
