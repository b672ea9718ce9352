//! `check`: configuration and catalogue, without starting.

use std::process::ExitCode;

use clap::Args;
use server::catalogue::Catalogue;
use server::check;
use server::clock::{Clock as _, SystemClock};
use server::config::Config;

use super::{Outcome, say};

/// Look at configuration and catalogue without starting.
#[derive(Args)]
pub struct Check {
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
}

impl Check {
    pub fn run(self, config: &Config) -> Outcome {
        let catalogue = || Catalogue::load(config.catalogue.folder.as_deref());
        let lines = if self.print_paths {
            check::paths()
        } else if self.print_clauses {
            check::clauses(&catalogue()?)
        } else if self.print_trackers {
            check::trackers(&catalogue()?)
        } else {
            let warnings = check::check(config, self.demo, SystemClock.now())?;
            let fit = "configuration and catalogue are fit to run".to_owned();
            warnings.iter().map(|warning| format!("warning: {warning}")).chain([fit]).collect()
        };
        lines.iter().for_each(|line| say(line));
        Ok(ExitCode::SUCCESS)
    }
}
