//! Writing records, many at once: one transaction per batch, whatever it holds.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use app::consents::Purpose;
use app::consents::minors::{is_for_adults, is_locked};
use app::records::model::{Basis, Content, Field, Source};
use app::records::rules::is_tag;
use app::time::Moment;
use uuid::Uuid;

use super::{LOCK, Unknown, content_place};
use crate::accounts::band;
use crate::accounts::store::ACTIVE;
use crate::catalogue::Catalogue;
use crate::consents::store::lapse;
use crate::numbers::{self, Claim};
use crate::storage::{Db, Sql, Tx, sql, sql_rows};
use crate::vault::{Category, SealingKey, Vault};
use crate::web::fault::Fault;

/// A record to be written.
#[derive(Clone, Debug)]
pub struct NewRecord<'c> {
    /// The host's own id for it. With the person it decides which record this is.
    pub host_id: String,
    /// Whose.
    pub person: Uuid,
    /// Of which kind.
    pub field: &'c Field,
    /// When it came about.
    pub at: Moment,
    /// Where it comes from.
    pub source: Source,
    /// On which ground it was collected; one of the field's.
    pub basis: Basis,
    /// What it holds.
    pub content: Content,
}

/// What became of a record that was not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is on disk now.
    New,
    /// It was there already, and stays as it is.
    Present,
}

/// Why a record was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Refused {
    /// No such person, or one whose account is not in use (a child's that waits, one that is being cancelled).
    NoPerson,
    /// The person has not agreed to what the record rests on.
    NoConsent,
    /// The person has had it erased.
    Erased,
    /// Its retention is over already.
    Expired,
    /// It is a tag or an audience, and the person has paused them.
    Paused,
    /// It names its person by phone, and came about when somebody else had that number, or may have.
    NotTheirs,
    /// It names its person by phone, came about before the account had the number, and comes too late to tell whose it is.
    TooLate,
}

impl Refused {
    /// For the operator.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::NoPerson => "the person has no account in use here",
            Self::NoConsent => "the person has not given the consent that this record rests on",
            Self::Erased => "the person had this record, or its whole kind, erased",
            Self::Expired => "its retention is over",
            Self::Paused => "the person has paused tags and audiences: none may be added",
            Self::NotTheirs => "it came about before the account had this phone, which somebody else may have had then",
            Self::TooLate => "it came about before the account had this phone, and comes too late to tell whose it is",
        }
    }
}

/// Rows per statement: few calls, and few different statements for the engines to prepare.
const CHUNK: usize = 250;
/// Keys in hand at most, so that memory does not grow with the host's file.
const KEYS_IN_HAND: usize = 20_000;

/// Writes records. Keeps keys in hand between batches.
pub struct Writer<'c> {
    data: &'c Db,
    vault: &'c Vault,
    catalogue: &'c Catalogue,
    keys: HashMap<(Uuid, &'c str), SealingKey>,
    /// How many erasures there were when the keys were taken.
    erasures: i64,
}

/// What a batch must know of its people, as it stands inside the transaction.
struct Standing {
    active: HashSet<Uuid>,
    granted: HashSet<(Uuid, Purpose)>,
    erased_kinds: HashMap<(Uuid, String), Moment>,
    erased_records: HashSet<Uuid>,
}

impl<'c> Writer<'c> {
    /// A writer with no keys in hand.
    #[must_use]
    pub fn new(data: &'c Db, vault: &'c Vault, catalogue: &'c Catalogue) -> Self {
        Self { data, vault, catalogue, keys: HashMap::new(), erasures: 0 }
    }

