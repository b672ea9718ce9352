//! What anybody may do leaves little in the ledger: one event for each request that deletes cookies, however many it names, and
//! only so many requests.

use axum::http::Method;
use server::config::Config;
use server::ledger::{self, Event, Pseudonym};
use server::storage::sql;
use server::web::guard::Access;
use server::web::router::{Route, routes};

use crate::support::{Browser, World};

const PHONE: &str = "13900000001";
const ALL: &str = "/settings/cookies/delete-optional";
const ONE: &str = "/settings/cookies/delete";

async fn events(world: &World) -> i64 {
    sql("SELECT COUNT(*) FROM event").fetch_one::<(i64,)>(&world.centre.data).await.unwrap().0
}

/// A visitor with a name in the ledger.
async fn answered(world: &World) -> Browser {
    let mut browser = world.browser();
    browser.post("/settings/cookies/answer", &[("answer", "accept")]).await.expect_status(303);
    browser
}

on_both_engines! {
    async fn a_request_that_deletes_many_cookies_leaves_one_event(world) {
        for mut browser in [answered(world).await, world.newcomer(PHONE).await] {
            browser.post("/settings/cookies/answer", &[("answer", "accept")]).await.expect_status(303);
            for n in 0..100 {
                browser.set_cookie(&format!("made-up-{n}"), "x");
            }
            browser.set_cookie("yd_ad_1", "x");
            let before = events(world).await;
            browser.post(ALL, &[]).await.expect_status(303);
            assert_eq!(events(world).await, before + 1);
            assert!(browser.cookie("made-up-7").is_none() && browser.cookie("yd_ad_1").is_none());
            browser.post(ALL, &[]).await.expect_status(303);
            assert_eq!(events(world).await, before + 1, "there was nothing left to delete");
        }
    }

    async fn more_cookies_than_a_browser_keeps_are_not_read(world) {
        let mut browser = answered(world).await;
        for n in 0..2_000 {
            browser.set_cookie(&format!("made-up-{n}"), "x");
        }
        let before = events(world).await;
        let page = browser.post(ALL, &[]).await.expect_status(431);
        assert!(page.headers.get_all("set-cookie").iter().count() < 400);
        assert_eq!(events(world).await, before);
    }
}

/// Few tries from one address.
fn few() -> Config {
    let mut config = Config::default();
    config.limits.tries_per_address = 5.try_into().unwrap();
    config
}

on_both_engines! {
    with few();

    async fn deleting_cookies_has_the_limits_of_answering(world) {
        let mut visitor = answered(world).await;
        let mut person = world.newcomer(PHONE).await;
        let mut statuses = Vec::new();
        for browser in [&mut visitor, &mut person] {
            for _ in 0..10 {
                browser.set_cookie("unlisted", "x");
                statuses.push(browser.post(ONE, &[("name", "unlisted")]).await.status.as_u16());
                browser.set_cookie("unlisted", "x");
                statuses.push(browser.post(ALL, &[]).await.status.as_u16());
            }
        }
        assert!(statuses.contains(&303) && statuses.contains(&429), "{statuses:?}");
        // Nobody's "no" is refused for it.
        person.post("/settings/cookies", &[("purpose", "cookies_analytics"), ("granted", "false")]).await.expect_status(303);
    }
}

on_both_engines! {
    with few();

    async fn nothing_that_anybody_may_send_leaves_rows_without_end(world) {
        let open = |route: &Route| route.access == Access::Anyone && route.method == Method::POST;
        let open: Vec<_> = routes().into_iter().filter(open).map(|route| route.path).collect();
        assert!(open.len() > 10);
        let rows = async || {
            let all = sql("SELECT (SELECT COUNT(*) FROM event) + (SELECT COUNT(*) FROM one_time_code) \
                 + (SELECT COUNT(*) FROM code_count) + (SELECT COUNT(*) FROM lost_claim) + (SELECT COUNT(*) FROM person)");
            all.fetch_one::<(i64,)>(&world.centre.data).await.unwrap().0
        };
        for n in 0..40 {
            for path in &open {
                let mut visitor = world.browser();
                visitor.set_cookie("cookie_choice", &format!("v1.111.{}.{}", world.centre.now().0, uuid::Uuid::new_v4()));
                visitor.set_cookie("unlisted", "x");
                let (granted, phone) = ((n % 2 == 0).to_string(), format!("15800{n:06}"));
                let fields = [
                    ("purpose", "cookies_analytics"), ("granted", granted.as_str()), ("name", "unlisted"), ("answer", "accept"),
                    ("phone", phone.as_str()), ("code", "000000"), ("username", "小满"), ("password", "雨后-blue-river-27"),
                ];
                visitor.post(path, &fields).await;
            }
        }
        // Without limits it would be more than twice as many; a slow machine gets a few tries back.
        assert!(rows().await < 350, "{}", rows().await);
    }
}

/// The event of a program before this one, as it stands in ledgers.
#[test]
fn the_event_of_one_deleted_cookie_stays_readable() {
    let old = r#"{"kind":"cookie_deleted","name":"yd_ad_*"}"#;
    let event: Event = serde_json::from_str(old).unwrap();
    assert_eq!(serde_json::to_string(&event).unwrap(), old);
}

on_both_engines! {
    async fn a_chain_with_the_old_event_verifies(world) {
        let pseudonym = Pseudonym::random();
        let mut tx = world.centre.data.begin().await.unwrap();
        let old = Event::CookieDeleted { name: "yd_ad_*".to_owned() };
        ledger::append(&mut tx, &pseudonym, world.centre.now(), &old).await.unwrap();
        tx.commit().await.unwrap();
        ledger::sequence(&world.centre.data, &world.centre.signer, world.centre.now()).await.unwrap();
        ledger::verify(&world.centre.data, &world.centre.signer.verifier()).await.unwrap().unwrap();
        assert_eq!(ledger::history(&world.centre.data, &pseudonym).await.unwrap()[0].event, old);
    }
}
