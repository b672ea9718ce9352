//! Documents in people's hands, and the log that everybody may follow: both over HTTP, as others see them.

use std::collections::BTreeMap;

use app::proof::json::Value;
use app::proof::merkle::{Hash, consistency_path, extends};
use app::proof::note::Verifier;
use app::proof::tiles::{Place, Tiles, WIDTH, hash_of, needed};
use app::proof::{Report, check};
use axum::http::header;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use server::ledger;
use server::records::erase;
use server::storage::sql;

use crate::support::{Browser, Page, World, with_services};

const PHONE: &str = "13900000041";
const CONSENTS: &str = "/settings/privacy/consents";
const DOCUMENTS: &str = "/settings/privacy/consents/proofs";

async fn decide(browser: &mut Browser, purpose: &str, granted: &str) {
    let fields = [("purpose", purpose), ("granted", granted)];
    browser.post("/settings/privacy/permissions", &fields).await.expect_status(303);
}

/// The key that the log publishes: all that somebody outside has.
async fn key(world: &World) -> Verifier {
    let page = world.browser().get("/log/key").await.expect_status(200);
    Verifier::parse(page.text().trim_end()).unwrap()
}

/// The paths of all single documents that a page links to.
fn links(page: &Page) -> Vec<String> {
    let (text, link) = (page.text(), format!("href=\"{DOCUMENTS}/"));
    let after = text.split(&link).skip(1);
    after.map(|rest| format!("{DOCUMENTS}/{}", rest.split('"').next().unwrap())).collect()
}

async fn document(browser: &mut Browser, path: &str) -> Vec<u8> {
    let page = browser.get(path).await.expect_status(200);
    let disposition = page.headers[header::CONTENT_DISPOSITION].to_str().unwrap();
    assert!(disposition.starts_with("attachment; filename=\"") && disposition.ends_with(".json\""), "{disposition}");
    assert_eq!(page.headers[header::CONTENT_TYPE], "application/json");
    assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
    page.body
}

fn fact<'r>(report: &'r Report, name: &str) -> &'r str {
    report.facts.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str()).unwrap()
}

/// Changes one byte: another one, one more, or one less.
fn change(file: &[u8], dice: &mut ChaCha8Rng) -> Vec<u8> {
    let mut changed = file.to_vec();
    let at = usize::try_from(dice.next_u64() % file.len() as u64).unwrap();
    let byte = (dice.next_u64() % 256) as u8;
    match dice.next_u64() % 3 {
        0 => changed[at] ^= byte.max(1),
        1 => changed.insert(at, byte),
        _ => drop(changed.remove(at)),
    }
    changed
}

