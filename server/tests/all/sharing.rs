//! 第三方共享清单, 跨境提供, 共享记录: decided recipient by recipient, and what was given is told as it was.

use app::consents::{Decision, Purpose};
use app::menu::Place;
use app::promises::DISCLOSURE_YEARS;
use app::sharing::model::{Given, Ground};
use app::time::{DAY, HOUR, Moment};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use server::consents::store::{all_standing, decide, decide_about};
use server::ledger::Event;
use server::records::import::{Report, import};
use server::records::{Refused, Written};
use server::sharing::{self, Filter, NewDisclosure, Taken, may_share, retention};
use server::storage::sql;
use uuid::Uuid;

use crate::support::{Browser, World};

const PHONE: &str = "13900000061";
const SHARING: &str = "/settings/sharing";
const ABROAD: &str = "/settings/privacy/abroad";
const RECORDS: &str = "/settings/sharing/records";

async fn set(browser: &mut Browser, path: &str, about: &str, granted: bool) -> crate::support::Page {
    browser.post(path, &[("purpose", about), ("granted", &granted.to_string())]).await
}

/// Whether a switch stands on a page, and is on.
async fn state(browser: &mut Browser, path: &str, about: &str) -> bool {
    let text = browser.get(path).await.expect_status(200).text();
    let at = text.find(&format!("value=\"{about}\"")).unwrap_or_else(|| panic!("no switch {about} on {path}"));
    let button = &text[at..at + text[at..].find("aria-label").unwrap()];
    button.contains("aria-checked=\"true\"")
}

/// Every decision that can be made about a recipient.
fn all_due(world: &World) -> Vec<(Purpose, String)> {
    let recipients = world.centre.catalogue.data().all_recipients();
    recipients.iter().flat_map(|r| r.decisions.iter().map(|due| (due.purpose, r.id.clone()))).collect()
}

