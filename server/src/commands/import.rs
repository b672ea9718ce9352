//! `import`: a host's records and disclosures.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use server::catalogue::Catalogue;
use server::clock::{Clock as _, SystemClock};
use server::config::Config;
use server::open;
use server::records::import::{self, Report};
use server::storage::Db;
use server::vault::Vault;

use super::{Outcome, on_databases, private_file, progress_bar, say};

/// Some lines were not taken.
const SOME_REJECTED: u8 = 3;
/// Some lines have told of disclosures that name a consent which did not stand.
const SOME_UNFOUNDED: u8 = 4;

/// Take a host's records and disclosures, one JSON object a line. Lines that can't be taken are written apart, with number
/// and reason, and the exit code is 3; it is 4 if a disclosure names a consent that did not stand at its time. Running it
/// again changes nothing that is there.
#[derive(Args)]
pub struct Import {
    /// The file; - reads from standard input.
    file: PathBuf,
    /// Where lines go that can't be taken. Default: FILE.rejected, or rejected.ndjson for standard input.
    #[arg(long)]
    rejected: Option<PathBuf>,
    /// With the demo's master key.
    #[arg(long)]
    demo: bool,
}

impl Import {
    pub async fn run(self, config: &Config) -> Outcome {
        let beside = self.rejected.clone().unwrap_or_else(|| beside(&self.file));
        let databases = open::databases_for_command(config, self.demo).await?;
        let report = on_databases(databases, async |data, keys| self.import(config, data, keys, &beside).await).await?;
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

    async fn import(&self, config: &Config, data: &Db, keys: &Db, beside: &Path) -> Outcome<Report> {
        let master = open::master_key(config, self.demo)?;
        let now = if self.demo { open::demo_clock(data).await?.now() } else { SystemClock.now() };
        let vault = Vault::open(keys.clone(), &master, now).await?;
        let catalogue = Catalogue::load(config.catalogue.folder.as_deref())?;
        let (lines, length) = lines(&self.file)?;
        let apart = private_file(beside).map_err(|e| format!("{}: {e}", beside.display()))?;
        let bar = progress_bar(length, "{wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}")?;
        let parts = ((data, &vault, &catalogue), config.import.late());
        let outcome =
            import::import_within(parts, lines, BufWriter::new(apart), |bytes| bar.set_position(bytes), now).await;
        let report = outcome.map_err(|_| "the import stopped; the log says why. Run it again to go on")?;
        bar.finish_and_clear();
        Ok(report)
    }
}

const STANDARD_INPUT: &str = "-";

/// Where lines go that can't be taken, if nobody says.
fn beside(file: &Path) -> PathBuf {
    if file == Path::new(STANDARD_INPUT) {
        return "rejected.ndjson".into();
    }
    let mut beside = file.as_os_str().to_owned();
    beside.push(".rejected");
    beside.into()
}

/// What is read, and how many bytes it has, where that is known.
fn lines(file: &Path) -> Outcome<(Box<dyn BufRead + Send>, u64)> {
    if file == Path::new(STANDARD_INPUT) {
        return Ok((Box::new(BufReader::new(std::io::stdin())), 0));
    }
    let open = File::open(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let length = open.metadata()?.len();
    Ok((Box::new(BufReader::new(open)), length))
}
