//! Phone lost and password forgotten: recent orders are recognised, a human compares, and what was picked goes with the answer.

use app::cancellation::model::State;
use app::promises::{CANCELLATION_DRAFT_LIFE, REVIEWED_PROOF_LIFE, STEP_UP_LIFE};
use app::requests::model::{Ground, Kind};
use app::time::DAY;
use serde_json::json;
use server::requests::officer::{self, NotAnswered};
use server::requests::store::Verdict;
use server::storage::sql;

use super::{CANCEL, PHONE, report, run_jobs, state, step, take, told};
use crate::support::{Browser, Page, World};

const ORDERS: [&str; 3] = ["青瓷茶杯", "胡桃木书架", "手账本 3本"];

async fn order(world: &World, n: usize, what: &str) {
    let line = json!({
        "id": format!("order-{n}"), "phone": PHONE, "field": "order_items", "at": world.centre.now().plus(-10 * DAY).iso_millis(),
        "value": what,
    });
    assert_eq!(take(world, &[line]).await.written, 1);
}

/// Somebody with so many orders who has come to the proof.
async fn buyer(world: &World, orders: usize) -> Browser {
    let mut browser = world.newcomer(PHONE).await;
    for (n, what) in ORDERS.iter().take(orders).enumerate() {
        order(world, n, what).await;
    }
    step(&mut browser, "begin").await.expect_status(303);
    browser
}

async fn pick(browser: &mut Browser, picked: &[&str]) -> Page {
    let fields: Vec<_> = picked.iter().map(|order| ("order", *order)).collect();
    browser.post(&format!("{CANCEL}/orders"), &fields).await
}