    /// Which record the host's id of this person means.
    #[must_use]
    pub fn record_id(&self, person: Uuid, host_id: &str) -> Uuid {
        let index = self.vault.blind_index("record", &format!("{person}\n{host_id}"));
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&index[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    /// Writes a batch in one transaction; the answers come in the order of the records.
    ///
    /// # Errors
    /// Storage or vault; then nothing of the batch was written.
    pub async fn write(
        &mut self,
        batch: &[NewRecord<'c>],
        now: Moment,
    ) -> Result<Vec<Result<Written, Refused>>, Fault> {
        self.write_claimed(batch, (&[], 0), now).await
    }

    /// The same for records that name their person by phone, some or all: see [`numbers::refusals`].
    ///
    /// # Errors
    /// As [`Writer::write`].
    pub async fn write_claimed(
        &mut self,
        batch: &[NewRecord<'c>],
        claims: (&[Option<Claim>], i64),
        now: Moment,
    ) -> Result<Vec<Result<Written, Refused>>, Fault> {
        let mut tx = self.data.begin().await?;
        tx.lock_shared(LOCK).await?;
        self.forget_stale_keys(&mut tx).await?;
        let ids: Vec<_> = batch.iter().map(|record| self.record_id(record.person, &record.host_id)).collect();
        let mut standing = standing(&mut tx, self.catalogue, (batch, &ids), now).await?;
        leave_out_minors(&mut tx, self.vault, batch, &mut standing).await?;
        let mut answers: Vec<_> = batch.iter().zip(&ids).map(|(r, id)| self.check(r, *id, &standing, now)).collect();
        refuse(&mut answers, numbers::refusals(&mut tx, self.vault, claims, now).await?);
        // The same record twice in one batch is written once.
        let mut seen = HashSet::new();
        let fit: Vec<_> = (0..batch.len()).filter(|i| answers[*i].is_ok() && seen.insert(ids[*i])).collect();
        let fit_records: Vec<_> = fit.iter().map(|i| &batch[*i]).collect();
        self.take_keys(&fit_records, now).await?;
        let mut new = HashSet::new();
        for chunk in fit.chunks(CHUNK) {
            new.extend(self.insert(&mut tx, batch, &ids, chunk).await?);
        }
        for i in fit {
            if new.contains(&ids[i]) {
                answers[i] = Ok(Written::New);
            }
        }
        let written: Vec<_> = (0..batch.len()).filter(|i| answers[*i] == Ok(Written::New)).map(|i| &batch[i]).collect();
        count(&mut tx, &written).await?;
        tx.commit().await?;
        Ok(answers)
    }

    /// Whether it may be written; `Present` until it is known to be new.
    fn check(&self, record: &NewRecord<'_>, id: Uuid, standing: &Standing, now: Moment) -> Result<Written, Refused> {
        let NewRecord { person, field, at, basis, .. } = record;
        if !standing.active.contains(person) {
            return Err(Refused::NoPerson);
        }
        let agreed = |purpose: &Purpose| standing.granted.contains(&(*person, *purpose));
        if basis.is_consent() && !field.consent.iter().any(agreed) {
            return Err(Refused::NoConsent);
        }
        if is_tag(&field.id) && agreed(&Purpose::TagsPaused) {
            return Err(Refused::Paused);
        }
        let kind_erased_at = standing.erased_kinds.get(&(*person, field.id.clone()));
        if standing.erased_records.contains(&id) || kind_erased_at.is_some_and(|erased_at| at <= erased_at) {
            return Err(Refused::Erased);
        }
        let end = self.catalogue.data().retention(field).end(*at);
        if end.is_some_and(|end| end <= now) {
            return Err(Refused::Expired);
        }
        Ok(Written::Present)
    }

    async fn forget_stale_keys(&mut self, tx: &mut Tx) -> Result<(), Fault> {
        let (erasures,) = sql("SELECT erasures FROM erasure_count").fetch_one::<(i64,)>(tx).await?;
        if erasures != self.erasures || self.keys.len() > KEYS_IN_HAND {
            self.keys.clear();
            self.erasures = erasures;
        }
        Ok(())
    }

    /// Every key is on disk before the first record sealed under it.
    async fn take_keys(&mut self, records: &[&NewRecord<'c>], now: Moment) -> Result<(), Fault> {
        let needed: BTreeSet<_> = records.iter().map(|r| (r.person, r.field.id.as_str())).collect();
        let missing: Vec<_> = needed.into_iter().filter(|key| !self.keys.contains_key(key)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let wanted: Vec<_> = missing.iter().map(|(person, field)| (*person, Category::Records(field))).collect();
        let keys = self.vault.keys_for(&wanted, now).await?;
        self.keys.extend(missing.into_iter().zip(keys));
        Ok(())
    }

    /// Inserts some of the batch; returns the ids of those that were not there yet.
    async fn insert(
        &self,
        tx: &mut Tx,
        batch: &[NewRecord<'c>],
        ids: &[Uuid],
        chunk: &[usize],
    ) -> Result<Vec<Uuid>, Fault> {
        let mut statement = sql_rows(
            "INSERT INTO record (id, person_id, field, at, source, basis, content) VALUES",
            7,
            chunk.len(),
            "ON CONFLICT (id) DO NOTHING RETURNING id",
        );
        for i in chunk.iter().copied() {
            let NewRecord { person, field, at, source, basis, content, .. } = &batch[i];
            let id = ids[i].to_string();
            let key = &self.keys[&(*person, field.id.as_str())];
            let sealed = key.seal(content_place(&id), &serde_json::to_vec(content)?);
            statement = statement.bind(id).bind(*person).bind(&field.id).bind(at.0).bind(source.id()).bind(basis.id());
            statement = statement.bind(sealed);
        }
        let new = statement.fetch_all::<(String,)>(tx).await?;
        Ok(new.iter().map(|(id,)| Uuid::parse_str(id)).collect::<Result<_, _>>()?)
    }
}

/// Writes one record of the centre's own, in the transaction of what it tells of; that holds [`LOCK`], so that its key stays.
///
/// # Errors
/// Storage.
pub(crate) async fn write_own(
    tx: &mut Tx,
    key: &SealingKey,
    (id, record): (Uuid, &NewRecord<'_>),
) -> Result<(), Fault> {
    let id = id.to_string();
    let sealed = key.seal(content_place(&id), &serde_json::to_vec(&record.content)?);
    sql("INSERT INTO record (id, person_id, field, at, source, basis, content) VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(&id)
        .bind(record.person)
        .bind(&record.field.id)
        .bind(record.at.0)
        .bind(record.source.id())
        .bind(record.basis.id())
        .bind(sealed)
        .execute(&mut *tx)
        .await?;
    count(tx, &[record]).await
}

/// Puts refusals in the place of what would be taken.
pub(crate) fn refuse<T>(answers: &mut [Result<T, Refused>], refusals: Vec<Option<Refused>>) {
    for (answer, refusal) in answers.iter_mut().zip(refusals) {
        if answer.is_ok()
            && let Some(refused) = refusal
        {
            *answer = Err(refused);
        }
    }
}

async fn standing(
    tx: &mut Tx,
    catalogue: &Catalogue,
    (batch, ids): (&[NewRecord<'_>], &[Uuid]),
    now: Moment,
) -> Result<Standing, Fault> {
    let people: Vec<Uuid> = batch.iter().map(|r| r.person).collect::<HashSet<_>>().into_iter().collect();
    let mut standing = Standing {
        active: HashSet::new(),
        granted: HashSet::new(),
        erased_kinds: HashMap::new(),
        erased_records: HashSet::new(),
    };
    for people in people.chunks(CHUNK) {
        // Who is about to leave has their data stored only.
        let states = "SELECT id, state FROM person WHERE NOT EXISTS (SELECT 1 FROM cancellation \
             WHERE person_id = person.id AND submitted_at IS NOT NULL AND ended_at IS NULL) AND id IN";
        for (id, state) in among(states, people).fetch_all::<(String, String)>(&mut *tx).await? {
            if state == ACTIVE {
                standing.active.insert(Uuid::parse_str(&id)?);
            }
        }
        let granted = "SELECT person_id, purpose, policy_version, decided_at FROM decision \
             WHERE granted AND about = '' AND person_id IN";
        let granted = among(granted, people).fetch_all::<(String, String, String, i64)>(&mut *tx).await?;
        for (id, purpose, version, since) in granted {
            let purpose: Purpose = purpose.parse().map_err(|_| Unknown("purpose"))?;
            if lapse(catalogue, purpose, &version, Moment(since), now).is_none() {
                standing.granted.insert((Uuid::parse_str(&id)?, purpose));
            }
        }
        let erased = "SELECT person_id, field, erased_at FROM erased_kind WHERE person_id IN";
        for (id, field, at) in among(erased, people).fetch_all::<(String, String, i64)>(&mut *tx).await? {
            standing.erased_kinds.insert((Uuid::parse_str(&id)?, field), Moment(at));
        }
    }
    for ids in ids.chunks(CHUNK) {
        let erased = among("SELECT id FROM erased_record WHERE id IN", ids);
        for (id,) in erased.fetch_all::<(String,)>(&mut *tx).await? {
            standing.erased_records.insert(Uuid::parse_str(&id)?);
        }
    }
    Ok(standing)
}

/// A "yes" to advertising by a person under 18 carries no record.
async fn leave_out_minors(
    tx: &mut Tx,
    vault: &Vault,
    batch: &[NewRecord<'_>],
    standing: &mut Standing,
) -> Result<(), Fault> {
    let rests_on = |record: &NewRecord<'_>, person: Uuid, purpose: Purpose| {
        record.person == person && record.basis.is_consent() && record.field.consent.contains(&purpose)
    };
    let granted = standing.granted.iter().copied().filter(|(person, purpose)| {
        is_for_adults(*purpose) && batch.iter().any(|record| rests_on(record, *person, *purpose))
    });
    for (person, purpose) in granted.collect::<Vec<_>>() {
        if is_locked(purpose, band::of(&mut *tx, vault, person).await?) {
            standing.granted.remove(&(person, purpose));
        }
    }
    Ok(())
}

fn among(head: &'static str, ids: &[Uuid]) -> Sql {
    ids.iter().fold(sql_rows(head, ids.len(), 1, ""), |statement, id| statement.bind(*id))
}

/// Adds the new records to the totals. In the order of their keys, so that two servers never wait for each other.
async fn count(tx: &mut Tx, new: &[&NewRecord<'_>]) -> Result<(), Fault> {
    let mut totals: BTreeMap<(Uuid, &str), (i64, i64)> = BTreeMap::new();
    for record in new {
        let total = totals.entry((record.person, &record.field.id)).or_default();
        *total = (total.0 + 1, total.1.max(record.at.0));
    }
    let totals: Vec<_> = totals.into_iter().collect();
    for chunk in totals.chunks(CHUNK) {
        let mut statement = sql_rows(
            "INSERT INTO record_total (person_id, field, held, restricted, latest_at) VALUES",
            5,
            chunk.len(),
            "ON CONFLICT (person_id, field) DO UPDATE SET held = record_total.held + excluded.held, latest_at = \
             CASE WHEN excluded.latest_at > record_total.latest_at THEN excluded.latest_at ELSE record_total.latest_at END",
        );
        for ((person, field), (held, latest)) in chunk {
            statement = statement.bind(*person).bind(*field).bind(*held).bind(0).bind(*latest);
        }
        statement.execute(tx).await?;
    }
    Ok(())
}
