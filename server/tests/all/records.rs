//! 我的个人信息: every kind of the catalogue, sealed, masked, corrected, erased; what was erased stays erased.

use app::consents::{Decision, Purpose};
use app::mask::{HIDDEN, Mask};
use app::menu::Place;
use app::records::model::{Basis, Content, Correction, Erasure, Field, Home, Source};
use app::records::rules::{Fate, Scope};
use app::time::{DAY, HOUR, Moment};
use server::consents::store::decide;
use server::ledger::{self, Event, Pseudonym};
use server::population::{self, Size};
use server::records::{Filter, NewRecord, Refused, Writer, Written, erase, own, page, retention, totals};
use server::storage::sql;
use server::vault::VaultError;
use uuid::Uuid;

use crate::support::{Browser, World};

const PHONE: &str = "13900000021";

fn list(field: &Field) -> String {
    format!("/settings/data/records?kind={}", field.id)
}

/// The host's record of a kind, written.
async fn write(
    world: &World,
    person: Uuid,
    host_id: &str,
    field: &str,
    at: Moment,
    value: &str,
) -> Result<Written, Refused> {
    let centre = &world.centre;
    let field = centre.catalogue.data().field(field).unwrap();
    let record = NewRecord {
        host_id: host_id.to_owned(),
        person,
        field,
        at,
        source: field.source,
        basis: field.usual_basis().unwrap(),
        content: Content { value: value.to_owned(), details: vec![("备注".to_owned(), format!("{value}的备注"))] },
    };
    let mut writer = Writer::new(&centre.data, &centre.vault, &centre.catalogue);
    writer.write(&[record], centre.now()).await.unwrap().remove(0)
}

/// All that a kind's sealed column holds: id and sealed bytes.
async fn sealed(world: &World, person: Uuid, field: &str) -> Vec<(String, Vec<u8>)> {
    sql("SELECT id, content FROM record WHERE person_id = $1 AND field = $2 ORDER BY at DESC, id DESC")
        .bind(person)
        .bind(field)
        .fetch_all(&world.centre.data)
        .await
        .unwrap()
}

fn holds(haystack: &[u8], needle: &str) -> bool {
    memchr::memmem::find(haystack, needle.as_bytes()).is_some()
}

