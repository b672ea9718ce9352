//! A child's account before a guardian has agreed: it keeps the least, takes no "yes", and goes.

use app::promises::{CODE_PAUSE, GUARDIAN_ANSWER};
use app::time::DAY;
use axum::http::Method;
use server::cancellation::child;
use server::catalogue::Catalogue;
use server::demo::Message;
use server::execution;
use server::ledger::{self, Event};
use server::replay;
use server::storage::sql;
use server::vault::Vault;
use server::web::guard::Access;
use server::web::router::routes;
use uuid::Uuid;

use crate::support::{Browser, PASSWORD, World};

const CHILD: &str = "13900000061";

async fn granted(world: &World) -> i64 {
    let count = sql("SELECT COUNT(*) FROM decision WHERE granted");
    count.fetch_one::<(i64,)>(&world.centre.data).await.unwrap().0
}

async fn people(world: &World) -> i64 {
    sql("SELECT COUNT(*) FROM person").fetch_one::<(i64,)>(&world.centre.data).await.unwrap().0
}

/// Whether the replay log, beside the keys, knows that the account was erased.
async fn is_logged(world: &World, vault: &Vault, person: Uuid) -> bool {
    let (_, keys) = world.databases.open().await;
    let logged = sql("SELECT kind FROM replay_log WHERE subject = $1").bind(replay::subject(vault, person));
    let logged = logged.fetch_all::<(String,)>(&keys).await.unwrap();
    keys.close().await;
    logged == [("account_erased".to_owned(),)]
}

async fn has_banner(browser: &mut Browser, path: &str) -> bool {
    browser.get(path).await.expect_status(200).text().contains("/settings/cookies/answer")
}

