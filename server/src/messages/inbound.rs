//! A reply to an SMS, as the operator's SMS provider passes it on.

use app::accounts::model::PhoneNumber;
use app::consents::{Decision, Purpose};
use app::messages::rules::is_opt_out;

use super::{gate, store};
use crate::accounts::store::caller_of;
use crate::centre::Centre;
use crate::consents::store::{self as consents, By};
use crate::web::fault::Fault;

/// Where the decision was made, in the ledger.
const SURFACE: &str = "sms-reply";
/// Said once, when something changed.
const CONFIRMATION: &str = "【一点生活】已退订营销短信，立即生效。验证码和账号安全提醒照常。";

/// Nobody's "no" is refused.
#[derive(Debug, thiserror::Error)]
#[error("an opt-out was refused")]
pub struct Refused;

/// Closes marketing by SMS if the reply says so. Anything else, and a phone that nobody has, is passed over.
///
/// # Errors
/// Storage or vault; the provider sends it again.
pub async fn reply(centre: &Centre, phone: PhoneNumber, text: &str) -> Result<(), Fault> {
    if !is_opt_out(text) {
        return Ok(());
    }
    let Some(person) = store::person_of(centre, &phone).await? else { return Ok(()) };
    let caller = caller_of(centre, person).await?;
    let no = Decision { purpose: Purpose::MarketingSms, granted: false };
    let changes = consents::decide_by(centre, &caller, (no, By::SmsReply), SURFACE, false, centre.now()).await?;
    if !changes.map_err(|_| Refused)?.is_empty() {
        gate::send_code(centre, phone, CONFIRMATION.to_owned());
    }
    Ok(())
}
