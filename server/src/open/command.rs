//! Opening for a command, which an operator types beside servers or where none runs.
//!
//! Data that was put back to an earlier state is brought up before anything is done with it, by a command as by a start: what was
//! erased or taken back since must be neither read nor answered. But to bring it up signs everybody out and ends what is under
//! way. So a command does it only where nobody else uses the databases, as on a machine where a backup was just restored; beside
//! a server, which would be serving the old state, it refuses and says what to do.

use crate::catalogue::Catalogue;
use crate::centre::Centre;
use crate::config::Config;
use crate::ledger;
use crate::replay;
use crate::storage::Db;

use super::{OpenError, Outside, Prepared, assemble, clock, databases, held, master_key};

/// Both databases at the present schema, for a command; until they are closed, nobody puts another state in their place.
///
/// # Errors
/// [`OpenError`]; then they are closed.
pub async fn databases_for_command(config: &Config, demo: bool) -> Result<(Db, Db), OpenError> {
    if let Some(opened) = up_to_date(config).await? {
        return Ok(opened);
    }
    let (data, keys) = databases(config).await?;
    let brought_up = bring_up(config, demo, (&data, &keys)).await;
    close(data, keys).await;
    brought_up?;
    // In between somebody else may have put another state there.
    up_to_date(config).await?.ok_or(OpenError::Behind)
}

/// The whole centre for a command.
///
/// # Errors
/// [`OpenError`].
pub async fn centre_for_command(config: &Config, demo: bool) -> Result<Centre, OpenError> {
    let prepared = Prepared::of(config, demo)?;
    let databases = databases_for_command(config, demo).await?;
    prepared.put_together(config, demo, databases).await
}

/// Both databases, held; none: they must be brought up first.
async fn up_to_date(config: &Config) -> Result<Option<(Db, Db)>, OpenError> {
    let (data, keys) = held(config).await?;
    let lags = lags(&data, &keys).await;
    if matches!(lags, Ok(false)) {
        return Ok(Some((data, keys)));
    }
    close(data, keys).await;
    lags.map(|_| None)
}

async fn bring_up(config: &Config, demo: bool, (data, keys): (&Db, &Db)) -> Result<(), OpenError> {
    let failed = |which| move |e| OpenError::Storage(which, e);
    let _alone = [
        data.hold_alone().await.map_err(failed("data"))?.ok_or(OpenError::Behind)?,
        keys.hold_alone().await.map_err(failed("keys"))?.ok_or(OpenError::Behind)?,
    ];
    let master = master_key(config, demo)?;
    let catalogue = Catalogue::load(config.catalogue.folder.as_deref())?;
    // Messages wait for a server.
    let outside = Outside::nowhere(clock(data, demo).await?);
    let centre = assemble(config, catalogue, (data.clone(), keys.clone()), &master, outside).await?;
    replay::catch_up(&centre).await?;
    Ok(())
}

async fn close(data: Db, keys: Db) {
    data.close().await;
    keys.close().await;
}

async fn lags(data: &Db, keys: &Db) -> Result<bool, OpenError> {
    let failed = |e| OpenError::Storage("data", e);
    Ok(replay::lags(data, keys).await.map_err(failed)? || !ledger::goes_on(data, keys).await.map_err(failed)?)
}
