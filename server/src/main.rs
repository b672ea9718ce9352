//! The `privacy-centre` command.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use axum::serve::ListenerExt as _;
use clap::{Args, Parser, Subcommand};
use server::config::{Config, LogFormat};
use server::{check, ledger, open, schedule, web};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

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

#[derive(Subcommand)]
enum Command {
    /// Serve the pages.
    Serve {
        /// Try it out: demo people, a mailbox page in place of SMS, a master key made on the first start.
        #[arg(long)]
        demo: bool,
        /// Address and port; port 0 takes a free one.
        #[arg(long)]
        listen: Option<String>,
    },
    /// Bring both databases to the present schema.
    Migrate,
    /// Prove that no event of the ledger was changed, removed or reordered.
    VerifyLedger {
        /// With the demo's master key.
        #[arg(long)]
        demo: bool,
    },
    /// Look at configuration and catalogue without starting.
    Check {
        /// As `serve --demo` would.
        #[arg(long)]
        demo: bool,
        /// Print path, label and access of every page.
        #[arg(long)]
        print_paths: bool,
    },
}

type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("privacy-centre: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Outcome {
    let mut config = Config::load(cli.common.config.as_deref())?;
    if let Some(folder) = &cli.common.data {
        config.keep_data_under(folder);
    }
    match cli.command {
        Command::Serve { demo, listen } => {
            if let Some(listen) = listen {
                config.server.listen = listen;
            }
            serve(&config, demo).await
        }
        Command::Migrate => {
            open::databases(&config).await?;
            say("both databases have the present schema");
            Ok(())
        }
        Command::VerifyLedger { demo } => verify_ledger(&config, demo).await,
        Command::Check { demo, print_paths } => {
            if print_paths {
                check::paths().iter().for_each(|line| say(line));
                return Ok(());
            }
            check::check(&config, demo)?;
            say("configuration and catalogue are fit to run");
            Ok(())
        }
    }
}

/// For the person (or script) who typed the command; the log goes to standard error. A reader who has gone away is no
/// reason to stop.
fn say(line: &str) {
    use std::io::Write as _;
    drop(writeln!(std::io::stdout(), "{line}"));
}

fn start_log(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
}

async fn serve(config: &Config, demo: bool) -> Outcome {
    start_log(config.server.log_format);
    let centre = open::centre(config, demo).await?;
    if demo {
        server::seed::seed(&centre).await.map_err(|_| "the demo people could not be made; the log says why")?;
    }
    let jobs = schedule::start(&centre);
    let listener = TcpListener::bind(&config.server.listen).await?;
    let address = listener.local_addr()?;
    // Without TCP_NODELAY a page's last packet waits for the first one's acknowledgement.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::warn!(%error, "TCP_NODELAY could not be set");
        }
    });
    say(&format!("listening on http://{address}"));
    if demo {
        say("demo account: 13800138000, password yidian-demo-2026");
    }
    let app = web::build_router(&centre).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).with_graceful_shutdown(asked_to_stop()).await?;
    drop(jobs);
    centre.data.close().await;
    Ok(())
}

async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupt = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! { _ = interrupt => {}, _ = terminate.recv() => {} }
        }
        Err(_) => drop(interrupt.await),
    }
    tracing::info!("asked to stop: finishing what is under way");
}

async fn verify_ledger(config: &Config, demo: bool) -> Outcome {
    let (data, keys) = open::databases(config).await?;
    let clock = server::clock::SystemClock;
    let master = open::master_key(config, demo)?;
    let vault = server::vault::Vault::open(keys, &master, server::clock::Clock::now(&clock)).await?;
    let verifier = open::signer(&vault, config, &clock).await?.verifier();
    match ledger::verify(&data, &verifier).await? {
        Ok(verified) => {
            say(&format!("the ledger is whole: {verified}"));
            Ok(())
        }
        Err(findings) => {
            findings.iter().for_each(|finding| say(&finding.to_string()));
            Err(format!("the ledger is NOT whole: {} findings", findings.len()).into())
        }
    }
}
