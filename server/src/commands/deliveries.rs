//! `deliveries`: what recipients were told and have not done yet.

use std::process::ExitCode;

use clap::Args;
use server::config::Config;
use server::webhooks::operator::{self, Need};

use super::{LOG_SAYS_WHY, Outcome, on_centre, say};

/// A recipient was not told, or has not done in time what it was told.
const SOME_PRESSING: u8 = 5;

/// What recipients are to be told and have not done yet, the most pressing first. Names nobody; --show does, and leaves an event.
/// The exit code is 5 while something did not arrive or is overdue.
#[derive(Args)]
pub struct Deliveries {
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
}

impl Deliveries {
    pub async fn run(self, config: &Config) -> Outcome {
        let Self { retry, done, show, demo } = self;
        on_centre(config, demo, async |centre| {
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
        })
        .await
    }
}
