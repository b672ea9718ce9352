//! SQL of numbers that were given up.

use std::collections::{BTreeSet, HashMap};

use app::promises::IMPORT_LATE;
use app::time::Moment;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use uuid::Uuid;

use super::{Tombstone, day_of, end_of, owner};
use crate::centre::Centre;
use crate::records::Refused;
use crate::replay::{self, Entry};
use crate::storage::{Tx, sql, sql_rows};
use crate::vault::{Category, SealingKey, Vault};
use crate::web::fault::Fault;

/// Rows per statement.
const CHUNK: usize = 250;

/// Leaves a tombstone for the number that the account has now, in the transaction that takes it away. After the commit the
/// replay log is brought up ([`replay::flush_or_later`]).
///
/// # Errors
/// Storage or vault.
pub async fn give_up(tx: &mut Tx, centre: &Centre, person: Uuid, now: Moment) -> Result<(), Fault> {
    let (number,) =
        sql("SELECT phone_index FROM person WHERE id = $1").bind(person).fetch_one::<(Vec<u8>,)>(&mut *tx).await?;
    let day = day_of(now);
    let key = centre.vault.key_for(owner(day), Category::FormerNumber, now).await?;
    let tombstone = Tombstone { day, index: STANDARD_NO_PAD.encode(key.index(&number)) };
    put_back(tx, &tombstone, now).await?;
    // Under the day's name in the log, not the person's: nothing there tells who gave it up.
    replay::note(tx, centre, owner(day), &Entry::NumberGivenUp(tombstone), now).await
}

/// Writes a tombstone; one that is there stays, with the later time.
///
/// # Errors
/// Storage, or an index that is none.
pub async fn put_back(tx: &mut Tx, tombstone: &Tombstone, at: Moment) -> Result<(), Fault> {
    let index = STANDARD_NO_PAD.decode(&tombstone.index).map_err(|_| Unreadable)?;
    sql("INSERT INTO former_number (number_index, day, at) VALUES ($1, $2, $3) \
         ON CONFLICT (number_index) DO UPDATE SET at = excluded.at WHERE former_number.at < excluded.at")
    .bind(index)
    .bind(tombstone.day)
    .bind(at.0)
    .execute(tx)
    .await?;
    Ok(())
}

/// The replay log holds an index that is none.
#[derive(Debug, thiserror::Error)]
#[error("a tombstone in the replay log can't be read")]
struct Unreadable;

/// A line that names its person by a phone.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// Who had the phone when the line was read.
    pub person: Uuid,
    /// The phone's blind index.
    pub number: [u8; 32],
    /// When it came about.
    pub at: Moment,
}

/// Which of these lines are not to be taken, and why: in the order of the claims; a line that names no phone has none. `late` is
/// how old a line may be (milliseconds) that came about before the account had the number.
///
/// # Errors
/// Storage or vault.
pub async fn refusals(
    tx: &mut Tx,
    vault: &Vault,
    (claims, late): (&[Option<Claim>], i64),
    now: Moment,
) -> Result<Vec<Option<Refused>>, Fault> {
    let people = holders(tx, claims).await?;
    let mut former = None;
    let mut refusals = Vec::with_capacity(claims.len());
    for claim in claims {
        let Some(claim) = claim else {
            refusals.push(None);
            continue;
        };
        // Since the line was read the number may have gone to somebody else.
        let held = people.get(&claim.person).filter(|held| held.number == claim.number);
        refusals.push(match held {
            None => Some(Refused::NoPerson),
            Some(held) if claim.at >= held.since => None,
            Some(held) if held.was_changed => Some(Refused::NotTheirs),
            Some(_) if now.since(claim.at) > late.min(IMPORT_LATE) => Some(Refused::TooLate),
            Some(_) => {
                let former = match &mut former {
                    Some(former) => former,
                    none => none.insert(Former::read(tx, vault).await?),
                };
                former.stands_against(tx, claim).await?.then_some(Refused::NotTheirs)
            }
        });
    }
    Ok(refusals)
}

