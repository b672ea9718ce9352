//! Checks a file that somebody holds in their hands, and says what it proves or what does not fit.

use sha2::{Digest as _, Sha256};

use super::account;
use super::document::{self, ACCOUNT_ERASURE, BUNDLE, ERASURE, Proof, RECEIPT};
use super::json::Value;
use super::merkle::{self, leaf_hash};
use super::note::{Checkpoint, Verifier};
use super::report::Report;
use crate::time::Moment;

/// Checks a document or a bundle against the log's public key: its form, its signature, its place in the log, and that it says
/// what the event there says. Any byte that is not as it was signed is found.
#[must_use]
pub fn check(file: &[u8], verifier: &Verifier) -> Report {
    check_by(file, std::slice::from_ref(verifier))
}

/// The same against every name that the log ever had, the present one first: after its data was put back to an earlier state a
/// log goes on under a new name, and what was signed under the one before still holds.
#[must_use]
pub fn check_by(file: &[u8], verifiers: &[Verifier]) -> Report {
    let mut report = Report::default();
    let read = std::str::from_utf8(file).map_err(|error| error.valid_up_to());
    let read = read.and_then(|text| Ok((text, Value::parse(text).map_err(|malformed| malformed.0)?)));
    let (text, envelope) = match read {
        Ok(read) => read,
        Err(at) => {
            let bad = if file.is_empty() {
                "文件是空的".to_owned()
            } else {
                format!("这不是凭证，或者文件损坏了：第 {} 个字节起读不下去", at + 1)
            };
            report.found(false, "", bad);
            report.title = title(&report);
            return report;
        }
    };
    let written = envelope.to_string();
    let differs = text.bytes().zip(written.bytes()).position(|(a, b)| a != b);
    let at = differs.unwrap_or(text.len().min(written.len())) + 1;
    let bad = format!("格式和签发时不同：第 {at} 个字节起有改动，可能只是多了空格或换行");
    report.found(text == written, "格式完整，没有多出或缺少字符", bad);
    Checker { verifiers, seen: None }.envelope(envelope, &mut report);
    report.title = title(&report);
    report
}

struct Checker<'v> {
    verifiers: &'v [Verifier],
    /// The last checkpoint that was checked: all documents of a bundle have the same.
    seen: Option<(String, Checkpoint)>,
}

fn title(report: &Report) -> String {
    match (report.is_valid(), report.parts.len()) {
        (true, 0) => report.title.clone(),
        (true, count) => format!("{count} 份凭证全部真实有效"),
        (false, 0) => "不能相信这份文件".to_owned(),
        (false, count) => {
            let bad = report.parts.iter().filter(|part| !part.is_valid()).count();
            if bad == 0 {
                "不能相信这份文件".to_owned()
            } else {
                format!("{count} 份凭证里有 {bad} 份不能相信")
            }
        }
    }
}

