//! A failure never reads as a "no", a default or an empty list: it gets its page with a number to quote, and nothing is
//! shown that could not be read.

use std::time::Duration;

use app::promises::{AVATAR_MAX_BYTES, PROOF_FILE_MAX_BYTES, PROOF_MAX_BYTES};
use axum::http::Method;
use server::storage::{Sql, sql};
use server::vault::Category;
use server::web::guard::Access;
use server::web::router::{PATIENCE, Route, build_router, router_of, routes};

use crate::support::{Browser, Page, World, generous};

const PHONE: &str = "13900000001";

async fn run(world: &World, statement: Sql) {
    let mut tx = world.centre.data.begin().await.unwrap();
    statement.execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
}

#[track_caller]
fn expect_fault(page: Page) {
    let page = page.expect_status(500).expect_text("服务暂时出了问题").expect_text("编号");
    assert!(!page.text().contains("role=\"switch\""), "no switch may show what could not be read");
}

async fn keys_lost(world: &World, category: &'static str) {
    let (_, keys) = world.databases.open().await;
    let mut tx = keys.begin().await.unwrap();
    let lost = sql("DELETE FROM data_key WHERE category = $1").bind(category).execute(&mut tx).await.unwrap();
    assert_eq!(lost, 1);
    tx.commit().await.unwrap();
    keys.close().await;
}

async fn with_address(world: &World) -> Browser {
    let mut browser = world.newcomer(PHONE).await;
    let address = [
        ("consignee", "王小明"),
        ("phone", PHONE),
        ("province", "四川省"),
        ("city", "成都市"),
        ("street", "锦绣街8号"),
    ];
    browser.post("/settings/profile/addresses/new", &address).await.expect_status(303);
    browser
}

