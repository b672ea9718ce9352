//! What a copy tells its person of messages: those of the centre's own that are still to go, and where the links of measured
//! mails lead.

use super::{links, outbox};
use crate::centre::Centre;
use crate::export::registers::Noted;
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// All of both.
///
/// # Errors
/// Storage or vault.
pub async fn entries(centre: &Centre, caller: &Caller) -> Result<Vec<Noted>, Fault> {
    Ok([outbox::entries(centre, caller).await?, links::entries(centre, caller).await?].concat())
}