impl Checker<'_> {
    fn envelope(&mut self, envelope: Value, report: &mut Report) {
        let Some((unsigned, signature)) = document::without_signature(envelope) else {
            report.found(false, "", "没有签名，或者签名的写法不对");
            return;
        };
        let key = unsigned.get("key").and_then(Value::as_text).unwrap_or_default();
        let Some(verifier) = self.verifiers.iter().find(|verifier| verifier.key_name() == key) else {
            let ours = self.verifiers.iter().map(Verifier::key_name).collect::<Vec<_>>().join("”“");
            report.found(false, "", format!("签发者写的是“{key}”，这里只认“{ours}”"));
            return;
        };
        let ours = verifier.key_name();
        report.found(
            verifier.signed(&document::signed_text(&unsigned), &signature),
            format!("签名有效：由 {ours} 签发，签发后没有改动"),
            "签名不符：内容在签发之后被改动过，或者不是这里签发的",
        );
        let Some(content) = unsigned.get("document") else {
            report.found(false, "", "里面没有凭证的内容");
            return;
        };
        let kind = content.get("kind").and_then(Value::as_text).unwrap_or_default();
        match (kind, unsigned.get("proof")) {
            (BUNDLE, None) => self.parts(content, report),
            (RECEIPT | ERASURE | ACCOUNT_ERASURE, Some(proof)) => self.proved(kind, content, proof, report),
            _ => {
                report.found(false, "", format!("不认识这种凭证：“{kind}”"));
            }
        }
    }

    fn parts(&mut self, content: &Value, report: &mut Report) {
        let Some(parts) = content.get("documents").and_then(Value::as_list) else {
            report.found(false, "", "里面没有凭证");
            return;
        };
        for part in parts {
            // A bundle in a bundle would be one that we never sign; its parts are not looked into.
            let mut found = Report::default();
            let is_bundle = part.get("document").and_then(|d| d.get("kind")).and_then(Value::as_text) == Some(BUNDLE);
            if is_bundle {
                found.found(false, "", "合集里不会再有合集");
            } else {
                self.envelope(part.clone(), &mut found);
            }
            found.title = title(&found);
            report.parts.push(found);
        }
        if parts.is_empty() {
            report.title = "真实有效：里面还没有凭证".to_owned();
        }
    }

    fn proved(&mut self, kind: &str, content: &Value, proof: &Value, report: &mut Report) {
        let Some(proof) = Proof::of(proof) else {
            report.found(false, "", "证明部分缺了内容，或者写法不对");
            return;
        };
        let Some(checkpoint) = self.checkpoint(&proof.checkpoint) else {
            report.found(false, "", "账本的检查点不是用这把钥匙签的");
            return;
        };
        let leaf = (proof.leaf_index, leaf_hash(proof.event.as_bytes()));
        let (place, size) = (proof.leaf_index.saturating_add(1), checkpoint.size);
        report.found(
            merkle::includes(&checkpoint.root, size, leaf, &proof.inclusion),
            format!("在账本里：第 {place} 条，当时共 {size} 条"),
            format!("账本里的第 {place} 条不是它：证明不成立"),
        );
        let Some(event) = Event::of(&proof.event) else {
            report.found(false, "", "账本里的那一条读不懂");
            return;
        };
        let differing = match kind {
            RECEIPT => receipt(content, &event),
            ACCOUNT_ERASURE => account::differing_from(content, &event),
            _ => erasure(content, &event),
        };
        report.found(
            differing.is_empty(),
            "内容和账本里的那一条一致",
            format!("内容和账本里的那一条不一致：{}", differing.join("、")),
        );
        if kind == RECEIPT {
            check_words(content, &event, report);
        }
        if report.is_valid() {
            match kind {
                RECEIPT => tell_receipt(content, &event, report),
                ACCOUNT_ERASURE => account::tell(content, &event, report),
                _ => tell_erasure(content, &event, report),
            }
        }
    }

    fn checkpoint(&mut self, note: &str) -> Option<Checkpoint> {
        if let Some((seen, checkpoint)) = &self.seen
            && seen == note
        {
            return Some(*checkpoint);
        }
        let checkpoint = self.verifiers.iter().find_map(|verifier| verifier.checkpoint(note))?;
        self.seen = Some((note.to_owned(), checkpoint));
        Some(checkpoint)
    }
}

/// An event of the log, from its canonical bytes.
pub(super) struct Event {
    pseudonym: String,
    position: i64,
    pub(super) at: Moment,
    pub(super) body: Value,
}

impl Event {
    fn of(canonical: &str) -> Option<Self> {
        let event = Value::parse(canonical).ok()?;
        Some(Self {
            pseudonym: event.get("pseudonym")?.as_text()?.to_owned(),
            position: event.get("position")?.as_number()?,
            at: Moment(event.get("at")?.as_number()?),
            body: Value::parse(event.get("body")?.as_text()?).ok()?,
        })
    }

    fn text(&self, name: &str) -> &str {
        self.body.get(name).and_then(Value::as_text).unwrap_or_default()
    }

    pub(super) fn is(&self, kind: &str) -> bool {
        self.text("kind") == kind
    }

    fn granted(&self) -> bool {
        self.body.get("granted").and_then(Value::as_bool) == Some(true)
    }

    /// Records that are gone, and records that a law keeps.
    fn counts(&self) -> (i64, i64) {
        if self.is("record_erased") {
            let kept = self.body.get("restricted").and_then(Value::as_bool) == Some(true);
            return (i64::from(!kept), i64::from(kept));
        }
        let count = |name| self.body.get(name).and_then(Value::as_number).unwrap_or_default();
        (count("erased"), count("restricted"))
    }