/// What is offered, in order.
fn offered(page: &str) -> Vec<String> {
    let boxes = page.split("name=\"order\" value=\"").skip(1);
    boxes.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

async fn answer(world: &World, verdict: &Verdict, reviewer: Option<&str>) -> Result<(), NotAnswered> {
    let waiting = officer::waiting(&world.centre).await.unwrap();
    let one = waiting.iter().find(|w| w.kind == Kind::Cancellation).expect("a human has something to compare");
    officer::answer_by(&world.centre, &one.number, verdict, reviewer, world.centre.now()).await.unwrap()
}

fn yes() -> Verdict {
    Verdict::Fulfilled("订单核对一致，已确认是你本人。".into())
}

async fn proofs(world: &World) -> i64 {
    sql("SELECT COUNT(*) FROM cancellation WHERE proof IS NOT NULL OR review_id IS NOT NULL")
        .fetch_one::<(i64,)>(&world.centre.data)
        .await
        .unwrap()
        .0
}

on_both_engines! {
    async fn ones_own_orders_stand_among_others_in_an_order_that_tells_nothing(world) {
        let mut browser = buyer(world, 3).await;
        let path = format!("{CANCEL}?by=orders");
        let all = offered(&browser.get(&path).await.expect_status(200).text());
        assert_eq!(all.len(), 9, "{all:?}");
        assert!(ORDERS.iter().all(|own| all.iter().any(|one| one == own)), "{all:?}");
        // Looking again tells nothing more, and another attempt shows another order.
        assert_eq!(offered(&browser.get(&path).await.text()), all);
        step(&mut browser, "withdraw").await.expect_status(303);
        step(&mut browser, "begin").await.expect_status(303);
        assert_ne!(offered(&browser.get(&path).await.text()), all);
    }

    async fn with_too_few_orders_another_way_is_told(world) {
        let mut browser = buyer(world, 2).await;
        let page = browser.get(&format!("{CANCEL}?by=orders")).await.expect_status(200).expect_text("最近6个月的订单不到3个");
        assert!(offered(&page.expect_text("请运营商补办手机卡").text()).is_empty());
        pick(&mut browser, &ORDERS[..1]).await.expect_status(422);
        assert_eq!(proofs(world).await, 0);
    }

    async fn a_human_who_is_named_proves_it_for_days_and_what_was_picked_goes(world) {
        let mut browser = buyer(world, 3).await;
        pick(&mut browser, &[]).await.expect_status(422).expect_text("请至少选一个");
        pick(&mut browser, &["不是列表里的"]).await.expect_status(422);
        let all = offered(&browser.get(&format!("{CANCEL}?by=orders")).await.text());
        let wrong = all.iter().find(|one| !ORDERS.contains(&one.as_str())).unwrap();
        pick(&mut browser, &[ORDERS[0], ORDERS[1], wrong]).await.expect_status(303);
        browser.get(CANCEL).await.expect_text("正在由人核对").expect_text("2026年12月14日");
        pick(&mut browser, &ORDERS).await.expect_status(422).expect_text("正在由人核对");
        let waiting = officer::waiting(&world.centre).await.unwrap().remove(0);
        let shown = waiting.proof.expect("what was picked");
        assert!(shown.contains("选对（2）") && shown.contains("选错（1）") && shown.contains("漏选（1）"), "{shown}");
        // Its person is not told how much was right, nor may take it back elsewhere.
        let page = browser.get(&format!("/settings/privacy/requests/{}", waiting.id)).await.expect_status(200).text();
        assert!(!page.contains("选对") && !page.contains(ORDERS[0]) && !page.contains("撤回申请"));
        browser.post(&format!("/settings/privacy/requests/{}/revoke", waiting.id), &[]).await.expect_status(404);
        // It waits longer than any draft lies.
        world.pass(5 * CANCELLATION_DRAFT_LIFE);
        assert!(matches!(answer(world, &yes(), None).await, Err(NotAnswered::NoReviewer)));
        answer(world, &yes(), Some("何清")).await.unwrap();
        assert_eq!((state(world).await.0, proofs(world).await), (State::Checked, 0));
        browser.get(&format!("/settings/privacy/requests/{}", waiting.id)).await.expect_text("复核人：何清");
        world.pass(REVIEWED_PROOF_LIFE - 1);
        let tick = [("understood", "true")];
        browser.post(&format!("{CANCEL}/confirm-at-once"), &tick).await.expect_status(422).expect_text("要经过7天冷静期");
        step(&mut browser, "confirm").await.expect_status(303);
        assert_eq!(state(world).await.0, State::CoolingOff);
        let by = sql("SELECT proved_by FROM cancellation").fetch_one::<(Option<String>,)>(&world.centre.data).await.unwrap();
        assert_eq!(by.0.as_deref(), Some("review"));
    }

    async fn a_no_has_its_ground_and_the_account_is_as_usual(world) {
        let mut browser = buyer(world, 3).await;
        pick(&mut browser, &ORDERS[..1]).await.expect_status(303);
        let no = Verdict::Denied(Ground::NotProved, "选中的订单太少，无法确认。".into());
        assert!(matches!(answer(world, &no, None).await, Err(NotAnswered::NoReviewer)));
        answer(world, &no, Some("何清")).await.unwrap();
        assert_eq!(state(world).await, (State::Refused, Some("denied/not_proved".to_owned())));
        assert_eq!(proofs(world).await, 0);
        browser.get(CANCEL).await.expect_text("已拒绝").expect_text("没能核实申请人的身份").expect_text("查看答复和投诉途径");
        run_jobs(world).await;
        assert!(told(world).last().unwrap().1.contains("没能核实申请人的身份"));
        browser.get("/").await.expect_status(200);
    }

    async fn it_is_given_up_for_another_way_and_then_answers_nothing(world) {
        let mut browser = buyer(world, 3).await;
        pick(&mut browser, &ORDERS).await.expect_status(303);
        step(&mut browser, "orders/take-back").await.expect_status(303);
        assert_eq!(proofs(world).await, 0);
        assert!(officer::waiting(&world.centre).await.unwrap().is_empty());
        pick(&mut browser, &ORDERS).await.expect_status(303);
        // The phone is found again: the password proves it at once, and nobody has to compare any more.
        step(&mut browser, "proof").await.expect_status(303);
        assert!(officer::waiting(&world.centre).await.unwrap().is_empty());
        assert_eq!((state(world).await.0, proofs(world).await), (State::Checked, 0));
        world.pass(STEP_UP_LIFE);
        step(&mut browser, "confirm").await.expect_status(422);
        pick(&mut browser, &ORDERS).await.expect_status(303);
        step(&mut browser, "withdraw").await.expect_status(303);
        assert!(officer::waiting(&world.centre).await.unwrap().is_empty());
        assert_eq!(proofs(world).await, 0);
    }

    async fn what_stands_in_the_way_is_looked_up_when_the_human_answers(world) {
        let mut browser = buyer(world, 3).await;
        pick(&mut browser, &ORDERS).await.expect_status(303);
        report(world, "ord", "order", true).await;
        answer(world, &yes(), Some("何清")).await.unwrap();
        assert_eq!(state(world).await.0, State::Blocked);
        browser.get(CANCEL).await.expect_text("order：尾号 3821");
    }
}
