//! "May this message go to this person on this channel now?", and the hand-over that follows a "yes".

use std::time::Duration;

use app::accounts::model::PhoneNumber;
use app::consents::Purpose;
use app::messages::{Channel, Class, Reason, rules};
use tokio::time::{Instant, sleep, timeout_at};
use uuid::Uuid;

use super::gateways::{GatewayError, Parcel, Push};
use super::store::{self, MailKeys};
use super::{links, mail};
use crate::centre::Centre;
use crate::storage::Tx;
use crate::web::fault::Fault;

/// A message that somebody would like to send.
pub struct Draft {
    /// To whom.
    pub phone: PhoneNumber,
    /// On which way.
    pub channel: Channel,
    /// Of which kind.
    pub class: Class,
    /// A mail's subject or a push's title; an SMS has none.
    pub subject: String,
    /// What it says. A mail's is Markdown.
    pub text: String,
}

/// What became of it.
#[derive(Debug)]
pub enum Outcome {
    /// The gateway has it.
    HandedOver,
    /// It may not go.
    Refused(Reason),
    /// It may go, but the gateway did not take it.
    NotTaken(GatewayError),
}

impl Outcome {
    const fn id(&self) -> &'static str {
        match self {
            Self::HandedOver => "handed_over",
            Self::Refused(reason) => reason.id(),
            Self::NotTaken(_) => "failed",
        }
    }
}

/// Every marketing SMS says how to get no more.
const HOW_TO_STOP: &str = "拒收请回复TD";

/// Asks the gate, and on a "yes" hands the message over under it.
///
/// # Errors
/// Storage or vault: then nothing was handed over.
pub async fn send(centre: &Centre, draft: Draft) -> Result<Outcome, Fault> {
    let (channel, class) = (draft.channel, draft.class);
    let outcome = attempt(centre, draft).await?;
    centre.tally.count(channel, class, outcome.id());
    Ok(outcome)
}

async fn attempt(centre: &Centre, draft: Draft) -> Result<Outcome, Fault> {
    if !centre.gateways.has(draft.channel) {
        return Ok(Outcome::NotTaken(GatewayError::None));
    }
    let Some(person) = store::person_of(centre, &draft.phone).await? else {
        return Ok(Outcome::Refused(Reason::NoAccount));
    };
    match permit(centre, person, draft).await? {
        Ok(permit) => {
            let centre = centre.clone();
            // Apart from the caller: who hangs up does not leave a hand-over that nobody ends.
            tokio::spawn(async move { hand_over(&centre, permit).await }).await?
        }
        Err(reason) => Ok(Outcome::Refused(reason)),
    }
}

/// Leave to hand one message over, until a certain instant.
struct Permit {
    /// The hand-over, if a decision can stop it.
    id: Option<Uuid>,
    parcel: Parcel,
    until: Instant,
}

async fn permit(centre: &Centre, person: Uuid, draft: Draft) -> Result<Result<Permit, Reason>, Fault> {
    let keys = match draft.channel {
        Channel::Email => Some(MailKeys::of(centre, person).await?),
        Channel::Push | Channel::Sms => None,
    };
    let kind = (draft.channel, draft.class);
    let mut tx = centre.data.begin().await?;
    let standing = match store::look(&mut tx, centre, (person, &draft.phone), kind).await? {
        Ok(standing) => standing,
        Err(reason) => return Ok(Err(reason)),
    };
    let parcel = match keys {
        None => parcel(draft),
        Some(keys) => {
            let is_measured = draft.class == Class::Marketing && standing.allows(Purpose::MailBeacon);
            match letter(&mut tx, centre, (person, &keys), &draft, is_measured).await? {
                Some(parcel) => parcel,
                None => return Ok(Err(Reason::NoAddress)),
            }
        }
    };
    let id = store::begin(&mut tx, person, kind, centre.now()).await?;
    // Counted from before the commit, so that whoever sees the hand-over waits long enough for it.
    let until = Instant::now() + centre.gateways.patience();
    tx.commit().await?;
    Ok(Ok(Permit { id, parcel, until }))
}

fn parcel(draft: Draft) -> Parcel {
    let Draft { phone, channel, class, subject, mut text } = draft;
    if channel == Channel::Push {
        return Parcel::Push { phone, push: Push { title: subject, text } };
    }
    if class == Class::Marketing && !text.contains(HOW_TO_STOP) {
        text = format!("{text} {HOW_TO_STOP}");
    }
    Parcel::Sms { id: Uuid::now_v7(), phone, text }
}

