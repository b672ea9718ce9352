//! 商业广告 gives no consent of its own: it is on exactly when a channel below it is on, closes all of them at once, and opens
//! none. A channel changes no other.

use app::consents::Purpose;
use server::consents::store::standing;
use server::ledger::Event;
use server::storage::sql;

use crate::support::{Browser, HOST_TOKEN, World, with_services};

const PHONE: &str = "13900000013";
const PAGE: &str = "/settings/notifications";
const CHANNELS: [&str; 3] = ["marketing_push", "marketing_sms", "marketing_email"];

/// What an island that switches is answered: done or not, what is said, and which switches stand how.
async fn switch(browser: &mut Browser, purpose: &str, on: bool) -> (bool, String, serde_json::Value) {
    browser.headers.push(("accept", "application/json".to_owned()));
    let page = browser.post(PAGE, &[("purpose", purpose), ("granted", &on.to_string())]).await;
    browser.headers.pop();
    let answer: serde_json::Value = serde_json::from_slice(&page.body).unwrap();
    (answer["ok"].as_bool().unwrap(), answer["message"].as_str().unwrap().to_owned(), answer["switches"].clone())
}

/// The switches of 商业广告 that the page shows as on, the master first.
async fn on(browser: &mut Browser) -> Vec<&'static str> {
    let page = browser.get(PAGE).await.expect_status(200).text();
    let is_on = |id: &&str| {
        let form = page.split("<form").find(|form| form.contains(&format!("value=\"{id}\""))).unwrap();
        form.contains("aria-checked=\"true\"")
    };
    ["commercial"].into_iter().chain(CHANNELS).filter(is_on).collect()
}

/// The gate's answer about marketing by SMS.
async fn gate(world: &World) -> String {
    let mut service = world.browser();
    service.origin = None;
    service.headers.push(("authorization", format!("Bearer {HOST_TOKEN}")));
    let body =
        serde_json::json!({"phone": PHONE, "channel": "sms", "class": "marketing", "text": "今晚八点"}).to_string();
    let page = service.send(axum::http::Method::POST, "/host/messages", Some("application/json"), body.into()).await;
    page.expect_status(200).text()
}

/// What was decided, oldest first: the purpose, yes or no, and by what.
async fn decided(world: &World, browser: &Browser) -> Vec<(&'static str, bool, String)> {
    let told = world.events(browser).await.into_iter().filter_map(|event| match event {
        Event::Decided { purpose, granted, by, .. } => Some((purpose.id(), granted, by)),
        _ => None,
    });
    told.collect()
}

