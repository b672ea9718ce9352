//! A line of a host's file, and what every kind of line is held to. One that tells of a record:
//!
//! ```json
//! {"id":"log-81723","phone":"13800138000","field":"browse_log","at":"2026-11-20T21:04:05+08:00",
//!  "basis":"consent","source":"automatic","value":"春季新款连衣裙","details":{"直播间":"小满穿搭"}}
//! ```
//!
//! `person` (an id of ours) may stand in place of `phone`; `basis`, `source` and `details` may be absent.

use std::collections::HashMap;
use std::fmt;

use app::accounts::model::PhoneNumber;
use app::records::model::{Basis, Content, Source};
use app::time::{MINUTE, Moment};
use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use uuid::Uuid;

use super::write::NewRecord;
use crate::catalogue::Catalogue;

/// Characters of the host's id, of the value, of a detail's label and text; details of one record.
const ID_CHARS: usize = 128;
const VALUE_CHARS: usize = 4_000;
const LABEL_CHARS: usize = 40;
const TEXT_CHARS: usize = 1_000;
const DETAILS: usize = 20;
/// The host's clock may run ahead of ours by this.
const CLOCK_SKEW: i64 = 5 * MINUTE;

/// Whose a line is, as it says itself.
pub enum Owner {
    /// Who signs in with this number.
    Phone(PhoneNumber),
    /// By an id of ours.
    Person(Uuid),
}

/// Whether a line has something of that name in place of `field`.
pub(super) fn tells_of(text: &str, what: &str) -> bool {
    type Probe = HashMap<String, Option<IgnoredAny>>;
    // Most lines are records, and are not read twice.
    text.contains(what)
        && serde_json::from_str::<Probe>(text).is_ok_and(|probe| matches!(probe.get(what), Some(Some(_))))
}

/// Reads a line of that form.
pub(crate) fn read<L: DeserializeOwned>(text: &str) -> Result<L, String> {
    serde_json::from_str(text).map_err(|error| without_values(&error))
}

/// What every line begins with, by its `id`, its `phone` or `person`, and its `at`: whose it is, and when it came about.
pub(crate) fn head(
    id: &str,
    (phone, person): (Option<String>, Option<Uuid>),
    at: jiff::Timestamp,
    now: Moment,
) -> Result<(Owner, Moment), String> {
    let owner = owner(phone, person)?;
    if !fits(id, ID_CHARS) {
        return Err(format!("id must have 1 to {ID_CHARS} characters"));
    }
    Ok((owner, moment(at, now)?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: String,
    phone: Option<String>,
    person: Option<Uuid>,
    field: String,
    at: jiff::Timestamp,
    basis: Option<Basis>,
    source: Option<Source>,
    value: String,
    #[serde(default, deserialize_with = "in_order")]
    details: Vec<(String, String)>,
}

/// An object's entries in the order in which they stand there.
fn in_order<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, String)>, D::Error> {
    struct Entries;
    impl<'de> Visitor<'de> for Entries {
        type Value = Vec<(String, String)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object of texts")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut entries = Vec::new();
            while let Some(entry) = map.next_entry()? {
                entries.push(entry);
            }
            Ok(entries)
        }
    }
    deserializer.deserialize_map(Entries)
}

/// Reads a line that tells of a record; its person is not known yet.
///
/// # Errors
/// What is wrong with it, without personal data.
pub(super) fn parse<'c>(text: &str, catalogue: &'c Catalogue, now: Moment) -> Result<(Owner, NewRecord<'c>), String> {
    let line: Line = read(text)?;
    let (owner, at) = head(&line.id, (line.phone, line.person), line.at, now)?;
    let field = catalogue.data().field(&line.field).ok_or("field is not in the data catalogue")?;
    let basis = line.basis.or(field.usual_basis()).filter(|basis| field.basis.contains(basis));
    let basis = basis.ok_or("basis is none that the data catalogue gives for this field")?;
    if !fits(&line.value, VALUE_CHARS) {
        return Err(format!("value must have 1 to {VALUE_CHARS} characters"));
    }
    let detail_fits = |(label, text): &(String, String)| fits(label, LABEL_CHARS) && fits(text, TEXT_CHARS);
    if line.details.len() > DETAILS || !line.details.iter().all(detail_fits) {
        return Err(format!(
            "details must be at most {DETAILS}, each with a label of 1 to {LABEL_CHARS} and a text of 1 to {TEXT_CHARS} characters"
        ));
    }
    let record = NewRecord {
        host_id: line.id,
        person: Uuid::nil(),
        field,
        at,
        source: line.source.unwrap_or(field.source),
        basis,
        content: Content { value: line.value, details: line.details },
    };
    Ok((owner, record))
}

/// Whose a line is: one of the two says so.
fn owner(phone: Option<String>, person: Option<Uuid>) -> Result<Owner, String> {
    match (phone, person) {
        (Some(phone), None) => {
            Ok(Owner::Phone(phone.parse().map_err(|_| "phone is no phone number of mainland China")?))
        }
        (None, Some(person)) => Ok(Owner::Person(person)),
        _ => Err("needs phone or person, one of the two".to_owned()),
    }
}

/// When something came about; never in the future.
fn moment(at: jiff::Timestamp, now: Moment) -> Result<Moment, String> {
    let at = Moment(at.as_millisecond());
    if at > now.plus(CLOCK_SKEW) { Err("at is in the future".to_owned()) } else { Ok(at) }
}

/// Says something, and not too much.
fn fits(text: &str, most: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= most
}

/// What is wrong with a line's JSON, without the values that serde quotes: the reason may be logged, personal data may not.
fn without_values(error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    let what = match error.classify() {
        Category::Syntax => "is no JSON",
        Category::Eof => "is cut off",
        Category::Io => "can't be read",
        Category::Data => {
            let text = error.to_string();
            let known = |prefix: &str| text.starts_with(prefix);
            if known("missing field") || known("unknown field") || known("duplicate field") {
                return text.split(" at line").next().unwrap_or_default().to_owned();
            }
            "has a value of the wrong kind"
        }
    };
    format!("{what} (column {})", error.column())
}
