//! What a copy tells its person of messages: those of the centre's own that are still to go, replies that wait for a human, and
//! where the links of measured mails lead.

use super::{links, outbox, replies};
use crate::centre::Centre;
use crate::export::registers::Noted;
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// All of them.
///
/// # Errors
/// Storage or vault.
pub async fn entries(centre: &Centre, caller: &Caller) -> Result<Vec<Noted>, Fault> {
    let messages = [outbox::entries(centre, caller).await?, replies::entries(centre, caller).await?];
    Ok([messages.concat(), links::entries(centre, caller).await?].concat())
}
