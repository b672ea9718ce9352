//! 个人信息副本: equal to what is stored, in all three forms; for its person alone, and not for ever.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read as _};

use app::export::model::State;
use app::mask::Mask;
use app::promises::COPY_LIFE;
use app::records::model::Content;
use app::records::rules::Scope;
use app::requests::model::Status;
use app::time::{DAY, MINUTE};
use serde_json::Value;
use server::export::{job, package, store, text};
use server::ledger::Event;
use server::records::{Filter, erase, own, page};
use server::seed::PASSWORD as DEMO_PASSWORD;
use server::sharing;
use server::storage::sql;
use server::vault::VaultError;
use zip::ZipArchive;

use crate::support::{Browser, Page, World};

pub const ALL: &str = "/settings/privacy/copy";
const NEW: &str = "/settings/privacy/copy/new";

/// A line of text in place of a file: no page, and no way to another.
#[track_caller]
pub fn expect_line(page: &Page, status: u16, text: &str) {
    assert_eq!((page.status.as_u16(), page.location()), (status, None), "{}", page.text());
    assert_eq!(page.headers["content-type"], "text/plain; charset=utf-8");
    assert!(!page.headers.contains_key("content-disposition") && page.text().contains(text), "{}", page.text());
}

pub async fn sign_in(browser: &mut Browser) {
    let fields = [("phone", "19900000000"), ("by", "password"), ("password", DEMO_PASSWORD)];
    browser.post("/signin", &fields).await.expect_status(303);
}

/// Somebody with many records who has a copy of them, of several pieces.
pub async fn large(world: &World) -> (Browser, String) {
    let size = server::population::Size { first: 0, people: 1, records: 3_000, seed: 5 };
    server::population::settle(&world.centre, size, |_| {}).await.unwrap();
    let mut browser = world.browser();
    sign_in(&mut browser).await;
    world.step_up_demo(&mut browser).await;
    let id = ask(world, &mut browser, &[], &[]).await;
    run(world).await;
    (browser, id)
}

/// Every business function, or some, as the form sends them.
async fn ask(world: &World, browser: &mut Browser, functions: &[&str], dates: &[(&str, &str)]) -> String {
    let all: Vec<_> = world.centre.catalogue.data().functions().iter().map(|f| f.id.as_str()).collect();
    let functions = if functions.is_empty() { &all[..] } else { functions };
    let mut fields: Vec<_> = functions.iter().map(|id| ("function", *id)).collect();
    fields.extend(dates);
    browser.post(NEW, &fields).await.expect_status(303);
    let caller = world.caller(browser).await;
    store::copies(&world.centre.data, caller.person).await.unwrap().remove(0).id
}

async fn run(world: &World) {
    while job::run_next(&world.centre).await.unwrap() {}
}

/// The package's files by name.
async fn download(browser: &mut Browser, id: &str) -> BTreeMap<String, Vec<u8>> {
    let page = browser.get(&format!("{ALL}/{id}/download")).await.expect_status(200);
    assert_eq!(page.headers["content-type"], "application/zip");
    assert_eq!(page.headers["content-length"], page.body.len().to_string().as_str());
    let mut archive = ZipArchive::new(Cursor::new(page.body)).unwrap();
    let mut files = BTreeMap::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        files.insert(file.name().unwrap().into_owned(), bytes);
    }
    files
}

fn json(files: &BTreeMap<String, Vec<u8>>) -> Value {
    serde_json::from_slice(&files["data.json"]).unwrap()
}

/// Of every kind, newest first, each record's moment, value and details.
type Kinds = BTreeMap<String, Vec<(String, String, BTreeMap<String, String>)>>;

/// What `data.json` tells.
fn told(data: &Value) -> Kinds {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let record = |record: &Value| {
        let details = record["details"].as_object().into_iter().flatten();
        let details = details.map(|(label, value)| (label.clone(), text(value))).collect();
        (text(&record["at"]), text(&record["value"]), details)
    };
    let kinds = data["kinds"].as_array().unwrap().iter();
    kinds.map(|kind| (text(&kind["id"]), kind["records"].as_array().unwrap().iter().map(record).collect())).collect()
}

/// The same, as it is stored.
async fn stored(world: &World, browser: &Browser) -> Kinds {
    let caller = world.caller(browser).await;
    let items = own::own(&world.centre, &caller).await.unwrap();
    let mut stored = BTreeMap::new();
    for field in world.centre.catalogue.data().fields() {
        let filter = Filter { field: Some(field.id.clone()), ..Filter::default() };
        let records = page(&world.centre, &caller, &filter, 100_000, true).await.unwrap().records;
        let line = |at: app::time::Moment, content: &Content| {
            let content = content.whole(field.mask);
            (at.iso_millis(), content.value, content.details.into_iter().collect())
        };
        let own = items.get(field.id.as_str()).into_iter().flatten().map(|item| line(item.at, &item.content));
        let all: Vec<_> = own.chain(records.iter().map(|kept| line(kept.at, &kept.content))).collect();
        stored.insert(field.id.clone(), all);
    }
    stored
}

