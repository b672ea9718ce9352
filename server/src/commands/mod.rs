//! What each command does: its words and flags, then its work. They belong to the program; the library knows nothing of them.
//!
//! | to find | look in |
//! |---|---|
//! | `serve` | `serve.rs` |
//! | `migrate` | `migrate.rs` |
//! | `import`, `seed` | `import.rs`, `seed.rs` |
//! | the officer's `requests`, `proof`, `ask`, `answer` | `officer.rs` |
//! | the officer's `guardian` | `guardian.rs` |
//! | `reply`, and what `requests` shows of replies to SMS | `replies.rs` |
//! | `deliveries` | `deliveries.rs` |
//! | `legal-hold` | `legal_hold.rs` |
//! | `verify-ledger` | `ledger.rs` |
//! | `backup`, `backup-keys`, `restore`, `restore-keys`, `rotate-keys`, `drill` | `backups.rs` |
//! | `check` | `check.rs` |
//!
//! The log is started before any of them, and what one opens is closed by [`on_centre`], [`on`] or [`on_databases`].

pub mod backups;
pub mod check;
pub mod deliveries;
pub mod guardian;
pub mod import;
pub mod ledger;
pub mod legal_hold;
pub mod migrate;
pub mod officer;
pub mod replies;
pub mod seed;
pub mod serve;

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use server::centre::Centre;
use server::config::{Config, LogFormat};
use server::open;
use server::storage::Db;
use tracing_subscriber::EnvFilter;

/// What comes of a command: its exit code, or words for who typed it.
pub type Outcome<T = ExitCode> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// In place of a fault, whose cause is not for the screen.
pub const LOG_SAYS_WHY: &str = "it failed; the log says why";

/// The log goes to standard error.
pub fn start_log(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A log whose own disk is full must not end what it tells of: to say so, it would panic.
    let log = log.log_internal_errors(false);
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
}

/// Opens the whole centre, works on it, and closes it. Meanwhile nobody restores its databases or rotates its keys.
pub async fn on_centre<T>(config: &Config, demo: bool, work: impl AsyncFnOnce(&Centre) -> Outcome<T>) -> Outcome<T> {
    on(open::centre_for_command(config, demo).await?, work).await
}

/// Works on a centre, and closes it whatever comes of that.
pub async fn on<T>(centre: Centre, work: impl AsyncFnOnce(&Centre) -> Outcome<T>) -> Outcome<T> {
    let outcome = work(&centre).await;
    centre.close().await;
    outcome
}

/// Works on the data and the keys alone, and closes them whatever comes of that.
pub async fn on_databases<T>((data, keys): (Db, Db), work: impl AsyncFnOnce(&Db, &Db) -> Outcome<T>) -> Outcome<T> {
    let outcome = work(&data, &keys).await;
    data.close().await;
    keys.close().await;
    outcome
}

/// For the person (or script) who typed the command; the log goes to standard error. A reader who has gone away is no
/// reason to stop.
pub fn say(line: &str) {
    drop(writeln!(std::io::stdout(), "{line}"));
}

/// A bar on a terminal, and nothing elsewhere.
fn progress_bar(length: u64, template: &str) -> Outcome<ProgressBar> {
    Ok(ProgressBar::new(length).with_style(ProgressStyle::with_template(template)?))
}

/// A file with personal data: nobody else may read it.
fn private_file(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(path)
}
