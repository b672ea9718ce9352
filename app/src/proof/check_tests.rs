//! A small log of our own: what fits is told in plain words, and whatever does not is found and named.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use proptest::prelude::*;

use super::*;
use crate::proof::merkle::{CompactRange, inclusion_path};
use crate::proof::note::statement;
use crate::proof::tiles::{Place, Tiles, hash_of};

const WORDS: &str = "location\ndefault: off\n位置\n展示附近的优惠。\n看不到附近的优惠。\n浏览照常。\n算出哪些在附近。\n可能反映行踪。\n";
const PSEUDONYM: &str = "7d0c7b5e-6f2a-4a53-9d0e-0a4f6f1f2c3d";

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn verifier() -> Verifier {
    Verifier::new("example.com/log", key().verifying_key()).expect("a name")
}

fn seal(document: Value, proof: Option<Value>) -> Value {
    let unsigned = document::unsigned(document, &verifier().key_name(), proof);
    let signature = key().sign(document::signed_text(&unsigned).as_bytes());
    document::with_signature(unsigned, &signature.to_bytes())
}

/// The proof of an event with that body, the fourth of six in its log.
fn proof(body: &str) -> Value {
    let event = format!(
        r#"{{"pseudonym":"{PSEUDONYM}","position":1,"at":1795455900000,"previous":"00","body":{}}}"#,
        Value::text(body)
    );
    let leaves: Vec<_> = (0..6u8).map(|n| if n == 3 { leaf_hash(event.as_bytes()) } else { leaf_hash(&[n]) }).collect();
    let mut range = CompactRange::default();
    leaves.iter().for_each(|leaf| range.append(*leaf, |_, _| ()));
    let tiles = Tiles::from([(Place { level: 0, index: 0, width: 6 }, leaves.concat())]);
    let text = statement("example.com/log", 6, &range.root());
    let signature = [&verifier().key_id()[..], &key().sign(text.as_bytes()).to_bytes()].concat();
    let checkpoint = format!("{text}\n\u{2014} example.com/log {}\n", STANDARD.encode(signature));
    let inclusion = inclusion_path(3, 6).iter().map(|part| hash_of(part, 6, &tiles).expect("a tile")).collect();
    Proof { event, leaf_index: 3, inclusion, checkpoint }.value()
}

