//! Erasing (个保法 47): one record, a kind, a business function, everything optional, or what a withdrawn consent carried.
//!
//! A whole kind goes like this, so that it is unreadable at once in every copy and nothing new goes with it:
//!
//! 1. Inside one transaction, and alone with the records: its keys are retired (nothing more is sealed under them), its rows
//!    removed, and the intent to destroy those keys is written, with the event.
//! 2. The keys are destroyed.
//! 3. The intent is marked done. A crash before that is made good by [`finish`], at the next start or soon after.
//!
//! Killed before 1 has committed, retired keys still open everything, and nothing was erased.
//!
//! One record alone is one row less; the key of its kind lives on (`one.rs`).

mod one;

use app::consents::{Decision, Purpose};
use app::menu::Place;
use app::records::model::{Field, Home};
use app::records::rules::{Fate, Scope, fate};
use app::requests::model::{Kind, Status, Wish};
use app::time::Moment;
pub use one::erase_record;
use uuid::Uuid;

use super::own::{is_erased_here, own};
use super::{LOCK, totals};
use crate::centre::Centre;
use crate::consents::store::{self as consents, By, Made};
use crate::export::store as export;
use crate::ledger::{self, Event};
use crate::replay::{self, Entry};
use crate::requests::store::{self as requests, NewRequest};
use crate::storage::{Tx, sql};
use crate::vault::Category;
use crate::web::fault::Fault;
use crate::web::visit::Caller;
use crate::webhooks::notices;

/// What an erasure would do, or did, to one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The kind's id.
    pub field: String,
    /// How many records and values of it there are.
    pub count: usize,
    /// What becomes of them.
    pub fate: Fate,
}

/// Counts what an erasure of that scope would do. Nothing is changed. Kinds of which nothing is held are left out.
///
/// # Errors
/// Storage or vault.
pub async fn plan(centre: &Centre, caller: &Caller, scope: &Scope) -> Result<Vec<Part>, Fault> {
    let totals = totals(&centre.data, caller.person).await?;
    let own = own(centre, caller).await?;
    let part = |field: &Field| {
        let records = totals.iter().find(|t| t.field == field.id).map_or(0, |t| t.held);
        let count = records + own.get(field.id.as_str()).map_or(0, Vec::len);
        (count > 0).then(|| Part { field: field.id.clone(), count, fate: fate(field) })
    };
    Ok(reached(centre, scope).into_iter().filter_map(part).collect())
}

/// The kinds that a scope reaches. The three parts of an address are one row: they go together.
fn reached<'c>(centre: &'c Centre, scope: &Scope) -> Vec<&'c Field> {
    let fields = centre.catalogue.data().fields();
    let with_address = fields.iter().any(|f| f.kept_in == Home::Addresses && scope.covers(f));
    let reaches = |f: &&Field| scope.covers(f) || (with_address && f.kept_in == Home::Addresses);
    fields.iter().filter(reaches).collect()
}

/// How much an erasure did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Records and values that are gone.
    pub gone: i64,
    /// Those that became storage only.
    pub restricted: i64,
    /// The kinds of which something is gone.
    pub kinds: Vec<String>,
}

/// Erases a scope. When this returns, it is unreadable in every copy, unless the key store can't be written: then soon.
///
/// # Errors
/// Storage or vault; what was begun is finished by [`finish`].
pub async fn erase(centre: &Centre, caller: &Caller, scope: &Scope, now: Moment) -> Result<Erased, Fault> {
    let fields = reached(centre, scope);
    let mut tx = centre.data.begin().await?;
    tx.lock(&consents::lock_name(caller.person)).await?;
    let kinds: Vec<_> = fields.iter().filter(|f| fate(f) == Fate::Goes).map(|f| f.id.as_str()).collect();
    tx.lock(LOCK).await?;
    let recipients = notices::before_erasure(&mut tx, centre, caller, &kinds, now).await?;
    let erased = erase_in(&mut tx, centre, caller, &fields, scope.id(), now).await?;
    if let Some(recipients) = recipients {
        recipients.erased(&mut tx, centre, &erased.kinds, now).await?;
    }
    let about = format!("erase:{}", scope.id());
    let done = NewRequest { kind: Kind::Erasure, about, wish: Wish::default(), status: Status::Fulfilled };
    requests::make(&mut tx, centre, caller, &done, now).await?;
    tx.commit().await?;
    finish_or_later(centre).await;
    replay::flush_or_later(centre).await;
    Ok(erased)
}

