//! Recipients are told of a change in the transaction of the change. What they know the person by is read first: afterwards it
//! may be gone. A change that concerns nobody costs nothing.

use std::collections::BTreeSet;

use app::consents::{Group, Purpose};
use app::sharing::told::Notice as Kind;
use app::time::Moment;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::known::{Holders, Known, Of, stands, value};
use super::parties::{Party, of_kinds, of_withdrawal};
use super::store::{Notice, tell};
use crate::centre::Centre;
use crate::storage::Tx;
use crate::vault::{Category, SealingKey};
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// All that is needed to tell somebody, once it has happened.
pub struct Ready {
    owner: Uuid,
    key: SealingKey,
    /// Whom, which kinds it concerns there, and what the person is called there.
    told: Vec<(Party, Value)>,
}

/// Makes the key that notices are sealed under before a transaction that may take this consent back: no writer waits for it then.
///
/// # Errors
/// Vault.
pub async fn prepare(
    centre: &Centre,
    person: Uuid,
    purpose: Purpose,
    about: Option<&str>,
    now: Moment,
) -> Result<(), Fault> {
    // The master switch takes its channels with it.
    let with_it = (purpose == Purpose::Commercial).then(|| Purpose::of(Group::Commercial)).into_iter().flatten();
    let mut all = std::iter::once(purpose).chain(with_it);
    if all.any(|purpose| !of_withdrawal(centre, purpose, about).is_empty()) {
        centre.vault.key_for(person, Category::Deliveries, now).await?;
    }
    Ok(())
}

async fn ready(
    tx: &mut Tx,
    centre: &Centre,
    caller: &Caller,
    mut parties: Vec<Party>,
    now: Moment,
) -> Result<Option<Ready>, Fault> {
    if parties.iter().any(|party| party.decides) {
        let holders = Holders::of(tx, caller).await?;
        let held: BTreeSet<_> = holders.ids().collect();
        parties.retain(|party| !party.decides || held.contains(party.id.as_str()));
    }
    if parties.is_empty() {
        return Ok(None);
    }
    let kinds = parties.iter().flat_map(|party| centre.endpoints.identify_by(&party.id)).collect();
    let known = Known::of(tx, centre, caller, (&kinds, Of::Use)).await?;
    let key = centre.vault.key_for(caller.person, Category::Deliveries, now).await?;
    let subject = |party: Party| {
        let subject = known.subject(&centre.endpoints.identify_by(&party.id));
        (party, json!(subject))
    };
    Ok(Some(Ready { owner: caller.person, key, told: parties.into_iter().map(subject).collect() }))
}

impl Ready {
    /// Tells each of them what `more` says of the kinds that concern it; nothing where it says nothing.
    async fn tell(
        &self,
        tx: &mut Tx,
        centre: &Centre,
        kind: Kind,
        (about, more): (impl Fn(&[String]) -> String, impl Fn(&[String]) -> Option<Map<String, Value>>),
        now: Moment,
    ) -> Result<(), Fault> {
        for (party, subject) in &self.told {
            let Some(mut data) = more(&party.kinds) else { continue };
            data.insert("subject".to_owned(), subject.clone());
            let notice = Notice {
                id: Uuid::now_v7(),
                owner: self.owner,
                recipient: &party.id,
                kind,
                about: &about(&party.kinds),
                data: Value::Object(data),
            };
            tell(tx, centre, &self.key, &notice, now).await?;
        }
        Ok(())
    }

    /// Tells that of these kinds everything was erased.
    ///
    /// # Errors
    /// Storage.
    pub async fn erased(&self, tx: &mut Tx, centre: &Centre, gone: &[String], now: Moment) -> Result<(), Fault> {
        let told = |kinds: &[String]| kinds.iter().filter(|kind| gone.contains(*kind)).cloned().collect::<Vec<_>>();
        let more = |kinds: &[String]| {
            let kinds = told(kinds);
            (!kinds.is_empty()).then(|| object(json!({ "scope": "kinds", "fields": kinds })))
        };
        self.tell(tx, centre, Kind::Erasure, (|kinds: &[String]| about(&told(kinds)), more), now).await
    }

