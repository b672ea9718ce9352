//! Storage only: while an account is leaving, nothing but 注销账号 answers for it, whatever the way in.

use app::consents::Purpose;
use app::menu::Place;
use axum::http::Method;
use server::sharing::may_share;
use server::storage::sql;
use server::tags::{MayAim, may_aim};
use server::web::guard::Access;
use server::web::router::{Route, routes};

use super::{CANCEL, PHONE, run_jobs, step, submitted, take};
use crate::support::{Browser, Page, World};

const NO_ID: &str = "00000000-0000-7000-8000-000000000000";

async fn call(browser: &mut Browser, route: &Route) -> Page {
    let path = route.path.replace("{id}", NO_ID);
    if route.method == Method::GET {
        return browser.get(&path).await;
    }
    let fields = [("purpose", "location"), ("granted", "true"), ("answer", "accept"), ("username", "新名字")];
    browser.post(&path, &fields).await
}

async fn events(world: &World) -> i64 {
    sql("SELECT COUNT(*) FROM event").fetch_one::<(i64,)>(&world.centre.data).await.unwrap().0
}

/// Every route that needs a person leads to the one page, for forms and for islands; and leaves no trace.
async fn nothing_answers(world: &World, browser: &mut Browser) {
    let before = events(world).await;
    let mut tried = 0;
    for route in routes().iter().filter(|r| matches!(r.access, Access::SignedIn | Access::SteppedUp | Access::Download))
    {
        let page = call(browser, route).await;
        let leads = if route.is_download { (403, None) } else { (303, Some(CANCEL)) };
        assert_eq!((page.status.as_u16(), page.location()), leads, "{} {}", route.method, route.path);
        browser.headers.push(("accept", "application/json".into()));
        let page = call(browser, route).await;
        assert_eq!(page.status, 403, "{} {}", route.method, route.path);
        page.expect_text("账号正在注销");
        browser.headers.clear();
        tried += 1;
    }
    assert!(tried > 60, "only {tried} routes");
    assert_eq!(events(world).await, before);
}

on_both_engines! {
    async fn nothing_but_its_page_answers_in_the_cooling_off_and_while_it_is_executed(world) {
        let mut browser = submitted(world).await;
        world.step_up(&mut browser).await;
        nothing_answers(world, &mut browser).await;
        browser.get(CANCEL).await.expect_status(200).expect_text("只保存、不使用").expect_text("退出登录");
        browser.post(&format!("{CANCEL}/hasten"), &[("understood", "true")]).await.expect_status(303);
        nothing_answers(world, &mut browser).await;
        browser.get(CANCEL).await.expect_status(200).expect_text("正在删除");
        browser.post("/signout", &[]).await.expect_status(303);
    }

    async fn what_still_answers_is_this_and_nothing_more(_world) {
        let mut even: Vec<_> = routes().into_iter().filter(|r| r.access == Access::EvenLeaving).map(|r| (r.method, r.path)).collect();
        even.sort_by_key(|(method, path)| (method.to_string(), *path));
        let expected = [
            (Method::GET, "/settings/about/more/cancel"), (Method::GET, "/step-up"),
            (Method::POST, "/settings/about/more/cancel/hasten"), (Method::POST, "/settings/about/more/cancel/withdraw"),
            (Method::POST, "/step-up"), (Method::POST, "/step-up/code"),
        ];
        assert_eq!(even, expected);
        let any: Vec<_> = routes().into_iter().filter(|r| r.access == Access::AnySession).map(|r| r.path).collect();
        assert_eq!(any, ["/signout"]);
    }

    async fn anybodys_pages_are_seen_as_a_visitor_sees_them(world) {
        let mut browser = submitted(world).await;
        let before = world.events(&browser).await;
        for route in routes().iter().filter(|r| r.access == Access::Anyone && r.method == Method::GET) {
            let page = call(&mut browser, route).await;
            assert!(matches!(page.status.as_u16(), 200 | 404 | 303), "{} {}", route.path, page.status);
            assert!(!page.text().contains("139****0001"), "{}", route.path);
        }
        let page = browser.get(Place::Policy.path()).await.expect_status(200).text();
        assert!(!page.contains("aria-label=\"位置\""), "no switch of the account");
        // A choice about cookies is this browser's, and not the account's.
        browser.post("/settings/cookies/answer", &[("answer", "accept")]).await.expect_status(303);
        assert_eq!(world.events(&browser).await, before);
        step(&mut browser, "withdraw").await.expect_status(303);
        browser.get("/settings").await.expect_status(200);
    }

    async fn nothing_is_collected_aimed_or_shared_meanwhile_and_all_is_again_after_a_withdrawal(world) {
        let mut browser = world.newcomer(PHONE).await;
        let centre = &world.centre;
        let yes = [("purpose", "personalised_recommendation"), ("granted", "true")];
        browser.post("/settings/advertising", &yes).await.expect_status(303);
        let fields = [("purpose", "advertising_sharing:ads_juguang"), ("granted", "true")];
        browser.post("/settings/sharing", &fields).await.expect_status(303);
        let person = world.caller(&browser).await.person;
        let line = |id: &str| serde_json::json!({
            "id": id, "phone": PHONE, "field": "favorite", "at": centre.now().iso_millis(), "value": "春季连衣裙",
        });
        let may = async |id: &str| (
            take(world, &[line(id)]).await.written == 1,
            may_aim(centre, person).await.unwrap() != MayAim::default(),
            may_share(centre, person, "ads_juguang", Purpose::AdvertisingSharing).await.unwrap(),
        );
        assert_eq!(may("before").await, (true, true, true));
        for name in ["begin", "proof", "confirm"] {
            step(&mut browser, name).await.expect_status(303);
        }
        assert_eq!(may("meanwhile").await, (false, false, false));
        step(&mut browser, "withdraw").await.expect_status(303);
        assert_eq!(may("after").await, (true, true, true));
        for name in ["begin", "proof", "confirm"] {
            step(&mut browser, name).await.expect_status(303);
        }
        world.pass(app::promises::COOLING_OFF);
        run_jobs(world).await;
        assert_eq!(may("at the end").await, (false, false, false));
    }

    async fn signing_in_leads_to_the_page_and_every_device_is_held(world) {
        let mut browser = submitted(world).await;
        let mut other = world.browser();
        let fields = [("phone", PHONE), ("by", "password"), ("password", crate::support::PASSWORD), ("next", "/settings/data")];
        other.post("/signin", &fields).await.expect_status(303);
        let page = other.get("/settings/data").await.expect_status(303);
        assert_eq!(page.location(), Some(CANCEL));
        // Taken back on one, it is over on both.
        step(&mut other, "withdraw").await.expect_status(303);
        browser.get("/settings/data").await.expect_status(200);
    }

    async fn step_up_leads_back_to_the_only_page(world) {
        let mut browser = submitted(world).await;
        let page = browser.get("/step-up?next=/settings/about/more/cancel").await.expect_status(200);
        page.expect_text("返回注销账号");
        let page = browser.get(CANCEL).await.expect_status(200).text();
        assert!(!page.contains("返回更多"));
    }
}
