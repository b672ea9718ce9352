//! 隐私政策: each clause names its control, its kinds of data and its browser test; what stands beside it is live.

use std::fs;
use std::path::Path;

use app::consents::Purpose;
use app::time::DAY;
use server::catalogue::{Catalogue, Fact};
use server::check;
use server::consents::store::standing;
use server::ledger::Event;
use server::seed::PASSWORD as DEMO_PASSWORD;
use server::web::build_router;

use crate::support::{Browser, Published, midnight, own_catalogue};

/// Every clause's browser test is there, and every spec about a right shows a clause.
#[test]
fn every_clause_names_a_browser_test_that_exists() {
    let catalogue = Catalogue::load(None).unwrap();
    let table = check::clauses(&catalogue);
    println!("clause\tcontrol\tfields\ttest\n{}", table.join("\n"));
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
    let general = ["notices", "pages", "problems", "settings", "trackers"];
    for entry in fs::read_dir(specs).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let file = name.trim_end_matches(".spec.ts");
        assert!(general.contains(&file) || shown.iter().any(|one| one == file), "{name} shows no clause");
    }
}

/// What a switch can contradict is said with its condition: nobody reads "never" while they have said yes.
#[test]
fn a_sentence_that_a_decision_can_contradict_names_its_condition() {
    let catalogue = Catalogue::load(None).unwrap();
    let newest = catalogue.policy().versions().last().unwrap();
    let mut told = 0;
    for clause in newest.summary.iter().chain(newest.clauses()).chain(&newest.children) {
        let holds = |words: &[&str]| words.iter().any(|word| clause.text.contains(word));
        if holds(&["境外", "合作方", "接收方"])
            && holds(&["不向", "不会向", "只收到", "我们只在", "才交给", "才会交给"])
        {
            assert!(holds(&["单独同意"]), "{}: {}", clause.id, clause.text);
            told += 1;
        }
    }
    assert!(told >= 4, "only {told}");
}

