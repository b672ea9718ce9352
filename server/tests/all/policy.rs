//! 隐私政策: each clause names its control, its kinds of data and its browser test; what stands beside it is live.

use std::fs;
use std::path::Path;

use app::consents::Purpose;
use app::time::DAY;
use server::catalogue::Catalogue;
use server::check;
use server::consents::store::standing;
use server::ledger::Event;
use server::seed::PASSWORD as DEMO_PASSWORD;

use crate::support::Browser;

/// Every clause's browser test is there, and every spec about a right shows a clause.
#[test]
fn every_clause_names_a_browser_test_that_exists() {
    let catalogue = Catalogue::load(None).unwrap();
    let table = check::clauses(&catalogue);
    println!("{}", table.join("\n"));
    let newest = catalogue.policy().versions().last().unwrap();
    assert_eq!(table.len(), newest.clauses().count() + newest.children.len());
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../end2end/tests");
    let mut shown = Vec::new();
    for clause in newest.clauses().chain(&newest.children) {
        let control = catalogue.policy().control(&clause.id).unwrap();
        let Some((file, title)) = &control.test else { continue };
        let text = fs::read_to_string(specs.join(format!("{file}.spec.ts"))).unwrap();
        let titles = text.lines().filter_map(|line| line.trim_start().strip_prefix("test(\""));
        let found = titles.filter(|line| line.split("\", ").next().is_some_and(|t| t.contains(title.as_str()))).count();
        assert_eq!(found, 1, "{}: {file}: {title}", clause.id);
        shown.push(file.clone());
    }
    // What is about the whole program, and no clause.
    let general = ["pages", "problems", "settings"];
    for entry in fs::read_dir(specs).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let file = name.trim_end_matches(".spec.ts");
        assert!(general.contains(&file) || shown.iter().any(|one| one == file), "{name} shows no clause");
    }
}

