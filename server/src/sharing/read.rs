//! Reading disclosures: counted by recipient, and page by page, newest first.

use app::consents::Purpose;
use app::sharing::model::{Given, Ground};
use app::time::Moment;
use uuid::Uuid;

use super::{Unknown, content_place};
use crate::centre::Centre;
use crate::storage::{Tx, sql};
use crate::vault::KeyRing;
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// A disclosure, opened.
#[derive(Clone, Debug)]
pub struct Disclosed {
    /// Its id here.
    pub id: Uuid,
    /// To whom.
    pub recipient: String,
    /// When.
    pub at: Moment,
    /// On which ground.
    pub ground: Ground,
    /// With consent as its ground: for which purpose.
    pub purpose: Option<Purpose>,
    /// Anybody can see it.
    pub is_public: bool,
    /// Consent is its ground, and none stood at that time.
    pub unfounded: bool,
    /// What was given.
    pub given: Given,
}

/// A place in the list: time and id.
pub type After = Option<(Moment, Uuid)>;

/// Which disclosures of a person are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Public ones, or else the others.
    pub is_public: bool,
    /// To this recipient only.
    pub recipient: Option<String>,
    /// Not before.
    pub from: Option<Moment>,
    /// Before.
    pub until: Option<Moment>,
    /// After this one, in the order of the list.
    pub after: After,
}

/// A page of disclosures, newest first.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Those that fit.
    pub disclosed: Vec<Disclosed>,
    /// Where the next page begins, if there is more.
    pub next: After,
}

/// How often data was given to a recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// To whom.
    pub recipient: String,
    /// How often.
    pub count: usize,
    /// When last.
    pub latest: Moment,
    /// Anybody can see it.
    pub is_public: bool,
    /// How often on the ground of a consent that did not stand.
    pub unfounded: usize,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    recipient: String,
    at: i64,
    ground: String,
    purpose: Option<String>,
    is_public: bool,
    unfounded: bool,
    content: Vec<u8>,
}

impl Row {
    async fn open(self, ring: &KeyRing) -> Result<Disclosed, Fault> {
        let opened = ring.open(content_place(&self.id), &self.content).await?;
        let purpose = self.purpose.map(|purpose| purpose.parse().map_err(|_| Unknown("purpose"))).transpose()?;
        Ok(Disclosed {
            id: Uuid::parse_str(&self.id)?,
            recipient: self.recipient,
            at: Moment(self.at),
            ground: Ground::of(&self.ground).ok_or(Unknown("ground"))?,
            purpose,
            is_public: self.is_public,
            unfounded: self.unfounded,
            given: serde_json::from_slice(&opened)?,
        })
    }
}

const TO_ONE: &str = "SELECT id, recipient, at, ground, purpose, is_public, unfounded, content FROM disclosure \
     WHERE person_id = $1 AND is_public = $2 AND at >= $3 AND at < $4 AND (at < $5 OR (at = $5 AND id < $6)) \
     AND recipient = $8 ORDER BY at DESC, id DESC LIMIT $7";
const TO_ALL: &str = "SELECT id, recipient, at, ground, purpose, is_public, unfounded, content FROM disclosure \
     WHERE person_id = $1 AND is_public = $2 AND at >= $3 AND at < $4 AND (at < $5 OR (at = $5 AND id < $6)) \
     ORDER BY at DESC, id DESC LIMIT $7";

/// One page of a person's disclosures, newest first.
///
/// # Errors
/// Storage or vault.
pub async fn page(centre: &Centre, caller: &Caller, filter: &Filter, size: usize) -> Result<Listing, Fault> {
    let (at, id) = filter.after.unwrap_or((Moment(i64::MAX), Uuid::max()));
    let statement = sql(if filter.recipient.is_some() { TO_ONE } else { TO_ALL })
        .bind(caller.person)
        .bind(filter.is_public)
        .bind(filter.from.map_or(i64::MIN, |from| from.0))
        .bind(filter.until.map_or(i64::MAX, |until| until.0))
        .bind(at.0)
        .bind(id)
        .bind(i64::try_from(size)? + 1);
    let statement = match &filter.recipient {
        Some(recipient) => statement.bind(recipient),
        None => statement,
    };
    let rows = statement.fetch_all::<Row>(&centre.data).await?;
    let more = rows.len() > size;
    // Keys that the host's import has just made are not in the caller's ring of the same request.
    let ring = centre.vault.ring(caller.person).await?;
    let mut disclosed = Vec::with_capacity(size);
    for row in rows.into_iter().take(size) {
        disclosed.push(row.open(&ring).await?);
    }
    let next = disclosed.last().filter(|_| more).map(|last| (last.at, last.id));
    Ok(Listing { disclosed, next })
}

/// The next disclosures of a person, public or not, newest first: from one view of the database, whatever comes meanwhile.
///
/// # Errors
/// Storage or vault.
pub async fn batch(
    view: &mut Tx,
    ring: &KeyRing,
    person: Uuid,
    (from, until): (Option<Moment>, Option<Moment>),
    after: After,
    size: i64,
) -> Result<Vec<Disclosed>, Fault> {
    let (at, id) = after.unwrap_or((Moment(i64::MAX), Uuid::max()));
    let rows = sql("SELECT id, recipient, at, ground, purpose, is_public, unfounded, content FROM disclosure \
         WHERE person_id = $1 AND at >= $2 AND at < $3 AND (at < $4 OR (at = $4 AND id < $5)) \
         ORDER BY at DESC, id DESC LIMIT $6")
    .bind(person)
    .bind(from.map_or(i64::MIN, |from| from.0))
    .bind(until.map_or(i64::MAX, |until| until.0))
    .bind(at.0)
    .bind(id)
    .bind(size)
    .fetch_all::<Row>(view)
    .await?;
    let mut disclosed = Vec::with_capacity(rows.len());
    for row in rows {
        disclosed.push(row.open(ring).await?);
    }
    Ok(disclosed)
}

/// Every recipient that was given a person's data, the latest first.
///
/// # Errors
/// Storage.
pub async fn counts(centre: &Centre, person: Uuid) -> Result<Vec<Count>, Fault> {
    let rows = sql("SELECT recipient, is_public, COUNT(*), MAX(at), SUM(CASE WHEN unfounded THEN 1 ELSE 0 END) \
         FROM disclosure WHERE person_id = $1 GROUP BY recipient, is_public ORDER BY MAX(at) DESC")
    .bind(person)
    .fetch_all::<(String, bool, i64, i64, i64)>(&centre.data)
    .await?;
    let count = |(recipient, is_public, count, latest, unfounded): (String, bool, i64, i64, i64)| {
        let (count, unfounded) = (usize::try_from(count)?, usize::try_from(unfounded)?);
        Ok::<_, Fault>(Count { recipient, is_public, count, latest: Moment(latest), unfounded })
    };
    rows.into_iter().map(count).collect()
}

/// Whether a disclosure is of this person's data.
///
/// # Errors
/// Storage.
pub async fn is_own(centre: &Centre, person: Uuid, id: Uuid) -> Result<bool, Fault> {
    let row = sql("SELECT id FROM disclosure WHERE id = $1 AND person_id = $2")
        .bind(id)
        .bind(person)
        .fetch_optional::<(String,)>(&centre.data)
        .await?;
    Ok(row.is_some())
}
