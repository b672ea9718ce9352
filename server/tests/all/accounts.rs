//! Codes die of age, use and wrong tries; sessions of idleness; what is sensitive asks again after five minutes; an unknown
//! phone and a wrong password look alike; limits hold.

use app::promises::{CODE_LIFE, CODE_PAUSE, CODE_TRIES, CODES_PER_HOUR, SESSION_IDLE, SESSION_LIFE, STEP_UP_LIFE};
use app::time::{DAY, HOUR, SECOND};
use server::accounts::sessions;
use server::config::Config;
use server::storage::sql;

use crate::support::{Browser, Engine, PASSWORD, Page, World};

const PHONE: &str = "13900000001";

async fn sign_in(browser: &mut Browser, phone: &str, password: &str) -> crate::support::Page {
    browser.post("/signin", &[("phone", phone), ("by", "password"), ("password", password)]).await
}

async fn sign_in_with_code(browser: &mut Browser, phone: &str, code: &str) -> u16 {
    browser.post("/signin", &[("phone", phone), ("by", "code"), ("code", code)]).await.status.as_u16()
}

/// A page without what differs in every page: the nonce.
fn without_nonce(text: &str) -> String {
    let nonce = text.split("nonce=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    text.replace(nonce, "")
}

on_both_engines! {
    async fn an_unknown_phone_and_a_wrong_password_get_the_same_page(world) {
        world.newcomer(PHONE).await;
        let known = sign_in(&mut world.browser(), PHONE, "wrong").await.expect_status(422);
        let unknown = sign_in(&mut world.browser(), "13900000002", "wrong").await.expect_status(422);
        assert_eq!(without_nonce(&known.text()).replace(PHONE, ""), without_nonce(&unknown.text()).replace("13900000002", ""));
    }

    async fn asking_for_a_code_does_not_tell_whether_the_phone_is_known(world) {
        world.newcomer(PHONE).await;
        let used = world.code(PHONE).await;
        world.pass(CODE_PAUSE);
        let before = world.sent();
        let known = world.browser().post("/signin/code", &[("phone", PHONE)]).await.expect_status(200);
        let unknown = world.browser().post("/signin/code", &[("phone", "13900000002")]).await.expect_status(200);
        assert_eq!(without_nonce(&known.text()).replace(PHONE, ""), without_nonce(&unknown.text()).replace("13900000002", ""));
        fresh_code(world, &used).await;
        assert_eq!(world.sent(), before + 1, "nothing is sent to a phone that has no account");
    }

    async fn a_code_works_once_and_only_for_what_it_was_sent_for(world) {
        let mut browser = world.newcomer(PHONE).await;
        let used = world.code(PHONE).await;
        assert_eq!(sign_in_with_code(&mut world.browser(), PHONE, &used).await, 422, "it was sent for registering");
        world.pass(CODE_PAUSE);
        browser.post("/step-up/code", &[]).await.expect_status(200);
        let code = fresh_code(world, &used).await;
        assert_eq!(sign_in_with_code(&mut browser.clone(), PHONE, &code).await, 422, "it was sent for stepping up");
        let fields = [("by", "code"), ("code", code.as_str()), ("next", "/settings")];
        browser.post("/step-up", &fields).await.expect_status(303);
        browser.post("/step-up", &fields).await.expect_status(422);
    }

    async fn a_code_dies_of_age(world) {
        world.newcomer(PHONE).await;
        let before = world.code(PHONE).await;
        world.pass(CODE_PAUSE);
        let mut browser = world.browser();
        browser.post("/signin/code", &[("phone", PHONE)]).await.expect_status(200);
        let code = fresh_code(world, &before).await;
        world.pass(CODE_LIFE);
        assert_eq!(sign_in_with_code(&mut browser, PHONE, &code).await, 422);
    }

    async fn a_code_dies_of_wrong_tries(world) {
        world.newcomer(PHONE).await;
        let before = world.code(PHONE).await;
        world.pass(CODE_PAUSE);
        let mut browser = world.browser();
        browser.post("/signin/code", &[("phone", PHONE)]).await.expect_status(200);
        let code = fresh_code(world, &before).await;
        for _ in 0..CODE_TRIES {
            assert_eq!(sign_in_with_code(&mut browser, PHONE, wrong(&code)).await, 422);
        }
        assert_eq!(sign_in_with_code(&mut browser, PHONE, &code).await, 422);
    }

    async fn a_code_is_good_where_it_was_asked_for_and_nobody_else_uses_up_its_tries(world) {
        world.newcomer(PHONE).await;
        let before = world.code(PHONE).await;
        let mut browser = world.browser();
        browser.post("/signin/code", &[("phone", PHONE)]).await.expect_status(200);
        let code = fresh_code(world, &before).await;
        world.pass(CODE_PAUSE);
        let mut stranger = world.browser();
        stranger.post("/signin/code", &[("phone", PHONE)]).await.expect_status(200);
        fresh_code(world, &code).await;
        for _ in 0..CODE_TRIES {
            assert_eq!(sign_in_with_code(&mut stranger, PHONE, wrong(&code)).await, 422);
            assert_eq!(sign_in_with_code(&mut world.browser(), PHONE, wrong(&code)).await, 422);
        }
        assert_eq!(sign_in_with_code(&mut stranger, PHONE, &code).await, 422, "a code that was read out to somebody");
        assert_eq!(sign_in_with_code(&mut browser, PHONE, &code).await, 303);
    }

    async fn whoever_signs_in_by_code_has_no_password_looked_up(world) {
        world.newcomer(PHONE).await;
        let before = world.code(PHONE).await;
        let mut tx = world.centre.data.begin().await.unwrap();
        sql("UPDATE person SET password_hash = $1").bind(vec![0_u8]).execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        let mut browser = world.browser();
        browser.post("/signin/code", &[("phone", PHONE)]).await.expect_status(200);
        let code = fresh_code(world, &before).await;
        assert_eq!(sign_in_with_code(&mut browser, PHONE, wrong(&code)).await, 422);
        assert_eq!(sign_in_with_code(&mut browser, PHONE, &code).await, 303);
    }

    async fn an_earlier_code_stays_good_when_the_same_browser_asks_for_another(world) {
        world.newcomer(PHONE).await;
        let before = world.code(PHONE).await;
        let mut browser = world.browser();
        browser.post("/signin/code", &[("phone", PHONE)]).await.expect_status(200);
        let code = fresh_code(world, &before).await;
        world.pass(CODE_PAUSE);
        browser.post("/signin/code", &[("phone", PHONE)]).await.expect_status(200);
        fresh_code(world, &code).await;
        assert_eq!(sign_in_with_code(&mut browser, PHONE, &code).await, 303);
    }

    async fn a_next_code_waits_a_minute(world) {
        world.newcomer(PHONE).await;
        world.browser().post("/signin/code", &[("phone", PHONE)]).await.expect_status(200);
        let again = world.browser().post("/signin/code", &[("phone", PHONE)]).await;
        again.expect_status(422).expect_text("请 60 秒后再试");
    }

    async fn a_session_ends_after_thirty_idle_days_and_lives_while_it_is_used(world) {
        let mut browser = world.newcomer(PHONE).await;
        let mut idle = browser.clone();
        for _ in 0..3 {
            world.pass(SESSION_IDLE - 1);
            browser.get("/settings").await.expect_status(200);
        }
        idle.get("/settings").await.expect_status(200);
        world.pass(SESSION_IDLE + 1);
        browser.get("/settings").await.expect_status(303);
    }

    async fn a_browser_keeps_a_session_that_is_used_and_no_session_lasts_for_ever(world) {
        let mut browser = world.newcomer(PHONE).await;
        let kept = |page: &Page| {
            let mut lines = page.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
            let line = lines.find(|line| line.starts_with("session="))?;
            Some(line.split("Max-Age=").nth(1)?.split(';').next()?.parse::<i64>().unwrap() * SECOND)
        };
        assert_eq!(kept(&browser.get("/settings").await), None, "it has just been set");
        world.pass(20 * DAY);
        assert_eq!(kept(&browser.get("/log/key").await), None, "not with what a cache may keep");
        world.pass(HOUR);
        assert_eq!(kept(&browser.get("/settings").await), Some(SESSION_IDLE));
        assert_eq!(kept(&browser.get("/settings").await), None, "at most every five minutes");
        let mut lived = 20 * DAY + HOUR;
        while lived + 20 * DAY < SESSION_LIFE {
            world.pass(20 * DAY);
            lived += 20 * DAY;
            assert_eq!(kept(&browser.get("/settings").await), Some(SESSION_IDLE.min(SESSION_LIFE - lived)));
        }
        world.pass(SESSION_LIFE - lived);
        browser.get("/settings").await.expect_status(303);
    }

    async fn signing_out_removes_the_cookie_also_when_it_would_be_kept(world) {
        let mut browser = world.newcomer(PHONE).await;
        world.pass(HOUR);
        browser.post("/signout", &[]).await.expect_status(303);
        assert_eq!(browser.cookie("session"), None);
    }

    async fn six_months_after_its_end_nothing_is_kept_of_a_session(world) {
        let mut ended = world.newcomer(PHONE).await;
        let mut idle = world.browser();
        sign_in(&mut idle, PHONE, PASSWORD).await.expect_status(303);
        ended.post("/signout", &[]).await.expect_status(303);
        // The law wants at least six months (from 23 November 2026 to 23 May 2027).
        world.pass(181 * DAY - 1);
        let mut lives = world.browser();
        sign_in(&mut lives, PHONE, PASSWORD).await.expect_status(303);
        let left = async || {
            sessions::tidy(&world.centre, world.centre.now()).await.unwrap();
            let rows = sql("SELECT id FROM session").fetch_all::<(String,)>(&world.centre.data).await.unwrap();
            rows.len()
        };
        assert_eq!(left().await, 3);
        world.pass(1);
        assert_eq!(left().await, 2, "the one that signed out");
        world.pass(SESSION_IDLE - DAY);
        lives.get("/settings").await.expect_status(200);
        world.pass(5 * DAY);
        assert_eq!(left().await, 1, "the one that was used no more, six months after it ran out");
        lives.get("/settings").await.expect_status(200);
    }

    async fn a_proof_is_good_for_five_minutes(world) {
        let mut browser = world.newcomer(PHONE).await;
        world.step_up(&mut browser).await;
        world.pass(STEP_UP_LIFE - 1);
        browser.get("/settings/account/password").await.expect_status(200);
        world.pass(1);
        browser.get("/settings/account/password").await.expect_status(303);
        // A form that comes too late leads back to its own page.
        let late = browser.post("/settings/account/password", &[("password", PASSWORD)]).await.expect_status(303);
        assert_eq!(late.location(), Some("/step-up?next=/settings/account/password"));
    }

    async fn a_new_password_ends_every_other_session(world) {
        let mut browser = world.newcomer(PHONE).await;
        let mut other = world.browser();
        sign_in(&mut other, PHONE, PASSWORD).await.expect_status(303);
        world.step_up(&mut browser).await;
        browser.post("/settings/account/password", &[("password", "另一个-gold-lamp-83")]).await.expect_status(303);
        other.get("/settings").await.expect_status(303);
        browser.get("/settings").await.expect_status(200);
        sign_in(&mut world.browser(), PHONE, PASSWORD).await.expect_status(422);
        sign_in(&mut world.browser(), PHONE, "另一个-gold-lamp-83").await.expect_status(303);
    }

    async fn a_password_that_is_guessed_easily_is_refused(world) {
        let mut browser = world.newcomer(PHONE).await;
        world.step_up(&mut browser).await;
        for password in ["short", "12345678", "password1", "qwertyuiop"] {
            browser.post("/settings/account/password", &[("password", password)]).await.expect_status(422);
        }
    }

    async fn one_phone_and_one_name_have_one_account(world) {
        world.newcomer(PHONE).await;
        let (before,) = sql("SELECT COUNT(*) FROM person").fetch_one::<(i64,)>(&world.centre.data).await.unwrap();
        world.pass(CODE_PAUSE);
        let mut browser = world.browser();
        // The answer does not tell; the phone's owner is told by SMS, and gets no code.
        browser.post("/register/code", &[("phone", PHONE)]).await.expect_status(200);
        let (after,) = sql("SELECT COUNT(*) FROM person").fetch_one::<(i64,)>(&world.centre.data).await.unwrap();
        assert_eq!(before, after);
    }

    async fn what_a_browser_calls_itself_is_sealed_and_shown_only_to_its_owner(world) {
        let mut browser = world.browser();
        browser.headers.push(("user-agent", "Mozilla/5.0 (iPhone) Safari/605.1".into()));
        world.newcomer(PHONE).await;
        sign_in(&mut browser, PHONE, PASSWORD).await.expect_status(303);
        browser.get("/settings/account/devices").await.expect_text("Safari · iPhone");
        let rows = sql("SELECT client FROM session").fetch_all::<(Vec<u8>,)>(&world.centre.data).await.unwrap();
        assert!(rows.iter().all(|(client,)| !client.windows(6).any(|w| w == b"iPhone")));
    }
}

on_both_engines! {
    with strict();

    async fn strangers_take_nothing_from_a_session(world) {
        let mut browser = world.newcomer(PHONE).await;
        let before = world.code(PHONE).await;
        for path in ["/register/code", "/signin/code"].repeat(2) {
            world.browser().post(path, &[("phone", PHONE)]).await;
        }
        let theirs = fresh_code(world, &before).await;
        for _ in 0..30 {
            sign_in(&mut world.browser(), PHONE, "wrong").await.expect_status(422);
        }
        sign_in(&mut world.browser(), PHONE, PASSWORD).await.expect_status(422).expect_text("尝试次数太多了");
        world.step_up(&mut browser).await;
        browser.post("/step-up/code", &[]).await.expect_status(200);
        let fields = [("by", "code"), ("code", &*fresh_code(world, &theirs).await), ("next", "/settings")];
        browser.post("/step-up", &fields).await.expect_status(303);
    }

    async fn whoever_has_got_hold_of_a_session_guesses_no_faster_than_a_stranger_and_locks_no_other_out(world) {
        let mut browser = world.newcomer(PHONE).await;
        let mut stolen = world.browser();
        sign_in(&mut stolen, PHONE, PASSWORD).await.expect_status(303);
        let guess = [("by", "password"), ("password", "wrong"), ("next", "/settings")];
        for _ in 0..TRIES {
            stolen.post("/step-up", &guess).await.expect_status(422).expect_text("密码不对");
        }
        let right = [("by", "password"), ("password", PASSWORD), ("next", "/settings")];
        stolen.post("/step-up", &right).await.expect_status(422).expect_text("密码试错的次数太多了");
        world.step_up(&mut browser).await;
    }

    async fn one_address_leaves_codes_for_signing_in_to_others(world) {
        world.newcomer(PHONE).await;
        let ask = async |address: &str| {
            world.pass(CODE_PAUSE);
            let mut browser = world.browser();
            browser.headers.push((ADDRESS, address.to_owned()));
            browser.post("/signin/code", &[("phone", PHONE)]).await
        };
        for _ in 0..3 {
            ask("203.0.113.7").await.expect_status(200);
        }
        ask("203.0.113.7").await.expect_status(422).expect_text("一小时内发送的验证码太多了");
        ask("198.51.100.1").await.expect_status(200);
    }

    async fn a_phone_gets_so_many_codes_an_hour_whatever_is_asked_for(world) {
        let mut browser = world.newcomer(PHONE).await;
        let sent = world.sent();
        for minute in 1..50 {
            world.pass(CODE_PAUSE);
            let mut stranger = world.browser();
            stranger.headers.push((ADDRESS, format!("203.0.113.{minute}")));
            for path in ["/register/code", "/signin/code"] {
                stranger.post(path, &[("phone", PHONE)]).await;
            }
            for path in ["/step-up/code", "/settings/account/phone/present-code"] {
                browser.post(path, &[]).await;
            }
        }
        let (asked,) = sql("SELECT COUNT(*) FROM one_time_code").fetch_one::<(i64,)>(&world.centre.data).await.unwrap();
        assert_eq!(asked, 3 * CODES_PER_HOUR);
        let texts = world.messages().len() - sent;
        assert!(texts <= 10, "of registering, the phone's owner is told at most once: {texts}");
    }
}

const TRIES: u32 = 2;
const ADDRESS: &str = "x-real-ip";

/// Few tries, from addresses that a proxy tells.
fn strict() -> Config {
    let mut config = Config::default();
    config.server.address_header = Some(ADDRESS.to_owned());
    config.limits.tries_per_account = TRIES.try_into().unwrap();
    config.limits.tries_per_address = 20.try_into().unwrap();
    config
}

/// Another code.
fn wrong(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

/// The newest code, once it is another than `before`.
async fn fresh_code(world: &World, before: &str) -> String {
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

#[tokio::test]
async fn tries_are_limited_per_account_and_per_address() {
    let mut config = Config::default();
    config.limits.tries_per_account = 3.try_into().unwrap();
    config.limits.tries_per_address = 5.try_into().unwrap();
    World::run(Engine::Sqlite, &config, async |world| {
        let mut browser = world.browser();
        for _ in 0..3 {
            sign_in(&mut browser, PHONE, "wrong").await.expect_text("手机号或密码不对");
        }
        sign_in(&mut browser, PHONE, "wrong").await.expect_text("密码试错的次数太多了");
        // Another account from the same address: one more, then the address is out of tries too.
        sign_in(&mut browser, "13900000002", "wrong").await.expect_text("手机号或密码不对");
        sign_in(&mut browser, "13900000003", "wrong").await.expect_text("尝试次数太多了");
    })
    .await;
}

#[tokio::test]
async fn a_stranger_who_guesses_passwords_locks_nobody_out() {
    let mut config = Config::default();
    config.limits.tries_per_account = 2.try_into().unwrap();
    config.limits.tries_per_address = 1_000.try_into().unwrap();
    World::run(Engine::Sqlite, &config, async |world| {
        world.newcomer(PHONE).await;
        let before = world.code(PHONE).await;
        for _ in 0..5 {
            sign_in(&mut world.browser(), PHONE, "wrong").await.expect_status(422);
        }
        sign_in(&mut world.browser(), PHONE, PASSWORD).await.expect_text("改用短信验证码");
        let mut browser = world.browser();
        browser.post("/signin/code", &[("phone", PHONE)]).await.expect_status(200);
        let code = fresh_code(world, &before).await;
        assert_eq!(sign_in_with_code(&mut browser, PHONE, &code).await, 303);
    })
    .await;
}
