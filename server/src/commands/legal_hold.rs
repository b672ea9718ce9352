//! `legal-hold`: what a law still keeps of somebody who has left.

use std::process::ExitCode;

use clap::Args;
use server::config::Config;
use server::legal_hold::{self, Opened, Reason};

use super::{LOG_SAYS_WHY, Outcome, on_centre, say};

/// Read what a law still keeps of somebody who has left: for a court, the tax office or a regulator, and for nobody else.
/// Prints it whole; leaves an event in the ledger first.
#[derive(Args)]
pub struct LegalHold {
    /// The phone number that the account had.
    #[arg(long)]
    phone: String,
    /// Which authority asks, and under which number. Stands in the ledger for ever: no names, no phone or ID numbers.
    #[arg(long)]
    reason: String,
    /// With the demo's master key.
    #[arg(long)]
    demo: bool,
}

impl LegalHold {
    pub async fn run(self, config: &Config) -> Outcome {
        let phone = self.phone.parse().map_err(|_| "the phone must be a mobile number of 11 digits")?;
        let reason = self.reason.parse::<Reason>()?;
        on_centre(config, self.demo, async |centre| {
            let kept = legal_hold::open(centre, &phone, &reason, centre.now()).await.map_err(|_| LOG_SAYS_WHY)?;
            for Opened { kind, ground, at, ends_at, content } in &kept {
                let (at, until) = (at.iso(), ends_at.iso());
                let line =
                    serde_json::json!({ "kind": kind, "ground": ground, "at": at, "until": until, "content": content });
                say(&line.to_string());
            }
            tracing::info!(records = kept.len(), "read from the legal hold; the ledger tells of it");
            Ok(ExitCode::SUCCESS)
        })
        .await
    }
}