    /// Tells that these values were erased or corrected: kind, what it was, and what it is now.
    async fn changed(
        &self,
        tx: &mut Tx,
        centre: &Centre,
        kind: Kind,
        changes: &[Change<'_>],
        now: Moment,
    ) -> Result<(), Fault> {
        let concern = |kinds: &[String]| {
            changes.iter().filter(|change| kinds.iter().any(|kind| kind == change.kind)).copied().collect::<Vec<_>>()
        };
        let about =
            |kinds: &[String]| about(&concern(kinds).iter().map(|change| change.kind.to_owned()).collect::<Vec<_>>());
        let more = |kinds: &[String]| {
            let changes = concern(kinds);
            if changes.is_empty() {
                return None;
            }
            Some(object(match kind {
                Kind::Erasure => {
                    let value = |change: &Change<'_>| json!({ "field": change.kind, "value": change.before });
                    let fields: Vec<_> = changes.iter().map(|change| change.kind).collect();
                    json!({ "scope": "values", "fields": fields, "values": changes.iter().map(value).collect::<Vec<_>>() })
                }
                Kind::Correction | Kind::Withdrawal => {
                    let value = |change: &Change<'_>| json!({ "field": change.kind, "before": change.before, "after": change.after });
                    json!({ "corrections": changes.iter().map(value).collect::<Vec<_>>() })
                }
            }))
        };
        self.tell(tx, centre, kind, (about, more), now).await
    }
}

/// A value that is another now, or none.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// The kind's id.
    pub kind: &'a str,
    /// What it was.
    pub before: &'a str,
    /// What it is now.
    pub after: &'a str,
}

fn object(value: Value) -> Map<String, Value> {
    if let Value::Object(object) = value { object } else { Map::new() }
}

fn about(kinds: &[String]) -> String {
    format!("fields:{}", kinds.join(","))
}

/// A consent is about to be taken back. Called before its row changes: who never agreed takes nothing back.
///
/// # Errors
/// Storage or vault.
pub async fn withdrawn(
    tx: &mut Tx,
    centre: &Centre,
    caller: &Caller,
    (purpose, single): (Purpose, Option<&str>),
    now: Moment,
) -> Result<(), Fault> {
    let parties = of_withdrawal(centre, purpose, single);
    if parties.is_empty() || purpose.protects() || !stands(tx, caller, purpose, single).await? {
        return Ok(());
    }
    let Some(ready) = ready(tx, centre, caller, parties, now).await? else { return Ok(()) };
    let more = |kinds: &[String]| {
        let mut data = object(json!({ "purpose": purpose.id(), "fields": kinds }));
        if let Some(item) = single.filter(|_| !purpose.is_per_recipient()) {
            data.insert("item".to_owned(), json!(item));
        }
        Some(data)
    };
    let about = |_: &[String]| format!("purpose:{}", purpose.id());
    ready.tell(tx, centre, Kind::Withdrawal, (about, more), now).await
}

/// Kinds are about to be erased; what became of them is told with [`Ready::erased`].
///
/// # Errors
/// Storage or vault.
pub async fn before_erasure(
    tx: &mut Tx,
    centre: &Centre,
    caller: &Caller,
    kinds: &[&str],
    now: Moment,
) -> Result<Option<Ready>, Fault> {
    ready(tx, centre, caller, of_kinds(centre, kinds), now).await
}

/// One record is about to be erased.
///
/// # Errors
/// Storage or vault.
pub async fn record_erased(
    tx: &mut Tx,
    centre: &Centre,
    caller: &Caller,
    (id, kind): (Uuid, &str),
    now: Moment,
) -> Result<(), Fault> {
    let parties = of_kinds(centre, &[kind]);
    if parties.is_empty() {
        return Ok(());
    }
    let Some(before) = value(tx, centre, caller, &id.to_string()).await? else { return Ok(()) };
    values_erased(tx, centre, caller, &[Change { kind, before: &before, after: "" }], now).await
}

/// Values are about to be erased.
///
/// # Errors
/// Storage or vault.
pub async fn values_erased(
    tx: &mut Tx,
    centre: &Centre,
    caller: &Caller,
    changes: &[Change<'_>],
    now: Moment,
) -> Result<(), Fault> {
    tell_of(tx, centre, caller, Kind::Erasure, changes, now).await
}

/// Values are about to be corrected; those that stay as they are, are passed over.
///
/// # Errors
/// Storage or vault.
pub async fn corrected(
    tx: &mut Tx,
    centre: &Centre,
    caller: &Caller,
    changes: &[Change<'_>],
    now: Moment,
) -> Result<(), Fault> {
    let real: Vec<_> = changes.iter().filter(|change| change.before != change.after).copied().collect();
    tell_of(tx, centre, caller, Kind::Correction, &real, now).await
}

async fn tell_of(
    tx: &mut Tx,
    centre: &Centre,
    caller: &Caller,
    kind: Kind,
    changes: &[Change<'_>],
    now: Moment,
) -> Result<(), Fault> {
    let kinds: Vec<_> = changes.iter().map(|change| change.kind).collect();
    if kinds.is_empty() {
        return Ok(());
    }
    let Some(ready) = ready(tx, centre, caller, of_kinds(centre, &kinds), now).await? else { return Ok(()) };
    ready.changed(tx, centre, kind, changes, now).await
}
