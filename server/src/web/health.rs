//! Is the process alive, can it work, can it save? For who runs the server, and before every change.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tokio::sync::Mutex;

use super::guard::Access;
use super::service;
use super::visit::Visit;
use crate::centre::Centre;
use crate::storage::{Db, sql};

/// How long what was seen of writing counts: however often it is asked, it is tried once.
const SEEN_FOR: Duration = Duration::from_secs(1);
/// A database that has written nothing by then counts as one that takes nothing.
const PATIENCE: Duration = Duration::from_secs(5);

/// Which databases took a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Took {
    /// The data.
    pub data: bool,
    /// The keys.
    pub keys: bool,
}

/// Whether changes can be saved: tried when somebody asks, or when a change has failed for it.
#[derive(Default)]
pub struct Writing {
    /// A write has failed, and none has succeeded since.
    doubted: AtomicBool,
    seen: Mutex<Option<(Instant, Took)>>,
}

impl Writing {
    /// A write has just failed because a database, or its disk, took nothing.
    pub fn doubt(&self) {
        self.doubted.store(true, Ordering::SeqCst);
        // Who is trying just now sees it anyway.
        if let Ok(mut seen) = self.seen.try_lock() {
            *seen = None;
        }
    }

    /// Writes to both databases, unless that was done within the last second.
    pub async fn look(&self, centre: &Centre) -> Took {
        let mut seen = self.seen.lock().await;
        if let Some((at, took)) = *seen
            && at.elapsed() < SEEN_FOR
        {
            return took;
        }
        let (data, keys) = tokio::join!(takes("data", &centre.data), takes("keys", centre.vault.store()));
        let took = Took { data, keys };
        *seen = Some((Instant::now(), took));
        self.doubted.store(!(data && keys), Ordering::SeqCst);
        took
    }
}

async fn takes(which: &'static str, db: &Db) -> bool {
    match tokio::time::timeout(PATIENCE, db.probe()).await {
        Ok(Ok(())) => return true,
        Ok(Err(error)) => tracing::error!(which, %error, "a database can't be written: nothing can be changed"),
        Err(_) => tracing::error!(which, "a database has written nothing for {PATIENCE:?}"),
    }
    false
}

/// Alive: the process answers.
pub async fn healthz() -> &'static str {
    "ok"
}

/// Ready: both databases answer, and take what is written.
pub async fn readyz(State(centre): State<Centre>) -> (StatusCode, &'static str) {
    let data = sql("SELECT 1").fetch_one::<(i32,)>(&centre.data).await;
    if data.is_err() || !centre.vault.is_reachable().await {
        return (StatusCode::SERVICE_UNAVAILABLE, "a database does not answer");
    }
    match centre.writing.look(&centre).await {
        Took { data: true, keys: true } => (StatusCode::OK, "ready"),
        Took { data: false, .. } => {
            (StatusCode::SERVICE_UNAVAILABLE, "the data can't be written: pages can be read only")
        }
        Took { keys: false, .. } => (StatusCode::SERVICE_UNAVAILABLE, "the key store can't be written"),
    }
}

/// The answer to a change while the data takes nothing. With only the keys unwritable, what needs no new key is saved.
pub async fn refuse_change(visit: &Visit, access: Access) -> Option<Response> {
    let writing = &visit.centre.writing;
    if !writing.doubted.load(Ordering::SeqCst) || writing.look(&visit.centre).await.data {
        return None;
    }
    if access.is_service() {
        return Some(service::answer(StatusCode::SERVICE_UNAVAILABLE, "the data can't be written: nothing was done"));
    }
    Some(visit.problem(StatusCode::SERVICE_UNAVAILABLE, "暂时只能查看，不能修改", READ_ONLY))
}

const READ_ONLY: &str =
    "存放数据的磁盘写不进新的内容，所以现在只能查看。刚才的操作没有保存。恢复后就能照常使用，请过一会儿再试。";