on_both_engines! {
    async fn on_one_day_the_same_seed_makes_the_same_population(world) {
        let lines = async |seed| {
            let mut lines = Vec::new();
            let size = Size { first: 0, people: 5, records: 500, seed };
            population::write_lines(&world.centre, size, &mut lines, |_| ()).await.unwrap();
            String::from_utf8(lines).unwrap()
        };
        let once = lines(7).await;
        world.pass(app::time::HOUR);
        assert_eq!(lines(7).await, once);
        assert_ne!(lines(8).await, once);
        assert_eq!(once.lines().count(), 500);
    }

    async fn every_kind_is_sealed_masked_corrected_and_erased_as_its_row_says(world) {
        let mut browser = world.demo().await;
        world.open_affair(world.caller(&browser).await.person).await;
        let caller = world.caller(&browser).await;
        let centre = &world.centre;
        let held = totals(&centre.data, caller.person).await.unwrap();
        let items = own::own(centre, &caller).await.unwrap();
        for field in centre.catalogue.data().fields() {
            let own = items.get(field.id.as_str()).map_or(&[][..], Vec::as_slice);
            let records = held.iter().find(|t| t.field == field.id).map_or(0, |t| t.held);
            assert!(records + own.len() > 0, "the demo account holds nothing of {}", field.id);
            assert_eq!(own.is_empty(), field.kept_in == Home::Records, "{}", field.id);
            for item in own {
                let page = browser.get(&list(field)).await.expect_status(200).expect_text(&item.content.masked(field.mask).value);
                let hidden = field.mask == Mask::None || !page.text().contains(&format!(">{}<", item.content.value));
                assert!(hidden, "{} is shown whole", field.id);
                page.expect_text(item.place.path());
            }
            if field.kept_in == Home::Records {
                one_kind(world, &mut browser, field).await;
            }
        }
    }

    async fn what_the_centre_keeps_itself_goes_with_its_kind(world) {
        let mut browser = world.demo().await;
        let caller = world.caller(&browser).await;
        let centre = &world.centre;
        let plan = erase::plan(centre, &caller, &Scope::Kind("consignee_name".into())).await.unwrap();
        let kinds: Vec<_> = plan.iter().map(|part| (part.field.as_str(), part.count, part.fate)).collect();
        let goes = |field| (field, 2, Fate::Goes);
        assert_eq!(kinds, [goes("consignee_name"), goes("consignee_address"), goes("consignee_phone")]);
        browser.post("/settings/data/erase", &[("scope", "kind:consignee_name")]).await.expect_status(303);
        browser.get("/settings/profile/addresses").await.expect_text("还没有收货地址");
        browser.post("/settings/data/erase", &[("scope", "kind:avatar")]).await.expect_status(303);
        browser.get("/settings/profile/avatar").await.expect_status(200);
        assert!(!server::profile::store::has_avatar(centre, caller.person).await.unwrap());
        browser.post("/settings/data/erase", &[("scope", "kind:id_card_no")]).await.expect_status(303);
        browser.get("/settings/account/real-name").await.expect_text("没有实名信息");
        let kept = sql("SELECT payload FROM real_name").fetch_all::<(Vec<u8>,)>(&centre.data).await.unwrap();
        assert_eq!(kept.len(), 1, "the law keeps it");
        browser.post("/settings/data/erase", &[("scope", "kind:friend_search")]).await.expect_status(303);
        let standing = server::consents::store::standing(&centre.data, centre, caller.person).await.unwrap();
        assert!(!standing.allows(Purpose::FriendSearch));
        browser.post("/settings/data/erase", &[("scope", "kind:username")]).await.expect_status(303);
        browser.get("/settings/profile/username").await.expect_text("林小满");
        // A new address has a new key, and stands.
        let address = [("consignee", "李想"), ("phone", PHONE), ("province", "四川省"), ("city", "成都市"), ("street", "玉林路1号")];
        browser.post("/settings/profile/addresses/new", &address).await.expect_status(303);
        browser.get("/settings/profile/addresses").await.expect_text("李**");
    }

    async fn everything_optional_goes_and_nothing_else(world) {
        let mut browser = world.demo().await;
        let caller = world.caller(&browser).await;
        let centre = &world.centre;
        let before = erase::plan(centre, &caller, &Scope::Optional).await.unwrap();
        let expected: usize = before.iter().filter(|p| p.fate == Fate::Goes).map(|p| p.count).sum();
        assert!(expected > 100);
        browser.get("/settings/data/erase?scope=optional").await.expect_text(&format!("删除 {expected} 条"));
        browser.post("/settings/data/erase", &[("scope", "optional")]).await.expect_status(303);
        assert!(world.events(&browser).await.contains(&Event::DataErased {
            scope: "optional".into(),
            erased: i64::try_from(expected).unwrap(),
            restricted: 0,
        }));
        let held = totals(&centre.data, caller.person).await.unwrap();
        for field in centre.catalogue.data().fields().iter().filter(|f| f.kept_in == Home::Records) {
            let present = held.iter().any(|t| t.field == field.id && t.held > 0);
            assert_eq!(present, field.necessary, "{}", field.id);
        }
        let after = erase::plan(centre, &caller, &Scope::Optional).await.unwrap();
        assert_eq!(after, []);
    }

    async fn an_erased_kind_is_unreadable_in_a_backup_taken_before(world) {
        let browser = world.demo().await;
        let caller = world.caller(&browser).await;
        let centre = &world.centre;
        let of = |kind: &str| Filter { field: Some(kind.into()), ..Filter::default() };
        let backup = world.databases.back_up().await;
        let restored = world.restored(&backup).await;
        let held = page(&restored, &caller, &of("browse_log"), 1_000, true).await.unwrap().records.len();
        assert!(held > 50, "the backup holds it, and before the erasure it can be read");

        erase::erase(centre, &caller, &Scope::Kind("browse_log".into()), centre.now()).await.unwrap();
        let restored = world.restored(&backup).await;
        let rows = sql("SELECT id, content FROM record WHERE person_id = $1 AND field = 'browse_log'")
            .bind(caller.person)
            .fetch_all::<(String, Vec<u8>)>(&restored.data)
            .await
            .unwrap();
        assert_eq!(rows.len(), held, "the rows are there");
        let ring = restored.vault.record_ring(caller.person).await.unwrap();
        for (id, content) in &rows {
            let place = server::vault::Place { table: "record", column: "content", row: id };
            let opened = ring.open(place, content).await;
            assert!(matches!(opened, Err(VaultError::Erased)), "{opened:?}");
        }
        assert!(page(&restored, &caller, &of("browse_log"), 1_000, true).await.is_err(), "no page shows any of it");
        let others = page(&restored, &caller, &of("click_log"), 1_000, true).await.unwrap();
        assert!(!others.records.is_empty(), "all else can be restored");
        restored.data.close().await;
    }

    async fn an_erasure_that_was_interrupted_is_finished_and_seals_nothing_new_under_the_old_key(world) {
        let browser = world.demo().await;
        let caller = world.caller(&browser).await;
        let centre = &world.centre;
        // As if killed after the keys were retired, before anything was committed.
        let category = server::vault::Category::Records("browse_log");
        let retired = centre.vault.retire(caller.person, &[category], centre.now()).await.unwrap();
        assert_eq!(retired.len(), 1);
        let of_kind = Filter { field: Some("browse_log".into()), ..Filter::default() };
        let listing = page(centre, &caller, &of_kind, 20, false);
        assert_eq!(listing.await.unwrap().records.len(), 20, "what was not erased is still read");
        let now = centre.now();
        assert_eq!(write(world, caller.person, "new-1", "browse_log", now, "新的").await, Ok(Written::New));
        // As if killed after the commit, before the keys were destroyed.
        let mut tx = centre.data.begin().await.unwrap();
        sql("DELETE FROM record WHERE field = 'browse_log' AND person_id = $1 AND id <> $2")
            .bind(caller.person)
            .bind(Writer::new(&centre.data, &centre.vault, &centre.catalogue).record_id(caller.person, "new-1"))
            .execute(&mut tx).await.unwrap();
        sql("INSERT INTO erasure (id, person_id, keys, intended_at) VALUES ($1, $2, $3, $4)")
            .bind(Uuid::now_v7()).bind(caller.person).bind(retired[0].to_string()).bind(now.0)
            .execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        erase::finish(centre).await.unwrap();
        erase::finish(centre).await.unwrap();
        let of_kind = Filter { field: Some("browse_log".into()), ..Filter::default() };
        let listing = page(centre, &caller, &of_kind, 20, false);
        let records = listing.await.unwrap().records;
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].content.value, "新的");
    }

    async fn a_host_that_sends_again_brings_nothing_back(world) {
        let browser = world.demo().await;
        let caller = world.caller(&browser).await;
        let (centre, person) = (&world.centre, caller.person);
        let at = centre.now().plus(-HOUR);
        assert_eq!(write(world, person, "a", "favorite", at, "围巾").await, Ok(Written::New));
        assert_eq!(write(world, person, "a", "favorite", at, "别的").await, Ok(Written::Present));
        let id = Writer::new(&centre.data, &centre.vault, &centre.catalogue).record_id(person, "a");
        let favorite = centre.catalogue.data().field("favorite").unwrap();
        let erased = erase::erase_record(centre, &caller, (id, favorite), centre.now()).await.unwrap();
        assert_eq!(erased, Some(Fate::Goes));
        assert_eq!(write(world, person, "a", "favorite", at, "围巾").await, Err(Refused::Erased));
        assert_eq!(write(world, person, "b", "favorite", at, "台灯").await, Ok(Written::New));
        erase::erase(centre, &caller, &Scope::Kind("favorite".into()), centre.now()).await.unwrap();
        assert_eq!(write(world, person, "b", "favorite", at, "台灯").await, Err(Refused::Erased));
        assert_eq!(write(world, person, "c", "favorite", at, "台灯").await, Err(Refused::Erased));
        world.pass(HOUR);
        assert_eq!(write(world, person, "d", "favorite", centre.now(), "台灯").await, Ok(Written::New));
    }

    async fn a_record_stands_only_on_a_ground_that_holds(world) {
        let browser = world.newcomer(PHONE).await;
        let caller = world.caller(&browser).await;
        let (centre, now) = (&world.centre, world.centre.now());
        assert_eq!(write(world, caller.person, "1", "browse_log", now, "连衣裙").await, Err(Refused::NoConsent));
        let yes = Decision { purpose: Purpose::PersonalisedRecommendation, granted: true };
        decide(centre, &caller, yes, Place::Advertising.path(), false, now).await.unwrap().unwrap();
        assert_eq!(write(world, caller.person, "1", "browse_log", now, "连衣裙").await, Ok(Written::New));
        assert_eq!(write(world, Uuid::nil(), "2", "cart", now, "台灯").await, Err(Refused::NoPerson));
        let old = now.plus(-181 * DAY);
        assert_eq!(write(world, caller.person, "3", "browse_log", old, "旧的").await, Err(Refused::Expired));
        let child = world.register("13900000022", "under_14").await;
        let child = world.caller(&child).await.person;
        assert_eq!(write(world, child, "4", "cart", now, "台灯").await, Err(Refused::NoPerson));
    }

    async fn taking_back_a_consent_erases_what_rests_on_it_alone_at_once(world) {
        let mut browser = world.demo().await;
        let caller = world.caller(&browser).await;
        let before = sealed(world, caller.person, "face_feature").await;
        assert_eq!(before.len(), 1);
        browser.post("/settings/privacy/face", &[("purpose", "face_recognition"), ("granted", "false")]).await.expect_status(303);
        assert_eq!(sealed(world, caller.person, "face_feature").await, []);
        let ring = world.centre.vault.record_ring(caller.person).await.unwrap();
        let place = server::vault::Place { table: "record", column: "content", row: &before[0].0 };
        assert!(matches!(ring.open(place, &before[0].1).await, Err(VaultError::Erased)));
        let erased = Event::DataErased { scope: "withdrawal:face_recognition".into(), erased: 1, restricted: 0 };
        assert!(world.events(&browser).await.contains(&erased));
        // What the catalogue does not say so of stays, for the person to erase.
        assert!(!sealed(world, caller.person, "browse_log").await.is_empty());
    }

    async fn a_retention_ends_by_itself_once_and_on_time(world) {
        let browser = world.demo().await;
        let caller = world.caller(&browser).await;
        let centre = &world.centre;
        let count = async |field: &str| sealed(world, caller.person, field).await.len();
        let searches = count("search_query").await;
        let trades = count("trade_log").await;
        retention::run(centre, centre.now()).await.unwrap();
        assert_eq!(count("search_query").await, searches, "nothing is due yet");
        let key_of_gps = sealed(world, caller.person, "gps_location").await;
        world.pass(25 * HOUR);
        retention::run(centre, centre.now()).await.unwrap();
        assert_eq!(count("gps_location").await, 0);
        let ring = centre.vault.record_ring(caller.person).await.unwrap();
        let place = server::vault::Place { table: "record", column: "content", row: &key_of_gps[0].0 };
        let opened = ring.open(place, &key_of_gps[0].1).await;
        assert!(matches!(opened, Err(VaultError::Erased)), "its key went too: {opened:?}");
        world.pass(181 * DAY);
        retention::run(centre, centre.now()).await.unwrap();
        retention::run(centre, centre.now()).await.unwrap();
        assert_eq!(count("search_query").await, 0);
        assert_eq!(count("trade_log").await, trades, "three years have not passed");
        assert!(count("favorite").await > 0, "it stays as long as the account");
        let events = ledger::history(&centre.data, &Pseudonym::centre()).await.unwrap();
        let told = |field: &str| -> i64 {
            let of = |e: &ledger::Recorded| match &e.event {
                Event::RetentionEnded { field: f, records } if f == field => Some(*records),
                _ => None,
            };
            events.iter().filter_map(of).sum()
        };
        assert_eq!(told("search_query"), i64::try_from(searches).unwrap());
        assert_eq!(told("trade_log"), 0);
        world.pass(4 * 366 * DAY);
        retention::run(centre, centre.now()).await.unwrap();
        assert_eq!(count("trade_log").await, 0);
        let held = totals(&centre.data, caller.person).await.unwrap();
        assert!(held.iter().all(|t| t.held > 0), "{held:?}");
        world.pass(7 * 366 * DAY);
        retention::run(centre, centre.now()).await.unwrap();
        let names = sql("SELECT payload FROM real_name").fetch_all::<(Vec<u8>,)>(&centre.data).await.unwrap();
        assert_eq!(names, []);
    }

    async fn a_list_is_paged_filtered_and_searched_in_what_is_shown(world) {
        let mut browser = world.demo().await;
        let caller = world.caller(&browser).await;
        let (centre, now) = (&world.centre, world.centre.now());
        let all = sealed(world, caller.person, "browse_log").await.len();
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let filter = Filter { field: Some("browse_log".into()), after, ..Filter::default() };
            let listing = page(centre, &caller, &filter, 20, false).await.unwrap();
            assert!(!listing.stopped_early);
            seen.extend(listing.records.iter().map(|r| (r.at, r.id)));
            after = listing.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), all);
        assert!(seen.windows(2).all(|pair| pair[0] > pair[1]), "newest first, and none twice");
        write(world, caller.person, "needle", "browse_log", now, "独一无二的羽毛笔").await.unwrap();
        let found = browser.get("/settings/data/records?q=羽毛笔".replace("羽毛笔", "%E7%BE%BD%E6%AF%9B%E7%AC%94").as_str()).await;
        found.expect_status(200).expect_text("独一无二的羽毛笔");
        // What is hidden is not found by guessing, until one has proved who one is.
        write(world, caller.person, "phone", "contact_pick", now, "13911112222").await.unwrap();
        let guess = "/settings/data/records?q=139111122";
        browser.get(guess).await.expect_text("没有找到符合的记录");
        world.step_up_demo(&mut browser).await;
        browser.get(guess).await.expect_text("139****2222");
        browser.get("/settings/data/records?from=2026-13-01").await.expect_text("日期没看懂");
        browser.get("/settings/data/records?from=2026-11-02&to=2026-11-01").await.expect_text("请调换一下");
        browser.get("/settings/data/records?kind=nothing").await.expect_status(404);
        let today = browser.get("/settings/data/records?kind=browse_log&from=2026-11-23&to=2026-11-23").await;
        today.expect_text("独一无二的羽毛笔");
        let tomorrow = browser.get("/settings/data/records?kind=browse_log&from=2026-11-24").await;
        tomorrow.expect_text("没有找到符合的记录");
    }

    async fn another_persons_record_is_as_if_it_were_not(world) {
        let mut owner = world.demo().await;
        let person = world.caller(&owner).await.person;
        let (id, _) = sealed(world, person, "favorite").await.remove(0);
        owner.get(&format!("/settings/data/records/{id}")).await.expect_status(200);
        let mut other = world.newcomer(PHONE).await;
        world.step_up(&mut other).await;
        let nothing = Uuid::now_v7().to_string();
        for id in [&id, &nothing] {
            let base = format!("/settings/data/records/{id}");
            let pages = [
                other.get(&base).await,
                other.get(&format!("{base}/full")).await,
                other.post(&format!("{base}/correct"), &[("value", "改")]).await,
                other.post(&format!("{base}/erase"), &[]).await,
            ];
            for page in pages {
                assert_eq!(page.status, 404);
            }
        }
        other.get(&format!("/settings/data/records?after=0_{id}")).await.expect_text("没有记录");
        assert_eq!(sealed(world, person, "favorite").await.len(), 6);
    }

    async fn an_import_takes_what_is_good_and_reports_what_is_bad(world) {
        let browser = world.newcomer(PHONE).await;
        let caller = world.caller(&browser).await;
        let centre = &world.centre;
        let good = |id: &str| format!(
            r#"{{"id":"{id}","phone":"{PHONE}","field":"cart","at":"2026-11-01T08:00:00+08:00","value":"台灯 {id}","details":{{"店铺":"木木家居","数量":"1 件"}}}}"#,
        );
        let long = format!(r#"{{"id":"{}"}}"#, "x".repeat(70_000));
        let lines = [
            good("1"),
            "nonsense".to_owned(),
            String::new(),
            good("2"),
            good("2"),
            good("3").replace("cart", "shoe_size"),
            good("4").replace(PHONE, "12345"),
            good("5").replace(PHONE, "13900000099"),
            good("6").replace("2026-11-01", "2027-11-01"),
            good("7").replace("\"value\"", "\"worth\""),
            good("8").replace(r#""cart""#, r#""browse_log""#),
            good("9").replace(r#""field""#, r#""basis":"consent","field""#),
            long,
            good("10"),
        ]
        .join("\n");
        let run = async || {
            let mut rejected = Vec::new();
            let report = server::records::import::import(
                (&centre.data, &centre.vault, &centre.catalogue), lines.as_bytes(), &mut rejected, |_| {}, centre.now(),
            ).await.unwrap();
            (report, String::from_utf8(rejected).unwrap())
        };
        let (report, rejected) = run().await;
        assert_eq!((report.written, report.present, report.bad), (3, 1, 7), "{rejected}");
        assert_eq!(report.refused.values().sum::<u64>(), 2);
        let told: Vec<(u64, String)> = rejected.lines().map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            (line["line"].as_u64().unwrap(), line["reason"].as_str().unwrap().to_owned())
        }).collect();
        let expected = [
            (2, "is no JSON"), (6, "not in the data catalogue"), (7, "no phone number"), (8, "no account"), (9, "future"),
            (10, "unknown field `worth`"), (11, "not given the consent"), (12, "basis is none"), (13, "longer than"),
        ];
        assert_eq!(told.len(), expected.len(), "{told:?}");
        for ((line, reason), (at, why)) in told.iter().zip(expected) {
            assert!(*line == at && reason.contains(why), "line {line}: {reason}");
        }
        assert!(told.iter().all(|(_, reason)| !reason.contains("台灯") && !reason.contains("12345")), "{told:?}");
        let (again, _) = run().await;
        assert_eq!((again.written, again.present), (0, 4));
        let listing = page(centre, &caller, &Filter::default(), 20, false).await.unwrap();
        assert_eq!(listing.records.len(), 3);
        let details = vec![("店铺".to_owned(), "木木家居".to_owned()), ("数量".to_owned(), "1 件".to_owned())];
        assert!(listing.records.iter().all(|r| r.content.details == details), "in the order in which they were sent");
        assert!(listing.records.iter().all(|r| r.basis == Basis::Contract && r.source == Source::Given));
    }
}

