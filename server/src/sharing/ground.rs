//! Whether the consent that a disclosure names as its ground stood at its time.

use app::accounts::model::AgeBand;
use app::consents::Purpose;
use app::consents::minors::is_locked;
use app::sharing::model::Recipient;
use app::sharing::rules;
use app::time::Moment;
use uuid::Uuid;

use crate::accounts::band;
use crate::accounts::store::open_pseudonym;
use crate::catalogue::Catalogue;
use crate::ledger::{self, Event};
use crate::storage::{Db, sql};
use crate::vault::Vault;
use crate::web::fault::Fault;

/// The decision that "consent" means when a host does not say: the recipient's only one but that it is abroad.
#[must_use]
pub fn usual_purpose(recipient: &Recipient) -> Option<Purpose> {
    let mut due = recipient.decisions.iter().map(|due| due.purpose).filter(|p| *p != Purpose::CrossBorder);
    match (due.next(), due.next()) {
        (Some(only), None) => Some(only),
        (None, _) => recipient.due(Purpose::CrossBorder).map(|due| due.purpose),
        (Some(_), Some(_)) => None,
    }
}

/// What had to stand for a consent to that purpose: decisions about the recipient; one that is decided as a whole, else.
#[must_use]
pub fn needed(recipient: &Recipient, purpose: Purpose) -> Option<Vec<(Purpose, &str)>> {
    if !purpose.is_per_recipient() {
        let abroad = recipient.due(Purpose::CrossBorder).map(|due| (due.purpose, recipient.id.as_str()));
        return Some(std::iter::once((purpose, "")).chain(abroad).collect());
    }
    let needed = rules::needed(recipient, purpose)?;
    Some(needed.into_iter().map(|purpose| (purpose, recipient.id.as_str())).collect())
}

/// A decision as the ledger tells it.
struct Told {
    purpose: Purpose,
    about: String,
    granted: bool,
    version: String,
    at: Moment,
}

/// All that a person has ever decided.
pub struct Decisions {
    told: Vec<Told>,
    /// How old they are; of one who is not there, nothing.
    band: Option<AgeBand>,
}

impl Decisions {
    /// Of that person; nothing of one who is not there.
    ///
    /// # Errors
    /// Storage or vault.
    pub async fn of(data: &Db, vault: &Vault, person: Uuid) -> Result<Self, Fault> {
        let id = person.to_string();
        let row =
            sql("SELECT pseudonym FROM person WHERE id = $1").bind(&id).fetch_optional::<(Vec<u8>,)>(data).await?;
        let Some((sealed,)) = row else { return Ok(Self { told: Vec::new(), band: None }) };
        let pseudonym = open_pseudonym(&vault.ring(person).await?, &id, &sealed).await?;
        let told = ledger::history(data, &pseudonym).await?.into_iter().filter_map(|recorded| match recorded.event {
            Event::Decided { purpose, about, granted, policy, .. } => {
                Some(Told { purpose, about: about.unwrap_or_default(), granted, version: policy, at: recorded.at })
            }
            _ => None,
        });
        Ok(Self { told: told.collect(), band: Some(band::of(data, vault, person).await?) })
    }

    /// Whether all of these stood at that time, by the policy that was in force then.
    #[must_use]
    pub fn stood(&self, catalogue: &Catalogue, needed: &[(Purpose, &str)], at: Moment) -> bool {
        needed.iter().all(|(purpose, about)| {
            let about_it = |told: &&Told| told.purpose == *purpose && told.about == *about && told.at <= at;
            let stands =
                |told: &Told| told.granted && catalogue.policy().lapsed_by(*purpose, &told.version, at).is_none();
            let is_locked = self.band.is_some_and(|band| is_locked(*purpose, band));
            !is_locked && self.told.iter().rfind(about_it).is_some_and(stands)
        })
    }
}
