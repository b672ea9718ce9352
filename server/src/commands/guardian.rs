//! `guardian`: what a guardian has answered for a child's account.

use std::process::ExitCode;

use clap::Args;
use server::config::Config;
use server::guardian::{self, Checked};

use super::{LOG_SAYS_WHY, Outcome, on_centre, say};

/// The officer records what a guardian has answered for a child's account. First `--send-code` sends a code to the guardian's
/// phone; `--yes` takes it, with a second proof in words: then the account is in use. `--no` for an account that waits needs no code:
/// it is signed out and erased. For one that is in use it takes the code, too: the account waits again, and is erased if no guardian
/// agrees.
#[derive(Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["send_code", "yes", "no"])))]
pub struct Guardian {
    /// The child's phone: the one of the account.
    phone: String,
    /// Send a code to the guardian's phone.
    #[arg(long, requires = "guardian_phone")]
    send_code: bool,
    /// The guardian agrees.
    #[arg(long, requires_all = ["guardian_phone", "code", "proof", "by"])]
    yes: bool,
    /// The guardian does not agree, or no longer.
    #[arg(long, requires_all = ["proof", "by"])]
    no: bool,
    /// The guardian's phone; kept with what its code has proved, for three years at most.
    #[arg(long)]
    guardian_phone: Option<String>,
    /// The code that the guardian got.
    #[arg(long)]
    code: Option<String>,
    /// What else was checked, in words. Never the proof itself: a number of a document does not belong here.
    #[arg(long)]
    proof: Option<String>,
    /// Who checked it.
    #[arg(long)]
    by: Option<String>,
    /// With the demo's master key.
    #[arg(long)]
    demo: bool,
}

impl Guardian {
    pub async fn run(self, config: &Config) -> Outcome {
        let Self { phone, send_code, yes, guardian_phone, code, proof, by, demo, .. } = self;
        let guardian = guardian_phone.clone().unwrap_or_default();
        let (proof, by) = (proof.unwrap_or_default(), by.unwrap_or_default());
        let checked = Checked { proof: &proof, by: &by };
        on_centre(config, demo, async |centre| {
            let now = centre.now();
            let done = if send_code {
                let sent = guardian::send_code(centre, &phone, &guardian, now).await;
                sent.map_err(|_| LOG_SAYS_WHY)?.map(|()| "sent".to_owned())
            } else if yes {
                let code = code.unwrap_or_default();
                let agreed = guardian::agree(centre, (&phone, &guardian), &code, checked, now).await;
                agreed.map_err(|_| LOG_SAYS_WHY)?.map(|()| "recorded: yes".to_owned())
            } else {
                let given = guardian_phone.as_deref().zip(code.as_deref());
                let refused = guardian::refuse(centre, &phone, given, checked, now).await;
                refused.map_err(|_| LOG_SAYS_WHY)?.map(|erased_at| match erased_at {
                    at if at > now => format!(
                        "recorded: no; the account is out of use, and is erased on {} unless a guardian agrees again",
                        at.date_time()
                    ),
                    _ => "recorded: no; the account is being erased".to_owned(),
                })
            };
            say(&done?);
            Ok(ExitCode::SUCCESS)
        })
        .await
    }
}
