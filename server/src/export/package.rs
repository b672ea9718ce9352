//! The package: a ZIP with `data.json` and its schema, one CSV per kind, and pages for a phone. Written straight through, so
//! that memory does not grow with the account.

use std::collections::BTreeMap;
use std::io::Write;

use app::export::model::Scope;
use app::records::model::{Field, Function};
use app::time::Moment;
use serde::Serialize;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use super::disclosures;
use super::registers::{self, Registers};
use super::text::{cell, html};
use crate::catalogue::Catalogue;
use crate::records::own::Own;
use crate::records::{After, Kept};
use crate::relatives::proofs::Held;
use crate::sharing::{self, Disclosed};
use crate::web::fault::Fault;

/// The schema of `data.json` (JSON Schema 2020-12); its `$id` is the version.
pub const SCHEMA: &str = include_str!("schema.json");
/// Records on one page for a phone.
const PAGE: usize = 500;
/// How often every record is read: for JSON, for CSV, for the pages.
pub const PASSES: i64 = 3;

/// What the package is made from.
pub struct Facts<'c> {
    /// The catalogue.
    pub catalogue: &'c Catalogue,
    /// What the person asked for.
    pub scope: Scope,
    /// When it is made.
    pub made_at: Moment,
    /// What the centre keeps itself.
    pub own: Own,
    /// 头像, a JPEG.
    pub avatar: Option<Vec<u8>>,
    /// How many records of each kind are stored only, and so are not in it.
    pub restricted: BTreeMap<String, usize>,
    /// Also what was given to others: in what is for its person, and not in what is sent on.
    pub with_disclosures: bool,
    /// The registers, where they are chosen.
    pub registers: Registers,
    /// What was handed in as proof, with them.
    pub proofs: Vec<Held>,
}

/// Where records come from, batch after batch, newest first.
pub trait Records {
    /// The next records of a kind; none when it has no more.
    ///
    /// # Errors
    /// Storage or vault.
    fn next(&mut self, field: &Field, after: After) -> Result<Vec<Kept>, Fault>;

    /// The next disclosures; none when there are no more.
    ///
    /// # Errors
    /// Storage or vault.
    fn disclosures(&mut self, after: sharing::After) -> Result<Vec<Disclosed>, Fault>;

    /// What a file holds that was handed in as proof.
    ///
    /// # Errors
    /// Storage or vault.
    fn proof(&mut self, held: &Held) -> Result<Vec<u8>, Fault>;
}

/// Every record of a kind, one after the other; what the centre keeps itself comes first.
fn each(
    facts: &Facts<'_>,
    records: &mut impl Records,
    field: &Field,
    mut then: impl FnMut(&Line<'_>) -> Result<(), Fault>,
) -> Result<usize, Fault> {
    let mut count = 0;
    let basis = field.usual_basis();
    let own = facts.own.get(field.id.as_str()).filter(|_| basis.is_none_or(|basis| facts.scope.covers_basis(basis)));
    for item in own.into_iter().flatten().filter(|item| facts.scope.covers_time(item.at)) {
        let content = item.content.whole(field.mask);
        let basis = basis.map_or("", |basis| basis.id());
        then(&Line {
            at: item.at.iso_millis(),
            source: field.source.id(),
            basis,
            value: &content.value,
            details: &content.details,
            corrected_at: None,
        })?;
        count += 1;
    }
    let mut after = None;
    loop {
        let batch = records.next(field, after)?;
        let Some(last) = batch.last() else { return Ok(count) };
        after = Some((last.at, last.id));
        for kept in batch.iter().filter(|kept| facts.scope.covers_basis(kept.basis)) {
            let content = kept.content.whole(field.mask);
            then(&Line {
                at: kept.at.iso_millis(),
                source: kept.source.id(),
                basis: kept.basis.id(),
                value: &content.value,
                details: &content.details,
                corrected_at: kept.corrected_at.map(Moment::iso_millis),
            })?;
            count += 1;
        }
    }
}

/// A record as `data.json` holds it.
#[derive(Serialize)]
struct Line<'r> {
    at: String,
    source: &'static str,
    basis: &'static str,
    value: &'r str,
    #[serde(serialize_with = "as_object", skip_serializing_if = "<[_]>::is_empty")]
    details: &'r [(String, String)],
    #[serde(skip_serializing_if = "Option::is_none")]
    corrected_at: Option<String>,
}

