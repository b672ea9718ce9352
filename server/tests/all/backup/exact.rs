//! What people have changed to protect themselves stands after a restore as they changed it: the password, the phone, the name,
//! 生前安排. And they are told of the restore, once.

use app::menu::Place;
use app::promises::CODE_PAUSE;
use app::relatives::model::Directive;
use server::accounts::store::{caller_of, is_stored_only};
use server::centre::Centre;
use server::ledger::{self, Event};
use server::relatives::directive;
use server::replay::{self, Entry};
use server::storage::{Db, sql};
use server::vault::{Place as Sealed, VaultError};
use server::web::build_router;
use uuid::Uuid;

use super::{erase_account, person};
use crate::support::{Browser, PASSWORD, Page, World, replay_all};

const OLD: &str = "13900000151";
const NEW: &str = "13700000152";
const OTHER: &str = "13600000153";
const NEW_PASSWORD: &str = "晴天-green-hill-83";
const DIRECTIVE: &str = "/settings/privacy/directive";

async fn fresh_code(world: &World, phone: &str, before: usize) -> String {
    let wait = async {
        while world.sent() == before {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), wait).await.expect("a code is sent");
    world.code(phone).await
}

async fn change_phone(world: &World, browser: &mut Browser, present: &str, new: &str) {
    world.pass(CODE_PAUSE);
    let before = world.sent();
    browser.post("/settings/account/phone/present-code", &[]).await.expect_status(200);
    let present_code = fresh_code(world, present, before).await;
    let before = world.sent();
    browser.post("/settings/account/phone/new-code", &[("phone", new)]).await.expect_status(200);
    let code = fresh_code(world, new, before).await;
    let fields = [("present_code", present_code.as_str()), ("phone", new), ("code", &code)];
    browser.post("/settings/account/phone", &fields).await.expect_status(303);
}

async fn change_password(world: &World, browser: &mut Browser, present: &str, new: &str) {
    let fields = [("by", "password"), ("password", present), ("next", "/settings")];
    browser.post("/step-up", &fields).await.expect_status(303);
    browser.post("/settings/account/password", &[("password", new)]).await.expect_status(303);
    world.pass(1_000);
}

async fn arrange(world: &World, browser: &mut Browser, fields: &[(&str, &str)]) {
    world.step_up(browser).await;
    browser.post(DIRECTIVE, fields).await.expect_status(303);
    world.pass(1_000);
}

const TRUSTED: [(&str, &str); 4] =
    [("choice", "only"), ("rights", "see"), ("trusted_name", "周以宁"), ("trusted_phone", "13900000159")];

async fn arranged(centre: &Centre, person: Uuid) -> Option<Directive> {
    directive::standing(&centre.data, centre, person).await.unwrap().map(|(directive, _)| directive)
}

/// A browser that has never been at a restored centre.
fn visitor(world: &World, centre: &Centre) -> Browser {
    let mut browser = world.browser();
    browser.router = build_router(centre);
    browser
}

async fn sign_in(browser: &mut Browser, phone: &str, password: &str) -> Page {
    browser.post("/signin", &[("phone", phone), ("by", "password"), ("password", password)]).await
}

async fn holder(centre: &Centre, phone: &str) -> Option<Uuid> {
    server::messages::person_of(centre, &phone.parse().unwrap()).await.unwrap()
}

/// The bodies of the log's entries of a person.
async fn bodies(world: &World, person: Uuid) -> Vec<String> {
    let keys = Db::open(&world.databases.keys).await.unwrap();
    let rows = sql("SELECT body FROM replay_log WHERE subject = $1 ORDER BY position")
        .bind(replay::subject(&world.centre.vault, person))
        .fetch_all::<(String,)>(&keys)
        .await
        .unwrap();
    keys.close().await;
    rows.into_iter().map(|(body,)| body).collect()
}

