//! Under 18 there is neither 个性化广告 nor commercial marketing: nothing that asks takes a yes, and one that was given before is
//! none.

use app::consents::Purpose;
use app::messages::{Channel, Class};
use app::records::model::{Basis, Content};
use app::sharing::model::{Given, Ground};
use server::consents::store::standing;
use server::ledger::{self, Event};
use server::records::{NewRecord, Refused, Writer};
use server::sharing::{self, NewDisclosure, may_share};
use server::storage::sql;

use crate::support::{Browser, HOST_TOKEN, World, with_services};

const PHONE: &str = "13900000014";
/// What is asked about, where, and as the form names it.
const ASKED: [(&str, &str); 15] = [
    ("/settings/notifications", "commercial"),
    ("/settings/notifications", "marketing_push"),
    ("/settings/notifications", "marketing_sms"),
    ("/settings/notifications", "marketing_email"),
    ("/settings/advertising", "personalised_ads"),
    ("/settings/policy", "commercial"),
    ("/settings/policy", "marketing_sms"),
    ("/settings/policy", "personalised_ads"),
    ("/settings/policy/cookies", "cookies_advertising"),
    ("/settings/policy/cookies", "mail_beacon"),
    ("/settings/cookies", "cookies_advertising"),
    ("/settings/cookies", "cookies_advertising:yd_ad_*"),
    ("/settings/cookies", "mail_beacon"),
    ("/settings/sharing", "advertising_sharing:ads_juguang"),
    ("/settings/sharing", "joint_marketing:organiser_nuancheng"),
];

async fn host(world: &World, path: &str, body: serde_json::Value) -> String {
    let mut service = world.browser();
    service.origin = None;
    service.headers.push(("authorization", format!("Bearer {HOST_TOKEN}")));
    let page = service.send(axum::http::Method::POST, path, Some("application/json"), body.to_string().into()).await;
    page.expect_status(200).text()
}

async fn message(world: &World, channel: Channel, class: Class) -> String {
    let mut message = serde_json::json!({"phone": PHONE, "channel": channel, "class": class, "text": "今晚八点"});
    if channel != Channel::Sms {
        message["subject"] = "上新".into();
    }
    host(world, "/host/messages", message).await
}

