//! Registers as files: in `data.json`, as tables, as pages for a phone; and what was handed in as proof, as it was.

use std::io::Write;

use app::export::register::{REGISTERS_NAME, Register};
use serde::Serialize;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

use super::Noted;
use crate::export::package::{Facts, Pages, Records, Zip, as_object, minute, options, page_path};
use crate::export::text::{cell, html};
use crate::web::fault::Fault;

/// What its files are called: no kind's id has a hyphen.
fn file(register: Register) -> String {
    format!("register-{}", register.id())
}

/// What `data.json` says of a register.
#[derive(Serialize)]
struct Told<'r> {
    id: &'static str,
    name: &'static str,
    why: &'static str,
    retention: &'static str,
    entries: Vec<Line<'r>>,
}

#[derive(Serialize)]
struct Line<'r> {
    at: String,
    value: &'r str,
    #[serde(serialize_with = "as_object", skip_serializing_if = "<[_]>::is_empty")]
    details: &'r [(String, String)],
}

/// What of a register goes in.
fn chosen<'f>(facts: &'f Facts<'_>, entries: &'f [Noted]) -> impl Iterator<Item = &'f Noted> {
    entries.iter().filter(|entry| facts.scope.covers_time(entry.at))
}

/// Those of which something goes in.
fn held<'f>(facts: &'f Facts<'_>) -> impl Iterator<Item = (Register, &'f [Noted])> {
    let some = |(_, entries): &(Register, &[Noted])| chosen(facts, entries).next().is_some();
    facts.registers.iter().map(|(register, entries)| (*register, entries.as_slice())).filter(some)
}

/// Writes them into `data.json`, after its kinds; one of which nothing is held is told, too.
///
/// # Errors
/// Where it is written to.
pub fn json<W: Write>(zip: &mut Zip<W>, facts: &Facts<'_>) -> Result<(), Fault> {
    if !facts.scope.covers_registers() {
        return Ok(());
    }
    let told = facts.registers.iter().map(|(register, entries)| Told {
        id: register.id(),
        name: register.label(),
        why: register.why(),
        retention: register.kept(),
        entries: chosen(facts, entries)
            .map(|Noted { at, content }| Line { at: at.iso_millis(), value: &content.value, details: &content.details })
            .collect(),
    });
    zip.write_all(b",\n\"registers\":")?;
    Ok(serde_json::to_writer(&mut *zip, &told.collect::<Vec<_>>())?)
}

/// Writes the tables.
///
/// # Errors
/// Where it is written to.
pub fn csv<W: Write>(zip: &mut Zip<W>, facts: &Facts<'_>) -> Result<(), Fault> {
    for (register, entries) in held(facts) {
        zip.start_file(format!("csv/{}.csv", file(register)), options())?;
        // Spreadsheets take a file for UTF-8 only if it says so.
        zip.write_all("\u{feff}".as_bytes())?;
        let mut writer = csv::Writer::from_writer(&mut *zip);
        writer.write_record(["时间", register.label(), "详情"])?;
        for Noted { at, content } in chosen(facts, entries) {
            let details: Vec<_> = content.details.iter().map(|(label, text)| format!("{label}：{text}")).collect();
            writer.write_record([&at.iso_millis(), &content.value, &details.join("；")].map(|text| cell(text)))?;
        }
        writer.flush()?;
    }
    Ok(())
}

/// Writes the pages for a phone.
///
/// # Errors
/// Where it is written to.
pub fn pages<W: Write>(zip: &mut Zip<W>, facts: &Facts<'_>) -> Result<(), Fault> {
    for (register, entries) in held(facts) {
        let id = file(register);
        let mut pages = Pages::of(&mut *zip, &id, register.label());
        for Noted { at, content } in chosen(facts, entries) {
            let details = content.details.iter().map(|(label, text)| format!("<br>{}：{}", html(label), html(text)));
            let details: String = details.collect();
            pages.item(&format!(
                "<b>{}</b>{details}<small>{}</small>",
                html(&content.value),
                minute(&at.iso_millis())
            ))?;
        }
        pages.end()?;
    }
    Ok(())
}

/// Writes what was handed in as proof, file by file.
///
/// # Errors
/// Storage, vault, or where it is written to.
pub fn proofs<W: Write>(zip: &mut Zip<W>, facts: &Facts<'_>, records: &mut impl Records) -> Result<(), Fault> {
    // Pictures and PDF are as small as they get.
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for held in facts.proofs.iter().filter(|held| facts.scope.covers_time(held.file.at)) {
        let bytes = records.proof(held)?;
        zip.start_file(format!("proofs/{}", held.name()), stored)?;
        zip.write_all(&bytes)?;
    }
    Ok(())
}

/// Where the list of contents leads to them.
pub fn entry(facts: &Facts<'_>) -> String {
    if !facts.scope.covers_registers() {
        return String::new();
    }
    let line = |(register, entries): &(Register, Vec<Noted>)| {
        let title = match chosen(facts, entries).count() {
            0 => format!("{}：没有", register.label()),
            n => format!("<a href=\"{}\">{}</a>：{n} 条", page_path(&file(*register), 1), register.label()),
        };
        format!("<li>{title}<small>{}。保存：{}。</small></li>", register.why(), register.kept())
    };
    let lines: String = facts.registers.iter().map(line).collect();
    let proof = |held: &&crate::relatives::proofs::Held| facts.scope.covers_time(held.file.at);
    let link = |held: &crate::relatives::proofs::Held| {
        format!("<li><a href=\"proofs/{0}\">{0}</a><small>{1}</small></li>", held.name(), held.file.shows.words())
    };
    let files: String = facts.proofs.iter().filter(proof).map(link).collect();
    format!("<h2>{REGISTERS_NAME}</h2><ul>{lines}{files}</ul>")
}
