//! `backup`, `backup-keys`, `restore`, `restore-keys`, `rotate-keys` and `drill`: taking, putting back, what ends older backups of
//! the keys, and the trial.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use server::backup::{self, Manifest, Restored, drill, rotation};
use server::clock::{Clock as _, SystemClock};
use server::config::Config;
use server::open;

use super::{Outcome, on_databases, say};

/// Back the data up into a folder of its own, while the server runs. No key is in it.
#[derive(Args)]
pub struct Backup {
    /// The folder; it must be new or empty.
    folder: PathBuf,
}

impl Backup {
    pub async fn run(self, config: &Config) -> Outcome {
        let Self { folder } = self;
        let taken = on_databases(open::unmigrated(config).await?, async |data, keys| {
            Ok(backup::take(data, keys, &folder, SystemClock.now()).await?)
        });
        say(&format!("{}: {}", folder.display(), contents(&taken.await?)));
        Ok(ExitCode::SUCCESS)
    }
}

/// Back the keys up, wrapped as they are stored, into another folder: never keep it with a backup of the data.
#[derive(Args)]
pub struct BackupKeys {
    /// The folder; it must be new or empty.
    folder: PathBuf,
}

impl BackupKeys {
    pub async fn run(self, config: &Config) -> Outcome {
        let Self { folder } = self;
        let taken = on_databases(open::unmigrated(config).await?, async |_, keys| {
            Ok(backup::take_keys(keys, &folder, SystemClock.now()).await?)
        });
        let contents = contents(&taken.await?);
        say(&format!("{}: {contents}; keep it apart from every backup of the data", folder.display()));
        Ok(ExitCode::SUCCESS)
    }
}

/// Put a backup of the data back. The next start replays what was erased and taken back since, before anybody is served.
#[derive(Args)]
pub struct Restore {
    /// The backup's folder.
    folder: PathBuf,
    /// Even if the database is not empty: what is in it is lost.
    #[arg(long)]
    replace: bool,
}

impl Restore {
    pub async fn run(self, config: &Config) -> Outcome {
        // Once it is closed, the file is whole without its write-ahead log, and what was in it before is nowhere.
        let restored = on_databases(open::to_restore(config).await?, async |data, keys| {
            Ok(backup::restore(data, keys, &self.folder, self.replace).await?)
        });
        tell(&restored.await?, "the next start replays what came after, before anybody is served");
        Ok(ExitCode::SUCCESS)
    }
}

/// Put a backup of the keys back. What was destroyed since stays destroyed, as far as any log that is left knows.
#[derive(Args)]
pub struct RestoreKeys {
    /// The backup's folder.
    folder: PathBuf,
    /// Even if the key store is not empty: keys that the backup has not are lost, and with them what they sealed.
    #[arg(long)]
    replace: bool,
}

impl RestoreKeys {
    pub async fn run(self, config: &Config) -> Outcome {
        let restored = on_databases(open::to_restore(config).await?, async |_, keys| {
            Ok(backup::restore_keys(keys, &self.folder, self.replace).await?)
        });
        tell(&restored.await?, "now restore the data, or start");
        Ok(ExitCode::SUCCESS)
    }
}

/// Wrap every key anew under a fresh root key and another master key. Once the old master key is destroyed, no older backup
/// of the keys opens any more. Stop every server first.
#[derive(Args)]
pub struct RotateKeys {
    /// A file with the new master key: 32 random bytes in base64.
    #[arg(long, value_name = "FILE")]
    new_master_key_file: PathBuf,
    /// The old one is the demo's master key.
    #[arg(long)]
    demo: bool,
}

impl RotateKeys {
    pub async fn run(self, config: &Config) -> Outcome {
        let Self { new_master_key_file: new, demo } = self;
        let old = open::master_key(config, demo)?;
        let rotated = rotation::rotate(config, &old, &new, demo).await?;
        say(&format!("{} keys are wrapped anew; the key store opens with {} only", rotated.keys, new.display()));
        if demo && open::demo_key_file(config).is_some() {
            say("the demo's own master key is replaced by it: start as before");
            return Ok(ExitCode::SUCCESS);
        }
        say("now: 1. configure it in place of the old master key, and keep a copy apart from every backup");
        say("     2. start, and take backup-keys anew");
        say(
            "     3. destroy the old master key, wherever it is, and with it every older backup of the keys: none opens any more",
        );
        Ok(ExitCode::SUCCESS)
    }
}

/// Try backup, restore and replay on a throw-away copy, and print what that proved. The live data is only read.
#[derive(Args)]
pub struct Drill {
    /// Where there is room for three copies. Default: the system's folder for temporary files.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// With the demo's master key.
    #[arg(long)]
    demo: bool,
}

impl Drill {
    pub async fn run(self, config: &Config) -> Outcome {
        let Self { folder, demo } = self;
        on_databases(open::unmigrated(config).await?, async |data, keys| {
            let master = open::master_key(config, demo)?;
            let drill = drill::Drill { live: (data, keys), config, master: &master, clock: Arc::new(SystemClock) };
            drill.run(&folder.unwrap_or_else(std::env::temp_dir), say).await?;
            Ok(ExitCode::SUCCESS)
        })
        .await
    }
}

/// What a backup holds, in one line.
fn contents(manifest: &Manifest) -> String {
    let rows: u64 = manifest.tables.iter().map(|file| file.rows).sum();
    format!("{rows} rows of {} tables, as of {}", manifest.tables.len(), manifest.made_at)
}

fn tell(restored: &Restored, next: &str) {
    let Restored { manifest, entries, destroyed, .. } = restored;
    say(&format!("restored: {}", contents(manifest)));
    say(&format!("its logs had {entries} entries that were not here, and ended {destroyed} keys; {next}"));
}
