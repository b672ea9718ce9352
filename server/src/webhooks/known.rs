//! SQL of whom to tell: what a person is known by, and who may hold something of theirs. Inside the transaction of the change,
//! while their keys still live.

use std::collections::{BTreeMap, BTreeSet};

use app::records::model::Content;
use app::sharing::model::{Recipient, Role};
use serde::Deserialize;

use super::store::place;
use crate::accounts::store::person_place;
use crate::centre::Centre;
use crate::consents::store as consents;
use crate::ledger;
use crate::profile::store as profile;
use crate::records::content_place;
use crate::storage::{Tx, sql};
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// Values of one kind that a recipient is told at most, the newest first: a webhook is meant to be small.
const VALUES_AT_MOST: i64 = 100;

/// Values by kind.
pub type Values = BTreeMap<String, Vec<String>>;

/// What a person is known by.
pub struct Known(Values);

/// Which records tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Those in use.
    Use,
    /// Those that are storage only, too: where all of it goes.
    All,
}

impl Known {
    /// Reads the values of these kinds.
    ///
    /// # Errors
    /// Storage or vault.
    pub async fn of(
        tx: &mut Tx,
        centre: &Centre,
        caller: &Caller,
        (kinds, of): (&BTreeSet<&str>, Of),
    ) -> Result<Self, Fault> {
        let mut known = BTreeMap::new();
        for kind in kinds {
            let mut values = match *kind {
                "register_phone" => vec![account(tx, caller, "phone").await?],
                "username" => vec![account(tx, caller, "username").await?],
                "consignee_phone" => profile::consignee_phones(tx, caller).await?,
                kind => records(tx, centre, caller, (kind, of)).await?,
            };
            let mut seen = BTreeSet::new();
            values.retain(|value| seen.insert(value.clone()));
            known.insert((*kind).to_owned(), values);
        }
        Ok(Self(known))
    }

    /// The person as somebody knows them who knows these kinds, and nothing more.
    #[must_use]
    pub fn subject(&self, kinds: &[&str]) -> Values {
        let values =
            kinds.iter().filter_map(|kind| self.0.get_key_value(*kind)).filter(|(_, values)| !values.is_empty());
        values.map(|(kind, values)| (kind.clone(), values.clone())).collect()
    }
}

async fn account(tx: &mut Tx, caller: &Caller, column: &'static str) -> Result<String, Fault> {
    let id = caller.person.to_string();
    let (phone, username) =
        sql("SELECT phone, username FROM person WHERE id = $1").bind(&id).fetch_one::<(Vec<u8>, Vec<u8>)>(tx).await?;
    let sealed = if column == "phone" { phone } else { username };
    Ok(caller.ring.open_text(person_place(column, &id), &sealed).await?.to_string())
}

async fn records(tx: &mut Tx, centre: &Centre, caller: &Caller, (kind, of): (&str, Of)) -> Result<Vec<String>, Fault> {
    let rows = sql("SELECT id, content FROM record WHERE person_id = $1 AND field = $2 \
         AND (restricted_at IS NULL OR $4) ORDER BY at DESC, id DESC LIMIT $3")
    .bind(caller.person)
    .bind(kind)
    .bind(VALUES_AT_MOST)
    .bind(of == Of::All)
    .fetch_all::<(String, Vec<u8>)>(tx)
    .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ring = centre.vault.record_ring(caller.person).await?;
    let mut values = Vec::with_capacity(rows.len());
    for (id, sealed) in rows {
        let content: Content = serde_json::from_slice(&ring.open(content_place(&id), &sealed).await?)?;
        values.push(content.value);
    }
    Ok(values)
}

/// The value of one record in use, if it is there.
///
/// # Errors
/// Storage or vault.
pub async fn value(tx: &mut Tx, centre: &Centre, caller: &Caller, record: &str) -> Result<Option<String>, Fault> {
    let row = sql("SELECT content FROM record WHERE id = $1 AND person_id = $2 AND restricted_at IS NULL")
        .bind(record)
        .bind(caller.person)
        .fetch_optional::<(Vec<u8>,)>(tx)
        .await?;
    let Some((sealed,)) = row else { return Ok(None) };
    let ring = centre.vault.record_ring(caller.person).await?;
    let content: Content = serde_json::from_slice(&ring.open(content_place(record), &sealed).await?)?;
    Ok(Some(content.value))
}

/// What recipients are still to be told of a person, each by kind and value: what they know the person by, and may know no other
/// way. A phone that was corrected, a device that was erased.
pub struct Untold(BTreeMap<String, Vec<(String, String)>>);

