//! The `privacy-centre` command: what can be typed. What each does stands in `commands/`, one file per subject.

mod commands;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use commands::{
    Outcome, backups, check, deliveries, guardian, import, ledger, legal_hold, migrate, officer, replies, seed, serve,
};
use server::config::Config;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The privacy centre of 一点生活-live: 我的 → 设置.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
struct Common {
    /// Settings as TOML. Default: privacy-centre.toml, if it is there.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    /// Keep SQLite databases under this folder.
    #[arg(long, global = true)]
    data: Option<PathBuf>,
}

/// In the order of `--help`, which shows the words of each one's own type.
#[derive(Subcommand)]
enum Command {
    Serve(serve::Serve),
    Migrate(migrate::Migrate),
    Import(import::Import),
    Seed(seed::Seed),
    Requests(officer::Requests),
    Proof(officer::Proof),
    Ask(officer::Ask),
    Answer(officer::Answer),
    Guardian(guardian::Guardian),
    Reply(replies::Reply),
    Deliveries(deliveries::Deliveries),
    LegalHold(legal_hold::LegalHold),
    VerifyLedger(ledger::VerifyLedger),
    Backup(backups::Backup),
    BackupKeys(backups::BackupKeys),
    Restore(backups::Restore),
    RestoreKeys(backups::RestoreKeys),
    RotateKeys(backups::RotateKeys),
    Drill(backups::Drill),
    Check(check::Check),
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("privacy-centre: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(Cli { common, command }: Cli) -> Outcome {
    let mut config = Config::load(common.config.as_deref())?;
    if let Some(folder) = &common.data {
        config.keep_data_under(folder);
    }
    if !matches!(command, Command::Serve(_)) {
        config.as_of_a_command();
    }
    // Here and nowhere else: whatever a command does, what fails in it has said why.
    commands::start_log(config.server.log_format);
    match command {
        Command::Serve(serve) => serve.run(config).await,
        Command::Migrate(migrate) => migrate.run(&config).await,
        Command::Import(import) => import.run(&config).await,
        Command::Seed(seed) => seed.run(&config).await,
        Command::Requests(requests) => requests.run(&config).await,
        Command::Proof(proof) => proof.run(&config).await,
        Command::Ask(ask) => ask.run(&config).await,
        Command::Answer(answer) => answer.run(&config).await,
        Command::Guardian(guardian) => guardian.run(&config).await,
        Command::Reply(reply) => reply.run(&config).await,
        Command::Deliveries(deliveries) => deliveries.run(&config).await,
        Command::LegalHold(legal_hold) => legal_hold.run(&config).await,
        Command::VerifyLedger(ledger) => ledger.run(&config).await,
        Command::Backup(backup) => backup.run(&config).await,
        Command::BackupKeys(backup) => backup.run(&config).await,
        Command::Restore(restore) => restore.run(&config).await,
        Command::RestoreKeys(restore) => restore.run(&config).await,
        Command::RotateKeys(rotate) => rotate.run(&config).await,
        Command::Drill(drill) => drill.run(&config).await,
        Command::Check(check) => check.run(&config),
    }
}
