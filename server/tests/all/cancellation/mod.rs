//! 注销账号 over time: a draft lapses, a proof grows stale, the cooling-off holds to its last moment; what stands in the way, what
//! is given up, what refuses it when it is due; and what the person is told.

mod asked;
mod leaving;
mod review;

use app::cancellation::model::State;
use app::promises::{CANCELLATION_DRAFT_LIFE, CONDITIONS_PAUSE, COOLING_OFF, COOLING_OFF_NOTICE, STEP_UP_LIFE};
use app::time::MINUTE;
use serde_json::{Value, json};
use server::cancellation::store;
use server::demo::Message;
use server::ledger::Event;
use server::messages::outbox;
use server::records::import::{Report, import};
use server::storage::sql;
use uuid::Uuid;

use crate::support::{Browser, PASSWORD, Page, World};

pub const PHONE: &str = "13900000001";
pub const CANCEL: &str = "/settings/about/more/cancel";
const LINK: &str = "https://shop.example/orders/81";

pub async fn step(browser: &mut Browser, step: &str) -> Page {
    browser.post(&format!("{CANCEL}/{step}"), &[("by", "password"), ("password", PASSWORD)]).await
}

pub async fn submitted(world: &World) -> Browser {
    let mut browser = world.newcomer(PHONE).await;
    for name in ["begin", "proof", "confirm"] {
        step(&mut browser, name).await.expect_status(303);
    }
    browser
}

/// Takes lines as the host sends them.
pub async fn take(world: &World, lines: &[Value]) -> Report {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let centre = &world.centre;
    let parts = (&centre.data, &centre.vault, &centre.catalogue);
    import(parts, text.as_bytes(), &mut Vec::new(), |_| (), centre.now()).await.unwrap()
}

/// An affair as of now, with so much money where it is about that.
fn affair(world: &World, id: &str, kind: &str, open: bool) -> Value {
    let mut affair = json!({"kind": kind, "open": open, "detail": format!("{kind}：尾号 3821"), "link": LINK});
    if kind == "balance" {
        affair["amount_fen"] = json!(1234);
    }
    json!({"id": id, "phone": PHONE, "at": world.centre.now().iso_millis(), "affair": affair})
}

pub async fn report(world: &World, id: &str, kind: &str, open: bool) {
    world.pass(1);
    let taken = take(world, &[affair(world, id, kind, open)]).await;
    assert_eq!((taken.written, taken.rejected()), (1, 0));
}

/// How the newest attempt of anybody stands, and why it was refused.
pub async fn state(world: &World) -> (State, Option<String>) {
    let (state, refusal) = sql("SELECT state, refusal FROM cancellation ORDER BY drafted_at DESC, id DESC LIMIT 1")
        .fetch_one::<(String, Option<String>)>(&world.centre.data)
        .await
        .unwrap();
    (state.parse().unwrap(), refusal)
}

pub async fn run_jobs(world: &World) {
    store::execute_due(&world.centre, world.centre.now()).await.unwrap();
    outbox::run(&world.centre).await.unwrap();
}

/// What was sent by SMS that is no code: ids and texts, oldest first.
fn told(world: &World) -> Vec<(Uuid, String)> {
    let sms = world.messages().into_iter().rev().filter_map(|message| match message {
        Message::Sms { id, text, .. } if !text.contains("验证码") => Some((id, text)),
        _ => None,
    });
    sms.collect()
}