on_both_engines! {
    async fn every_decision_has_a_receipt_that_the_published_key_proves(world) {
        let key = key(world).await;
        let mut browser = world.newcomer(PHONE).await;
        decide(&mut browser, "location", "true").await;
        decide(&mut browser, "camera", "true").await;
        decide(&mut browser, "location", "false").await;
        // Nothing has run the sequencer: the receipt does so itself.
        let page = browser.get(CONSENTS).await.expect_status(200);
        let mut paths = links(&page);
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), 3, "each of 全部记录, and what stands is among them");
        let mut titles = Vec::new();
        for path in &paths {
            let report = check(&document(&mut browser, path).await, &key);
            assert!(report.is_valid(), "{report:?}");
            assert_eq!(fact(&report, "在哪里决定"), "系统权限管理");
            assert_eq!(fact(&report, "政策版本"), "第 2.0 版");
            assert!(report.words.iter().any(|(heading, text)| heading == "用来做什么" && !text.is_empty()));
            titles.push(report.title);
        }
        titles.sort();
        let expected = ["关闭（不同意）“位置”", "开启（同意）“位置”", "开启（同意）“相机”"].map(|title| format!("真实有效：{title}"));
        assert_eq!(titles, expected);
    }

    async fn a_receipt_says_what_the_standard_asks_for_and_no_personal_data(world) {
        let mut browser = world.newcomer(PHONE).await;
        decide(&mut browser, "location", "true").await;
        let path = links(&browser.get(CONSENTS).await).remove(0);
        let text = String::from_utf8(document(&mut browser, &path).await).unwrap();
        assert!(!text.contains(PHONE) && !text.contains("人3900000041"), "{text}");
        let receipt: serde_json::Value = serde_json::from_str(&text).unwrap();
        let document = &receipt["document"];
        assert_eq!(document["schema_version"], "ISO/IEC TS 27560:2023");
        assert_eq!(document["pii_principal_id"], world.caller(&browser).await.pseudonym.as_str());
        assert_eq!(document["party_identification"][0]["party_name"], "一点生活-live");
        let notice = &document["pii_processing"]["privacy_notice"];
        assert_eq!((notice["version"].as_str(), notice["language"].as_str()), (Some("2.0"), Some("zh-Hans-CN")));
        assert_eq!(notice["sha256"].as_str().unwrap().len(), 64);
        let purpose = &document["pii_processing"]["purposes"][0];
        assert_eq!(purpose["lawful_basis"], "dpv:ExplicitlyExpressedConsent");
        assert!(purpose["purpose_type"].as_array().unwrap().contains(&"dpv:ServicePersonalisation".into()));
        assert_eq!(purpose["pii_information"][0]["pii_type"], "gps_location");
        assert_eq!(purpose["pii_information"][0]["retention_period"], "用完即删，最长24小时");
        assert_eq!((purpose["jurisdiction"].as_str(), document["event"][0]["event_state"].as_str()), (Some("CN"), Some("given")));
        assert!(document["words"]["text"].as_str().unwrap().starts_with("location\ndefault: off\n位置\n"));
    }

    async fn every_erasure_has_a_certificate(world) {
        let mut browser = world.demo().await;
        let key = key(world).await;
        for scope in ["kind:browse_log", "kind:order_no"] {
            browser.post("/settings/data/erase", &[("scope", scope)]).await.expect_status(303);
        }
        let page = browser.get("/settings/privacy/consents/erasures").await.expect_status(200);
        let mut told = BTreeMap::new();
        for path in links(&page) {
            let report = check(&document(&mut browser, &path).await, &key);
            assert!(report.is_valid(), "{report:?}");
            told.insert(fact(&report, "删除的内容").to_owned(), report);
        }
        let browsing = &told["浏览记录"];
        assert!(fact(browsing, "怎样删除").contains("密钥已销毁"));
        assert_eq!(fact(browsing, "依法保留，只存储不使用"), "0 条");
        let order = &told["订单号"];
        assert_eq!(fact(order, "已删除"), "0 条");
        // One of the demo's own: a single record goes without its kind's key.
        assert!(told.iter().any(|(name, report)| name.starts_with("一条") && fact(report, "已删除") == "1 条"));
    }

    async fn while_keys_are_not_destroyed_nothing_is_certified_and_then_it_is(world) {
        let mut browser = world.demo().await;
        browser.post("/settings/data/erase", &[("scope", "kind:browse_log")]).await.expect_status(303);
        let path = links(&browser.get("/settings/privacy/consents/erasures").await).remove(0);
        let mut tx = world.centre.data.begin().await.unwrap();
        sql("UPDATE erasure SET done_at = NULL").execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        // What stood open is done with the certificate.
        let report = check(&document(&mut browser, &path).await, &key(world).await);
        assert!(report.is_valid() && fact(&report, "怎样删除").contains("密钥已销毁"));
        let open = sql("SELECT id FROM erasure WHERE done_at IS NULL").fetch_all::<(String,)>(&world.centre.data).await.unwrap();
        assert!(open.is_empty());
        erase::finish(&world.centre).await.unwrap();
    }

    async fn one_file_holds_all_documents(world) {
        let mut browser = world.demo().await;
        let bundle = document(&mut browser, DOCUMENTS).await;
        let report = check(&bundle, &key(world).await);
        let events = world.events(&browser).await;
        let documented = |event: &&ledger::Event| {
            use ledger::Event::{DataErased, Decided, RecordErased};
            matches!(event, Decided { .. } | DataErased { .. } | RecordErased { .. })
        };
        let count = events.iter().filter(documented).count();
        assert!(count > 20 && report.is_valid(), "{:?}", report.checks);
        assert_eq!(report.parts.len(), count);
    }

    async fn only_their_person_gets_documents(world) {
        let mut owner = world.newcomer(PHONE).await;
        decide(&mut owner, "location", "true").await;
        let path = links(&owner.get(CONSENTS).await).remove(0);
        let mine = String::from_utf8(document(&mut owner, &path).await).unwrap();
        let mut nobody = world.browser();
        for path in [path.as_str(), DOCUMENTS] {
            let page = nobody.get(path).await.expect_status(403).expect_text("请先登录");
            assert_eq!((page.headers["content-type"].to_str().unwrap(), page.location()), ("text/plain; charset=utf-8", None));
        }
        let pseudonym = world.caller(&owner).await.pseudonym;
        let mut other = world.newcomer("13900000042").await;
        decide(&mut other, "camera", "true").await;
        for path in [path.as_str(), DOCUMENTS, &format!("{DOCUMENTS}/0"), &format!("{DOCUMENTS}/-1")] {
            let page = other.get(path).await;
            assert!(!page.text().contains(pseudonym.as_str()), "{path}");
        }
        // What is there and is no decision has no document either.
        owner.get(&format!("{DOCUMENTS}/0")).await.expect_status(404);
        assert!(mine.contains(pseudonym.as_str()));
    }

    async fn without_script_the_server_checks_a_file_and_keeps_nothing(world) {
        let mut owner = world.newcomer(PHONE).await;
        decide(&mut owner, "location", "true").await;
        let path = links(&owner.get(CONSENTS).await).remove(0);
        let file = document(&mut owner, &path).await;
        let before = world.events(&owner).await;
        let mut anybody = world.browser();
        anybody.upload("/verify", "file", &file).await.expect_status(200).expect_text("真实有效：开启（同意）“位置”");
        let mut changed = file.clone();
        changed.push(b'\n');
        let page = anybody.upload("/verify", "file", &changed).await.expect_status(200);
        page.expect_text("不能相信这份文件").expect_text(&format!("第 {} 个字节起有改动", changed.len()));
        anybody.upload("/verify", "file", "<b>不是凭证</b>".as_bytes()).await.expect_status(200).expect_text("这不是凭证");
        anybody.upload("/verify", "other", &file).await.expect_status(422).expect_text("请先选择凭证文件");
        let large = vec![b' '; app::promises::PROOF_MAX_BYTES + 1];
        anybody.upload("/verify", "file", &large).await.expect_status(422).expect_text("文件超过4MB");
        assert_eq!(world.events(&owner).await, before);
    }

    async fn each_published_checkpoint_begins_every_later_one_by_the_published_tiles(world) {
        let key = key(world).await;
        let mut anybody = world.browser();
        anybody.get("/log/checkpoint").await.expect_status(404);
        let mut browser = world.newcomer(PHONE).await;
        let mut sizes = Vec::new();
        // Past the first full tile, so that there are two levels.
        for batch in [1usize, 2, 120, 3, 180, 20] {
            let caller = world.caller(&browser).await;
            let mut tx = world.centre.data.begin().await.unwrap();
            for _ in 0..batch {
                ledger::append(&mut tx, &caller.pseudonym, world.centre.now(), &ledger::Event::SignedOut).await.unwrap();
            }
            tx.commit().await.unwrap();
            decide(&mut browser, "location", if sizes.len().is_multiple_of(2) { "true" } else { "false" }).await;
            ledger::sequence(&world.centre.data, &world.centre.signer, world.centre.now()).await.unwrap();
            let newest = anybody.get("/log/checkpoint").await.expect_status(200);
            assert_eq!(newest.headers[header::CACHE_CONTROL], "no-store");
            assert_eq!(newest.headers[header::CONTENT_TYPE], "text/plain; charset=utf-8");
            assert_eq!(newest.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
            sizes.push(key.checkpoint(&newest.text()).unwrap().size);
        }
        assert!(sizes.last().unwrap() > &WIDTH);
        let mut published = Vec::new();
        for size in &sizes {
            let note = anybody.get(&format!("/log/checkpoint/{size}")).await.expect_status(200).text();
            published.push(key.checkpoint(&note).unwrap());
        }
        let mut proofs = 0;
        for (i, new) in published.iter().enumerate() {
            for old in &published[..=i] {
                let path = path(&mut anybody, old.size, new.size).await;
                assert!(extends((old.size, &old.root), (new.size, &new.root), &path));
                proofs += 1;
            }
        }
        assert_eq!(proofs, 21);
        let full = anybody.get("/log/tile/0/000").await.expect_status(200);
        assert_eq!(full.headers[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
        assert_eq!(full.headers[header::CONTENT_TYPE], "application/octet-stream");
        assert_eq!(full.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        assert_eq!(full.headers["cross-origin-resource-policy"], "cross-origin");
        for nothing in ["0/001", "0/001.p/250", "0/1", "7/000", "entries/000", "data/000", "0/000.p/256"] {
            let page = anybody.get(&format!("/log/tile/{nothing}")).await.expect_status(404);
            assert_eq!(page.headers[header::CACHE_CONTROL], "no-store", "{nothing}");
        }
        for nothing in ["0", "99999", "+1", "x", "-1", "99999999999999999999"] {
            anybody.get(&format!("/log/checkpoint/{nothing}")).await.expect_status(404);
        }
    }
}

on_both_engines! {
    with with_services();

    async fn a_thousand_changed_bytes_are_found_in_a_receipt_and_in_each_certificate(world) {
        let key = key(world).await;
        let mut browser = world.demo().await;
        browser.post("/settings/data/erase", &[("scope", "kind:browse_log")]).await.expect_status(303);
        let receipt = links(&browser.get(CONSENTS).await).remove(0);
        let certificate = links(&browser.get("/settings/privacy/consents/erasures").await).remove(0);
        let mut dice = ChaCha8Rng::seed_from_u64(4);
        let mut files = Vec::new();
        for path in [receipt, certificate] {
            files.push(document(&mut browser, &path).await);
        }
        // And of a whole account, by the link of the last notice.
        let link = crate::execution::gone(world).await;
        files.push(document(&mut world.browser(), &format!("{link}/certificate")).await);
        for file in files {
            assert!(check(&file, &key).is_valid());
            let mut tried = 0;
            while tried < 1_000 {
                let changed = change(&file, &mut dice);
                if changed != file {
                    tried += 1;
                    let report = check(&changed, &key);
                    assert!(!report.is_valid(), "not found: {}", String::from_utf8_lossy(&changed));
                    assert!(report.facts.is_empty() && report.checks.iter().any(|check| !check.fits));
                }
            }
        }
    }
}

/// A consistency proof from tiles fetched over HTTP.
async fn path(anybody: &mut Browser, old: u64, new: u64) -> Vec<Hash> {
    let parts = consistency_path(old, new);
    let mut tiles = Tiles::new();
    for place in needed(&parts, new) {
        let Place { level, index, width } = place;
        assert!(index < 1000);
        let partial = if width as u64 == WIDTH { String::new() } else { format!(".p/{width}") };
        let tile = anybody.get(&format!("/log/tile/{level}/{index:03}{partial}")).await.expect_status(200).body;
        assert_eq!(tile.len(), width * 32);
        tiles.insert(place, tile);
    }
    parts.iter().map(|part| hash_of(part, new, &tiles).unwrap()).collect()
}

/// JSON written by this program is read by others in the same form.
#[test]
fn a_document_is_what_other_libraries_write() {
    let value = Value::object([("b", Value::text("一\u{7}\n")), ("a", Value::Number(-1))]);
    let read: serde_json::Value = serde_json::from_str(&value.to_string()).unwrap();
    assert_eq!(read.to_string(), value.to_string());
}