on_both_engines! {
    async fn what_a_visitor_agreed_to_is_not_the_childs(world) {
        let mut browser = world.browser();
        browser.post("/settings/cookies/answer", &[("answer", "accept")]).await.expect_status(303);
        world.register_in(&mut browser, CHILD, "under_14").await;
        assert_eq!(granted(world).await, 0);
        assert_eq!(browser.cookie("cookie_choice"), None, "nor does the browser go on with it");
        let decided = |event: &Event| matches!(event, Event::Decided { .. });
        assert!(!world.events(&browser).await.iter().any(decided));
        assert!(!has_banner(&mut browser, "/guardian").await, "a child is not asked");
        // Whoever signs in later in a browser that has said yes.
        let mut other = world.browser();
        other.post("/settings/cookies/answer", &[("answer", "accept")]).await.expect_status(303);
        let fields = [("phone", CHILD), ("by", "password"), ("password", crate::support::PASSWORD)];
        other.post("/signin", &fields).await.expect_status(303);
        assert_eq!((granted(world).await, other.cookie("cookie_choice")), (0, None));
    }

    async fn a_child_who_waits_says_yes_to_nothing(world) {
        let mut browser = world.register(CHILD, "under_14").await;
        let before = world.events(&browser).await;
        let subjects = ["cookies_preference", "cookies_analytics", "cookies_advertising", "mail_beacon", "location", "marketing_sms"];
        let mut tried = 0;
        for route in routes().iter().filter(|r| r.method == Method::POST && matches!(r.access, Access::Anyone | Access::SignedIn)) {
            // These begin another session, or end everything in this browser.
            if ["/signin", "/register", "/settings/cookies/clear", "/verify"].contains(&route.path) {
                continue;
            }
            let path = route.path.replace("{id}", "ads_juguang");
            for subject in subjects {
                let fields = [("purpose", subject), ("granted", "true"), ("answer", "accept")];
                let page = browser.post(&path, &fields).await;
                assert!(page.status.as_u16() != 500, "{path} {subject}");
                tried += 1;
            }
        }
        assert!(tried > 100);
        assert_eq!(granted(world).await, 0);
        assert_eq!(world.events(&browser).await, before);
        assert_eq!(browser.cookie("cookie_choice"), None);
        let page = browser.post("/settings/cookies", &[("purpose", "cookies_analytics"), ("granted", "true")]).await;
        page.expect_status(422).expect_text("还在等监护人同意");
        browser.post("/settings/cookies/answer", &[("answer", "accept")]).await.expect_status(422);
        // One that a browser makes up counts for nothing.
        browser.set_cookie("cookie_choice", "v1.111.1795406400000.8f4d6f3e-2f4c-4a59-9d0d-2f0e1c3b5a77");
        let page = browser.get("/settings/cookies").await.expect_status(200).text();
        assert!(!page.contains("aria-checked=\"true\""));
    }

    async fn no_other_way_in_takes_a_yes_of_theirs(world) {
        use app::consents::{Decision, Purpose};
        let browser = world.register(CHILD, "under_14").await;
        let caller = world.caller(&browser).await;
        let (centre, yes) = (&world.centre, Decision { purpose: Purpose::Location, granted: true });
        let decided = server::consents::store::decide(centre, &caller, yes, "/settings", false, centre.now()).await;
        assert!(decided.unwrap().is_err());
        assert_eq!(granted(world).await, 0);
    }

    async fn one_button_erases_it_to_the_last_backup(world) {
        let mut browser = world.register(CHILD, "under_14").await;
        let (centre, caller) = (&world.centre, world.caller(&browser).await);
        let page = browser.get("/guardian").await.expect_status(200).expect_text("现在只保存了这些");
        let page = page.expect_text("登录设备").expect_text("自动删除").expect_text("备份里的也无法读取");
        page.expect_text(&centre.now().plus(GUARDIAN_ANSWER).date_time());
        let mut second = browser.clone();
        let gone = browser.post("/guardian/erase", &[]).await.expect_status(303);
        assert_eq!((gone.location(), browser.cookie("session")), (Some("/signin"), None));
        second.get("/guardian").await.expect_status(303);
        // Whoever signs in before its turn has come reads that it is under way.
        let mut again = world.browser();
        again.post("/signin", &[("phone", CHILD), ("by", "password"), ("password", PASSWORD)]).await.expect_status(303);
        again.get("/guardian").await.expect_status(200).expect_text("账号正在删除");
        assert!(execution::run_next(centre).await.unwrap());
        assert!(!execution::run_next(centre).await.unwrap());
        assert_eq!((people(world).await, centre.vault.count_keys(caller.person).await.unwrap()), (0, 0));
        assert!(is_logged(world, &centre.vault, caller.person).await);
        let history = ledger::history(&centre.data, &caller.pseudonym).await.unwrap();
        assert!(history.iter().any(|told| matches!(told.event, Event::AccountErased { .. })));
        // The phone is free again: whoever registers gets a code, and not the word that there is an account.
        world.pass(CODE_PAUSE);
        let before = world.sent();
        world.browser().post("/register/code", &[("phone", CHILD)]).await.expect_status(200);
        let wait = async { while world.sent() == before { tokio::task::yield_now().await } };
        tokio::time::timeout(std::time::Duration::from_secs(20), wait).await.expect("it is sent");
        let newest = world.messages().into_iter().next();
        assert!(matches!(newest, Some(Message::Sms { text, .. }) if text.contains("验证码 ")));
    }

    async fn without_an_answer_it_goes_by_itself_after_the_days_that_are_promised(world) {
        let mut child = world.register(CHILD, "under_14").await;
        let mut adult = world.newcomer("13900000062").await;
        let centre = &world.centre;
        world.pass(GUARDIAN_ANSWER - 1);
        child::erase_unanswered(centre, centre.now()).await.unwrap();
        assert!(!execution::run_next(centre).await.unwrap());
        child.get("/guardian").await.expect_status(200);
        world.pass(1);
        for _ in 0..2 {
            child::erase_unanswered(centre, centre.now()).await.unwrap();
        }
        child.get("/guardian").await.expect_status(303);
        assert!(execution::run_next(centre).await.unwrap());
        assert!(!execution::run_next(centre).await.unwrap());
        child::erase_unanswered(centre, centre.now()).await.unwrap();
        assert_eq!(people(world).await, 1);
        adult.get("/").await.expect_status(200);
        adult.post("/guardian/erase", &[]).await.expect_status(303);
        assert!(!child::erase(centre, world.caller(&adult).await.person, centre.now()).await.unwrap(), "only a child's");
    }
}

#[test]
fn the_rules_promise_the_days_that_are_kept() {
    let catalogue = Catalogue::load(None).unwrap();
    let newest = catalogue.policy().versions().last().unwrap();
    let purge = newest.children.iter().find(|clause| clause.id == "children-purge").unwrap();
    assert!(purge.text.starts_with(&format!("注册{}天后", GUARDIAN_ANSWER / DAY)), "{}", purge.text);
}
