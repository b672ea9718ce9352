//! The account's own access request, run again once everything is gone: at every place where its person could see something
//! (`seen.rs`), by the code that these pages and the copy use, and then table by table. It must come back empty.

use std::sync::Arc;

use app::accounts::model::AgeBand;
use uuid::Uuid;

use super::{rows, seen};
use crate::centre::Centre;
use crate::ledger::Pseudonym;
use crate::profile::store as profile;
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// What it found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Places that were looked at.
    pub places: i64,
    /// What was found there.
    pub found: i64,
}

impl Outcome {
    fn look(&mut self, found: usize) -> Result<(), Fault> {
        self.places += 1;
        self.found += i64::try_from(found)?;
        Ok(())
    }
}

/// Asks for everything of a person who is gone.
pub async fn run(centre: &Centre, person: Uuid, pseudonym: Pseudonym) -> Result<Outcome, Fault> {
    let caller = Caller {
        person,
        session: Uuid::nil(),
        pseudonym,
        ring: Arc::new(centre.vault.ring(person).await?),
        // Nobody is there: of whom nothing is known, nothing more may be done than of a child.
        age_band: AgeBand::Under14,
        waits_for_guardian: false,
        leaving: false,
        care_mode: false,
        stepped_up_at: None,
    };
    let mut outcome = Outcome::default();
    // Every table, and the key store.
    for (_, count) in rows::counts(centre, person).await? {
        outcome.look(usize::try_from(count)?)?;
    }
    outcome.look(usize::try_from(centre.vault.count_keys(person).await?)?)?;
    if outcome.found > 0 {
        // Found, and to be taken away: what is left can't be opened any more.
        return Ok(outcome);
    }
    for (_, count) in seen::found(centre, &caller).await? {
        outcome.look(count)?;
    }
    // What the account alone leads to is looked for without it, too.
    outcome.look(profile::addresses(centre, &caller).await?.len())?;
    outcome.look(usize::from(profile::has_avatar(centre, person).await?))?;
    outcome.look(usize::from(profile::has_real_name(centre, person).await?))?;
    Ok(outcome)
}
