//! Reading what a law keeps: for a court, the tax office or a regulator, by the command `legal-hold` and in no other way. The
//! event is on disk before anything is opened.

use std::str::FromStr;

use app::accounts::model::PhoneNumber;
use app::time::Moment;
use serde_json::Value;
use uuid::Uuid;

use super::store::Sealed;
use super::{PHONE_INDEX, place};
use crate::centre::Centre;
use crate::ledger::{self, Event, Pseudonym};
use crate::storage::sql;
use crate::web::fault::Fault;

/// Characters of a reason.
const REASON_CHARS: usize = 120;
/// So many digits in a row name somebody: a phone number, an ID number.
const NAMING_DIGITS: usize = 11;

/// Why somebody reads it, for the ledger: which authority asks, and under which number. It names nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason(String);

/// Why a reason is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoReason {
    /// Nothing, or too much.
    #[error("the reason must have 4 to 120 characters: which authority asks, and under which number")]
    Length,
    /// It names a person.
    #[error("the reason stands in the ledger for ever and must name nobody: leave out phone and ID numbers")]
    NamesSomebody,
}

impl FromStr for Reason {
    type Err = NoReason;

    fn from_str(text: &str) -> Result<Self, NoReason> {
        let text = text.trim();
        if !(4..=REASON_CHARS).contains(&text.chars().count()) || text.chars().any(char::is_control) {
            return Err(NoReason::Length);
        }
        let mut run = 0;
        for c in text.chars().filter(|c| !matches!(c, ' ' | '-')) {
            run = if c.is_ascii_digit() { run + 1 } else { 0 };
            if run >= NAMING_DIGITS {
                return Err(NoReason::NamesSomebody);
            }
        }
        Ok(Self(text.to_owned()))
    }
}

/// A record of the legal hold, opened.
pub struct Opened {
    /// Its kind's id.
    pub kind: String,
    /// The retention that keeps it.
    pub ground: String,
    /// When it came about.
    pub at: Moment,
    /// When it goes.
    pub ends_at: Moment,
    /// What it holds.
    pub content: Value,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    bucket_id: String,
    ground: String,
    ends_at: i64,
    content: Vec<u8>,
}

/// Everything that is kept of whoever had that phone, oldest first; one event in the centre's own chain says so, also when
/// there is nothing.
///
/// # Errors
/// Storage or vault.
pub async fn open(centre: &Centre, phone: &PhoneNumber, reason: &Reason, now: Moment) -> Result<Vec<Opened>, Fault> {
    let mut tx = centre.data.begin().await?;
    let rows = sql("SELECT r.id, r.bucket_id, b.ground, r.ends_at, r.content FROM legal_hold_record r \
         JOIN legal_hold_bucket b ON b.id = r.bucket_id WHERE b.phone_index = $1 AND r.ends_at > $2")
    .bind(centre.vault.blind_index(PHONE_INDEX, phone.reveal()))
    .bind(now.0)
    .fetch_all::<Row>(&mut tx)
    .await?;
    let event = Event::LegalHoldRead { reason: reason.0.clone(), records: i64::try_from(rows.len())? };
    ledger::append(&mut tx, &Pseudonym::centre(), now, &event).await?;
    tx.commit().await?;
    let mut opened = Vec::with_capacity(rows.len());
    for row in rows {
        let ring = centre.vault.ring(Uuid::parse_str(&row.bucket_id)?).await?;
        let Sealed { kind, at, content } = serde_json::from_slice(&ring.open(place(&row.id), &row.content).await?)?;
        let (at, ends_at) = (Moment(at), Moment(row.ends_at));
        opened.push(Opened { kind, ground: row.ground, at, ends_at, content });
    }
    opened.sort_by_key(|record| record.at);
    Ok(opened)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_says_who_asks_and_names_nobody() {
        assert!("杭州市税务局〔2027〕第118号协查函".parse::<Reason>().is_ok());
        assert_eq!("".parse::<Reason>(), Err(NoReason::Length));
        assert_eq!("查".parse::<Reason>(), Err(NoReason::Length));
        for naming in ["查询手机号13800138000", "138-0013-8000 的订单", "33010619950307242X 的实名信息"] {
            assert_eq!(naming.parse::<Reason>(), Err(NoReason::NamesSomebody), "{naming}");
        }
    }
}