pub(super) fn as_object<S: serde::Serializer>(details: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(details.iter().map(|(label, text)| (label, text)))
}

/// What `data.json` says of a kind before its records.
#[derive(Serialize)]
struct KindHead<'c> {
    id: &'c str,
    name: &'c str,
    function: &'c str,
    why: &'c str,
    purposes: &'c [String],
    purpose_terms: Vec<String>,
    data_category: &'c str,
    basis: Vec<&'static str>,
    sensitive: bool,
    retention: &'c str,
    recipients: &'c [String],
    stored_only: usize,
}

pub(super) type Zip<W> = ZipWriter<StreamWriter<W>>;

pub(super) fn options() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

/// Writes the package.
///
/// # Errors
/// Storage, vault, or where it is written to.
pub fn write(out: impl Write, facts: &Facts<'_>, records: &mut impl Records) -> Result<(), Fault> {
    let mut zip = ZipWriter::new_stream(out);
    let data = facts.catalogue.data();
    let fields: Vec<_> = data.fields().iter().filter(|f| facts.scope.covers_field(f)).collect();
    zip.start_file("schema.json", options())?;
    zip.write_all(SCHEMA.as_bytes())?;
    zip.start_file("data.json", options())?;
    let (counts, disclosed) = json(&mut zip, facts, &fields, records)?;
    let held: Vec<_> = fields.iter().zip(&counts).filter(|(_, count)| **count > 0).map(|(field, _)| *field).collect();
    for field in &held {
        zip.start_file(format!("csv/{}.csv", field.id), options())?;
        csv(&mut zip, facts, field, records)?;
    }
    for field in &held {
        pages(&mut zip, facts, field, records)?;
    }
    if disclosed > 0 {
        disclosures::csv(&mut zip, facts, records)?;
        disclosures::pages(&mut zip, facts, records)?;
    }
    registers::csv(&mut zip, facts)?;
    registers::pages(&mut zip, facts)?;
    registers::proofs(&mut zip, facts, records)?;
    if let Some(avatar) = &facts.avatar {
        zip.start_file("avatar.jpg", SimpleFileOptions::default().compression_method(CompressionMethod::Stored))?;
        zip.write_all(avatar)?;
    }
    zip.start_file("index.html", options())?;
    let counted: Vec<_> = fields.iter().copied().zip(counts).collect();
    zip.write_all(index(facts, data.functions(), &counted, disclosed).as_bytes())?;
    zip.finish()?.into_inner().flush()?;
    Ok(())
}

fn json<W: Write>(
    zip: &mut Zip<W>,
    facts: &Facts<'_>,
    fields: &[&Field],
    records: &mut impl Records,
) -> Result<(Vec<usize>, usize), Fault> {
    let data = facts.catalogue.data();
    let (made_at, policy) = (facts.made_at.iso(), &facts.catalogue.policy().in_force(facts.made_at).number);
    write!(zip, "{{\"schema\":\"schema.json\",\"made_at\":\"{made_at}\",\"policy_version\":\"{policy}\",\"kinds\":[")?;
    let mut counts = Vec::with_capacity(fields.len());
    for (n, field) in fields.iter().enumerate() {
        let head = KindHead {
            id: &field.id,
            name: &field.name,
            function: &field.function,
            why: &field.why,
            purposes: &field.purposes,
            purpose_terms: data.purpose_terms(field).map(|p| format!("https://w3id.org/dpv#{}", p.dpv)).collect(),
            data_category: &field.data_category,
            basis: field.basis.iter().map(|b| b.id()).collect(),
            sensitive: field.sensitive,
            retention: &data.retention(field).words,
            recipients: &field.recipients,
            stored_only: facts.restricted.get(&field.id).copied().unwrap_or_default(),
        };
        let head = serde_json::to_string(&head)?;
        let opened = head.strip_suffix('}').unwrap_or(&head);
        write!(zip, "{}{opened},\"records\":[", if n > 0 { ",\n" } else { "\n" })?;
        let mut first = true;
        counts.push(each(facts, records, field, |line| {
            zip.write_all(if first { b"\n" } else { b",\n" })?;
            first = false;
            Ok(serde_json::to_writer(&mut *zip, line)?)
        })?);
        zip.write_all(b"]}")?;
    }
    zip.write_all(b"]")?;
    let disclosed = disclosures::json(zip, facts, records)?;
    registers::json(zip, facts)?;
    zip.write_all(b"}\n")?;
    Ok((counts, disclosed))
}

