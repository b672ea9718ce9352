//! SQL of decisions: the projection that answers "may I?", written in the same transaction as the ledger's event.

use std::collections::BTreeMap;

use app::consents::minors;
use app::consents::model::{Decision, Lapse, Past, PastDecision, Purpose, Standing, StandingAbout, Stood};
use app::consents::rules::{self, Refusal};
use app::pages::consents::{UNRECOGNISED, surface_label};
use app::promises::COOKIE_CHOICE_LIFE;
use app::time::Moment;
use uuid::Uuid;

pub use super::made::{By, Made};
pub use super::shown::{keep_shown, shown};
use crate::accounts::band;
use crate::catalogue::Catalogue;
use crate::centre::Centre;
use crate::export::registers::Noted;
use crate::ledger::{self, Event};
use crate::messages;
use crate::records::erase;
use crate::replay::{self, Entry};
use crate::storage::{Executor, Tx, sql};
use crate::web::fault::Fault;
use crate::web::visit::Caller;
use crate::webhooks::notices;

#[derive(sqlx::FromRow)]
struct Row {
    purpose: String,
    about: String,
    granted: bool,
    decided_at: i64,
    policy_version: String,
    surface: String,
}

/// The database holds a decision about something that this program does not know: an older program on a newer database.
#[derive(Debug, thiserror::Error)]
#[error("the database holds a decision about an unknown purpose")]
struct Unknown;

/// A decision is to be recorded about something that nobody could have read words of.
#[derive(Debug, thiserror::Error)]
#[error("the catalogue has no words for what is decided")]
struct NoWords;

/// A "yes" is to be recorded that somebody of that age does not give: a way in lacks its refusal.
#[derive(Debug, thiserror::Error)]
#[error("a yes was to be recorded that somebody of that age does not give")]
struct TooYoung;

/// All that a person has decided about whole purposes, and what of it has lapsed by now.
///
/// # Errors
/// Storage. Never "nothing decided" in place of a failure.
pub async fn standing(on: impl Into<Executor<'_>>, centre: &Centre, person: Uuid) -> Result<Standing, Fault> {
    Ok(all_standing(on, centre, person).await?.0)
}

/// All that a person has decided: about whole purposes, and about single recipients or cookies.
///
/// # Errors
/// Storage. Never "nothing decided" in place of a failure.
pub async fn all_standing(
    on: impl Into<Executor<'_>>,
    centre: &Centre,
    person: Uuid,
) -> Result<(Standing, StandingAbout), Fault> {
    let (catalogue, now) = (&centre.catalogue, centre.now());
    let mut on = on.into();
    let rows =
        sql("SELECT purpose, about, granted, decided_at, policy_version, surface FROM decision WHERE person_id = $1")
            .bind(person)
            .fetch_all::<Row>(on.again())
            .await?;
    let (mut whole, mut single) = (BTreeMap::new(), BTreeMap::new());
    for row in rows {
        let purpose: Purpose = row.purpose.parse().map_err(|_| Unknown)?;
        let since = Moment(row.decided_at);
        let stood = Stood {
            granted: row.granted,
            lapsed: if row.granted { lapse(catalogue, purpose, &row.policy_version, since, now) } else { None },
            since,
            policy_version: row.policy_version,
            surface: row.surface,
        };
        if row.about.is_empty() {
            whole.insert(purpose, stood);
        } else {
            single.insert((purpose, row.about), stood);
        }
    }
    let single_yes = single.iter_mut().map(|((purpose, _), stood)| (*purpose, stood));
    let all = whole.iter_mut().map(|(purpose, stood)| (*purpose, stood)).chain(single_yes);
    let for_adults: Vec<_> = all.filter(|(purpose, stood)| stood.granted && minors::is_for_adults(*purpose)).collect();
    // Only what a "yes" to advertising is worth depends on how old somebody is.
    if !for_adults.is_empty() {
        let band = band::of(on, &centre.vault, person).await?;
        for_adults.into_iter().for_each(|stood| minors::lapse(stood, band));
    }
    Ok((Standing::of(whole), single))
}

/// Why a "yes" of that version and time does not hold any more now, if it does not.
#[must_use]
pub fn lapse(catalogue: &Catalogue, purpose: Purpose, version: &str, since: Moment, now: Moment) -> Option<Lapse> {
    let is_old = purpose.lapses_after_a_year() && !since.is_within(COOKIE_CHOICE_LIFE, now);
    match catalogue.policy().lapsed_by(purpose, version, now) {
        Some(_) => Some(Lapse::Policy),
        None => is_old.then_some(Lapse::Year),
    }
}

/// Takes a person's decision: rules, projection and events in one transaction. Returns every switch that changed.
///
/// # Errors
/// Storage, or why it is refused.
pub async fn decide(
    centre: &Centre,
    caller: &Caller,
    wanted: Decision,
    surface: &str,
    browser_objects: bool,
    now: Moment,
) -> Result<Result<Vec<Decision>, Refusal>, Fault> {
    decide_by(centre, caller, (wanted, By::Person), surface, browser_objects, now).await
}

