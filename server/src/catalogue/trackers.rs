//! The inventory of cookies, storage keys, pixels and beacons: `cookies.toml`, read and checked.

use app::consents::model::Words;
use app::cookies::inventory::{Area, Tracker, TrackerKind, is_item_name};
use app::cookies::model::{CookieChoice, CookieGroup};
use app::promises::TRACKER_LIFE_MAX;
use app::time::{DAY, HOUR, MINUTE, Moment};
use serde::Deserialize;
use toml::Spanned;

use super::CatalogueError;
use super::data::line_of;
use crate::accounts::{codes, known_devices, sessions};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    tracker: Vec<Spanned<Row>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    kind: TrackerKind,
    group: CookieGroup,
    provider: String,
    purpose: String,
    lifetime: String,
    since: jiff::civil::Date,
    http_only: Option<bool>,
    area: Option<Area>,
    address: Option<String>,
}

/// The cookie of answers names every item that was decided by itself; all of them together must fit into it (RFC 6265: 4,096
/// bytes with everything).
const ITEM_NAMES_MAX: usize = 3_000;

/// Reads the inventory and refuses what contradicts itself.
///
/// # Errors
/// What is wrong, and at which line.
pub fn read(text: &str) -> Result<Vec<Tracker>, CatalogueError> {
    let file: File = toml::from_str(text).map_err(|e| CatalogueError::Malformed("cookies.toml", e))?;
    let mut trackers: Vec<Tracker> = Vec::new();
    for row in file.tracker {
        let line = line_of(text, row.span().start);
        let row = row.into_inner();
        let name = row.name.clone();
        let wrong = |why: String| CatalogueError::Tracker { line, name: name.clone(), why };
        let tracker = checked(row).map_err(|why| wrong(why.to_owned()))?;
        if let Some(other) = trackers.iter().find(|other| overlap(other, &tracker)) {
            return Err(wrong(format!("could also be {}: one of them would decide about the other", other.name)));
        }
        trackers.push(tracker);
        let names = trackers.iter().filter(|t| t.is_decided()).map(|t| t.name.len() + 1).sum::<usize>();
        if names > ITEM_NAMES_MAX {
            return Err(wrong(
                "is one too many: the names of all optional ones no longer fit into a cookie".to_owned(),
            ));
        }
    }
    match OWN.into_iter().find(|own| !trackers.iter().any(|tracker| tracker.covers(own))) {
        Some(own) => Err(CatalogueError::Tracker {
            line: line_of(text, text.len()),
            name: own.to_owned(),
            why: "is set by the centre itself, and is missing".to_owned(),
        }),
        None => Ok(trackers),
    }
}

/// Cookies without which nobody could sign in: the gate lets none pass that the inventory does not name.
const OWN: [&str; 6] = [
    sessions::cookie_name(false),
    sessions::cookie_name(true),
    CookieChoice::COOKIE,
    codes::TICKET_COOKIE,
    known_devices::cookie_name(false),
    known_devices::cookie_name(true),
];

fn checked(row: Row) -> Result<Tracker, &'static str> {
    let Row { name, kind, group, provider, purpose, lifetime, since, http_only, area, address } = row;
    if [&name, &provider, &purpose].iter().any(|text| text.trim().is_empty()) {
        return Err("needs a name, a provider and a purpose");
    }
    if group != CookieGroup::Necessary && !is_item_name(&name) {
        return Err("is optional, so its name must be 1 to 40 letters, digits, _ or -, and may end in *");
    }
    if name.trim_end_matches('*').is_empty() {
        return Err("would stand for everything");
    }
    if (kind == TrackerKind::Cookie) != http_only.is_some() {
        return Err("needs http_only exactly if it is a cookie");
    }
    if (kind == TrackerKind::Storage) != area.is_some() {
        return Err("needs an area exactly if it is storage");
    }
    if (kind == TrackerKind::Beacon) != (group == CookieGroup::Mail) {
        return Err("is a beacon exactly if it is in mails");
    }
    let removable = matches!(area, None | Some(Area::Local | Area::Session));
    if group != CookieGroup::Necessary && !removable {
        return Err("is optional, so it must be in localStorage or sessionStorage, where a refusal can remove it");
    }
    let is_asked_for = matches!(kind, TrackerKind::Pixel | TrackerKind::Beacon);
    // A path is one of ours.
    let is_address = |address: &str| address.starts_with("https://") || address.starts_with('/');
    if is_asked_for != address.as_deref().is_some_and(is_address) {
        return Err("needs an https address, or a path of ours, exactly if it is a pixel or beacon");
    }
    check_lifetime(&lifetime, is_asked_for, group == CookieGroup::Necessary && kind == TrackerKind::Storage)?;
    // The first moment of that day.
    let since = Moment::end_of(since).plus(1 - DAY);
    let http_only = http_only.unwrap_or_default();
    Ok(Tracker { name, kind, group, provider, purpose, lifetime, since, http_only, area, address })
}

