//! Who is to be told of what, and what each of them knows the person by.

use std::collections::BTreeSet;

use app::consents::Purpose;
use app::records::model::Field;
use app::sharing::model::{Recipient, Role};
use serde_json::{Value, json};

use super::endpoints::PHONE;
use super::known::{Holders, Known, Of, Untold};
use super::store::HOST;
use crate::centre::Centre;
use crate::records::{own, totals};
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// Somebody to be told, and the kinds of data that it concerns there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// An id of `recipients.toml`, or [`HOST`].
    pub id: String,
    /// The kinds, by id.
    pub kinds: Vec<String>,
    /// It decides for itself, so it is told only if it may hold something.
    pub decides: bool,
}

/// For the operator alone, and sent to nobody: what a person is found by in the host's own systems.
const LOOK_UP: &str = "look_up";

fn is_told(recipient: &Recipient) -> bool {
    matches!(recipient.role, Role::Processor | Role::Controller)
}

fn parties<'c>(centre: &'c Centre, concerns: impl Fn(&Recipient, &Field) -> bool) -> Vec<Party> {
    let data = centre.catalogue.data();
    let party = |recipient: &'c Recipient| {
        let kinds = data.received_by(recipient).filter(|field| concerns(recipient, field));
        let kinds: Vec<_> = kinds.map(|field| field.id.clone()).collect();
        let decides = recipient.role == Role::Controller;
        (!kinds.is_empty()).then(|| Party { id: recipient.id.clone(), kinds, decides })
    };
    data.all_recipients().iter().filter(|recipient| is_told(recipient)).filter_map(party).collect()
}

/// The host holds all that it has sent us. Without a webhook it is not told of every single change: it asks before it acts.
fn host(centre: &Centre, kinds: Vec<String>) -> Option<Party> {
    centre.endpoints.webhook(HOST)?;
    Some(Party { id: HOST.to_owned(), kinds, decides: false })
}

/// Whoever gets one of these kinds.
#[must_use]
pub fn of_kinds(centre: &Centre, kinds: &[&str]) -> Vec<Party> {
    let mut all = parties(centre, |_, field| kinds.contains(&field.id.as_str()));
    all.extend(host(centre, kinds.iter().map(|kind| (*kind).to_owned()).collect()));
    all
}

/// Whoever may do less once a consent is taken back: the one recipient that it is about, or those that get what rests on it.
#[must_use]
pub fn of_withdrawal(centre: &Centre, purpose: Purpose, about: Option<&str>) -> Vec<Party> {
    let data = centre.catalogue.data();
    if purpose.is_per_recipient() {
        let recipient = about.and_then(|about| data.recipient(about)).filter(|recipient| is_told(recipient));
        let due = recipient.and_then(|recipient| Some((recipient, recipient.due(purpose)?)));
        let kinds = due.map(|(_, due)| due.fields.clone()).unwrap_or_default();
        // That it stood shows that the recipient may hold something.
        let party = due.map(|(one, due)| Party { id: one.id.clone(), kinds: due.fields.clone(), decides: false });
        return party.into_iter().chain(host(centre, kinds)).collect();
    }
    // One cookie of a group says nothing about what rests on the whole.
    if about.is_some() {
        return host(centre, Vec::new()).into_iter().collect();
    }
    let mut all = parties(centre, |recipient, field| {
        // What one gets by a decision of its own loses its ground only with the last ground of all.
        let own = recipient.needs_consent_for(&field.id) && !field.basis.iter().all(|basis| basis.is_consent());
        field.consent.contains(&purpose) && !own
    });
    let resting = data.fields().iter().filter(|field| field.consent.contains(&purpose));
    all.extend(host(centre, resting.map(|field| field.id.clone()).collect()));
    all
}

/// The host and every recipient that may hold something of the person, each with the data of its notice. Asked while the
/// person's keys still live. What was still to be told of the person ([`Untold`]) is told with it: so each is told by all that it
/// may know them by. Whom nothing that we hold tells who is meant, a human tells, who may look the person up by their phone.
///
/// # Errors
/// Storage or vault.
pub async fn of_erasure(centre: &Centre, caller: &Caller) -> Result<Vec<(String, Value)>, Fault> {
    let mut held: BTreeSet<_> = own::own(centre, caller).await?.into_keys().map(str::to_owned).collect();
    let mut tx = centre.data.snapshot().await?;
    held.extend(totals(&mut tx, caller.person).await?.into_iter().map(|total| total.field));
    let holders = Holders::of(&mut tx, caller).await?;
    let data = centre.catalogue.data();
    let holds = |recipient: &&Recipient| {
        let works_on_it = || data.received_by(recipient).any(|field| held.contains(&field.id));
        holders.may_hold(recipient) && (recipient.role == Role::Controller || works_on_it())
    };
    let listed = data.all_recipients().iter().filter(holds).map(|recipient| recipient.id.as_str());
    // One that the list names no more may still have been given something.
    let unlisted = holders.ids().filter(|id| is_former(centre, id));
    let untold = Untold::of(&mut tx, centre, caller).await?;
    let mut ids: Vec<_> = std::iter::once(HOST).chain(listed).chain(unlisted).collect();
    let others: Vec<_> = untold.ids().filter(|id| !ids.contains(id)).collect();
    ids.extend(others);
    let kinds = ids.iter().flat_map(|id| centre.endpoints.identify_by(id)).chain([PHONE]).collect();
    let known = Known::of(&mut tx, centre, caller, (&kinds, Of::All)).await?;
    let told = ids.iter().map(|id| {
        let mut subject = known.subject(&centre.endpoints.identify_by(id));
        untold.add(id, &mut subject);
        let data = if subject.is_empty() {
            json!({ "subject": {}, "scope": "account", LOOK_UP: known.subject(&[PHONE]) })
        } else {
            json!({ "subject": subject, "scope": "account" })
        };
        ((*id).to_owned(), data)
    });
    Ok(told.collect())
}

/// Once a recipient: neither listed now, nor the name of a cookie, which is decided one by one, too.
fn is_former(centre: &Centre, id: &str) -> bool {
    centre.catalogue.data().recipient(id).is_none() && !centre.catalogue.trackers().iter().any(|item| item.name == id)
}
