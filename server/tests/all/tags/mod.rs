//! 我的标签: each tag with its reasons; deleted and paused.

mod aimed;
mod erased;
mod story;
mod why;

use std::collections::BTreeSet;

use app::consents::Purpose;
use app::records::model::Content;
use app::tags::model::{NOTE, SOURCES};
use server::ledger::Event;
use server::records::{Filter, Kept, NewRecord, Refused, Writer, Written, import, page, totals};
use server::storage::sql;
use server::tags;
use server::vault::{Place as Sealed, VaultError};
use server::web::Caller;
use uuid::Uuid;

use crate::support::{Browser, World};

const PHONE: &str = "13900000041";
const TAGS: &str = "/settings/advertising/tags";
const WHY: &str = "/settings/advertising/why";
const ADVERTISING: &str = "/settings/advertising";

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

async fn page_of(world: &World, caller: &Caller, filter: &Filter) -> Vec<Kept> {
    page(&world.centre, caller, filter, 100, false).await.unwrap().records
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
}