#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    subject: Values,
    #[serde(default)]
    corrections: Vec<Was>,
    #[serde(default)]
    values: Vec<Was>,
}

#[derive(Deserialize)]
struct Was {
    field: String,
    #[serde(alias = "before")]
    value: String,
}

impl Untold {
    /// Reads the person's own notices that nobody has taken.
    ///
    /// # Errors
    /// Storage or vault.
    pub async fn of(tx: &mut Tx, centre: &Centre, caller: &Caller) -> Result<Self, Fault> {
        let rows = sql("SELECT id, recipient, body FROM delivery WHERE owner = $1 AND state IN ('waiting', 'dead') \
             AND body IS NOT NULL ORDER BY made_at DESC, id DESC")
        .bind(caller.person)
        .fetch_all::<(String, String, Vec<u8>)>(tx)
        .await?;
        let mut untold = BTreeMap::<_, Vec<_>>::new();
        if rows.is_empty() {
            return Ok(Self(untold));
        }
        let ring = centre.vault.ring(caller.person).await?;
        for (id, recipient, sealed) in rows {
            let told: Told = serde_json::from_slice(&ring.open(place(&id), &sealed).await?)?;
            let known = centre.endpoints.identify_by(&recipient);
            let was = told.corrections.into_iter().chain(told.values).filter(|was| known.contains(&was.field.as_str()));
            let subject =
                told.subject.into_iter().flat_map(|(kind, values)| values.into_iter().map(move |v| (kind.clone(), v)));
            let pairs: Vec<_> = was.map(|was| (was.field, was.value)).chain(subject).collect();
            untold.entry(recipient).or_default().extend(pairs);
        }
        Ok(Self(untold))
    }

    /// Who they are, by id.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Adds to what somebody is called there what that recipient knows them by besides.
    pub fn add(&self, recipient: &str, subject: &mut Values) {
        for (kind, value) in self.0.get(recipient).into_iter().flatten() {
            let values = subject.entry(kind.clone()).or_default();
            if !values.contains(value) {
                values.push(value.clone());
            }
        }
    }
}

/// Who was given something of a person, or was allowed to have it, at any time.
pub struct Holders(BTreeSet<String>);

impl Holders {
    /// Those with a disclosure, and those with a decision about them that was once a yes.
    ///
    /// # Errors
    /// Storage.
    pub async fn of(tx: &mut Tx, caller: &Caller) -> Result<Self, Fault> {
        let given = sql("SELECT DISTINCT recipient FROM disclosure WHERE person_id = $1")
            .bind(caller.person)
            .fetch_all::<(String,)>(&mut *tx)
            .await?;
        let mut held: BTreeSet<_> = given.into_iter().map(|(recipient,)| recipient).collect();
        let decided = sql("SELECT about, granted FROM decision WHERE person_id = $1 AND about <> ''")
            .bind(caller.person)
            .fetch_all::<(String, bool)>(&mut *tx)
            .await?;
        let (granted, refused): (Vec<_>, Vec<_>) = decided.into_iter().partition(|(_, granted)| *granted);
        held.extend(granted.into_iter().map(|(about, _)| about));
        // What is a no today may have been a yes: the ledger knows.
        if refused.iter().any(|(about, _)| !held.contains(about)) {
            let past = consents::decisions(ledger::history(&mut *tx, &caller.pseudonym).await?);
            held.extend(past.filter(|past| past.decision.granted).filter_map(|past| past.about));
        }
        Ok(Self(held))
    }

    /// Whether a recipient may hold something. Whoever works for us does, if we hold what it gets; whoever decides for itself does if
    /// it was given something. Telling anybody else would be a disclosure.
    #[must_use]
    pub fn may_hold(&self, recipient: &Recipient) -> bool {
        match recipient.role {
            Role::Processor => true,
            Role::Controller => self.0.contains(&recipient.id),
            Role::Authority | Role::Public => false,
        }
    }

    /// All of them, by id.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// Whether a decision stands as a yes.
///
/// # Errors
/// Storage.
pub async fn stands(
    tx: &mut Tx,
    caller: &Caller,
    purpose: app::consents::Purpose,
    about: Option<&str>,
) -> Result<bool, Fault> {
    let row = sql("SELECT granted FROM decision WHERE person_id = $1 AND purpose = $2 AND about = $3")
        .bind(caller.person)
        .bind(purpose.id())
        .bind(about.unwrap_or_default())
        .fetch_optional::<(bool,)>(tx)
        .await?;
    Ok(row.is_some_and(|(granted,)| granted))
}
