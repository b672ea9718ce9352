//! A visitor's answer is in the ledger under a name of its own, meets the account at sign-in, and no cookie gets past it.

use app::consents::Purpose;
use app::consents::model::Lapse;
use app::cookies::model::CookieChoice;
use app::promises::COOKIE_CHOICE_LIFE;
use app::time::DAY;
use server::catalogue::Catalogue;
use server::consents::store;
use server::cookies::visitor_name;
use server::ledger::{self, Event, Pseudonym};
use server::web::build_router;

use crate::support::{Browser, PASSWORD, Page, World};

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
    async fn a_visitors_answer_is_recorded_under_a_name_of_its_own(world) {
        let mut browser = world.browser();
        browser.get("/signin").await.expect_text("cookie-banner");
        browser.post("/settings/cookies/answer", &[("answer", "accept"), ("return_to", "//evil.example")]).await
            .expect_status(303);
        let kept = choice(&browser, world);
        assert!(kept.preference && kept.analytics && kept.advertising);
        let name = visitor_name(&world.centre, &kept);
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

    async fn nobody_writes_into_anothers_chain_by_naming_it(world) {
        let browser = world.newcomer(PHONE).await;
        let person = world.caller(&browser).await.pseudonym;
        // A visitor's name in the ledger is as little good as a person's, or the centre's own.
        let mut other = world.browser();
        other.post("/settings/cookies/answer", &[("answer", "decline")]).await.expect_status(303);
        let visitor = visitor_name(&world.centre, &choice(&other, world));
        for name in [person, Pseudonym::centre(), visitor] {
            let before = ledger::history(&world.centre.data, &name).await.unwrap().len();
            for at in [world.centre.now(), world.centre.now().plus(-COOKIE_CHOICE_LIFE)] {
                let forged = format!("v1.000.{}.{}", at.0, name.as_str());
                let as_them = || {
                    let mut stranger = world.browser();
                    stranger.set_cookie("cookie_choice", &forged);
                    stranger.set_cookie("unlisted", "x");
                    stranger
                };
                as_them().post("/settings/cookies/answer", &[("answer", "accept")]).await.expect_status(303);
                decide(&mut as_them(), "cookies_analytics", true).await.expect_status(303);
                decide(&mut as_them(), "cookies_preference:yd_recent", false).await.expect_status(303);
                as_them().post("/settings/cookies/delete", &[("name", "unlisted")]).await.expect_status(303);
                as_them().post("/settings/cookies/delete-optional", &[]).await.expect_status(303);
                as_them().post("/settings/cookies/clear", &[]).await.expect_status(200);
            }
            assert_eq!(ledger::history(&world.centre.data, &name).await.unwrap().len(), before);
        }
    }

    async fn an_answer_from_before_names_were_made_with_a_key_still_counts_and_joins_the_account(world) {
        let mut browser = world.newcomer(PHONE).await;
        browser.post("/signout", &[]).await.expect_status(303);
        let mut visitor = world.browser();
        let kept = "3f1c2a74-6c0e-4d6b-9a53-0d6a2f4b8e11";
        visitor.set_cookie("cookie_choice", &format!("v1.010.{}.{kept}", world.centre.now().0));
        assert!(!visitor.get("/signin").await.text().contains("cookie-banner"));
        sign_in(&mut visitor).await;
        let told = decisions(world, &world.caller(&visitor).await.pseudonym).await;
        let by = || "joined_visitor".to_owned();
        assert!(told.contains(&(Purpose::CookiesAnalytics, true, by())), "{told:?}");
        assert_eq!(choice(&visitor, world).visitor, kept);
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

    async fn an_item_is_refused_by_itself_while_its_group_stays_on(world) {
        let mut browser = world.newcomer(PHONE).await;
        decide(&mut browser, "cookies_preference", true).await.expect_status(303);
        for name in ["yd_recent", "appearance"] {
            browser.set_cookie(name, "x");
        }
        let done = decide(&mut browser, "cookies_preference:yd_recent", false).await.expect_status(303);
        assert!(done.headers.get_all("set-cookie").iter().any(|c| c.to_str().unwrap().starts_with("yd_recent=; ")));
        assert_eq!(browser.cookie("yd_recent"), None);
        assert_eq!(browser.cookie("appearance"), Some("x"));
        let page = browser.get("/settings/cookies").await.text();
        assert_eq!(switch(&page, "Cookie yd_recent"), "false");
        assert_eq!(switch(&page, "Cookie appearance"), "true");
        assert_eq!(switch(&page, "偏好"), "true");
        let told = world.events(&browser).await;
        let words = world.centre.catalogue.shown(Purpose::CookiesPreference, Some("yd_recent")).unwrap().hash.clone();
        assert!(told.iter().any(|e| matches!(e, Event::Decided { purpose: Purpose::CookiesPreference, about: Some(about),
            granted: false, words: w, .. } if about == "yd_recent" && *w == words)), "{told:?}");
        // The group is the master: off takes all, on again brings back all but what was refused.
        decide(&mut browser, "cookies_preference", false).await.expect_status(303);
        assert_eq!(browser.cookie("appearance"), None);
        browser.headers.push(("accept", "application/json".into()));
        let on = decide(&mut browser, "cookies_preference", true).await.expect_status(200).text();
        assert!(on.contains(r#""cookies_preference:yd_recent":false"#) && on.contains(r#""cookies_preference:appearance":true"#), "{on}");
        let before = world.events(&browser).await.len();
        decide(&mut browser, "cookies_preference:yd_recent", false).await.expect_status(200);
        assert_eq!(world.events(&browser).await.len(), before, "it stood so already");
        decide(&mut browser, "cookies_preference:yd_recent", true).await.expect_status(200);
        browser.set_cookie("yd_recent", "x");
        browser.get("/settings").await.expect_status(200);
        assert_eq!(browser.cookie("yd_recent"), Some("x"));
    }

    async fn an_item_of_a_group_that_is_off_is_not_allowed_and_nothing_is_recorded(world) {
        let mut browser = world.newcomer(PHONE).await;
        let before = world.events(&browser).await;
        decide(&mut browser, "cookies_analytics:yd_stat_*", true).await.expect_status(422).expect_text("整组还关着");
        for nonsense in ["cookies_analytics:yd_recent", "cookies_analytics:session", "mail_beacon:mail_open", "cookies_analytics:"] {
            decide(&mut browser, nonsense, true).await.expect_status(404);
        }
        assert_eq!(world.events(&browser).await, before);
        let mut objecting = world.browser();
        objecting.headers.push(("sec-gpc", "1".into()));
        decide(&mut objecting, "cookies_advertising:yd_ad_*", true).await.expect_status(422).expect_text("全球隐私控制");
    }

    async fn a_visitor_decides_items_too_under_their_own_name(world) {
        let mut browser = world.browser();
        browser.post("/settings/cookies/answer", &[("answer", "accept")]).await.expect_status(303);
        let first = choice(&browser, world);
        world.pass(DAY);
        decide(&mut browser, "cookies_advertising:yd_ad_*", false).await.expect_status(303);
        let kept = choice(&browser, world);
        assert_eq!((kept.items.get("yd_ad_*"), &kept.visitor), (Some(&false), &first.visitor));
        assert_eq!(kept.at, first.at, "one change does not put off the day when all is asked again");
        let name = visitor_name(&world.centre, &kept);
        let history = ledger::history(&world.centre.data, &name).await.unwrap();
        let last = &history.last().unwrap().event;
        assert!(matches!(last, Event::Decided { about: Some(about), granted: false, .. } if about == "yd_ad_*"));
        browser.set_cookie("yd_ad_7", "x");
        browser.get("/signin").await.expect_status(200);
        assert_eq!(browser.cookie("yd_ad_7"), None);
    }

    async fn the_stricter_wins_for_each_item_on_both_sides(world) {
        let mut browser = world.newcomer(PHONE).await;
        browser.post("/settings/cookies/answer", &[("answer", "accept")]).await.expect_status(303);
        decide(&mut browser, "cookies_preference:yd_recent", false).await.expect_status(303);
        let mut elsewhere = world.browser();
        elsewhere.post("/settings/cookies/answer", &[("answer", "accept")]).await.expect_status(303);
        decide(&mut elsewhere, "cookies_analytics:yd_stat_*", false).await.expect_status(303);
        sign_in(&mut elsewhere).await;
        let kept = choice(&elsewhere, world);
        let catalogue = &world.centre.catalogue;
        let allowed = |name: &str| kept.allows_item(catalogue.cookie(name).unwrap());
        assert_eq!(["yd_recent", "yd_stat_1", "yd_ad_1", "appearance"].map(allowed), [false, false, true, true]);
        // The first browser follows with its next page.
        browser.set_cookie("yd_stat_1", "x");
        browser.get("/settings/cookies").await.expect_status(200);
        assert_eq!(browser.cookie("yd_stat_1"), None);
        let refused: Vec<_> = about(&world.events(&elsewhere).await);
        assert_eq!(refused, [("yd_recent".to_owned(), false, "person".to_owned()), ("yd_stat_*".to_owned(), false, "joined_visitor".to_owned())]);
    }

    async fn an_item_that_came_after_the_yes_to_its_group_needs_a_yes_of_its_own(world) {
        let mut browser = world.newcomer(PHONE).await;
        browser.post("/settings/cookies/answer", &[("answer", "accept")]).await.expect_status(303);
        let mut visitor = world.browser();
        visitor.post("/settings/cookies/answer", &[("answer", "accept")]).await.expect_status(303);
        world.pass(5 * DAY);
        let router = with_one_more(world).await;
        for browser in [&mut browser, &mut visitor] {
            browser.router = router.clone();
            browser.set_cookie("yd_new", "x");
            browser.set_cookie("yd_recent", "x");
            let page = browser.get("/settings/cookies").await.expect_text("新增，你没有单独允许之前不使用").text();
            assert_eq!((switch(&page, "Cookie yd_new"), switch(&page, "Cookie yd_recent")), ("false", "true"));
            assert_eq!((browser.cookie("yd_new"), browser.cookie("yd_recent")), (None, Some("x")));
            decide(browser, "cookies_preference:yd_new", true).await.expect_status(303);
            browser.set_cookie("yd_new", "x");
            let page = browser.get("/settings/cookies").await.text();
            assert_eq!(switch(&page, "Cookie yd_new"), "true");
            assert_eq!(browser.cookie("yd_new"), Some("x"));
            assert!(!page.contains("新增，"));
        }
        // A "yes" to the group that is given now is one to all that is shown now.
        let mut other = world.browser();
        other.router = router;
        decide(&mut other, "cookies_preference", true).await.expect_status(303);
        assert_eq!(switch(&other.get("/settings/cookies").await.text(), "Cookie yd_new"), "true");
    }

    async fn an_accounts_yes_lapses_after_a_year_and_is_asked_again_by_the_banner_alone(world) {
        let mut browser = world.newcomer(PHONE).await;
        browser.post("/settings/cookies/answer", &[("answer", "accept")]).await.expect_status(303);
        stay(world, &mut browser, COOKIE_CHOICE_LIFE - DAY).await;
        let page = browser.get("/settings").await.text();
        assert!(!page.contains("cookie-banner"));
        world.pass(DAY);
        browser.set_cookie("yd_stat_1", "x");
        browser.get("/settings").await.expect_text("一年前对 Cookie 的选择到期了");
        assert_eq!(browser.cookie("yd_stat_1"), None, "until there is an answer, it is a no");
        browser.get("/settings/policy/update").await.expect_text("没有需要你确认的变化");
        browser.get("/settings/privacy/consents").await.expect_text("一年前的同意到期了");
        let person = world.caller(&browser).await.person;
        let standing = async || store::standing(&world.centre.data, &world.centre, person).await.unwrap();
        let stood = standing().await;
        assert_eq!(stood.0[&Purpose::CookiesAnalytics].lapsed, Some(Lapse::Year));
        assert!(!stood.allows(Purpose::CookiesAnalytics) && stood.lapsed().count() == 0);
        // In a new browser, too.
        let mut other = world.browser();
        sign_in(&mut other).await;
        other.get("/settings").await.expect_text("一年前对 Cookie 的选择到期了");
        let before = world.events(&browser).await.len();
        browser.post("/settings/cookies/answer", &[("answer", "accept")]).await.expect_status(303);
        assert_eq!(world.events(&browser).await.len(), before + 3, "the same yes again is a new one");
        assert!(standing().await.allows(Purpose::CookiesAnalytics));
        assert!(!browser.get("/settings").await.text().contains("cookie-banner"));
    }

    async fn a_no_is_not_asked_again_before_a_year_and_a_fresh_no_not_because_of_an_old_yes(world) {
        let mut browser = world.newcomer(PHONE).await;
        browser.post("/settings/cookies/answer", &[("answer", "decline")]).await.expect_status(303);
        stay(world, &mut browser, COOKIE_CHOICE_LIFE - DAY).await;
        assert!(!browser.get("/settings").await.text().contains("cookie-banner"));
        // A yes in the last days of the answer lapses with it: never later than a year.
        decide(&mut browser, "cookies_analytics", true).await.expect_status(303);
        world.pass(2 * DAY);
        browser.get("/settings").await.expect_text("cookie-banner");
        sign_in(&mut browser).await;
        stay(world, &mut browser, COOKIE_CHOICE_LIFE).await;
        // The account's yes has lapsed. A visitor who has just said no is not asked again when they sign in.
        let mut visitor = world.browser();
        visitor.post("/settings/cookies/answer", &[("answer", "decline")]).await.expect_status(303);
        sign_in(&mut visitor).await;
        assert!(!visitor.get("/settings").await.text().contains("cookie-banner"));
    }

    async fn a_visitor_who_is_asked_again_keeps_what_they_refused_by_itself(world) {
        let mut browser = world.browser();
        browser.post("/settings/cookies/answer", &[("answer", "accept")]).await.expect_status(303);
        decide(&mut browser, "cookies_preference:yd_recent", false).await.expect_status(303);
        let first = choice(&browser, world);
        world.pass(COOKIE_CHOICE_LIFE);
        browser.get("/settings/cookies").await.expect_text("一年前的选择到期了");
        browser.post("/settings/cookies/answer", &[("answer", "accept")]).await.expect_status(303);
        let second = choice(&browser, world);
        assert_eq!(second.items, [("yd_recent".to_owned(), false)].into());
        assert_ne!(first.visitor, second.visitor, "two years make no profile");
    }

    async fn no_cookie_of_ours_is_set_whose_item_is_refused(world) {
        let mut browser = world.newcomer(PHONE).await;
        browser.post("/settings/cookies/answer", &[("answer", "accept")]).await.expect_status(303);
        decide(&mut browser, "cookies_preference:appearance", false).await.expect_status(303);
        browser.post("/settings/care", &[("purpose", "care_mode"), ("granted", "true")]).await.expect_status(303);
        assert_eq!(browser.cookie("appearance"), None);
        decide(&mut browser, "cookies_preference:appearance", true).await.expect_status(303);
        browser.post("/settings/care", &[("purpose", "care_mode"), ("granted", "true")]).await.expect_status(303);
        assert_eq!(browser.cookie("appearance"), Some("care"));
    }

    async fn what_script_has_stored_goes_with_its_decision(world) {
        let mut browser = world.browser();
        let removes = |page: &str, name: &str| page.contains("removeItem") && page.contains(&format!("\"{name}\""));
        let page = browser.get("/signin").await.text();
        assert!(removes(&page, "yd_player") && removes(&page, "yd_queue"));
        browser.post("/settings/cookies/answer", &[("answer", "accept")]).await.expect_status(303);
        assert!(!browser.get("/signin").await.text().contains("removeItem"));
        decide(&mut browser, "cookies_preference:yd_player", false).await.expect_status(303);
        let page = browser.get("/signin").await.text();
        assert!(removes(&page, "yd_player") && !removes(&page, "yd_queue"));
    }

    async fn clearing_this_browser_ends_its_session_and_leaves_its_event(world) {
        let mut browser = world.newcomer(PHONE).await;
        browser.post("/settings/cookies/answer", &[("answer", "accept")]).await.expect_status(303);
        let (kept, caller) = (browser.clone(), world.caller(&browser).await);
        browser.set_cookie("yd_stat_1", "x");
        browser.set_cookie("from_elsewhere", "x");
        browser.get("/settings/cookies/clear").await.expect_status(200).expect_text("清除并退出登录");
        let page = browser.post("/settings/cookies/clear", &[]).await.expect_status(200).expect_text("已清除，并已退出登录");
        assert_eq!(page.headers["clear-site-data"], r#""cache", "cookies", "storage""#);
        assert!(!page.text().contains("serviceWorker"), "the page begins nothing anew");
        assert_eq!(browser.cookie_names(), Vec::<&str>::new(), "also where the browser does not know the header");
        let page = kept.clone().get("/settings").await.expect_status(303);
        assert!(page.location().unwrap().starts_with("/signin"), "the session has ended");
        let history = ledger::history(&world.centre.data, &caller.pseudonym).await.unwrap();
        let last: Vec<_> = history.into_iter().rev().take(2).map(|recorded| recorded.event).collect();
        assert_eq!(last, [Event::SignedOut, Event::SiteDataCleared]);
        sign_in(&mut browser).await;
        let kept = choice(&browser, world);
        assert!(kept.preference && kept.analytics, "what the account has decided stands");
    }

    async fn a_visitor_clears_their_browser_too(world) {
        let mut browser = world.browser();
        browser.post("/settings/cookies/clear", &[]).await.expect_status(200).expect_text("已清除");
        browser.post("/settings/cookies/answer", &[("answer", "accept")]).await.expect_status(303);
        let name = visitor_name(&world.centre, &choice(&browser, world));
        browser.post("/settings/cookies/clear", &[]).await.expect_status(200);
        assert_eq!(browser.cookie_names(), Vec::<&str>::new());
        let history = ledger::history(&world.centre.data, &name).await.unwrap();
        assert_eq!(history.last().unwrap().event, Event::SiteDataCleared);
    }
}

async fn decide(browser: &mut Browser, subject: &str, granted: bool) -> Page {
    let fields = [("purpose", subject), ("granted", if granted { "true" } else { "false" })];
    browser.post("/settings/cookies", &fields).await
}

/// The state of a switch on a page, by its label.
fn switch<'p>(page: &'p str, label: &str) -> &'p str {
    let tags = page.split("<button").filter(|tag| tag.contains("role=\"switch\""));
    let tag =
        tags.map(|tag| tag.split('>').next().unwrap()).find(|tag| tag.contains(&format!("aria-label=\"{label}\"")));
    let tag = tag.unwrap_or_else(|| panic!("no switch {label}"));
    tag.split("aria-checked=\"").nth(1).unwrap().split('"').next().unwrap()
}

/// Decisions about single items: which, the answer, by whom.
fn about(events: &[Event]) -> Vec<(String, bool, String)> {
    let about = |event: &Event| match event {
        Event::Decided { about: Some(about), granted, by, .. } => Some((about.clone(), *granted, by.clone())),
        _ => None,
    };
    events.iter().filter_map(about).collect()
}

/// Lets time pass for somebody who comes back often enough to stay signed in.
async fn stay(world: &World, browser: &mut Browser, millis: i64) {
    let step = 20 * DAY;
    for _ in 0..millis / step {
        world.pass(step);
        browser.get("/settings/about").await.expect_status(200);
    }
    world.pass(millis % step);
}

/// The same centre after its operator has added a cookie to 偏好, yesterday.
async fn with_one_more(world: &World) -> axum::Router {
    let folder = tempfile::tempdir().unwrap();
    let added = "\n[[tracker]]\nname = \"yd_new\"\nkind = \"cookie\"\ngroup = \"preference\"\nprovider = \"一点生活-live\"\n\
        purpose = \"新的用途\"\nlifetime = \"30天\"\nsince = \"2026-11-27\"\nhttp_only = true\n";
    let text = format!("{}{added}", include_str!("../../catalogue/cookies.toml"));
    std::fs::write(folder.path().join("cookies.toml"), text).unwrap();
    build_router(&world.with_catalogue(Catalogue::load(Some(folder.path())).unwrap()).await)
}
