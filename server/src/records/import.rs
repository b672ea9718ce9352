//! `import FILE.ndjson`: a host's records, one JSON object a line. Lines that can't be taken are reported with their number
//! and reason, and written apart; running it again changes nothing that is there.
//!
//! What a line may hold stands beside what it tells of: a record (`line.rs`), what was given to whom (`sharing/line.rs`), or what
//! is open between the host and the person (`cancellation/conditions/line.rs`).

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io::{BufRead, Read as _, Write};

use app::time::Moment;
use serde::Serialize;
use uuid::Uuid;

use super::line::{self, Owner};
use super::write::{NewRecord, Refused, Writer, Written};
use crate::accounts::codes::PHONE_INDEX;
use crate::cancellation::conditions::{self, NewAffair};
use crate::catalogue::Catalogue;
use crate::sharing::{self, NewDisclosure};
use crate::storage::{Db, sql};
use crate::vault::Vault;
use crate::web::fault::Fault;

/// Lines per transaction.
const BATCH: usize = 1_000;
/// A longer line is refused before it is read whole.
const LINE_BYTES: u64 = 64 * 1024;
/// People in hand at most, so that memory does not grow with the file.
const PEOPLE_IN_HAND: usize = 50_000;

/// What came of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Records that were not there yet.
    pub written: u64,
    /// Records that were there already.
    pub present: u64,
    /// Records that may not be kept, by reason.
    pub refused: BTreeMap<Refused, u64>,
    /// Lines that are no record.
    pub bad: u64,
    /// Disclosures, new or there already, that rest on a consent which did not stand at their time. They are taken in, and
    /// their people are told.
    pub unfounded: u64,
}

impl Report {
    /// Lines that were written apart.
    #[must_use]
    pub fn rejected(&self) -> u64 {
        self.bad + self.refused.values().sum::<u64>()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} written, {} already there, {} bad", self.written, self.present, self.bad)?;
        for (refused, count) in &self.refused {
            write!(f, "\n{count} refused: {}", refused.reason())?;
        }
        if self.unfounded > 0 {
            let count = self.unfounded;
            write!(f, "\nwarning: {count} disclosures name a consent that did not stand then; their people are told")?;
        }
        Ok(())
    }
}

/// What a line tells. Its person is not known yet.
enum Told<'c> {
    Record(NewRecord<'c>),
    Disclosure(NewDisclosure<'c>),
    Affair(NewAffair),
}

/// A line that could be read.
struct Parsed<'c> {
    owner: Owner,
    told: Told<'c>,
}

/// A line with its number, from 1.
struct Numbered<'c> {
    number: u64,
    text: String,
    parsed: Result<Parsed<'c>, String>,
}

/// Takes every line of `lines`. `rejected` gets those that were not taken, each as
/// `{"line":7,"reason":"…","text":"…"}`; `progress` hears how many bytes were read so far.
///
/// # Errors
/// Storage or vault, or a file that can't be read or written. What was written before stays, and running again goes on.
pub async fn import(
    (data, vault, catalogue): (&Db, &Vault, &Catalogue),
    mut lines: impl BufRead + Send,
    mut rejected: impl Write + Send,
    progress: impl Fn(u64) + Send,
    now: Moment,
) -> Result<Report, Fault> {
    let mut taker =
        Taker { data, vault, catalogue, writer: Writer::new(data, vault, catalogue), people: HashMap::new() };
    let mut report = Report::default();
    let (mut number, mut bytes) = (0, 0);
    loop {
        let mut batch = Vec::with_capacity(BATCH);
        while batch.len() < BATCH {
            let Some((text, read)) = next_line(&mut lines)? else { break };
            number += 1;
            bytes += read;
            let parsed = match &text {
                Some(text) if text.trim().is_empty() => continue,
                Some(text) => parse(text, catalogue, now),
                None => Err(format!("the line is longer than {LINE_BYTES} bytes, or no UTF-8")),
            };
            batch.push(Numbered { number, text: text.unwrap_or_default(), parsed });
        }
        let ended = batch.len() < BATCH;
        taker.take(batch, &mut rejected, &mut report, now).await?;
        progress(bytes);
        if ended {
            rejected.flush()?;
            return Ok(report);
        }
    }
}

/// The next line and how many bytes it took; no text when it is too long or no UTF-8, nothing at the end.
fn next_line(lines: &mut impl BufRead) -> std::io::Result<Option<(Option<String>, u64)>> {
    let mut line = Vec::new();
    let mut bytes = u64::try_from(lines.by_ref().take(LINE_BYTES).read_until(b'\n', &mut line)?).unwrap_or(u64::MAX);
    if bytes == 0 {
        return Ok(None);
    }
    let whole = line.ends_with(b"\n") || bytes < LINE_BYTES;
    if !whole {
        line.clear();
        loop {
            let part = lines.by_ref().take(LINE_BYTES).read_until(b'\n', &mut line)?;
            bytes += u64::try_from(part).unwrap_or(u64::MAX);
            if part == 0 || line.ends_with(b"\n") {
                return Ok(Some((None, bytes)));
            }
            line.clear();
        }
    }
    Ok(Some((String::from_utf8(line).ok(), bytes)))
}

