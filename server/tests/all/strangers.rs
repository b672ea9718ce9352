//! Strangers are refused by every route: nobody, an ended session, another origin, an untold origin, a child's account,
//! somebody who has not proved again who they are, another person. The list is the program's own table of routes, so a
//! new route can't escape it.

use std::sync::Arc;

use axum::http::Method;
use server::catalogue::Catalogue;
use server::messages::Gateways;
use server::open::{self, Outside};
use server::storage::sql;
use server::vault::MasterKey;
use server::web::build_router;
use server::web::guard::Access;
use server::web::router::{Route, routes};

use crate::support::{Browser, HOST_TOKEN, MASTER, NOON, Page, RECIPIENT, World, generous, with_services};

const OWNER: &str = "13900000001";
const OTHER: &str = "13900000002";
const ADDRESS: [(&str, &str); 6] = [
    ("consignee", "王小明"),
    ("phone", "13900000003"),
    ("province", "四川省"),
    ("city", "成都市"),
    ("district", ""),
    ("street", "锦绣街8号"),
];

async fn events(world: &World) -> i64 {
    sql("SELECT COUNT(*) FROM event").fetch_one::<(i64,)>(&world.centre.data).await.unwrap().0
}

async fn call(browser: &mut Browser, route: &Route, id: &str) -> Page {
    let path = route.path.replace("{id}", id).replace("{recipient}", RECIPIENT);
    if route.method == Method::GET {
        browser.get(&path).await
    } else {
        // A form that every route of this kind would take, so that a refusal is never about the form.
        let mut fields = vec![("purpose", "location"), ("granted", "true"), ("name", "x"), ("answer", "accept")];
        fields.extend(ADDRESS);
        browser.post(&path, &fields).await
    }
}

fn needs_a_person(route: &Route) -> bool {
    !matches!(route.access, Access::Anyone | Access::Demo | Access::Host | Access::SmsProvider | Access::Recipient)
}

/// Asked first who is there, by a redirect or with what was typed carried along; never anything of the route's own.
#[track_caller]
fn expect_asked(page: Page, route: &Route, path: &str) {
    if route.is_download {
        return expect_line(&page, route);
    }
    let asked = match page.status.as_u16() {
        303 => page.location().is_some_and(|to| to.starts_with(&format!("{path}?next=/"))),
        422 => page.text().contains(&format!("action=\"{path}\"")) && page.text().contains("name=\"kept_fields\""),
        _ => false,
    };
    assert!(asked, "{} {}: {}", route.method, route.path, page.status);
}

/// In place of a file a line is answered, which no browser saves as one, and which leads nowhere.
#[track_caller]
fn expect_line(page: &Page, route: &Route) {
    assert_eq!(page.status, 403, "{}", route.path);
    assert_eq!(page.headers["content-type"], "text/plain; charset=utf-8", "{}", route.path);
    assert!(page.location().is_none() && !page.text().contains('<') && !page.text().is_empty(), "{}", route.path);
    assert!(!page.headers.contains_key("content-disposition"), "{}", route.path);
}

const NO_ID: &str = "00000000-0000-7000-8000-000000000000";

