//! A reply to an SMS, as the operator's SMS provider passes it on.

use app::accounts::model::PhoneNumber;
use app::consents::{Decision, Purpose};
use app::messages::opt_out::{is_opt_out, says_something};
use app::time::Moment;

use super::{gate, replies, store};
use crate::accounts::store::{caller_of, identity};
use crate::centre::Centre;
use crate::consents::store::{self as consents, By};
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// Where the decision was made, in the ledger.
const SURFACE: &str = "sms-reply";
/// Said once, when something changed.
const CONFIRMATION: &str = "【一点生活】已退订营销短信，立即生效。验证码和账号安全提醒照常。";

/// Nobody's "no" is refused.
#[derive(Debug, thiserror::Error)]
#[error("an opt-out was refused")]
pub struct Refused;

/// What becomes of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It says "no", and marketing by SMS is closed.
    OptOut,
    /// Nobody knows what it says: it waits for a human, and no marketing goes to that number until then.
    Waits,
    /// Its number has no account here: no marketing goes there, and nothing is kept.
    NoAccount,
    /// It says nothing at all.
    Nothing,
}

impl Heard {
    /// What it is counted as.
    pub(super) const fn id(self) -> &'static str {
        match self {
            Self::OptOut => "opt_out",
            Self::Waits => "waits",
            Self::NoAccount => "no_account",
            Self::Nothing => "nothing",
        }
    }
}

/// Closes marketing by SMS if the reply can mean only "no"; holds it up, and keeps the reply for a human, if it may mean anything
/// else. `id` is the provider's own for the reply, if it has one.
///
/// # Errors
/// Storage or vault; the provider sends it again.
pub async fn reply(centre: &Centre, phone: &PhoneNumber, id: Option<&str>, text: &str) -> Result<Heard, Fault> {
    if !says_something(text) {
        return Ok(Heard::Nothing);
    }
    let Some(person) = store::person_of(centre, phone).await? else { return Ok(Heard::NoAccount) };
    let caller = caller_of(centre, person).await?;
    if !is_opt_out(text) {
        replies::keep(centre, &caller, (id, text)).await?;
        return Ok(Heard::Waits);
    }
    opt_out(centre, &caller, centre.now()).await?;
    Ok(Heard::OptOut)
}

/// Closes marketing by SMS as its person said by a reply, and tells them once.
///
/// # Errors
/// Storage or vault.
pub(super) async fn opt_out(centre: &Centre, caller: &Caller, now: Moment) -> Result<(), Fault> {
    let no = Decision { purpose: Purpose::MarketingSms, granted: false };
    let changes = consents::decide_by(centre, caller, (no, By::SmsReply), SURFACE, false, now).await?;
    if !changes.map_err(|_| Refused)?.is_empty() {
        let phone = identity(centre, caller).await?.phone;
        gate::send_code(centre, phone, CONFIRMATION.to_owned());
    }
    Ok(())
}