async fn take(world: &World, lines: &str) -> (Report, Vec<serde_json::Value>) {
    let centre = &world.centre;
    let mut rejected = Vec::new();
    let parts = (&centre.data, &centre.vault, &centre.catalogue);
    let report = import(parts, lines.as_bytes(), &mut rejected, |_| (), centre.now()).await.unwrap();
    let text = String::from_utf8(rejected).unwrap();
    (report, text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn line(id: &str, at: Moment, disclosure: &serde_json::Value) -> String {
    serde_json::json!({"id": id, "phone": PHONE, "at": at.iso(), "disclosure": disclosure}).to_string() + "\n"
}

fn given(recipient: &str, field: &str, ground: &str) -> serde_json::Value {
    serde_json::json!({"recipient": recipient, "fields": [field], "ground": ground})
}

on_both_engines! {
    async fn everybody_can_read_the_whole_list(world) {
        let mut visitor = world.browser();
        let page = visitor.get(SHARING).await.expect_status(200).text();
        for recipient in world.centre.catalogue.data().all_recipients() {
            let facts = [&recipient.name, &recipient.legal_name, &recipient.contact, &recipient.scene];
            for fact in facts.into_iter().chain(&recipient.policy).chain(&recipient.abroad) {
                assert!(page.contains(fact.as_str()), "{}: {fact}", recipient.id);
            }
            assert!(page.contains(recipient.way.words()), "{}", recipient.id);
            for field in world.centre.catalogue.data().received_by(recipient) {
                assert!(page.contains(&field.name), "{}: {}", recipient.id, field.name);
            }
        }
        assert!(!page.contains("role=\"switch\""), "a visitor decides nothing");
        let page = set(&mut visitor, SHARING, "advertising_sharing:ads_juguang", true).await.expect_status(303);
        assert!(page.location().unwrap().starts_with("/signin"));
    }

    async fn a_recipient_is_decided_on_its_own_and_taken_back_in_place(world) {
        let mut browser = world.newcomer(PHONE).await;
        let (one, other) = ("advertising_sharing:ads_juguang", "advertising_sharing:ads_harbour");
        assert!(!state(&mut browser, SHARING, one).await && !state(&mut browser, SHARING, other).await);
        let done = set(&mut browser, SHARING, one, true).await.expect_status(303);
        assert_eq!(done.location(), Some("/settings/sharing#r-ads_juguang"));
        assert!(state(&mut browser, SHARING, one).await && !state(&mut browser, SHARING, other).await);
        browser.get("/settings").await.expect_text("1 项已开启");
        let shown = world.centre.catalogue.shown(Purpose::AdvertisingSharing, Some("ads_juguang")).unwrap();
        let Some(Event::Decided { purpose, about, granted, words, surface, by, .. }) = world.events(&browser).await.pop()
            else { panic!("no decision") };
        assert_eq!((purpose, about.as_deref(), granted), (Purpose::AdvertisingSharing, Some("ads_juguang"), true));
        assert_eq!((words.as_str(), surface.as_str(), by.as_str()), (shown.hash.as_str(), SHARING, "person"));
        let kept = server::consents::store::shown(&world.centre.data, &shown.hash).await.unwrap();
        assert_eq!(kept.as_ref(), Some(&shown.text));
        // Again the same: nothing new.
        let events = world.events(&browser).await.len();
        set(&mut browser, SHARING, one, true).await.expect_status(303);
        assert_eq!(world.events(&browser).await.len(), events);
        set(&mut browser, SHARING, one, false).await.expect_status(303);
        assert!(!state(&mut browser, SHARING, one).await);
    }

    async fn a_consent_to_one_recipient_never_touches_another(world) {
        let browser = world.newcomer(PHONE).await;
        let caller = world.caller(&browser).await;
        let (centre, all) = (&world.centre, all_due(world));
        let mut runner = TestRunner::deterministic();
        let any = prop::collection::vec((0..all.len(), any::<bool>(), any::<bool>()), 30);
        let wishes = any.new_tree(&mut runner).unwrap().current();
        let mut expected = std::collections::BTreeMap::new();
        for (n, granted, gpc) in wishes {
            let (purpose, recipient) = all[n].clone();
            let decision = Decision { purpose, granted };
            let outcome = decide_about(centre, &caller, (decision, &recipient), SHARING, gpc, centre.now()).await.unwrap();
            if outcome.is_ok() {
                expected.insert((purpose, recipient), granted);
            } else {
                assert!(granted && gpc && purpose.is_lowered_by_gpc());
            }
            let (whole, single) = all_standing(&centre.data, centre, caller.person).await.unwrap();
            let stands: std::collections::BTreeMap<_, _> = single.into_iter().map(|(key, s)| (key, s.granted)).collect();
            assert_eq!(stands, expected);
            assert!(whole.0.is_empty(), "nothing is decided as a whole");
            for (purpose, recipient) in &all {
                let yes = |purpose: Purpose| expected.get(&(purpose, recipient.clone())).copied().unwrap_or_default();
                let abroad = all.contains(&(Purpose::CrossBorder, recipient.clone()));
                let may = yes(*purpose) && (!abroad || yes(Purpose::CrossBorder));
                assert_eq!(may_share(centre, caller.person, recipient, *purpose).await.unwrap(), may);
            }
        }
    }

    async fn nothing_is_decided_about_all_recipients_at_once_or_about_a_stranger(world) {
        let mut browser = world.newcomer(PHONE).await;
        let caller = world.caller(&browser).await;
        let before = world.events(&browser).await;
        for purpose in Purpose::ALL.iter().copied().filter(|p| p.is_per_recipient()) {
            for granted in [true, false] {
                let now = world.centre.now();
                let decision = Decision { purpose, granted };
                let refused = decide(&world.centre, &caller, decision, SHARING, false, now).await.unwrap();
                assert!(refused.is_err());
            }
            for path in [SHARING, ABROAD, "/settings/policy", "/settings/advertising", "/settings/collection", "/settings/cookies"] {
                set(&mut browser, path, purpose.id(), true).await.expect_status(404);
            }
            browser.post("/settings/privacy/consents/withdraw", &[("purpose", purpose.id())]).await.expect_status(404);
        }
        for about in ["advertising_sharing:nobody", "advertising_sharing:tax", "advertising_sharing:", "location:ads_juguang", "x"] {
            set(&mut browser, SHARING, about, true).await.expect_status(404);
        }
        // Each on its own page: what was decided there is what was read there.
        set(&mut browser, SHARING, "cross_border:direct_mail_japan", true).await.expect_status(404);
        set(&mut browser, ABROAD, "advertising_sharing:ads_harbour", true).await.expect_status(404);
        let stranger = [("purpose", "advertising_sharing"), ("about", "nobody")];
        browser.post("/settings/privacy/consents/withdraw", &stranger).await.expect_status(404);
        assert_eq!(world.events(&browser).await, before);
    }

    async fn abroad_is_off_and_asked_apart(world) {
        let mut browser = world.newcomer(PHONE).await;
        let person = world.caller(&browser).await.person;
        let page = browser.get(ABROAD).await.expect_status(200).text();
        for fact in ["新加坡", "日本", "怎样向它行使权利", "privacy@harbour-ads.example", "为什么必要", "对你的影响"] {
            assert!(page.contains(fact), "{fact}");
        }
        assert!(!page.contains("aria-checked=\"true\""));
        let may = async || may_share(&world.centre, person, "ads_harbour", Purpose::AdvertisingSharing).await.unwrap();
        set(&mut browser, SHARING, "advertising_sharing:ads_harbour", true).await.expect_status(303);
        assert!(!may().await, "it may not leave the country");
        let done = set(&mut browser, ABROAD, "cross_border:ads_harbour", true).await.expect_status(303);
        assert_eq!(done.location(), Some("/settings/privacy/abroad#r-ads_harbour"));
        assert!(may().await);
        assert!(!state(&mut browser, ABROAD, "cross_border:direct_mail_japan").await);
        browser.get("/settings/privacy").await.expect_text("1 项已开启");
    }

    async fn consents_to_recipients_stand_in_consent_management_and_are_taken_back_there(world) {
        let mut browser = world.newcomer(PHONE).await;
        set(&mut browser, SHARING, "finance_sharing:finance_anhe", true).await.expect_status(303);
        set(&mut browser, SHARING, "finance_sharing:finance_jincheng", true).await.expect_status(303);
        let page = browser.get("/settings/privacy/consents").await.expect_text("安和保险经纪 · 金融服务");
        page.expect_text("第三方共享清单").expect_text("锦程消费金融 · 金融服务");
        let withdrawn = [("purpose", "finance_sharing"), ("about", "finance_anhe")];
        browser.post("/settings/privacy/consents/withdraw", &withdrawn).await.expect_status(303);
        assert!(!state(&mut browser, SHARING, "finance_sharing:finance_anhe").await);
        assert!(state(&mut browser, SHARING, "finance_sharing:finance_jincheng").await);
    }

    async fn a_browser_that_objects_only_lowers_and_recipient_by_recipient(world) {
        let mut browser = world.newcomer(PHONE).await;
        for about in ["advertising_sharing:ads_juguang", "finance_sharing:finance_anhe"] {
            set(&mut browser, SHARING, about, true).await.expect_status(303);
        }
        let person = world.caller(&browser).await.person;
        let mut objecting = world.browser();
        objecting.headers.push(("sec-gpc", "1".into()));
        let fields = [("phone", PHONE), ("by", "password"), ("password", crate::support::PASSWORD)];
        objecting.post("/signin", &fields).await.expect_status(303);
        let may = async |recipient: &str, purpose| may_share(&world.centre, person, recipient, purpose).await.unwrap();
        assert!(!may("ads_juguang", Purpose::AdvertisingSharing).await);
        assert!(may("finance_anhe", Purpose::FinanceSharing).await, "it speaks of advertising alone");
        set(&mut objecting, SHARING, "advertising_sharing:ads_juguang", true).await.expect_status(422);
        set(&mut objecting, SHARING, "advertising_sharing:ads_juguang", false).await.expect_status(303);
        assert!(!may("ads_juguang", Purpose::AdvertisingSharing).await);
        let signalled = world.events(&browser).await.into_iter().filter(|event| {
            matches!(event, Event::Decided { by, granted: false, .. } if by == "browser_signal")
        });
        assert_eq!(signalled.count(), 1);
    }

    async fn whether_data_may_go_is_no_without_a_record_and_an_error_when_it_is_not_known(world) {
        let mut browser = world.newcomer(PHONE).await;
        let person = world.caller(&browser).await.person;
        let may = async |person, recipient: &str| may_share(&world.centre, person, recipient, Purpose::AdvertisingSharing).await;
        assert!(!may(person, "ads_juguang").await.unwrap());
        set(&mut browser, SHARING, "advertising_sharing:ads_juguang", true).await.expect_status(303);
        assert!(may(person, "ads_juguang").await.unwrap());
        assert!(!may(Uuid::now_v7(), "ads_juguang").await.unwrap(), "nobody has agreed to nothing");
        assert!(!may(person, "nobody").await.unwrap() && !may(person, "sms").await.unwrap());
        let finance = may_share(&world.centre, person, "ads_juguang", Purpose::FinanceSharing).await;
        assert!(!finance.unwrap(), "it is not decided about that recipient");
        let mut tx = world.centre.data.begin().await.unwrap();
        sql("ALTER TABLE decision RENAME TO decision_lost").execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        assert!(may(person, "ads_juguang").await.is_err(), "not known is neither yes nor no");
        browser.get(SHARING).await.expect_status(500);
    }

    async fn disclosures_are_taken_in_once_and_bad_lines_are_written_apart(world) {
        let mut browser = world.newcomer(PHONE).await;
        set(&mut browser, SHARING, "advertising_sharing:ads_juguang", true).await.expect_status(303);
        let now = world.centre.now();
        let consent = |recipient: &str, purpose: &str| {
            serde_json::json!({"recipient": recipient, "fields": ["device_uid"], "ground": "consent", "purpose": purpose})
        };
        let good = [
            line("a", now, &given("ads_juguang", "device_uid", "consent")),
            line("b", now, &given("logistics", "consignee_name", "contract")),
            line("c", now, &given("public", "published_content", "published")),
        ];
        let bad = [
            line("d", now, &given("nobody", "device_uid", "consent")),
            line("e", now, &given("logistics", "nothing", "contract")),
            line("f", now, &given("logistics", "consignee_name", "because")),
            line("g", now.plus(HOUR), &given("logistics", "consignee_name", "contract")),
            line("h", now, &consent("ads_juguang", "finance_sharing")),
            line("i", now, &given("sms", "register_phone", "consent")),
            line("j", now, &serde_json::json!({"recipient": "sms", "fields": [], "ground": "contract"})),
            line("k", now.plus(-1_100 * DAY), &given("sms", "register_phone", "contract")),
            line("l", now, &given("sms", "register_phone", "contract")).replace(PHONE, "13900000099"),
        ];
        let lines = good.concat() + &bad.concat();
        let (report, rejected) = take(world, &lines).await;
        assert_eq!((report.written, report.bad, report.unfounded), (3, 7, 0));
        assert_eq!(report.refused.get(&Refused::Expired), Some(&1));
        assert_eq!(report.refused.get(&Refused::NoPerson), Some(&1));
        let numbers: Vec<_> = rejected.iter().map(|r| r["line"].as_u64().unwrap()).collect();
        assert_eq!(numbers, (4..=12).collect::<Vec<_>>());
        assert!(rejected.iter().all(|r| !r["reason"].as_str().unwrap().contains(PHONE)));
        let (again, _) = take(world, &lines).await;
        assert_eq!((again.written, again.present), (0, 3));
        let (count,) = sql("SELECT COUNT(*) FROM disclosure").fetch_one::<(i64,)>(&world.centre.data).await.unwrap();
        assert_eq!(count, 3);
        let page = browser.get(RECORDS).await.expect_text("为订立或履行与你的合同所必需").expect_text("聚光广告");
        let text = page.text();
        assert!(!text.contains("当时没有你的同意"));
        let (ordinary, public) = text.split_once("公开披露").unwrap();
        assert!(public.contains("所有人") && !ordinary.contains(">所有人"), "what is public stands apart");
    }

    async fn a_disclosure_without_the_consent_that_it_names_is_taken_in_told_and_reported(world) {
        let mut browser = world.newcomer(PHONE).await;
        world.pass(DAY);
        let about = "advertising_sharing:ads_juguang";
        let before = world.centre.now().plus(-HOUR);
        set(&mut browser, SHARING, about, true).await.expect_status(303);
        world.pass(DAY);
        let during = world.centre.now().plus(-HOUR);
        set(&mut browser, SHARING, about, false).await.expect_status(303);
        world.pass(DAY);
        let after = world.centre.now().plus(-HOUR);
        let one = |id: &str, at| line(id, at, &given("ads_juguang", "device_uid", "consent"));
        let (report, _) = take(world, &(one("a", before) + &one("b", during) + &one("c", after))).await;
        assert_eq!((report.written, report.unfounded, report.rejected()), (3, 2, 0));
        assert!(report.to_string().contains("warning: 2 disclosures"));
        let (again, _) = take(world, &one("a", before)).await;
        assert_eq!((again.present, again.unfounded), (1, 1), "it is reported as often as it is told");
        let page = browser.get(RECORDS).await.expect_text("有 2 次提供，当时没有你的同意").expect_text("要求说明");
        assert_eq!(page.text().matches("tag-sensitive\">当时没有你的同意").count(), 2);
        // What a yes to another purpose or recipient allows is no ground for this one.
        set(&mut browser, SHARING, "advertising_sharing:ads_harbour", true).await.expect_status(303);
        let now = world.centre.now();
        let (report, _) = take(world, &line("d", now, &given("ads_harbour", "device_uid", "consent"))).await;
        assert_eq!(report.unfounded, 1, "it was not agreed that it leaves the country");
        set(&mut browser, ABROAD, "cross_border:ads_harbour", true).await.expect_status(303);
        let (report, _) = take(world, &line("e", now, &given("ads_harbour", "device_uid", "consent"))).await;
        assert_eq!(report.unfounded, 0);
    }

    async fn disclosures_are_found_by_recipient_and_period_page_by_page_and_by_their_person_alone(world) {
        let mut browser = world.newcomer(PHONE).await;
        let now = world.centre.now();
        let day = |n: i64| now.plus(-n * DAY);
        let lines: String = (0..50).map(|n| {
            let recipient = if n % 2 == 0 { "logistics" } else { "merchant" };
            line(&format!("o{n}"), day(n), &given(recipient, "consignee_name", "contract"))
        }).collect();
        assert_eq!(take(world, &lines).await.0.written, 50);
        let mut path = format!("{RECORDS}?recipient=logistics");
        let mut seen = 0;
        loop {
            let text = browser.get(&path).await.expect_status(200).text();
            let rows = text.matches("class=\"cell disclosure\"").count();
            assert!(rows <= 20);
            seen += rows;
            let Some(next) = text.split("href=\"").filter_map(|rest| rest.split('"').next()).find(|href| href.contains("after=")) else { break };
            path = next.replace("&amp;", "&");
        }
        assert_eq!(seen, 25);
        let iso = |at: Moment| at.iso()[..10].to_owned();
        let text = browser.get(&format!("{RECORDS}?from={}&to={}", iso(day(9)), iso(day(5)))).await.text();
        assert_eq!(text.matches("class=\"cell disclosure\"").count(), 5);
        browser.get(&format!("{RECORDS}?from=2026-11-20&to=2026-11-10")).await.expect_text("请调换一下");
        browser.get(&format!("{RECORDS}?recipient=nobody")).await.expect_status(404);
        let mut other = world.newcomer("13900000062").await;
        other.get(RECORDS).await.expect_text("还没有共享过你的信息");
        let (id,) = sql("SELECT id FROM disclosure LIMIT 1").fetch_one::<(String,)>(&world.centre.data).await.unwrap();
        let ask = format!("/settings/privacy/requests/new?kind=explanation&about=disclosure:{id}");
        browser.get(&ask).await.expect_status(200).expect_text("一次共享");
        other.get(&ask).await.expect_status(404);
    }

    async fn records_of_sharing_are_sealed_stay_three_years_and_then_go_with_their_key(world) {
        let mut browser = world.newcomer(PHONE).await;
        let caller = world.caller(&browser).await;
        let centre = &world.centre;
        let new = NewDisclosure {
            host_id: "one".into(),
            person: caller.person,
            recipient: centre.catalogue.data().recipient("logistics").unwrap(),
            at: centre.now(),
            ground: Ground::Contract,
            purpose: None,
            given: Given { fields: vec!["consignee_name".into()], detail: "雨花石订单".into() },
        };
        let parts = (&centre.data, &centre.vault, &centre.catalogue);
        let taken = sharing::write(parts, &[new.clone(), new], centre.now()).await.unwrap();
        let expected = |written| Ok(Taken { written, unfounded: false });
        assert_eq!(taken, [expected(Written::New), expected(Written::Present)]);
        let (sealed,) = sql("SELECT content FROM disclosure").fetch_one::<(Vec<u8>,)>(&centre.data).await.unwrap();
        assert!(memchr::memmem::find(&sealed, "雨花石".as_bytes()).is_none());
        // Erasing what is optional leaves it: the law keeps it.
        browser.post("/settings/data/erase", &[("scope", "optional")]).await.expect_status(303);
        browser.get(RECORDS).await.expect_text("雨花石订单");
        let left = async || {
            retention::run(centre, centre.now()).await.unwrap();
            sharing::page(centre, &caller, &Filter::default(), 10).await.unwrap().disclosed.len()
        };
        let years = i64::from(DISCLOSURE_YEARS);
        world.pass((years * 365 - 1) * DAY);
        assert_eq!(left().await, 1);
        world.pass(3 * DAY);
        assert_eq!(left().await, 0);
        let (_, keys) = world.databases.open().await;
        let of_disclosures = sql("SELECT id FROM data_key WHERE category = 'disclosures'").fetch_all::<(String,)>(&keys);
        assert!(of_disclosures.await.unwrap().is_empty(), "the key is gone, so copies are unreadable too");
    }

    async fn the_demo_shows_a_disclosure_without_consent_and_a_public_one(world) {
        let mut browser = world.demo().await;
        let page = browser.get(RECORDS).await.expect_text("有 1 次提供，当时没有你的同意").expect_text("买家秀");
        page.expect_text("更早的记录");
        assert!(state(&mut browser, SHARING, "advertising_sharing:ads_juguang").await);
        assert!(!state(&mut browser, SHARING, "advertising_sharing:ads_harbour").await);
        assert!(state(&mut browser, ABROAD, "cross_border:direct_mail_japan").await);
        let policy = browser.get("/settings/policy").await.expect_status(200).text();
        let clause = |id: &str| policy.split("id=\"c-").find_map(|part| part.strip_prefix(&format!("{id}\""))).unwrap();
        assert!(clause("ads-partners").contains("聚光广告 · 广告标识符") && clause("ads-partners").contains("已开启"));
        assert!(clause("where").contains("日本直邮仓 · 跨境提供") && clause("where").contains("/settings/privacy/abroad#r-direct_mail_japan"));
        assert!(clause("recipients").contains("广告标识符：已开启"));
    }
}

#[test]
fn the_eight_grounds_stand_in_the_policy() {
    let catalogue = server::catalogue::Catalogue::load(None).unwrap();
    let newest = catalogue.policy().versions().last().unwrap();
    let clause = newest.clauses().find(|clause| clause.id == "without-consent").unwrap();
    let eight: Vec<_> = Ground::ALL.into_iter().filter(|ground| *ground != Ground::Consent).collect();
    assert_eq!(eight.len(), 8);
    assert!(eight.iter().all(|ground| clause.text.contains(ground.words())), "{}", clause.text);
    assert_eq!(clause.text.matches('；').count() + 1, eight.len());
    assert!(Ground::ALL.into_iter().all(|ground| Ground::of(ground.id()) == Some(ground)));
}

/// The list is per recipient in earnest: more than one partner of a kind, and more than one country.
#[test]
fn the_inventory_has_partners_of_every_kind() {
    let catalogue = server::catalogue::Catalogue::load(None).unwrap();
    let all = catalogue.data().all_recipients();
    let count = |purpose| all.iter().filter(|recipient| recipient.due(purpose).is_some()).count();
    assert!(count(Purpose::AdvertisingSharing) >= 2 && count(Purpose::FinanceSharing) >= 2);
    assert!(count(Purpose::JointMarketing) >= 1 && count(Purpose::CrossBorder) >= 2);
    let countries: std::collections::BTreeSet<_> =
        all.iter().filter_map(|recipient| recipient.abroad.as_ref()).collect();
    assert!(countries.len() >= 2);
    assert_eq!(Place::Sharing.path(), SHARING);
}
