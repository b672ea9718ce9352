//! A stop: SIGTERM, or Ctrl-C.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// A stop takes no longer than this: what hangs then (a database that does not answer, work of a processor)
/// is left as by `kill -9`, of which nothing is lost.
pub const STOPS_WITHIN: Duration = Duration::from_secs(20);

/// Whether a stop was asked for. Cheap to clone.
#[derive(Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// One that somebody asks for by the sender.
    #[must_use]
    pub fn by() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(false);
        (sender, Self(receiver))
    }

    /// One that the system asks for by a signal; the process ends within [`STOPS_WITHIN`] of it.
    ///
    /// # Errors
    /// Signals can't be listened for.
    pub fn by_signal() -> std::io::Result<Self> {
        let (sender, stop) = Self::by();
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        tokio::spawn(async move {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
            tracing::info!("asked to stop: finishing what is under way");
            // A thread of its own, for it must not wait for what hangs.
            std::thread::spawn(|| {
                std::thread::sleep(STOPS_WITHIN);
                tracing::error!("what was under way did not end: it is left as it is");
                std::process::exit(1);
            });
            sender.send_replace(true);
            // Kept until the process ends: a stop that was asked for stays so.
            sender.closed().await;
        });
        Ok(stop)
    }

    /// Waits until it was asked for.
    pub async fn asked(&self) {
        let mut receiver = self.0.clone();
        // Who could ask is gone: nobody will.
        if receiver.wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