/// The same, made by something else than a page of ours. A "no" returns when no message that it closes is under way any more.
///
/// # Errors
/// Storage, or why it is refused.
pub async fn decide_by(
    centre: &Centre,
    caller: &Caller,
    (wanted, maker): (Decision, By),
    surface: &str,
    browser_objects: bool,
    now: Moment,
) -> Result<Result<Vec<Decision>, Refusal>, Fault> {
    if !wanted.granted {
        notices::prepare(centre, caller.person, wanted.purpose, None, now).await?;
    }
    let mut tx = centre.data.begin().await?;
    tx.lock(&lock_name(caller.person)).await?;
    if let Err(refusal) = may_decide(caller, wanted) {
        return Ok(Err(refusal));
    }
    let standing = standing(&mut tx, centre, caller.person).await?;
    let changes = match rules::decide(&standing, wanted, browser_objects) {
        Ok(changes) => changes,
        Err(refusal) => return Ok(Err(refusal)),
    };
    erase::hold_writers(&mut tx, centre, &changes).await?;
    for change in &changes {
        let by = if change.purpose == wanted.purpose { maker } else { By::MasterSwitch };
        record(&mut tx, centre, caller, Made::of(*change, surface, by), now).await?;
    }
    let withdrawn: Vec<_> = changes.iter().filter(|c| !c.granted).map(|c| c.purpose).collect();
    let erased = erase::erase_with_withdrawal(&mut tx, centre, caller, &withdrawn, now).await?;
    tx.commit().await?;
    if erased {
        erase::finish_or_later(centre).await;
    }
    if changes.iter().any(|change| restricts(*change)) {
        replay::flush_or_later(centre).await;
    }
    if !wanted.granted {
        messages::settle(centre, caller.person, wanted.purpose).await?;
    }
    Ok(Ok(changes))
}