/// A decision as a program before this one kept it.
async fn kept_before(world: &World, browser: &Browser, (purpose, granted): (&str, bool), at: i64) {
    let mut tx = world.centre.data.begin().await.unwrap();
    sql("INSERT INTO decision (person_id, purpose, about, granted, decided_at, policy_version, words_hash, surface, position) \
         VALUES ($1, $2, '', $3, $4, '2.0', '', '/settings/notifications', 0)")
    .bind(world.caller(browser).await.person)
    .bind(purpose)
    .bind(granted)
    .bind(at)
    .execute(&mut tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

on_both_engines! {
    with with_services();

    async fn a_channel_decides_about_itself_alone(world) {
        let mut browser = world.newcomer(PHONE).await;
        for channel in CHANNELS {
            let (done, _, switches) = switch(&mut browser, channel, true).await;
            assert!(done);
            assert_eq!(switches, serde_json::json!({channel: true, "commercial": true}));
            assert_eq!(on(&mut browser).await, ["commercial", channel]);
            assert_eq!(decided(world, &browser).await.last(), Some(&(channel, true, "person".to_owned())));
            let (_, _, switches) = switch(&mut browser, channel, false).await;
            assert_eq!(switches, serde_json::json!({channel: false, "commercial": false}));
            assert_eq!(on(&mut browser).await, [""; 0]);
        }
        assert!(decided(world, &browser).await.iter().all(|(purpose, ..)| *purpose != "commercial"));
    }

    async fn the_master_opens_nothing_and_says_what_there_is_to_choose(world) {
        let mut browser = world.newcomer(PHONE).await;
        let (done, said, switches) = switch(&mut browser, "commercial", true).await;
        assert!(!done);
        for channel in ["营销推送", "短信", "邮件"] {
            assert!(said.contains(channel), "{said}");
        }
        assert_eq!(switches, serde_json::json!({}));
        assert_eq!(decided(world, &browser).await, []);
        assert_eq!(on(&mut browser).await, [""; 0]);
        // Without script the page comes back and says so.
        let page = browser.post(PAGE, &[("purpose", "commercial"), ("granted", "true")]).await.expect_status(303);
        assert_eq!(page.location(), Some(PAGE));
        browser.get(PAGE).await.expect_text("营销推送、短信、邮件");
        // Beside its clause it is no other.
        let page = browser.post("/settings/policy", &[("purpose", "commercial"), ("granted", "true")]).await;
        assert_eq!(page.expect_status(303).location(), Some("/settings/policy#c-marketing"));
        assert_eq!(decided(world, &browser).await, []);
        assert!(gate(world).await.contains("\"purpose\":\"marketing_sms\""));
    }

    async fn the_master_closes_every_channel_at_once(world) {
        let mut browser = world.newcomer(PHONE).await;
        switch(&mut browser, "marketing_sms", true).await;
        switch(&mut browser, "marketing_push", true).await;
        assert!(gate(world).await.contains("\"sent\":true"));
        let (done, _, switches) = switch(&mut browser, "commercial", false).await;
        assert!(done);
        let all = serde_json::json!({"commercial": false, "marketing_push": false, "marketing_sms": false, "marketing_email": false});
        assert_eq!(switches, all);
        assert_eq!(on(&mut browser).await, [""; 0]);
        assert!(gate(world).await.contains("\"reason\":\"not_agreed\""));
        let told = decided(world, &browser).await;
        let closed = CHANNELS.map(|channel| (channel, false, "master_switch".to_owned()));
        assert_eq!(told[2..], closed);
        // A "no" that stands is not said again.
        switch(&mut browser, "commercial", false).await;
        assert_eq!(decided(world, &browser).await.len(), told.len());
        let list = browser.get("/settings/privacy/consents").await.text();
        assert!(!list.contains("撤回："), "nothing is left to take back");
    }

    async fn what_an_older_program_kept_of_the_master_is_no_consent(world) {
        let mut browser = world.newcomer(PHONE).await;
        let now = world.centre.now().0;
        kept_before(world, &browser, ("commercial", true), now).await;
        assert_eq!(on(&mut browser).await, [""; 0], "the master alone never let anything pass");
        browser.get("/settings/privacy/consents").await.expect_status(200).expect_text("你还没有同意过任何一项");
        browser.get("/settings").await.expect_status(200).expect_text("全部关闭");
        assert!(gate(world).await.contains("\"purpose\":\"marketing_sms\""));
        assert!(switch(&mut browser, "marketing_sms", true).await.0);
        assert!(gate(world).await.contains("\"sent\":true"));
    }

    async fn a_no_to_the_master_that_an_older_program_kept_closes_what_was_open_then(world) {
        let mut browser = world.newcomer(PHONE).await;
        let now = world.centre.now().0;
        kept_before(world, &browser, ("marketing_sms", true), now - 10).await;
        kept_before(world, &browser, ("commercial", false), now - 5).await;
        assert!(gate(world).await.contains("\"reason\":\"not_agreed\""));
        let person = world.caller(&browser).await.person;
        assert!(!standing(&world.centre.data, &world.centre, person).await.unwrap().allows(Purpose::MarketingSms));
        world.pass(1);
        switch(&mut browser, "marketing_sms", true).await;
        assert!(gate(world).await.contains("\"sent\":true"), "a later yes is one");
    }
}