fn parse<'c>(text: &str, catalogue: &'c Catalogue, now: Moment) -> Result<Parsed<'c>, String> {
    if line::tells_of(text, "disclosure") {
        let (owner, disclosure) = sharing::line::parse(text, catalogue, now)?;
        return Ok(Parsed { owner, told: Told::Disclosure(disclosure) });
    }
    if line::tells_of(text, "affair") {
        let (owner, affair) = conditions::line::parse(text, now)?;
        return Ok(Parsed { owner, told: Told::Affair(affair) });
    }
    let (owner, record) = line::parse(text, catalogue, now)?;
    Ok(Parsed { owner, told: Told::Record(record) })
}

struct Taker<'c> {
    data: &'c Db,
    vault: &'c Vault,
    catalogue: &'c Catalogue,
    writer: Writer<'c>,
    people: HashMap<[u8; 32], Uuid>,
}

impl<'c> Taker<'c> {
    async fn take(
        &mut self,
        batch: Vec<Numbered<'c>>,
        rejected: &mut impl Write,
        report: &mut Report,
        now: Moment,
    ) -> Result<(), Fault> {
        let (mut records, mut disclosures) = (Vec::new(), Vec::new());
        let (mut from, mut disclosed_from) = (Vec::new(), Vec::new());
        let (mut affairs, mut affairs_from) = (Vec::new(), Vec::new());
        let mut reasons: Vec<Option<String>> = Vec::with_capacity(batch.len());
        let mut texts = Vec::with_capacity(batch.len());
        for (at, line) in batch.into_iter().enumerate() {
            texts.push((line.number, line.text));
            match line.parsed {
                Ok(Parsed { owner, told }) => {
                    let person = self.person(owner).await?;
                    match told {
                        Told::Record(record) => {
                            records.push(NewRecord { person, ..record });
                            from.push(at);
                        }
                        Told::Disclosure(disclosure) => {
                            disclosures.push(NewDisclosure { person, ..disclosure });
                            disclosed_from.push(at);
                        }
                        Told::Affair(affair) => {
                            affairs.push(NewAffair { person, ..affair });
                            affairs_from.push(at);
                        }
                    }
                    reasons.push(None);
                }
                Err(why) => {
                    report.bad += 1;
                    reasons.push(Some(why));
                }
            }
        }
        let written = self.writer.write(&records, now).await?;
        let mut answers: Vec<_> = from.into_iter().zip(written).collect();
        if !disclosures.is_empty() {
            let taken = sharing::write((self.data, self.vault, self.catalogue), &disclosures, now).await?;
            report.unfounded += taken.iter().flatten().filter(|taken| taken.unfounded).count() as u64;
            answers.extend(disclosed_from.into_iter().zip(taken.into_iter().map(|taken| taken.map(|t| t.written))));
        }
        if !affairs.is_empty() {
            let taken = conditions::write((self.data, self.vault), &affairs, now).await?;
            answers.extend(affairs_from.into_iter().zip(taken));
        }
        for (at, answer) in answers {
            match answer {
                Ok(Written::New) => report.written += 1,
                Ok(Written::Present) => report.present += 1,
                Err(refused) => {
                    *report.refused.entry(refused).or_default() += 1;
                    reasons[at] = Some(refused.reason().to_owned());
                }
            }
        }
        for ((number, text), reason) in texts.into_iter().zip(reasons) {
            let Some(reason) = reason else { continue };
            serde_json::to_writer(&mut *rejected, &Rejected { line: number, reason: &reason, text: text.trim_end() })?;
            rejected.write_all(b"\n")?;
        }
        Ok(())
    }

    /// Whose a line is; nobody's when no account has that phone.
    async fn person(&mut self, owner: Owner) -> Result<Uuid, Fault> {
        let phone = match owner {
            Owner::Person(person) => return Ok(person),
            Owner::Phone(phone) => phone,
        };
        let index = self.vault.blind_index(PHONE_INDEX, phone.reveal());
        if let Some(person) = self.people.get(&index) {
            return Ok(*person);
        }
        let row = sql("SELECT id FROM person WHERE phone_index = $1")
            .bind(index)
            .fetch_optional::<(String,)>(self.data)
            .await?;
        let Some((id,)) = row else { return Ok(Uuid::nil()) };
        if self.people.len() >= PEOPLE_IN_HAND {
            self.people.clear();
        }
        let id = Uuid::parse_str(&id)?;
        self.people.insert(index, id);
        Ok(id)
    }
}

#[derive(Serialize)]
struct Rejected<'t> {
    line: u64,
    reason: &'t str,
    text: &'t str,
}