fn csv<W: Write>(zip: &mut Zip<W>, facts: &Facts<'_>, field: &Field, records: &mut impl Records) -> Result<(), Fault> {
    // Spreadsheets take a file for UTF-8 only if it says so.
    zip.write_all("\u{feff}".as_bytes())?;
    let mut writer = csv::Writer::from_writer(zip);
    writer.write_record(["时间", field.name.as_str(), "详情", "来源", "依据", "更正时间"])?;
    each(facts, records, field, |line| {
        let details: Vec<_> = line.details.iter().map(|(label, text)| format!("{label}：{text}")).collect();
        let corrected_at = line.corrected_at.clone().unwrap_or_default();
        let row = [&line.at, line.value, &details.join("；"), line.source, line.basis, &corrected_at];
        Ok(writer.write_record(row.map(cell))?)
    })?;
    writer.flush()?;
    Ok(())
}

fn pages<W: Write>(
    zip: &mut Zip<W>,
    facts: &Facts<'_>,
    field: &Field,
    records: &mut impl Records,
) -> Result<(), Fault> {
    let mut pages = Pages::of(zip, &field.id, &field.name);
    each(facts, records, field, |line| {
        let details = line.details.iter().map(|(label, text)| format!("<br>{}：{}", html(label), html(text)));
        let details: String = details.collect();
        pages.item(&format!("<b>{}</b>{details}<small>{}</small>", html(line.value), minute(&line.at)))
    })?;
    pages.end()
}

/// A moment as a page tells it: to the minute.
pub(super) fn minute(at: &str) -> String {
    at.get(..16).unwrap_or_default().replace('T', " ")
}

/// A list over as many pages as it needs.
pub(super) struct Pages<'z, W: Write> {
    zip: &'z mut Zip<W>,
    id: &'z str,
    title: &'z str,
    page: usize,
    on_page: usize,
}

impl<'z, W: Write> Pages<'z, W> {
    pub fn of(zip: &'z mut Zip<W>, id: &'z str, title: &'z str) -> Self {
        Self { zip, id, title, page: 0, on_page: 0 }
    }

    /// Adds what is HTML already.
    pub fn item(&mut self, item: &str) -> Result<(), Fault> {
        if self.on_page == 0 {
            self.begin()?;
            write!(self.zip, "<ol class=\"list\">")?;
        }
        writeln!(self.zip, "<li>{item}</li>")?;
        self.on_page += 1;
        if self.on_page == PAGE {
            let next = page_name(self.id, self.page + 1);
            write!(self.zip, "</ol><p><a href=\"{next}\">下一页</a></p></main></body></html>")?;
            self.on_page = 0;
        }
        Ok(())
    }

    fn begin(&mut self) -> Result<(), Fault> {
        self.page += 1;
        self.zip.start_file(page_path(self.id, self.page), options())?;
        write!(self.zip, "{}<p><a href=\"../index.html\">返回目录</a></p>", head(self.title, self.page))?;
        Ok(())
    }

