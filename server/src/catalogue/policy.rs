//! The policy's versions and what stands beside each clause: `catalogue/policy/`, read and checked.
//!
//! A version is a folder of three texts in Markdown: `policy.md` with its front matter, `summary.md` and `children.md`. Every
//! paragraph (and line of a list) ends with its clause's id, `{#like-this}`; nothing else of Markdown is used but headings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use app::consents::Purpose;
use app::menu::{PLACES, Place};
use app::policy::model::{Block, Change, Clause, Version};
use app::policy::rules;
use app::time::Moment;
use pulldown_cmark::{Event, HeadingLevel, OffsetIter, Parser, Tag, TagEnd};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::{CatalogueError, Data};

/// A version's three texts.
struct Texts {
    policy: String,
    summary: String,
    children: String,
}

macro_rules! built_in {
    ($($version:literal),*) => {
        fn built_in() -> Vec<(String, Texts)> {
            vec![$((
                $version.to_owned(),
                Texts {
                    policy: include_str!(concat!("../../catalogue/policy/", $version, "/policy.md")).to_owned(),
                    summary: include_str!(concat!("../../catalogue/policy/", $version, "/summary.md")).to_owned(),
                    children: include_str!(concat!("../../catalogue/policy/", $version, "/children.md")).to_owned(),
                },
            )),*]
        }
    };
}

built_in!("1.0", "2.0");

/// What stands beside a clause.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Control {
    /// Decided right here.
    pub switches: Vec<Purpose>,
    /// Where more can be done.
    pub places: Vec<Place>,
    /// A fact, told right here.
    pub fact: Option<Fact>,
    /// Why nothing stands beside it.
    pub none: Option<String>,
    /// The kinds of data that the clause speaks of.
    pub fields: Vec<String>,
    /// The browser test that shows it: its file, and a part of its title.
    pub test: Option<(String, String)>,
}

/// A fact beside a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// Who receives data.
    Recipients,
}

/// All versions, oldest first, and the controls of the newest.
#[derive(Clone, Debug)]
pub struct Policy {
    versions: Vec<Version>,
    /// SHA-256 of each version's `policy.md`, in hex, by its number.
    hashes: BTreeMap<String, String>,
    controls: BTreeMap<String, Control>,
}

/// Something about the policy is wrong. For the operator.
fn wrong(file: impl Into<String>, why: impl Into<String>) -> CatalogueError {
    CatalogueError::Policy { file: file.into(), why: why.into() }
}

impl Policy {
    /// The built-in policy, or the one in the operator's folder if it has a `policy` folder.
    ///
    /// # Errors
    /// [`CatalogueError`].
    pub fn load(folder: Option<&Path>, data: &Data) -> Result<Self, CatalogueError> {
        let own = folder.map(|folder| folder.join("policy")).filter(|folder| folder.is_dir());
        let (texts, controls) = match &own {
            Some(folder) => (read_versions(folder)?, read(&folder.join("clauses.toml"))?),
            None => (built_in(), include_str!("../../catalogue/policy/clauses.toml").to_owned()),
        };
        let mut versions =
            texts.iter().map(|(number, texts)| read_version(number, texts)).collect::<Result<Vec<_>, _>>()?;
        versions.sort_by_key(|version| version.in_force);
        let Some(newest) = versions.last() else { return Err(wrong("policy", "there is no version")) };
        let controls = read_controls(&controls)?;
        check(newest, &controls, data)?;
        let hash = |text: &str| Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
        let hashes = texts.iter().map(|(number, texts)| (number.clone(), hash(&texts.policy))).collect();
        Ok(Self { versions, hashes, controls })
    }

    /// All of them, oldest first.
    #[must_use]
    pub fn versions(&self) -> &[Version] {
        &self.versions
    }

    /// The version that holds at a time.
    #[must_use]
    pub fn in_force(&self, at: Moment) -> &Version {
        rules::in_force(&self.versions, at)
    }

    /// The version that is made known but not yet in force.
    #[must_use]
    pub fn announced(&self, at: Moment) -> Option<&Version> {
        rules::announced(&self.versions, at)
    }

    /// The change because of which a "yes" of an older version does not hold any more, with its version.
    #[must_use]
    pub fn lapsed_by(&self, purpose: Purpose, decided_under: &str, at: Moment) -> Option<(&Version, &Change)> {
        rules::lapsed_by(&self.versions, purpose, decided_under, at)
    }

