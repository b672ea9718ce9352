//! `import FILE.ndjson`: a host's records, one JSON object a line. Lines that can't be taken are reported with their number
//! and reason, and written apart; running it again changes nothing that is there.
//!
//! What a line may hold stands beside what it tells of: a record (`line.rs`), what was given to whom (`sharing/line.rs`), or what
//! is open between the host and the person (`cancellation/conditions/line.rs`).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::io::{BufRead, Read as _, Write};

use app::promises::IMPORT_LATE;
use app::time::Moment;
use serde::Serialize;
use uuid::Uuid;

use super::line::{self, Owner};
use super::write::{NewRecord, Refused, Writer, Written};
use crate::accounts::codes::PHONE_INDEX;
use crate::cancellation::conditions::{self, NewAffair};
use crate::catalogue::Catalogue;
use crate::numbers::Claim;
use crate::sharing::{self, NewDisclosure};
use crate::storage::{Db, sql_rows};
use crate::vault::Vault;
use crate::web::fault::Fault;

/// Lines per transaction.
const BATCH: usize = 1_000;
/// A longer line is refused before it is read whole.
const LINE_BYTES: u64 = 64 * 1024;
/// Phones per question.
const CHUNK: usize = 250;

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
    parts: (&Db, &Vault, &Catalogue),
    lines: impl BufRead + Send,
    rejected: impl Write + Send,
    progress: impl Fn(u64) + Send,
    now: Moment,
) -> Result<Report, Fault> {
    import_within((parts, IMPORT_LATE), lines, rejected, progress, now).await
}

/// The same with how late a line may come (milliseconds) that came about before its account had the number.
///
/// # Errors
/// As [`import`].
pub async fn import_within(
    ((data, vault, catalogue), late): ((&Db, &Vault, &Catalogue), i64),
    mut lines: impl BufRead + Send,
    mut rejected: impl Write + Send,
    progress: impl Fn(u64) + Send,
    now: Moment,
) -> Result<Report, Fault> {
    let mut taker = Taker { data, vault, catalogue, writer: Writer::new(data, vault, catalogue), late };
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
    late: i64,
}

/// Lines of one kind, each with its place in the batch and the phone by which it names its person.
struct Lines<L> {
    told: Vec<L>,
    claims: Vec<Option<Claim>>,
    from: Vec<usize>,
}

impl<L> Lines<L> {
    const fn none() -> Self {
        Self { told: Vec::new(), claims: Vec::new(), from: Vec::new() }
    }

    fn add(&mut self, line: L, claim: Option<Claim>, from: usize) {
        self.told.push(line);
        self.claims.push(claim);
        self.from.push(from);
    }
}

impl<'c> Taker<'c> {
    async fn take(
        &mut self,
        batch: Vec<Numbered<'c>>,
        rejected: &mut impl Write,
        report: &mut Report,
        now: Moment,
    ) -> Result<(), Fault> {
        let (mut records, mut disclosures, mut affairs) = (Lines::none(), Lines::none(), Lines::none());
        let mut reasons: Vec<Option<String>> = Vec::with_capacity(batch.len());
        let mut texts = Vec::with_capacity(batch.len());
        let people = self.people(&batch).await?;
        for (from, line) in batch.into_iter().enumerate() {
            texts.push((line.number, line.text));
            match line.parsed {
                Ok(Parsed { owner, told }) => {
                    let (person, number) = self.whose(&people, &owner);
                    let claim = |at| number.map(|number| Claim { person, number, at });
                    match told {
                        Told::Record(new) => records.add(NewRecord { person, ..new }, claim(new.at), from),
                        Told::Disclosure(new) => disclosures.add(NewDisclosure { person, ..new }, claim(new.at), from),
                        Told::Affair(new) => affairs.add(NewAffair { person, ..new }, claim(new.at), from),
                    }
                    reasons.push(None);
                }
                Err(why) => {
                    report.bad += 1;
                    reasons.push(Some(why));
                }
            }
        }
        let written = self.writer.write_claimed(&records.told, (&records.claims, self.late), now).await?;
        let mut answers: Vec<_> = records.from.into_iter().zip(written).collect();
        if !disclosures.told.is_empty() {
            let (parts, claims) = ((self.data, self.vault, self.catalogue), (&disclosures.claims[..], self.late));
            let taken = sharing::write_claimed(parts, &disclosures.told, claims, now).await?;
            report.unfounded += taken.iter().flatten().filter(|taken| taken.unfounded).count() as u64;
            answers.extend(disclosures.from.into_iter().zip(taken.into_iter().map(|taken| taken.map(|t| t.written))));
        }
        if !affairs.told.is_empty() {
            let claims = (&affairs.claims[..], self.late);
            let taken = conditions::write_claimed((self.data, self.vault), &affairs.told, claims, now).await?;
            answers.extend(affairs.from.into_iter().zip(taken));
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

    /// Who has the phones of a batch now. Whether they still have them when it is written, and had them when a line came about, is
    /// looked at in the transaction that writes it.
    async fn people(&self, batch: &[Numbered<'c>]) -> Result<HashMap<[u8; 32], Uuid>, Fault> {
        let phones = batch.iter().filter_map(|line| match &line.parsed {
            Ok(Parsed { owner: Owner::Phone(phone), .. }) => Some(self.vault.blind_index(PHONE_INDEX, phone.reveal())),
            _ => None,
        });
        let phones: Vec<_> = phones.collect::<BTreeSet<_>>().into_iter().collect();
        let mut people = HashMap::new();
        for chunk in phones.chunks(CHUNK) {
            let head = "SELECT phone_index, id FROM person WHERE phone_index IN";
            let asked =
                chunk.iter().fold(sql_rows(head, chunk.len(), 1, ""), |statement, index| statement.bind(*index));
            for (index, id) in asked.fetch_all::<(Vec<u8>, String)>(self.data).await? {
                if let Ok(index) = index.try_into() {
                    people.insert(index, Uuid::parse_str(&id)?);
                }
            }
        }
        Ok(people)
    }

    /// Whose a line is, and the index of the phone that says so; nobody's when no account has that phone.
    fn whose(&self, people: &HashMap<[u8; 32], Uuid>, owner: &Owner) -> (Uuid, Option<[u8; 32]>) {
        match owner {
            Owner::Person(person) => (*person, None),
            Owner::Phone(phone) => {
                let index = self.vault.blind_index(PHONE_INDEX, phone.reveal());
                (people.get(&index).copied().unwrap_or_default(), Some(index))
            }
        }
    }
}

#[derive(Serialize)]
struct Rejected<'t> {
    line: u64,
    reason: &'t str,
    text: &'t str,
}