on_both_engines! {
    async fn an_address_that_nobody_understands_gets_a_page_that_says_so(world) {
        let mut browser = world.proved_demo().await;
        let names = ["after", "by", "date", "kind", "next", "q", "recipient", "scope", "skip", "version"];
        let doubled = names.map(|name| format!("{name}=a&{name}=b")).join("&");
        let mut not_understood = 0;
        for route in routes().iter().filter(|route| route.method == Method::GET && !route.path.contains('{')) {
            let page = browser.get(&format!("{}?{doubled}", route.path)).await;
            if page.status == 400 {
                page.expect_text("没看懂这个地址").expect_text("</html>");
                not_understood += 1;
            }
        }
        assert_eq!(not_understood, 17);
    }

    async fn a_decision_that_cannot_be_read_is_no_no(world) {
        let mut browser = world.newcomer(PHONE).await;
        let yes = [("purpose", "location"), ("granted", "true")];
        browser.post("/settings/privacy/permissions", &yes).await.expect_status(303);
        run(world, sql("UPDATE decision SET purpose = 'something_newer'")).await;
        for path in ["/settings", "/settings/privacy", "/settings/privacy/permissions", "/settings/privacy/consents"] {
            expect_fault(browser.get(path).await);
        }
        let refused = browser.post("/settings/privacy/permissions", &yes).await;
        expect_fault(refused);
        browser.headers.push(("accept", "application/json".into()));
        let json = browser.post("/settings/privacy/permissions", &yes).await.expect_status(500).text();
        assert!(json.contains("\"ok\":false") && json.contains("不能确定是否已保存"), "{json}");
    }

    async fn what_takes_too_long_says_that_it_is_not_known_whether_it_was_saved(world) {
        let mut browser = world.newcomer(PHONE).await;
        let never = async || std::future::pending::<()>().await;
        let slow = |route: Route| route.within(Duration::from_millis(1));
        let routes = vec![
            slow(Route::post("/slow", Access::SignedIn, never)), slow(Route::get("/slow-page", Access::SignedIn, never)),
        ];
        browser.router = router_of(&world.centre, routes);
        let page = browser.post("/slow", &[]).await.expect_status(504).expect_text("等得太久了");
        let page = page.expect_text("不能确定刚才的操作是否已经保存");
        assert!(page.headers.contains_key("content-security-policy"));
        let page = browser.get("/slow-page").await.expect_status(504).expect_text("页面没能打开");
        assert!(!page.text().contains("是否已经保存"), "nothing was to be saved");
        // No answer, for an island: a "no" is tried again until there is one. It reads `ok` and `message`.
        browser.headers.push(("accept", "application/json".into()));
        let problem = browser.post("/slow", &[]).await.expect_status(504).expect_text("不能确定刚才的操作是否已经保存");
        assert_eq!(problem.headers["content-type"], "application/problem+json");
        let problem: serde_json::Value = serde_json::from_str(&problem.text()).unwrap();
        let names: Vec<_> = problem.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["detail", "status", "title", "type"]);
    }

    async fn what_takes_too_long_for_another_service_is_said_in_its_language(world) {
        let never = async || std::future::pending::<()>().await;
        let token = "a-token-of-the-host-with-32-characters";
        let mut config = generous();
        config.host.token = Some(token.to_owned());
        let centre = world.with_settings(&config).await;
        let mut host = world.browser();
        host.router = router_of(&centre, vec![Route::post("/slow", Access::Host, never).within(Duration::from_millis(1))]);
        host.headers.push(("authorization", format!("Bearer {token}")));
        let answer = host.post("/slow", &[]).await.expect_status(504);
        let answer: serde_json::Value = serde_json::from_str(&answer.text()).unwrap();
        assert_eq!(answer["error"], "it took too long; whether anything was done is not known");
    }

    async fn a_name_that_no_file_can_have_is_not_found(world) {
        let folder = tempfile::tempdir().unwrap();
        let mut config = generous();
        config.server.site_root = folder.path().to_owned();
        for folder in ["pkg", "verifier"] {
            std::fs::create_dir_all(config.server.site_root.join(folder).join("inside")).unwrap();
            std::fs::write(config.server.site_root.join(folder).join("file"), "text").unwrap();
        }
        let mut browser = world.browser();
        browser.router = build_router(&world.with_settings(&config).await);
        let (long, deep, most) = ("a".repeat(5_000), "a/".repeat(2_500), "a".repeat(255));
        let names = [&long, &deep, &most, "%00", "a%00b", "..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e", "file/", "file/a", "inside", "%ff", "a%5cb"];
        for name in names {
            for folder in ["pkg", "verifier"] {
                let status = browser.get(&format!("/{folder}/{name}")).await.status;
                assert!([404, 307].contains(&status.as_u16()), "/{folder}/{} {status}", &name[..name.len().min(30)]);
            }
        }
        browser.get("/pkg/file").await.expect_status(200);
        for path in [format!("/{long}"), format!("/settings/{long}"), format!("/log/tile/0/{long}")] {
            browser.get(&path).await.expect_status(404);
        }
    }

    async fn a_fault_does_not_say_that_nothing_was_saved(world) {
        let mut browser = world.newcomer(PHONE).await;
        let yes = [("purpose", "location"), ("granted", "true")];
        browser.post("/settings/privacy/permissions", &yes).await.expect_status(303);
        run(world, sql("UPDATE decision SET purpose = 'something_newer'")).await;
        let page = browser.post("/settings/privacy/permissions", &yes).await.expect_status(500);
        page.expect_text("不能确定刚才的操作是否已经保存");
        let page = browser.get("/settings/privacy/permissions").await.expect_status(500);
        assert!(!page.text().contains("保存"), "nothing was to be saved");
    }

    async fn a_lost_key_is_a_fault_and_never_an_empty_list(world) {
        let mut browser = with_address(world).await;
        keys_lost(world, "addresses").await;
        expect_fault(browser.get("/settings/profile/addresses").await);
    }

    async fn a_person_whose_identity_cannot_be_opened_is_not_taken_for_a_visitor(world) {
        let mut browser = world.newcomer(PHONE).await;
        keys_lost(world, "identity").await;
        let page = browser.get("/").await;
        assert_eq!(page.status, 500, "{:?}", page.location());
        assert!(page.text().contains("编号"), "{}", page.text());
    }

    async fn a_sealed_value_that_was_moved_or_changed_does_not_open(world) {
        let mut browser = with_address(world).await;
        let address = [("consignee", "李想"), ("phone", PHONE), ("province", "四川省"), ("city", "成都市"), ("street", "玉林路1号")];
        browser.post("/settings/profile/addresses/new", &address).await.expect_status(303);
        // Both rows get the payload of one: the same key, but another place.
        run(world, sql("UPDATE address SET payload = (SELECT payload FROM address ORDER BY id LIMIT 1)")).await;
        expect_fault(browser.get("/settings/profile/addresses").await);
    }

    async fn what_was_erased_on_purpose_is_told_from_what_was_lost(world) {
        let browser = with_address(world).await;
        let caller = world.caller(&browser).await;
        let (centre, person) = (&world.centre, caller.person);
        let before = server::profile::store::addresses(centre, &caller).await.unwrap();
        assert_eq!(before.len(), 1);
        let keys = centre.vault.retire(person, &[Category::Addresses], centre.now()).await.unwrap();
        centre.vault.destroy(&keys, centre.now()).await.unwrap();
        let (sealed, id) =
            sql("SELECT payload, id FROM address").fetch_one::<(Vec<u8>, String)>(&centre.data).await.unwrap();
        let ring = centre.vault.ring(person).await.unwrap();
        let place = server::vault::Place { table: "address", column: "payload", row: &id };
        let erased = ring.open(place, &sealed).await;
        assert!(matches!(erased, Err(server::vault::VaultError::Erased)), "{erased:?}");
        // Doing it again, as after a crash, changes nothing.
        centre.vault.destroy(&keys, centre.now()).await.unwrap();
    }

    async fn readiness_tells_the_truth(world) {
        let mut browser = world.browser();
        browser.get("/healthz").await.expect_status(200);
        browser.get("/readyz").await.expect_status(200);
        world.centre.data.close().await;
        browser.get("/healthz").await.expect_status(200);
        browser.get("/readyz").await.expect_status(503);
    }

    async fn what_is_being_written_holds_up_nobody_who_only_reads(world) {
        let centre = &world.centre;
        let mut tx = centre.data.begin().await.unwrap();
        sql("UPDATE erasure_count SET erasures = erasures + 1").execute(&mut tx).await.unwrap();
        // More than are open already.
        let mut readers = Vec::new();
        for _ in 0..8 {
            let mut reader = centre.data.snapshot().await.unwrap();
            sql("SELECT erasures FROM erasure_count").fetch_one::<(i64,)>(&mut reader).await.unwrap();
            readers.push(reader);
        }
        drop(readers);
        tx.commit().await.unwrap();
    }
}

/// 100 kB a second is a mobile network on a train.
#[test]
fn a_file_is_waited_for_as_long_as_a_slow_network_takes_to_send_it() {
    let largest = [
        ("/settings/profile/avatar", AVATAR_MAX_BYTES),
        ("/settings/privacy/requests/{id}/proof/death", PROOF_FILE_MAX_BYTES),
        ("/settings/privacy/requests/{id}/proof/kinship", PROOF_FILE_MAX_BYTES),
        ("/verify", PROOF_MAX_BYTES),
    ];
    for route in routes() {
        let file = largest.iter().find(|(path, _)| *path == route.path && route.method == Method::POST);
        match file {
            Some((_, bytes)) => {
                assert!(route.patience > Duration::from_millis((*bytes / 100) as u64), "{}", route.path)
            }
            None => assert_eq!(route.patience, PATIENCE, "{}", route.path),
        }
    }
}