/// Takes a person's decision about one recipient or cookie within a purpose: rule, projection and event in one transaction.
/// No other decision is touched. False when it stood so already.
///
/// # Errors
/// Storage, or when the catalogue has no words for it; or why it is refused.
pub async fn decide_about(
    centre: &Centre,
    caller: &Caller,
    (wanted, about): (Decision, &str),
    surface: &str,
    browser_objects: bool,
    now: Moment,
) -> Result<Result<bool, Refusal>, Fault> {
    if !wanted.granted {
        notices::prepare(centre, caller.person, wanted.purpose, Some(about), now).await?;
    }
    let mut tx = centre.data.begin().await?;
    tx.lock(&lock_name(caller.person)).await?;
    if let Err(refusal) = may_decide(caller, wanted) {
        return Ok(Err(refusal));
    }
    let (_, standing) = all_standing(&mut tx, centre, caller.person).await?;
    let stood = standing.get(&(wanted.purpose, about.to_owned()));
    let change = match rules::decide_about(stood, wanted, browser_objects) {
        Ok(change) => change,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Some(decision) = change {
        let made = Made { decision, about: Some(about), surface, by: By::Person };
        record(&mut tx, centre, caller, made, now).await?;
        tx.commit().await?;
        if restricts(decision) {
            replay::flush_or_later(centre).await;
        }
    }
    Ok(Ok(change.is_some()))
}

/// Whether somebody of the caller's age may decide so.
///
/// # Errors
/// Why not.
pub const fn may_decide(caller: &Caller, wanted: Decision) -> Result<(), Refusal> {
    minors::may_decide(wanted, caller.age_band)
}

/// Decisions of one person are taken one after the other: each sees what stood before it.
#[must_use]
pub fn lock_name(person: Uuid) -> String {
    format!("decisions:{person}")
}

fn words_hash(centre: &Centre, made: Made<'_>) -> Result<String, Fault> {
    let shown = centre.catalogue.shown(made.decision.purpose, made.about).ok_or(NoWords)?;
    Ok(shown.hash.clone())
}

/// The event of a decision, with the hash of the words that were shown.
///
/// # Errors
/// When the catalogue has no words for what is decided.
pub fn event(centre: &Centre, made: Made<'_>, now: Moment) -> Result<Event, Fault> {
    let Made { decision, about, surface, by } = made;
    Ok(Event::Decided {
        purpose: decision.purpose,
        about: about.map(str::to_owned),
        granted: decision.granted,
        policy: centre.catalogue.policy().in_force(now).number.clone(),
        words: words_hash(centre, made)?,
        surface: surface.to_owned(),
        by: by.id().to_owned(),
    })
}

/// Whether a decision allows less than before: a "no", or the "yes" to a switch that protects. A backup must not take it back.
#[must_use]
pub const fn restricts(decision: Decision) -> bool {
    decision.granted == decision.purpose.protects()
}

/// Writes one decision, its event, and what a restored backup must be told of it; recipients that it concerns are told what is
/// taken back. After the commit of one that [`restricts`], [`replay::flush_or_later`] must be called.
///
/// # Errors
/// Storage or vault, or when the catalogue has no words for what is decided.
pub async fn record(tx: &mut Tx, centre: &Centre, caller: &Caller, made: Made<'_>, now: Moment) -> Result<(), Fault> {
    let Made { decision: Decision { purpose, granted }, about, surface, by } = made;
    if may_decide(caller, made.decision).is_err() || (granted && caller.waits_for_guardian) {
        return Err(TooYoung.into());
    }
    record_again(tx, centre, caller, made, now).await?;
    if restricts(made.decision) {
        let about = about.map(str::to_owned);
        let entry = Entry::Withdrawn { purpose, about, granted, surface: surface.to_owned(), by: by.id().to_owned() };
        replay::note(tx, centre, caller.person, &entry, now).await?;
    }
    Ok(())
}

/// Writes one decision that the replay log holds already, and its event.
///
/// # Errors
/// Storage, or when the catalogue has no words for what is decided.
pub async fn record_again(
    tx: &mut Tx,
    centre: &Centre,
    caller: &Caller,
    made: Made<'_>,
    now: Moment,
) -> Result<(), Fault> {
    let Made { decision, about, surface, .. } = made;
    let event = event(centre, made, now)?;
    if !decision.granted {
        notices::withdrawn(tx, centre, caller, (decision.purpose, about), now).await?;
    }
    let position = ledger::append(tx, &caller.pseudonym, now, &event).await?;
    sql(
        "INSERT INTO decision \
         (person_id, purpose, about, granted, decided_at, policy_version, words_hash, surface, position) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
         ON CONFLICT (person_id, purpose, about) DO UPDATE SET granted = excluded.granted, decided_at = excluded.decided_at, \
         policy_version = excluded.policy_version, words_hash = excluded.words_hash, surface = excluded.surface, \
         position = excluded.position",
    )
    .bind(caller.person)
    .bind(decision.purpose.id())
    .bind(about.unwrap_or_default())
    .bind(decision.granted)
    .bind(now.0)
    .bind(&centre.catalogue.policy().in_force(now).number)
    .bind(words_hash(centre, made)?)
    .bind(surface)
    .bind(position)
    .execute(tx)
    .await?;
    Ok(())
}

/// Switches 关怀模式: no consent, a setting of how pages look, kept with the account.
///
/// # Errors
/// Storage.
pub async fn set_care_mode(centre: &Centre, caller: &Caller, on: bool, now: Moment) -> Result<(), Fault> {
    let mut tx = centre.data.begin().await?;
    sql("UPDATE person SET care_mode = $2 WHERE id = $1").bind(caller.person).bind(on).execute(&mut tx).await?;
    ledger::append(&mut tx, &caller.pseudonym, now, &Event::CareModeChanged { on }).await?;
    tx.commit().await?;
    Ok(())
}

/// Every decision that the ledger knows of the person, and what a newer version wrote there, newest first.
///
/// # Errors
/// Storage.
pub async fn history(centre: &Centre, caller: &Caller) -> Result<Vec<Past>, Fault> {
    let events = ledger::history(&centre.data, &caller.pseudonym).await?;
    let past = events.into_iter().filter_map(|recorded| match recorded.event {
        Event::Unrecognised { .. } => Some(Past::Unrecognised(recorded.at)),
        _ => decision(recorded).map(Past::Decided),
    });
    Ok(past.rev().collect())
}

/// What a copy tells its person of what they decided: all of it, from the ledger. Of somebody who is gone nothing, for their
/// chain is nobody's then.
///
/// # Errors
/// Storage.
pub async fn entries(centre: &Centre, caller: &Caller) -> Result<Vec<Noted>, Fault> {
    let decided = sql("SELECT purpose FROM decision WHERE person_id = $1 LIMIT 1").bind(caller.person);
    if decided.fetch_optional::<(String,)>(&centre.data).await?.is_none() {
        return Ok(Vec::new());
    }
    let entry = |past: Past| {
        let past = match past {
            Past::Decided(past) => past,
            Past::Unrecognised(at) => return Noted::of(at, UNRECOGNISED, []),
        };
        let Decision { purpose, granted } = past.decision;
        let details = [
            ("决定", Some(if granted { "同意" } else { "不同意" }.to_owned())),
            ("政策版本", Some(past.policy_version)),
            ("在哪里", Some(surface_label(&past.surface))),
            ("当时文字的SHA-256", Some(past.words)),
        ];
        Noted::of(past.at, centre.catalogue.label(purpose, past.about.as_deref()), details)
    };
    Ok(history(centre, caller).await?.into_iter().map(entry).collect())
}

/// The decisions among a person's events, in the same order.
pub fn decisions(events: Vec<ledger::Recorded>) -> impl DoubleEndedIterator<Item = PastDecision> {
    events.into_iter().filter_map(decision)
}

fn decision(recorded: ledger::Recorded) -> Option<PastDecision> {
    match recorded.event {
        Event::Decided { purpose, about, granted, policy, words, surface, by } => Some(PastDecision {
            position: recorded.position,
            decision: Decision { purpose, granted },
            about,
            words,
            at: recorded.at,
            policy_version: policy,
            surface,
            by,
        }),
        _ => None,
    }
}
