//! A reply that nobody understood is read by a human: it is listed with its age, shown to its person, taken once however often it
//! is delivered, and erased with the answer.

use app::consents::Purpose;
use app::messages::{Channel, Class};
use app::time::DAY;
use axum::http::Method;
use server::ledger::Event;
use server::messages::replies::{Meaning, NotAnswered, answer as read, tell_overdue, waiting};
use server::replay;
use server::storage::sql;
use server::vault::VaultError;

use super::{NOTIFICATIONS, PHONE, agreeing, answer, decided, no, reply, signed, texts, until, yes};
use crate::support::{Browser, World, replay_all, with_services};

const UNCLEAR: &str = "这个词没有程序懂";

async fn open(world: &World) -> bool {
    answer(world, Channel::Sms, Class::Marketing).await == yes()
}

async fn steps(world: &World, browser: &Browser) -> Vec<String> {
    let step = |event| match event {
        Event::SmsReply { step, .. } => Some(step),
        _ => None,
    };
    world.events(browser).await.into_iter().filter_map(step).collect()
}

async fn with_id(world: &World, id: &str, text: &str) {
    let body = serde_json::json!({ "id": id, "phone": PHONE, "text": text }).to_string();
    signed(world, world.centre.now().0 / 1000, &body).await.expect_status(200);
}

