//! A guardian's answer for a child's account, as the officer records it.

use app::accounts::model::PhoneNumber;
use app::consents::model::{Decision, Purpose};
use app::menu::Place;
use app::promises::{CODE_LIFE, CODE_PAUSE, CODE_TRIES, CODES_PER_HOUR, GUARDIAN_ANSWER};
use app::time::{DAY, HOUR};
use axum::http::Method;
use server::cancellation::child;
use server::consents::store::decide;
use server::demo::Message;
use server::execution;
use server::guardian::{self, Checked, NotRecorded};
use server::ledger::Event;
use server::messages::outbox::{self, Outgoing};
use server::replay;
use server::storage::sql;
use server::vault::Category;
use server::web::build_router;
use server::web::guard::Access;
use server::web::router::routes;
use uuid::Uuid;

use crate::cancellation::step;
use crate::support::{Browser, PASSWORD, World, replay_all};

const CHILD: &str = "13900000091";
const GUARDIAN: &str = "13900000092";
const CHECKED: Checked<'_> = Checked { proof: "视频里核对了户口本首页和孩子那一页", by: "周以宁" };

async fn send_code(world: &World) -> String {
    world.pass(CODE_PAUSE);
    guardian::send_code(&world.centre, CHILD, GUARDIAN, world.centre.now()).await.unwrap().unwrap();
    world.code(GUARDIAN).await
}

async fn agree_with(world: &World, code: &str) -> Result<(), NotRecorded> {
    guardian::agree(&world.centre, (CHILD, GUARDIAN), code, CHECKED, world.centre.now()).await.unwrap()
}

/// A child whose guardian has agreed.
async fn agreed(world: &World) -> Browser {
    let browser = world.register(CHILD, "under_14").await;
    let code = send_code(world).await;
    agree_with(world, &code).await.unwrap();
    browser
}

async fn granted(world: &World) -> i64 {
    sql("SELECT COUNT(*) FROM decision WHERE granted").fetch_one::<(i64,)>(&world.centre.data).await.unwrap().0
}

async fn people(world: &World) -> i64 {
    sql("SELECT COUNT(*) FROM person").fetch_one::<(i64,)>(&world.centre.data).await.unwrap().0
}

/// Whether an SMS that says this was sent there.
async fn was_told(world: &World, phone: &str, words: &str) -> bool {
    outbox::run(&world.centre).await.unwrap();
    let masked = phone.parse::<PhoneNumber>().unwrap().masked();
    let is_it = |sent: &Message| matches!(sent, Message::Sms { masked_phone, text, .. } if *masked_phone == masked && text.contains(words));
    world.messages().iter().any(is_it)
}

