//! 注销账号 over time: a draft lapses, a proof grows stale, the cooling-off holds to its last moment.

use app::promises::{CANCELLATION_DRAFT_LIFE, COOLING_OFF, STEP_UP_LIFE};
use server::cancellation::store;

use crate::support::{Browser, PASSWORD, World};

const PHONE: &str = "13900000001";
const CANCEL: &str = "/settings/about/more/cancel";

async fn step(browser: &mut Browser, step: &str) -> crate::support::Page {
    browser.post(&format!("{CANCEL}/{step}"), &[("by", "password"), ("password", PASSWORD)]).await
}

async fn submitted(world: &World) -> Browser {
    let mut browser = world.newcomer(PHONE).await;
    for name in ["begin", "proof", "confirm"] {
        step(&mut browser, name).await.expect_status(303);
    }
    browser
}

on_both_engines! {
    async fn no_step_can_be_left_out(world) {
        let mut browser = world.newcomer(PHONE).await;
        for name in ["proof", "confirm", "withdraw"] {
            step(&mut browser, name).await.expect_status(422);
        }
        step(&mut browser, "begin").await.expect_status(303);
        step(&mut browser, "confirm").await.expect_status(422);
        assert_eq!(store::due_at(&world.centre, world.caller(&browser).await.person).await.unwrap(), None);
    }

    async fn a_draft_that_is_left_lying_counts_for_nothing(world) {
        let mut browser = world.newcomer(PHONE).await;
        step(&mut browser, "begin").await.expect_status(303);
        world.pass(CANCELLATION_DRAFT_LIFE);
        browser.get(CANCEL).await.expect_text("我已了解，继续");
        step(&mut browser, "confirm").await.expect_status(422);
    }

    async fn a_stale_proof_is_asked_for_again(world) {
        let mut browser = world.newcomer(PHONE).await;
        step(&mut browser, "begin").await.expect_status(303);
        step(&mut browser, "proof").await.expect_status(303);
        world.pass(STEP_UP_LIFE);
        step(&mut browser, "confirm").await.expect_status(422).expect_text("请重新验证");
        step(&mut browser, "proof").await.expect_status(303);
        step(&mut browser, "confirm").await.expect_status(303);
    }

    async fn it_can_be_taken_back_until_the_last_moment_and_signing_in_does_not(world) {
        let mut browser = submitted(world).await;
        let person = world.caller(&browser).await.person;
        let due = store::due_at(&world.centre, person).await.unwrap().expect("it is submitted");
        assert_eq!(due.since(world.centre.now()), COOLING_OFF);
        step(&mut browser, "confirm").await.expect_status(422).expect_text("不用再次提交");
        browser.post("/signout", &[]).await.expect_status(303);
        let fields = [("phone", PHONE), ("by", "password"), ("password", PASSWORD)];
        browser.post("/signin", &fields).await.expect_status(303);
        assert_eq!(store::due_at(&world.centre, person).await.unwrap(), Some(due));
        world.pass(COOLING_OFF - 1);
        browser.get(CANCEL).await.expect_text("撤回注销申请");
        step(&mut browser, "withdraw").await.expect_status(303);
        assert_eq!(store::due_at(&world.centre, person).await.unwrap(), None);
        step(&mut browser, "withdraw").await.expect_status(422).expect_text("没有可以撤回的注销申请");
    }

    async fn two_requests_at_once_make_one_submission(world) {
        let mut browser = world.newcomer(PHONE).await;
        step(&mut browser, "begin").await.expect_status(303);
        step(&mut browser, "proof").await.expect_status(303);
        let (mut one, mut two) = (browser.clone(), browser.clone());
        let (one, two) = tokio::join!(step(&mut one, "confirm"), step(&mut two, "confirm"));
        let mut answers = [one.status.as_u16(), two.status.as_u16()];
        answers.sort_unstable();
        assert_eq!(answers, [303, 422]);
    }
}
