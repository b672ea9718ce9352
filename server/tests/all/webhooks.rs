//! What recipients are told: exactly those who may hold something, in the transaction of the change, under one id until they have it;
//! and what they answer.

use std::collections::BTreeSet;

use app::promises::DELIVERY_PAUSES;
use app::records::rules::Scope;
use app::sharing::told::{Notice as Kind, Progress, Reason};
use app::time::{DAY, HOUR, MINUTE, SECOND};
use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};
use server::centre::Centre;
use server::execution;
use server::ledger::{self, Event, Pseudonym};
use server::records::erase::erase;
use server::records::import::import;
use server::storage::sql;
use server::vault::Category;
use server::web::{Caller, build_router};
use server::webhooks::operator::{self, Need, NotDone};
use server::webhooks::store::{Notice, tell, told};
use server::webhooks::{Secrets, parties, run};
use uuid::Uuid;

use crate::support::{Browser, Listener, Page, RECIPIENT, RECIPIENT_SECRET, World, generous, tells};

const PHONE: &str = "13900000071";
const OTHER_PHONE: &str = "13900000072";
const SHARING: &str = "/settings/sharing";
const ABROAD: &str = "/settings/privacy/abroad";
const COLLECTION: &str = "/settings/collection";

async fn set(browser: &mut Browser, path: &str, purpose: &str, granted: bool) {
    browser.post(path, &[("purpose", purpose), ("granted", &granted.to_string())]).await.expect_status(303);
}

/// Every notice: recipient, what, about.
async fn all(world: &World) -> Vec<(String, String, String)> {
    sql("SELECT recipient, notice, about FROM delivery ORDER BY made_at, id")
        .fetch_all(&world.centre.data)
        .await
        .unwrap()
}

async fn recipients(world: &World) -> Vec<String> {
    let mut recipients: Vec<_> = all(world).await.into_iter().map(|(recipient, ..)| recipient).collect();
    recipients.sort();
    recipients
}

async fn forget(world: &World) {
    let mut tx = world.centre.data.begin().await.unwrap();
    sql("DELETE FROM delivery").execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
}

/// What a recipient is to be told now, opened; the newest.
async fn body(centre: &Centre, caller: &Caller, recipient: &str) -> Value {
    let (id, sealed) =
        sql("SELECT id, body FROM delivery WHERE owner = $1 AND recipient = $2 ORDER BY made_at DESC, id DESC LIMIT 1")
            .bind(caller.person)
            .bind(recipient)
            .fetch_one::<(String, Vec<u8>)>(&centre.data)
            .await
            .unwrap();
    let ring = centre.vault.ring(caller.person).await.unwrap();
    let place = server::vault::Place { table: "delivery", column: "body", row: &id };
    serde_json::from_slice(&ring.open(place, &sealed).await.unwrap()).unwrap()
}

async fn take(world: &World, lines: &[Value]) {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let (centre, mut rejected) = (&world.centre, Vec::new());
    let parts = (&centre.data, &centre.vault, &centre.catalogue);
    import(parts, text.as_bytes(), &mut rejected, |_| (), centre.now()).await.unwrap();
    assert!(rejected.is_empty(), "{}", String::from_utf8_lossy(&rejected));
}

/// Collection that the records of a test rest on.
async fn consent(browser: &mut Browser) {
    set(browser, COLLECTION, "device_info", true).await;
    set(browser, "/settings/advertising", "personalised_recommendation", true).await;
}

fn record(world: &World, id: &str, field: &str, value: &str) -> Value {
    json!({"id": id, "phone": PHONE, "field": field, "at": world.centre.now().plus(-HOUR).iso(), "value": value})
}

fn disclosure(world: &World, id: &str, recipient: &str, field: &str) -> Value {
    let given = json!({"recipient": recipient, "fields": [field], "ground": "contract"});
    json!({"id": id, "phone": PHONE, "at": world.centre.now().plus(-HOUR).iso(), "disclosure": given})
}

/// A notice to that recipient, in a transaction of its own.
async fn write(centre: &Centre, owner: Uuid, recipient: &str) -> Uuid {
    let data = json!({"subject": {"device_uid": ["dev-1"]}, "purpose": "advertising_sharing"});
    write_of(centre, (owner, recipient), (Kind::Withdrawal, "purpose:advertising_sharing", data)).await
}

