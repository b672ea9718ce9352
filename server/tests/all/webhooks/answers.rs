//! What recipients answer.

use app::sharing::told::{Progress, Reason};
use app::time::{MINUTE, SECOND};
use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};
use server::centre::Centre;
use server::web::build_router;
use server::webhooks::store::told;
use server::webhooks::{Secrets, run};
use uuid::Uuid;

use super::{PHONE, listening, progress, steps, write};
use crate::support::{Page, RECIPIENT, RECIPIENT_SECRET, World};

/// What a recipient says, signed as `signs` asks for.
async fn say(centre: &Centre, world: &World, recipient: &str, body: &Value, (secret, age): (&str, i64)) -> Page {
    let (text, id) = (body.to_string(), Uuid::now_v7().to_string());
    let timestamp = (centre.now().0 - age) / SECOND;
    let secrets: Secrets = secret.parse().unwrap();
    let mut browser = world.browser();
    browser.router = build_router(centre);
    browser.origin = None;
    browser.headers = vec![
        ("webhook-signature", secrets.sign(&id, timestamp, text.as_bytes())),
        ("webhook-id", id),
        ("webhook-timestamp", timestamp.to_string()),
    ];
    let path = format!("/hooks/recipients/{recipient}");
    browser.send(Method::POST, &path, Some("application/json"), Body::from(text)).await
}

fn answer(kind: &str, notice: Uuid) -> Value {
    json!({"type": format!("notice.{kind}"), "timestamp": "2026-11-23T12:00:00Z", "data": {"notice": notice}})
}

const GOOD: (&str, i64) = (RECIPIENT_SECRET, 0);

on_both_engines! {
    async fn answers_count_in_any_order_and_once(world) {
        let (centre, _listener) = listening(world, &[RECIPIENT]).await;
        let browser = world.newcomer(PHONE).await;
        let owner = world.caller(&browser).await.person;
        let id = write(&centre, owner, RECIPIENT).await;
        // It answers while our call to it is still under way.
        say(&centre, world, RECIPIENT, &answer("completed", id), GOOD).await.expect_status(200);
        let done = told(&centre, owner).await.unwrap().remove(0);
        assert_eq!((done.progress, done.sent_at, done.completed_at), (Progress::Completed, Some(centre.now()), Some(centre.now())));
        assert_eq!(done.about, "广告标识符");
        world.pass(MINUTE);
        say(&centre, world, RECIPIENT, &answer("accepted", id), GOOD).await.expect_status(200);
        let later = told(&centre, owner).await.unwrap().remove(0);
        assert_eq!((later.progress, later.completed_at, later.accepted_at), (Progress::Completed, done.completed_at, Some(centre.now())));
        run(&centre).await.unwrap();
        assert_eq!(progress(&centre, owner).await, [Progress::Completed], "nothing more is sent");
        let before = steps(&centre).await;
        for kind in ["accepted", "completed"] {
            say(&centre, world, RECIPIENT, &answer(kind, id), GOOD).await.expect_status(200);
        }
        assert_eq!(steps(&centre).await, before, "said twice, it is said once");
        assert_eq!(before.iter().map(|(_, step)| step.as_str()).collect::<Vec<_>>(), ["completed", "accepted"]);
    }

    async fn what_is_kept_is_told_with_its_reason(world) {
        let (centre, _listener) = listening(world, &[RECIPIENT]).await;
        let browser = world.newcomer(PHONE).await;
        let owner = world.caller(&browser).await.person;
        let id = write(&centre, owner, RECIPIENT).await;
        run(&centre).await.unwrap();
        let mut kept = answer("retained", id);
        kept["data"]["reason"] = json!("law");
        say(&centre, world, RECIPIENT, &kept, GOOD).await.expect_status(200);
        let told = told(&centre, owner).await.unwrap().remove(0);
        assert_eq!((told.progress, told.reason), (Progress::Retained, Some(Reason::Law)));
        let mut browser = browser;
        let page = browser.get("/settings/sharing/notices").await.expect_status(200);
        page.expect_text("聚光广告").expect_text("部分保留").expect_text("法律要求它保存").expect_text("privacy@juguang.example");
    }

    async fn only_a_recipient_answers_and_only_about_its_own(world) {
        let (centre, _listener) = listening(world, &[RECIPIENT, "sms"]).await;
        let browser = world.newcomer(PHONE).await;
        let owner = world.caller(&browser).await.person;
        let id = write(&centre, owner, RECIPIENT).await;
        let completed = answer("completed", id);
        let wrong = "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
        for signed in [(wrong, 0), (RECIPIENT_SECRET, 6 * MINUTE), (RECIPIENT_SECRET, -6 * MINUTE)] {
            say(&centre, world, RECIPIENT, &completed, signed).await.expect_status(401);
        }
        say(&centre, world, "sms", &completed, GOOD).await.expect_status(404);
        say(&centre, world, "sms", &answer("completed", Uuid::now_v7()), GOOD).await.expect_status(404);
        say(&centre, world, "mail", &completed, GOOD).await.expect_status(404);
        say(&centre, world, "nobody", &completed, GOOD).await.expect_status(404);
        let retained = answer("retained", id);
        let mut odd = retained.clone();
        odd["data"]["reason"] = json!("王小明还欠钱");
        for wrong in [json!({}), json!([]), answer("done", id), retained, odd, json!({"type": "notice.completed", "data": {"notice": "x"}})] {
            say(&centre, world, RECIPIENT, &wrong, GOOD).await.expect_status(400);
        }
        assert_eq!(progress(&centre, owner).await, [Progress::Waiting]);
        assert_eq!(steps(&centre).await, []);
    }
}