/// Waits until nobody is writing records, and keeps others from it, where these decisions bear on what may be written: a tag
/// that is on its way when its consent is taken back, or when tags are paused, must not arrive after it. Before anything else
/// of the person is locked: whoever erases one record takes the locks in this order, too.
///
/// # Errors
/// Storage.
pub async fn hold_writers(tx: &mut Tx, centre: &Centre, changes: &[Decision]) -> Result<(), Fault> {
    let bears = |change: &Decision| {
        let ends = !change.granted && rests_on(centre, change.purpose).next().is_some();
        ends || (change.purpose == Purpose::TagsPaused && change.granted)
    };
    if changes.iter().any(bears) {
        tx.lock(LOCK).await?;
    }
    Ok(())
}

/// The kinds that go when this consent is taken back.
fn rests_on(centre: &Centre, purpose: Purpose) -> impl Iterator<Item = &Field> {
    centre.catalogue.data().fields().iter().filter(move |f| f.on_withdrawal && f.consent.contains(&purpose))
}

/// Erases what rests on a consent that was just taken back, in the same transaction, where the catalogue says so, and after
/// [`hold_writers`]. After the commit, [`finish`] must be called. False when there was nothing to do.
///
/// # Errors
/// Storage or vault.
pub async fn erase_with_withdrawal(
    tx: &mut Tx,
    centre: &Centre,
    caller: &Caller,
    withdrawn: &[Purpose],
    now: Moment,
) -> Result<bool, Fault> {
    if withdrawn.iter().all(|purpose| rests_on(centre, *purpose).next().is_none()) {
        return Ok(false);
    }
    let held = totals(&mut *tx, caller.person).await?;
    let mut did = false;
    for purpose in withdrawn {
        let is_held = |f: &&Field| held.iter().any(|total| total.field == f.id);
        let fields: Vec<_> = rests_on(centre, *purpose).filter(is_held).collect();
        if fields.is_empty() {
            continue;
        }
        let scope = format!("withdrawal:{}", purpose.id());
        erase_in(tx, centre, caller, &fields, scope, now).await?;
        did = true;
    }
    Ok(did)
}

async fn erase_in(
    tx: &mut Tx,
    centre: &Centre,
    caller: &Caller,
    fields: &[&Field],
    scope: String,
    now: Moment,
) -> Result<Erased, Fault> {
    tx.lock(LOCK).await?;
    sql("UPDATE erasure_count SET erasures = erasures + 1").execute(tx).await?;
    let goes = |field: &&&Field| fate(field) == Fate::Goes;
    let keys = centre.vault.retire(caller.person, &categories(fields.iter().filter(goes)), now).await?;
    let keys = [keys, export::end_all(tx, centre, caller, now).await?].concat();
    let mut erased = Erased::default();
    for field in fields {
        let barred = if scope == Scope::Tags.id() { bar_return(tx, caller, field).await? } else { Vec::new() };
        if let Some(entry) = told(field, barred) {
            replay::note(tx, centre, caller.person, &entry, now).await?;
        }
        match fate(field) {
            Fate::Goes => {
                let gone = remove_kind(tx, caller, field, now).await?;
                erased.gone += gone;
                if gone > 0 {
                    erased.kinds.push(field.id.clone());
                }
            }
            Fate::StoredOnly => erased.restricted += restrict_kind(tx, caller, field, now).await?,
            Fate::StaysWithAccount => {}
        }
    }
    for home in homes(fields) {
        let touched = erase_home(tx, centre, caller, home, now).await?;
        erased.gone += touched.gone;
        if touched.gone > 0 {
            erased.kinds.extend(fields.iter().filter(|f| f.kept_in == home).map(|f| f.id.clone()));
        }
        erased.restricted += touched.restricted;
    }
    intend(tx, caller, &keys, now).await?;
    let event = Event::DataErased { scope, erased: erased.gone, restricted: erased.restricted };
    ledger::append(tx, &caller.pseudonym, now, &event).await?;
    Ok(erased)
}