    pub fn end(mut self) -> Result<(), Fault> {
        if self.on_page > 0 {
            write!(self.zip, "</ol></main></body></html>")?;
        } else if self.page > 0 {
            // The last page was full and points on to one more.
            self.begin()?;
            write!(self.zip, "<p>没有更多了。</p></main></body></html>")?;
        }
        Ok(())
    }
}

fn page_name(id: &str, page: usize) -> String {
    format!("{id}-{page}.html")
}

pub(super) fn page_path(id: &str, page: usize) -> String {
    format!("html/{}", page_name(id, page))
}

const STYLE: &str = "body{margin:0;font:17px/1.5 system-ui,-apple-system,'PingFang SC','Microsoft YaHei',sans-serif;\
background:#f2f2f4;color:#1b1b1f}main{max-width:680px;margin:0 auto;padding:16px}h1{font-size:22px}h2{font-size:17px;\
margin:24px 4px 8px;color:#5e5e66}ul,ol{list-style:none;margin:0;padding:0;border-radius:12px;background:#fff;\
overflow-wrap:anywhere}li{padding:12px 16px}li+li{border-top:1px solid #dcdce0}small{display:block;color:#5e5e66}\
a{color:#b5380f}@media(prefers-color-scheme:dark){body{background:#111113;color:#ededf0}ul,ol{background:#1d1d20}\
li+li{border-color:#38383e}h2,small{color:#a9a9b2}a{color:#ff9b75}}";

fn head(title: &str, page: usize) -> String {
    let title = if page > 1 { format!("{title}（第 {page} 页）") } else { title.to_owned() };
    let title = html(&title);
    format!(
        "<!DOCTYPE html><html lang=\"zh-Hans-CN\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">\
         <title>{title}</title><style>{STYLE}</style></head><body><main><h1>{title}</h1>"
    )
}

fn index(facts: &Facts<'_>, functions: &[Function], counted: &[(&Field, usize)], disclosed: usize) -> String {
    let mut page = head("我的个人信息副本", 1);
    let total: usize = counted.iter().map(|(_, count)| count).sum();
    page.push_str(&format!(
        "<p>{}生成，共 {total} 条。表格在 csv 文件夹里；data.json 可以导入其他服务，格式见 schema.json。\
         请妥善保管，不要转发给别人。</p>",
        facts.made_at.date_time()
    ));
    for function in functions {
        let kinds: Vec<_> = counted.iter().filter(|(field, _)| field.function == function.id).collect();
        if kinds.is_empty() {
            continue;
        }
        page.push_str(&format!("<h2>{}</h2><ul>", html(&function.name)));
        for (field, count) in kinds {
            page.push_str(&kind(facts, field, *count));
        }
        page.push_str("</ul>");
    }
    page.push_str(&disclosures::entry(facts, disclosed));
    page.push_str(&registers::entry(facts));
    if facts.avatar.is_some() {
        page.push_str("<p><a href=\"avatar.jpg\">头像图片</a></p>");
    }
    page.push_str("</main></body></html>");
    page
}

fn kind(facts: &Facts<'_>, field: &Field, count: usize) -> String {
    let name = html(&field.name);
    let title = match count {
        0 => format!("{name}：没有"),
        _ => format!("<a href=\"{}\">{name}</a>：{count} 条", page_path(&field.id, 1)),
    };
    let retention = &facts.catalogue.data().retention(field).words;
    let stored_only = match facts.restricted.get(&field.id) {
        Some(count) if *count > 0 => format!("另有 {count} 条依法仅存储，不在副本里。"),
        _ => String::new(),
    };
    let recipients = if field.recipients.is_empty() { "没有别人".to_owned() } else { field.recipients.join("、") };
    let basis: Vec<_> = field.basis.iter().map(|b| b.words()).collect();
    let facts = format!(
        "{}。依据：{}。保存：{retention}。还有谁收到：{recipients}。{stored_only}",
        field.why,
        basis.join("、")
    );
    format!("<li>{title}<small>{}</small></li>", html(&facts))
}
