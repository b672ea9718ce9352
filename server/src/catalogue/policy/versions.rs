//! A version is a folder of three texts in Markdown: `policy.md` with its front matter, `summary.md` and `children.md`. Every
//! paragraph (and line of a list) ends with its clause's id, `{#like-this}`; nothing else of Markdown is used but headings.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use app::consents::Purpose;
use app::policy::model::{Block, Change, Clause, Version};
use app::time::Moment;
use pulldown_cmark::{Event, HeadingLevel, OffsetIter, Parser, Tag, TagEnd};
use serde::Deserialize;

use super::wrong;
use crate::catalogue::CatalogueError;

/// A version's three texts.
pub(super) struct Texts {
    pub policy: String,
    summary: String,
    children: String,
}

macro_rules! built_in {
    ($($version:literal),*) => {
        pub(super) fn built_in() -> Vec<(String, Texts)> {
            vec![$((
                $version.to_owned(),
                Texts {
                    policy: include_str!(concat!("../../../catalogue/policy/", $version, "/policy.md")).to_owned(),
                    summary: include_str!(concat!("../../../catalogue/policy/", $version, "/summary.md")).to_owned(),
                    children: include_str!(concat!("../../../catalogue/policy/", $version, "/children.md")).to_owned(),
                },
            )),*]
        }
    };
}

built_in!("1.0", "2.0", "2.1");

pub(super) fn read_all(folder: &Path) -> Result<Vec<(String, Texts)>, CatalogueError> {
    let unreadable = |e| CatalogueError::Unreadable(folder.to_owned(), e);
    let mut folders: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        folders.push(entry.map_err(unreadable)?.path());
    }
    let version = |folder: PathBuf| {
        let number = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = |name| super::read(&folder.join(name));
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

pub(super) fn read(number: &str, texts: &Texts) -> Result<Version, CatalogueError> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    fn texts(change: impl Fn(&mut Texts)) -> Result<Version, String> {
        let (number, mut texts) = built_in().remove(0);
        change(&mut texts);
        read(&number, &texts).map_err(|error| error.to_string())
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
}
