//! Sending in the background. A sender takes the next notice with a lease; one that dies leaves it to the next, which sends it anew
//! under the same id. Each recipient has its own queue, and one that fails is left alone until the next run: it holds up nobody.

use std::time::Duration;

use app::promises::DELIVERY_WAIT_MAX;
use app::sharing::delivery::{After, Outcome, after};
use app::sharing::told::{Notice as Kind, Progress};
use app::time::{MINUTE, Moment, SECOND};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use serde_json::{Value, json};
use uuid::Uuid;

use super::endpoints::{EndpointError, Webhook};
use super::signature::{ID, SIGNATURE, TIMESTAMP};
use super::store::{Unknown, names_nobody, place};
use crate::centre::Centre;
use crate::ledger::{self, Event, Pseudonym};
use crate::storage::sql;
use crate::vault::{VaultError, random_bytes};
use crate::web::fault::Fault;

/// A sender that says nothing for so long is taken for dead. Longer than a try may take.
const LEASE: i64 = MINUTE;
/// Until the connection stands.
const CONNECT: Duration = Duration::from_secs(5);
/// Until the recipient has answered.
const WHOLE: Duration = Duration::from_secs(20);

/// Makes the calls.
#[derive(Clone, Debug)]
pub struct Sender(reqwest::Client);

