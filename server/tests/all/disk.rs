//! A disk that takes nothing: a fault ends with its cause, and meanwhile pages can be read and say why nothing can be changed.

use server::replay;
use server::storage::sql;

use crate::support::{
    Browser, Client, Databases, Engine, Running, World, generous, make_full, make_room, until, wedge,
};

const PHONE: &str = "13900000071";
const ADDRESSES: &str = "/settings/profile/addresses";
const DEMO: (&str, &str) = ("13800138001", server::seed::PASSWORD);

async fn move_to(browser: &mut Browser, street: &str) -> u16 {
    let address =
        [("consignee", "王小明"), ("phone", PHONE), ("province", "四川省"), ("city", "成都市"), ("street", street)];
    browser.post(&format!("{ADDRESSES}/new"), &address).await.status.as_u16()
}

/// Changes something until the disk is full. The pages that are there have room for a few changes.
async fn fill(browser: &mut Browser) {
    for n in 0..500 {
        let yes = [("purpose", "location"), ("granted", if n % 2 == 0 { "true" } else { "false" })];
        match browser.post("/settings/privacy/permissions", &yes).await.status.as_u16() {
            303 => {}
            500 => return,
            other => panic!("{other}"),
        }
    }
    panic!("the disk is not full");
}

async fn a_full_disk_ends_with_its_cause_in(world: &World) {
    let mut browser = world.newcomer(PHONE).await;
    make_full(&world.centre.data).await;
    fill(&mut browser).await;

    let refused = browser.post(&format!("{ADDRESSES}/new"), &[("consignee", "王小明")]).await;
    refused.expect_status(503).expect_text("暂时只能查看，不能修改").expect_text("没有保存");
    browser.get(ADDRESSES).await.expect_status(200);
    browser.get("/readyz").await.expect_status(503).expect_text("can't be written");
    browser.headers.push(("accept", "application/json".into()));
    let json = browser.post(&format!("{ADDRESSES}/new"), &[("consignee", "王小明")]).await.expect_status(503).text();
    assert!(json.contains("\"ok\":false") && json.contains("没有保存"), "{json}");
    browser.headers.clear();
    // Another program is answered in its own words, and what saves nothing goes on.
    let mut service = world.browser();
    service.origin = None;
    let answer = service.post("/host/messages", &[]).await.expect_status(503);
    assert_eq!(answer.headers["content-type"], "application/json");
    browser.post("/verify", &[]).await.expect_status(422);

    make_room(&world.centre.data).await;
    until("it is saved again", async || move_to(&mut browser, "锦绣街8号").await == 303).await;
    let (saved,) = sql("SELECT COUNT(*) FROM address").fetch_one::<(i64,)>(&world.centre.data).await.unwrap();
    assert_eq!(saved, 1);
    browser.get("/readyz").await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_ends_with_its_cause() {
    World::run(Engine::Sqlite, &generous(), async |world| a_full_disk_ends_with_its_cause_in(world).await).await;
}

/// What the key store knows of what was taken back.
async fn known(world: &World) -> i64 {
    sql("SELECT COUNT(*) FROM replay_log").fetch_one::<(i64,)>(&world.keys).await.unwrap().0
}

async fn give_and_take_back(browser: &mut Browser) {
    for granted in ["true", "false"] {
        let decision = [("purpose", "location"), ("granted", granted)];
        browser.post("/settings/privacy/permissions", &decision).await.expect_status(303);
    }
}

async fn a_withdrawal_is_saved_while_the_key_store_is_full_in(world: &World) {
    let mut browser = world.newcomer(PHONE).await;
    give_and_take_back(&mut browser).await;
    make_full(&world.keys).await;
    let mut withdrawn = 1;
    while known(world).await == withdrawn {
        assert!(withdrawn < 200, "the key store is not full");
        give_and_take_back(&mut browser).await;
        withdrawn += 1;
    }
    let page = browser.get("/settings/privacy/permissions").await.expect_status(200).text();
    assert!(!page.contains("aria-checked=\"true\""), "it reads as taken back");
    browser.get("/readyz").await.expect_status(503).expect_text("the key store can't be written");

    make_room(&world.keys).await;
    until("the schedule has copied it", async || replay::settle(&world.centre).await.is_ok()).await;
    assert_eq!(known(world).await, withdrawn);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_withdrawal_is_saved_while_the_key_store_is_full() {
    let story = async |world: &World| a_withdrawal_is_saved_while_the_key_store_is_full_in(world).await;
    World::run(Engine::Sqlite, &generous(), story).await;
}

/// After a stop nothing stands beside the files, after a kill their logs do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_on_a_full_disk_serves_pages_and_says_why_nothing_can_be_changed() {
    let folder = tempfile::tempdir().unwrap();
    let databases = Databases::fresh(Engine::Sqlite, folder.path()).await.unwrap();
    let log = folder.path().join("server.log");
    for is_killed in [false, true] {
        let running = Running::start(&databases, &log);
        let mut client = Client::new(&running.url);
        client.sign_in(DEMO.0, DEMO.1).await;
        if is_killed {
            running.kill()
        } else {
            running.stop()
        }

        let running = Running::start_on_a_full_disk(&databases, &log);
        let mut client = client.at(&running.url);
        let page = client.get("/settings/profile").await.unwrap();
        assert_eq!(page.status, 200, "killed: {is_killed}, {}", page.text);
        let fields = [("purpose", "location"), ("granted", "true")];
        let refused = client.post("/settings/privacy/permissions", &fields).await.unwrap();
        assert_eq!(refused.status, 503, "killed: {is_killed}, {}", refused.text);
        assert!(refused.text.contains("暂时只能查看，不能修改"), "{}", refused.text);
        assert_eq!(client.get("/readyz").await.unwrap().status, 503);

        running.make_room();
        until("it is ready", async || client.get("/readyz").await.is_some_and(|ready| ready.status == 200)).await;
        let saved = client.post("/settings/privacy/permissions", &fields).await.unwrap();
        assert_eq!(saved.status, 303, "{}", saved.text);
        drop(running);
    }
}

/// Why connections are looked at when they come back (`storage/pools.rs`): when this fails, sqlx does it by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bare_pool_lends_a_writer_that_is_still_inside_a_transaction() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bare.db");
    assert_eq!(wedge(&path).await, Some("attempted to call begin_with at non-zero transaction depth".to_owned()));
}