on_both_engines! {
    async fn nobody_and_an_ended_session_are_asked_to_sign_in(world) {
        let mut ended = world.newcomer(OWNER).await;
        let kept = ended.clone();
        ended.post("/signout", &[]).await.expect_status(303);
        let before = events(world).await;
        let guarded: Vec<_> = routes().into_iter().filter(needs_a_person).collect();
        assert!(guarded.len() > 40, "the table of routes is there");
        for route in &guarded {
            for mut browser in [world.browser(), kept.clone()] {
                expect_asked(call(&mut browser, route, NO_ID).await, route, "/signin");
                browser.headers.push(("accept", "application/json".into()));
                let page = call(&mut browser, route, NO_ID).await;
                if route.is_download {
                    expect_line(&page, route);
                } else {
                    assert_eq!(page.status, 401, "{} {}", route.method, route.path);
                }
                browser.headers.clear();
            }
        }
        assert_eq!(events(world).await, before);
    }

    async fn a_form_from_another_origin_or_from_an_untold_one_is_refused(world) {
        let mut browser = world.newcomer(OWNER).await;
        world.step_up(&mut browser).await;
        let before = events(world).await;
        for route in routes().iter().filter(|r| r.method == Method::POST) {
            for origin in [Some("https://evil.example"), Some("null"), None] {
                browser.origin = origin;
                let page = call(&mut browser, route, NO_ID).await;
                assert_eq!(page.status, 403, "{} from {origin:?}", route.path);
                assert!(page.text().contains("没有保存任何改动"), "{} from {origin:?}", route.path);
            }
            browser.origin = None;
            browser.headers.push(("sec-fetch-site", "cross-site".into()));
            let page = call(&mut browser, route, NO_ID).await;
            assert_eq!(page.status, 403, "{} across sites", route.path);
            browser.headers.clear();
        }
        assert_eq!(events(world).await, before);
    }

    async fn a_childs_account_opens_nothing_before_a_guardian_has_agreed(world) {
        let mut child = world.register(OWNER, "under_14").await;
        let before = events(world).await;
        let for_people = [Access::SignedIn, Access::SteppedUp, Access::Download, Access::EvenLeaving];
        for route in routes().iter().filter(|r| for_people.contains(&r.access)) {
            let page = call(&mut child, route, NO_ID).await;
            if route.is_download {
                expect_line(&page, route);
                continue;
            }
            assert_eq!(page.expect_status(303).location(), Some("/guardian"), "{} {}", route.method, route.path);
        }
        assert_eq!(events(world).await, before);
    }

    async fn what_is_sensitive_asks_again_who_one_is(world) {
        let mut browser = world.newcomer(OWNER).await;
        let before = events(world).await;
        let sensitive: Vec<_> = routes().into_iter().filter(|r| matches!(r.access, Access::SteppedUp | Access::Download)).collect();
        assert!(sensitive.len() >= 4);
        for route in &sensitive {
            expect_asked(call(&mut browser, route, NO_ID).await, route, "/step-up");
        }
        assert_eq!(events(world).await, before);
    }

    async fn nobody_reaches_another_persons_records(world) {
        let mut owner = world.newcomer(OWNER).await;
        owner.post("/settings/profile/addresses/new", &ADDRESS).await.expect_status(303);
        let session = world.caller(&owner).await.session.to_string();
        let (address,) = sql("SELECT id FROM address").fetch_one::<(String,)>(&world.centre.data).await.unwrap();
        let mut other = world.newcomer(OTHER).await;
        world.step_up(&mut other).await;
        let before = events(world).await;
        let mut tried = 0;
        for route in routes().iter().filter(|r| r.path.contains("{id}")) {
            for id in [address.as_str(), &session, NO_ID, "not-an-id"] {
                let page = call(&mut other, route, id).await;
                assert_eq!(page.status, 404, "{} {}", route.method, route.path);
                assert!(!page.text().contains("锦绣街"), "{}", route.path);
                tried += 1;
            }
        }
        assert!(tried >= 20);
        assert_eq!(events(world).await, before);
        owner.get("/settings/profile/addresses").await.expect_status(200).expect_text("王**");
    }

    async fn every_file_to_keep_is_a_download(_world) {
        let mut downloads: Vec<_> = routes().into_iter().filter(|r| r.is_download).map(|r| (r.path, r.access)).collect();
        downloads.sort_by_key(|(path, _)| *path);
        let expected = [
            ("/leaving/{id}/certificate", Access::Anyone),
            ("/settings/privacy/consents/proofs", Access::SignedIn),
            ("/settings/privacy/consents/proofs/{id}", Access::SignedIn),
            ("/settings/privacy/copy/{id}/download", Access::Download),
            ("/settings/privacy/requests/{id}/package", Access::Download),
        ];
        assert_eq!(downloads, expected);
    }

    async fn a_download_that_fails_says_so_in_a_line(world) {
        let mut browser = world.newcomer(OWNER).await;
        world.step_up(&mut browser).await;
        let mut tx = world.centre.data.begin().await.unwrap();
        sql("DROP TABLE export_part").execute(&mut tx).await.unwrap();
        sql("DROP TABLE transfer").execute(&mut tx).await.unwrap();
        sql("DROP TABLE download").execute(&mut tx).await.unwrap();
        sql("DROP TABLE export").execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        let page = browser.get(&format!("/settings/privacy/copy/{NO_ID}/download")).await.expect_status(500);
        assert_eq!(page.headers["content-type"], "text/plain; charset=utf-8");
        assert!(page.text().contains("编号") && !page.text().contains('<'), "{}", page.text());
    }

    async fn without_the_demo_there_is_no_mailbox(world) {
        let (data, keys) = world.databases.open().await;
        let outside =
            Outside { clock: world.clock.clone(), gateways: Gateways::new(Arc::new(NoSms), None, None), mailbox: None };
        let master = MasterKey::from_base64(MASTER).unwrap();
        let centre =
            open::assemble(&generous(), Catalogue::load(None).unwrap(), (data, keys), &master, outside).await.unwrap();
        let mut browser = world.browser();
        browser.router = build_router(&centre);
        for route in routes().iter().filter(|r| r.access == Access::Demo) {
            assert_eq!(call(&mut browser, route, NO_ID).await.status, 404, "{}", route.path);
        }
    }
}

