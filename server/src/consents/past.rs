//! 时光机: what applied to a person at a past moment, from their own chain in the ledger.

use std::collections::BTreeMap;

use app::accounts::model::AgeBand;
use app::consents::model::PastDecision;
use app::consents::past::{self, Pause, State, Then};
use app::menu::Place;
use app::pages::past::{Asked, Changed, Entry, Model, PausedBy, Shown as ShownThen, Told, view};
use app::time::{DAY, Moment};
use axum::extract::State as Shared;
use jiff::ToSpan as _;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::store;
use crate::catalogue::Shown;
use crate::centre::Centre;
use crate::ledger::{self, Event};
use crate::web::visit::Caller;
use crate::web::{Answer, Fault, Query, Visit};

/// A person's chain does not tell when they came.
#[derive(Debug, thiserror::Error)]
#[error("a person's chain of events has no registration")]
struct NoBeginning;

/// Words that were kept are not those of their hash.
#[derive(Debug, thiserror::Error)]
#[error("words that were kept do not give their hash: run verify-ledger, then restore shown_words from a backup")]
struct NotTheseWords;

/// What a person's chain tells, oldest first.
pub struct Chain {
    /// When the account was opened.
    pub came: Moment,
    /// The version of the policy that was agreed to then.
    pub agreed: String,
    /// The age band of its person.
    pub band: AgeBand,
    /// Every decision.
    pub decisions: Vec<PastDecision>,
    /// When a newer version wrote what this one can't read.
    pub unrecognised: Vec<Moment>,
}

impl Chain {
    /// Reads it.
    ///
    /// # Errors
    /// Storage, or a chain without a beginning: never an empty one in its place.
    pub async fn of(centre: &Centre, caller: &Caller) -> Result<Self, Fault> {
        let events = ledger::history(&centre.data, &caller.pseudonym).await?;
        let registered = events.iter().find_map(|recorded| match &recorded.event {
            Event::Registered { policy, .. } => Some((recorded.at, policy.clone())),
            _ => None,
        });
        let (came, agreed) = registered.ok_or(NoBeginning)?;
        let band = caller.age_band;
        let unrecognised = events.iter().filter(|one| matches!(one.event, Event::Unrecognised { .. }));
        let unrecognised = unrecognised.map(|recorded| recorded.at).collect();
        Ok(Self { came, agreed, band, decisions: store::decisions(events).collect(), unrecognised })
    }
}

/// What applied at a moment, with the words that were shown.
///
/// # Errors
/// Storage, or words that are not those of their hash.
pub async fn told(centre: &Centre, chain: &Chain, at: Moment, now: Moment) -> Result<Told, Fault> {
    let catalogue = &centre.catalogue;
    let versions = catalogue.policy().versions();
    let applied = |at| past::applied(&chain.decisions, versions, chain.band, at);
    let (then, today) = (applied(at), applied(now));
    let label = |one: &Then<'_>| catalogue.label(one.purpose, one.about);
    let mut words = BTreeMap::new();
    let mut entries = Vec::new();
    for one in &then.decisions {
        let Some(decided) = one.decided else { continue };
        if !words.contains_key(&decided.words) {
            words.insert(decided.words.clone(), words_of(centre, &decided.words).await?);
        }
        entries.push(Entry {
            label: label(one),
            kind: one.purpose.kind(),
            state: one.state,
            decided: decided.clone(),
            paused_by: one.paused_by.map(|pause| match pause {
                Pause::Version(version) => PausedBy::Version(version.number.clone(), version.in_force),
                Pause::Year(since) => PausedBy::Year(since),
                Pause::Age => PausedBy::Age,
            }),
            shown: words[&decided.words].clone(),
        });
    }
    let changed = past::changed_since(&then, &today).into_iter().map(|(before, after)| Changed {
        label: label(before),
        kind: before.purpose.kind(),
        before: before.state,
        after: after.state,
    });
    Ok(Told {
        at,
        version: (then.version.number.clone(), then.version.in_force),
        announced: then.announced.map(|version| (version.number.clone(), version.in_force)),
        registered: (chain.agreed.clone(), chain.came),
        entries,
        never: then.decisions.iter().filter(|one| one.state == State::Never).map(label).collect(),
        unrecognised: chain.unrecognised.iter().filter(|one| **one <= at).count(),
        version_now: (today.version.number != then.version.number).then(|| today.version.number.clone()),
        changed: changed.collect(),
    })
}

/// The words that a hash of the ledger stands for, and no others.
async fn words_of(centre: &Centre, hash: &str) -> Result<ShownThen, Fault> {
    let Some(text) = store::shown(&centre.data, hash).await? else { return Ok(ShownThen::Missing) };
    let found: String = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
    if found != hash {
        return Err(NotTheseWords.into());
    }
    Ok(match Shown::words_in(&text) {
        Some((words, facts)) => ShownThen::Words(words, facts),
        None => ShownThen::Text(text),
    })
}

/// What was asked for. Nothing at all is the page's first visit.
#[derive(Deserialize)]
pub struct Sought {
    date: Option<String>,
    #[serde(default)]
    time: String,
}

/// The page.
///
/// # Errors
/// Storage.
pub async fn show(Shared(centre): Shared<Centre>, visit: Visit, Query(sought): Query<Sought>) -> Answer {
    let chain = Chain::of(&centre, visit.caller()?).await?;
    let asked = Asked { date: sought.date.clone().unwrap_or_default(), time: sought.time };
    let moment = sought.date.map(|date| past::moment(&date, &asked.time, chain.came, visit.now));
    let mut model = Model {
        asked,
        days: (day(chain.came), day(visit.now)),
        quick: quick(&centre, &chain, visit.now),
        wrong: None,
        told: None,
    };
    match moment {
        None => {}
        Some(Ok(at)) => model.told = Some(told(&centre, &chain, at, visit.now).await?),
        Some(Err(wrong)) => {
            let message = wrong.message();
            model.wrong = Some(message.clone());
            return Ok(visit.refuse(&message, Place::Past, || view(model)));
        }
    }
    Ok(visit.page(Place::Past, || view(model)))
}

/// A day as a field for dates takes it.
fn day(at: Moment) -> String {
    at.beijing_date().to_string()
}

/// Days worth a look, newest first, as far as the account goes back.
fn quick(centre: &Centre, chain: &Chain, now: Moment) -> Vec<(String, String)> {
    let ago = [("一周前", now.plus_span(-1.week())), ("一个月前", now.plus_span(-1.month()))];
    let ago = ago.into_iter().filter_map(|(label, at)| Some((label.to_owned(), at?)));
    let versions = centre.catalogue.policy().versions().iter().rev();
    let versions = versions.map(|version| (format!("第 {} 版施行那天", version.number), version.in_force));
    let within = ago.chain(versions).filter(|(_, at)| *at <= now && at.plus(DAY) > chain.came);
    let came = std::iter::once(("注册那天".to_owned(), chain.came));
    within.chain(came).map(|(label, at)| (label, day(at))).collect()
}
