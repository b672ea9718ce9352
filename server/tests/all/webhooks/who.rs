//! Who is told: exactly those who may hold something, in the transaction of the change.

use std::collections::BTreeSet;

use app::records::rules::Scope;
use app::time::{HOUR, MINUTE};
use serde_json::{Value, json};
use server::centre::Centre;
use server::execution;
use server::records::erase::erase;
use server::records::import::import;
use server::storage::sql;
use server::web::{Caller, build_router};
use server::webhooks::{operator, parties};

use super::{PHONE, all, set, steps};
use crate::support::{Browser, World, generous, tells};

const OTHER_PHONE: &str = "13900000072";
const SHARING: &str = "/settings/sharing";
const ABROAD: &str = "/settings/privacy/abroad";
pub const COLLECTION: &str = "/settings/collection";

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

pub async fn take(world: &World, lines: &[Value]) {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let (centre, mut rejected) = (&world.centre, Vec::new());
    let parts = (&centre.data, &centre.vault, &centre.catalogue);
    import(parts, text.as_bytes(), &mut rejected, |_| (), centre.now()).await.unwrap();
    assert!(rejected.is_empty(), "{}", String::from_utf8_lossy(&rejected));
}

/// Collection that the records of a test rest on.
pub async fn consent(browser: &mut Browser) {
    set(browser, COLLECTION, "device_info", true).await;
    set(browser, "/settings/advertising", "personalised_recommendation", true).await;
}

pub fn record(world: &World, id: &str, field: &str, value: &str) -> Value {
    json!({"id": id, "phone": PHONE, "field": field, "at": world.centre.now().plus(-HOUR).iso(), "value": value})
}

fn disclosure(world: &World, id: &str, recipient: &str, field: &str) -> Value {
    let given = json!({"recipient": recipient, "fields": [field], "ground": "contract"});
    json!({"id": id, "phone": PHONE, "at": world.centre.now().plus(-HOUR).iso(), "disclosure": given})
}

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

pub async fn change_phone(world: &World, browser: &mut Browser) {
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