    /// What must stand in every document about it.
    pub(super) fn owner(&self, content: &Value) -> [(&'static str, bool); 2] {
        let Self { pseudonym, position, .. } = self;
        let is = |name, wanted: &str| text_of(content.get(name)) == Some(wanted);
        [("编号", is("record_id", &format!("{pseudonym}/{position}"))), ("代号", is("pii_principal_id", pseudonym))]
    }
}

pub(super) fn text_of(value: Option<&Value>) -> Option<&str> {
    value?.as_text()
}

fn purpose_of(content: &Value) -> Option<&Value> {
    content.get("pii_processing")?.get("purposes")?.first()
}

fn notice_of(content: &Value) -> Option<&Value> {
    content.get("pii_processing")?.get("privacy_notice")
}

pub(super) fn differing(looked_at: impl IntoIterator<Item = (&'static str, bool)>) -> Vec<&'static str> {
    looked_at.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
}

fn receipt(content: &Value, event: &Event) -> Vec<&'static str> {
    let purpose = |name| text_of(purpose_of(content).and_then(|purpose| purpose.get(name)));
    let made = |name| text_of(content.get("event").and_then(Value::first).and_then(|made| made.get(name)));
    let state = if event.granted() { "given" } else { "refused" };
    let version = text_of(notice_of(content).and_then(|notice| notice.get("version")));
    let same = [
        ("种类", event.is("decided")),
        ("事项", purpose("purpose") == Some(event.text("purpose"))),
        ("对象", purpose("about").unwrap_or_default() == event.text("about")),
        ("决定", made("event_state") == Some(state)),
        ("时间", made("event_time") == Some(&event.at.iso_millis())),
        ("由谁决定", made("entity_id") == Some(event.text("by"))),
        ("在哪里决定", made("surface") == Some(event.text("surface"))),
        ("政策版本", version == Some(event.text("policy"))),
        (
            "文字的指纹",
            text_of(content.get("words").and_then(|words| words.get("sha256"))) == Some(event.text("words")),
        ),
    ];
    differing(event.owner(content).into_iter().chain(same))
}

fn erasure(content: &Value, event: &Event) -> Vec<&'static str> {
    let told = |name| content.get("erasure").and_then(|erasure| erasure.get(name));
    let scope = if event.is("record_erased") {
        format!("record:{}", event.text("field"))
    } else {
        event.text("scope").to_owned()
    };
    let count = |name| told(name).and_then(Value::as_number);
    let (erased, kept) = event.counts();
    let same = [
        ("种类", event.is("data_erased") || event.is("record_erased")),
        ("范围", text_of(told("scope")) == Some(&scope)),
        ("时间", text_of(told("time")) == Some(&event.at.iso_millis())),
        ("删除的条数", count("erased") == Some(erased)),
        ("依法保留的条数", count("restricted") == Some(kept)),
    ];
    differing(event.owner(content).into_iter().chain(same))
}

/// The words that were shown are those whose hash the event holds.
fn check_words(content: &Value, event: &Event, report: &mut Report) {
    // A program that did not keep them leaves only their hash, and the receipt says so.
    let Some(words) = text_of(content.get("words").and_then(|words| words.get("text"))) else { return };
    let hash: String = Sha256::digest(words).iter().map(|byte| format!("{byte:02x}")).collect();
    report.found(
        hash == event.text("words"),
        "当时看到的文字和账本里的指纹一致",
        "写出的文字不是当时看到的：和账本里的指纹不符",
    );
}

/// What each line of the words is about; the first two are the purpose's id and the default.
const HEADINGS: [&str; 6] = ["名称", "用来做什么", "关闭后会怎样", "不影响什么", "为什么必要", "对你的影响"];

fn tell_receipt(content: &Value, event: &Event, report: &mut Report) {
    let name = text_of(purpose_of(content).and_then(|purpose| purpose.get("name"))).unwrap_or_default();
    let made = content.get("event").and_then(Value::first);
    let surface = text_of(made.and_then(|made| made.get("surface_name"))).unwrap_or_default();
    let verb = if event.granted() { "开启（同意）" } else { "关闭（不同意）" };
    report.title = format!("真实有效：{verb}“{name}”");
    report.facts = vec![
        fact("决定", format!("{verb}“{name}”")),
        fact("时间", event.at.date_time()),
        fact("由谁决定", by(event.text("by"))),
        fact("在哪里决定", surface),
        fact("政策版本", format!("第 {} 版", event.text("policy"))),
    ];
    let Some(words) = text_of(content.get("words").and_then(|words| words.get("text"))) else {
        report.facts.push(fact("当时的文字", "没有保存下来，只有它的指纹"));
        return;
    };
    let lines = words.lines().skip(2).zip(HEADINGS).filter(|(line, _)| !line.is_empty());
    report.words = lines.map(|(line, heading)| fact(heading, line)).collect();
}

fn by(id: &str) -> String {
    match id {
        "person" => "本人".to_owned(),
        "browser_signal" => "浏览器的隐私信号".to_owned(),
        "joined_visitor" => "本人，登录前在同一个浏览器里".to_owned(),
        "master_switch" => "随总开关一起改变".to_owned(),
        "sms_reply" => "本人，回复短信".to_owned(),
        "mail_link" => "用邮件里的退订链接".to_owned(),
        other => other.to_owned(),
    }
}

fn tell_erasure(content: &Value, event: &Event, report: &mut Report) {
    let told = |name| text_of(content.get("erasure").and_then(|erasure| erasure.get(name))).unwrap_or_default();
    let (erased, kept) = event.counts();
    let scope = told("scope_name");
    report.title = format!("真实有效：已删除“{scope}”");
    report.facts = vec![
        fact("删除的内容", scope),
        fact("时间", event.at.date_time()),
        fact("已删除", format!("{erased} 条")),
        fact("依法保留，只存储不使用", format!("{kept} 条")),
        fact("怎样删除", told("method_name")),
    ];
}

pub(super) fn fact(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
