//! Codes by SMS cost money and reach people who never asked: so many for one account, from one address and in all, whichever
//! server is asked; and what is over it shuts nobody out who is known in their browser.

use server::accounts::{codes, known_devices};
use server::config::Config;
use server::storage::sql;

use crate::support::{Browser, Page, World};

const PHONE: &str = "13900000001";
const ADDRESS: &str = "x-real-ip";
const NEW_CODE: &str = "/settings/account/phone/new-code";

/// The limits that an operator gets who sets none, and addresses that a proxy tells.
fn as_it_comes() -> Config {
    let mut config = Config::default();
    config.server.address_header = Some(ADDRESS.to_owned());
    config
}

fn stranger(n: usize) -> String {
    format!("158001{n:05}")
}

fn at(world: &World, address: &str) -> Browser {
    let mut browser = world.browser();
    browser.headers.push((ADDRESS, address.to_owned()));
    browser
}

async fn ask(browser: &mut Browser, path: &str, phone: &str) -> Page {
    browser.post(path, &[("phone", phone)]).await
}

/// How many of these asks are granted.
async fn granted(browser: &mut Browser, path: &str, phones: impl Iterator<Item = String>) -> usize {
    let mut granted = 0;
    for phone in phones {
        granted += usize::from(ask(browser, path, &phone).await.status == 200);
    }
    granted
}

on_both_engines! {
    with as_it_comes();

    async fn one_account_has_few_codes_sent_to_others(world) {
        let mut browser = world.newcomer(PHONE).await;
        assert_eq!(granted(&mut browser, NEW_CODE, (0..30).map(stranger)).await, 5);
        let refused = ask(&mut browser, NEW_CODE, &stranger(31)).await.expect_status(422);
        refused.expect_text("发送的验证码太多了，请60分钟后再试");
        // Another device, and another address, is the same account.
        browser.headers.push((ADDRESS, "198.51.100.1".to_owned()));
        ask(&mut browser, NEW_CODE, &stranger(32)).await.expect_status(422);
        // What one needs for oneself is not taken by it.
        browser.post("/step-up/code", &[]).await.expect_status(200);
        world.pass(app::time::HOUR);
        ask(&mut browser, NEW_CODE, &stranger(33)).await.expect_status(200);
    }

    async fn one_address_has_few_codes_sent_whatever_they_are_for(world) {
        let mut browser = at(world, "203.0.113.7");
        assert_eq!(granted(&mut browser, "/register/code", (0..10).map(stranger)).await, 10);
        assert_eq!(granted(&mut browser, "/signin/lost/code", (10..20).map(stranger)).await, 10);
        for path in ["/register/code", "/signin/code", "/signin/lost/code"] {
            ask(&mut browser, path, &stranger(20)).await.expect_status(422).expect_text("换一个网络");
        }
        ask(&mut at(world, "198.51.100.1"), "/register/code", &stranger(21)).await.expect_status(200);
        // Of IPv6 a caller who has one address has all of its /64.
        let mut sent = 0;
        for n in 0..30 {
            let mut browser = at(world, &format!("2001:db8:0:7::{n:x}"));
            sent += granted(&mut browser, "/register/code", std::iter::once(stranger(100 + n))).await;
        }
        assert_eq!(sent, 20);
    }
}

/// Few codes in all, half of them kept; every other limit is far.
fn few_in_all() -> Config {
    let mut config = crate::support::generous();
    config.server.address_header = Some(ADDRESS.to_owned());
    config.limits.code_pause_seconds = 0;
    config.limits.codes_per_hour = 1_000.try_into().unwrap();
    config.limits.codes_in_all = 20.try_into().unwrap();
    config.limits.codes_kept = 10;
    config
}

/// Strangers take what they can get.
async fn flood(world: &World) -> usize {
    let mut taken = 0;
    for n in 0..30 {
        let path = ["/register/code", "/signin/code", "/signin/lost/code"][n % 3];
        taken += granted(&mut at(world, &format!("198.51.100.{n}")), path, std::iter::once(stranger(n))).await;
    }
    taken
}

