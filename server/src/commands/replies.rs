//! `reply`: what the officer finds in a reply to an SMS that no program understood; and what `requests` shows of them.

use std::process::ExitCode;

use app::time::DAY;
use clap::{Args, ValueEnum};
use server::centre::Centre;
use server::config::Config;
use server::messages::replies::{self, Waiting};

use super::{LOG_SAYS_WHY, Outcome, on_centre, say};

/// What a reply says.
#[derive(Clone, Copy, ValueEnum)]
enum Meaning {
    /// No more marketing by SMS.
    OptOut,
    /// Nothing that changes anything.
    Nothing,
}

/// The officer says what a reply to an SMS means that waits for a human: `opt-out`, or `nothing`. What it says is erased with that,
/// and marketing by SMS, which stopped when it came, is closed or goes on.
#[derive(Args)]
pub struct Reply {
    /// Its number, as `requests` prints it.
    number: String,
    /// What it says.
    meaning: Meaning,
    /// With the demo's master key.
    #[arg(long)]
    demo: bool,
}

impl Reply {
    pub async fn run(self, config: &Config) -> Outcome {
        let Self { number, meaning, demo } = self;
        let meaning = match meaning {
            Meaning::OptOut => replies::Meaning::OptOut,
            Meaning::Nothing => replies::Meaning::Nothing,
        };
        on_centre(config, demo, async |centre| {
            let answered = replies::answer(centre, &number, meaning, centre.now()).await;
            answered.map_err(|_| LOG_SAYS_WHY)??;
            say(&format!("answered {number}"));
            Ok(ExitCode::SUCCESS)
        })
        .await
    }
}

/// Prints every reply that waits, the oldest first, after how many there are and how long the oldest has waited.
pub(super) async fn list(centre: &Centre) -> Outcome<()> {
    let waiting = replies::waiting(centre).await.map_err(|_| LOG_SAYS_WHY)?;
    let now = centre.now();
    let days = |since| now.since(since) / DAY;
    if let Some(oldest) = waiting.first() {
        let (count, days) = (waiting.len(), days(oldest.received_at));
        say(&format!("短信回复：{count} 条等人看，最早的已等 {days} 天；看过之前不给这些手机号发营销短信"));
    }
    for Waiting { number, text, received_at, due_at, .. } in waiting {
        let late = if due_at < now { "（已逾期）" } else { "" };
        let (received, days) = (received_at.date_time(), days(received_at));
        say(&format!("{number}  {received} 收到，已等 {days} 天，最晚 {}{late}", due_at.date()));
        text.lines().for_each(|line| say(&format!("    {line}")));
    }
    Ok(())
}