impl Sender {
    /// One client for all.
    ///
    /// # Errors
    /// When no TLS is to be had.
    pub fn new() -> Result<Self, EndpointError> {
        let client = reqwest::Client::builder()
            .redirect(Policy::none())
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .user_agent(concat!("privacy-centre/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self(client))
    }

    /// One try. What the recipient says beside its status is not read.
    async fn send(&self, webhook: &Webhook, id: &str, payload: Vec<u8>, now: Moment) -> Outcome {
        let timestamp = now.0.div_euclid(SECOND);
        let request = self
            .0
            .post(webhook.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(ID, id)
            .header(TIMESTAMP, timestamp)
            .header(SIGNATURE, webhook.secrets.sign(id, timestamp, &payload))
            .body(payload);
        let Ok(response) = request.send().await else { return Outcome::Unreachable };
        let asked = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        Outcome::Answered(response.status().as_u16(), asked.and_then(|asked| wait(asked, now)))
    }
}

/// How long a `Retry-After` asks to wait: seconds, or a date.
fn wait(asked: &str, now: Moment) -> Option<i64> {
    let asked = asked.trim();
    match asked.parse::<u32>() {
        Ok(seconds) => Some(i64::from(seconds) * SECOND),
        Err(_) => {
            let date = jiff::fmt::rfc2822::parse(asked).ok()?;
            Some(date.timestamp().as_millisecond().saturating_sub(now.0).max(0))
        }
    }
}

#[derive(sqlx::FromRow)]
struct Taken {
    id: String,
    owner: String,
    notice: String,
    body: Vec<u8>,
    attempts: i64,
    made_at: i64,
}

/// Sends everything that is due.
///
/// # Errors
/// Storage or vault; the next run goes on.
pub async fn run(centre: &Centre) -> Result<(), Fault> {
    let mut open: Vec<_> = centre.endpoints.with_webhook().collect();
    while !open.is_empty() {
        let mut still = Vec::with_capacity(open.len());
        for (recipient, webhook) in open {
            if let Some(taken) = take_next(centre, recipient).await?
                && send(centre, recipient, webhook, taken).await?
            {
                still.push((recipient, webhook));
            }
        }
        open = still;
    }
    Ok(())
}

/// A correction waits while an older one of the same owner is tried: of two, the recipient must end with the newer.
const DUE: &str = "SELECT id FROM delivery WHERE recipient = $1 AND state = 'waiting' AND (next_at <= $2 OR next_at > $3) \
     AND body IS NOT NULL AND NOT (notice = 'correction' AND EXISTS (SELECT 1 FROM delivery AS older \
     WHERE older.owner = delivery.owner AND older.recipient = delivery.recipient AND older.notice = 'correction' \
     AND older.state = 'waiting' AND older.body IS NOT NULL AND (older.made_at < delivery.made_at \
     OR older.made_at = delivery.made_at AND older.id < delivery.id))) ORDER BY next_at, id LIMIT 1";

/// The recipient's next one that is due, with a lease.
async fn take_next(centre: &Centre, recipient: &str) -> Result<Option<Taken>, Fault> {
    let now = centre.now();
    let due = || sql(DUE).bind(recipient).bind(now.0).bind(now.latest_end(DELIVERY_WAIT_MAX).0);
    if due().fetch_optional::<(String,)>(&centre.data).await?.is_none() {
        return Ok(None);
    }
    let mut tx = centre.data.begin().await?;
    tx.lock(&format!("deliveries:{recipient}")).await?;
    let Some((id,)) = due().fetch_optional::<(String,)>(&mut tx).await? else {
        return Ok(None);
    };
    let taken = sql("UPDATE delivery SET attempts = attempts + 1, next_at = $2 WHERE id = $1 \
         RETURNING id, owner, notice, body, attempts, made_at")
    .bind(id)
    .bind(now.plus(LEASE).0)
    .fetch_optional::<Taken>(&mut tx)
    .await?;
    tx.commit().await?;
    Ok(taken)
}

/// Makes one try; true when the recipient has taken it, so that the next may go at once.
async fn send(centre: &Centre, recipient: &str, webhook: &Webhook, taken: Taken) -> Result<bool, Fault> {
    let Taken { id, owner, notice, body, attempts, made_at } = taken;
    let ring = centre.vault.ring(Uuid::parse_str(&owner)?).await?;
    let data: Value = match ring.open(place(&id), &body).await {
        Err(VaultError::Erased) => {
            let_go(centre, (&id, recipient)).await?;
            return Ok(true);
        }
        opened => serde_json::from_slice(&opened?)?,
    };
    let kind = Kind::of(&notice).ok_or(Unknown("notice"))?;
    if names_nobody(kind, &data) {
        give_up(centre, (&id, recipient, attempts), "names nobody whom the recipient could know").await?;
        return Ok(true);
    }
    let payload = json!({ "type": kind.webhook(), "timestamp": Moment(made_at).iso_millis(), "data": data });
    let outcome = centre.webhooks.send(webhook, &id, serde_json::to_vec(&payload)?, centre.now()).await;
    let chance = u64::from_le_bytes(random_bytes());
    match after(attempts, outcome, centre.endpoints.pauses(), chance) {
        After::Taken => {
            note_taken(centre, (&id, recipient)).await?;
            return Ok(true);
        }
        After::Pause(pause) => put_off(centre, (&id, attempts), outcome, centre.now().plus(pause)).await?,
        After::Dead => give_up(centre, (&id, recipient, attempts), &failure(outcome)).await?,
    }
    Ok(false)
}

/// What it says can't be read any more. A person's own: they were erased meanwhile, and that is told by itself. What an erasure
/// is to tell must not go unseen: that it is lost is told.
async fn let_go(centre: &Centre, (id, recipient): (&str, &str)) -> Result<(), Fault> {
    let mut tx = centre.data.begin().await?;
    let own = "DELETE FROM delivery WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM execution WHERE id = delivery.owner)";
    if sql(own).bind(id).execute(&mut tx).await? > 0 {
        return Ok(tx.commit().await?);
    }
    sql("UPDATE delivery SET state = 'dead', body = NULL, failure = 'what it says was erased' WHERE id = $1")
        .bind(id)
        .execute(&mut tx)
        .await?;
    record(&mut tx, (id, recipient), "lost", centre.now()).await?;
    tx.commit().await?;
    tracing::error!(notice = id, recipient, "what a recipient was to be told of an erasure can't be read any more");
    Ok(())
}

/// The recipient has it, whoever was the sender: what it was told is needed no more.
async fn note_taken(centre: &Centre, (id, recipient): (&str, &str)) -> Result<(), Fault> {
    let now = centre.now();
    let mut tx = centre.data.begin().await?;
    let taken = sql("UPDATE delivery SET body = NULL, failure = NULL, sent_at = $2, \
         state = CASE WHEN state IN ('waiting', 'dead') THEN $3 ELSE state END WHERE id = $1 AND sent_at IS NULL")
    .bind(id)
    .bind(now.0)
    .bind(Progress::Waiting.taken().id())
    .execute(&mut tx)
    .await?;
    if taken > 0 {
        record(&mut tx, (id, recipient), "sent", now).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Leaves the event of a step, in the centre's own chain: whose notice it is, is sealed.
pub(super) async fn record(
    tx: &mut crate::storage::Tx,
    (id, recipient): (&str, &str),
    step: &str,
    now: Moment,
) -> Result<(), Fault> {
    let event = Event::Notice { id: id.to_owned(), recipient: recipient.to_owned(), step: step.to_owned() };
    ledger::append(tx, &Pseudonym::centre(), now, &event).await?;
    Ok(())
}

/// In words for the operator; a recipient's own words could name somebody.
fn failure(outcome: Outcome) -> String {
    match outcome {
        Outcome::Answered(status, _) => format!("answered {status}"),
        Outcome::Unreachable => "not reached".to_owned(),
    }
}

async fn put_off(centre: &Centre, (id, attempt): (&str, i64), outcome: Outcome, next: Moment) -> Result<(), Fault> {
    let mut tx = centre.data.begin().await?;
    sql("UPDATE delivery SET next_at = $3, failure = $4 WHERE id = $1 AND attempts = $2 AND state = 'waiting'")
        .bind(id)
        .bind(attempt)
        .bind(next.0)
        .bind(failure(outcome))
        .execute(&mut tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// A human must tell it.
async fn give_up(centre: &Centre, (id, recipient, attempt): (&str, &str, i64), failure: &str) -> Result<(), Fault> {
    let now = centre.now();
    let mut tx = centre.data.begin().await?;
    let dead =
        sql("UPDATE delivery SET state = 'dead', failure = $3 WHERE id = $1 AND attempts = $2 AND state = 'waiting'")
            .bind(id)
            .bind(attempt)
            .bind(failure)
            .execute(&mut tx)
            .await?;
    if dead > 0 {
        record(&mut tx, (id, recipient), "dead", now).await?;
        tx.commit().await?;
        tracing::error!(
            notice = id,
            recipient,
            failure,
            "a recipient could not be told by its webhook: tell it by hand, see `privacy-centre deliveries`"
        );
    }
    Ok(())
}

/// Tells the operator, again and again, what waits for somebody.
///
/// # Errors
/// Storage.
pub async fn look_after(centre: &Centre) -> Result<(), Fault> {
    let pressing = super::operator::list(centre, centre.now()).await?;
    let count = |which: super::operator::Need| pressing.iter().filter(|open| open.need == which).count();
    let (dead, overdue, by_hand) = (
        count(super::operator::Need::Dead),
        count(super::operator::Need::Overdue),
        count(super::operator::Need::ByHand),
    );
    if dead + overdue > 0 {
        tracing::error!(
            dead,
            overdue,
            by_hand,
            "recipients were not told, or have not done what they were told: see `privacy-centre deliveries`"
        );
    } else if by_hand > 0 {
        tracing::warn!(by_hand, "recipients are to be told by hand: see `privacy-centre deliveries`");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_to_wait_is_seconds_or_a_date() {
        // 2026-11-23T04:00:00Z.
        let noon = Moment(1_795_406_400_000);
        for (asked, millis) in [
            ("120", Some(120_000)),
            (" 0 ", Some(0)),
            ("Mon, 23 Nov 2026 04:01:00 GMT", Some(60_000)),
            ("Mon, 23 Nov 2026 03:00:00 GMT", Some(0)),
            ("-1", None),
            ("soon", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(wait(asked, noon), millis, "{asked}");
        }
    }
}