on_both_engines! {
    with with_services();

    async fn a_human_finds_that_it_says_no(world) {
        let mut browser = agreeing(world).await;
        let before = texts(world).len();
        reply(world, PHONE, UNCLEAR).await.expect_status(200);
        browser.get(NOTIFICATIONS).await.expect_text(UNCLEAR).expect_text("不会给这个手机号发营销短信");
        world.pass(2 * DAY);
        let listed = waiting(&world.centre).await.unwrap();
        assert_eq!((listed.len(), listed[0].text.as_str()), (1, UNCLEAR));
        assert_eq!(world.centre.now().since(listed[0].received_at), 2 * DAY);
        read(&world.centre, &listed[0].number, Meaning::OptOut, world.centre.now()).await.unwrap().unwrap();
        assert_eq!(answer(world, Channel::Sms, Class::Marketing).await, no("not_agreed", "marketing_sms"));
        let told = decided(world, &browser, Purpose::MarketingSms).await;
        assert_eq!(told[1..], [(false, "sms_reply".to_owned(), "sms-reply".to_owned())]);
        until(async || texts(world).len() > before).await;
        assert!(texts(world)[0].contains("已退订营销短信"));
        assert!(waiting(&world.centre).await.unwrap().is_empty());
        assert!(!browser.get(NOTIFICATIONS).await.text().contains(UNCLEAR));
        assert_eq!(steps(world, &browser).await, ["waits", "opt_out"]);
        let again = read(&world.centre, &listed[0].number, Meaning::OptOut, world.centre.now()).await.unwrap();
        assert!(matches!(again, Err(NotAnswered::None(_))));
    }

    async fn a_human_finds_that_it_says_nothing_and_what_it_said_is_erased(world) {
        let browser = agreeing(world).await;
        reply(world, PHONE, UNCLEAR).await.expect_status(200);
        assert!(!open(world).await);
        let (id, sealed) = sql("SELECT id, content FROM sms_reply").fetch_one::<(String, Vec<u8>)>(&world.centre.data).await.unwrap();
        assert!(memchr::memmem::find(&sealed, UNCLEAR.as_bytes()).is_none());
        let number = waiting(&world.centre).await.unwrap().remove(0).number;
        read(&world.centre, &number, Meaning::Nothing, world.centre.now()).await.unwrap().unwrap();
        assert!(open(world).await);
        assert_eq!(decided(world, &browser, Purpose::MarketingSms).await.len(), 1);
        let left = sql("SELECT content, repeat_index FROM sms_reply");
        assert_eq!(left.fetch_one::<(Option<Vec<u8>>, Option<Vec<u8>>)>(&world.centre.data).await.unwrap(), (None, None));
        // No older copy of the data opens either.
        let person = world.caller(&browser).await.person;
        let ring = world.centre.vault.ring_for(person, server::vault::Category::Reply(&id)).await.unwrap();
        let place = server::vault::Place { table: "sms_reply", column: "content", row: &id };
        assert!(matches!(ring.open(place, &sealed).await, Err(VaultError::Erased)));
        assert_eq!(steps(world, &browser).await, ["waits", "nothing"]);
    }

    async fn a_restored_backup_knows_which_replies_wait(world) {
        let browser = agreeing(world).await;
        replay::settle(&world.centre).await.unwrap();
        let backup = world.databases.back_up().await;
        world.pass(DAY);
        with_id(world, "7", UNCLEAR).await;
        let number = waiting(&world.centre).await.unwrap().remove(0).number;
        // The same words again: one of them is enough to hold up marketing.
        with_id(world, "8", UNCLEAR).await;
        reply(world, PHONE, "好的").await.expect_status(200);
        let read_since = waiting(&world.centre).await.unwrap().into_iter().find(|one| one.text == "好的").unwrap().number;
        read(&world.centre, &read_since, Meaning::Nothing, world.centre.now()).await.unwrap().unwrap();
        let restored = world.restored(&backup).await;
        for again in [false, true] {
            if again {
                replay_all(&restored).await;
            } else {
                replay::catch_up(&restored).await.unwrap().expect("it is behind");
            }
            let waits = waiting(&restored).await.unwrap();
            assert_eq!((waits.len(), &waits[0].number, waits[0].text.as_str()), (1, &number, UNCLEAR), "{again}");
        }
        let pseudonym = world.caller(&browser).await.pseudonym;
        let history = server::ledger::history(&restored.data, &pseudonym).await.unwrap();
        assert_eq!(history.iter().filter(|told| matches!(told.event, Event::SmsReply { .. })).count(), 1);
        restored.data.close().await;
    }

    async fn what_is_delivered_twice_waits_once(world) {
        let browser = agreeing(world).await;
        for _ in 0..3 {
            reply(world, PHONE, UNCLEAR).await.expect_status(200);
        }
        assert_eq!(waiting(&world.centre).await.unwrap().len(), 1);
        with_id(world, "7", "好的").await;
        with_id(world, "7", "好的").await;
        assert_eq!(waiting(&world.centre).await.unwrap().len(), 2);
        for one in waiting(&world.centre).await.unwrap() {
            read(&world.centre, &one.number, Meaning::Nothing, world.centre.now()).await.unwrap().unwrap();
        }
        // By the provider's own id it is known also when it was read already.
        with_id(world, "7", "好的").await;
        assert!(open(world).await);
        with_id(world, "8", "好的").await;
        assert!(!open(world).await);
        assert_eq!(steps(world, &browser).await.len(), 5);
    }

    async fn one_person_leaves_few_that_wait(world) {
        let browser = agreeing(world).await;
        for n in 0..30 {
            reply(world, PHONE, &format!("第{n}句话")).await.expect_status(200);
        }
        assert_eq!(waiting(&world.centre).await.unwrap().len(), 20);
        assert_eq!(steps(world, &browser).await.len(), 20);
        reply(world, PHONE, "TD").await.expect_status(200);
        assert_eq!(answer(world, Channel::Sms, Class::Marketing).await, no("not_agreed", "marketing_sms"));
    }

    async fn of_a_number_without_an_account_nothing_is_kept(world) {
        reply(world, "13900000009", UNCLEAR).await.expect_status(200);
        let kept = sql("SELECT COUNT(*) FROM sms_reply").fetch_one::<(i64,)>(&world.centre.data).await.unwrap();
        assert_eq!(kept, (0,));
    }

    async fn one_that_nobody_reads_is_told_to_be_late(world) {
        agreeing(world).await;
        reply(world, PHONE, UNCLEAR).await.expect_status(200);
        assert_eq!(tell_overdue(&world.centre, world.centre.now()).await.unwrap(), 0);
        world.pass(30 * DAY);
        assert_eq!(tell_overdue(&world.centre, world.centre.now()).await.unwrap(), 1);
    }

    async fn its_person_finds_it_in_their_copy_and_it_goes_with_the_account(world) {
        let browser = agreeing(world).await;
        reply(world, PHONE, UNCLEAR).await.expect_status(200);
        let caller = world.caller(&browser).await;
        let told = server::messages::entries(&world.centre, &caller).await.unwrap();
        assert!(told.iter().any(|noted| noted.content.details.iter().any(|(_, text)| text == UNCLEAR)));
        let mut tx = world.centre.data.begin().await.unwrap();
        server::execution::rows::remove(&mut tx, caller.person).await.unwrap();
        tx.commit().await.unwrap();
        let kept = sql("SELECT COUNT(*) FROM sms_reply").fetch_one::<(i64,)>(&world.centre.data).await.unwrap();
        assert_eq!(kept, (0,));
    }

    async fn a_reply_without_a_text_is_refused(world) {
        let mut provider = world.browser();
        provider.origin = None;
        provider.send(Method::POST, "/hooks/sms", None, axum::body::Body::empty()).await.expect_status(401);
        for body in ["{}", "[]", r#"{"phone":"13900000001"}"#, r#"{"phone":null,"text":"TD"}"#] {
            signed(world, world.centre.now().0 / 1000, body).await.expect_status(400);
        }
    }
}