/// The mail, with its links as the person's decisions allow; none without an address.
async fn letter(
    tx: &mut Tx,
    centre: &Centre,
    (person, keys): (Uuid, &MailKeys),
    draft: &Draft,
    is_measured: bool,
) -> Result<Option<Parcel>, Fault> {
    let Some(to) = store::address(tx, &keys.records, person).await? else { return Ok(None) };
    let mut letter = mail::Letter::read(&draft.subject, &draft.text);
    if is_measured {
        links::measure(tx, centre, (person, &keys.links), &mut letter).await?;
    }
    if draft.class == Class::Marketing {
        letter.unsubscribe = Some(links::unsubscribe(tx, centre, person, Channel::Email).await?);
    }
    Ok(Some(Parcel::Mail(letter.write(to))))
}

async fn hand_over(centre: &Centre, permit: Permit) -> Result<Outcome, Fault> {
    let taken = take(centre, &permit).await;
    if let Some(id) = permit.id {
        // A failure has logged itself; the message is gone or not all the same, and an opt-out waits no longer than it must.
        drop(store::end(centre, &[id]).await);
    }
    Ok(match taken {
        Ok(()) => Outcome::HandedOver,
        Err(error) => {
            tracing::error!(%error, "a message was not accepted by its gateway");
            Outcome::NotTaken(error)
        }
    })
}

async fn take(centre: &Centre, permit: &Permit) -> Result<(), GatewayError> {
    // A timeout looks at what it times before it looks at the clock.
    if permit.until <= Instant::now() {
        return Err(GatewayError::TooSlow);
    }
    timeout_at(permit.until, centre.gateways.take(&permit.parcel)).await.unwrap_or(Err(GatewayError::TooSlow))
}

/// Sends a code or a notice of the centre's own by SMS: what keeps an account safe, also to a phone that has none yet. The
/// answer does not wait for it.
pub fn send_code(centre: &Centre, phone: PhoneNumber, text: String) {
    let centre = centre.clone();
    tokio::spawn(async move {
        drop(send_own(&centre, Uuid::now_v7(), phone, text).await);
    });
}

/// Hands a message of the centre's own over and waits for the gateway's answer. False: it did not take it.
///
/// # Errors
/// Storage.
pub async fn send_own(centre: &Centre, id: Uuid, phone: PhoneNumber, text: String) -> Result<bool, Fault> {
    let parcel = Parcel::Sms { id, phone, text };
    let permit = Permit { id: None, parcel, until: Instant::now() + centre.gateways.patience() };
    let outcome = hand_over(centre, permit).await?;
    centre.tally.count(Channel::Sms, Class::Security, outcome.id());
    Ok(matches!(outcome, Outcome::HandedOver))
}

/// Waits until nothing is being handed over any more that a "no" to `purpose`, committed just now, closes.
///
/// # Errors
/// Storage.
pub async fn settle(centre: &Centre, person: Uuid, purpose: Purpose) -> Result<(), Fault> {
    wait_for(centre, person, &rules::stops(purpose)).await
}

/// Waits until nothing at all is being handed over any more: the account is being cancelled.
///
/// # Errors
/// Storage.
pub async fn settle_all(centre: &Centre, person: Uuid) -> Result<(), Fault> {
    wait_for(centre, person, Purpose::ALL).await
}

/// Milliseconds between two looks: at first few, since most hand-overs are quick.
const PAUSES: [u64; 5] = [2, 5, 10, 20, 50];
const LONGEST_PAUSE: u64 = 100;
/// A cut-off may come a little late, on a machine that is busy.
const GRACE: Duration = Duration::from_millis(250);

async fn wait_for(centre: &Centre, person: Uuid, purposes: &[Purpose]) -> Result<(), Fault> {
    if purposes.is_empty() {
        return Ok(());
    }
    // What began before the "no" was committed is over by then, or was cut off.
    let until = Instant::now() + centre.gateways.patience() + GRACE;
    let mut waited_for = store::under_way(centre, person, purposes).await?;
    let mut pauses = PAUSES.into_iter();
    while !waited_for.is_empty() {
        if Instant::now() >= until {
            // Its server died: what stands here is only its trace.
            return store::end(centre, &waited_for).await;
        }
        sleep(Duration::from_millis(pauses.next().unwrap_or(LONGEST_PAUSE))).await;
        let open = store::under_way(centre, person, purposes).await?;
        // Who has agreed again meanwhile may get messages again.
        waited_for.retain(|id| open.contains(id));
    }
    Ok(())
}
