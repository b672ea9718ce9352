//! SQL of executions: who works on which, how far each has come, and what it has done.

use app::accounts::model::PhoneNumber;
use app::sharing::told::Progress;
use app::time::{MINUTE, Moment};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::kinds::Counts;
use crate::accounts::sessions::Token;
use crate::accounts::store as accounts;
use crate::centre::Centre;
use crate::ledger::Pseudonym;
use crate::storage::{Tx, sql};
use crate::vault::{Category, Place};
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// A worker that says nothing for so long is taken for dead.
pub const LEASE: i64 = MINUTE;

macro_rules! steps {
    ($($(#[$doc:meta])* $name:ident, $id:literal;)*) => {
        /// The step that comes next.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Step { $($(#[$doc])* $name,)* }

        impl Step {
            pub(super) const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            fn of(id: &str) -> Option<Self> {
                match id { $($id => Some(Self::$name),)* _ => None }
            }
        }
    };
}

steps! {
    /// What is needed later is sealed.
    Seal, "seal";
    /// Nobody signs in, and nothing comes in.
    Gate, "gate";
    /// Host and recipients.
    Tell, "tell";
    /// What a law keeps.
    Hold, "hold";
    /// The replay log.
    Log, "log";
    /// The person's keys.
    Keys, "keys";
    /// The person's rows.
    Rows, "rows";
    /// The access request again, event and last notice.
    Certify, "certify";
    /// It is over.
    Completed, "completed";
}

/// An execution that this worker carries out.
#[derive(Clone, Debug)]
pub(super) struct Execution {
    pub(super) id: Uuid,
    pub(super) person: Uuid,
    pub(super) step: Step,
    attempt: i64,
}

/// What is needed once the person's keys are gone.
#[derive(Serialize, Deserialize)]
pub(super) struct Content {
    pseudonym: String,
    phone: String,
    /// Of the secret link.
    pub(super) token: String,
    /// From which the ids of the legal hold are derived.
    pub(super) hold: Uuid,
}

impl Content {
    pub(super) fn pseudonym(&self) -> Result<Pseudonym, Fault> {
        Ok(Pseudonym::parse(&self.pseudonym)?)
    }

    pub(super) fn phone(&self) -> Result<PhoneNumber, Fault> {
        Ok(self.phone.parse().map_err(|_| Broken("phone"))?)
    }
}

/// The database holds an execution that this program does not know.
#[derive(Debug, thiserror::Error)]
#[error("an execution has an unknown {0}")]
struct Broken(&'static str);

/// The lease went to somebody else: we were taken for dead.
#[derive(Debug, thiserror::Error)]
#[error("the execution is somebody else's now")]
struct LeaseLost;

const fn place(row: &str) -> Place<'_> {
    Place { table: "execution", column: "content", row }
}

/// An id that is always the same for the same thing, and tells nothing without the vault.
pub(crate) fn derived(centre: &Centre, index: &'static str, what: &str) -> Uuid {
    let index = centre.vault.blind_index(index, what);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&index[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

const WAITS: &str = "SELECT id FROM execution WHERE ended_at IS NULL AND (lease_until < $1 OR lease_until > $2) \
     UNION ALL SELECT id FROM cancellation WHERE state = 'executing' AND NOT EXISTS \
     (SELECT 1 FROM execution WHERE execution.person_id = cancellation.person_id) LIMIT 1";

/// Takes the one that has waited longest: whose worker died, or else a cancellation that nobody has begun to execute.
pub(super) async fn claim(centre: &Centre) -> Result<Option<Execution>, Fault> {
    let now = centre.now();
    // A look that writes nothing: mostly there is nothing to do.
    if sql(WAITS).bind(now.0).bind(now.latest_end(LEASE).0).fetch_optional::<(String,)>(&centre.data).await?.is_none() {
        return Ok(None);
    }
    let mut tx = centre.data.begin().await?;
    tx.lock("executions").await?;
    let left = sql("SELECT id, person_id, step, attempt FROM execution WHERE ended_at IS NULL \
         AND (lease_until < $1 OR lease_until > $2) ORDER BY begun_at, id LIMIT 1")
    .bind(now.0)
    .bind(now.latest_end(LEASE).0)
    .fetch_optional::<(String, String, String, i64)>(&mut tx)
    .await?;
    let claimed = match left {
        Some((id, person, step, attempt)) => {
            sql("UPDATE execution SET attempt = $2, lease_until = $3 WHERE id = $1")
                .bind(&id)
                .bind(attempt + 1)
                .bind(now.plus(LEASE).0)
                .execute(&mut tx)
                .await?;
            let step = Step::of(&step).ok_or(Broken("step"))?;
            let (id, person) = (Uuid::parse_str(&id)?, Uuid::parse_str(&person)?);
            Some(Execution { id, person, step, attempt: attempt + 1 })
        }
        None => begin(&mut tx, now).await?,
    };
    tx.commit().await?;
    Ok(claimed)
}

async fn begin(tx: &mut Tx, now: Moment) -> Result<Option<Execution>, Fault> {
    let waits = sql("SELECT person_id FROM cancellation WHERE state = 'executing' AND NOT EXISTS \
         (SELECT 1 FROM execution WHERE execution.person_id = cancellation.person_id) ORDER BY due_at, id LIMIT 1");
    let Some((person,)) = waits.fetch_optional::<(String,)>(&mut *tx).await? else { return Ok(None) };
    let id = Uuid::new_v4();
    sql("INSERT INTO execution (id, person_id, step, attempt, lease_until, begun_at, keys) \
         VALUES ($1, $2, $3, 1, $4, $5, '')")
    .bind(id)
    .bind(&person)
    .bind(Step::Seal.id())
    .bind(now.plus(LEASE).0)
    .bind(now.0)
    .execute(tx)
    .await?;
    Ok(Some(Execution { id, person: Uuid::parse_str(&person)?, step: Step::Seal, attempt: 1 }))
}

/// Begins each of an execution's transactions: the worker holds the lease still, and for as long again.
pub(super) async fn transaction(centre: &Centre, execution: &Execution) -> Result<Tx, Fault> {
    let mut tx = centre.data.begin().await?;
    let ours = sql("UPDATE execution SET lease_until = $3 WHERE id = $1 AND attempt = $2 AND ended_at IS NULL")
        .bind(execution.id)
        .bind(execution.attempt)
        .bind(centre.now().plus(LEASE).0)
        .execute(&mut tx)
        .await?;
    if ours == 0 {
        return Err(LeaseLost.into());
    }
    Ok(tx)
}

/// Writes down, with what was done, that another step comes next, and makes both durable.
pub(super) async fn advance(mut tx: Tx, execution: &Execution, next: Step) -> Result<Step, Fault> {
    sql("UPDATE execution SET step = $2 WHERE id = $1").bind(execution.id).bind(next.id()).execute(&mut tx).await?;
    tx.commit().await?;
    Ok(next)
}

/// Seals what is needed later. The key is on disk before it.
pub(super) async fn seal(centre: &Centre, execution: &Execution, caller: &Caller) -> Result<Step, Fault> {
    let token = Token::random();
    let content = Content {
        pseudonym: caller.pseudonym.as_str().to_owned(),
        phone: accounts::identity(centre, caller).await?.phone.reveal().to_owned(),
        token: token.reveal().to_owned(),
        hold: Uuid::new_v4(),
    };
    let key = centre.vault.key_for(execution.id, Category::Execution, centre.now()).await?;
    let row = execution.id.to_string();
    let mut tx = transaction(centre, execution).await?;
    sql("UPDATE execution SET content = $2, token_hash = $3 WHERE id = $1")
        .bind(&row)
        .bind(key.seal(place(&row), &serde_json::to_vec(&content)?))
        .bind(token.hash())
        .execute(&mut tx)
        .await?;
    advance(tx, execution, Step::Gate).await
}

/// What was sealed.
pub(super) async fn content(centre: &Centre, execution: Uuid) -> Result<Content, Fault> {
    let row = execution.to_string();
    let (sealed,) =
        sql("SELECT content FROM execution WHERE id = $1").bind(&row).fetch_one::<(Vec<u8>,)>(&centre.data).await?;
    let plain = centre.vault.ring(execution).await?.open(place(&row), &sealed).await?;
    Ok(serde_json::from_slice(&plain)?)
}

/// Notes what was erased, in the transaction in which it went.
pub(super) async fn count_erased(tx: &mut Tx, execution: Uuid, counts: Counts) -> Result<(), Fault> {
    for (kind, counted) in counts.into_iter().filter(|(_, counted)| *counted > 0) {
        count(tx, execution, ("erased", &kind), counted, Moment(0)).await?;
    }
    Ok(())
}

/// Notes what was moved into the legal hold, and until when the last of it stays.
pub(super) async fn count_kept(
    tx: &mut Tx,
    execution: Uuid,
    ground: &str,
    counted: i64,
    until: Moment,
) -> Result<(), Fault> {
    count(tx, execution, ("kept", ground), counted, until).await
}

async fn count(
    tx: &mut Tx,
    execution: Uuid,
    (outcome, kind): (&str, &str),
    counted: i64,
    until: Moment,
) -> Result<(), Fault> {
    sql("INSERT INTO execution_count (execution_id, outcome, kind, counted, until_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (execution_id, outcome, kind) DO UPDATE SET counted = execution_count.counted + excluded.counted, \
         until_at = CASE WHEN excluded.until_at > execution_count.until_at THEN excluded.until_at \
         ELSE execution_count.until_at END")
    .bind(execution)
    .bind(outcome)
    .bind(kind)
    .bind(counted)
    .bind(until.0)
    .execute(tx)
    .await?;
    Ok(())
}

/// All that was counted with that outcome, by kind: how many, and until when.
pub(super) async fn counted(
    tx: &mut Tx,
    execution: Uuid,
    outcome: &'static str,
) -> Result<Vec<(String, i64, i64)>, Fault> {
    Ok(sql(
        "SELECT kind, counted, until_at FROM execution_count WHERE execution_id = $1 AND outcome = $2 ORDER BY kind",
    )
    .bind(execution)
    .bind(outcome)
    .fetch_all::<(String, i64, i64)>(tx)
    .await?)
}

/// The ids of the person's keys that were written down to be destroyed.
pub(super) async fn keys(centre: &Centre, execution: &Execution) -> Result<Vec<Uuid>, Fault> {
    let row = sql("SELECT keys FROM execution WHERE id = $1").bind(execution.id);
    let (keys,) = row.fetch_one::<(String,)>(&centre.data).await?;
    Ok(keys.lines().map(Uuid::parse_str).collect::<Result<_, _>>()?)
}

pub(super) async fn write_keys(centre: &Centre, execution: &Execution, keys: &[Uuid]) -> Result<(), Fault> {
    let lines = keys.iter().map(Uuid::to_string).collect::<Vec<_>>().join("\n");
    let mut tx = transaction(centre, execution).await?;
    sql("UPDATE execution SET keys = $2 WHERE id = $1").bind(execution.id).bind(lines).execute(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}

/// How far a recipient has come that was told of an erasure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// An id of `recipients.toml`, or `host`.
    pub recipient: String,
    /// How far it has come.
    pub progress: Progress,
    /// When it took the notice.
    pub sent_at: Option<Moment>,
    /// When it said that it is done, or that it keeps something.
    pub completed_at: Option<Moment>,
}

/// Everybody who is told of an erasure, by id.
///
/// # Errors
/// Storage.
pub async fn told(centre: &Centre, execution: Uuid) -> Result<Vec<Told>, Fault> {
    let rows = sql("SELECT recipient, state, sent_at, completed_at FROM delivery WHERE owner = $1 ORDER BY recipient")
        .bind(execution)
        .fetch_all::<(String, String, Option<i64>, Option<i64>)>(&centre.data)
        .await?;
    let read = |(recipient, state, sent, completed): (String, String, Option<i64>, Option<i64>)| {
        let progress = Progress::of(&state).ok_or(Broken("recipient's state"))?;
        Ok(Told { recipient, progress, sent_at: sent.map(Moment), completed_at: completed.map(Moment) })
    };
    rows.into_iter().map(read).collect()
}

/// An execution as the secret link shows it.
#[derive(Clone, Debug)]
pub(super) struct Linked {
    pub(super) id: Uuid,
    pub(super) begun_at: Moment,
    /// When it was over, and the name under which the ledger tells of it.
    pub(super) over: Option<(Moment, Pseudonym)>,
}

/// The execution of that link's token, or of the token of a claim that it carried out, if it still leads anywhere.
pub(super) async fn linked(centre: &Centre, token: &str) -> Result<Option<Linked>, Fault> {
    let row = sql("SELECT id, begun_at, ended_at, pseudonym FROM execution WHERE token_hash = $1 \
         OR id = (SELECT execution_id FROM lost_claim WHERE token_hash = $1)")
    .bind(Token::typed(token).hash())
    .fetch_optional::<(String, i64, Option<i64>, Option<String>)>(&centre.data)
    .await?;
    let Some((id, begun_at, ended_at, pseudonym)) = row else { return Ok(None) };
    let pseudonym = pseudonym.map(|pseudonym| Pseudonym::parse(&pseudonym)).transpose()?;
    let over = ended_at.map(Moment).zip(pseudonym);
    Ok(Some(Linked { id: Uuid::parse_str(&id)?, begun_at: Moment(begun_at), over }))
}
