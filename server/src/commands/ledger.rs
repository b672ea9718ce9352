//! `verify-ledger`: whether anybody changed what is proved.

use std::process::ExitCode;

use clap::Args;
use server::clock::{Clock as _, SystemClock};
use server::config::Config;
use server::vault::Vault;
use server::{ledger, open};

use super::{Outcome, on_databases, say};

/// Prove that no event of the ledger was changed, removed or reordered.
#[derive(Args)]
pub struct VerifyLedger {
    /// With the demo's master key.
    #[arg(long)]
    demo: bool,
}

impl VerifyLedger {
    pub async fn run(self, config: &Config) -> Outcome {
        on_databases(open::databases(config).await?, async |data, keys| {
            let master = open::master_key(config, self.demo)?;
            let vault = Vault::open(keys.clone(), &master, SystemClock.now()).await?;
            let verifiers = open::verifiers(&vault, config, &SystemClock).await?;
            match ledger::verify_by(data, &verifiers).await? {
                Ok(verified) => {
                    say(&format!("the ledger is whole: {verified}"));
                    Ok(ExitCode::SUCCESS)
                }
                Err(findings) => {
                    findings.iter().for_each(|finding| say(&finding.to_string()));
                    Err(format!("the ledger is NOT whole: {} findings", findings.len()).into())
                }
            }
        })
        .await
    }
}
