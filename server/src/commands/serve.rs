//! `serve`: the centre itself.

use std::future::IntoFuture as _;
use std::net::SocketAddr;
use std::process::ExitCode;

use axum::serve::ListenerExt as _;
use clap::Args;
use server::clock::{Clock as _, SystemClock};
use server::config::Config;
use server::web::starting::Doors;
use server::{check, open, schedule, web};
use tokio::net::TcpListener;

use super::{Outcome, on, say};

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
        let listener = TcpListener::bind(&config.server.listen).await?;
        let address = listener.local_addr()?;
        if demo && config.server.public_url.is_none() {
            // So that the links in the demo's mails lead somewhere.
            config.server.public_url = Some(format!("http://{address}"));
        }
        // Without TCP_NODELAY a page's last packet waits for the first one's acknowledgement.
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::warn!(%error, "TCP_NODELAY could not be set");
            }
        });
        let doors = Doors::default();
        let waiting = doors.router().into_make_service_with_connect_info::<SocketAddr>();
        let serving =
            tokio::spawn(axum::serve(listener, waiting).with_graceful_shutdown(asked_to_stop()).into_future());
        let (centre, held) = open::centre_in_use(&config, demo).await?;
        let outcome = on(centre, async |centre| {
            if demo {
                server::seed::seed(centre).await.map_err(|_| "the demo people could not be made; the log says why")?;
            }
            let jobs = schedule::start(centre);
            doors.open(web::build_router(centre));
            say(&format!("listening on http://{address}"));
            if demo {
                say("demo account: 13800138000, password yidian-demo-2026");
            }
            serving.await??;
            drop(jobs);
            Ok(ExitCode::SUCCESS)
        });
        let outcome = outcome.await;
        drop(held);
        outcome
    }
}

async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupt = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! { _ = interrupt => {}, _ = terminate.recv() => {} }
        }
        Err(_) => drop(interrupt.await),
    }
    tracing::info!("asked to stop: finishing what is under way");
}