/// A page without what differs in every page: the nonce.
fn without_nonce(text: &str) -> String {
    let nonce = text.split("nonce=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    text.replace(nonce, "")
}

on_both_engines! {
    with few_in_all();

    async fn a_flood_shuts_out_strangers_alone(world) {
        let mut here = world.newcomer(PHONE).await;
        here.post("/signout", &[]).await.expect_status(303);
        assert_eq!(flood(world).await, 9, "registering was one");
        // Known or not, a phone gets the same answer from a browser where nobody was signed in.
        let refused = async |path: &str, phone: &str| {
            let page = ask(&mut at(world, "203.0.113.7"), path, phone).await.expect_status(422);
            without_nonce(&page.expect_text("申请验证码的人太多").text()).replace(phone, "")
        };
        for path in ["/signin/code", "/register/code", "/signin/lost/code"] {
            assert_eq!(refused(path, PHONE).await, refused(path, &stranger(77)).await);
        }
        // A new phone of a signed-in person is a stranger's, too.
        let mut signed_in = here.clone();
        signed_in.post("/signin", &[("phone", PHONE), ("by", "password"), ("password", crate::support::PASSWORD)]).await.expect_status(303);
        ask(&mut signed_in, NEW_CODE, &stranger(78)).await.expect_status(422);
        // The account has its code where it was used before, and nobody else has one there.
        let before = world.code(PHONE).await;
        ask(&mut here, "/signin/code", PHONE).await.expect_status(200);
        ask(&mut here, "/signin/code", &stranger(79)).await.expect_status(422);
        let code = fresh(world, &before).await;
        here.post("/signin", &[("phone", PHONE), ("by", "code"), ("code", &code)]).await.expect_status(303);
        signed_in.post("/step-up/code", &[]).await.expect_status(200);
        world.pass(app::time::HOUR);
        ask(&mut world.browser(), "/register/code", &stranger(80)).await.expect_status(200);
    }

    async fn a_forged_device_is_a_strangers(world) {
        let here = world.newcomer(PHONE).await;
        flood(world).await;
        let cookie = here.cookie("device").unwrap().to_owned();
        for forged in [cookie.to_lowercase(), format!("{cookie}A"), String::new(), "A".repeat(43)] {
            let mut browser = world.browser();
            browser.set_cookie("device", &forged);
            ask(&mut browser, "/signin/code", PHONE).await.expect_status(422);
        }
        // It is about the account and not about its phone; and it is remembered for half a year.
        let mut other = world.browser();
        other.set_cookie("device", &cookie);
        ask(&mut other, "/signin/code", PHONE).await.expect_status(200);
        world.pass(app::promises::KNOWN_DEVICE_LIFE);
        flood(world).await;
        ask(&mut other, "/signin/code", PHONE).await.expect_status(422);
    }

    async fn a_stranger_who_knows_a_phone_takes_no_code_from_its_owners_browser(world) {
        let mut config = few_in_all();
        config.limits.codes_per_hour = 2.try_into().unwrap();
        config.limits.code_pause_seconds = 60;
        let mut here = world.newcomer(PHONE).await;
        here.post("/signout", &[]).await.expect_status(303);
        let centre = world.with_settings(&config).await;
        let router = server::web::build_router(&centre);
        here.router = router.clone();
        for n in 0..4 {
            let mut stranger = at(world, &format!("203.0.113.{n}"));
            stranger.router = router.clone();
            ask(&mut stranger, "/signin/code", PHONE).await;
        }
        ask(&mut here, "/signin/code", PHONE).await.expect_status(200);
    }

    async fn two_servers_together_never_send_more(world) {
        let second = server::web::build_router(&world.with_settings(&few_in_all()).await);
        let asks = (0..40).map(|n| {
            let mut browser = at(world, &format!("198.51.100.{n}"));
            if n % 2 == 1 {
                browser.router = second.clone();
            }
            async move { ask(&mut browser, "/register/code", &stranger(n)).await.status.as_u16() }
        });
        let statuses = futures_util::future::join_all(asks).await;
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 10);
        assert!(statuses.iter().all(|status| [200, 422].contains(status)), "{statuses:?}");
    }

    async fn what_was_counted_names_nobody_and_is_forgotten_after_an_hour(world) {
        let mut browser = world.newcomer(PHONE).await;
        ask(&mut browser, NEW_CODE, &stranger(1)).await.expect_status(200);
        let rows = async || {
            let rows = sql("SELECT counter_index, person_id FROM code_count");
            rows.fetch_all::<(Vec<u8>, Option<String>)>(&world.centre.data).await.unwrap()
        };
        let person = world.caller(&browser).await.person;
        assert_eq!(rows().await.into_iter().filter_map(|(_, person)| person).collect::<Vec<_>>(), [person.to_string()]);
        let (device,) = sql("SELECT device_index FROM known_device").fetch_one::<(Vec<u8>,)>(&world.centre.data).await.unwrap();
        assert!(device.len() == 32 && !browser.cookie("device").unwrap().is_empty());
        world.pass(app::time::HOUR);
        codes::tidy(&world.centre, world.centre.now()).await.unwrap();
        assert_eq!(rows().await, []);
        world.pass(app::promises::KNOWN_DEVICE_LIFE);
        assert_eq!(known_devices::tidy(&world.centre, world.centre.now()).await.unwrap(), 1);
    }
}

/// The newest code to the phone, once it is another than `before`.
async fn fresh(world: &World, before: &str) -> String {
    let wait = async {
        loop {
            let code = world.code(PHONE).await;
            if code != before {
                return code;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), wait).await.expect("another code is sent")
}

#[test]
fn a_centre_that_keeps_every_code_for_those_it_knows_is_no_centre() {
    let mut config = Config::default();
    config.limits.codes_kept = config.limits.codes_in_all.get();
    let refused = server::open::fit(&config).unwrap_err().to_string();
    assert!(refused.contains("codes_kept"), "{refused}");
}