fn check_lifetime(lifetime: &str, leaves_nothing: bool, may_stay: bool) -> Result<(), &'static str> {
    if leaves_nothing {
        return if lifetime == "不保存" {
            Ok(())
        } else {
            Err("leaves nothing in the browser: its lifetime is 不保存")
        };
    }
    if lifetime.starts_with("一直保留") {
        return if may_stay { Ok(()) } else { Err("may not stay for ever") };
    }
    let digits = lifetime.len() - lifetime.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = lifetime.split_at(digits);
    let number: i64 = number.parse().map_err(|_| "has a lifetime that does not begin with a number")?;
    let units = [("分钟", MINUTE), ("小时", HOUR), ("天", DAY), ("个月", TRACKER_LIFE_MAX / 13)];
    let millis = units.iter().find(|(name, _)| unit.starts_with(name)).map(|(_, millis)| *millis);
    let millis = millis.ok_or("has a lifetime in none of 分钟, 小时, 天 and 个月")?;
    match number.checked_mul(millis) {
        Some(life) if (1..=TRACKER_LIFE_MAX).contains(&life) => Ok(()),
        _ => Err("lives longer than 13 months"),
    }
}

/// Whether one name could be both. Decisions name one by name alone, whatever its kind, so equal names never are two.
fn overlap(one: &Tracker, other: &Tracker) -> bool {
    let front = |tracker: &Tracker| tracker.name.trim_end_matches('*').to_owned();
    let same_place = one.kind == other.kind && one.area == other.area;
    one.name == other.name || (same_place && (one.covers(&front(other)) || other.covers(&front(one))))
}

/// What a person reads before deciding about one item of a group.
#[must_use]
pub fn words(tracker: &Tracker, of_group: &Words) -> Words {
    let Tracker { purpose, provider, lifetime, .. } = tracker;
    Words {
        label: tracker.label(),
        what_for: format!("{purpose} · {provider} · {lifetime}"),
        when_off: "不再使用它，已经存下的会删除。".to_owned(),
        unaffected: of_group.unaffected.clone(),
        necessity: None,
        impact: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILT_IN: &str = include_str!("../../catalogue/cookies.toml");

    /// The text with a change inside one tracker, and the line where it begins.
    fn with(name: &str, from: &str, to: &str) -> (String, usize) {
        let start = BUILT_IN.find(&format!("name = \"{name}\"")).expect("it is there");
        let at = BUILT_IN[start..].find(from).expect("it has that") + start;
        let text = format!("{}{to}{}", &BUILT_IN[..at], &BUILT_IN[at + from.len()..]);
        // [[tracker]] stands on the line above.
        (text, line_of(BUILT_IN, start) - 1)
    }

    #[test]
    fn what_is_wrong_is_refused_with_its_line() {
        let cases = [
            ("yd_recent", "\"yd_recent\"", "\"appearance\"", "could also be appearance"),
            ("yd_recent", "\"yd_recent\"", "\"app*\"", "could also be appearance"),
            ("yd_ad_*", "\"yd_ad_*\"", "\"yd_stat_ad\"", "could also be yd_stat_*"),
            ("yd_ad_*", "\"yd_ad_*\"", "\"*\"", "its name must be"),
            ("session", "\"session\"", "\"*\"", "stand for everything"),
            ("yd_recent", "\"yd_recent\"", "\"yd recent\"", "its name must be"),
            ("yd_recent", "\"一点生活-live\"", "\" \"", "needs a name, a provider"),
            ("yd_recent", "\"30天\"", "\"14个月\"", "longer than 13 months"),
            ("yd_recent", "\"30天\"", "\"400天\"", "longer than 13 months"),
            ("yd_recent", "\"30天\"", "\"很久\"", "begin with a number"),
            ("yd_recent", "\"30天\"", "\"3年\"", "in none of"),
            ("yd_recent", "\"30天\"", "\"一直保留\"", "for ever"),
            ("yd_player", "\"12个月\"", "\"一直保留\"", "for ever"),
            ("yd_px_ad", "\"不保存\"", "\"1天\"", "leaves nothing"),
            ("yd_px_ad", "\"https://", "\"http://", "https address"),
            ("yd_recent", "http_only = false\n", "", "http_only"),
            ("yd_player", "area = \"localStorage\"\n", "", "area"),
            ("yd_player", "localStorage", "indexedDB", "a refusal can remove it"),
            ("mail_open", "\"mail\"", "\"analytics\"", "in mails"),
        ];
        for (name, from, to, why) in cases {
            let (text, line) = with(name, from, to);
            let error = read(&text).expect_err(why).to_string();
            assert!(error.contains(why), "{error} does not say {why}");
            assert!(error.contains(&format!("cookies.toml, line {line}:")) || why.starts_with("could"), "{error}");
        }
    }

    #[test]
    fn more_than_fits_into_the_cookie_of_answers_is_refused() {
        let row = |n: usize| {
            format!(
                "[[tracker]]\nname = \"optional_item_with_a_long_name_{n:08}\"\nkind = \"cookie\"\ngroup = \"preference\"\n\
                 provider = \"x\"\npurpose = \"x\"\nlifetime = \"30天\"\nsince = \"2026-03-01\"\nhttp_only = true\n"
            )
        };
        let error = read(&(0..100).map(row).collect::<String>()).expect_err("too many").to_string();
        assert!(error.contains("fit into a cookie"), "{error}");
    }
}
