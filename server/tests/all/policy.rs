//! 隐私政策: each clause names its control, its kinds of data and its browser test; what stands beside it is live.

use std::fs;
use std::path::Path;

use server::catalogue::Catalogue;
use server::check;
use server::ledger::Event;

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
