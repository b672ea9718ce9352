//! 我的标签, 为什么看到这些, 人工复核: each tag with its reasons; deleted, paused, erased with 个性化推荐; what was picked is explained
//! and reviewed by a human.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use app::consents::{Decision, Purpose};
use app::records::model::Content;
use app::records::rules::Scope;
use app::requests::model::{Ground, Kind};
use app::tags::model::{NOTE, SOURCES};
use app::tags::rules::use_of;
use app::time::{DAY, HOUR, Moment};
use axum::http::Method;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use server::catalogue::Catalogue;
use server::consents::store::{self as consents, By, Made};
use server::ledger::Event;
use server::records::{Filter, NewRecord, Refused, Writer, Written, erase, import, page, totals};
use server::requests::officer::{self, NotAnswered};
use server::requests::store::Verdict;
use server::storage::sql;
use server::tags;
use server::vault::{Place as Sealed, VaultError};
use server::web::{Caller, build_router};
use uuid::Uuid;

use crate::support::{Browser, HOST_TOKEN, World, with_services};

const PHONE: &str = "13900000041";
const TAGS: &str = "/settings/advertising/tags";
const WHY: &str = "/settings/advertising/why";
const ADVERTISING: &str = "/settings/advertising";
const NEW: &str = "/settings/privacy/requests/new";

/// The host sends a tag or an audience.
async fn send(world: &World, person: Uuid, host_id: &str, field: &str, name: &str) -> Result<Written, Refused> {
    let centre = &world.centre;
    let field = centre.catalogue.data().field(field).unwrap();
    let details = vec![
        (SOURCES.to_owned(), "浏览记录、search_query、直播互动".to_owned()),
        (NOTE.to_owned(), "常看咖啡".to_owned()),
    ];
    let record = NewRecord {
        host_id: host_id.to_owned(),
        person,
        field,
        at: centre.now(),
        source: field.source,
        basis: field.usual_basis().unwrap(),
        content: Content { value: name.to_owned(), details },
    };
    let mut writer = Writer::new(&centre.data, &centre.vault, &centre.catalogue);
    writer.write(&[record], centre.now()).await.unwrap().remove(0)
}

async fn switch(browser: &mut Browser, path: &str, purpose: &str, granted: bool) {
    let granted = granted.to_string();
    browser.post(path, &[("purpose", purpose), ("granted", &granted)]).await.expect_status(303);
}

/// Somebody new with 个性化推荐 on.
async fn willing(world: &World) -> (Browser, Caller) {
    let mut browser = world.newcomer(PHONE).await;
    switch(&mut browser, ADVERTISING, "personalised_recommendation", true).await;
    let caller = world.caller(&browser).await;
    (browser, caller)
}

async fn held(world: &World, person: Uuid) -> (usize, usize) {
    tags::counts(&totals(&world.centre.data, person).await.unwrap())
}

/// Every sealed record that goes with 个性化推荐: id and sealed content.
async fn sealed(world: &World, person: Uuid) -> Vec<(String, Vec<u8>)> {
    sql("SELECT id, content FROM record WHERE person_id = $1 \
         AND field IN ('preference_tag', 'audience_profile', 'shown_item')")
    .bind(person)
    .fetch_all(&world.centre.data)
    .await
    .unwrap()
}

async fn assert_unreadable(world: &World, person: Uuid, before: &[(String, Vec<u8>)]) {
    let ring = world.centre.vault.record_ring(person).await.unwrap();
    for (id, content) in before {
        let opened = ring.open(Sealed { table: "record", column: "content", row: id }, content).await;
        assert!(matches!(opened, Err(VaultError::Erased)), "{opened:?}");
    }
}

/// The id of the record behind the first link to one on a page.
fn first_id(text: &str, before: &str) -> String {
    let rest = text.split(before).nth(1).unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.chars().take(36).collect()
}

