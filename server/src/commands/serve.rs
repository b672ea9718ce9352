//! `serve`: the centre itself.

use std::process::ExitCode;

use clap::Args;
use server::clock::{Clock as _, SystemClock};
use server::config::Config;
use server::web::connections::{self, Stop, Terms};
use server::web::starting::Doors;
use server::{check, supervisor};
use tokio::net::TcpListener;

use super::{Outcome, say};

/// Serve the pages.
#[derive(Args)]
pub struct Serve {
    /// Try it out: demo people, a mailbox page in place of SMS, a master key made on the first start.
    #[arg(long)]
    demo: bool,
    /// Address and port; port 0 takes a free one.
    #[arg(long)]
    listen: Option<String>,
}

impl Serve {
    pub async fn run(self, mut config: Config) -> Outcome {
        let Self { demo, listen } = self;
        if let Some(listen) = listen {
            config.server.listen = listen;
        }
        for warning in check::check(&config, demo, SystemClock.now())? {
            tracing::warn!("{warning}");
        }
        let terms = Terms::of(&config.server, connections::raise()?)?;
        let stop = Stop::by_signal()?;
        let listener = TcpListener::bind(&config.server.listen).await?;
        let address = listener.local_addr()?;
        if demo && config.server.public_url.is_none() {
            // So that the links in the demo's mails lead somewhere.
            config.server.public_url = Some(format!("http://{address}"));
        }
        let doors = Doors::default();
        let serving = tokio::spawn(connections::serve(listener, doors.router(), terms, stop));
        let mut served = Ok(());
        // A start that hangs, or takes long after a restore, is stopped, too: the next one begins it again.
        let stopped = async { served = serving.await };
        let on_open = || {
            say(&format!("listening on http://{address}"));
            if demo {
                say("demo account: 13800138000, password yidian-demo-2026");
            }
        };
        supervisor::keep_open(&config, demo, &doors, on_open, stopped).await?;
        served?;
        Ok(ExitCode::SUCCESS)
    }
}
