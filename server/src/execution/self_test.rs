//! The account's own access request, run again once everything is gone: by the code that 我的个人信息, 副本下载, 共享记录,
//! 权利申请 and 注销账号 use. It must come back empty.

use std::sync::Arc;

use uuid::Uuid;

use super::rows;
use crate::centre::Centre;
use crate::export::store as exports;
use crate::ledger::Pseudonym;
use crate::profile::store as profile;
use crate::records::own::own;
use crate::records::{Filter, page, totals};
use crate::requests::store as requests;
use crate::sharing;
use crate::web::fault::Fault;
use crate::web::visit::Caller;
use crate::webhooks::store as webhooks;

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
        waits_for_guardian: false,
        leaving: false,
        care_mode: false,
        stepped_up_at: None,
    };
    let mut outcome = Outcome::default();
    outcome.look(totals(&centre.data, person).await?.len())?;
    outcome.look(page(centre, &caller, &Filter::default(), 1, true).await?.records.len())?;
    outcome.look(own(centre, &caller).await?.len())?;
    outcome.look(profile::addresses(centre, &caller).await?.len())?;
    outcome.look(usize::from(profile::has_avatar(centre, person).await?))?;
    outcome.look(usize::from(profile::has_real_name(centre, person).await?))?;
    outcome.look(sharing::counts(centre, person).await?.len())?;
    outcome.look(exports::copies(&centre.data, person).await?.len())?;
    outcome.look(requests::requests(centre, &caller).await?.len())?;
    outcome.look(webhooks::told(centre, person).await?.len())?;
    // Every table, and the key store.
    for (_, count) in rows::counts(centre, person).await? {
        outcome.look(usize::try_from(count)?)?;
    }
    outcome.look(usize::try_from(centre.vault.count_keys(person).await?)?)?;
    Ok(outcome)
}
