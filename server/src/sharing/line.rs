//! A line of a host's file that tells of a disclosure:
//!
//! ```json
//! {"id":"out-5521","phone":"13800138000","at":"2026-11-20T21:04:05+08:00","disclosure":
//!  {"recipient":"ads_juguang","fields":["device_uid"],"ground":"consent","detail":"展示广告时"}}
//! ```
//!
//! `purpose` may stand beside `ground` where that is consent: for what. Without it, the recipient's only decision is meant.

use app::consents::Purpose;
use app::sharing::model::{Given, Ground};
use app::time::Moment;
use serde::Deserialize;
use uuid::Uuid;

use super::NewDisclosure;
use super::ground::{needed, usual_purpose};
use crate::catalogue::Catalogue;
use crate::records::line::{Owner, head, read};

/// Characters of a detail; kinds of data in one disclosure.
const DETAIL_CHARS: usize = 1_000;
const FIELDS: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: String,
    phone: Option<String>,
    person: Option<Uuid>,
    at: jiff::Timestamp,
    disclosure: Told,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    recipient: String,
    fields: Vec<String>,
    ground: Ground,
    purpose: Option<Purpose>,
    #[serde(default)]
    detail: String,
}

/// Reads a line; its person is not known yet.
///
/// # Errors
/// What is wrong with it, without personal data.
pub fn parse<'c>(text: &str, catalogue: &'c Catalogue, now: Moment) -> Result<(Owner, NewDisclosure<'c>), String> {
    let line: Line = read(text)?;
    let (owner, at) = head(&line.id, (line.phone, line.person), line.at, now)?;
    let Told { recipient, fields, ground, purpose, detail } = line.disclosure;
    let data = catalogue.data();
    let recipient = data.recipient(&recipient).ok_or("recipient is not in recipients.toml")?;
    let known = fields.iter().all(|id| data.field(id).is_some());
    if fields.is_empty() || fields.len() > FIELDS || !known {
        return Err(format!("fields must be 1 to {FIELDS} kinds of the data catalogue"));
    }
    if detail.chars().count() > DETAIL_CHARS {
        return Err(format!("detail must have at most {DETAIL_CHARS} characters"));
    }
    let purpose = match (ground, purpose) {
        (Ground::Consent, purpose) => {
            let purpose = purpose.or(usual_purpose(recipient));
            let decided = |purpose: &Purpose| needed(recipient, *purpose).is_some();
            Some(purpose.filter(decided).ok_or("purpose must be one that is decided about this recipient")?)
        }
        (_, None) => None,
        (_, Some(_)) => return Err("purpose stands only beside the ground consent".to_owned()),
    };
    let given = Given { fields, detail };
    let new = NewDisclosure { host_id: line.id, person: Uuid::nil(), recipient, at, ground, purpose, given };
    Ok((owner, new))
}