/// Writes down which keys are to be destroyed once the change is on disk.
///
/// # Errors
/// Storage.
pub async fn intend(tx: &mut Tx, caller: &Caller, keys: &[Uuid], now: Moment) -> Result<(), Fault> {
    let keys = keys.iter().map(Uuid::to_string).collect::<Vec<_>>().join("\n");
    sql("INSERT INTO erasure (id, person_id, keys, intended_at) VALUES ($1, $2, $3, $4)")
        .bind(Uuid::now_v7())
        .bind(caller.person)
        .bind(keys)
        .bind(now.0)
        .execute(tx)
        .await?;
    Ok(())
}

/// The keys that go with these kinds.
fn categories<'f>(fields: impl Iterator<Item = &'f &'f Field>) -> Vec<Category<'f>> {
    let mut categories = Vec::new();
    for field in fields {
        categories.push(Category::Records(&field.id));
        match field.kept_in {
            Home::Addresses => categories.push(Category::Addresses),
            Home::Avatar => categories.push(Category::Avatar),
            Home::Records | Home::Account | Home::RealName | Home::Decisions | Home::Affairs => {}
        }
    }
    categories.sort_unstable();
    categories.dedup();
    categories
}

/// The places outside the records that these kinds stand in, each once.
fn homes(fields: &[&Field]) -> Vec<Home> {
    let mut homes = Vec::new();
    for field in fields.iter().filter(|f| is_erased_here(f)) {
        if !homes.contains(&field.kept_in) {
            homes.push(field.kept_in);
        }
    }
    homes
}

/// What a restored backup is told of an erased kind, if its erasure changes anything.
fn told(field: &Field, barred: Vec<Uuid>) -> Option<Entry> {
    let field_id = field.id.clone();
    match fate(field) {
        Fate::Goes => Some(Entry::KindErased { field: field_id, barred }),
        Fate::StoredOnly => Some(Entry::KindRestricted { field: field_id }),
        Fate::StaysWithAccount => None,
    }
}

/// A tag that its person has deleted stays deleted, also when the host derives it anew. Returns which those are.
async fn bar_return(tx: &mut Tx, caller: &Caller, field: &Field) -> Result<Vec<Uuid>, Fault> {
    let rows = sql("SELECT id FROM record WHERE person_id = $1 AND field = $2 ORDER BY id")
        .bind(caller.person)
        .bind(&field.id)
        .fetch_all::<(String,)>(&mut *tx)
        .await?;
    for (id,) in &rows {
        sql("INSERT INTO erased_record (id) VALUES ($1) ON CONFLICT (id) DO NOTHING").bind(id).execute(tx).await?;
    }
    Ok(rows.iter().map(|(id,)| Uuid::parse_str(id)).collect::<Result<_, _>>()?)
}