on_both_engines! {
    async fn the_summary_is_true_while_something_goes_abroad(world) {
        let newest = world.centre.catalogue.policy().versions().last().unwrap();
        world.pass(newest.in_force.0 - world.centre.now().0);
        let mut browser = world.newcomer("13911110021").await;
        let yes = [("purpose", "cross_border:direct_mail_japan"), ("granted", "true")];
        browser.post("/settings/privacy/abroad", &yes).await.expect_status(303);
        let page = browser.get("/settings/policy").await.expect_text("提供到境外，都要你对那一家单独同意");
        assert!(!page.text().contains("不向境外提供"));
    }

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
        // A group of cookies is decided where a visitor may decide it, too; without script the way leads back to the clause.
        let analytics = [("purpose", "cookies_analytics"), ("granted", "true")];
        browser.post("/settings/policy", &analytics).await.expect_status(404);
        browser.post("/settings/policy/cookies", &[("purpose", "location"), ("granted", "false")]).await.expect_status(404);
        for mut browser in [browser, world.browser()] {
            let done = browser.post("/settings/policy/cookies", &analytics).await.expect_status(303);
            assert_eq!(done.location(), Some("/settings/policy#c-cookies"));
            let page = browser.get("/settings/policy").await.expect_text("分析：已开启");
            assert!(state(&page.text(), "分析 Cookie") && !state(&page.text(), "广告 Cookie"));
        }
    }

    async fn every_control_of_every_clause_is_there_inside_its_clause(world) {
        let mut browser = world.demo().await;
        let catalogue = &world.centre.catalogue;
        let version = catalogue.policy().in_force(world.centre.now());
        let text = browser.get("/settings/policy").await.expect_status(200).text();
        let children = browser.get("/settings/policy/children").await.expect_status(200).text();
        let clauses = version.clauses().map(|clause| (&text, clause));
        let subjects = catalogue.all_shown().filter_map(|shown| shown.text.lines().next()?.split_once(' '));
        let decided_about: Vec<(Purpose, &str)> = subjects.map(|(purpose, about)| (purpose.parse().unwrap(), about)).collect();
        let mut there = 0;
        for (page, clause) in clauses.chain(version.children.iter().map(|clause| (&children, clause))) {
            let (_, rest) = page.split_once(&format!("id=\"c-{}\"", clause.id)).unwrap();
            let inside = rest.split("<div id=\"c-").next().unwrap().split("</article>").next().unwrap();
            let control = catalogue.policy().control(&clause.id).unwrap();
            let (single, whole): (Vec<_>, Vec<_>) = control.switches.iter().partition(|purpose| purpose.is_per_recipient());
            for (purpose, about) in decided_about.iter().filter(|(purpose, _)| single.contains(&purpose)) {
                let label = &catalogue.words_about(*purpose, about).unwrap().label;
                assert!(inside.contains(&format!("<span class=\"cell-label\">{label}</span>")), "{}: {label}", clause.id);
            }
            for purpose in whole {
                let label = purpose.full_label(catalogue.words(*purpose));
                let form = format!("name=\"purpose\" value=\"{}\"", purpose.id());
                assert!(inside.contains(&form) && inside.contains(&format!("aria-label=\"{label}\"")), "{}: {label}", clause.id);
                assert_eq!(text.matches(&form).count(), 1, "{label} is decided in one place of the page");
            }
            for place in &control.places {
                assert!(inside.contains(&format!("href=\"{}\"", place.path())), "{}: {}", clause.id, place.label());
            }
            if control.fact == Some(Fact::Recipients) {
                for recipient in catalogue.data().all_recipients() {
                    assert!(inside.contains(&recipient.name), "{}: {}", clause.id, recipient.name);
                }
            }
            let nothing = !inside.contains("<form") && !inside.contains("<a ");
            assert!(nothing || control.none.is_none(), "{}: something stands beside it, against its entry", clause.id);
            there += control.switches.len() + control.places.len();
        }
        assert!(there > 60, "only {there} controls");
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

    async fn an_announced_version_is_told_beforehand_and_a_refusal_switches_off_what_it_concerns_alone(world) {
        const VERSIONS: [Published; 4] = [
            ("1.0", "2026-02-01", "2026-03-01", &[]),
            ("2.0", "2026-10-15", "2026-11-15", &[]),
            ("3.0", "2026-12-01", "2027-01-01", &[Purpose::Location, Purpose::Camera]),
            ("4.0", "2027-02-01", "2027-03-01", &[]),
        ];
        let folder = tempfile::tempdir().unwrap();
        let centre = world.with_catalogue(own_catalogue(folder.path(), &VERSIONS, "")).await;
        let router = build_router(&centre);
        let (mut touched, mut refuser, mut other) = (world.newcomer("13911110021").await, world.newcomer("13911110022").await, world.newcomer("13911110023").await);
        for browser in [&mut touched, &mut refuser, &mut other] {
            browser.router = router.clone();
            browser.post("/settings/privacy/permissions", &[("purpose", "album"), ("granted", "true")]).await.expect_status(303);
        }
        for browser in [&mut touched, &mut refuser] {
            browser.post("/settings/privacy/permissions", &[("purpose", "location"), ("granted", "true")]).await.expect_status(303);
        }
        let asked = async |browser: &mut Browser| {
            let page = browser.get("/settings/policy/update").await.expect_status(200).text();
            Purpose::ALL.iter().filter(|purpose| page.contains(&format!("name=\"purpose\" value=\"{}\"", purpose.id()))).copied().collect::<Vec<_>>()
        };
        let mut visitor = world.browser();
        visitor.router = router.clone();
        // Not yet made known: nobody hears of it, and its text is not there.
        for path in ["/", "/settings/policy"] {
            assert!(!touched.get(path).await.expect_status(200).text().contains("第 3.0 版"), "{path}");
        }
        visitor.get("/settings/policy?version=3.0").await.expect_status(404);
        // Made known: everybody is told, nobody is asked, all goes on.
        world.pass(midnight("2026-12-15").0 - world.centre.now().0);
        for browser in [&mut touched, &mut refuser, &mut other] {
            browser.get("/").await.expect_text("隐私政策第 3.0 版将从2027年1月1日起施行");
            browser.get("/settings/policy").await.expect_text("第 3.0 版将从 2027年1月1日 起施行").expect_text("第 2.0 版 ·");
            assert_eq!(asked(browser).await, []);
        }
        visitor.get("/settings/policy").await.expect_text("第 3.0 版将从");
        visitor.get("/settings/policy?version=3.0").await.expect_status(200).expect_text("尚未施行");
        visitor.get("/settings/policy/versions").await.expect_text("即将施行");
        let allowed = async |browser: &Browser| {
            let standing = standing(&centre.data, &centre, world.caller(browser).await.person).await.unwrap();
            [Purpose::Location, Purpose::Album].map(|purpose| standing.allows(purpose))
        };
        assert_eq!(allowed(&touched).await, [true, true]);
        // In force: asked once, and about nothing that one has not agreed to.
        world.pass(midnight("2027-01-02").0 - world.centre.now().0);
        assert_eq!((allowed(&touched).await, allowed(&other).await), ([false, true], [false, true]));
        for (browser, about) in [(&mut touched, vec![Purpose::Location]), (&mut refuser, vec![Purpose::Location]), (&mut other, vec![])] {
            assert_eq!(asked(browser).await, about);
            assert!(!browser.get("/").await.text().contains("版将从"), "it is not announced any more");
        }
        touched.post("/settings/policy/update", &[("purpose", "location"), ("granted", "true")]).await.expect_status(303);
        refuser.post("/settings/policy/update", &[("purpose", "location"), ("granted", "false")]).await.expect_status(303);
        assert_eq!((allowed(&touched).await, allowed(&refuser).await), ([true, true], [false, true]));
        for path in ["/", "/settings", "/settings/privacy/permissions", "/settings/profile", "/settings/data"] {
            refuser.get(path).await.expect_status(200);
        }
        // An editorial version is told, too, and asks nobody, neither before nor after.
        for day in ["2027-01-20", "2027-02-10", "2027-03-02"] {
            world.pass(midnight(day).0 - world.centre.now().0);
            for browser in [&mut touched, &mut refuser, &mut other] {
                assert_eq!(asked(browser).await, [], "{day}");
                let page = browser.get("/").await.expect_status(200).text();
                assert!(!page.contains("需要重新确认"));
                assert_eq!(page.contains("第 4.0 版将从"), day == "2027-02-10", "{day}");
            }
            assert_eq!((allowed(&touched).await, allowed(&refuser).await), ([true, true], [false, true]));
        }
        touched.get("/settings/policy").await.expect_text("第 4.0 版 ·");
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