/// Yeses as a program before this one took them.
async fn agreed_before(world: &World, browser: &Browser) {
    let person = world.caller(browser).await.person;
    let now = world.centre.now().0;
    let mut tx = world.centre.data.begin().await.unwrap();
    let subjects = [
        ("commercial", ""),
        ("marketing_push", ""),
        ("marketing_sms", ""),
        ("personalised_ads", ""),
        ("cookies_advertising", ""),
        ("mail_beacon", ""),
        ("advertising_sharing", "ads_juguang"),
        ("camera", ""),
    ];
    for (purpose, about) in subjects {
        sql("INSERT INTO decision (person_id, purpose, about, granted, decided_at, policy_version, words_hash, surface, \
             position) VALUES ($1, $2, $3, TRUE, $4, '2.0', '', '/settings/notifications', 0)")
        .bind(person)
        .bind(purpose)
        .bind(about)
        .bind(now)
        .execute(&mut tx)
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
}

async fn granted(world: &World) -> i64 {
    sql("SELECT COUNT(*) FROM decision WHERE granted").fetch_one::<(i64,)>(&world.centre.data).await.unwrap().0
}

on_both_engines! {
    with with_services();

    async fn nothing_that_asks_takes_a_yes(world) {
        let mut browser = world.register(PHONE, "from_14").await;
        let before = world.events(&browser).await;
        for (page, purpose) in ASKED {
            let answer = browser.post(page, &[("purpose", purpose), ("granted", "true")]).await;
            assert_eq!(answer.status.as_u16(), 422, "{page} {purpose}: {}", answer.text());
            answer.expect_text("未满18周岁");
            browser.headers.push(("accept", "application/json".to_owned()));
            let answer = browser.post(page, &[("purpose", purpose), ("granted", "true")]).await;
            answer.expect_text("\"ok\":false").expect_text("未满18周岁");
            browser.headers.pop();
        }
        assert_eq!(granted(world).await, 0);
        assert_eq!(world.events(&browser).await, before);
        // A yes to all cookies is one to those that may be asked about.
        browser.post("/settings/cookies/answer", &[("answer", "accept")]).await.expect_status(303);
        assert_eq!(granted(world).await, 2);
        let choice = browser.cookie("cookie_choice").unwrap();
        assert!(choice.starts_with("v2.110.") || choice.starts_with("v1.110."), "{choice}");
        // So is one that a visitor gave before they signed in.
        let mut visitor = world.browser();
        visitor.post("/settings/cookies/answer", &[("answer", "accept")]).await.expect_status(303);
        let fields = [("phone", PHONE), ("by", "password"), ("password", crate::support::PASSWORD)];
        visitor.post("/signin", &fields).await.expect_status(303);
        assert_eq!(granted(world).await, 2);
        let choice = visitor.cookie("cookie_choice").unwrap();
        assert!(choice.starts_with("v2.110.") || choice.starts_with("v1.110."), "{choice}");
        // What has nothing to do with advertising is theirs to decide.
        browser.post("/settings/advertising", &[("purpose", "personalised_recommendation"), ("granted", "true")]).await.expect_status(303);
        browser.post("/settings/notifications", &[("purpose", "order_push"), ("granted", "true")]).await.expect_status(303);
        assert_eq!(granted(world).await, 4);
    }

    async fn what_can_t_be_decided_is_locked_with_a_kind_sentence(world) {
        let mut young = world.register(PHONE, "from_14").await;
        let mut grown = world.newcomer("13900000018").await;
        let pages = [
            ("/settings/notifications", 4), ("/settings/advertising", 1), ("/settings/cookies", 2),
            ("/settings/policy", 7), ("/settings/sharing", 3),
        ];
        for (path, locked) in pages {
            let page = young.get(path).await.expect_status(200).expect_text("未满18周岁").text();
            let buttons = page.split("<button").filter_map(|button| button.split('>').next());
            let count = buttons.filter(|button| button.contains("role=\"switch\"") && button.contains(" disabled")).count();
            assert_eq!(count, locked, "{path}");
            let page = grown.get(path).await.expect_status(200).text();
            assert!(!page.contains("为了保护未满18周岁"), "{path}");
        }
    }

    async fn a_yes_that_was_given_before_counts_as_no_and_can_be_taken_back(world) {
        let mut browser = world.register(PHONE, "from_14").await;
        agreed_before(world, &browser).await;
        let person = world.caller(&browser).await.person;
        let now = standing(&world.centre.data, &world.centre, person).await.unwrap();
        let locked = [Purpose::Commercial, Purpose::MarketingPush, Purpose::MarketingSms, Purpose::PersonalisedAds, Purpose::CookiesAdvertising];
        assert_eq!(locked.map(|purpose| now.allows(purpose)), [false; 5]);
        assert!(now.allows(Purpose::Camera));
        assert!(!may_share(&world.centre, person, "ads_juguang", Purpose::AdvertisingSharing).await.unwrap());
        for channel in [Channel::Push, Channel::Sms] {
            let answer = message(world, channel, Class::Marketing).await;
            assert!(answer.contains("\"reason\":\"not_agreed\""), "{answer}");
        }
        assert!(message(world, Channel::Sms, Class::Security).await.contains("\"sent\":true"));
        assert!(host(world, "/host/aim", serde_json::json!({"phone": PHONE})).await.contains("\"ads\":false"));
        let asked_anew = browser.get("/settings/policy/update").await.expect_status(200);
        asked_anew.expect_text("没有需要你确认的变化");
        let page = browser.get("/settings/notifications").await.text();
        assert!(!page.contains("aria-checked=\"true\""));
        browser.post("/settings/notifications", &[("purpose", "marketing_sms"), ("granted", "false")]).await.expect_status(303);
        browser.post("/settings/privacy/consents/withdraw", &[("purpose", "personalised_ads")]).await.expect_status(303);
        let stands = standing(&world.centre.data, &world.centre, person).await.unwrap();
        assert!(!stands.0[&Purpose::MarketingSms].granted && !stands.0[&Purpose::PersonalisedAds].granted);
    }

    async fn what_is_imported_rests_on_no_such_yes(world) {
        let browser = world.register(PHONE, "from_14").await;
        agreed_before(world, &browser).await;
        let (centre, caller) = (&world.centre, world.caller(&browser).await);
        let field = centre.catalogue.data().field("mail_open").unwrap();
        let opened = NewRecord {
            host_id: "open".to_owned(),
            person: caller.person,
            field,
            at: centre.now(),
            source: field.source,
            basis: Basis::Consent,
            content: Content { value: "今晚上新".to_owned(), details: Vec::new() },
        };
        let mut writer = Writer::new(&centre.data, &centre.vault, &centre.catalogue);
        assert_eq!(writer.write(&[opened], centre.now()).await.unwrap(), [Err(Refused::NoConsent)]);
        // A chain from before that says yes to a recipient does not make it a ground.
        let about = Some("ads_juguang".to_owned());
        let yes = Event::Decided {
            purpose: Purpose::AdvertisingSharing, about, granted: true, policy: "2.0".into(), words: "ab".repeat(32),
            surface: "/settings/sharing".into(), by: "person".into(),
        };
        let mut tx = centre.data.begin().await.unwrap();
        ledger::append(&mut tx, &caller.pseudonym, centre.now(), &yes).await.unwrap();
        tx.commit().await.unwrap();
        let given = NewDisclosure {
            host_id: "out".to_owned(),
            person: caller.person,
            recipient: centre.catalogue.data().recipient("ads_juguang").unwrap(),
            at: centre.now(),
            ground: Ground::Consent,
            purpose: Some(Purpose::AdvertisingSharing),
            given: Given { fields: vec!["device_uid".to_owned()], detail: "首页广告位".to_owned() },
        };
        let parts = (&centre.data, &centre.vault, &centre.catalogue);
        let taken = sharing::write(parts, &[given], centre.now()).await.unwrap();
        assert!(taken[0].as_ref().unwrap().unfounded);
    }

    async fn a_grown_person_is_asked_as_ever(world) {
        let mut browser = world.newcomer(PHONE).await;
        for (page, purpose) in ASKED.into_iter().filter(|(_, purpose)| *purpose != "commercial") {
            browser.post(page, &[("purpose", purpose), ("granted", "true")]).await.expect_status(303);
        }
        assert!(message(world, Channel::Sms, Class::Marketing).await.contains("\"sent\":true"));
        assert!(host(world, "/host/aim", serde_json::json!({"phone": PHONE})).await.contains("\"ads\":true"));
    }
}
