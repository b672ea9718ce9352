//! Every decision, edit, sign-in, step-up and step of a cancellation leaves its event; looking at a page leaves none.

use app::consents::Purpose;
use app::menu::{Access, PLACES};
use server::ledger::Event;

use crate::support::{PASSWORD, World};

const PHONE: &str = "13900000001";

/// The kinds of events, without what they hold.
fn kinds(events: &[Event]) -> Vec<String> {
    let kind = |event: &Event| serde_json::to_value(event).unwrap()["kind"].as_str().unwrap().to_owned();
    events.iter().map(kind).collect()
}

async fn address_id(world: &World) -> String {
    server::storage::sql("SELECT id FROM address").fetch_one::<(String,)>(&world.centre.data).await.unwrap().0
}

on_both_engines! {
    async fn each_deed_leaves_its_event_in_order(world) {
        let mut browser = world.newcomer(PHONE).await;
        let png = picture();
        let address = [
            ("consignee", "王小明"), ("phone", PHONE), ("province", "四川省"), ("city", "成都市"), ("district", ""),
            ("street", "锦绣街8号"),
        ];
        browser.post("/settings/profile/username", &[("username", "新名字")]).await.expect_status(303);
        browser.upload("/settings/profile/avatar", "picture", &png).await.expect_status(303);
        browser.post("/settings/profile/avatar/remove", &[]).await.expect_status(303);
        browser.post("/settings/profile/addresses/new", &address).await.expect_status(303);
        world.step_up(&mut browser).await;
        let id = address_id(world).await;
        browser.post(&format!("/settings/profile/addresses/{id}"), &address).await.expect_status(303);
        browser.post(&format!("/settings/profile/addresses/{id}/default"), &[]).await.expect_status(303);
        browser.post(&format!("/settings/profile/addresses/{id}/remove"), &[]).await.expect_status(303);
        browser.post("/settings/care", &[("purpose", "care_mode"), ("granted", "true")]).await.expect_status(303);
        let push = "/settings/notifications";
        browser.post(push, &[("purpose", "marketing_sms"), ("granted", "true")]).await.expect_status(303);
        browser.post(push, &[("purpose", "commercial"), ("granted", "false")]).await.expect_status(303);
        browser.post("/settings/cookies/answer", &[("answer", "decline")]).await.expect_status(303);
        browser.post("/settings/account/password", &[("password", "另一个-gold-lamp-83")]).await.expect_status(303);
        let cancel = "/settings/about/more/cancel";
        browser.post(&format!("{cancel}/begin"), &[]).await.expect_status(303);
        let proof = [("by", "password"), ("password", "另一个-gold-lamp-83")];
        browser.post(&format!("{cancel}/proof"), &proof).await.expect_status(303);
        browser.post(&format!("{cancel}/confirm"), &[]).await.expect_status(303);
        browser.post(&format!("{cancel}/withdraw"), &[]).await.expect_status(303);
        browser.post("/settings/account/devices/end-others", &[]).await.expect_status(303);
        let expected = [
            "registered", "username_changed", "avatar_changed", "avatar_removed", "address_added", "stepped_up",
            "address_changed", "address_made_default", "address_removed", "care_mode_changed",
            // 短信; 商业广告, which says no to each of its channels.
            "decided", "decided", "decided", "decided",
            // Three groups of cookies.
            "decided", "decided", "decided",
            "password_changed", "cancellation", "cancellation", "cancellation", "cancellation", "cancellation",
        ];
        let events = world.events(&browser).await;
        let told = kinds(&events);
        assert_eq!(told[..expected.len()], expected, "{told:?}");
        assert!(events.iter().all(|e| !matches!(e, Event::Decided { words, .. } if words.len() != 64)));
    }

    async fn a_decision_tells_what_where_under_which_version_and_by_whom(world) {
        let mut browser = world.newcomer(PHONE).await;
        browser.post("/settings/notifications", &[("purpose", "marketing_sms"), ("granted", "true")]).await;
        let events = world.events(&browser).await;
        let hash = |purpose| world.centre.catalogue.shown(purpose, None).unwrap().hash.clone();
        let version = world.centre.catalogue.policy().in_force(world.centre.now()).number.clone();
        let decided = |purpose, by: &str| Event::Decided {
            purpose, about: None, granted: true, policy: version.clone(), words: hash(purpose),
            surface: "/settings/notifications".into(), by: by.into(),
        };
        assert_eq!(events[1..], [decided(Purpose::MarketingSms, "person")]);
    }

    async fn signing_in_and_out_is_told(world) {
        let mut browser = world.newcomer(PHONE).await;
        browser.post("/signout", &[]).await.expect_status(303);
        let fields = [("phone", PHONE), ("by", "password"), ("password", PASSWORD)];
        browser.post("/signin", &fields).await.expect_status(303);
        let events = world.events(&browser).await;
        assert_eq!(events[1..], [Event::SignedOut, Event::SignedIn { method: "password".into() }]);
    }

    async fn looking_leaves_nothing(world) {
        let mut browser = world.newcomer(PHONE).await;
        world.step_up(&mut browser).await;
        let before = world.events(&browser).await;
        let mut seen = 0;
        for entry in PLACES.iter().map(|p| p.entry()).filter(|e| !e.path.contains('{') && e.access != Access::Waiting) {
            let page = browser.get(entry.path).await;
            assert!(matches!(page.status.as_u16(), 200 | 303), "{}", entry.path);
            seen += usize::from(page.status == 200);
        }
        assert!(seen >= 25, "only {seen} pages were shown");
        assert_eq!(world.events(&browser).await, before);
    }

    async fn asking_for_what_stands_already_writes_nothing(world) {
        let mut browser = world.newcomer(PHONE).await;
        let yes = [("purpose", "camera"), ("granted", "true")];
        browser.post("/settings/privacy/permissions", &yes).await.expect_status(303);
        let before = world.events(&browser).await;
        browser.post("/settings/privacy/permissions", &yes).await.expect_status(303);
        assert_eq!(world.events(&browser).await, before);
    }
}

/// A small picture.
fn picture() -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(40, 20, image::Rgb([200, 80, 40])).write_to(&mut out, image::ImageFormat::Png).unwrap();
    out.into_inner()
}