on_both_engines! {
    async fn each_tag_is_told_with_its_reasons_since_when_and_until_when(world) {
        let (mut browser, caller) = willing(world).await;
        browser.get(TAGS).await.expect_status(200).expect_text("还没有标签");
        assert_eq!(send(world, caller.person, "1", "preference_tag", "咖啡茶饮").await, Ok(Written::New));
        assert_eq!(send(world, caller.person, "2", "audience_profile", "周末活跃").await, Ok(Written::New));
        let page = browser.get(TAGS).await.expect_text("偏好特征标签（1 个）").expect_text("间接人群画像（1 个）");
        let page = page.expect_text("咖啡茶饮").expect_text("常看咖啡").expect_text("2026年11月23日").expect_text("2027年5月22日自动删除");
        // Kinds of the catalogue lead to their records, whether named or by id; what it does not know is told as it came.
        let page = page.expect_text("href=\"/settings/data/records?kind=browse_log\"");
        let page = page.expect_text("href=\"/settings/data/records?kind=search_query\" class=\"chip\">搜索记录");
        assert!(page.text().contains(">直播互动</span>"));
        browser.get(ADVERTISING).await.expect_text("2 个");
        browser.get("/settings/policy").await.expect_text("2 个");
    }

    async fn a_deleted_tag_never_comes_back_and_nobody_elses_is_touched(world) {
        let (mut browser, caller) = willing(world).await;
        send(world, caller.person, "1", "preference_tag", "咖啡茶饮").await.unwrap();
        send(world, caller.person, "2", "preference_tag", "居家").await.unwrap();
        let id = Writer::new(&world.centre.data, &world.centre.vault, &world.centre.catalogue).record_id(caller.person, "1");
        let path = |id: &str| format!("{TAGS}/{id}/erase");
        let mut other = world.newcomer("13900000042").await;
        other.post(&path(&id.to_string()), &[]).await.expect_status(404);
        assert_eq!(held(world, caller.person).await.0, 2);
        let done = browser.post(&path(&id.to_string()), &[]).await.expect_status(303);
        assert_eq!(done.location(), Some(TAGS));
        let page = browser.get(TAGS).await.expect_text("已删除“咖啡茶饮”").text();
        assert!(page.contains("居家") && !page.contains("<h3 class=\"cell-label\">咖啡茶饮"));
        browser.post(&path(&id.to_string()), &[]).await.expect_status(404);
        assert_eq!(send(world, caller.person, "1", "preference_tag", "咖啡茶饮").await, Err(Refused::Erased));
        assert!(world.events(&browser).await.contains(&Event::RecordErased { field: "preference_tag".into(), restricted: false }));
        // Only tags are deleted here.
        let mut demo = world.demo().await;
        let text = demo.get("/settings/data/records?kind=favorite").await.text();
        let favorite = first_id(&text, "href=\"/settings/data/records/");
        demo.post(&path(&favorite), &[]).await.expect_status(404);
    }

    async fn all_go_at_once_after_being_told_what_goes(world) {
        let mut browser = world.demo().await;
        let caller = world.caller(&browser).await;
        let before = sealed(world, caller.person).await;
        assert_eq!(held(world, caller.person).await, (8, 24));
        let page = browser.get("/settings/data/erase?scope=tags").await.expect_status(200);
        page.expect_text("删除全部标签和画像").expect_text("偏好特征标签（6 条）").expect_text("间接人群画像（2 条）").expect_text(&format!("href=\"{TAGS}\""));
        assert_eq!(held(world, caller.person).await.0, 8, "nothing is gone by looking");
        let done = browser.post("/settings/data/erase", &[("scope", "tags")]).await.expect_status(303);
        assert_eq!(done.location(), Some(TAGS));
        browser.get(TAGS).await.expect_text("还没有标签");
        assert_eq!(held(world, caller.person).await, (0, 24), "what was shown is another kind");
        let shown: BTreeSet<_> = sealed(world, caller.person).await.into_iter().map(|(id, _)| id).collect();
        let gone: Vec<_> = before.into_iter().filter(|(id, _)| !shown.contains(id)).collect();
        assert_eq!(gone.len(), 8);
        assert_unreadable(world, caller.person, &gone).await;
        let erased = Event::DataErased { scope: "tags".into(), erased: 8, restricted: 0 };
        assert!(world.events(&browser).await.contains(&erased));
        browser.get("/settings/privacy/requests").await.expect_text("删除：全部标签和画像");
    }

    async fn while_paused_none_is_added_and_those_that_are_there_stay_unused(world) {
        let (mut browser, caller) = willing(world).await;
        send(world, caller.person, "1", "preference_tag", "居家").await.unwrap();
        switch(&mut browser, TAGS, "tags_paused", true).await;
        browser.get(TAGS).await.expect_text("已暂停").expect_text("居家");
        browser.get(ADVERTISING).await.expect_text("1 个，已暂停");
        for (id, field) in [("2", "preference_tag"), ("3", "audience_profile")] {
            assert_eq!(send(world, caller.person, id, field, "数码").await, Err(Refused::Paused));
        }
        // The real file of a host is told why, line by line; everything else of it is taken.
        let line = |id: &str, field: &str| {
            format!(r#"{{"id":"{id}","phone":"{PHONE}","field":"{field}","at":"{}","value":"数码"}}"#, world.centre.now().iso())
        };
        let lines = [line("4", "preference_tag"), line("5", "browse_log")].join("\n");
        let (mut apart, centre) = (Vec::new(), &world.centre);
        let of = (&centre.data, &centre.vault, &centre.catalogue);
        let report = import::import(of, lines.as_bytes(), &mut apart, |_| (), centre.now()).await.unwrap();
        assert_eq!((report.written, report.refused.get(&Refused::Paused)), (1, Some(&1)));
        assert!(String::from_utf8(apart).unwrap().contains(Refused::Paused.reason()));
        let decided = world.events(&browser).await.into_iter().any(|event| {
            matches!(event, Event::Decided { purpose: Purpose::TagsPaused, granted: true, surface, .. } if surface == TAGS)
        });
        assert!(decided, "a pause is a decision with its event");
        // It is decided where its words are, and beside its clause.
        browser.post(ADVERTISING, &[("purpose", "tags_paused"), ("granted", "false")]).await.expect_status(404);
        switch(&mut browser, "/settings/policy", "tags_paused", false).await;
        assert_eq!(send(world, caller.person, "2", "preference_tag", "数码").await, Ok(Written::New));
    }

    async fn switching_recommendation_off_erases_tags_audiences_and_what_was_picked_wherever_it_is_done(world) {
        let ways = [
            ("advertising", ADVERTISING),
            ("consents", "/settings/privacy/consents/withdraw"),
            ("policy", "/settings/policy"),
        ];
        for (n, (way, path)) in ways.into_iter().enumerate() {
            let mut browser = world.newcomer(&format!("1390000005{n}")).await;
            switch(&mut browser, ADVERTISING, "personalised_recommendation", true).await;
            let person = world.caller(&browser).await.person;
            for (id, field) in [("1", "preference_tag"), ("2", "audience_profile"), ("3", "shown_item")] {
                send(world, person, id, field, "居家").await.unwrap();
            }
            let before = sealed(world, person).await;
            assert_eq!(before.len(), 3);
            switch(&mut browser, path, "personalised_recommendation", false).await;
            assert_eq!(held(world, person).await, (0, 0), "{way}");
            assert_eq!(sealed(world, person).await, [], "{way}");
            assert_unreadable(world, person, &before).await;
            let page = browser.get(TAGS).await.expect_text("已关闭，标签已删除").text();
            assert!(!page.contains("居家"), "{way}");
            browser.get(WHY).await.expect_text("推荐不按你的特征挑选");
            browser.get(ADVERTISING).await.expect_text("已删除");
            assert_eq!(send(world, person, "4", "preference_tag", "数码").await, Err(Refused::NoConsent));
            let erased = Event::DataErased { scope: "withdrawal:personalised_recommendation".into(), erased: 3, restricted: 0 };
            assert!(world.events(&browser).await.contains(&erased), "{way}");
        }
    }

    async fn refusing_a_changed_policy_erases_them_too_and_until_then_they_are_not_used(world) {
        let folder = tempfile::tempdir().unwrap();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogue/policy"), &folder.path().join("policy"));
        let second = folder.path().join("policy/2.0/policy.md");
        let text = fs::read_to_string(&second).unwrap();
        let change = "purposes = [\"personalised_ads\"]";
        assert!(text.contains(change));
        fs::write(&second, text.replace(change, "purposes = [\"personalised_recommendation\", \"tags_paused\"]")).unwrap();
        let centre = world.with_catalogue(Catalogue::load(Some(folder.path())).unwrap()).await;
        let in_force = centre.catalogue.policy().versions().last().unwrap().in_force;
        world.pass(in_force.0 - world.centre.now().0 - DAY);
        let (mut browser, caller) = willing(world).await;
        switch(&mut browser, TAGS, "tags_paused", true).await;
        switch(&mut browser, TAGS, "tags_paused", false).await;
        send(world, caller.person, "1", "preference_tag", "居家").await.unwrap();
        switch(&mut browser, TAGS, "tags_paused", true).await;
        world.pass(2 * DAY);
        browser.router = build_router(&centre);
        browser.get(TAGS).await.expect_text("已暂停，等你重新确认").expect_text("居家");
        let standing = consents::standing(&centre.data, &centre, caller.person).await.unwrap();
        assert!(standing.allows(Purpose::TagsPaused), "a change of the policy never lifts what protects");
        assert!(!tags::may_aim(&centre, caller.person).await.unwrap().search);
        switch(&mut browser, "/settings/policy/update", "personalised_recommendation", false).await;
        browser.get(TAGS).await.expect_text("已关闭，标签已删除");
        assert_eq!(held(world, caller.person).await.0, 0);
        centre.data.close().await;
    }

    async fn a_crash_between_leaves_either_all_or_nothing_readable(world) {
        let (mut browser, caller) = willing(world).await;
        let centre = &world.centre;
        send(world, caller.person, "1", "preference_tag", "居家").await.unwrap();
        let before = sealed(world, caller.person).await;
        let no = Decision { purpose: Purpose::PersonalisedRecommendation, granted: false };
        let withdraw = async |commit: bool| {
            let mut tx = centre.data.begin().await.unwrap();
            erase::hold_writers(&mut tx, centre, &[no]).await.unwrap();
            consents::record(&mut tx, centre, &caller, Made::of(no, ADVERTISING, By::Person), centre.now()).await.unwrap();
            assert!(erase::erase_with_withdrawal(&mut tx, centre, &caller, &[no.purpose], centre.now()).await.unwrap());
            if commit {
                tx.commit().await.unwrap();
            }
        };
        // Killed before the commit: nothing was decided, and nothing is gone.
        withdraw(false).await;
        browser.get(TAGS).await.expect_text("居家");
        // Killed after it, before the keys were destroyed: nothing is there, and the next start ends what was begun.
        withdraw(true).await;
        let page = browser.get(TAGS).await.expect_text("已关闭，标签已删除");
        assert!(!page.text().contains("居家"));
        assert_eq!(sealed(world, caller.person).await, []);
        let all = Filter::default();
        assert!(page_of(world, &caller, &all).await.is_empty());
        erase::finish(centre).await.unwrap();
        assert_unreadable(world, caller.person, &before).await;
    }

    async fn a_tag_that_is_on_its_way_does_not_arrive_after_a_no(world) {
        let (mut browser, caller) = willing(world).await;
        let centre = &world.centre;
        for round in 0..6 {
            world.pass(HOUR);
            let name = |n: i32| format!("{round}-{n}");
            let (pauses, decision) = match round % 2 {
                0 => (true, Decision { purpose: Purpose::TagsPaused, granted: true }),
                _ => (false, Decision { purpose: Purpose::PersonalisedRecommendation, granted: false }),
            };
            let host = async {
                for n in 0..12 {
                    let sent = send(world, caller.person, &name(n), "preference_tag", &name(n)).await;
                    assert!(matches!(sent, Ok(_) | Err(Refused::Paused | Refused::NoConsent)), "{sent:?}");
                }
            };
            let person = async {
                consents::decide(centre, &caller, decision, TAGS, false, centre.now()).await.unwrap().unwrap();
                held(world, caller.person).await.0
            };
            let ((), then) = tokio::join!(host, person);
            let now = held(world, caller.person).await.0;
            assert_eq!(now, if pauses { then } else { 0 }, "round {round}");
            switch(&mut browser, TAGS, "tags_paused", false).await;
            switch(&mut browser, ADVERTISING, "personalised_recommendation", true).await;
        }
    }

    async fn search_is_aimed_only_with_a_yes_and_without_an_objection(world) {
        let mut browser = world.newcomer(PHONE).await;
        let person = world.caller(&browser).await.person;
        let aimed = async || tags::may_aim(&world.centre, person).await.unwrap().search;
        assert!(!aimed().await && !tags::may_aim(&world.centre, Uuid::nil()).await.unwrap().search);
        browser.get(ADVERTISING).await.expect_text("现在：搜索结果不参考你的个人特征");
        switch(&mut browser, ADVERTISING, "personalised_recommendation", true).await;
        assert!(aimed().await);
        browser.get(ADVERTISING).await.expect_text("现在：搜索结果可能参考你的个人特征");
        switch(&mut browser, ADVERTISING, "unaimed_search", true).await;
        assert!(!aimed().await);
        switch(&mut browser, ADVERTISING, "unaimed_search", false).await;
        assert!(aimed().await);
        // What can't be read is no yes: the host gets a fault.
        let mut tx = world.centre.data.begin().await.unwrap();
        sql("UPDATE decision SET purpose = 'unknown' WHERE purpose = 'unaimed_search'").execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        assert!(tags::may_aim(&world.centre, person).await.is_err());
    }

    async fn what_was_picked_is_explained_page_by_page_and_leads_to_what_is_behind_it(world) {
        let mut browser = world.demo().await;
        let first = browser.get(WHY).await.expect_status(200).expect_text("程序按你的标签“").expect_text("参考了你的");
        let text = first.text();
        assert_eq!(text.matches("<article").count(), 20);
        let tags = browser.get(TAGS).await.text();
        let anchor = first_id(&text, "/settings/advertising/tags#t-");
        assert!(tags.contains(&format!("id=\"t-{anchor}\"")), "the tag behind it is there to be deleted");
        let next = text.split("href=\"/settings/advertising/why?after=").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let rest = browser.get(&format!("{WHY}?after={next}")).await.expect_status(200).text();
        assert_eq!(rest.matches("<article").count(), 4);
        browser.get(&format!("{WHY}?after=nonsense")).await.expect_status(200);
        // Its times fall.
        let times: Vec<_> = text.split("<time datetime=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect();
        assert!(times.is_sorted_by(|a, b| a >= b));
    }

    async fn a_review_is_about_that_decision_and_answered_by_a_human_with_a_name(world) {
        let mut browser = world.demo().await;
        let caller = world.caller(&browser).await;
        let text = browser.get(WHY).await.text();
        let id = first_id(&text, "about=record:shown_item:");
        let about = format!("record:shown_item:{id}");
        let decided = server::records::one(&world.centre, &caller, Uuid::parse_str(&id).unwrap()).await.unwrap().unwrap();
        browser.get(&format!("{NEW}?kind=review&about={about}")).await.expect_text("要复核的决定").expect_text(&decided.content.value);
        // What was decided is the centre's to say.
        let fields = [("kind", "review"), ("about", about.as_str()), ("value", "我编的"), ("text", "我不是这样的人")];
        let path = browser.post(NEW, &fields).await.expect_status(303).location().unwrap().to_owned();
        browser.get("/settings/privacy/requests").await.expect_text("人工复核：一条推荐和广告展示");
        browser.get(&path).await.expect_text("2026年12月14日").expect_text("复核的决定");
        // The record goes; the review goes on.
        switch(&mut browser, ADVERTISING, "personalised_recommendation", false).await;
        let waiting = officer::waiting(&world.centre).await.unwrap().into_iter().find(|w| w.kind == Kind::Review).unwrap();
        assert!(waiting.wish.value.contains(&decided.content.value) && !waiting.wish.value.contains("我编的"));
        let (centre, now) = (&world.centre, world.centre.now());
        let verdict = Verdict::Fulfilled("你说得对，已经纠正。".into());
        let nameless = [
            officer::answer(centre, &waiting.number, &verdict, now).await.unwrap(),
            officer::answer_by(centre, &waiting.number, &verdict, Some("  "), now).await.unwrap(),
            officer::answer_by(centre, &waiting.number, &Verdict::Denied(Ground::FoundRight, "没有错".into()), None, now).await.unwrap(),
        ];
        assert!(nameless.iter().all(|answered| matches!(answered, Err(NotAnswered::NoReviewer))));
        // Not even a mistake of the program ends it without a name.
        let mut tx = centre.data.begin().await.unwrap();
        assert!(sql("UPDATE request SET status = 'fulfilled' WHERE kind = 'review' AND status = 'open'").execute(&mut tx).await.is_err());
        drop(tx);
        officer::answer_by(centre, &waiting.number, &verdict, Some(" 王审核 "), now).await.unwrap().unwrap();
        browser.get(&path).await.expect_text("已完成").expect_text("复核人：王审核").expect_text("你说得对，已经纠正。");
        let (reviewer,) = sql("SELECT reviewer FROM request WHERE id = $1").bind(path.rsplit('/').next().unwrap())
            .fetch_one::<(Vec<u8>,)>(&centre.data).await.unwrap();
        assert!(memchr::memmem::find(&reviewer, "王审核".as_bytes()).is_none(), "it is sealed");
    }

    async fn a_review_can_be_asked_for_in_general_and_taken_back(world) {
        let mut browser = world.newcomer(PHONE).await;
        browser.get(NEW).await.expect_status(200);
        browser.post(NEW, &[("kind", "review"), ("text", " ")]).await.expect_status(422).expect_text("请写明哪个决定不对");
        let path = browser.post(NEW, &[("kind", "review"), ("text", "不该限制我参加活动")]).await.location().unwrap().to_owned();
        browser.get(&path).await.expect_text("不该限制我参加活动");
        browser.post(&format!("{path}/revoke"), &[]).await.expect_status(303);
        browser.get(&path).await.expect_text("已撤回");
        // About another person's decision nobody asks.
        let mut demo = world.demo().await;
        let text = demo.get(WHY).await.text();
        let about = format!("record:shown_item:{}", first_id(&text, "about=record:shown_item:"));
        browser.post(NEW, &[("kind", "review"), ("about", &about), ("text", "看看别人的")]).await.expect_status(404);
    }

    async fn after_any_deeds_no_tag_is_shown_that_was_deleted_or_is_forbidden(world) {
        let mut runner = TestRunner::deterministic();
        for round in 0..12 {
            let deeds = proptest::collection::vec(0..8_u8, 1..14).new_tree(&mut runner).unwrap().current();
            let mut browser = world.newcomer(&format!("1390000{:04}", 600 + round)).await;
            let caller = world.caller(&browser).await;
            let mut story = Story::default();
            for (step, deed) in deeds.iter().enumerate() {
                story.deed(world, &mut browser, &caller, *deed, step).await;
                let shown = shown_tags(&mut browser).await;
                assert_eq!(shown, story.there, "round {round}: {:?}", &deeds[..=step]);
            }
        }
    }
}

on_both_engines! {
    with with_services();

    async fn the_host_asks_what_may_be_aimed_and_is_told_no_unless_all_says_yes(world) {
        let (mut browser, _) = willing(world).await;
        let mut host = world.browser();
        host.origin = None;
        host.headers.push(("authorization", format!("Bearer {HOST_TOKEN}")));
        let mut ask = async |body: String| host.send(Method::POST, "/host/aim", Some("application/json"), body.into()).await;
        let about = |phone: &str| format!(r#"{{"phone":"{phone}"}}"#);
        let both = r#"{"search":true,"tags":true}"#;
        ask(about(PHONE)).await.expect_status(200).expect_text(both);
        switch(&mut browser, TAGS, "tags_paused", true).await;
        ask(about(PHONE)).await.expect_text(r#"{"search":true,"tags":false}"#);
        switch(&mut browser, ADVERTISING, "unaimed_search", true).await;
        let neither = r#"{"search":false,"tags":false}"#;
        ask(about(PHONE)).await.expect_text(neither);
        switch(&mut browser, TAGS, "tags_paused", false).await;
        switch(&mut browser, ADVERTISING, "unaimed_search", false).await;
        ask(about(PHONE)).await.expect_text(both);
        // Nobody, and what is no phone.
        ask(about("13900000049")).await.expect_text(neither);
        ask(about("nobody")).await.expect_status(400);
        ask("{}".to_owned()).await.expect_status(400);
    }
}

async fn page_of(world: &World, caller: &Caller, filter: &Filter) -> Vec<server::records::Kept> {
    page(&world.centre, caller, filter, 100, false).await.unwrap().records
}

/// What is to be there by the rules, kept apart from the program.
#[derive(Default)]
struct Story {
    allowed: bool,
    paused: bool,
    there: BTreeSet<String>,
    deleted: BTreeSet<String>,
    /// All that were sent before this came to an end with everything else.
    ended_at: Option<Moment>,
}

impl Story {
    async fn deed(&mut self, world: &World, browser: &mut Browser, caller: &Caller, deed: u8, step: usize) {
        // Deeds of one moment have no order for the host's clock.
        world.pass(HOUR);
        match deed {
            // A tag that is new, and one that comes again and again under its own id.
            0..=3 => {
                let name = if deed < 2 { format!("新标签{step}") } else { format!("老标签{deed}") };
                let sent = send(world, caller.person, &name, "preference_tag", &name).await;
                let taken = self.allowed && !self.paused && !self.deleted.contains(&name);
                assert_eq!(sent.is_ok(), taken, "{name}: {sent:?}");
                if taken {
                    self.there.insert(name);
                }
            }
            4 => {
                let Some(name) = self.there.pop_first() else { return };
                let writer = Writer::new(&world.centre.data, &world.centre.vault, &world.centre.catalogue);
                let id = writer.record_id(caller.person, &name);
                browser.post(&format!("{TAGS}/{id}/erase"), &[]).await.expect_status(303);
                self.deleted.insert(name);
            }
            5 => {
                self.paused = !self.paused;
                switch(browser, TAGS, "tags_paused", self.paused).await;
            }
            6 => {
                self.allowed = !self.allowed;
                switch(browser, ADVERTISING, "personalised_recommendation", self.allowed).await;
                if !self.allowed {
                    self.there.clear();
                    self.ended_at = Some(world.centre.now());
                }
            }
            _ => {
                erase::erase(&world.centre, caller, &Scope::Tags, world.centre.now()).await.unwrap();
                self.deleted.append(&mut self.there);
                self.ended_at = Some(world.centre.now());
            }
        }
        let standing = consents::standing(&world.centre.data, &world.centre, caller.person).await.unwrap();
        let used = use_of(&standing) == app::tags::model::Use::Used;
        assert_eq!(used, self.allowed && !self.paused);
        // Nothing that was sent before an end stands after it.
        for kept in page_of(world, caller, &Filter::default()).await {
            assert!(self.ended_at.is_none_or(|end| kept.at > end));
        }
    }
}

/// The names that 我的标签 shows.
async fn shown_tags(browser: &mut Browser) -> BTreeSet<String> {
    let text = browser.get(TAGS).await.expect_status(200).text();
    let names = text.split("<h3 class=\"cell-label\">").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned());
    names.collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
