//! `seed`: a population for trying out.

use std::io::BufWriter;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use server::config::Config;
use server::population::{self, Size};
use server::seed::PASSWORD;

use super::{Outcome, on_centre, private_file, progress_bar, say};

/// Make a realistic population for trying out: people with records of every kind, the same for the same seed.
#[derive(Args)]
pub struct Seed {
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
}

impl Seed {
    pub async fn run(self, config: &Config) -> Outcome {
        let Self { people, records, seed, write } = self;
        let size = Size { first: 0, people, records, seed };
        on_centre(config, true, async |centre| {
            let bar = progress_bar(records, "{wide_bar} {pos}/{len} {per_sec} {eta}")?;
            let outcome = match write {
                Some(path) => {
                    let file = private_file(&path).map_err(|e| format!("{}: {e}", path.display()))?;
                    population::write_lines(centre, size, BufWriter::new(file), |n| bar.set_position(n)).await
                }
                None => population::settle(centre, size, |n| bar.set_position(n)).await,
            };
            outcome.map_err(|_| "the population could not be made; the log says why")?;
            bar.finish_and_clear();
            Ok(())
        })
        .await?;
        say(&format!("{people} people, {records} records; every password is {PASSWORD}"));
        Ok(ExitCode::SUCCESS)
    }
}
