//! The certificate that an account was erased: what of it the log's event fixes, and what it says in words.

use super::check::{Event, differing, fact, text_of};
use super::json::Value;
use super::report::Report;
use crate::time::Moment;

fn told<'v>(content: &'v Value, name: &str) -> Option<&'v Value> {
    content.get("account_erasure").and_then(|erasure| erasure.get(name))
}

fn number(value: &Value, name: &str) -> Option<i64> {
    value.get(name).and_then(Value::as_number)
}

/// The entries of a list, each as what the event says of it; nothing when it is no such list.
fn entries<const N: usize>(list: Option<&Value>, name: &str, numbers: [&str; N]) -> Option<Vec<(String, [i64; N])>> {
    let entry = |value: &Value| {
        let mut read = [0; N];
        for (number_of, read) in numbers.iter().zip(&mut read) {
            *read = number(value, number_of)?;
        }
        Some((value.get(name)?.as_text()?.to_owned(), read))
    };
    list?.as_list()?.iter().map(entry).collect()
}

/// The recipients of the document, by id, as the event has them.
fn recipients(content: &Value) -> Option<Vec<&str>> {
    content.get("recipients")?.as_list()?.iter().map(|told| told.get("id")?.as_text()).collect()
}

fn ids(list: Option<&Value>) -> Option<Vec<&str>> {
    list?.as_list()?.iter().map(Value::as_text).collect()
}

/// What does not agree with the event.
pub(super) fn differing_from(content: &Value, event: &Event) -> Vec<&'static str> {
    let body = |name| event.body.get(name);
    let erased = |list| entries(list, "kind", ["rows"]);
    let kept = |list| entries(list, "ground", ["records", "until"]);
    let tested = |value: Option<&Value>| Some((number(value?, "places")?, number(value?, "found")?));
    let same = |document: Option<bool>| document.unwrap_or_default();
    let until = body("number_until").and_then(Value::as_number);
    let looked_at = [
        ("种类", event.is("account_erased")),
        ("时间", text_of(told(content, "time")) == Some(&event.at.iso_millis())),
        ("密钥", same(told(content, "keys").map(|keys| body("keys") == Some(keys)))),
        ("删除的内容", same(erased(told(content, "erased")).map(|list| Some(list) == erased(body("erased"))))),
        ("依法保留的内容", same(kept(told(content, "kept")).map(|list| Some(list) == kept(body("kept"))))),
        ("接收方", same(recipients(content).map(|list| Some(list) == ids(body("told"))))),
        ("手机号的校验值", told(content, "number").and_then(|told| number(told, "until")) == until),
        ("自查", same(tested(told(content, "self_test")).map(|found| Some(found) == tested(body("self_test"))))),
    ];
    differing(event.owner(content).into_iter().chain(looked_at))
}

/// Says what it proves, in words.
pub(super) fn tell(content: &Value, event: &Event, report: &mut Report) {
    report.title = "真实有效：账号已注销，信息已删除".to_owned();
    let list = |name| told(content, name).and_then(Value::as_list).unwrap_or_default();
    let text = |value: &Value, name| text_of(value.get(name)).unwrap_or_default().to_owned();
    let count = |value: &Value, name| number(value, name).unwrap_or_default();
    let erased: Vec<_> =
        list("erased").iter().map(|part| format!("{} {} 条", text(part, "name"), count(part, "rows"))).collect();
    let keys = event.body.get("keys").and_then(Value::as_number).unwrap_or_default();
    let method = text_of(told(content, "method_name")).unwrap_or_default();
    report.facts = vec![
        fact("时间", event.at.date_time()),
        fact("销毁的密钥", format!("{keys} 把。{method}")),
        fact("删除的内容", erased.join("、")),
    ];
    // A certificate from before it was told has none.
    if let Some(copies) = content.get("key_copies") {
        report.facts.push(fact("密钥的旧备份", text(copies, "state_name")));
    }
    for kept in list("kept") {
        let until = Moment(count(kept, "until")).date();
        let what = format!("{} 条，最晚保留到{until}", count(kept, "records"));
        report.facts.push(fact(&format!("依法保留：{}", text(kept, "law")), what));
    }
    if list("kept").is_empty() {
        report.facts.push(fact("依法保留", "没有"));
    }
    // A certificate from before it was told has none.
    if let Some(left) = told(content, "number").filter(|left| number(left, "until").is_some()) {
        let until = Moment(count(left, "until")).date();
        report.facts.push(fact("还留着", format!("{}；最晚到{until}", text(left, "name"))));
    }
    for told in content.get("recipients").and_then(Value::as_list).unwrap_or_default() {
        report.facts.push(fact(&format!("通知：{}", text(told, "name")), text(told, "state_name")));
    }
    let tested = told(content, "self_test").map(|tested| (count(tested, "places"), count(tested, "found")));
    let (places, found) = tested.unwrap_or_default();
    let found = if found == 0 { "没有查到任何信息".to_owned() } else { format!("还有 {found} 项") };
    report.facts.push(fact("删除后自查", format!("再次查询这个账号的 {places} 处存储，{found}")));
}
