//! The `privacy-centre` command.

use std::fs::{File, OpenOptions};
use std::future::IntoFuture as _;
use std::io::{BufRead, BufReader, BufWriter, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use app::relatives::model::rights_words;
use app::requests::model::Ground;
use axum::serve::ListenerExt as _;
use clap::{Args, Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use server::backup::drill::Drill;
use server::backup::{self, Manifest, Restored, rotation};
use server::catalogue::Catalogue;
use server::centre::Centre;
use server::clock::{Clock as _, SystemClock};
use server::config::{Config, LogFormat};
use server::population::{self, Size};
use server::records::import;
use server::relatives;
use server::requests::officer;
use server::requests::store::Verdict;
use server::web::starting::Doors;
use server::webhooks::operator::{self, Need};
use server::{check, ledger, legal_hold, open, schedule, web};
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
    /// Take a host's records and disclosures, one JSON object a line. Lines that can't be taken are written apart, with number
    /// and reason, and the exit code is 3; it is 4 if a disclosure names a consent that did not stand at its time. Running it
    /// again changes nothing that is there.
    Import {
        /// The file; - reads from standard input.
        file: PathBuf,
        /// Where lines go that can't be taken. Default: FILE.rejected, or rejected.ndjson for standard input.
        #[arg(long)]
        rejected: Option<PathBuf>,
        /// With the demo's master key.
        #[arg(long)]
        demo: bool,
    },
    /// Make a realistic population for trying out: people with records of every kind, the same for the same seed.
    Seed {
        /// How many people.
        #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
        people: u64,
        /// How many records, over all people.
        #[arg(long)]
        records: u64,
        /// Another seed is another population.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Write the records into this file as lines for `import`, and none into the database.
        #[arg(long)]
        write: Option<PathBuf>,
    },
    /// The officer's list: every request that waits for an answer, the most urgent first. Prints what people wrote.
    Requests {
        /// With the demo's master key.
        #[arg(long)]
        demo: bool,
    },
    /// The officer looks at a close relative's request: writes the proof into files that nobody else may read, and says whether
    /// the account is there and what the person who has died arranged. That it was looked at is an event.
    Proof {
        /// Its number, as `requests` prints it.
        number: String,
        /// A folder for the files; made if it is not there. Delete it when you have looked.
        folder: PathBuf,
        /// With the demo's master key.
        #[arg(long)]
        demo: bool,
    },
    /// The officer asks a close relative for more proof. Their request waits for it, and ends if it does not come.
    Ask {
        /// Its number, as `requests` prints it.
        number: String,
        /// What is asked, as the person reads it.
        words: String,
        /// With the demo's master key.
        #[arg(long)]
        demo: bool,
    },
    /// The officer answers a request. A granted correction is carried out with it.
    Answer {
        /// Its number, as `requests` prints it.
        number: String,
        /// What the person reads.
        words: String,
        /// Refuse it, on this ground.
        #[arg(long)]
        deny: Option<String>,
        /// Who answers, as the person reads it. A review of what a program decided (人工复核) and a close relative's request
        /// (近亲属) are answered by a human with a name.
        #[arg(long)]
        reviewer: Option<String>,
        /// With the demo's master key.
        #[arg(long)]
        demo: bool,
    },
    /// What recipients are to be told and have not done yet, the most pressing first. Names nobody; --show does, and leaves an event.
    /// The exit code is 5 while something did not arrive or is overdue.
    Deliveries {
        /// Try this one again, now and as often as at first.
        #[arg(long, value_name = "ID", conflicts_with_all = ["done", "show"])]
        retry: Option<String>,
        /// Its recipient was told by hand, and has said that it is done.
        #[arg(long, value_name = "ID", conflicts_with = "show")]
        done: Option<String>,
        /// Print what its recipient is to be told: it names a person.
        #[arg(long, value_name = "ID")]
        show: Option<String>,
        /// With the demo's master key.
        #[arg(long)]
        demo: bool,
    },
    /// Read what a law still keeps of somebody who has left: for a court, the tax office or a regulator, and for nobody else.
    /// Prints it whole; leaves an event in the ledger first.
    LegalHold {
        /// The phone number that the account had.
        #[arg(long)]
        phone: String,
        /// Which authority asks, and under which number. Stands in the ledger for ever: no names, no phone or ID numbers.
        #[arg(long)]
        reason: String,
        /// With the demo's master key.
        #[arg(long)]
        demo: bool,
    },
    /// Prove that no event of the ledger was changed, removed or reordered.
    VerifyLedger {
        /// With the demo's master key.
        #[arg(long)]
        demo: bool,
    },
    /// Back the data up into a folder of its own, while the server runs. No key is in it.
    Backup {
        /// The folder; it must be new or empty.
        folder: PathBuf,
    },
    /// Back the keys up, wrapped as they are stored, into another folder: never keep it with a backup of the data.
    BackupKeys {
        /// The folder; it must be new or empty.
        folder: PathBuf,
    },
    /// Put a backup of the data back. The next start replays what was erased and taken back since, before anybody is served.
    Restore {
        /// The backup's folder.
        folder: PathBuf,
        /// Even if the database is not empty: what is in it is lost.
        #[arg(long)]
        replace: bool,
    },
    /// Put a backup of the keys back. What was destroyed since stays destroyed, as far as any log that is left knows.
    RestoreKeys {
        /// The backup's folder.
        folder: PathBuf,
        /// Even if the key store is not empty: keys that the backup has not are lost, and with them what they sealed.
        #[arg(long)]
        replace: bool,
    },
    /// Wrap every key anew under a fresh root key and another master key. Once the old master key is destroyed, no older backup
    /// of the keys opens any more. Stop every server first.
    RotateKeys {
        /// A file with the new master key: 32 random bytes in base64.
        #[arg(long, value_name = "FILE")]
        new_master_key_file: PathBuf,
        /// The old one is the demo's master key.
        #[arg(long)]
        demo: bool,
    },
    /// Try backup, restore and replay on a throw-away copy, and print what that proved. The live data is only read.
    Drill {
        /// Where there is room for three copies. Default: the system's folder for temporary files.
        #[arg(long)]
        folder: Option<PathBuf>,
        /// With the demo's master key.
        #[arg(long)]
        demo: bool,
    },
    /// Look at configuration and catalogue without starting.
    Check {
        /// As `serve --demo` would.
        #[arg(long)]
        demo: bool,
        /// Print every clause of the policy with its control, its kinds of data and its browser test.
        #[arg(long)]
        print_clauses: bool,
        /// Print path, label and access of every page.
        #[arg(long)]
        print_paths: bool,
        /// Print every cookie, storage key, pixel and beacon there may be, with its group.
        #[arg(long)]
        print_trackers: bool,
    },
}

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A recipient was not told, or has not done in time what it was told.
const SOME_PRESSING: u8 = 5;
/// Some lines of an import were not taken.
const SOME_REJECTED: u8 = 3;
/// An import has told of disclosures that name a consent which did not stand.
const SOME_UNFOUNDED: u8 = 4;

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

async fn run(cli: Cli) -> Outcome<ExitCode> {
    let mut config = Config::load(cli.common.config.as_deref())?;
    if let Some(folder) = &cli.common.data {
        config.keep_data_under(folder);
    }
    match cli.command {
        Command::Serve { demo, listen } => {
            if let Some(listen) = listen {
                config.server.listen = listen;
            }
            serve(&config, demo).await?;
        }
        Command::Migrate => {
            open::databases(&config).await?;
            say("both databases have the present schema");
        }
        Command::Import { file, rejected, demo } => return import(&config, &file, rejected, demo).await,
        Command::Seed { people, records, seed, write } => {
            populate(&config, Size { first: 0, people, records, seed }, write.as_deref()).await?;
        }
        Command::Requests { demo } => list_requests(&config, demo).await?,
        Command::Proof { number, folder, demo } => look(&config, &number, &folder, demo).await?,
        Command::Ask { number, words, demo } => {
            let centre = open::centre(&config, demo).await?;
            let asked = relatives::officer::ask(&centre, &number, &words, centre.now()).await;
            asked.map_err(|_| LOG_SAYS_WHY)??;
            say(&format!("asked {number}"));
        }
        Command::Answer { number, words, deny, reviewer, demo } => {
            let verdict = match deny {
                None => Verdict::Fulfilled(words),
                Some(ground) => Verdict::Denied(ground_of(&ground)?, words),
            };
            let centre = open::centre(&config, demo).await?;
            let answered = officer::answer_by(&centre, &number, &verdict, reviewer.as_deref(), centre.now());
            answered.await.map_err(|_| LOG_SAYS_WHY)??;
            say(&format!("answered {number}"));
        }
        Command::Deliveries { retry, done, show, demo } => {
            start_log(config.server.log_format);
            let centre = open::centre(&config, demo).await?;
            return deliveries(&centre, retry, done, show).await;
        }
        Command::LegalHold { phone, reason, demo } => read_legal_hold(&config, &phone, &reason, demo).await?,
        Command::VerifyLedger { demo } => verify_ledger(&config, demo).await?,
        Command::Backup { folder } => {
            let (data, keys) = open::unmigrated(&config).await?;
            let taken = backup::take(&data, &keys, &folder, SystemClock.now()).await?;
            say(&format!("{}: {}", folder.display(), contents(&taken)));
        }
        Command::BackupKeys { folder } => {
            let (_, keys) = open::unmigrated(&config).await?;
            let taken = backup::take_keys(&keys, &folder, SystemClock.now()).await?;
            say(&format!("{}: {}; keep it apart from every backup of the data", folder.display(), contents(&taken)));
        }
        Command::Restore { folder, replace } => {
            let (data, keys) = open::unmigrated(&config).await?;
            let restored = backup::restore(&data, &keys, &folder, replace).await?;
            // The file is whole without its write-ahead log, and what was in it before is nowhere.
            data.close().await;
            keys.close().await;
            tell(&restored, "the next start replays what came after, before anybody is served");
        }
        Command::RestoreKeys { folder, replace } => {
            let (_, keys) = open::unmigrated(&config).await?;
            let restored = backup::restore_keys(&keys, &folder, replace).await?;
            keys.close().await;
            tell(&restored, "now restore the data, or start");
        }
        Command::RotateKeys { new_master_key_file, demo } => rotate_keys(&config, &new_master_key_file, demo).await?,
        Command::Drill { folder, demo } => drill(&config, folder, demo).await?,
        Command::Check { demo, print_paths, print_clauses, print_trackers } => {
            if print_paths {
                check::paths().iter().for_each(|line| say(line));
                return Ok(ExitCode::SUCCESS);
            }
            if print_clauses {
                let catalogue = Catalogue::load(config.catalogue.folder.as_deref())?;
                check::clauses(&catalogue).iter().for_each(|line| say(line));
                return Ok(ExitCode::SUCCESS);
            }
            if print_trackers {
                let catalogue = Catalogue::load(config.catalogue.folder.as_deref())?;
                check::trackers(&catalogue).iter().for_each(|line| say(line));
                return Ok(ExitCode::SUCCESS);
            }
            for warning in check::check(&config, demo, SystemClock.now())? {
                say(&format!("warning: {warning}"));
            }
            say("configuration and catalogue are fit to run");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// For the person (or script) who typed the command; the log goes to standard error. A reader who has gone away is no
/// reason to stop.
fn say(line: &str) {
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
    for warning in check::check(config, demo, SystemClock.now())? {
        tracing::warn!("{warning}");
    }
    let listener = TcpListener::bind(&config.server.listen).await?;
    let address = listener.local_addr()?;
    let mut config = config.clone();
    if demo && config.server.public_url.is_none() {
        // So that the links in the demo's mails lead somewhere.
        config.server.public_url = Some(format!("http://{address}"));
    }
    // Without TCP_NODELAY a page's last packet waits for the first one's acknowledgement.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::warn!(%error, "TCP_NODELAY could not be set");
        }
    });
    let doors = Doors::default();
    let waiting = doors.router().into_make_service_with_connect_info::<SocketAddr>();
    let serving = tokio::spawn(axum::serve(listener, waiting).with_graceful_shutdown(asked_to_stop()).into_future());
    let (centre, held) = open::centre_in_use(&config, demo).await?;
    if demo {
        server::seed::seed(&centre).await.map_err(|_| "the demo people could not be made; the log says why")?;
    }
    let jobs = schedule::start(&centre);
    doors.open(web::build_router(&centre));
    say(&format!("listening on http://{address}"));
    if demo {
        say("demo account: 13800138000, password yidian-demo-2026");
    }
    serving.await??;
    drop(jobs);
    centre.data.close().await;
    drop(held);
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

/// A bar on a terminal, and nothing elsewhere.
fn progress_bar(length: u64, template: &str) -> Outcome<ProgressBar> {
    Ok(ProgressBar::new(length).with_style(ProgressStyle::with_template(template)?))
}

async fn import(config: &Config, file: &Path, rejected: Option<PathBuf>, demo: bool) -> Outcome<ExitCode> {
    start_log(config.server.log_format);
    let (data, keys) = open::databases(config).await?;
    let master = open::master_key(config, demo)?;
    let now = if demo { open::demo_clock(&data).await?.now() } else { SystemClock.now() };
    let vault = server::vault::Vault::open(keys, &master, now).await?;
    if server::replay::is_behind(&data, &vault).await? {
        return Err("the data is older than the replay log: start the server once, so that it catches up".into());
    }
    let catalogue = Catalogue::load(config.catalogue.folder.as_deref())?;
    let (lines, length, beside): (Box<dyn BufRead + Send>, u64, PathBuf) = if file == Path::new("-") {
        (Box::new(BufReader::new(std::io::stdin())), 0, "rejected.ndjson".into())
    } else {
        let open = File::open(file).map_err(|e| format!("{}: {e}", file.display()))?;
        let length = open.metadata()?.len();
        let mut beside = file.as_os_str().to_owned();
        beside.push(".rejected");
        (Box::new(BufReader::new(open)), length, beside.into())
    };
    let beside = rejected.unwrap_or(beside);
    let apart = private_file(&beside).map_err(|e| format!("{}: {e}", beside.display()))?;
    let bar = progress_bar(length, "{wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}")?;
    let outcome =
        import::import((&data, &vault, &catalogue), lines, BufWriter::new(apart), |bytes| bar.set_position(bytes), now);
    let report = outcome.await.map_err(|_| "the import stopped; the log says why. Run it again to go on")?;
    bar.finish_and_clear();
    data.close().await;
    say(&report.to_string());
    if report.rejected() == 0 {
        drop(std::fs::remove_file(&beside));
    } else {
        say(&format!("{} lines were not taken: {}", report.rejected(), beside.display()));
    }
    // What was done to people weighs more than what is wrong with a file.
    Ok(match (report.unfounded, report.rejected()) {
        (0, 0) => ExitCode::SUCCESS,
        (0, _) => ExitCode::from(SOME_REJECTED),
        _ => ExitCode::from(SOME_UNFOUNDED),
    })
}

/// Lines that were not taken hold personal data: nobody else may read them.
fn private_file(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(path)
}

async fn populate(config: &Config, size: Size, write: Option<&Path>) -> Outcome {
    start_log(config.server.log_format);
    let centre = open::centre(config, true).await?;
    let bar = progress_bar(size.records, "{wide_bar} {pos}/{len} {per_sec} {eta}")?;
    let outcome = match write {
        Some(path) => {
            let file = private_file(path).map_err(|e| format!("{}: {e}", path.display()))?;
            population::write_lines(&centre, size, BufWriter::new(file), |n| bar.set_position(n)).await
        }
        None => population::settle(&centre, size, |n| bar.set_position(n)).await,
    };
    outcome.map_err(|_| "the population could not be made; the log says why")?;
    bar.finish_and_clear();
    centre.data.close().await;
    say(&format!("{} people, {} records; every password is {}", size.people, size.records, server::seed::PASSWORD));
    Ok(())
}

const LOG_SAYS_WHY: &str = "it failed; the log says why";

async fn list_requests(config: &Config, demo: bool) -> Outcome {
    start_log(config.server.log_format);
    let centre = open::centre(config, demo).await?;
    for waiting in officer::waiting(&centre).await.map_err(|_| LOG_SAYS_WHY)? {
        let officer::Waiting { number, kind, about, wish, proof, due_at, .. } = waiting;
        let late = if due_at < centre.now() { "（已逾期）" } else { "" };
        say(&format!("{number}  最晚 {} 答复{late}  {}：{about}", due_at.date(), kind.words()));
        for text in [wish.value, wish.text, proof.unwrap_or_default()].iter().filter(|text| !text.is_empty()) {
            text.lines().for_each(|line| say(&format!("    {line}")));
        }
    }
    Ok(())
}

async fn deliveries(
    centre: &Centre,
    retry: Option<String>,
    done: Option<String>,
    show: Option<String>,
) -> Outcome<ExitCode> {
    let now = centre.now();
    if let Some(id) = retry {
        operator::retry(centre, &id, now).await.map_err(|_| LOG_SAYS_WHY)??;
        say(&format!("{id} is tried again"));
    } else if let Some(id) = done {
        operator::done(centre, &id, now).await.map_err(|_| LOG_SAYS_WHY)??;
        say(&format!("{id} is done"));
    } else if let Some(id) = show {
        let told = operator::show(centre, &id, now).await.map_err(|_| LOG_SAYS_WHY)??;
        say(&serde_json::to_string_pretty(&told)?);
    } else {
        let open = operator::list(centre, now).await.map_err(|_| LOG_SAYS_WHY)?;
        open.iter().for_each(|open| say(&open.to_string()));
        if open.iter().any(|open| matches!(open.need, Need::Dead | Need::Overdue)) {
            return Ok(ExitCode::from(SOME_PRESSING));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn look(config: &Config, number: &str, folder: &Path, demo: bool) -> Outcome {
    use std::os::unix::fs::DirBuilderExt as _;
    let centre = open::centre(config, demo).await?;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let seen = relatives::officer::look(&centre, number, centre.now()).await.map_err(|_| LOG_SAYS_WHY)??;
    for (name, bytes) in seen.files {
        let path = folder.join(name);
        private_file(&path)?.write_all(&bytes)?;
        say(&format!("proof: {}", path.display()));
    }
    let there = if seen.is_there { "有这个账号" } else { "没有这个账号" };
    say(&format!("逝者账号 {}：{there}", seen.masked_account));
    say(&format!("申请人是逝者的{}，申请{}", seen.claim.relation.words(), rights_words(&seen.claim.rights)));
    say(&format!("生前安排：{}", seen.arrangement.as_deref().unwrap_or("没有，按法律规定")));
    if !seen.against.is_empty() {
        say(&format!("与生前安排不符：{}。只能拒绝：--deny arranged", rights_words(&seen.against)));
    }
    Ok(())
}

async fn read_legal_hold(config: &Config, phone: &str, reason: &str, demo: bool) -> Outcome {
    let phone = phone.parse().map_err(|_| "the phone must be a mobile number of 11 digits")?;
    let reason = reason.parse::<legal_hold::Reason>()?;
    start_log(config.server.log_format);
    let centre = open::centre(config, demo).await?;
    let kept = legal_hold::open(&centre, &phone, &reason, centre.now()).await.map_err(|_| LOG_SAYS_WHY)?;
    for legal_hold::Opened { kind, ground, at, ends_at, content } in &kept {
        let (at, until) = (at.iso(), ends_at.iso());
        let line = serde_json::json!({ "kind": kind, "ground": ground, "at": at, "until": until, "content": content });
        say(&line.to_string());
    }
    tracing::info!(records = kept.len(), "read from the legal hold; the ledger tells of it");
    centre.data.close().await;
    Ok(())
}

fn ground_of(id: &str) -> Outcome<Ground> {
    let known = || Ground::ALL.iter().map(|g| g.id()).collect::<Vec<_>>().join(", ");
    id.parse().map_err(|_| format!("the ground must be one of: {}", known()).into())
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

async fn rotate_keys(config: &Config, new: &Path, demo: bool) -> Outcome {
    start_log(config.server.log_format);
    let old = open::master_key(config, demo)?;
    let rotated = rotation::rotate(config, &old, new, demo).await?;
    say(&format!("{} keys are wrapped anew; the key store opens with {} only", rotated.keys, new.display()));
    say("now: 1. configure it in place of the old master key, and keep a copy apart from every backup");
    say("     2. start, and take backup-keys anew");
    say(
        "     3. destroy the old master key, wherever it is, and with it every older backup of the keys: none opens any more",
    );
    Ok(())
}

async fn drill(config: &Config, folder: Option<PathBuf>, demo: bool) -> Outcome {
    start_log(config.server.log_format);
    let (data, keys) = open::unmigrated(config).await?;
    let master = open::master_key(config, demo)?;
    let drill = Drill { live: (&data, &keys), config, master: &master, clock: Arc::new(SystemClock) };
    drill.run(&folder.unwrap_or_else(std::env::temp_dir), say).await?;
    Ok(())
}

async fn verify_ledger(config: &Config, demo: bool) -> Outcome {
    let (data, keys) = open::databases(config).await?;
    let master = open::master_key(config, demo)?;
    let vault = server::vault::Vault::open(keys, &master, SystemClock.now()).await?;
    let verifiers = open::verifiers(&vault, config, &SystemClock).await?;
    match ledger::verify_by(&data, &verifiers).await? {
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