/// One kind that the host's records hold: sealed, masked, whole after proving who one is, corrected or refused, erased or
/// kept.
async fn one_kind(world: &World, browser: &mut Browser, field: &Field) {
    let centre = &world.centre;
    let caller = world.caller(browser).await;
    let filter = Filter { field: Some(field.id.clone()), ..Filter::default() };
    let kept = page(centre, &caller, &filter, 20, false).await.unwrap().records.remove(0);
    let (shown, whole) = (kept.content.masked(field.mask), kept.content.value.clone());
    for (_, bytes) in sealed(world, caller.person, &field.id).await {
        assert!(!holds(&bytes, &whole), "{} lies in clear", field.id);
    }
    let path = format!("/settings/data/records/{}", kept.id);
    for page in [list(field), path.clone()] {
        let page = browser.get(&page).await.expect_status(200).expect_text(&shown.value);
        assert!(shown.value == whole || !page.text().contains(&whole), "{} is shown whole", field.id);
    }
    let full = browser.get(&format!("{path}/full")).await.expect_status(303);
    assert!(full.location().unwrap().starts_with("/step-up"), "{}", field.id);
    let mut proved = browser.clone();
    world.step_up_demo(&mut proved).await;
    let full = proved.get(&format!("{path}/full")).await.expect_status(200);
    let seen = if field.mask == Mask::Never { HIDDEN } else { &whole };
    full.expect_text(seen);
    // Proving who one is lasts minutes; the next kind starts from anew.
    world.pass(6 * app::time::MINUTE);

    let value = match field.mask {
        Mask::Phone => "13911112222",
        Mask::Email => "other@example.com",
        _ => "更正后的内容",
    };
    let corrected = browser.post(&format!("{path}/correct"), &[("value", value)]).await;
    let present = server::records::one(centre, &caller, kept.id).await.unwrap().unwrap().content.value;
    if field.correct == Correction::Yes {
        assert_eq!((corrected.status.as_u16(), present.as_str()), (303, value), "{}", field.id);
        assert!(world.events(browser).await.contains(&Event::RecordCorrected { field: field.id.clone() }));
        let refused = browser.post(&format!("{path}/correct"), &[("value", " ")]).await.expect_status(422);
        refused.expect_text("请填写内容");
    } else {
        assert_eq!((corrected.status.as_u16(), &present), (422, &whole), "{}", field.id);
    }

    let before = sealed(world, caller.person, &field.id).await.len();
    let scope = format!("kind:{}", field.id);
    let plan = browser.get(&format!("/settings/data/erase?scope={scope}")).await.expect_status(200);
    plan.expect_text(&format!("{}（{before} 条）", field.name));
    assert_eq!(sealed(world, caller.person, &field.id).await.len(), before, "looking changes nothing");
    browser.post("/settings/data/erase", &[("scope", &scope)]).await.expect_status(303);
    browser.get(&path).await.expect_status(404);
    browser.post(&format!("{path}/correct"), &[("value", value)]).await.expect_status(404);
    let after = sealed(world, caller.person, &field.id).await.len();
    let list = browser.get(&list(field)).await.expect_status(200);
    match field.erase {
        Erasure::Yes => assert_eq!(after, 0, "{}", field.id),
        Erasure::StorageOnly => {
            assert_eq!(after, before, "{}", field.id);
            list.expect_text(&format!("{before} 条已转为仅存储"));
        }
        Erasure::WithAccount => panic!("{} is not kept with the account", field.id),
    }
}