fn wrong(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

on_both_engines! {
    async fn after_a_yes_the_account_is_in_use_and_stays(world) {
        let mut browser = world.register(CHILD, "under_14").await;
        browser.get("/").await.expect_status(303);
        let page = browser.get("/guardian").await.expect_status(200);
        page.expect_text("给监护人的手机发验证码").expect_text("不同意，账号马上删除");
        let code = send_code(world).await;
        agree_with(world, &code).await.unwrap();
        browser.get("/").await.expect_status(200);
        browser.get("/guardian").await.expect_status(303);
        let answers = |event: &&Event| matches!(event, Event::GuardianAnswered { agreed: true });
        assert_eq!(world.events(&browser).await.iter().filter(answers).count(), 1);
        assert!(matches!(agree_with(world, &code).await, Err(NotRecorded::NotWaiting)), "once");
        world.pass(GUARDIAN_ANSWER + DAY);
        child::erase_unanswered(&world.centre, world.centre.now()).await.unwrap();
        assert!(!execution::run_next(&world.centre).await.unwrap());
        assert_eq!(people(world).await, 1);
    }

    async fn what_was_checked_is_kept_sealed_and_seen_by_its_person(world) {
        let browser = agreed(world).await;
        let caller = world.caller(&browser).await;
        let rows = sql("SELECT content FROM record WHERE person_id = $1 AND field = 'guardian_contact'").bind(caller.person);
        let rows = rows.fetch_all::<(Vec<u8>,)>(&world.centre.data).await.unwrap();
        assert_eq!(rows.len(), 1);
        for told in [GUARDIAN, CHECKED.proof, CHECKED.by] {
            assert!(!rows[0].0.windows(told.len()).any(|part| part == told.as_bytes()), "it is sealed");
        }
        let records = server::records::page(&world.centre, &caller, &server::records::Filter::default(), 10, true).await.unwrap();
        let kept = &records.records[0];
        assert_eq!(kept.content.value, GUARDIAN);
        assert!(kept.content.details.iter().any(|(_, text)| text == CHECKED.proof));
        assert!(kept.content.details.iter().any(|(_, text)| text == CHECKED.by));
        // No event and no entry of the log names anybody.
        let (_, keys) = world.databases.open().await;
        let logged = sql("SELECT body FROM replay_log WHERE subject = $1").bind(replay::subject(&world.centre.vault, caller.person));
        let logged = logged.fetch_all::<(String,)>(&keys).await.unwrap();
        keys.close().await;
        assert_eq!(logged, [(r#"{"kind":"guardian_agreed"}"#.to_owned(),)]);
        // It goes after three years, with its kind's retention.
        world.pass(3 * 366 * DAY);
        server::records::retention::run(&world.centre, world.centre.now()).await.unwrap();
        let left = sql("SELECT COUNT(*) FROM record").fetch_one::<(i64,)>(&world.centre.data).await.unwrap().0;
        assert_eq!(left, 0);
    }

    async fn after_a_yes_everything_optional_stays_off(world) {
        let mut browser = agreed(world).await;
        let caller = world.caller(&browser).await;
        assert!(caller.is_child() && !caller.waits_for_guardian);
        for purpose in Purpose::ALL.iter().copied().filter(|purpose| !purpose.protects()) {
            let yes = Decision { purpose, granted: true };
            let decided = decide(&world.centre, &caller, yes, "/settings", false, world.centre.now()).await.unwrap();
            assert!(decided.is_err(), "{purpose:?}");
        }
        let before = world.events(&browser).await;
        let subjects = Purpose::ALL.iter().filter(|p| !p.protects()).map(|p| p.id().to_owned());
        let subjects: Vec<_> = subjects.chain(["advertising_sharing:ads_juguang".to_owned()]).collect();
        let decides = |path: &str| path.starts_with("/settings") && !path.contains("/cancel") && !path.contains('{');
        let mut tried = 0;
        for route in routes().iter().filter(|r| r.method == Method::POST && r.access == Access::SignedIn && decides(r.path)) {
            for subject in &subjects {
                let fields = [("purpose", subject.as_str()), ("granted", "true"), ("answer", "accept")];
                let page = browser.post(route.path, &fields).await;
                assert!(page.status.as_u16() != 500, "{} {subject}", route.path);
                tried += 1;
            }
        }
        browser.post("/settings/cookies/answer", &[("answer", "accept")]).await.expect_status(422);
        assert!(tried > 50, "{tried}");
        assert_eq!(granted(world).await, 0);
        let decided = |event: &Event| matches!(event, Event::Decided { granted: true, .. });
        assert!(!world.events(&browser).await[before.len()..].iter().any(decided));
        let page = browser.post(Place::Permissions.path(), &[("purpose", "location"), ("granted", "true")]).await;
        page.expect_status(422).expect_text("未满14周岁");
        let page = browser.post(Place::Cookies.path(), &[("purpose", "cookies_analytics"), ("granted", "true")]).await;
        page.expect_status(422).expect_text("未满14周岁");
        assert!(!browser.get("/settings").await.expect_status(200).text().contains("/settings/cookies/answer"), "no banner");
        // A browser that has said yes brings nothing.
        let mut other = world.browser();
        other.post("/settings/cookies/answer", &[("answer", "accept")]).await.expect_status(303);
        other.post("/signin", &[("phone", CHILD), ("by", "password"), ("password", PASSWORD)]).await.expect_status(303);
        assert_eq!((granted(world).await, other.cookie("cookie_choice")), (0, None));
        // A switch that protects is theirs.
        let protects = Purpose::ALL.iter().copied().filter(|purpose| purpose.protects()).collect::<Vec<_>>();
        assert!(!protects.is_empty());
        for purpose in protects {
            let yes = Decision { purpose, granted: true };
            assert!(decide(&world.centre, &caller, yes, "/settings", false, world.centre.now()).await.unwrap().is_ok());
        }
    }

    async fn a_yes_takes_the_guardians_own_code_and_a_second_proof(world) {
        world.register(CHILD, "under_14").await;
        world.newcomer("13900000093").await;
        let (centre, now) = (&world.centre, world.centre.now());
        let sent = async |child, guardian| guardian::send_code(centre, child, guardian, now).await.unwrap();
        assert!(matches!(sent(CHILD, CHILD).await, Err(NotRecorded::OwnPhone)));
        assert!(matches!(sent(CHILD, "123").await, Err(NotRecorded::NoPhone(_))));
        assert!(matches!(sent("13900000093", GUARDIAN).await, Err(NotRecorded::NotWaiting)), "a grown person's");
        assert!(matches!(sent("13900000094", GUARDIAN).await, Err(NotRecorded::NotWaiting)), "nobody's");
        let code = send_code(world).await;
        for checked in [Checked { proof: " ", ..CHECKED }, Checked { by: "", ..CHECKED }] {
            let refused = guardian::agree(centre, (CHILD, GUARDIAN), &code, checked, centre.now()).await.unwrap();
            assert!(matches!(refused, Err(NotRecorded::NoProof | NotRecorded::NoName)));
        }
        // Sent to one phone, it proves no other.
        let other = guardian::agree(centre, (CHILD, "13900000095"), &code, CHECKED, centre.now()).await.unwrap();
        assert!(matches!(other, Err(NotRecorded::WrongCode)));
        world.pass(CODE_LIFE);
        assert!(matches!(agree_with(world, &code).await, Err(NotRecorded::WrongCode)), "too old");
        let code = send_code(world).await;
        for _ in 0..CODE_TRIES {
            assert!(matches!(agree_with(world, wrong(&code)).await, Err(NotRecorded::WrongCode)));
        }
        assert!(matches!(agree_with(world, &code).await, Err(NotRecorded::WrongCode)), "tried too often");
        let code = send_code(world).await;
        agree_with(world, &code).await.unwrap();
    }

    async fn a_no_erases_the_account_soon_and_says_so(world) {
        let mut browser = world.register(CHILD, "under_14").await;
        let (centre, caller) = (&world.centre, world.caller(&browser).await);
        let refuse = async || guardian::refuse(centre, CHILD, None, CHECKED, centre.now()).await.unwrap();
        refuse().await.unwrap();
        assert!(matches!(refuse().await, Err(NotRecorded::NotWaiting)));
        browser.get("/guardian").await.expect_status(303);
        let mut again = world.browser();
        again.post("/signin", &[("phone", CHILD), ("by", "password"), ("password", PASSWORD)]).await.expect_status(303);
        again.get("/guardian").await.expect_status(200).expect_text("账号正在删除");
        assert!(execution::run_next(centre).await.unwrap());
        assert_eq!((people(world).await, centre.vault.count_keys(caller.person).await.unwrap()), (0, 0));
        let history = server::ledger::history(&centre.data, &caller.pseudonym).await.unwrap();
        assert!(history.iter().any(|told| told.event == Event::GuardianAnswered { agreed: false }));
    }

    async fn a_restored_backup_knows_the_answers(world) {
        world.register(CHILD, "under_14").await;
        world.register("13900000096", "under_14").await;
        replay::settle(&world.centre).await.unwrap();
        let backup = world.databases.back_up().await;
        world.pass(HOUR);
        let code = send_code(world).await;
        agree_with(world, &code).await.unwrap();
        guardian::refuse(&world.centre, "13900000096", None, CHECKED, world.centre.now()).await.unwrap().unwrap();
        let restored = world.restored(&backup).await;
        for again in [false, true] {
            if again {
                replay_all(&restored).await;
            } else {
                replay::catch_up(&restored).await.unwrap().expect("it is behind");
            }
            let mut browser = world.browser();
            browser.router = build_router(&restored);
            browser.post("/signin", &[("phone", CHILD), ("by", "password"), ("password", PASSWORD)]).await.expect_status(303);
            browser.get("/settings").await.expect_status(200);
            let answered = sql("SELECT COUNT(*) FROM event WHERE body LIKE '%guardian_answered%'");
            assert_eq!(answered.fetch_one::<(i64,)>(&restored.data).await.unwrap().0, 1, "{again}");
        }
        assert!(execution::run_next(&restored).await.unwrap(), "the other is erased");
        let left = sql("SELECT id FROM person").fetch_all::<(String,)>(&restored.data).await.unwrap();
        assert_eq!(left.len(), 1);
        assert!(Uuid::parse_str(&left[0].0).is_ok());
        restored.data.close().await;
    }

    async fn a_guardian_who_takes_a_yes_back_stops_the_account_with_the_same_proofs(world) {
        let mut browser = agreed(world).await;
        let (centre, caller) = (&world.centre, world.caller(&browser).await);
        let refuse = async |code: Option<(&str, &str)>| {
            guardian::refuse(centre, CHILD, code, CHECKED, centre.now()).await.unwrap()
        };
        assert!(matches!(refuse(None).await, Err(NotRecorded::InUse)), "a word is not enough");
        let code = send_code(world).await;
        assert!(matches!(refuse(Some((GUARDIAN, wrong(&code)))).await, Err(NotRecorded::WrongCode)));
        assert!(matches!(refuse(Some(("13900000095", &code))).await, Err(NotRecorded::WrongCode)));
        browser.get("/settings").await.expect_status(200);
        assert_eq!(refuse(Some((GUARDIAN, &code))).await.unwrap(), centre.now().plus(GUARDIAN_ANSWER));
        assert!(matches!(refuse(Some((GUARDIAN, &code))).await, Err(NotRecorded::WaitsAgain(_))), "again");
        assert!(matches!(refuse(None).await, Err(NotRecorded::WaitsAgain(_))));
        browser.get("/settings").await.expect_status(303);
        browser.get("/guardian").await.expect_status(200).expect_text("监护人不再同意").expect_text("只保存、不使用");
        // The child does not shorten the time in which the guardian can think again.
        browser.post("/guardian/erase", &[]).await.expect_status(303);
        assert!(!execution::run_next(centre).await.unwrap());
        assert!(was_told(world, GUARDIAN, "不再同意139****0091").await);
        assert!(was_told(world, CHILD, "监护人不再同意").await);
        // A yes within that time: as it was.
        world.pass(GUARDIAN_ANSWER - DAY);
        child::erase_unanswered(centre, centre.now()).await.unwrap();
        let code = send_code(world).await;
        agree_with(world, &code).await.unwrap();
        browser = world.browser();
        browser.post("/signin", &[("phone", CHILD), ("by", "password"), ("password", PASSWORD)]).await.expect_status(303);
        browser.get("/settings").await.expect_status(200);
        // None: it is erased.
        let code = send_code(world).await;
        let erased_at = refuse(Some((GUARDIAN, &code))).await.unwrap();
        for (moment, is_erased) in [(erased_at.plus(-1), false), (erased_at, true)] {
            child::erase_unanswered(centre, moment).await.unwrap();
            assert_eq!(execution::run_next(centre).await.unwrap(), is_erased);
        }
        assert_eq!((people(world).await, centre.vault.count_keys(caller.person).await.unwrap()), (0, 0));
    }

    async fn a_restored_backup_knows_that_a_yes_was_taken_back(world) {
        let browser = agreed(world).await;
        let child = world.caller(&browser).await.person;
        replay::settle(&world.centre).await.unwrap();
        let backup = world.databases.back_up().await;
        let code = send_code(world).await;
        let taken = guardian::refuse(&world.centre, CHILD, Some((GUARDIAN, &code)), CHECKED, world.centre.now()).await;
        let erased_at = taken.unwrap().unwrap();
        let restored = world.restored(&backup).await;
        for again in [false, true] {
            if again {
                replay_all(&restored).await;
            } else {
                replay::catch_up(&restored).await.unwrap().expect("it is behind");
            }
            assert_eq!(child::wait_of(&restored.data, child).await.unwrap().erased_at(), erased_at, "{again}");
            let answered = sql("SELECT COUNT(*) FROM event WHERE body LIKE '%guardian_answered%'");
            assert_eq!(answered.fetch_one::<(i64,)>(&restored.data).await.unwrap().0, 2, "{again}");
        }
        let mut browser = world.browser();
        browser.router = build_router(&restored);
        browser.post("/signin", &[("phone", CHILD), ("by", "password"), ("password", PASSWORD)]).await.expect_status(303);
        browser.get("/settings").await.expect_status(303);
        browser.get("/guardian").await.expect_status(200).expect_text("监护人不再同意");
        restored.data.close().await;
    }

    async fn a_guardians_no_takes_the_place_of_the_childs_own_leaving(world) {
        let mut browser = agreed(world).await;
        let (centre, caller) = (&world.centre, world.caller(&browser).await);
        for name in ["begin", "proof", "confirm"] {
            step(&mut browser, name).await.expect_status(303);
        }
        assert!(was_told(world, CHILD, "注销").await);
        world.pass(app::promises::COOLING_OFF - HOUR);
        let code = send_code(world).await;
        let taken = guardian::refuse(centre, CHILD, Some((GUARDIAN, &code)), CHECKED, centre.now()).await.unwrap();
        let erased_at = taken.unwrap();
        assert_eq!(erased_at, centre.now().plus(GUARDIAN_ANSWER));
        server::cancellation::store::execute_due(centre, erased_at.plus(-1)).await.unwrap();
        child::erase_unanswered(centre, erased_at.plus(-1)).await.unwrap();
        assert!(!execution::run_next(centre).await.unwrap(), "what was promised holds");
        child::erase_unanswered(centre, erased_at).await.unwrap();
        assert!(execution::run_next(centre).await.unwrap());
        assert_eq!((people(world).await, centre.vault.count_keys(caller.person).await.unwrap()), (0, 0));
    }

    async fn a_draft_that_was_forgotten_stands_in_no_guardians_way(world) {
        let mut browser = agreed(world).await;
        step(&mut browser, "begin").await.expect_status(303);
        replay::settle(&world.centre).await.unwrap();
        let backup = world.databases.back_up().await;
        world.pass(app::promises::CANCELLATION_DRAFT_LIFE + HOUR);
        let code = send_code(world).await;
        let taken = guardian::refuse(&world.centre, CHILD, Some((GUARDIAN, &code)), CHECKED, world.centre.now()).await;
        let erased_at = taken.unwrap().unwrap();
        let restored = world.restored(&backup).await;
        replay::catch_up(&restored).await.unwrap().expect("it is behind");
        child::erase_unanswered(&restored, erased_at).await.unwrap();
        assert!(execution::run_next(&restored).await.unwrap());
        restored.data.close().await;
    }

    async fn what_waits_for_a_guardian_stays_theirs_when_the_child_changes_its_phone(world) {
        let browser = agreed(world).await;
        let (centre, person) = (&world.centre, world.caller(&browser).await.person);
        let key = centre.vault.key_for(person, Category::Outbox, centre.now()).await.unwrap();
        let outgoing = |phone: &str, text: &str| Outgoing {
            id: Uuid::new_v4(),
            owner: person,
            phone: phone.parse().unwrap(),
            text: text.to_owned(),
            not_before: centre.now().plus(DAY),
        };
        let mut tx = centre.data.begin().await.unwrap();
        outbox::put(&mut tx, &key, &outgoing(CHILD, "给孩子的")).await.unwrap();
        outbox::put_to_another(&mut tx, &key, &outgoing(GUARDIAN, "给监护人的")).await.unwrap();
        outbox::readdress(&mut tx, centre, person, &"13900000098".parse().unwrap()).await.unwrap();
        tx.commit().await.unwrap();
        world.pass(DAY);
        assert!(was_told(world, "13900000098", "给孩子的").await);
        assert!(was_told(world, GUARDIAN, "给监护人的").await);
        assert!(!was_told(world, "13900000098", "给监护人的").await && !was_told(world, CHILD, "给孩子的").await);
    }

    async fn no_guardian_and_no_child_is_flooded_with_codes(world) {
        world.register(CHILD, "under_14").await;
        world.pass(HOUR);
        let sent = async || guardian::send_code(&world.centre, CHILD, GUARDIAN, world.centre.now()).await.unwrap();
        for _ in 0..CODES_PER_HOUR {
            sent().await.unwrap();
            assert!(matches!(sent().await, Err(NotRecorded::NoCode(_))), "a pause between two");
            world.pass(CODE_PAUSE);
        }
        assert!(matches!(sent().await, Err(NotRecorded::NoCode(_))));
        // Neither does another phone get around it.
        let other = guardian::send_code(&world.centre, CHILD, "13900000097", world.centre.now()).await.unwrap();
        assert!(matches!(other, Err(NotRecorded::NoCode(_))));
        world.pass(HOUR);
        sent().await.unwrap();
    }
}