fn of_services() -> Vec<Route> {
    routes()
        .into_iter()
        .filter(|r| matches!(r.access, Access::Host | Access::SmsProvider | Access::Recipient))
        .collect()
}

on_both_engines! {
    async fn without_their_secrets_the_services_routes_are_not_there(world) {
        let mut nobody = world.browser();
        nobody.origin = None;
        assert_eq!(of_services().len(), 4);
        for route in of_services() {
            nobody.headers = vec![("authorization", "Bearer ".into()), ("x-signature", String::new())];
            assert_eq!(call(&mut nobody, &route, NO_ID).await.status, 404, "{}", route.path);
        }
    }
}

on_both_engines! {
    with with_services();

    async fn what_is_for_services_is_for_nobody_else(world) {
        let mut person = world.newcomer(OWNER).await;
        world.step_up(&mut person).await;
        let mut nobody = world.browser();
        nobody.origin = None;
        let before = events(world).await;
        let proofs = [
            vec![],
            vec![("authorization", "Bearer".to_owned())],
            vec![("authorization", "Bearer ".to_owned())],
            vec![("authorization", format!("Bearer {}", &HOST_TOKEN[1..]))],
            vec![("authorization", format!("Basic {HOST_TOKEN}"))],
            vec![("authorization", format!("Bearer {HOST_TOKEN}{HOST_TOKEN}"))],
            vec![("x-timestamp", (NOON.0 / 1000).to_string()), ("x-signature", "0".repeat(64))],
            vec![
                ("webhook-id", NO_ID.to_owned()),
                ("webhook-timestamp", (NOON.0 / 1000).to_string()),
                ("webhook-signature", format!("v1,{}=", "A".repeat(43))),
            ],
        ];
        for route in of_services() {
            for proof in &proofs {
                for browser in [&mut nobody, &mut person] {
                    browser.headers.clone_from(proof);
                    let page = call(browser, &route, NO_ID).await;
                    assert_eq!(page.status, 401, "{} with {proof:?}", route.path);
                }
            }
            // Not even with the token does another site's page get in, nor a session without an origin.
            let token = vec![("authorization", format!("Bearer {HOST_TOKEN}"))];
            let mut foreign = world.browser();
            foreign.headers.clone_from(&token);
            foreign.origin = Some("https://evil.example");
            assert_eq!(call(&mut foreign, &route, NO_ID).await.status, 403, "{}", route.path);
            let mut untold = person.clone();
            untold.headers = token;
            untold.origin = None;
            assert_eq!(call(&mut untold, &route, NO_ID).await.status, 403, "{}", route.path);
        }
        assert_eq!(events(world).await, before);
    }

    async fn the_hosts_token_opens_nothing_but_its_own_route(world) {
        world.newcomer(OWNER).await;
        let mut host = world.browser();
        host.headers.push(("authorization", format!("Bearer {HOST_TOKEN}")));
        for route in routes().iter().filter(|route| needs_a_person(route)) {
            expect_asked(call(&mut host, route, NO_ID).await, route, "/signin");
        }
    }
}

/// A gateway that takes nothing.
struct NoSms;

#[async_trait::async_trait]
impl server::messages::SmsProvider for NoSms {
    async fn send(
        &self,
        _: uuid::Uuid,
        _: &app::accounts::model::PhoneNumber,
        _: &str,
    ) -> Result<(), server::messages::GatewayError> {
        Err(server::messages::GatewayError::Refused(reqwest::StatusCode::SERVICE_UNAVAILABLE))
    }
}