async fn remove_kind(tx: &mut Tx, caller: &Caller, field: &Field, now: Moment) -> Result<i64, Fault> {
    let removed = sql("DELETE FROM record WHERE person_id = $1 AND field = $2")
        .bind(caller.person)
        .bind(&field.id)
        .execute(tx)
        .await?;
    sql("DELETE FROM record_total WHERE person_id = $1 AND field = $2")
        .bind(caller.person)
        .bind(&field.id)
        .execute(tx)
        .await?;
    sql("INSERT INTO erased_kind (person_id, field, erased_at) VALUES ($1, $2, $3) \
         ON CONFLICT (person_id, field) DO UPDATE SET erased_at = excluded.erased_at")
    .bind(caller.person)
    .bind(&field.id)
    .bind(now.0)
    .execute(tx)
    .await?;
    Ok(i64::try_from(removed)?)
}

async fn restrict_kind(tx: &mut Tx, caller: &Caller, field: &Field, now: Moment) -> Result<i64, Fault> {
    let restricted =
        sql("UPDATE record SET restricted_at = $3 WHERE person_id = $1 AND field = $2 AND restricted_at IS NULL")
            .bind(caller.person)
            .bind(&field.id)
            .bind(now.0)
            .execute(tx)
            .await?;
    sql("UPDATE record_total SET restricted = restricted + held, held = 0 WHERE person_id = $1 AND field = $2")
        .bind(caller.person)
        .bind(&field.id)
        .execute(tx)
        .await?;
    Ok(i64::try_from(restricted)?)
}

async fn erase_home(tx: &mut Tx, centre: &Centre, caller: &Caller, home: Home, now: Moment) -> Result<Erased, Fault> {
    let gone = |rows: u64| Ok::<_, Fault>(Erased { gone: i64::try_from(rows)?, ..Erased::default() });
    match home {
        Home::Addresses => gone(sql("DELETE FROM address WHERE person_id = $1").bind(caller.person).execute(tx).await?),
        Home::Avatar => gone(sql("DELETE FROM avatar WHERE person_id = $1").bind(caller.person).execute(tx).await?),
        Home::RealName => {
            let rows = sql("UPDATE real_name SET restricted_at = $2 WHERE person_id = $1 AND restricted_at IS NULL")
                .bind(caller.person)
                .bind(now.0)
                .execute(tx)
                .await?;
            Ok(Erased { restricted: i64::try_from(rows)?, ..Erased::default() })
        }
        Home::Decisions => {
            // A decision is not forgotten, or it could not be proved: it becomes "no".
            let standing = consents::standing(&mut *tx, centre, caller.person).await?;
            if !standing.allows(Purpose::FriendSearch) {
                return Ok(Erased::default());
            }
            let no = Decision { purpose: Purpose::FriendSearch, granted: false };
            let made = Made::of(no, Place::Erasure.path(), By::Person);
            consents::record(tx, centre, caller, made, now).await?;
            Ok(Erased { gone: 1, ..Erased::default() })
        }
        Home::Records | Home::Account | Home::Affairs => Ok(Erased::default()),
    }
}

/// Destroys the keys of every erasure that stands open, after a commit that is to be answered as saved: a key store that takes
/// nothing just now makes no "not erased" of it. The schedule goes on.
pub async fn finish_or_later(centre: &Centre) {
    if let Err(fault) = finish(centre).await {
        tracing::error!(
            reference = fault.reference(),
            "what was erased has keys left until the key store can be written"
        );
    }
}

/// Destroys the keys of every erasure that stands open.
///
/// # Errors
/// Storage or vault; the next run goes on.
pub async fn finish(centre: &Centre) -> Result<(), Fault> {
    let open = sql("SELECT id, keys FROM erasure WHERE done_at IS NULL ORDER BY intended_at")
        .fetch_all::<(String, String)>(&centre.data)
        .await?;
    for (id, keys) in open {
        let keys = keys.lines().map(Uuid::parse_str).collect::<Result<Vec<_>, _>>()?;
        let now = centre.now();
        centre.vault.destroy(&keys, now).await?;
        let mut tx = centre.data.begin().await?;
        sql("UPDATE erasure SET done_at = $2 WHERE id = $1").bind(id).bind(now.0).execute(&mut tx).await?;
        tx.commit().await?;
    }
    Ok(())
}