on_both_engines! {
    async fn a_clause_carries_its_switch_in_its_present_state(world) {
        let mut browser = world.newcomer("13911110001").await;
        let state = |text: &str, label: &str| {
            let at = text.find(&format!("aria-label=\"{label}\"")).unwrap_or_else(|| panic!("no switch {label}"));
            let button = &text[text[..at].rfind("<button").unwrap()..at];
            button.contains("aria-checked=\"true\"")
        };
        let page = browser.get("/settings/policy").await.expect_status(200);
        assert!(!state(&page.text(), "位置") && !state(&page.text(), "中奖联系方式"));
        let fields = [("purpose", "location"), ("granted", "true")];
        let done = browser.post("/settings/policy", &fields).await.expect_status(303);
        assert_eq!(done.location(), Some("/settings/policy#c-location"));
        let page = browser.get("/settings/policy").await.expect_status(200);
        assert!(state(&page.text(), "位置") && !state(&page.text(), "中奖联系方式"));
        let decided = world.events(&browser).await.into_iter().find_map(|event| match event {
            Event::Decided { surface, policy, .. } => Some((surface, policy)),
            _ => None,
        });
        let in_force = &world.centre.catalogue.policy().in_force(world.centre.now()).number;
        assert_eq!(decided, Some(("/settings/policy".to_owned(), in_force.clone())));
        // A group of cookies is decided where a visitor may decide it, too.
        browser.post("/settings/policy", &[("purpose", "cookies_analytics"), ("granted", "true")]).await.expect_status(404);
    }

    async fn a_visitor_reads_it_all_and_decides_nothing_but_cookies(world) {
        let mut visitor = world.browser();
        let page = visitor.get("/settings/policy").await.expect_status(200).text();
        for clause in world.centre.catalogue.policy().in_force(world.centre.now()).clauses() {
            assert!(page.contains(&clause.text), "{}", clause.id);
        }
        assert!(page.contains("aria-label=\"分析 Cookie\"") && !page.contains("aria-label=\"位置\""));
        let fields = [("purpose", "location"), ("granted", "true")];
        let page = visitor.post("/settings/policy", &fields).await.expect_status(303);
        assert!(page.location().unwrap().starts_with("/signin"));
    }

    async fn who_is_touched_by_a_change_is_asked_once_and_about_that_alone(world) {
        let policy = world.centre.catalogue.policy();
        let second = policy.versions().iter().find(|version| version.material).expect("one changes something");
        // Before it is in force.
        world.pass(second.in_force.plus(-2 * DAY).0 - world.centre.now().0);
        let mut touched = world.newcomer("13911110011").await;
        let mut other = world.newcomer("13911110012").await;
        for (purpose, path) in [("personalised_ads", "/settings/advertising"), ("location", "/settings/privacy/permissions")] {
            touched.post(path, &[("purpose", purpose), ("granted", "true")]).await.expect_status(303);
        }
        other.post("/settings/advertising", &[("purpose", "personalised_ads"), ("granted", "false")]).await.expect_status(303);
        touched.get("/").await.expect_text(&format!("第 {} 版将从", second.number));
        touched.get("/settings/policy/update").await.expect_text("没有需要你确认的变化");
        let caller = world.caller(&touched).await;
        let allows = async |purpose| {
            let standing = standing(&world.centre.data, &world.centre, caller.person).await.unwrap();
            standing.allows(purpose)
        };
        assert!(allows(Purpose::PersonalisedAds).await);

        world.pass(3 * DAY);
        assert!(!allows(Purpose::PersonalisedAds).await, "a yes to older words is no yes to newer ones");
        assert!(allows(Purpose::Location).await, "nothing else is touched");
        touched.get("/").await.expect_text("你同意过的 1 项需要重新确认");
        let page = touched.get("/settings/policy/update").await.expect_text("个性化广告").expect_text("收藏和加购");
        assert_eq!(page.text().matches("name=\"purpose\" value=\"personalised_ads\"").count(), 2, "a yes and a no");
        assert!(!page.text().contains("value=\"location\""));
        touched.get("/settings/privacy/consents").await.expect_text("已暂停，等你重新确认");
        // What is not asked can't be answered there; a no is recorded as one.
        let answer = async |browser: &mut Browser, purpose: &str, granted: &str| {
            browser.post("/settings/policy/update", &[("purpose", purpose), ("granted", granted)]).await
        };
        answer(&mut touched, "location", "false").await.expect_status(404);
        answer(&mut touched, "personalised_ads", "false").await.expect_status(303);
        touched.get("/settings/policy/update").await.expect_text("没有需要你确认的变化");
        answer(&mut touched, "personalised_ads", "true").await.expect_status(404);
        assert!(!allows(Purpose::PersonalisedAds).await && allows(Purpose::Location).await);
        let last = world.events(&touched).await.pop().unwrap();
        let Event::Decided { purpose, granted, policy, surface, .. } = last else { panic!("{last:?}") };
        assert_eq!((purpose, granted, policy, surface.as_str()), (Purpose::PersonalisedAds, false, second.number.clone(), "/settings/policy/update"));
        for browser in [&mut touched, &mut other] {
            let page = browser.get("/").await.text();
            assert!(!page.contains("需要重新确认") && !page.contains("版将从"), "nobody is asked again, or without need");
        }
    }

    async fn the_demo_is_touched_and_its_fresh_account_is_not(world) {
        let mut full = world.demo().await;
        full.get("/").await.expect_text("你同意过的 1 项需要重新确认");
        let mut fresh = world.browser();
        let fields = [("phone", "13800138002"), ("by", "password"), ("password", DEMO_PASSWORD)];
        fresh.post("/signin", &fields).await.expect_status(303);
        assert!(!fresh.get("/").await.text().contains("需要重新确认"));
        full.post("/settings/policy/update", &[("purpose", "personalised_ads"), ("granted", "true")]).await.expect_status(303);
        assert!(!full.get("/").await.text().contains("需要重新确认"));
        full.get("/settings/privacy/consents").await.expect_text("第 2.0 版");
    }

    async fn two_versions_differ_sentence_by_sentence(world) {
        let mut visitor = world.browser();
        let page = visitor.get("/settings/policy/changes").await.expect_status(200);
        let page = page.expect_text("<ins>打开后，会参考你的浏览、搜索、收藏和加购来挑选广告。</ins>");
        assert!(!page.text().contains("人脸识别："), "what stayed is left out");
        visitor.get("/settings/policy?version=1.0").await.expect_text("现在已不是最新版本");
        visitor.get("/settings/policy/changes?version=1.0").await.expect_text("没有更早的可以比较");
    }

    async fn a_version_that_is_not_there_is_not_there(world) {
        let mut visitor = world.browser();
        visitor.get("/settings/policy?version=1.0").await.expect_status(200).expect_text("第 1.0 版");
        for path in ["/settings/policy?version=0.9", "/settings/policy/changes?version=0.9"] {
            visitor.get(path).await.expect_status(404);
        }
        visitor.get("/settings/policy/versions").await.expect_status(200).expect_text("现行");
        visitor.get("/settings/policy?q=%3Cb%3E").await.expect_status(200).expect_text("找到 0 条");
    }
}
