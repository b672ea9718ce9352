//! The inventory's words: every cookie, storage key, pixel and beacon there may be.

use serde::Deserialize;

use super::model::CookieGroup;
use crate::time::Moment;

/// What sort of thing it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrackerKind {
    /// A cookie.
    Cookie,
    /// Something that script keeps in the browser.
    Storage,
    /// A picture of one point on a page: asking for it tells that the page was seen.
    Pixel,
    /// The same in a mail, or a link that counts before it leads on.
    Beacon,
}

impl TrackerKind {
    /// What a person calls it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Cookie => "Cookie",
            Self::Storage => "网页存储",
            Self::Pixel => "像素",
            Self::Beacon => "邮件信标",
        }
    }

    /// The id in the catalogue.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Cookie => "cookie",
            Self::Storage => "storage",
            Self::Pixel => "pixel",
            Self::Beacon => "beacon",
        }
    }
}

/// Where script keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Area {
    /// Until somebody deletes it.
    #[serde(rename = "localStorage")]
    Local,
    /// Until the page is closed.
    #[serde(rename = "sessionStorage")]
    Session,
    /// IndexedDB: the name of a database.
    #[serde(rename = "indexedDB")]
    Database,
    /// CacheStorage: the name of a cache.
    #[serde(rename = "caches")]
    Cache,
    /// A service worker: the name of its file.
    #[serde(rename = "serviceWorker")]
    Worker,
}

impl Area {
    /// The id in the catalogue, and what script calls it.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Local => "localStorage",
            Self::Session => "sessionStorage",
            Self::Database => "indexedDB",
            Self::Cache => "caches",
            Self::Worker => "serviceWorker",
        }
    }
}

/// One row of the inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracker {
    /// Its name; a trailing `*` stands for any ending.
    pub name: String,
    /// What sort of thing it is.
    pub kind: TrackerKind,
    /// Which decision it needs.
    pub group: CookieGroup,
    /// Who sets and reads it.
    pub provider: String,
    /// What it is for.
    pub purpose: String,
    /// How long it lives, in words.
    pub lifetime: String,
    /// Since when the inventory describes it so. A "yes" to its group that is older was not about it.
    pub since: Moment,
    /// A cookie that script can't see (`HttpOnly`).
    pub http_only: bool,
    /// Where a storage key is.
    pub area: Option<Area>,
    /// Where a pixel or beacon is asked for; a trailing `*` stands for any ending.
    pub address: Option<String>,
}

impl Tracker {
    /// Whether something of that name is this.
    #[must_use]
    pub fn covers(&self, name: &str) -> bool {
        match self.name.strip_suffix('*') {
            Some(front) => name.starts_with(front),
            None => self.name == name,
        }
    }

    /// What it is called where it stands among others.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{} {}", self.kind.label(), self.name)
    }

    /// Whether the browser's answer decides about it by itself. What is necessary is not decided, and what is in mails is
    /// decided by the account, all of it at once.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        CookieGroup::OPTIONAL.contains(&self.group)
    }
}

/// Whether a name can stand in the cookie of answers, and so can be decided by itself.
#[must_use]
pub fn is_item_name(name: &str) -> bool {
    let front = name.strip_suffix('*').unwrap_or(name);
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    (1..=40).contains(&front.len()) && front.chars().all(plain)
}