    /// The version of that number.
    #[must_use]
    pub fn version(&self, number: &str) -> Option<&Version> {
        self.versions.iter().find(|version| version.number == number)
    }

    /// SHA-256 of the text of that version's `policy.md`, in hex.
    #[must_use]
    pub fn hash_of(&self, number: &str) -> Option<&str> {
        self.hashes.get(number).map(String::as_str)
    }

    /// What stands beside a clause; nothing for one that the newest version has no more.
    #[must_use]
    pub fn control(&self, clause: &str) -> Option<&Control> {
        self.controls.get(clause)
    }

    /// The clause beside which a purpose is decided.
    #[must_use]
    pub fn clause_of(&self, purpose: Purpose) -> Option<&str> {
        self.controls.iter().find(|(_, control)| control.switches.contains(&purpose)).map(|(id, _)| id.as_str())
    }
}

fn read(file: &Path) -> Result<String, CatalogueError> {
    std::fs::read_to_string(file).map_err(|e| CatalogueError::Unreadable(file.to_owned(), e))
}

fn read_versions(folder: &Path) -> Result<Vec<(String, Texts)>, CatalogueError> {
    let unreadable = |e| CatalogueError::Unreadable(folder.to_owned(), e);
    let mut folders: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        folders.push(entry.map_err(unreadable)?.path());
    }
    let version = |folder: PathBuf| {
        let number = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = |name| read(&folder.join(name));
        Ok((number, Texts { policy: text("policy.md")?, summary: text("summary.md")?, children: text("children.md")? }))
    };
    folders.into_iter().filter(|path| path.is_dir()).map(version).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatter {
    version: String,
    published: jiff::civil::Date,
    in_force: jiff::civil::Date,
    material: bool,
    changes: Vec<FrontChange>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontChange {
    text: String,
    #[serde(default)]
    purposes: Vec<Purpose>,
}

fn read_version(number: &str, texts: &Texts) -> Result<Version, CatalogueError> {
    let file = |name: &str| format!("policy/{number}/{name}");
    let (front, body) = split(&texts.policy).ok_or_else(|| wrong(file("policy.md"), "has no front matter in +++"))?;
    let front: FrontMatter = toml::from_str(front).map_err(|e| wrong(file("policy.md"), e.to_string()))?;
    if front.version != number {
        return Err(wrong(file("policy.md"), "names another version than its folder"));
    }
    if front.published > front.in_force {
        return Err(wrong(file("policy.md"), "is in force before it is made known"));
    }
    let touches = front.changes.iter().any(|change| !change.purposes.is_empty());
    if front.material != touches {
        return Err(wrong(file("policy.md"), "is material exactly if a change names the purposes that it touches"));
    }
    let text = blocks(body).map_err(|why| wrong(file("policy.md"), why))?;
    let only_clauses = |name: &str, text: &str| {
        let read = blocks(text).and_then(|blocks| blocks.into_iter().map(clause).collect::<Result<Vec<_>, _>>());
        read.map_err(|why| wrong(file(name), why))
    };
    let version = Version {
        summary: only_clauses("summary.md", &texts.summary)?,
        children: only_clauses("children.md", &texts.children)?,
        number: front.version,
        published: start_of(front.published),
        in_force: start_of(front.in_force),
        material: front.material,
        changes: front.changes.into_iter().map(|c| Change { text: c.text, purposes: c.purposes }).collect(),
        text,
    };
    let mut known = BTreeSet::new();
    if let Some(twice) = version.clauses().chain(&version.children).find(|clause| !known.insert(clause.id.clone())) {
        return Err(wrong(file("policy.md"), format!("has the clause {} twice", twice.id)));
    }
    match version.summary.iter().find(|clause| !known.contains(&clause.id)) {
        Some(unknown) => Err(wrong(file("summary.md"), format!("sums up {}, which is no clause", unknown.id))),
        None => Ok(version),
    }
}

fn start_of(date: jiff::civil::Date) -> Moment {
    Moment::end_of(date).plus(1 - app::time::DAY)
}

fn clause(block: Block) -> Result<Clause, String> {
    match block {
        Block::Clause(clause) => Ok(clause),
        Block::Heading { text, .. } => Err(format!("has a heading ({text}), where only clauses stand")),
    }
}

/// Front matter and body.
fn split(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix("+++\n")?.split_once("\n+++\n")
}

/// Headings and clauses of a text in Markdown.
fn blocks(text: &str) -> Result<Vec<Block>, String> {
    let mut blocks = Vec::new();
    let mut events = Parser::new(text).into_offset_iter();
    while let Some((event, range)) = events.next() {
        let line = || text[..range.start].lines().count() + 1;
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                let level = match level {
                    HeadingLevel::H2 => 1,
                    HeadingLevel::H3 => 2,
                    _ => return Err(format!("line {}: headings are ## and ###", line())),
                };
                let text = plain(&mut events).map_err(|why| format!("line {}: {why}", line()))?;
                let anchor = format!("part-{}", blocks.len() + 1);
                blocks.push(Block::Heading { level, anchor, text });
            }
            Event::Start(Tag::List(None)) | Event::End(TagEnd::List(_) | TagEnd::Item) => {}
            Event::Start(Tag::Paragraph | Tag::Item) => {
                let text = plain(&mut events).map_err(|why| format!("line {}: {why}", line()))?;
                let named = text.strip_suffix('}').and_then(|text| text.rsplit_once("{#"));
                let Some((text, id)) = named else { return Err(format!("line {}: no {{#clause-id}}", line())) };
                blocks.push(Block::Clause(Clause { id: id.to_owned(), text: text.trim().to_owned() }));
            }
            _ => return Err(format!("line {}: only headings, paragraphs and lists", line())),
        }
    }
    Ok(blocks)
}

