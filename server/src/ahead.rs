//! Times from the future: a clock that was ahead wrote them, or this one is behind. Where an age counts they have none
//! ([`Moment::age`]); a start says that they are there, so that somebody looks at the clock.

use app::time::{CLOCK_SKEW, Moment};

use crate::centre::Centre;
use crate::storage::{DbError, sql};

/// The newest time in a table that lies in the future.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ahead {
    /// The table.
    pub table: &'static str,
    /// By how many milliseconds.
    pub by: i64,
}

const DATA: &[(&str, &str)] = &[
    ("event", "SELECT MAX(at) FROM event"),
    ("decision", "SELECT MAX(decided_at) FROM decision"),
    ("one_time_code", "SELECT MAX(sent_at) FROM one_time_code"),
    ("request", "SELECT MAX(made_at) FROM request"),
    (
        "session",
        "SELECT MAX(CASE WHEN stepped_up_at > last_seen_at THEN stepped_up_at ELSE last_seen_at END) FROM session",
    ),
];
const KEYS: &[(&str, &str)] = &[
    ("data_key", "SELECT MAX(created_at) FROM data_key"),
    ("replay_log", "SELECT MAX(at) FROM replay_log"),
    ("root_key", "SELECT MAX(created_at) FROM root_key"),
];

/// Every table with times from the future, and how far they are ahead.
///
/// # Errors
/// Storage.
pub async fn find(centre: &Centre) -> Result<Vec<Ahead>, DbError> {
    let (now, mut found) = (centre.now(), Vec::new());
    for (db, kinds) in [(&centre.data, DATA), (centre.vault.store(), KEYS)] {
        for (table, newest) in kinds {
            let (newest,) = sql(newest).fetch_one::<(Option<i64>,)>(db).await?;
            let by = newest.map_or(0, |newest| Moment(newest).since(now));
            if by > CLOCK_SKEW {
                found.push(Ahead { table, by });
            }
        }
    }
    Ok(found)
}

/// Says so in the log.
///
/// # Errors
/// Storage.
pub async fn tell(centre: &Centre) -> Result<(), DbError> {
    for Ahead { table, by } in find(centre).await? {
        tracing::error!(
            table,
            ahead_seconds = by / 1_000,
            "times from the future: a clock was ahead, or this one is behind. Where an age counts they have none"
        );
    }
    Ok(())
}