on_both_engines! {
    async fn a_copy_equals_what_is_stored_in_all_three_forms(world) {
        let mut browser = world.proved_demo().await;
        world.open_affair(world.caller(&browser).await.person).await;
        let id = ask(world, &mut browser, &[], &[]).await;
        browser.get(ALL).await.expect_text("正在生成");
        run(world).await;
        browser.get(ALL).await.expect_text("前可下载");
        let files = download(&mut browser, &id).await;
        let data = json(&files);
        let schema: Value = serde_json::from_slice(&files["schema.json"]).unwrap();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let errors: Vec<_> = validator.iter_errors(&data).map(|e| e.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new());
        let (told, stored) = (told(&data), stored(world, &browser).await);
        assert_eq!(told, stored);
        assert!(files["avatar.jpg"].starts_with(&[0xff, 0xd8]));
        let index = String::from_utf8(files["index.html"].clone()).unwrap();
        for field in world.centre.catalogue.data().fields() {
            let records = &told[&field.id];
            assert!(!records.is_empty(), "{} is not in the copy", field.id);
            let sheet = &files[&format!("csv/{}.csv", field.id)];
            let sheet = sheet.strip_prefix("\u{feff}".as_bytes()).expect("it says that it is UTF-8");
            let rows: Vec<_> = csv::Reader::from_reader(sheet).into_records().map(Result::unwrap).collect();
            let values: Vec<_> = rows.iter().map(|row| row[1].to_owned()).collect();
            let expected: Vec<_> = records.iter().map(|(_, value, _)| text::cell(value)).collect();
            assert_eq!(values, expected, "{}", field.id);
            let page = String::from_utf8(files[&format!("html/{}-1.html", field.id)].clone()).unwrap();
            for (_, value, details) in records {
                assert!(page.contains(&text::html(value)), "{} of {} is not on its page", value, field.id);
                assert!(details.values().all(|text| page.contains(&text::html(text))));
            }
            assert!(index.contains(&format!("html/{}-1.html", field.id)), "{}", field.id);
            if field.mask == Mask::Never {
                assert!(records.iter().all(|(_, value, _)| value == app::mask::HIDDEN), "{}", field.id);
            }
        }
        // Whoever asks only what there is has downloaded nothing.
        let path = format!("/settings/privacy/copy/{id}/download");
        let looked = browser.send(axum::http::Method::HEAD, &path, None, axum::body::Body::empty()).await.expect_status(200);
        assert!(looked.headers["content-length"] != "0");
        let steps: Vec<_> = world.events(&browser).await.into_iter().filter_map(|event| match event {
            Event::Copy { step, .. } => Some(step),
            _ => None,
        }).collect();
        assert_eq!(steps, ["asked", "ready", "downloaded"]);
        let caller = world.caller(&browser).await;
        let requests = server::requests::store::requests(&world.centre, &caller).await.unwrap();
        assert_eq!((requests[0].status, requests[0].about.as_str()), (Status::Fulfilled, "个人信息副本"));
    }

    async fn a_copy_tells_every_disclosure_in_all_three_forms(world) {
        let mut browser = world.proved_demo().await;
        let id = ask(world, &mut browser, &[], &[]).await;
        run(world).await;
        let files = download(&mut browser, &id).await;
        let told = json(&files)["disclosures"].as_array().unwrap().clone();
        let caller = world.caller(&browser).await;
        let mut stored = Vec::new();
        for is_public in [false, true] {
            let filter = sharing::Filter { is_public, ..sharing::Filter::default() };
            stored.extend(sharing::page(&world.centre, &caller, &filter, 1000).await.unwrap().disclosed);
        }
        stored.sort_by_key(|one| std::cmp::Reverse((one.at, one.id)));
        assert!(stored.len() > 20 && stored.iter().any(|one| one.unfounded) && stored.iter().any(|one| one.is_public));
        assert_eq!(told.len(), stored.len());
        let sheet = files["csv/disclosures.csv"].strip_prefix("\u{feff}".as_bytes()).unwrap();
        let rows: Vec<_> = csv::Reader::from_reader(sheet).into_records().map(Result::unwrap).collect();
        let page = String::from_utf8(files["html/disclosures-1.html"].clone()).unwrap();
        assert_eq!((rows.len(), page.matches("<li>").count()), (stored.len(), stored.len()));
        for ((told, row), one) in told.iter().zip(&rows).zip(&stored) {
            let at = one.at.iso_millis();
            assert_eq!((told["at"].as_str(), &row[0]), (Some(at.as_str()), at.as_str()));
            assert_eq!(told["recipient"], one.recipient.as_str());
            assert_eq!(told["ground"], one.ground.id());
            assert_eq!((told["public"].as_bool(), told["without_consent"].as_bool()), (Some(one.is_public), Some(one.unfounded)));
            let kinds: Vec<_> = told["kinds"].as_array().unwrap().iter().map(|kind| kind.as_str().unwrap()).collect();
            assert_eq!(kinds, one.given.fields);
            assert_eq!(row[3].contains("当时没有有效的同意"), one.unfounded);
            assert!(page.contains(&text::html(&one.given.detail)) && row[5] == text::cell(&one.given.detail));
        }
        let index = String::from_utf8(files["index.html"].clone()).unwrap();
        assert!(index.contains("html/disclosures-1.html"));
        // Only those of a chosen kind, at a chosen time.
        let id = ask(world, &mut browser, &["1.5"], &[("from", "2026-11-01")]).await;
        run(world).await;
        let some = json(&download(&mut browser, &id).await)["disclosures"].as_array().unwrap().clone();
        assert!(!some.is_empty() && some.len() < stored.len());
        let data = world.centre.catalogue.data();
        let is_of_it = |one: &Value| {
            let mut kinds = one["kinds"].as_array().unwrap().iter();
            kinds.any(|kind| data.field(kind.as_str().unwrap()).unwrap().function == "1.5")
        };
        assert!(some.iter().all(|one| is_of_it(one) && one["at"].as_str().unwrap() >= "2026-11-01"));
    }

    async fn a_copy_holds_what_was_chosen(world) {
        let mut browser = world.proved_demo().await;
        browser.post(NEW, &[("from", "2026-01-01")]).await.expect_status(422).expect_text("请至少选一类");
        let backwards = [("function", "1.2"), ("from", "2026-11-02"), ("to", "2026-11-01")];
        browser.post(NEW, &backwards).await.expect_status(422).expect_text("请调换一下");
        let id = ask(world, &mut browser, &["1.2"], &[("from", "2026-11-17"), ("to", "2026-11-20")]).await;
        browser.post(NEW, &[("function", "1.2")]).await.expect_status(422).expect_text("正在生成");
        run(world).await;
        let copied = told(&json(&download(&mut browser, &id).await));
        let functions: BTreeSet<_> = copied.keys().map(|id| world.centre.catalogue.data().field(id).unwrap().function.as_str()).collect();
        assert_eq!(functions, BTreeSet::from(["1.2"]));
        let all = copied.values().flatten();
        assert!(all.clone().count() > 3);
        assert!(all.clone().all(|(at, ..)| ("2026-11-17".."2026-11-21").contains(&&at[..10])));
    }

    async fn it_is_for_its_person_alone_who_has_just_proved_it(world) {
        let mut browser = world.proved_demo().await;
        let id = ask(world, &mut browser, &["1.2"], &[]).await;
        run(world).await;
        let link = format!("{ALL}/{id}/download");
        browser.get(ALL).await.expect_text(&format!("href=\"{link}\""));
        world.pass(6 * MINUTE);
        expect_line(&browser.get(&link).await, 403, "请先验证身份");
        // The page that offers it asks first, and is what one comes back to; nothing on it saves what is no file.
        let page = browser.get(ALL).await.expect_text("验证身份后下载").expect_text(&format!("href=\"/step-up?next={ALL}\""));
        assert!(!page.text().contains(&link) && !page.text().contains(" download"));
        let mut other = world.newcomer("13900000041").await;
        world.step_up(&mut other).await;
        expect_line(&other.get(&link).await, 404, "没有找到这个文件");
        other.get(&format!("{ALL}/{id}/progress")).await.expect_status(404);
        other.post(&format!("{ALL}/{id}/end"), &[]).await.expect_status(404);
        world.step_up_demo(&mut browser).await;
        browser.get(&link).await.expect_status(200);
        // Nothing of it lies in clear, and its pieces open in their own place only.
        let parts = sql("SELECT sealed FROM export_part").fetch_all::<(Vec<u8>,)>(&world.centre.data).await.unwrap();
        assert!(!parts.is_empty());
        // A ZIP tells the names of its files in clear.
        assert!(parts.iter().all(|(sealed,)| memchr::memmem::find(sealed, b"schema.json").is_none()));
    }

    async fn it_ends_after_seven_days_or_at_once_by_hand(world) {
        let mut browser = world.proved_demo().await;
        let caller = world.caller(&browser).await;
        let mut sealed = Vec::new();
        for by_hand in [true, false] {
            let id = ask(world, &mut browser, &["1.2"], &[]).await;
            run(world).await;
            let (bytes, attempt) = sql("SELECT sealed, attempt FROM export_part WHERE export_id = $1 AND position = 0")
                .bind(&id).fetch_one::<(Vec<u8>, i64)>(&world.centre.data).await.unwrap();
            sealed.push((format!("{id}/{attempt}/0"), bytes));
            if by_hand {
                browser.post(&format!("{ALL}/{id}/end"), &[]).await.expect_status(303);
            } else {
                world.pass(COPY_LIFE);
                world.step_up_demo(&mut browser).await;
                browser.get(&format!("{ALL}/{id}/download")).await.expect_status(404);
                store::end_due(&world.centre, world.centre.now()).await.unwrap();
            }
            browser.get(&format!("{ALL}/{id}/download")).await.expect_status(404);
            browser.get(ALL).await.expect_text("已作废");
        }
        let left = sql("SELECT sealed FROM export_part").fetch_all::<(Vec<u8>,)>(&world.centre.data).await.unwrap();
        assert_eq!(left, []);
        for (row, bytes) in sealed {
            let ring = world.centre.vault.export_ring(caller.person, row.split('/').next().unwrap()).await.unwrap();
            let place = server::vault::Place { table: "export_part", column: "sealed", row: &row };
            assert!(matches!(ring.open(place, &bytes).await, Err(VaultError::Erased)));
        }
    }

    async fn an_erasure_reaches_into_copies(world) {
        let mut browser = world.proved_demo().await;
        let caller = world.caller(&browser).await;
        let ready = ask(world, &mut browser, &["1.2"], &[]).await;
        run(world).await;
        browser.get("/settings/data/erase?scope=kind:browse_log").await.expect_text("1 份信息副本会一起作废");
        let under_way = ask(world, &mut browser, &["1.2"], &[]).await;
        let mut tx = world.centre.data.begin().await.unwrap();
        let claimed = "UPDATE export SET state = 'running', attempt = 1, lease_until = $2 WHERE id = $1";
        sql(claimed).bind(&under_way).bind(world.centre.now().plus(DAY).0).execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        erase::erase(&world.centre, &caller, &Scope::Kind("browse_log".into()), world.centre.now()).await.unwrap();
        browser.get(&format!("{ALL}/{ready}/download")).await.expect_status(404);
        run(world).await;
        let copied = told(&json(&download(&mut browser, &under_way).await));
        assert_eq!(copied["browse_log"], []);
        assert!(!copied["click_log"].is_empty());
    }

    async fn a_worker_that_died_leaves_the_copy_to_the_next_and_not_for_ever(world) {
        let mut browser = world.proved_demo().await;
        let caller = world.caller(&browser).await;
        let id = ask(world, &mut browser, &["1.2"], &[]).await;
        let dies = async |attempt: i64| {
            let mut tx = world.centre.data.begin().await.unwrap();
            sql("UPDATE export SET state = 'running', attempt = $2, lease_until = $3 WHERE id = $1")
                .bind(&id).bind(attempt).bind(world.centre.now().plus(MINUTE).0).execute(&mut tx).await.unwrap();
            sql("INSERT INTO export_part (export_id, attempt, position, sealed) VALUES ($1, $2, 0, $3) ON CONFLICT DO NOTHING")
                .bind(&id).bind(attempt).bind(vec![1_u8, 2, 3]).execute(&mut tx).await.unwrap();
            tx.commit().await.unwrap();
        };
        dies(1).await;
        assert!(!job::run_next(&world.centre).await.unwrap(), "its lease still runs");
        world.pass(MINUTE + 1);
        assert!(job::run_next(&world.centre).await.unwrap());
        assert!(!json(&download(&mut browser, &id).await)["kinds"].as_array().unwrap().is_empty());
        dies(3).await;
        world.pass(MINUTE + 1);
        run(world).await;
        let copy = store::copies(&world.centre.data, caller.person).await.unwrap().remove(0);
        assert_eq!(copy.state, State::Failed);
        browser.get(ALL).await.expect_text("没能生成");
    }

    async fn many_records_are_all_in_it_page_after_page(world) {
        let (mut browser, id) = large(world).await;
        let files = download(&mut browser, &id).await;
        let told = told(&json(&files));
        assert_eq!(told, stored(world, &browser).await);
        assert!(told.values().map(Vec::len).sum::<usize>() >= 2_900);
        let most = told.iter().max_by_key(|(_, records)| records.len()).unwrap();
        let pages = files.keys().filter(|name| name.starts_with(&format!("html/{}-", most.0))).count();
        assert_eq!(pages, most.1.len().div_ceil(500) + usize::from(most.1.len().is_multiple_of(500)));
    }
}

#[test]
fn the_schema_is_one() {
    let schema: Value = serde_json::from_str(package::SCHEMA).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
}
