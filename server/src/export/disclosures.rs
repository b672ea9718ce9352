//! 共享记录 in the package: what was given to whom, in the same three forms as the records (个保法 45; 网数条例 12).

use std::io::Write;

use app::consents::Purpose;
use serde::Serialize;

use super::package::{Facts, Pages, Records, Zip, minute, options, page_path};
use super::text::{cell, html};
use crate::sharing::Disclosed;
use crate::web::fault::Fault;

/// What its files are called.
const ID: &str = "disclosures";
const TITLE: &str = "共享记录";

/// A disclosure as `data.json` holds it.
#[derive(Serialize)]
struct Line<'d> {
    at: String,
    recipient: &'d str,
    recipient_name: &'d str,
    /// By their ids.
    kinds: &'d [String],
    ground: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<&'static str>,
    public: bool,
    without_consent: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    detail: &'d str,
}

impl<'d> Line<'d> {
    fn of(facts: &'d Facts<'_>, disclosed: &'d Disclosed) -> Self {
        let known = facts.catalogue.data().recipient(&disclosed.recipient);
        Self {
            at: disclosed.at.iso_millis(),
            recipient: &disclosed.recipient,
            // One that is on the list no more goes by its id.
            recipient_name: known.map_or(&disclosed.recipient, |one| &one.name),
            kinds: &disclosed.given.fields,
            ground: disclosed.ground.id(),
            purpose: disclosed.purpose.map(Purpose::id),
            public: disclosed.is_public,
            without_consent: disclosed.unfounded,
            detail: &disclosed.given.detail,
        }
    }

    /// The kinds by their names.
    fn names(&self, facts: &Facts<'_>) -> String {
        let name = |id: &String| facts.catalogue.data().field(id).map_or(id.clone(), |field| field.name.clone());
        self.kinds.iter().map(name).collect::<Vec<_>>().join("、")
    }
}

/// The ground in words, and plainly when the consent that it names did not stand.
fn ground(disclosed: &Disclosed) -> String {
    let words = disclosed.ground.words();
    if disclosed.unfounded { format!("报称是{words}，但当时没有有效的同意") } else { words.to_owned() }
}

/// Every disclosure of a chosen kind of data, one after the other.
fn each(
    facts: &Facts<'_>,
    records: &mut impl Records,
    mut then: impl FnMut(&Disclosed) -> Result<(), Fault>,
) -> Result<usize, Fault> {
    if !facts.with_disclosures {
        return Ok(0);
    }
    let is_chosen = |id: &String| facts.catalogue.data().field(id).is_none_or(|field| facts.scope.covers_field(field));
    let (mut count, mut after) = (0, None);
    loop {
        let batch = records.disclosures(after)?;
        let Some(last) = batch.last() else { return Ok(count) };
        after = Some((last.at, last.id));
        for disclosed in batch.iter().filter(|disclosed| disclosed.given.fields.iter().any(is_chosen)) {
            then(disclosed)?;
            count += 1;
        }
    }
}

/// Writes them into `data.json`, after its kinds. Returns how many.
///
/// # Errors
/// Storage, vault, or where it is written to.
pub(super) fn json<W: Write>(zip: &mut Zip<W>, facts: &Facts<'_>, records: &mut impl Records) -> Result<usize, Fault> {
    if !facts.with_disclosures {
        return Ok(0);
    }
    zip.write_all(b",\n\"disclosures\":[")?;
    let mut first = true;
    let count = each(facts, records, |disclosed| {
        zip.write_all(if first { b"\n" } else { b",\n" })?;
        first = false;
        Ok(serde_json::to_writer(&mut *zip, &Line::of(facts, disclosed))?)
    })?;
    zip.write_all(b"]")?;
    Ok(count)
}

/// Writes the table.
///
/// # Errors
/// Storage, vault, or where it is written to.
pub(super) fn csv<W: Write>(zip: &mut Zip<W>, facts: &Facts<'_>, records: &mut impl Records) -> Result<(), Fault> {
    zip.start_file(format!("csv/{ID}.csv"), options())?;
    // Spreadsheets take a file for UTF-8 only if it says so.
    zip.write_all("\u{feff}".as_bytes())?;
    let mut writer = csv::Writer::from_writer(zip);
    writer.write_record(["时间", "接收方", "信息", "依据", "公开", "说明"])?;
    each(facts, records, |disclosed| {
        let line = Line::of(facts, disclosed);
        let public = if line.public { "是" } else { "否" };
        let (names, ground) = (line.names(facts), ground(disclosed));
        let row = [line.at.as_str(), line.recipient_name, &names, &ground, public, line.detail];
        Ok(writer.write_record(row.map(cell))?)
    })?;
    writer.flush()?;
    Ok(())
}

/// Writes the pages for a phone.
///
/// # Errors
/// Storage, vault, or where it is written to.
pub(super) fn pages<W: Write>(zip: &mut Zip<W>, facts: &Facts<'_>, records: &mut impl Records) -> Result<(), Fault> {
    let mut pages = Pages::of(zip, ID, TITLE);
    each(facts, records, |disclosed| {
        let line = Line::of(facts, disclosed);
        let detail = if line.detail.is_empty() { String::new() } else { format!("<br>说明：{}", html(line.detail)) };
        pages.item(&format!(
            "<b>{}</b><br>信息：{}<br>依据：{}{detail}<small>{}</small>",
            html(line.recipient_name),
            html(&line.names(facts)),
            html(&ground(disclosed)),
            minute(&line.at),
        ))
    })?;
    pages.end()
}

/// Where the list of contents leads to them.
pub(super) fn entry(facts: &Facts<'_>, count: usize) -> String {
    if !facts.with_disclosures {
        return String::new();
    }
    let title = match count {
        0 => format!("{TITLE}：没有"),
        _ => format!("<a href=\"{}\">{TITLE}</a>：{count} 条", page_path(ID, 1)),
    };
    format!("<h2>提供给别人的</h2><ul><li>{title}<small>给了谁、给了什么、依据是什么</small></li></ul>")
}
