//! A line of a host's file that tells of an affair:
//!
//! ```json
//! {"id":"ord-81","phone":"13800138000","at":"2026-11-20T21:04:05+08:00","affair":
//!  {"kind":"order","open":true,"detail":"订单尾号 3821，运输中","link":"https://shop.example/orders/81"}}
//! ```
//!
//! The newest `at` of an id wins, so the same id with `"open":false` settles it.

use app::cancellation::affair::Affair;
use app::time::Moment;
use serde::Deserialize;
use uuid::Uuid;

use super::NewAffair;
use crate::records::line::{Owner, head, read};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: String,
    phone: Option<String>,
    person: Option<Uuid>,
    at: jiff::Timestamp,
    affair: Told,
}

/// Stricter than an answer of the host: a misspelt field in a file of many lines is told to its operator.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    kind: String,
    open: bool,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    link: String,
    amount_fen: Option<i64>,
}

/// Reads a line; its person is not known yet.
///
/// # Errors
/// What is wrong with it, without personal data.
pub fn parse(text: &str, now: Moment) -> Result<(Owner, NewAffair), String> {
    let line: Line = read(text)?;
    let (owner, at) = head(&line.id, (line.phone, line.person), line.at, now)?;
    let Told { kind, open, detail, link, amount_fen } = line.affair;
    let kind = kind.parse().map_err(|()| "affair.kind is none of those that the README lists")?;
    let affair = Affair { kind, open, detail, link, amount_fen };
    affair.check()?;
    Ok((owner, NewAffair { host_id: line.id, person: Uuid::nil(), at, affair }))
}
