//! `check`: is this configuration and catalogue fit to run? Says what is wrong, touches nothing.

use app::menu::{Access, PLACES};

use crate::catalogue::Catalogue;
use crate::config::Config;
use crate::open::{OpenError, fit, master_key};

/// Looks at everything that a start would need, without starting.
///
/// # Errors
/// The first thing that is wrong.
pub fn check(config: &Config, demo: bool) -> Result<(), OpenError> {
    Catalogue::load(config.catalogue.folder.as_deref())?;
    fit(config)?;
    if !demo {
        master_key(config, false)?;
        if config.sms.gateway_url.is_none() {
            return Err(OpenError::NoSms);
        }
    }
    Ok(())
}

/// Every page, in screen order: path, label, who may open it.
#[must_use]
pub fn paths() -> Vec<String> {
    let who = |access| match access {
        Access::Anyone => "anyone",
        Access::SignedIn => "signed-in",
        Access::SteppedUp => "stepped-up",
        Access::Waiting => "waiting",
        Access::Demo => "demo",
    };
    PLACES.iter().map(|p| p.entry()).map(|e| format!("{}\t{}\t{}", e.path, e.label, who(e.access))).collect()
}