async fn write_of(centre: &Centre, (owner, recipient): (Uuid, &str), (kind, about, data): (Kind, &str, Value)) -> Uuid {
    let key = centre.vault.key_for(owner, Category::Deliveries, centre.now()).await.unwrap();
    let id = Uuid::now_v7();
    let notice = Notice { id, owner, recipient, kind, about, data };
    let mut tx = centre.data.begin().await.unwrap();
    tell(&mut tx, centre, &key, &notice, centre.now()).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn progress(centre: &Centre, owner: Uuid) -> Vec<Progress> {
    told(centre, owner).await.unwrap().into_iter().map(|told| told.progress).collect()
}

async fn steps(centre: &Centre) -> Vec<(String, String)> {
    let history = ledger::history(&centre.data, &Pseudonym::centre()).await.unwrap();
    let step = |recorded: ledger::Recorded| match recorded.event {
        Event::Notice { id, step, .. } => Some((id, step)),
        _ => None,
    };
    history.into_iter().filter_map(step).collect()
}

// ---- Who is told ----

on_both_engines! {
    async fn a_consent_about_one_recipient_is_taken_back_from_it_alone(world) {
        let mut browser = world.newcomer(PHONE).await;
        consent(&mut browser).await;
        take(world, &[record(world, "d1", "device_uid", "dev-1"), record(world, "d2", "device_uid", "dev-1"),
            record(world, "m", "email", "a@example.com")]).await;
        set(&mut browser, SHARING, "advertising_sharing:ads_juguang", true).await;
        set(&mut browser, SHARING, "advertising_sharing:ads_harbour", true).await;
        set(&mut browser, ABROAD, "cross_border:ads_harbour", true).await;
        assert_eq!(all(world).await, [], "a yes tells nobody");
        set(&mut browser, SHARING, "advertising_sharing:ads_juguang", false).await;
        let expected = ("ads_juguang".into(), "withdrawal".into(), "purpose:advertising_sharing".into());
        assert_eq!(all(world).await, std::slice::from_ref(&expected));
        set(&mut browser, SHARING, "advertising_sharing:ads_juguang", false).await;
        assert_eq!(all(world).await, [expected], "nothing is taken back twice");
        let caller = world.caller(&browser).await;
        assert_eq!(body(&world.centre, &caller, "ads_juguang").await, json!({
            "subject": {"device_uid": ["dev-1"]}, "purpose": "advertising_sharing", "fields": ["device_uid", "cookie_id"],
        }), "it is told by what it knows, and nothing more");
        set(&mut browser, ABROAD, "cross_border:ads_harbour", false).await;
        assert_eq!(recipients(world).await, ["ads_harbour", "ads_juguang"]);
        // Withdrawn on 同意管理, it is the same.
        let withdraw = [("purpose", "advertising_sharing"), ("about", "ads_harbour")];
        browser.post("/settings/privacy/consents/withdraw", &withdraw).await.expect_status(303);
        assert_eq!(recipients(world).await, ["ads_harbour", "ads_harbour", "ads_juguang"]);
    }

    async fn a_no_that_was_never_a_yes_tells_nobody(world) {
        let mut browser = world.newcomer(PHONE).await;
        set(&mut browser, SHARING, "advertising_sharing:ads_juguang", false).await;
        set(&mut browser, COLLECTION, "device_info", false).await;
        browser.post("/settings/cookies/answer", &[("answer", "decline")]).await.expect_status(303);
        assert_eq!(all(world).await, []);
    }

    async fn a_consent_taken_back_as_a_whole_is_told_to_those_who_get_what_rests_on_it(world) {
        let mut browser = world.newcomer(PHONE).await;
        set(&mut browser, COLLECTION, "device_info", true).await;
        set(&mut browser, COLLECTION, "device_info", false).await;
        assert_eq!(recipients(world).await, ["analytics"], "no advertising partner holds anything");
        set(&mut browser, COLLECTION, "device_info", true).await;
        take(world, &[disclosure(world, "g1", "ads_harbour", "device_uid")]).await;
        set(&mut browser, COLLECTION, "device_info", false).await;
        assert_eq!(recipients(world).await, ["ads_harbour", "analytics", "analytics"]);
        forget(world).await;
        // What concerns no recipient costs nothing and tells nobody.
        for (path, purpose) in [("/settings/privacy/permissions", "camera"), ("/settings/privacy/friends", "friend_search")] {
            set(&mut browser, path, purpose, true).await;
            set(&mut browser, path, purpose, false).await;
        }
        assert_eq!(all(world).await, []);
        set(&mut browser, "/settings/notifications", "marketing_sms", true).await;
        set(&mut browser, "/settings/notifications", "commercial", false).await;
        assert_eq!(recipients(world).await, ["push", "sms"], "the channel that went with its master");
        let caller = world.caller(&browser).await;
        assert_eq!(body(&world.centre, &caller, "sms").await, json!({
            "subject": {"register_phone": [PHONE]}, "purpose": "marketing_sms", "fields": ["register_phone"],
        }));
    }

    async fn cookies_and_a_browsers_signal_are_told_too(world) {
        let mut browser = world.newcomer(PHONE).await;
        browser.post("/settings/cookies/answer", &[("answer", "accept")]).await.expect_status(303);
        set(&mut browser, SHARING, "advertising_sharing:ads_juguang", true).await;
        browser.post("/settings/cookies/answer", &[("answer", "decline")]).await.expect_status(303);
        assert_eq!(recipients(world).await, ["analytics"], "its basis is a contract, too: what ads_juguang got by its own consent stays");
        forget(world).await;
        let mut elsewhere = world.browser();
        elsewhere.headers.push(("sec-gpc", "1".into()));
        let fields = [("phone", PHONE), ("by", "password"), ("password", crate::support::PASSWORD)];
        elsewhere.post("/signin", &fields).await.expect_status(303);
        assert_eq!(recipients(world).await, ["ads_juguang"]);
    }

    async fn a_corrected_phone_is_told_to_those_who_have_it(world) {
        let mut browser = world.newcomer(PHONE).await;
        set(&mut browser, SHARING, "finance_sharing:finance_jincheng", true).await;
        set(&mut browser, SHARING, "finance_sharing:finance_jincheng", false).await;
        forget(world).await;
        let caller = world.caller(&browser).await;
        change_phone(world, &mut browser).await;
        assert_eq!(recipients(world).await, ["finance_jincheng", "push", "sms"], "a yes of the past counts, and finance_anhe had none");
        let expected = json!({
            "subject": {"register_phone": [PHONE]},
            "corrections": [{"field": "register_phone", "before": PHONE, "after": OTHER_PHONE}],
        });
        assert_eq!(body(&world.centre, &caller, "sms").await, expected);
    }

    async fn addresses_and_records_are_told_of_to_those_who_get_them(world) {
        let mut browser = world.newcomer(PHONE).await;
        world.step_up(&mut browser).await;
        let caller = world.caller(&browser).await;
        let address = |street| [("consignee", "王小明"), ("phone", "13900000003"), ("province", "四川省"), ("city", "成都市"),
            ("district", ""), ("street", street)];
        let path = "/settings/profile/addresses";
        browser.post(&format!("{path}/new"), &address("锦绣街8号")).await.expect_status(303);
        let (id,) = sql("SELECT id FROM address").fetch_one::<(String,)>(&world.centre.data).await.unwrap();
        browser.post(&format!("{path}/{id}"), &address("锦绣街9号")).await.expect_status(303);
        assert_eq!(all(world).await, [], "nobody was given it");
        take(world, &[disclosure(world, "g1", "logistics", "consignee_address")]).await;
        browser.post(&format!("{path}/{id}"), &address("锦绣街9号")).await.expect_status(303);
        assert_eq!(all(world).await, [], "nothing was changed");
        browser.post(&format!("{path}/{id}"), &address("锦绣街10号")).await.expect_status(303);
        assert_eq!(all(world).await, [("logistics".into(), "correction".into(), "fields:consignee_address".into())]);
        assert_eq!(body(&world.centre, &caller, "logistics").await["subject"], json!({"consignee_phone": ["13900000003"]}));
        forget(world).await;
        browser.post(&format!("{path}/{id}/remove"), &[]).await.expect_status(303);
        assert_eq!(recipients(world).await, ["logistics"]);
        assert_eq!(body(&world.centre, &caller, "logistics").await["values"].as_array().unwrap().len(), 3);
    }

    async fn an_erased_record_is_told_by_its_value_and_an_erased_kind_by_its_name(world) {
        let mut browser = world.newcomer(PHONE).await;
        let caller = world.caller(&browser).await;
        consent(&mut browser).await;
        take(world, &[record(world, "d", "device_uid", "dev-7"), record(world, "b1", "search_query", "连衣裙"),
            record(world, "b2", "search_query", "咖啡"), record(world, "c", "cart", "雨伞")]).await;
        let (id,) = sql("SELECT id FROM record WHERE field = 'search_query' ORDER BY id LIMIT 1")
            .fetch_one::<(String,)>(&world.centre.data).await.unwrap();
        browser.post(&format!("/settings/data/records/{id}/erase"), &[]).await.expect_status(303);
        assert_eq!(all(world).await, [("analytics".into(), "erasure".into(), "fields:search_query".into())]);
        let told = body(&world.centre, &caller, "analytics").await;
        assert_eq!(told["subject"], json!({"device_uid": ["dev-7"]}));
        assert_eq!((&told["scope"], told["values"].as_array().unwrap().len()), (&json!("values"), 1));
        browser.post(&format!("/settings/data/records/{id}/erase"), &[]).await;
        assert_eq!(all(world).await.len(), 1, "what is gone is not erased again");
        forget(world).await;
        erase(&world.centre, &caller, &Scope::Kind("cart".into()), world.centre.now()).await.unwrap();
        assert_eq!(all(world).await, [], "nobody gets it");
        erase(&world.centre, &caller, &Scope::Optional, world.centre.now()).await.unwrap();
        assert_eq!(all(world).await, [("analytics".into(), "erasure".into(), "fields:device_uid,search_query".into())]);
        let told = body(&world.centre, &caller, "analytics").await;
        assert_eq!(told, json!({"subject": {"device_uid": ["dev-7"]}, "scope": "kinds", "fields": ["device_uid", "search_query"]}),
            "it is named by what was erased with it");
    }

    async fn an_account_is_erased_everywhere_it_may_be_and_nowhere_else(world) {
        let mut browser = world.newcomer(PHONE).await;
        let caller = world.caller(&browser).await;
        let ids = async || {
            let told = parties::of_erasure(&world.centre, &caller).await.unwrap();
            told.into_iter().map(|(id, _)| id).collect::<BTreeSet<_>>()
        };
        let set_of = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(ids().await, set_of(&["host", "sms", "push"]));
        set(&mut browser, SHARING, "advertising_sharing:ads_juguang", true).await;
        set(&mut browser, SHARING, "advertising_sharing:ads_juguang", false).await;
        consent(&mut browser).await;
        take(world, &[record(world, "d", "device_uid", "dev-7"), record(world, "m", "email", "a@example.com"),
            disclosure(world, "g", "merchant", "order_items")]).await;
        assert_eq!(ids().await, set_of(&["host", "sms", "push", "analytics", "mail", "ads_juguang", "merchant"]));
        let told = parties::of_erasure(&world.centre, &caller).await.unwrap();
        let of = |id: &str| told.iter().find(|(other, _)| other == id).unwrap().1.clone();
        assert_eq!(of("host"), json!({"subject": {"register_phone": [PHONE]}, "scope": "account"}));
        assert_eq!(of("mail"), json!({"subject": {"email": ["a@example.com"]}, "scope": "account"}));
        assert_eq!(of("ads_juguang"), json!({"subject": {"device_uid": ["dev-7"]}, "scope": "account"}));
        let nobody = json!({"subject": {}, "scope": "account", "look_up": {"register_phone": [PHONE]}});
        assert_eq!(of("merchant"), nobody, "no order is held: somebody looks it up by what only we may know");
        // What is storage only names them, too, where all of it goes.
        take(world, &[record(world, "o", "order_no", "8172300001")]).await;
        erase(&world.centre, &caller, &Scope::Kind("order_no".into()), world.centre.now()).await.unwrap();
        let told = parties::of_erasure(&world.centre, &caller).await.unwrap();
        let merchant = &told.iter().find(|(id, _)| id == "merchant").unwrap().1;
        assert_eq!(*merchant, json!({"subject": {"order_no": ["8172300001"]}, "scope": "account"}));
    }

    async fn what_was_still_to_be_told_goes_into_the_notice_of_the_erased_account(world) {
        let mut browser = world.newcomer(PHONE).await;
        let (centre, caller) = (&world.centre, world.caller(&browser).await);
        consent(&mut browser).await;
        take(world, &[record(world, "d", "device_uid", "dev-7"), disclosure(world, "g", "ads_juguang", "device_uid")]).await;
        erase(centre, &caller, &Scope::Kind("device_uid".into()), centre.now()).await.unwrap();
        change_phone(world, &mut browser).await;
        let before: Vec<_> = operator::list(centre, centre.now()).await.unwrap().into_iter().map(|open| open.id).collect();
        assert_eq!(recipients(world).await, ["ads_juguang", "analytics", "push", "sms"]);
        crate::execution::due(centre, caller.person).await;
        assert!(execution::run_next(centre).await.unwrap());
        let open = operator::list(centre, centre.now()).await.unwrap();
        assert!(open.iter().all(|open| open.what == "删除" && !before.contains(&open.id)), "{open:?}");
        let ended: BTreeSet<_> = steps(centre).await.into_iter().filter(|(_, step)| step == "merged").map(|(id, _)| id).collect();
        assert_eq!(ended, before.into_iter().collect(), "and the ledger says what became of them");
        for (name, subject) in [
            ("云讯短信", json!({"register_phone": [OTHER_PHONE, PHONE]})),
            ("聚光广告", json!({"device_uid": ["dev-7"]})),
            ("观澜统计", json!({"device_uid": ["dev-7"]})),
        ] {
            let open = open.iter().find(|open| open.recipient == name).unwrap_or_else(|| panic!("{name} in {open:?}"));
            let shown = operator::show(centre, &open.id, centre.now()).await.unwrap().unwrap();
            assert_eq!(shown["data"]["subject"], subject, "{name}");
        }
    }

    async fn the_host_hears_of_every_change_where_it_listens(world) {
        let mut config = generous();
        tells(&mut config, "host", "http://127.0.0.1:9/notices");
        let centre = world.with_settings(&config).await;
        let mut browser = world.newcomer(PHONE).await;
        browser.router = build_router(&centre);
        set(&mut browser, "/settings/privacy/permissions", "camera", true).await;
        set(&mut browser, "/settings/privacy/permissions", "camera", false).await;
        assert_eq!(all(world).await, [("host".into(), "withdrawal".into(), "purpose:camera".into())]);
    }
}

async fn change_phone(world: &World, browser: &mut Browser) {
    let path = "/settings/account/phone";
    world.pass(MINUTE);
    let before = world.sent();
    browser.post(&format!("{path}/present-code"), &[]).await.expect_status(200);
    // The code that opened the account is there already.
    while world.sent() == before {
        tokio::task::yield_now().await;
    }
    let present = world.code(PHONE).await;
    browser.post(&format!("{path}/new-code"), &[("phone", OTHER_PHONE)]).await;
    let new = world.code(OTHER_PHONE).await;
    let fields = [("present_code", present.as_str()), ("phone", OTHER_PHONE), ("code", &new)];
    browser.post(path, &fields).await.expect_status(303);
}

// ---- Sending ----

async fn listening(world: &World, recipients: &[&str]) -> (Centre, Listener) {
    let listener = Listener::start().await;
    let mut config = generous();
    recipients.iter().for_each(|recipient| tells(&mut config, recipient, &listener.address()));
    (world.with_settings(&config).await, listener)
}

on_both_engines! {
    async fn a_notice_is_tried_until_it_is_taken_under_one_id(world) {
        let (centre, listener) = listening(world, &[RECIPIENT]).await;
        let browser = world.newcomer(PHONE).await;
        let owner = world.caller(&browser).await.person;
        let id = write(&centre, owner, RECIPIENT).await;
        let made = centre.now();
        listener.answer(&[500, 302, 404]);
        let mut expected = Vec::new();
        for pause in &DELIVERY_PAUSES[..4] {
            run(&centre).await.unwrap();
            expected.push(centre.now().0 / SECOND);
            run(&centre).await.unwrap();
            assert_eq!(listener.notices().len(), expected.len(), "not before its pause is over");
            world.pass(pause + pause / 10);
        }
        run(&centre).await.unwrap();
        let notices = listener.notices();
        assert_eq!(notices.iter().map(|notice| notice.timestamp).collect::<Vec<_>>(), expected);
        assert!(notices.iter().all(|notice| notice.id == id.to_string() && notice.text == notices[0].text));
        assert_eq!(notices[0].body, json!({
            "type": "consent.withdrawn", "timestamp": made.iso_millis(),
            "data": {"subject": {"device_uid": ["dev-1"]}, "purpose": "advertising_sharing"},
        }));
        assert_eq!(progress(&centre, owner).await, [Progress::Sent]);
        let kept = sql("SELECT id FROM delivery WHERE body IS NOT NULL").fetch_all::<(String,)>(&centre.data).await.unwrap();
        assert!(kept.is_empty(), "what was told goes once it is taken");
        assert_eq!(steps(&centre).await, [(id.to_string(), "sent".to_owned())]);
    }

    async fn what_nobody_takes_is_given_up_after_days_and_shown(world) {
        let (centre, listener) = listening(world, &[RECIPIENT, "sms"]).await;
        let browser = world.newcomer(PHONE).await;
        let owner = world.caller(&browser).await.person;
        let id = write(&centre, owner, RECIPIENT).await.to_string();
        listener.answer(&[500; 11]);
        for pause in DELIVERY_PAUSES {
            run(&centre).await.unwrap();
            assert_eq!(progress(&centre, owner).await, [Progress::Waiting]);
            world.pass(pause + pause / 10);
        }
        run(&centre).await.unwrap();
        assert_eq!(progress(&centre, owner).await, [Progress::Dead]);
        world.pass(30 * DAY);
        run(&centre).await.unwrap();
        assert_eq!(listener.notices().len(), 11);
        let open = operator::list(&centre, centre.now()).await.unwrap();
        assert_eq!((open[0].need, open[0].failure.as_deref(), open[0].attempts), (Need::Dead, Some("answered 500"), 11));
        operator::retry(&centre, &id, centre.now()).await.unwrap().unwrap();
        run(&centre).await.unwrap();
        assert_eq!(listener.notices().last().unwrap().id, id);
        assert_eq!(progress(&centre, owner).await, [Progress::Sent]);
        assert_eq!(operator::retry(&centre, &id, centre.now()).await.unwrap(), Err(NotDone::Taken(id.clone())));
        let told: Vec<_> = steps(&centre).await.into_iter().map(|(_, step)| step).collect();
        assert_eq!(told, ["dead", "retried", "sent"]);
        // One that is gone for good is given up at once, and holds up nobody else's.
        let gone = write(&centre, owner, "sms").await;
        let other = write(&centre, owner, RECIPIENT).await;
        listener.answer(&[410, 410]);
        run(&centre).await.unwrap();
        for id in [gone, other] {
            assert!(operator::list(&centre, centre.now()).await.unwrap().iter().any(|open| open.id == id.to_string() && open.need == Need::Dead));
        }
    }

    async fn what_names_nobody_waits_for_a_human_who_finds_out_whom(world) {
        let (centre, listener) = listening(world, &["merchant"]).await;
        let owner = world.caller(&world.newcomer(PHONE).await).await.person;
        let data = json!({"subject": {}, "scope": "account", "look_up": {"register_phone": [PHONE]}});
        let id = write_of(&centre, (owner, "merchant"), (Kind::Erasure, "account", data)).await.to_string();
        run(&centre).await.unwrap();
        assert!(listener.notices().is_empty(), "what only we may know is sent to nobody");
        let open = operator::list(&centre, centre.now()).await.unwrap();
        assert_eq!((open[0].id.as_str(), open[0].need), (id.as_str(), Need::Dead));
        assert_eq!(operator::retry(&centre, &id, centre.now()).await.unwrap(), Err(NotDone::NamesNobody(id.clone())));
        let shown = operator::show(&centre, &id, centre.now()).await.unwrap().unwrap();
        assert_eq!(shown["data"]["look_up"]["register_phone"], json!([PHONE]));
        operator::done(&centre, &id, centre.now()).await.unwrap().unwrap();
        assert_eq!(progress(&centre, owner).await, [Progress::ByHand]);
    }

    async fn a_correction_waits_for_an_older_one_and_nothing_else_does(world) {
        let (centre, listener) = listening(world, &[RECIPIENT]).await;
        let browser = world.newcomer(PHONE).await;
        let (owner, other) = (world.caller(&browser).await.person, Uuid::now_v7());
        let corrected = async |owner, before: &str, after: &str| {
            let one = json!({"field": "email", "before": before, "after": after});
            let data = json!({"subject": {"device_uid": ["dev-1"]}, "corrections": [one]});
            write_of(&centre, (owner, RECIPIENT), (Kind::Correction, "fields:email", data)).await.to_string()
        };
        let first = corrected(owner, "a", "b").await;
        listener.answer(&[500]);
        run(&centre).await.unwrap();
        let second = corrected(owner, "b", "a").await;
        let withdrawal = write(&centre, owner, RECIPIENT).await.to_string();
        let others = corrected(other, "c", "d").await;
        run(&centre).await.unwrap();
        run(&centre).await.unwrap();
        let arrived = || listener.notices().into_iter().map(|notice| notice.id).collect::<Vec<_>>();
        assert_eq!(arrived(), [first.clone(), withdrawal.clone(), others.clone()]);
        world.pass(10 * SECOND);
        run(&centre).await.unwrap();
        assert_eq!(arrived(), [first.clone(), withdrawal, others, first, second], "it ends as the person has it");
    }

    async fn the_readme_names_all_that_recipients_are_told(world) {
        let (centre, listener) = listening(world, &["sms", "analytics"]).await;
        let mut browser = world.newcomer(PHONE).await;
        browser.router = build_router(&centre);
        let caller = world.caller(&browser).await;
        consent(&mut browser).await;
        take(world, &[record(world, "d", "device_uid", "dev-7"), record(world, "s", "search_query", "咖啡")]).await;
        let (id,) = sql("SELECT id FROM record WHERE field = 'search_query'").fetch_one::<(String,)>(&centre.data).await.unwrap();
        browser.post(&format!("/settings/data/records/{id}/erase"), &[]).await.expect_status(303);
        erase(&centre, &caller, &Scope::Kind("device_uid".into()), centre.now()).await.unwrap();
        set(&mut browser, COLLECTION, "device_info", false).await;
        change_phone(world, &mut browser).await;
        run(&centre).await.unwrap();
        crate::execution::due(&centre, caller.person).await;
        assert!(execution::run_next(&centre).await.unwrap());
        run(&centre).await.unwrap();
        let readme = include_str!("../../../README.md");
        let mut seen = BTreeSet::new();
        for notice in listener.notices() {
            let (kind, data) = (notice.body["type"].as_str().unwrap(), notice.body["data"].as_object().unwrap());
            let row = readme.lines().find(|line| line.starts_with(&format!("| `{kind}`"))).expect("it has a row");
            let inner = data.values().filter_map(Value::as_array).flatten().filter_map(Value::as_object).flat_map(|one| one.keys());
            let scope = data.get("scope").and_then(Value::as_str);
            let names = data.keys().chain(inner).map(String::as_str).filter(|name| *name != "subject").chain(scope);
            for name in names {
                assert!(row.contains(&format!("`{name}`")), "README has no {name} of {kind}");
            }
            if scope == Some("account") {
                assert_eq!(data["before"], notice.body["timestamp"], "what a new account of that phone brings is not meant");
            }
            seen.insert((kind.to_owned(), scope.map(ToOwned::to_owned)));
        }
        let told: Vec<_> = seen.iter().map(|(kind, scope)| (kind.as_str(), scope.as_deref())).collect();
        let erasures = [Some("account"), Some("kinds"), Some("values")].map(|scope| ("erasure.requested", scope));
        assert_eq!(told, [&[("consent.withdrawn", None), ("correction.requested", None)], &erasures[..]].concat());
    }

    async fn a_busy_recipient_is_left_alone_as_long_as_it_asks(world) {
        let (centre, listener) = listening(world, &[RECIPIENT]).await;
        let browser = world.newcomer(PHONE).await;
        let owner = world.caller(&browser).await.person;
        write(&centre, owner, RECIPIENT).await;
        listener.ask_to_wait(429, "7200");
        run(&centre).await.unwrap();
        world.pass(2 * HOUR - 1);
        run(&centre).await.unwrap();
        assert_eq!(listener.notices().len(), 1);
        world.pass(1);
        run(&centre).await.unwrap();
        assert_eq!(listener.notices().len(), 2);
    }

    async fn a_dead_senders_notice_goes_with_the_same_id_when_its_lease_is_over(world) {
        let (centre, listener) = listening(world, &[RECIPIENT]).await;
        let browser = world.newcomer(PHONE).await;
        let owner = world.caller(&browser).await.person;
        write(&centre, owner, RECIPIENT).await;
        listener.hold(true);
        let sender = tokio::spawn({ let centre = centre.clone(); async move { run(&centre).await } });
        listener.arrived().await;
        sender.abort();
        drop(sender.await);
        listener.hold(false);
        world.pass(MINUTE - 1);
        run(&centre).await.unwrap();
        assert_eq!(listener.notices().len(), 1, "it may still live");
        world.pass(1);
        run(&centre).await.unwrap();
        let notices = listener.notices();
        assert_eq!(notices.len(), 2);
        assert_eq!(notices[0].id, notices[1].id);
        assert_eq!(progress(&centre, owner).await, [Progress::Sent]);
    }

    async fn many_senders_send_each_notice_once(world) {
        let (centre, listener) = listening(world, &[RECIPIENT, "sms", "host"]).await;
        let browser = world.newcomer(PHONE).await;
        let owner = world.caller(&browser).await.person;
        let mut ids = BTreeSet::new();
        for n in 0..24 {
            ids.insert(write(&centre, owner, [RECIPIENT, "sms", "host"][n % 3]).await.to_string());
        }
        let senders: Vec<_> = (0..4).map(|_| tokio::spawn({ let centre = centre.clone(); async move { run(&centre).await } })).collect();
        for sender in senders {
            sender.await.unwrap().unwrap();
        }
        let sent: Vec<_> = listener.notices().into_iter().map(|notice| notice.id).collect();
        assert_eq!(sent.len(), 24);
        assert_eq!(sent.into_iter().collect::<BTreeSet<_>>(), ids);
        assert!(progress(&centre, owner).await.iter().all(|progress| *progress == Progress::Sent));
    }

    async fn a_notice_whose_owner_was_erased_is_not_sent(world) {
        let (centre, listener) = listening(world, &[RECIPIENT]).await;
        let owner = Uuid::now_v7();
        write(&centre, owner, RECIPIENT).await;
        let keys = centre.vault.retire(owner, &[Category::Deliveries], centre.now()).await.unwrap();
        centre.vault.destroy(&keys, centre.now()).await.unwrap();
        run(&centre).await.unwrap();
        assert!(listener.notices().is_empty());
        assert_eq!(all(world).await, []);
    }
}

// ---- Answers ----

/// What a recipient says, signed as `signs` asks for.
async fn say(centre: &Centre, world: &World, recipient: &str, body: &Value, (secret, age): (&str, i64)) -> Page {
    let (text, id) = (body.to_string(), Uuid::now_v7().to_string());
    let timestamp = (centre.now().0 - age) / SECOND;
    let secrets: Secrets = secret.parse().unwrap();
    let mut browser = world.browser();
    browser.router = build_router(centre);
    browser.origin = None;
    browser.headers = vec![
        ("webhook-signature", secrets.sign(&id, timestamp, text.as_bytes())),
        ("webhook-id", id),
        ("webhook-timestamp", timestamp.to_string()),
    ];
    let path = format!("/hooks/recipients/{recipient}");
    browser.send(Method::POST, &path, Some("application/json"), Body::from(text)).await
}

fn answer(kind: &str, notice: Uuid) -> Value {
    json!({"type": format!("notice.{kind}"), "timestamp": "2026-11-23T12:00:00Z", "data": {"notice": notice}})
}

const GOOD: (&str, i64) = (RECIPIENT_SECRET, 0);

on_both_engines! {
    async fn answers_count_in_any_order_and_once(world) {
        let (centre, _listener) = listening(world, &[RECIPIENT]).await;
        let browser = world.newcomer(PHONE).await;
        let owner = world.caller(&browser).await.person;
        let id = write(&centre, owner, RECIPIENT).await;
        // It answers while our call to it is still under way.
        say(&centre, world, RECIPIENT, &answer("completed", id), GOOD).await.expect_status(200);
        let done = told(&centre, owner).await.unwrap().remove(0);
        assert_eq!((done.progress, done.sent_at, done.completed_at), (Progress::Completed, Some(centre.now()), Some(centre.now())));
        assert_eq!(done.about, "广告标识符");
        world.pass(MINUTE);
        say(&centre, world, RECIPIENT, &answer("accepted", id), GOOD).await.expect_status(200);
        let later = told(&centre, owner).await.unwrap().remove(0);
        assert_eq!((later.progress, later.completed_at, later.accepted_at), (Progress::Completed, done.completed_at, Some(centre.now())));
        run(&centre).await.unwrap();
        assert_eq!(progress(&centre, owner).await, [Progress::Completed], "nothing more is sent");
        let before = steps(&centre).await;
        for kind in ["accepted", "completed"] {
            say(&centre, world, RECIPIENT, &answer(kind, id), GOOD).await.expect_status(200);
        }
        assert_eq!(steps(&centre).await, before, "said twice, it is said once");
        assert_eq!(before.iter().map(|(_, step)| step.as_str()).collect::<Vec<_>>(), ["completed", "accepted"]);
    }

    async fn what_is_kept_is_told_with_its_reason(world) {
        let (centre, _listener) = listening(world, &[RECIPIENT]).await;
        let browser = world.newcomer(PHONE).await;
        let owner = world.caller(&browser).await.person;
        let id = write(&centre, owner, RECIPIENT).await;
        run(&centre).await.unwrap();
        let mut kept = answer("retained", id);
        kept["data"]["reason"] = json!("law");
        say(&centre, world, RECIPIENT, &kept, GOOD).await.expect_status(200);
        let told = told(&centre, owner).await.unwrap().remove(0);
        assert_eq!((told.progress, told.reason), (Progress::Retained, Some(Reason::Law)));
        let mut browser = browser;
        let page = browser.get("/settings/sharing/notices").await.expect_status(200);
        page.expect_text("聚光广告").expect_text("部分保留").expect_text("法律要求它保存").expect_text("privacy@juguang.example");
    }

    async fn only_a_recipient_answers_and_only_about_its_own(world) {
        let (centre, _listener) = listening(world, &[RECIPIENT, "sms"]).await;
        let browser = world.newcomer(PHONE).await;
        let owner = world.caller(&browser).await.person;
        let id = write(&centre, owner, RECIPIENT).await;
        let completed = answer("completed", id);
        let wrong = "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
        for signed in [(wrong, 0), (RECIPIENT_SECRET, 6 * MINUTE), (RECIPIENT_SECRET, -6 * MINUTE)] {
            say(&centre, world, RECIPIENT, &completed, signed).await.expect_status(401);
        }
        say(&centre, world, "sms", &completed, GOOD).await.expect_status(404);
        say(&centre, world, "sms", &answer("completed", Uuid::now_v7()), GOOD).await.expect_status(404);
        say(&centre, world, "mail", &completed, GOOD).await.expect_status(404);
        say(&centre, world, "nobody", &completed, GOOD).await.expect_status(404);
        let retained = answer("retained", id);
        let mut odd = retained.clone();
        odd["data"]["reason"] = json!("王小明还欠钱");
        for wrong in [json!({}), json!([]), answer("done", id), retained, odd, json!({"type": "notice.completed", "data": {"notice": "x"}})] {
            say(&centre, world, RECIPIENT, &wrong, GOOD).await.expect_status(400);
        }
        assert_eq!(progress(&centre, owner).await, [Progress::Waiting]);
        assert_eq!(steps(&centre).await, []);
    }
}

// ---- By hand ----

on_both_engines! {
    async fn what_has_no_webhook_waits_for_a_human_and_names_nobody_until_it_is_shown(world) {
        let mut browser = world.newcomer(PHONE).await;
        set(&mut browser, "/settings/notifications", "marketing_sms", true).await;
        set(&mut browser, "/settings/notifications", "marketing_sms", false).await;
        run(&world.centre).await.unwrap();
        let open = operator::list(&world.centre, world.centre.now()).await.unwrap();
        assert_eq!(open.iter().map(|open| open.need).collect::<Vec<_>>(), [Need::ByHand, Need::ByHand]);
        let open: Vec<_> = open.into_iter().filter(|open| open.recipient == "云讯短信").collect();
        let line = open[0].to_string();
        assert!(line.contains("云讯短信") && !line.contains(PHONE), "{line}");
        assert_eq!(steps(&world.centre).await, []);
        let id = open[0].id.clone();
        let now = world.centre.now();
        let shown = operator::show(&world.centre, &id, now).await.unwrap().unwrap();
        assert_eq!(shown["data"]["subject"]["register_phone"], json!([PHONE]));
        assert_eq!(steps(&world.centre).await, [(id.clone(), "shown".to_owned())]);
        assert_eq!(operator::retry(&world.centre, &id, now).await.unwrap(), Err(NotDone::NoWebhook(id.clone())));
        world.pass(40 * DAY);
        let late = operator::list(&world.centre, world.centre.now()).await.unwrap();
        assert_eq!(late[0].need, Need::Overdue);
        browser.get("/settings/sharing/notices").await.expect_status(303);
        operator::done(&world.centre, &id, world.centre.now()).await.unwrap().unwrap();
        assert!(operator::list(&world.centre, world.centre.now()).await.unwrap().iter().all(|open| open.id != id));
        let again = operator::done(&world.centre, &id, world.centre.now()).await.unwrap();
        assert_eq!(again, Err(NotDone::None(id.clone())));
        assert_eq!(operator::show(&world.centre, "nonsense", now).await.unwrap(), Err(NotDone::None("nonsense".into())));
    }

    async fn the_demo_shows_every_state(world) {
        let mut browser = world.demo().await;
        let page = browser.get("/settings/sharing/notices").await.expect_status(200);
        let page = ["已完成", "部分保留", "超过期限", "专人联系中", "待专人通知", "已发出", "已受理"].into_iter().fold(page, Page::expect_text);
        assert!(!page.text().contains("13800138000"));
    }
}
