//! `migrate`: the schema, ahead of a start.

use std::process::ExitCode;

use clap::Args;
use server::config::Config;
use server::open;

use super::{Outcome, on_databases, say};

/// Bring both databases to the present schema.
#[derive(Args)]
pub struct Migrate;

impl Migrate {
    pub async fn run(self, config: &Config) -> Outcome {
        on_databases(open::databases(config).await?, async |_, _| {
            say("both databases have the present schema");
            Ok(ExitCode::SUCCESS)
        })
        .await
    }
}