on_both_engines! {
    async fn no_step_can_be_left_out(world) {
        let mut browser = world.newcomer(PHONE).await;
        for name in ["proof", "check", "waive", "confirm", "withdraw", "orders", "orders/take-back", "hasten"] {
            step(&mut browser, name).await.expect_status(422);
        }
        let tick = [("understood", "true")];
        browser.post(&format!("{CANCEL}/confirm-at-once"), &tick).await.expect_status(422);
        browser.post(&format!("{CANCEL}/hasten"), &tick).await.expect_status(422).expect_text("还没有提交");
        step(&mut browser, "begin").await.expect_status(303);
        for name in ["check", "confirm", "orders/take-back"] {
            step(&mut browser, name).await.expect_status(422);
        }
        browser.post(&format!("{CANCEL}/confirm-at-once"), &tick).await.expect_status(422);
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
        browser.post("/signout", &[]).await.expect_status(303);
        let fields = [("phone", PHONE), ("by", "password"), ("password", PASSWORD)];
        browser.post("/signin", &fields).await.expect_status(303);
        assert_eq!(store::due_at(&world.centre, person).await.unwrap(), Some(due));
        world.pass(COOLING_OFF - 1);
        run_jobs(world).await;
        browser.get(CANCEL).await.expect_text("撤回注销申请");
        step(&mut browser, "withdraw").await.expect_status(303);
        assert_eq!(store::due_at(&world.centre, person).await.unwrap(), None);
        step(&mut browser, "withdraw").await.expect_status(422).expect_text("没有可以撤回的注销申请");
        world.pass(COOLING_OFF);
        run_jobs(world).await;
        assert_eq!(state(world).await, (State::Withdrawn, None));
    }

    async fn two_requests_at_once_make_one_submission(world) {
        let mut browser = world.newcomer(PHONE).await;
        step(&mut browser, "begin").await.expect_status(303);
        step(&mut browser, "proof").await.expect_status(303);
        let (mut one, mut two) = (browser.clone(), browser.clone());
        let (one, two) = tokio::join!(step(&mut one, "confirm"), step(&mut two, "confirm"));
        // Whoever came too late is told so, or led to the account's only page.
        assert!([one, two].iter().all(|page| matches!(page.status.as_u16(), 303 | 422)));
        let events = world.events(&browser).await;
        let submissions = events.iter().filter(|e| matches!(e, Event::Cancellation { state, .. } if state == "cooling_off"));
        assert_eq!(submissions.count(), 1);
    }

    async fn each_obstacle_stands_in_the_way_until_it_is_settled_and_is_shown_with_its_cure(world) {
        let mut browser = world.newcomer(PHONE).await;
        for kind in ["freeze", "dispute", "after_sale", "order", "balance"] {
            report(world, kind, kind, true).await;
            browser.get(CANCEL).await.expect_text("现在有 1 件事要先处理");
            step(&mut browser, "begin").await.expect_status(303);
            step(&mut browser, "proof").await.expect_status(303);
            assert_eq!(state(world).await.0, State::Blocked, "{kind}");
            let page = browser.get(CANCEL).await.expect_status(200).expect_text("除了下面这些，没有其他条件");
            page.expect_text(&format!("{kind}：尾号 3821")).expect_text(LINK);
            step(&mut browser, "confirm").await.expect_status(303);
            let tick = [("understood", "true")];
            browser.post(&format!("{CANCEL}/confirm-at-once"), &tick).await.expect_status(303);
            assert_eq!(state(world).await.0, State::Blocked, "{kind}");
            report(world, kind, kind, false).await;
            step(&mut browser, "check").await.expect_status(303);
            assert_eq!(state(world).await.0, State::Checked, "{kind}");
            browser.get(CANCEL).await.expect_text("没有事情要先处理").expect_text("确认注销账号");
            step(&mut browser, "withdraw").await.expect_status(303);
        }
    }

    async fn what_is_only_lost_is_told_and_keeps_nobody(world) {
        let mut browser = world.newcomer(PHONE).await;
        for kind in ["coupon", "points", "follow", "binding"] {
            report(world, kind, kind, true).await;
        }
        for name in ["begin", "proof"] {
            step(&mut browser, name).await.expect_status(303);
        }
        let page = browser.get(CANCEL).await.expect_text("这些也会失去").expect_text("coupon：尾号 3821");
        page.expect_text("binding：尾号 3821").expect_text("确认注销账号");
        step(&mut browser, "confirm").await.expect_status(303);
        assert_eq!(state(world).await.0, State::CoolingOff);
    }

    async fn the_newest_report_wins_in_whatever_order_they_come(world) {
        let mut browser = world.newcomer(PHONE).await;
        let mut older = affair(world, "ord", "order", true);
        older["at"] = json!(world.centre.now().plus(-MINUTE).iso_millis());
        let settled = affair(world, "ord", "order", false);
        for lines in [vec![settled.clone(), older.clone()], vec![older.clone()], vec![older, settled]] {
            assert_eq!(take(world, &lines).await.rejected(), 0);
            for name in ["begin", "proof"] {
                step(&mut browser, name).await.expect_status(303);
            }
            assert_eq!(state(world).await.0, State::Checked);
            step(&mut browser, "withdraw").await.expect_status(303);
        }
        // What is settled holds nothing any more.
        let rows = sql("SELECT is_open, content FROM affair").fetch_all::<(bool, Option<Vec<u8>>)>(&world.centre.data);
        assert_eq!(rows.await.unwrap(), [(false, None)]);
    }

    async fn a_line_that_is_wrong_is_refused_and_changes_nothing(world) {
        world.newcomer(PHONE).await;
        let right = affair(world, "ord", "order", true);
        let with = |field: &str, value: Value| { let mut line = right.clone(); line["affair"][field] = value; line };
        let stranger = { let mut line = right.clone(); line["phone"] = json!("13900000009"); line };
        let wrong = [
            with("kind", json!("lawsuit")), with("link", json!("http://shop.example/")), with("link", json!("")), with("detail", json!("")),
            with("open", json!("yes")), with("opened", json!(true)), with("kind", json!("balance")), stranger,
        ];
        assert_eq!(take(world, &wrong).await.rejected(), wrong.len() as u64);
        let (rows,) = sql("SELECT COUNT(*) FROM affair").fetch_one::<(i64,)>(&world.centre.data).await.unwrap();
        assert_eq!(rows, 0);
    }

    async fn money_is_given_up_in_writing_for_that_obstacle_and_that_amount_alone(world) {
        let mut browser = world.newcomer(PHONE).await;
        report(world, "wallet", "balance", true).await;
        report(world, "ord", "order", true).await;
        for name in ["begin", "proof"] {
            step(&mut browser, name).await.expect_status(303);
        }
        let waive = async |browser: &mut Browser, obstacle: &str, sentence: &str| {
            browser.post(&format!("{CANCEL}/waive"), &[("obstacle", obstacle), ("sentence", sentence)]).await
        };
        let said = "我自愿放弃余额12.34元";
        waive(&mut browser, "wallet", "我自愿放弃余额").await.expect_status(422).expect_text("我自愿放弃余额\"").expect_text("和要写的不一样");
        waive(&mut browser, "ord", said).await.expect_status(422).expect_text("已经变化或者结清");
        waive(&mut browser, "wallet", said).await.expect_status(303);
        // The order still stands in the way.
        assert_eq!(state(world).await.0, State::Blocked);
        browser.get(CANCEL).await.expect_text("已书面放弃12.34元").expect_text("要处理的 1 件事");
        report(world, "ord", "order", false).await;
        step(&mut browser, "check").await.expect_status(303);
        assert_eq!(state(world).await.0, State::Checked);
        // Another amount was not given up.
        world.pass(1);
        let mut more = affair(world, "wallet", "balance", true);
        more["affair"]["amount_fen"] = json!(1235);
        take(world, &[more]).await;
        step(&mut browser, "confirm").await.expect_status(303);
        assert_eq!(state(world).await.0, State::Blocked);
        waive(&mut browser, "wallet", said).await.expect_status(422);
        waive(&mut browser, "wallet", "我自愿放弃余额12.35元").await.expect_status(303);
        step(&mut browser, "confirm").await.expect_status(303);
        assert_eq!(state(world).await.0, State::CoolingOff);
        let events = world.events(&browser).await;
        assert_eq!(events.iter().filter(|event| **event == Event::MoneyWaived).count(), 2);
        assert!(!format!("{events:?}").contains("12"), "no event holds the amount");
        // Who stays has given nothing up.
        step(&mut browser, "withdraw").await.expect_status(303);
        let (rows,) = sql("SELECT COUNT(*) FROM waiver").fetch_one::<(i64,)>(&world.centre.data).await.unwrap();
        assert_eq!(rows, 0);
    }

    async fn a_freeze_that_comes_meanwhile_refuses_it_and_the_account_is_as_usual_again(world) {
        let mut browser = submitted(world).await;
        world.pass(COOLING_OFF - MINUTE);
        report(world, "case-1", "freeze", true).await;
        report(world, "late", "order", true).await;
        run_jobs(world).await;
        assert_eq!(state(world).await.0, State::CoolingOff);
        world.pass(MINUTE);
        for _ in 0..3 {
            run_jobs(world).await;
        }
        assert_eq!(state(world).await, (State::Refused, Some("freeze".to_owned())));
        browser.get("/").await.expect_status(200);
        let page = browser.get(CANCEL).await.expect_status(200).expect_text("上次的注销申请：已拒绝");
        page.expect_text("账号被司法机关冻结").expect_text("freeze：尾号 3821").expect_text("order：尾号 3821").expect_text(LINK);
        let texts: Vec<_> = told(world).into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts.len(), 3, "{texts:?}");
        assert!(texts[2].contains("账号被司法机关冻结") && texts[2].contains("账号照常使用") && texts[2].contains(LINK));
        let events = world.events(&browser).await;
        let refused = Event::Cancellation { state: "refused".into(), refusal: Some("freeze".into()) };
        assert_eq!(events.iter().filter(|event| **event == refused).count(), 1);
        // It may be begun anew, and then the old reason is gone.
        step(&mut browser, "begin").await.expect_status(303);
        let page = browser.get(CANCEL).await.expect_text("请先验证是你本人").text();
        assert!(!page.contains("已拒绝"));
    }

    async fn a_freeze_that_comes_in_the_instant_it_is_due_is_looked_at_or_not_taken(world) {
        let mut browser = submitted(world).await;
        world.pass(COOLING_OFF);
        for n in 0..8 {
            let lines = [affair(world, &format!("case-{n}"), "freeze", true)];
            let (taken, executed) = tokio::join!(take(world, &lines), store::execute_due(&world.centre, world.centre.now()));
            executed.unwrap();
            if taken.written == 0 {
                assert_eq!(state(world).await.0, State::Executing);
                return;
            }
            run_jobs(world).await;
            assert_eq!(state(world).await, (State::Refused, Some("freeze".to_owned())), "what was taken is looked at");
            report(world, &format!("case-{n}"), "freeze", false).await;
            for name in ["begin", "proof", "confirm"] {
                step(&mut browser, name).await.expect_status(303);
            }
            world.pass(COOLING_OFF);
        }
    }

    async fn each_message_goes_exactly_once_however_often_the_jobs_run(world) {
        let mut browser = submitted(world).await;
        let jobs = async || for _ in 0..3 { run_jobs(world).await; };
        jobs().await;
        assert_eq!(told(world).len(), 1);
        assert!(told(world)[0].1.contains("注销申请已提交") && told(world)[0].1.contains("撤回"));
        world.pass(COOLING_OFF - COOLING_OFF_NOTICE - 1);
        jobs().await;
        assert_eq!(told(world).len(), 1);
        world.pass(1);
        jobs().await;
        assert_eq!(told(world).len(), 2);
        assert!(told(world)[1].1.contains("开始删除"));
        step(&mut browser, "withdraw").await.expect_status(303);
        // A second attempt has messages of its own; taken back in time, its reminder never goes.
        for name in ["begin", "proof", "confirm", "withdraw"] {
            step(&mut browser, name).await.expect_status(303);
        }
        world.pass(2 * COOLING_OFF);
        jobs().await;
        let ids: std::collections::BTreeSet<_> = told(world).into_iter().map(|(id, _)| id).collect();
        assert_eq!((told(world).len(), ids.len()), (3, 3));
    }

    async fn at_once_begins_at_once_with_a_tick_of_its_own(world) {
        let mut browser = world.newcomer(PHONE).await;
        for name in ["begin", "proof"] {
            step(&mut browser, name).await.expect_status(303);
        }
        let (unticked, ticked) = ([], [("understood", "true")]);
        let now = format!("{CANCEL}/confirm-at-once");
        browser.post(&now, &unticked).await.expect_status(422).expect_text("请先勾选");
        assert_eq!(state(world).await.0, State::Checked);
        browser.post(&now, &ticked).await.expect_status(303);
        assert_eq!(state(world).await.0, State::Executing);
        let page = browser.get(CANCEL).await.expect_text("正在删除").expect_text("不能再撤回").text();
        assert!(!page.contains("撤回注销申请"));
        step(&mut browser, "withdraw").await.expect_status(422).expect_text("删除已经开始");
        run_jobs(world).await;
        let texts = told(world);
        assert_eq!(texts.len(), 1, "{texts:?}");
        assert!(texts[0].1.contains("立即执行"));
    }

    async fn the_cooling_off_is_cut_short_by_a_fresh_proof_alone(world) {
        let mut browser = submitted(world).await;
        world.pass(STEP_UP_LIFE);
        let (hasten, ticked) = (format!("{CANCEL}/hasten"), [("understood", "true")]);
        browser.get(CANCEL).await.expect_text("验证身份后可以立即注销");
        browser.post(&hasten, &ticked).await.expect_status(422).expect_text("请重新验证");
        world.step_up(&mut browser).await;
        browser.get(CANCEL).await.expect_text("我知道立即注销后不能撤回");
        browser.post(&hasten, &[]).await.expect_status(422).expect_text("请先勾选");
        assert_eq!(state(world).await.0, State::CoolingOff);
        browser.post(&hasten, &ticked).await.expect_status(303);
        assert_eq!(state(world).await.0, State::Executing);
        world.pass(COOLING_OFF);
        run_jobs(world).await;
        // Neither the reminder nor anything twice.
        assert_eq!(told(world).len(), 1);
    }

    async fn taken_back_in_the_instant_it_is_due_it_is_one_or_the_other(world) {
        let browser = submitted(world).await;
        world.pass(COOLING_OFF);
        for _ in 0..8 {
            let mut mine = browser.clone();
            let now = world.centre.now();
            let (page, executed) = tokio::join!(step(&mut mine, "withdraw"), store::execute_due(&world.centre, now));
            executed.unwrap();
            let (state, _) = state(world).await;
            match page.status.as_u16() {
                303 => assert_eq!(state, State::Withdrawn),
                _ => assert_eq!(state, State::Executing),
            }
            if state == State::Executing {
                return;
            }
            let mut again = browser.clone();
            for name in ["begin", "proof", "confirm"] {
                step(&mut again, name).await.expect_status(303);
            }
            world.pass(COOLING_OFF);
        }
    }

    async fn a_check_that_fails_is_put_off_and_others_go_on(world) {
        let _browser = submitted(world).await;
        let mut other = world.newcomer("13900000002").await;
        for name in ["begin", "proof", "confirm"] {
            step(&mut other, name).await.expect_status(303);
        }
        report(world, "ord", "order", true).await;
        // Nobody can read what stands in the way of the first: its content is of another kind.
        let mut tx = world.centre.data.begin().await.unwrap();
        sql("UPDATE affair SET content = $1").bind(vec![1u8; 40]).execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        world.pass(COOLING_OFF);
        run_jobs(world).await;
        let states = async || {
            sql("SELECT state FROM cancellation ORDER BY id").fetch_all::<(String,)>(&world.centre.data).await.unwrap()
        };
        assert_eq!(states().await, [("cooling_off".to_owned(),), ("executing".to_owned(),)]);
        let mut tx = world.centre.data.begin().await.unwrap();
        sql("UPDATE affair SET content = NULL, is_open = FALSE").execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        run_jobs(world).await;
        assert_eq!(states().await[0].0, "cooling_off", "it is not tried again at once");
        world.pass(CONDITIONS_PAUSE);
        run_jobs(world).await;
        assert_eq!(states().await[0].0, "executing");
    }
}
