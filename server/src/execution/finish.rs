//! The last step, and what goes later.

use app::promises::{CERTIFICATE_YEARS, OUTBOX_PAUSES};
use app::time::{DAY, Moment};
use uuid::Uuid;

use super::store::{self, Execution, Step, advance, counted, derived, transaction};
use super::{routes, self_test};
use crate::centre::Centre;
use crate::ledger::{self, ErasedKind, Event, KeptGround, SelfTest};
use crate::lost::follow as lost;
use crate::messages::outbox::{self, Outgoing};
use crate::numbers;
use crate::storage::sql;
use crate::vault::Category;
use crate::web::fault::Fault;

/// Something of the person came back: a request that was under way when the account was closed has made it since.
#[derive(Debug, thiserror::Error)]
#[error("after an erasure {0} things of the person were still there; keys and rows are destroyed once more")]
struct NotEmpty(i64);

/// Runs the access request again. Only if it comes back empty are the events and the last notice written, and it is forgotten
/// whose account it was, all in one transaction.
pub(super) async fn certify(centre: &Centre, execution: &Execution) -> Result<Step, Fault> {
    let content = store::content(centre, execution.id).await?;
    let pseudonym = content.pseudonym()?;
    let told = store::told(centre, execution.id).await?.into_iter().map(|told| told.recipient).collect();
    let keys = i64::try_from(store::keys(centre, execution).await?.len())?;
    let key = centre.vault.key_for(execution.id, Category::Outbox, centre.now()).await?;
    let claims = lost::of_execution(centre, execution.id).await?;
    let tested = self_test::run(centre, execution.person, pseudonym.clone()).await?;
    let now = centre.now();
    let mut tx = transaction(centre, execution).await?;
    if tested.found > 0 {
        advance(tx, execution, Step::Keys).await?;
        return Err(NotEmpty(tested.found).into());
    }
    let erased = counted(&mut tx, execution.id, "erased").await?;
    let kept = counted(&mut tx, execution.id, "kept").await?;
    let event = Event::AccountErased {
        keys,
        erased: erased.into_iter().map(|(kind, rows, _)| ErasedKind { kind, rows }).collect(),
        kept: kept.into_iter().map(|(ground, records, until)| KeptGround { ground, records, until }).collect(),
        told,
        self_test: SelfTest { places: tested.places, found: tested.found },
        number_until: Some(numbers::known_until(now).0),
    };
    let completed = app::cancellation::model::State::Completed.id().to_owned();
    ledger::append(&mut tx, &pseudonym, now, &Event::Cancellation { state: completed, refusal: None }).await?;
    ledger::append(&mut tx, &pseudonym, now, &event).await?;
    let notice = Outgoing {
        id: derived(centre, "execution_last_notice", &execution.id.to_string()),
        owner: execution.id,
        phone: content.phone()?,
        text: last_notice(centre, &content.token),
        not_before: now,
    };
    outbox::put(&mut tx, &key, &notice).await?;
    lost::complete(&mut tx, centre, &claims, &notice.text, now).await?;
    sql("UPDATE execution SET person_id = NULL, keys = '', pseudonym = $2, ended_at = $3 WHERE id = $1")
        .bind(execution.id)
        .bind(pseudonym.as_str())
        .bind(now.0)
        .execute(&mut tx)
        .await?;
    sql("DELETE FROM execution_count WHERE execution_id = $1").bind(execution.id).execute(&mut tx).await?;
    let over = advance(tx, execution, Step::Completed).await?;
    let_go(centre, execution.id).await?;
    Ok(over)
}

/// Destroys what the steps needed of the person: nothing leads from their phone to the ledger any more, in any copy. What is left
/// are the last notice and what recipients are to be told, each under a key of its own.
async fn let_go(centre: &Centre, execution: Uuid) -> Result<(), Fault> {
    let now = centre.now();
    let keys = centre.vault.retire(execution, &[Category::Execution], now).await?;
    centre.vault.destroy(&keys, now).await?;
    let mut tx = centre.data.begin().await?;
    sql("UPDATE execution SET content = NULL WHERE id = $1").bind(execution).execute(&mut tx).await?;
    Ok(tx.commit().await?)
}

fn last_notice(centre: &Centre, token: &str) -> String {
    let done = "【一点生活】账号已注销，你的信息已删除，备份里的也无法读取。";
    match routes::link(centre, token) {
        Some(link) => format!("{done}注销证明和依法保留的内容（{CERTIFICATE_YEARS}年内可看，请勿转发）：{link}"),
        None => done.to_owned(),
    }
}

/// How long the last notice may still be tried.
fn notice_life() -> i64 {
    OUTBOX_PAUSES.iter().sum::<i64>() + DAY
}

/// Destroys the own keys of executions whose last notice is over, or its time is, and whose recipients all have been told: as
/// long as one of them is not, what it is to be told must be readable, however late it is. And forgets those whose certificate
/// has been there for as long as was promised.
///
/// # Errors
/// Storage or vault; the next run goes on.
pub async fn close(centre: &Centre) -> Result<(), Fault> {
    let now = centre.now();
    // Whoever completed it may have died before.
    let left = sql("SELECT id FROM execution WHERE ended_at IS NOT NULL AND closed_at IS NULL AND content IS NOT NULL");
    for (id,) in left.fetch_all::<(String,)>(&centre.data).await? {
        let_go(centre, Uuid::parse_str(&id)?).await?;
    }
    let over = sql("SELECT id FROM execution WHERE ended_at IS NOT NULL AND closed_at IS NULL \
         AND NOT EXISTS (SELECT 1 FROM outgoing_message WHERE owner = execution.id AND outgoing_message.ended_at IS NULL \
             AND execution.ended_at > $1) \
         AND NOT EXISTS (SELECT 1 FROM delivery WHERE owner = execution.id AND state IN ('waiting', 'dead')) LIMIT 100")
    .bind(now.plus(-notice_life()).0)
    .fetch_all::<(String,)>(&centre.data)
    .await?;
    for (id,) in over {
        let execution = Uuid::parse_str(&id)?;
        let keys = centre.vault.retire_all(execution, now).await?;
        centre.vault.destroy(&keys, now).await?;
        let mut tx = centre.data.begin().await?;
        sql("UPDATE execution SET closed_at = $2 WHERE id = $1").bind(&id).bind(now.0).execute(&mut tx).await?;
        tx.commit().await?;
    }
    forget(centre, now).await
}

/// Nothing in it is anybody's, but a link that is promised for three years should not lead on for ever; where a recipient is
/// still to be told, the link alone goes.
async fn forget(centre: &Centre, now: Moment) -> Result<(), Fault> {
    let Some(oldest) = now.plus_span(jiff::Span::new().try_years(-CERTIFICATE_YEARS)?) else { return Ok(()) };
    let mut tx = centre.data.begin().await?;
    for statement in [
        "UPDATE execution SET token_hash = NULL WHERE token_hash IS NOT NULL AND ended_at < $1",
        "DELETE FROM delivery WHERE owner IN (SELECT id FROM execution WHERE closed_at IS NOT NULL AND ended_at < $1)",
        "DELETE FROM outgoing_message WHERE owner IN \
         (SELECT id FROM execution WHERE closed_at IS NOT NULL AND ended_at < $1)",
        "DELETE FROM execution WHERE closed_at IS NOT NULL AND ended_at < $1",
    ] {
        sql(statement).bind(oldest.0).execute(&mut tx).await?;
    }
    tx.commit().await?;
    Ok(())
}