/// The text up to the end of what was begun.
fn plain(events: &mut OffsetIter<'_>) -> Result<String, &'static str> {
    let mut text = String::new();
    for (event, _) in events {
        match event {
            Event::Text(part) => text.push_str(&part),
            // Chinese has no space between lines.
            Event::SoftBreak => {}
            Event::End(TagEnd::Heading(_) | TagEnd::Paragraph | TagEnd::Item) => return Ok(text),
            _ => return Err("a clause is plain text"),
        }
    }
    Ok(text)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ControlRow {
    #[serde(default)]
    switches: Vec<Purpose>,
    #[serde(default)]
    places: Vec<String>,
    fact: Option<Fact>,
    none: Option<String>,
    #[serde(default)]
    fields: Vec<String>,
    test: Option<String>,
}

fn read_controls(text: &str) -> Result<BTreeMap<String, Control>, CatalogueError> {
    let rows: BTreeMap<String, ControlRow> =
        toml::from_str(text).map_err(|e| CatalogueError::Malformed("policy/clauses.toml", e))?;
    let control = |(id, row): (String, ControlRow)| {
        let why = |why: &str| wrong("policy/clauses.toml", format!("[{id}] {why}"));
        let place = |label: &String| PLACES.iter().copied().find(|place| place.label() == label);
        let places = row.places.iter().map(|label| place(label).ok_or_else(|| why(&format!("{label} is no page"))));
        let places = places.collect::<Result<Vec<_>, _>>()?;
        let test = match row.test {
            Some(test) => Some(
                test.split_once(": ")
                    .map(|(f, t)| (f.to_owned(), t.to_owned()))
                    .ok_or_else(|| why("test is `file: title`"))?,
            ),
            None => None,
        };
        let has_control = !row.switches.is_empty() || !places.is_empty() || row.fact.is_some();
        if has_control == row.none.is_some() {
            return Err(why("names a control, or else the reason why there is none"));
        }
        if has_control && test.is_none() {
            return Err(why("has a control, so it names the browser test that shows it"));
        }
        let control =
            Control { switches: row.switches, places, fact: row.fact, none: row.none, fields: row.fields, test };
        Ok((id, control))
    };
    rows.into_iter().map(control).collect()
}

/// Pages under 设置 and 隐私设置 that only lead to others, or belong to no right. Each other one stands beside a clause.
const LISTS: &[Place] = &[Place::Privacy, Place::Policy, Place::About, Place::StepUp];

/// Clauses, controls, purposes, pages and kinds of data fit each other, in every direction.
fn check(newest: &Version, controls: &BTreeMap<String, Control>, data: &Data) -> Result<(), CatalogueError> {
    let why = |why: String| wrong("policy/clauses.toml", why);
    let clauses: BTreeSet<_> = newest.clauses().chain(&newest.children).map(|clause| clause.id.as_str()).collect();
    if let Some(id) = clauses.iter().find(|id| !controls.contains_key(**id)) {
        return Err(why(format!("the clause {id} of version {} has no entry", newest.number)));
    }
    if let Some(id) = controls.keys().find(|id| !clauses.contains(id.as_str())) {
        return Err(why(format!("[{id}] is no clause of version {}", newest.number)));
    }
    for purpose in Purpose::ALL {
        let count = controls.values().flat_map(|control| &control.switches).filter(|p| *p == purpose).count();
        if count != 1 {
            return Err(why(format!("the purpose {} stands beside {count} clauses, not one", purpose.id())));
        }
    }
    for field in data.fields() {
        if !controls.values().any(|control| control.fields.contains(&field.id)) {
            return Err(why(format!("no clause speaks of the field {}", field.id)));
        }
    }
    let is_right = |place: &&Place| matches!(place.entry().parent, Some(Place::Settings | Place::Privacy));
    for place in PLACES.iter().filter(is_right).filter(|place| !LISTS.contains(place)) {
        if !controls.values().any(|control| control.places.contains(place)) {
            return Err(why(format!("no clause leads to the page {}", place.label())));
        }
    }
    let unknown = controls.iter().find_map(|(id, control)| {
        control.fields.iter().find(|field| data.field(field).is_none()).map(|field| (id, field))
    });
    match unknown {
        Some((id, field)) => Err(why(format!("[{id}] speaks of {field}, which is no field of data.toml"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    fn texts(change: impl Fn(&mut Texts)) -> Result<Version, String> {
        let (number, mut texts) = built_in().remove(0);
        change(&mut texts);
        read_version(&number, &texts).map_err(|error| error.to_string())
    }

    #[test]
    fn every_text_of_the_built_in_policy_reads() {
        let catalogue = Catalogue::load(None).expect("the built-in catalogue is fit");
        for version in catalogue.policy().versions() {
            assert!(version.clauses().count() > 50 && version.summary.len() > 5 && version.children.len() > 5);
        }
    }

    #[test]
    fn what_is_wrong_with_a_text_is_said_with_its_place() {
        assert!(texts(|_| ()).is_ok());
        let said = |change: fn(&mut Texts)| texts(change).expect_err("refused");
        assert!(said(|t| t.policy = t.policy.replacen("+++", "---", 1)).contains("front matter"));
        assert!(said(|t| t.policy = t.policy.replace("{#device}", "")).contains("no {#clause-id}"));
        assert!(said(|t| t.policy = t.policy.replace("{#device}", "{#ads}")).contains("clause ads twice"));
        assert!(said(|t| t.policy = t.policy.replace("material = false", "material = true")).contains("material"));
        assert!(said(|t| t.policy = t.policy.replace("2026-02-01", "2026-12-01")).contains("before it is made known"));
        assert!(said(|t| t.policy.push_str("\n| a |\n")).contains("line"));
        assert!(said(|t| t.policy.push_str("\n**a**{#b}\n")).contains("plain text"));
        assert!(said(|t| t.summary.push_str("- a{#nothing}\n")).contains("nothing, which is no clause"));
    }

    #[test]
    fn an_orphan_in_any_direction_is_refused() {
        let catalogue = Catalogue::load(None).expect("the built-in catalogue is fit");
        let newest = catalogue.policy().versions().last().expect("one");
        let text = include_str!("../../catalogue/policy/clauses.toml");
        let said = |from: &str, to: &str| {
            assert!(text.contains(from), "{from}");
            let controls = read_controls(&text.replacen(from, to, 1));
            let checked = controls.and_then(|controls| check(newest, &controls, catalogue.data()));
            checked.expect_err("refused").to_string()
        };
        assert!(said("[gpc]", "[gps]").contains("gpc"));
        assert!(said("[register]", "[extra]\nnone = \"x\"\n\n[register]").contains("extra"));
        assert!(
            said("switches = [\"camera\"]", "switches = [\"camera\", \"album\"]").contains("album stands beside 2")
        );
        assert!(said("\"carrier\", ", "").contains("carrier"));
        assert!(said("\"carrier\", ", "\"carriers\", ").contains("carrier"));
        assert!(said("fact = \"recipients\"", "none = \"x\"\nfact = \"recipients\"").contains("recipients"));
        assert!(said("places = [\"密码\"]", "places = [\"密马\"]").contains("密马"));
        assert!(said("\"个人信息转移\"]", "\"设置\"]").contains("个人信息转移"));
        assert!(said("\ntest = \"accounts: 密码", "\n# test = \"accounts: 密码").contains("browser test"));
    }
}
