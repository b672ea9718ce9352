//! A visitor's answer is in the ledger under a name of its own, meets the account at sign-in, and no cookie gets past it.

use app::consents::Purpose;
use app::cookies::model::CookieChoice;
use app::promises::COOKIE_CHOICE_LIFE;
use server::ledger::{self, Event, Pseudonym};

use crate::support::{Browser, PASSWORD, World};

const PHONE: &str = "13900000001";

fn choice(browser: &Browser, world: &World) -> CookieChoice {
    CookieChoice::parse(browser.cookie("cookie_choice").unwrap(), world.centre.now()).unwrap()
}

/// Decisions about cookies in a chain: purpose, answer, and by whom.
async fn decisions(world: &World, name: &Pseudonym) -> Vec<(Purpose, bool, String)> {
    let history = ledger::history(&world.centre.data, name).await.unwrap();
    let decision = |recorded: ledger::Recorded| match recorded.event {
        Event::Decided { purpose, granted, by, .. } => Some((purpose, granted, by)),
        _ => None,
    };
    history.into_iter().filter_map(decision).collect()
}

async fn sign_in(browser: &mut Browser) {
    let fields = [("phone", PHONE), ("by", "password"), ("password", PASSWORD)];
    browser.post("/signin", &fields).await.expect_status(303);
}

on_both_engines! {
    async fn a_visitors_answer_is_recorded_under_a_random_name(world) {
        let mut browser = world.browser();
        browser.get("/signin").await.expect_text("cookie-banner");
        browser.post("/settings/cookies/answer", &[("answer", "accept"), ("return_to", "//evil.example")]).await
            .expect_status(303);
        let kept = choice(&browser, world);
        assert!(kept.preference && kept.analytics && kept.advertising);
        let name = Pseudonym::parse(&kept.visitor).unwrap();
        let told = decisions(world, &name).await;
        assert_eq!(told.len(), 3);
        assert!(told.iter().all(|(_, granted, by)| *granted && by == "person"));
        assert!(!browser.get("/signin").await.text().contains("cookie-banner"));
        // After a year it is asked again.
        world.pass(COOKIE_CHOICE_LIFE);
        browser.get("/signin").await.expect_text("cookie-banner");
    }

    async fn an_answer_leads_back_to_our_own_pages_only(world) {
        let mut browser = world.browser();
        for (wanted, to) in [("//evil.example", "/"), ("/settings/policy", "/settings/policy")] {
            let fields = [("answer", "decline"), ("return_to", wanted)];
            assert_eq!(browser.post("/settings/cookies/answer", &fields).await.location(), Some(to));
        }
    }

    async fn the_banner_leads_back_to_a_page_and_not_to_where_a_form_was_posted(world) {
        let mut browser = world.browser();
        let page = browser.post("/register/code", &[("phone", PHONE)]).await.expect_status(200);
        page.expect_text("name=\"return_to\" value=\"/register\"");
        browser.get("/signin?next=/settings").await.expect_text("name=\"return_to\" value=\"/signin?next=/settings\"");
        browser.get("/nothing-here").await.expect_status(404).expect_text("name=\"return_to\" value=\"/\"");
    }

    async fn the_stricter_wins_on_both_sides(world) {
        let mut browser = world.newcomer(PHONE).await;
        for (purpose, granted) in [("cookies_preference", "true"), ("cookies_analytics", "false")] {
            let fields = [("purpose", purpose), ("granted", granted)];
            browser.post("/settings/cookies", &fields).await.expect_status(303);
        }
        let mut elsewhere = world.browser();
        for (purpose, granted) in [("cookies_preference", "false"), ("cookies_analytics", "true"), ("cookies_advertising", "true")] {
            let fields = [("purpose", purpose), ("granted", granted)];
            elsewhere.post("/settings/cookies", &fields).await.expect_status(303);
        }
        sign_in(&mut elsewhere).await;
        // 偏好: the visitor's no wins. 分析: the account's no wins. 广告: the account had not decided.
        let kept = choice(&elsewhere, world);
        assert_eq!((kept.preference, kept.analytics, kept.advertising), (false, false, true));
        let told = decisions(world, &world.caller(&elsewhere).await.pseudonym).await;
        let joined: Vec<_> = told.into_iter().filter(|(_, _, by)| by == "joined_visitor").map(|(p, g, _)| (p, g)).collect();
        assert_eq!(joined, [(Purpose::CookiesPreference, false), (Purpose::CookiesAdvertising, true)]);
    }

    async fn the_browsers_signal_lowers_the_account_and_says_so(world) {
        let mut browser = world.newcomer(PHONE).await;
        browser.post("/settings/advertising", &[("purpose", "personalised_ads"), ("granted", "true")]).await;
        let mut objecting = world.browser();
        objecting.headers.push(("sec-gpc", "1".into()));
        sign_in(&mut objecting).await;
        let told = decisions(world, &world.caller(&objecting).await.pseudonym).await;
        assert_eq!(told.last(), Some(&(Purpose::PersonalisedAds, false, "browser_signal".into())));
        let refused = objecting.post("/settings/advertising", &[("purpose", "personalised_ads"), ("granted", "true")]).await;
        refused.expect_status(422).expect_text("全球隐私控制");
    }

    async fn a_forged_answer_is_no_answer(world) {
        let mut browser = world.newcomer(PHONE).await;
        let name = world.caller(&browser).await.pseudonym;
        browser.post("/signout", &[]).await.expect_status(303);
        for forged in ["v1.111.0.x", "v1.111.1795406400000.01926f8e-0000-7000-8000-000000000000", "", "v2.111.1.x"] {
            let mut visitor = world.browser();
            visitor.set_cookie("cookie_choice", forged);
            visitor.get("/signin").await.expect_status(200).expect_text("cookie-banner");
            visitor.post("/settings/cookies/answer", &[("answer", "decline")]).await.expect_status(303);
        }
        assert_eq!(decisions(world, &name).await, []);
    }

    async fn cookies_of_a_group_that_is_off_leave_with_the_next_page(world) {
        let mut browser = world.browser();
        browser.set_cookie("yd_ad_1", "x");
        browser.set_cookie("unlisted", "x");
        browser.get("/settings/cookies").await.expect_status(200);
        assert_eq!(browser.cookie_names(), ["unlisted"]);
        browser.post("/settings/cookies/delete", &[("name", "unlisted")]).await.expect_status(303);
        assert_eq!(browser.cookie("unlisted"), None);
    }

    async fn only_its_own_page_decides_a_purpose(world) {
        let mut browser = world.newcomer(PHONE).await;
        for path in ["/settings/cookies", "/settings/advertising"] {
            let fields = [("purpose", "location"), ("granted", "true")];
            browser.post(path, &fields).await.expect_status(404);
        }
        browser.post("/settings/cookies", &[("purpose", "nonsense"), ("granted", "true")]).await.expect_status(404);
        browser.post("/settings/cookies", &[("purpose", "cookies_analytics"), ("granted", "maybe")]).await
            .expect_status(400).expect_text("没看懂这次提交");
    }
}