on_both_engines! {
    async fn who_was_changed_to_keep_others_out_stays_out_of_a_restored_backup(world) {
        let mut browser = world.newcomer(OLD).await;
        let caller = world.caller(&browser).await;
        let person = caller.person;
        arrange(world, &mut browser, &TRUSTED).await;
        replay::settle(&world.centre).await.unwrap();
        let old = world.databases.back_up().await;
        world.pass(1_000);
        change_password(world, &mut browser, PASSWORD, NEW_PASSWORD).await;
        change_phone(world, &mut browser, OLD, NEW).await;
        browser.post("/settings/profile/username", &[("username", "改过的名字")]).await.expect_status(303);
        world.pass(1_000);
        browser.post(DIRECTIVE, &[("choice", "nobody")]).await.expect_status(303);
        let set = arranged(&world.centre, person).await.expect("it is set");
        let mut events = world.events(&browser).await;

        let restored = world.restored(&old).await;
        assert_eq!(holder(&restored, OLD).await, Some(person), "so it would be served");
        sign_in(&mut visitor(world, &restored), OLD, PASSWORD).await.expect_status(303);
        replay::catch_up(&restored).await.unwrap().expect("it is noticed");
        for _ in 0..2 {
            assert_eq!((holder(&restored, OLD).await, holder(&restored, NEW).await), (None, Some(person)));
            for (phone, password) in [(OLD, PASSWORD), (OLD, NEW_PASSWORD), (NEW, PASSWORD)] {
                sign_in(&mut visitor(world, &restored), phone, password).await.expect_status(422);
            }
            let mut back = visitor(world, &restored);
            sign_in(&mut back, NEW, NEW_PASSWORD).await.expect_status(303);
            back.get("/").await.expect_text("改过的名字").expect_text("137****0152");
            assert_eq!(arranged(&restored, person).await.as_ref(), Some(&set), "who was trusted is not any more");
            replay_all(&restored).await;
        }
        let sent = world.sent();
        visitor(world, &restored).post("/signin/code", &[("phone", OLD)]).await.expect_status(200);
        visitor(world, &restored).post("/signin/code", &[("phone", NEW)]).await.expect_status(200);
        fresh_code(world, NEW, sent).await;
        assert_eq!(world.sent(), sent + 1, "no code goes to a number that may be somebody else's by now");
        let history = ledger::history(&restored.data, &caller.pseudonym).await.unwrap();
        let known = [Event::PasswordChanged, Event::PhoneChanged, Event::UsernameChanged];
        for event in &known {
            assert_eq!(history.iter().filter(|recorded| recorded.event == *event).count(), 1, "{event:?}");
        }
        events.retain(|event| matches!(event, Event::DirectiveSet { .. }));
        let told: Vec<_> = history.into_iter().map(|recorded| recorded.event).collect();
        assert_eq!(told.into_iter().filter(|event| events.contains(event)).count(), 2);
        assert!(ledger::verify_by(&restored.data, &restored.signer.verifiers()).await.unwrap().is_ok());
        restored.data.close().await;
    }

    async fn what_was_set_after_the_log_s_entry_stays(world) {
        let mut browser = world.newcomer(OLD).await;
        let person = world.caller(&browser).await.person;
        change_password(world, &mut browser, PASSWORD, NEW_PASSWORD).await;
        change_phone(world, &mut browser, OLD, NEW).await;
        let keys = Db::open(&world.databases.keys).await.unwrap();
        let known = sql("SELECT id FROM replay_log").fetch_all::<(String,)>(&keys).await.unwrap();
        world.pass(1_000);
        change_password(world, &mut browser, NEW_PASSWORD, PASSWORD).await;
        change_phone(world, &mut browser, NEW, OTHER).await;
        replay::settle(&world.centre).await.unwrap();
        // A key store that was put back knows less than the data.
        let mut tx = keys.begin().await.unwrap();
        for (id,) in sql("SELECT id FROM replay_log").fetch_all::<(String,)>(&mut tx).await.unwrap() {
            if !known.iter().any(|(old,)| *old == id) {
                sql("DELETE FROM replay_log WHERE id = $1").bind(id).execute(&mut tx).await.unwrap();
            }
        }
        tx.commit().await.unwrap();
        keys.close().await;
        replay::catch_up(&world.centre).await.unwrap().expect("it is another log");
        assert_eq!((holder(&world.centre, NEW).await, holder(&world.centre, OTHER).await), (None, Some(person)));
        let mut back = world.browser();
        sign_in(&mut back, OTHER, PASSWORD).await.expect_status(303);
        let page = back.get("/").await.expect_status(200).text();
        assert!(!page.contains("备份"), "nothing was lost, so nothing is told");
    }

    async fn numbers_that_went_from_one_to_another_are_whose_they_are(world) {
        let (mut first, mut second) = (world.newcomer(OLD).await, world.newcomer(NEW).await);
        let (one, two) = (world.caller(&first).await.person, world.caller(&second).await.person);
        let third = person(&world.centre, OTHER).await.person;
        let old = world.databases.back_up().await;
        world.pass(1_000);
        // One gives theirs up, two takes it, and one takes that of somebody who has left.
        erase_account(&world.centre, third).await;
        change_phone(world, &mut first, OLD, "13500000154").await;
        change_phone(world, &mut second, NEW, OLD).await;
        change_phone(world, &mut first, "13500000154", OTHER).await;
        let restored = world.restored(&old).await;
        replay::catch_up(&restored).await.unwrap().unwrap();
        for _ in 0..2 {
            assert_eq!(holder(&restored, OLD).await, Some(two));
            assert_eq!(holder(&restored, OTHER).await, Some(one));
            assert_eq!((holder(&restored, NEW).await, holder(&restored, "13500000154").await), (None, None));
            replay_all(&restored).await;
        }
        restored.data.close().await;
    }

    async fn who_has_a_number_that_another_claims_by_an_entry_is_not_found_by_it(world) {
        let mut first = world.newcomer(OLD).await;
        let one = world.caller(&first).await.person;
        let two = person(&world.centre, NEW).await.person;
        let old = world.databases.back_up().await;
        world.pass(1_000);
        // How it was given up stands in no entry: the program before this one wrote none.
        let mut tx = world.centre.data.begin().await.unwrap();
        sql("UPDATE person SET phone_index = $2 WHERE id = $1").bind(two).bind(vec![1_u8; 32]).execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        change_phone(world, &mut first, OLD, NEW).await;
        let restored = world.restored(&old).await;
        replay::catch_up(&restored).await.unwrap().unwrap();
        assert_eq!(holder(&restored, NEW).await, Some(one));
        restored.data.close().await;
    }

    async fn a_message_that_waits_goes_to_the_phone_of_now(world) {
        use server::messages::outbox::{self, Outgoing};
        let mut browser = world.newcomer(OLD).await;
        let person = world.caller(&browser).await.person;
        let key = world.centre.vault.key_for(person, server::vault::Category::Outbox, world.centre.now()).await.unwrap();
        let waiting = Outgoing {
            id: Uuid::new_v4(),
            owner: person,
            phone: OLD.parse().unwrap(),
            text: "提醒".to_owned(),
            not_before: world.centre.now().plus(app::time::DAY),
        };
        let mut tx = world.centre.data.begin().await.unwrap();
        outbox::put(&mut tx, &key, &waiting).await.unwrap();
        tx.commit().await.unwrap();
        let old = world.databases.back_up().await;
        world.pass(1_000);
        change_phone(world, &mut browser, OLD, NEW).await;
        let restored = world.restored(&old).await;
        replay::catch_up(&restored).await.unwrap().unwrap();
        world.pass(app::time::DAY);
        for centre in [&world.centre, &restored] {
            outbox::run(centre).await.unwrap();
        }
        let to: Vec<_> = world.messages().into_iter().filter_map(|message| match message {
            server::demo::Message::Sms { masked_phone, text, .. } if text == "提醒" => Some(masked_phone),
            _ => None,
        }).collect();
        assert!(!to.is_empty() && to.iter().all(|phone| phone == "137****0152"), "{to:?}");
        restored.data.close().await;
    }

    async fn an_arrangement_that_was_withdrawn_does_not_come_back(world) {
        let mut browser = world.newcomer(OLD).await;
        let person = world.caller(&browser).await.person;
        arrange(world, &mut browser, &TRUSTED).await;
        let old = world.databases.back_up().await;
        browser.post("/settings/privacy/directive/withdraw", &[]).await.expect_status(303);
        let restored = world.restored(&old).await;
        replay::catch_up(&restored).await.unwrap().unwrap();
        assert!(arranged(&restored, person).await.is_none());
        restored.data.close().await;
    }

    async fn an_arrangement_that_was_made_since_does_not_get_lost(world) {
        let mut browser = world.newcomer(OLD).await;
        let person = world.caller(&browser).await.person;
        let old = world.databases.back_up().await;
        world.pass(1_000);
        arrange(world, &mut browser, &[("choice", "nobody")]).await;
        let restored = world.restored(&old).await;
        assert!(arranged(&restored, person).await.is_none(), "so anybody might ask by law");
        replay::catch_up(&restored).await.unwrap().unwrap();
        assert_eq!(arranged(&restored, person).await, arranged(&world.centre, person).await);
        restored.data.close().await;
    }

    async fn who_is_stored_only_stays_so_and_who_has_come_back_is_back(world) {
        let centre = &world.centre;
        let (gone, back) = (person(centre, "13900000155").await, person(centre, "13900000156").await);
        let old = world.databases.back_up().await;
        world.pass(1_000);
        for caller in [&gone, &back] {
            let mut tx = centre.data.begin().await.unwrap();
            let entry = Entry::KinGranted { rights: vec!["see".to_owned()] };
            replay::note(&mut tx, centre, caller.person, &entry, centre.now()).await.unwrap();
            sql("UPDATE person SET state = 'stored_only' WHERE id = $1").bind(caller.person).execute(&mut tx).await.unwrap();
            tx.commit().await.unwrap();
        }
        world.pass(1_000);
        assert!(directive::refute(centre, &back, centre.now()).await.unwrap());
        let restored = world.restored(&old).await;
        replay::catch_up(&restored).await.unwrap().unwrap();
        for _ in 0..2 {
            assert!(is_stored_only(&restored.data, gone.person).await.unwrap());
            assert!(!is_stored_only(&restored.data, back.person).await.unwrap());
            let history = ledger::history(&restored.data, &back.pseudonym).await.unwrap();
            assert_eq!(history.iter().filter(|recorded| recorded.event == Event::KinRefuted).count(), 1);
            replay_all(&restored).await;
        }
        restored.data.close().await;
    }

    async fn the_log_holds_only_the_newest_sealed_and_nothing_of_an_erased_person_opens(world) {
        let mut browser = world.newcomer(OLD).await;
        let caller = world.caller(&browser).await;
        arrange(world, &mut browser, &TRUSTED).await;
        change_phone(world, &mut browser, OLD, OTHER).await;
        change_phone(world, &mut browser, OTHER, NEW).await;
        change_password(world, &mut browser, PASSWORD, NEW_PASSWORD).await;
        let folder = tempfile::tempdir().unwrap();
        let keys = Db::open(&world.databases.keys).await.unwrap();
        let taken = folder.path().join("before");
        server::backup::take(&world.centre.data, &keys, &taken, world.centre.now()).await.unwrap();
        keys.close().await;
        let log = bodies(world, caller.person).await;
        let of = |kind: &str| log.iter().filter(|body| body.contains(kind)).cloned().collect::<Vec<_>>();
        let phones = of("phone_changed");
        assert_eq!(phones.len(), 2);
        assert_eq!(phones.iter().filter(|body| body.contains("sealed")).count(), 1, "the number between is dropped");
        let readable = [OLD, OTHER, NEW, "周以宁", "13900000159", "argon2", &caller.person.to_string()];
        for body in &log {
            assert!(readable.iter().all(|words| !body.contains(words)), "{body}");
        }
        let sealed = |body: &str| {
            use base64::Engine as _;
            let body: serde_json::Value = serde_json::from_str(body).unwrap();
            base64::engine::general_purpose::STANDARD_NO_PAD.decode(body["sealed"].as_str().unwrap()).unwrap()
        };
        let row = caller.person.to_string();
        let place = Sealed { table: "person", column: "phone", row: &row };
        let phone = sealed(phones.iter().find(|body| body.contains("sealed")).unwrap());
        let ring = world.centre.vault.ring(caller.person).await.unwrap();
        assert_eq!(ring.open_text(place, &phone).await.unwrap().as_str(), NEW);

        world.pass(1_000);
        erase_account(&world.centre, caller.person).await;
        assert!(bodies(world, caller.person).await.iter().all(|body| !body.contains("sealed")));
        // The backup from before has a copy of the log.
        let copy = std::fs::read_to_string(taken.join("replay_log.ndjson")).unwrap();
        assert!(copy.contains("sealed") && readable.iter().all(|words| !copy.contains(words)));
        let ring = world.centre.vault.ring(caller.person).await.unwrap();
        assert!(matches!(ring.open(place, &phone).await, Err(VaultError::Erased)));
    }

    async fn who_had_an_account_then_is_told_once_of_a_restore(world) {
        let mut browser = world.newcomer(OLD).await;
        let as_of = world.centre.now();
        let old = world.databases.back_up().await;
        world.pass(app::time::DAY);
        change_password(world, &mut browser, PASSWORD, NEW_PASSWORD).await;
        let restored = world.restored(&old).await;
        replay::catch_up(&restored).await.unwrap().unwrap();
        let until = restored.now();
        let mut back = visitor(world, &restored);
        sign_in(&mut back, OLD, NEW_PASSWORD).await.expect_status(303);
        let page = back.get("/").await.expect_text("数据从备份恢复过").expect_text(&as_of.date_time());
        let page = page.expect_text(&until.date_time()).expect_text(Place::Records.label()).expect_text(Place::Consents.label());
        let told = format!("name=\"until\" value=\"{}\"", until.0);
        assert!(page.text().contains(&told), "it is put away with what it tells of");
        let late = person(&restored, NEW).await;
        assert_eq!(replay::unread(&restored, late.person).await.unwrap(), None, "who came since has lost nothing");
        back.post("/restored/read", &[("until", "1")]).await.expect_status(303);
        back.get("/").await.expect_text("数据从备份恢复过");
        back.post("/restored/read", &[("until", &until.0.to_string())]).await.expect_status(303);
        let mut elsewhere = visitor(world, &restored);
        sign_in(&mut elsewhere, OLD, NEW_PASSWORD).await.expect_status(303);
        for browser in [&mut back, &mut elsewhere] {
            assert!(!browser.get("/").await.expect_status(200).text().contains("数据从备份恢复过"));
        }
        let caller = caller_of(&restored, world.caller(&browser).await.person).await.unwrap();
        let history = ledger::history(&restored.data, &caller.pseudonym).await.unwrap();
        assert!(history.iter().all(|recorded| recorded.at <= restored.now()));
        restored.data.close().await;
    }
}