/// How an account has its number.
struct Held {
    number: Vec<u8>,
    since: Moment,
    was_changed: bool,
}

async fn holders(tx: &mut Tx, claims: &[Option<Claim>]) -> Result<HashMap<Uuid, Held>, Fault> {
    let people: Vec<_> =
        claims.iter().flatten().map(|claim| claim.person).collect::<BTreeSet<_>>().into_iter().collect();
    let mut held = HashMap::new();
    for chunk in people.chunks(CHUNK) {
        let head = "SELECT id, phone_index, created_at, phone_at FROM person WHERE id IN";
        let rows = chunk.iter().fold(sql_rows(head, chunk.len(), 1, ""), |statement, id| statement.bind(*id));
        for (id, number, created_at, phone_at) in
            rows.fetch_all::<(String, Vec<u8>, i64, Option<i64>)>(&mut *tx).await?
        {
            let since = Moment(phone_at.unwrap_or(created_at));
            held.insert(Uuid::parse_str(&id)?, Held { number, since, was_changed: phone_at.is_some() });
        }
    }
    Ok(held)
}

/// The keys of all days that have a tombstone.
struct Former {
    keys: Vec<SealingKey>,
    /// The end of the last day whose key is not there: against what is as old, anything may stand.
    blind_until: Option<Moment>,
    /// Until when each number was somebody else's, as far as it was looked up.
    known: HashMap<[u8; 32], Option<Moment>>,
}

impl Former {
    async fn read(tx: &mut Tx, vault: &Vault) -> Result<Self, Fault> {
        let days = sql("SELECT DISTINCT day FROM former_number").fetch_all::<(i64,)>(&mut *tx).await?;
        let (mut keys, mut blind_until) = (Vec::new(), None);
        for (day,) in days {
            match vault.key_in_use(owner(day), Category::FormerNumber).await? {
                Some(key) => keys.push(key),
                None => blind_until = blind_until.max(Some(end_of(day))),
            }
        }
        Ok(Self { keys, blind_until, known: HashMap::new() })
    }

    async fn stands_against(&mut self, tx: &mut Tx, claim: &Claim) -> Result<bool, Fault> {
        if self.blind_until.is_some_and(|end| claim.at <= end) {
            return Ok(true);
        }
        let until = match self.known.get(&claim.number) {
            Some(known) => *known,
            None => {
                let until = self.given_up(tx, &claim.number).await?;
                self.known.insert(claim.number, until);
                until
            }
        };
        Ok(until.is_some_and(|until| claim.at <= until))
    }

    async fn given_up(&self, tx: &mut Tx, number: &[u8]) -> Result<Option<Moment>, Fault> {
        let mut latest = None;
        for chunk in self.keys.chunks(CHUNK) {
            let head = sql_rows("SELECT at FROM former_number WHERE number_index IN", chunk.len(), 1, "");
            let asked = chunk.iter().fold(head, |statement, key| statement.bind(key.index(number)));
            let found = asked.fetch_all::<(i64,)>(&mut *tx).await?;
            latest = latest.max(found.into_iter().map(|(at,)| Moment(at)).max());
        }
        Ok(latest)
    }
}

/// Destroys the keys of days after which nothing is taken in any more that is as old, and then their tombstones.
///
/// # Errors
/// Storage or vault; the next run goes on.
pub async fn forget(centre: &Centre, late: i64, now: Moment) -> Result<(), Fault> {
    let days = sql("SELECT DISTINCT day FROM former_number").fetch_all::<(i64,)>(&centre.data).await?;
    for (day,) in days.into_iter().filter(|(day,)| now.since(end_of(*day)) >= late.min(IMPORT_LATE)) {
        centre.vault.destroy_all(owner(day), now).await?;
        let mut tx = centre.data.begin().await?;
        sql("DELETE FROM former_number WHERE day = $1").bind(day).execute(&mut tx).await?;
        tx.commit().await?;
    }
    Ok(())
}
