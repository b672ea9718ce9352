//! `requests`, `proof`, `ask` and `answer`: what the officer does about requests and complaints.

use std::fs::DirBuilder;
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::process::ExitCode;

use app::relatives::model::rights_words;
use app::requests::model::Ground;
use clap::Args;
use server::config::Config;
use server::requests::officer::{self, Waiting};
use server::requests::store::Verdict;
use server::{lost, relatives};

use super::{LOG_SAYS_WHY, Outcome, on_centre, private_file, replies, say};

/// The officer's list: every request that waits for an answer, the most urgent first. Prints what people wrote.
#[derive(Args)]
pub struct Requests {
    /// With the demo's master key.
    #[arg(long)]
    demo: bool,
}

impl Requests {
    pub async fn run(self, config: &Config) -> Outcome {
        on_centre(config, self.demo, async |centre| {
            for waiting in officer::waiting(centre).await.map_err(|_| LOG_SAYS_WHY)? {
                let Waiting { number, kind, about, wish, proof, due_at, .. } = waiting;
                let late = if due_at < centre.now() { "（已逾期）" } else { "" };
                say(&format!("{number}  最晚 {} 答复{late}  {}：{about}", due_at.date(), kind.words()));
                for text in [wish.value, wish.text, proof.unwrap_or_default()].iter().filter(|text| !text.is_empty()) {
                    text.lines().for_each(|line| say(&format!("    {line}")));
                }
            }
            replies::list(centre).await?;
            Ok(ExitCode::SUCCESS)
        })
        .await
    }
}

/// The officer looks at a close relative's request: writes the proof into files that nobody else may read, and says whether
/// the account is there and what the person who has died arranged. Or at what somebody claims who can't sign in: writes it
/// into such a file beside the account's recent orders. That it was looked at is an event.
#[derive(Args)]
pub struct Proof {
    /// Its number, as `requests` prints it.
    number: String,
    /// A folder for the files; made if it is not there. Delete it when you have looked.
    folder: PathBuf,
    /// With the demo's master key.
    #[arg(long)]
    demo: bool,
}

impl Proof {
    pub async fn run(self, config: &Config) -> Outcome {
        let Self { number, folder, demo } = self;
        on_centre(config, demo, async |centre| {
            DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
            if let Some(text) = lost::officer::look(centre, &number, centre.now()).await.map_err(|_| LOG_SAYS_WHY)? {
                let path = folder.join("claim.txt");
                private_file(&path)?.write_all(text.as_bytes())?;
                say(&format!("claim: {}", path.display()));
                return Ok(ExitCode::SUCCESS);
            }
            let seen = relatives::officer::look(centre, &number, centre.now()).await.map_err(|_| LOG_SAYS_WHY)??;
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
            Ok(ExitCode::SUCCESS)
        })
        .await
    }
}

/// The officer asks a close relative for more proof. Their request waits for it, and ends if it does not come.
#[derive(Args)]
pub struct Ask {
    /// Its number, as `requests` prints it.
    number: String,
    /// What is asked, as the person reads it.
    words: String,
    /// With the demo's master key.
    #[arg(long)]
    demo: bool,
}

impl Ask {
    pub async fn run(self, config: &Config) -> Outcome {
        let Self { number, words, demo } = self;
        on_centre(config, demo, async |centre| {
            let asked = relatives::officer::ask(centre, &number, &words, centre.now()).await;
            asked.map_err(|_| LOG_SAYS_WHY)??;
            say(&format!("asked {number}"));
            Ok(ExitCode::SUCCESS)
        })
        .await
    }
}

/// The officer answers a request. A granted correction is carried out with it.
#[derive(Args)]
pub struct Answer {
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
}

impl Answer {
    pub async fn run(self, config: &Config) -> Outcome {
        let Self { number, words, deny, reviewer, demo } = self;
        let verdict = match deny {
            None => Verdict::Fulfilled(words),
            Some(ground) => Verdict::Denied(ground_of(&ground)?, words),
        };
        on_centre(config, demo, async |centre| {
            let answered = officer::answer_by(centre, &number, &verdict, reviewer.as_deref(), centre.now()).await;
            answered.map_err(|_| LOG_SAYS_WHY)??;
            say(&format!("answered {number}"));
            Ok(ExitCode::SUCCESS)
        })
        .await
    }
}

fn ground_of(id: &str) -> Outcome<Ground> {
    let known = || Ground::ALL.iter().map(|g| g.id()).collect::<Vec<_>>().join(", ");
    id.parse().map_err(|_| format!("the ground must be one of: {}", known()).into())
}