fn words_hash() -> String {
    Sha256::digest(WORDS).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn decided() -> String {
    format!(
        r#"{{"kind":"decided","purpose":"location","granted":true,"policy":"2.0","words":"{}","surface":"/p","by":"person"}}"#,
        words_hash()
    )
}

/// A receipt, with one text in it replaced.
fn receipt_with(from: &str, to: &str) -> Value {
    let text = format!(
        concat!(
            r#"{{"event":[{{"entity_id":"person","event_state":"given","event_time":"2026-11-24T01:45:00.000+08:00","#,
            r#""surface":"/p","surface_name":"系统权限管理"}}],"kind":"consent_receipt","pii_principal_id":"{person}","#,
            r#""pii_processing":{{"privacy_notice":{{"version":"2.0"}},"purposes":[{{"name":"位置","purpose":"location"}}]}},"#,
            r#""record_id":"{person}/1","words":{{"sha256":"{hash}","text":{words}}}}}"#
        ),
        person = PSEUDONYM,
        hash = words_hash(),
        words = Value::text(WORDS),
    );
    assert!(text.contains(from), "{from}");
    Value::parse(&text.replacen(from, to, 1)).expect("JSON")
}

fn receipt() -> String {
    seal(receipt_with("位置", "位置"), Some(proof(&decided()))).to_string()
}

fn certificate() -> String {
    let body = r#"{"kind":"data_erased","scope":"kind:cart","erased":12,"restricted":0}"#;
    let document = Value::parse(&format!(
        concat!(
            r#"{{"erasure":{{"erased":12,"method_name":"密钥已销毁","restricted":0,"scope":"kind:cart","scope_name":"加购","#,
            r#""time":"2026-11-24T01:45:00.000+08:00"}},"kind":"erasure_certificate","pii_principal_id":"{person}","#,
            r#""record_id":"{person}/1"}}"#
        ),
        person = PSEUDONYM
    ));
    seal(document.expect("JSON"), Some(proof(body))).to_string()
}

fn bundle() -> String {
    let documents = [receipt(), certificate()].map(|text| Value::parse(&text).expect("JSON"));
    let members = [("kind", Value::text(BUNDLE)), ("documents", Value::List(documents.to_vec()))];
    seal(Value::object(members), None).to_string()
}

/// All that does not fit.
fn wrong(file: &str) -> Vec<String> {
    let report = check(file.as_bytes(), &verifier());
    assert!(!report.is_valid() && report.facts.is_empty() && report.words.is_empty(), "{report:?}");
    assert_eq!(report.title, "不能相信这份文件");
    report.checks.into_iter().filter(|check| !check.fits).map(|check| check.text).collect()
}

#[test]
fn a_receipt_is_told_in_plain_words() {
    let report = check(receipt().as_bytes(), &verifier());
    assert!(report.is_valid(), "{report:?}");
    assert_eq!(report.title, "真实有效：开启（同意）“位置”");
    assert!(report.facts.contains(&("时间".to_owned(), "2026年11月24日 01:45".to_owned())));
    assert!(report.facts.contains(&("在哪里决定".to_owned(), "系统权限管理".to_owned())));
    assert_eq!(report.words[5], ("对你的影响".to_owned(), "可能反映行踪。".to_owned()));
    assert!(report.checks.iter().any(|check| check.text == "在账本里：第 4 条，当时共 6 条"));
}

#[test]
fn a_certificate_and_a_bundle_are_told_too() {
    let report = check(certificate().as_bytes(), &verifier());
    assert!(report.is_valid(), "{report:?}");
    assert!(report.facts.contains(&("已删除".to_owned(), "12 条".to_owned())));
    let report = check(bundle().as_bytes(), &verifier());
    assert!(report.is_valid() && report.parts.len() == 2, "{report:?}");
    assert_eq!(report.title, "2 份凭证全部真实有效");
}

#[test]
fn a_signed_document_that_says_other_than_the_ledger_is_found_by_what_differs() {
    for (from, to, name) in [
        ("given", "refused", "决定"),
        ("01:45:00", "01:46:00", "时间"),
        ("\"2.0\"", "\"1.0\"", "政策版本"),
        ("\"person\"", "\"master_switch\"", "由谁决定"),
        ("\"surface\":\"/p\"", "\"surface\":\"/q\"", "在哪里决定"),
        ("\"purpose\":\"location\"", "\"purpose\":\"camera\"", "事项"),
        ("\"name\":\"位置\"", "\"about\":\"x\",\"name\":\"位置\"", "对象"),
        ("/1\"", "/2\"", "编号"),
    ] {
        let found = wrong(&seal(receipt_with(from, to), Some(proof(&decided()))).to_string());
        assert_eq!(found, [format!("内容和账本里的那一条不一致：{name}")], "{from}");
    }
    let found = wrong(&seal(receipt_with("附近的优惠", "全国的优惠"), Some(proof(&decided()))).to_string());
    assert_eq!(found, ["写出的文字不是当时看到的：和账本里的指纹不符"]);
    let other = proof(&decided().replace("location", "camera"));
    let found = wrong(&seal(receipt_with("位置", "位置"), Some(other)).to_string());
    assert_eq!(found, ["内容和账本里的那一条不一致：事项"]);
}

#[test]
fn what_is_no_document_of_ours_is_said_so() {
    assert_eq!(wrong(""), ["文件是空的"]);
    assert!(wrong("PNG")[0].contains("第 1 个字节"));
    assert_eq!(wrong("{}"), ["没有签名，或者签名的写法不对"]);
    assert!(wrong(&receipt().replace("example.com/log+", "example.com/gol+"))[0].contains("签发者写的是"));
    assert!(wrong(&receipt().replacen(":", ": ", 1))[0].contains("第 13 个字节"));
    let stranger = Verifier::new("example.com/log", SigningKey::from_bytes(&[8; 32]).verifying_key()).expect("a name");
    assert!(!check(receipt().as_bytes(), &stranger).is_valid());
    let unknown = Value::object([("kind", Value::text("passport"))]);
    assert_eq!(wrong(&seal(unknown, None).to_string()), ["不认识这种凭证：“passport”"]);
    let nested = Value::object([
        ("kind", Value::text(BUNDLE)),
        ("documents", Value::List(vec![Value::parse(&bundle()).expect("JSON")])),
    ]);
    assert!(!check(seal(nested, None).to_string().as_bytes(), &verifier()).is_valid());
}

#[test]
fn a_bundle_of_somebody_who_has_decided_nothing_says_so() {
    let empty = Value::object([("kind", Value::text(BUNDLE)), ("documents", Value::List(Vec::new()))]);
    let report = check(seal(empty, None).to_string().as_bytes(), &verifier());
    assert_eq!((report.title.as_str(), report.is_valid()), ("真实有效：里面还没有凭证", true));
}

#[test]
fn a_bundle_tells_which_part_is_wrong_and_that_one_is_missing() {
    let changed = bundle().replace("\"erased\":12", "\"erased\":13");
    let report = check(changed.as_bytes(), &verifier());
    assert_eq!(report.title, "2 份凭证里有 1 份不能相信");
    assert!(report.parts[0].is_valid() && !report.parts[1].is_valid() && !report.is_valid());
    let Ok(Value::Object(mut members)) = Value::parse(&bundle()) else { panic!("an object") };
    let documents = Value::List(vec![Value::parse(&receipt()).expect("JSON")]);
    members.insert("document".into(), Value::object([("kind", Value::text(BUNDLE)), ("documents", documents)]));
    let report = check(Value::Object(members).to_string().as_bytes(), &verifier());
    assert_eq!((report.title.as_str(), report.is_valid()), ("不能相信这份文件", false));
    assert!(report.parts[0].is_valid());
}

proptest! {
    #[test]
    fn any_changed_byte_is_found(
        which in 0..3usize, at in any::<prop::sample::Index>(), change in 0..3usize, byte in any::<u8>()
    ) {
        let file = [receipt, certificate, bundle][which]().into_bytes();
        let mut changed = file.clone();
        let at = at.index(file.len());
        match change {
            0 => changed[at] = byte,
            1 => changed.insert(at, byte),
            _ => drop(changed.remove(at)),
        }
        prop_assert_eq!(check(&changed, &verifier()).is_valid(), changed == file);
    }
}
