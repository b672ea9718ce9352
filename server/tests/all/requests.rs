//! 权利申请: made, due, answered by the officer, refused with a ground, taken back.

use app::requests::model::{Ground, Kind, Status};
use server::ledger::{Event, verify};
use server::requests::officer::{self, NotAnswered};
use server::requests::overdue;
use server::requests::store;
use server::requests::store::Verdict;
use server::storage::sql;
use uuid::Uuid;

use crate::support::Browser;

const PHONE: &str = "13900000031";
const NEW: &str = "/settings/privacy/requests/new";
const COMPLAINTS: &str = "/settings/complaints";

async fn ask(browser: &mut Browser, fields: &[(&str, &str)]) -> String {
    let page = browser.post(NEW, fields).await.expect_status(303);
    page.location().unwrap().to_owned()
}

on_both_engines! {
    async fn a_question_is_due_on_the_fifteenth_working_day_and_answered(world) {
        let mut browser = world.newcomer(PHONE).await;
        let path = ask(&mut browser, &[("kind", "explanation"), ("about", "field:browse_log"), ("text", "为什么？")]).await;
        // Monday, 23 November 2026: three full weeks.
        let page = browser.get(&path).await.expect_status(200).expect_text("2026年12月14日").expect_text("已收到");
        page.expect_text("解释：浏览记录").expect_text("为什么？");
        let waiting = officer::waiting(&world.centre).await.unwrap().remove(0);
        assert_eq!((waiting.kind, waiting.wish.text.as_str()), (Kind::Explanation, "为什么？"));
        let verdict = Verdict::Fulfilled("因为你打开了个性化推荐。".into());
        officer::answer(&world.centre, &waiting.number, &verdict, world.centre.now()).await.unwrap().unwrap();
        browser.get(&path).await.expect_text("已完成").expect_text("因为你打开了个性化推荐。");
        let again = officer::answer(&world.centre, &waiting.number, &verdict, world.centre.now()).await.unwrap();
        assert!(matches!(again, Err(NotAnswered::NoRequest(_))));
        let statuses: Vec<_> = world.events(&browser).await.into_iter().filter_map(|event| match event {
            server::ledger::Event::Request { status, .. } => Some(status),
            _ => None,
        }).collect();
        assert_eq!(statuses, [Status::Open, Status::Fulfilled]);
        server::ledger::sequence(&world.centre.data, &world.centre.signer, world.centre.now()).await.unwrap();
        verify(&world.centre.data, &world.centre.signer.verifier()).await.unwrap().unwrap();
    }

    async fn a_refusal_names_its_ground_and_where_to_complain(world) {
        let mut browser = world.newcomer(PHONE).await;
        let path = ask(&mut browser, &[("kind", "explanation"), ("text", "请删除别人的评价")]).await;
        let waiting = officer::waiting(&world.centre).await.unwrap().remove(0);
        let wordless = Verdict::Denied(Ground::OthersRights, "  ".into());
        let refused = officer::answer(&world.centre, &waiting.number, &wordless, world.centre.now()).await.unwrap();
        assert!(matches!(refused, Err(NotAnswered::NoWords)));
        let verdict = Verdict::Denied(Ground::OthersRights, "评价属于发布它的人。".into());
        officer::answer(&world.centre, &waiting.number, &verdict, world.centre.now()).await.unwrap().unwrap();
        let page = browser.get(&path).await.expect_text("未通过").expect_text("会损害其他人的权益");
        page.expect_text("评价属于发布它的人。").expect_text("网信部门").expect_text("人民法院");
        // Not even a mistake of the program refuses without a ground.
        let mut tx = world.centre.data.begin().await.unwrap();
        assert!(sql("UPDATE request SET ground = NULL").execute(&mut tx).await.is_err());
    }

    async fn a_granted_correction_is_carried_out(world) {
        let mut browser = world.demo().await;
        let caller = world.caller(&browser).await;
        let fields = [("kind", "correction"), ("about", "field:real_name"), ("value", "林晓满"), ("text", "改名了")];
        ask(&mut browser, &fields).await;
        let order = sql("SELECT id FROM record WHERE field = 'order_no' AND person_id = $1 LIMIT 1")
            .bind(caller.person).fetch_one::<(String,)>(&world.centre.data).await.unwrap().0;
        let about = format!("record:order_no:{order}");
        ask(&mut browser, &[("kind", "correction"), ("about", &about), ("value", "2026112300001"), ("text", "少了一位")]).await;
        let bad = [("kind", "correction"), ("about", "field:id_card_no"), ("value", "123"), ("text", "写错了")];
        ask(&mut browser, &bad).await;
        let mut outcomes = Vec::new();
        for waiting in officer::waiting(&world.centre).await.unwrap().into_iter().filter(|w| w.kind == Kind::Correction) {
            let verdict = Verdict::Fulfilled("已更正。".into());
            outcomes.push(officer::answer(&world.centre, &waiting.number, &verdict, world.centre.now()).await.unwrap().is_ok());
        }
        assert_eq!(outcomes.iter().filter(|ok| **ok).count(), 2);
        let (name, _) = server::profile::store::real_name(&world.centre, &caller).await.unwrap().unwrap();
        assert_eq!(name.name, "林晓满");
        let record = server::records::one(&world.centre, &caller, Uuid::parse_str(&order).unwrap()).await.unwrap().unwrap();
        assert_eq!(record.content.value, "2026112300001");
        // Each is in the chain and in the copy, with its answer: what did not fit has left nothing.
        let corrected = |event: Event| match event {
            Event::RecordCorrected { field } => Some(field),
            _ => None,
        };
        let mut told: Vec<_> = world.events(&browser).await.into_iter().filter_map(corrected).collect();
        told.sort();
        assert_eq!(told, ["order_no", "real_name"]);
        let noted = server::records::entries::corrections(&world.centre, &caller).await.unwrap();
        let name = noted.iter().find(|noted| noted.content.value == "姓名").expect("the name's correction");
        assert!(name.content.details.iter().any(|(_, text)| text == "我们，按你的申请"));
        // What does not fit still waits, for the officer to refuse.
        assert!(officer::waiting(&world.centre).await.unwrap().iter().any(|w| w.wish.value == "123"));
    }

    async fn what_would_be_right_is_masked_as_its_kind_is_until_it_is_proved_again_who_asks(world) {
        let number = "11010519491231002X";
        let mut browser = world.newcomer(PHONE).await;
        let fields = [("kind", "correction"), ("about", "field:id_card_no"), ("value", number), ("text", "写错了")];
        let path = ask(&mut browser, &fields).await;
        let page = browser.get(&path).await.expect_status(200).expect_text("1****************X");
        let page = page.expect_text("写错了").expect_text(&format!("/step-up?next={path}"));
        assert!(!page.text().contains(number));
        // The officer reads it whole, and so does its person, who has just proved it.
        assert_eq!(officer::waiting(&world.centre).await.unwrap().remove(0).wish.value, number);
        world.step_up(&mut browser).await;
        let page = browser.get(&path).await.expect_text(number);
        assert!(!page.text().contains("查看完整内容"));
        world.pass(app::promises::STEP_UP_LIFE);
        assert!(!browser.get(&path).await.text().contains(number));
        let question = ask(&mut browser, &[("kind", "explanation"), ("about", "field:id_card_no"), ("text", "为什么要它？")]).await;
        let page = browser.get(&question).await.expect_text("为什么要它？");
        assert!(!page.text().contains("查看完整内容"));
    }

    async fn what_was_typed_comes_back_as_text_and_never_as_markup(world) {
        let mut browser = world.newcomer(PHONE).await;
        let text = "</textarea><img src=x onerror=alert(1)> & 其他";
        let page = browser.post(COMPLAINTS, &[("topic", ""), ("text", text)]).await.expect_status(422);
        let page = page.expect_text("&lt;/textarea&gt;&lt;img src=x onerror=alert(1)&gt; &amp; 其他</textarea>");
        assert!(!page.text().contains("<img"));
    }

    async fn it_can_be_taken_back_once_and_by_its_person_alone(world) {
        let mut browser = world.newcomer(PHONE).await;
        let path = ask(&mut browser, &[("kind", "explanation"), ("text", "为什么？")]).await;
        let mut other = world.newcomer("13900000032").await;
        other.get(&path).await.expect_status(404);
        other.post(&format!("{path}/revoke"), &[]).await.expect_status(404);
        browser.post(&format!("{path}/revoke"), &[]).await.expect_status(303);
        browser.get(&path).await.expect_text("已撤回");
        browser.post(&format!("{path}/revoke"), &[]).await.expect_status(404);
        assert!(officer::waiting(&world.centre).await.unwrap().is_empty());
    }

    async fn a_form_is_refused_with_what_was_typed_and_about_strange_things_not_at_all(world) {
        let mut browser = world.demo().await;
        let page = browser.post(NEW, &[("kind", "correction"), ("about", "field:real_name"), ("value", "林"), ("text", "")]).await;
        page.expect_status(422).expect_text("请写明理由").expect_text("林</textarea>");
        for (kind, about) in [("explanation", "field:nothing"), ("relative", ""), ("correction", ""), ("explanation", "record:cart:x")] {
            browser.post(NEW, &[("kind", kind), ("about", about), ("value", "a"), ("text", "b")]).await.expect_status(404);
        }
        // Another person's record is as one that does not exist.
        let (theirs,) = sql("SELECT id FROM record WHERE field = 'cart'").fetch_one::<(String,)>(&world.centre.data).await.unwrap();
        let mut other = world.newcomer(PHONE).await;
        let about = format!("record:cart:{theirs}");
        other.post(NEW, &[("kind", "explanation"), ("about", &about), ("text", "b")]).await.expect_status(404);
        browser.post(NEW, &[("kind", "explanation"), ("about", &about), ("text", "b")]).await.expect_status(303);
    }

    async fn nobody_floods_the_officer(world) {
        let mut browser = world.newcomer(PHONE).await;
        for _ in 0..app::promises::OPEN_REQUESTS_MAX {
            ask(&mut browser, &[("kind", "explanation"), ("text", "为什么？")]).await;
        }
        let page = browser.post(NEW, &[("kind", "explanation"), ("text", "还有一个")]).await.expect_status(422);
        page.expect_text("等答复后再提交").expect_text("还有一个");
        let caller = world.caller(&browser).await;
        assert_eq!(store::requests(&world.centre, &caller).await.unwrap().len(), app::promises::OPEN_REQUESTS_MAX);
    }

    async fn a_complaint_has_a_number_a_day_it_is_due_an_answer_and_the_next_ways(world) {
        let mut browser = world.newcomer(PHONE).await;
        let typed = [("topic", ""), ("text", "还是收到了短信"), ("value", "不要再发")];
        let page = browser.post(COMPLAINTS, &typed).await.expect_status(422).expect_text("请选择是关于什么的");
        page.expect_text("还是收到了短信</textarea>").expect_text("不要再发</textarea>");
        let long = "字".repeat(app::promises::REQUEST_CHARS + 1);
        browser.post(COMPLAINTS, &[("topic", "messages"), ("text", &long)]).await.expect_status(422).expect_text("最多500个字");
        browser.post(COMPLAINTS, &[("topic", "messages"), ("text", " ")]).await.expect_status(422).expect_text("请写明发生了什么");
        let page = browser.post(COMPLAINTS, &[("topic", "messages"), typed[1], typed[2]]).await.expect_status(303);
        let path = page.location().unwrap().to_owned();
        browser.get(&path).await.expect_text("投诉与反馈：推送、短信和邮件").expect_text("2026年12月14日").expect_text("不要再发");
        for list in [COMPLAINTS, "/settings/privacy/requests"] {
            browser.get(list).await.expect_text("投诉与反馈：推送、短信和邮件").expect_text("已收到");
        }
        let waiting = officer::waiting(&world.centre).await.unwrap().remove(0);
        assert_eq!((waiting.kind, waiting.due_at.date().as_str()), (Kind::Complaint, "2026年12月14日"));
        let verdict = Verdict::Fulfilled("已经停发。".into());
        officer::answer(&world.centre, &waiting.number, &verdict, world.centre.now()).await.unwrap().unwrap();
        browser.get(&path).await.expect_text("已经停发。").expect_text("网信部门").expect_text("人民法院");
        browser.get(COMPLAINTS).await.expect_text("已完成");
        let mut other = world.newcomer("13900000032").await;
        assert!(!other.get(COMPLAINTS).await.text().contains("推送、短信和邮件</span>"));
        other.get(&path).await.expect_status(404);
    }

    async fn an_answer_that_is_late_is_said_to_be_to_its_person_and_to_the_operator(world) {
        let mut browser = world.newcomer(PHONE).await;
        let path = ask(&mut browser, &[("kind", "explanation"), ("text", "为什么？")]).await;
        let number = officer::waiting(&world.centre).await.unwrap().remove(0).number;
        world.pass(22 * app::time::DAY);
        // The evening of the last day has begun: it is due, and not late.
        world.pass(-app::time::DAY);
        assert_eq!(overdue::tell(&world.centre, world.centre.now()).await.unwrap(), Vec::<String>::new());
        world.pass(app::time::DAY);
        for _ in 0..2 {
            assert_eq!(overdue::tell(&world.centre, world.centre.now()).await.unwrap(), std::slice::from_ref(&number));
        }
        let late = |event: &&Event| matches!(event, Event::RequestOverdue { .. });
        assert_eq!(world.events(&browser).await.iter().filter(late).count(), 1, "it is told once in the ledger");
        // Thirty days without use end a session; this one was used.
        browser.get(&path).await.expect_text("已逾期").expect_text("是我们的责任").expect_text("网信部门");
        browser.get("/settings/privacy/requests").await.expect_text("已逾期");
        let verdict = Verdict::Fulfilled("对不起，答复晚了。".into());
        officer::answer(&world.centre, &number, &verdict, world.centre.now()).await.unwrap().unwrap();
        assert!(!browser.get(&path).await.expect_text("已完成").text().contains("已逾期"));
        assert!(overdue::tell(&world.centre, world.centre.now()).await.unwrap().is_empty());
    }

    async fn a_state_is_told_as_the_data_rights_protocol_does(world) {
        let mut browser = world.newcomer(PHONE).await;
        let path = ask(&mut browser, &[("kind", "explanation"), ("text", "请删除别人的评价")]).await;
        let mut machine = browser.clone();
        machine.headers.push(("accept", "application/json".into()));
        let told = async |machine: &mut Browser| {
            let body = machine.get(&path).await.expect_status(200).body;
            serde_json::from_slice::<serde_json::Value>(&body).unwrap()
        };
        let open = told(&mut machine).await;
        assert_eq!((&open["status"], &open["reason"]), (&"open".into(), &serde_json::Value::Null));
        assert!(open["request_id"].is_string() && open["received_at"].is_string() && open["expected_by"].is_string());
        let number = officer::waiting(&world.centre).await.unwrap().remove(0).number;
        let verdict = Verdict::Denied(Ground::OthersRights, "评价属于发布它的人。".into());
        officer::answer(&world.centre, &number, &verdict, world.centre.now()).await.unwrap().unwrap();
        let denied = told(&mut machine).await;
        assert_eq!((&denied["status"], &denied["reason"]), (&"denied".into(), &"claim_not_covered".into()));
        assert_eq!(denied["processing_details"], "评价属于发布它的人。");
        assert_eq!(denied["expected_by"], serde_json::Value::Null);
    }

    async fn a_long_list_is_narrowed_by_kind_and_state(world) {
        let mut browser = world.demo().await;
        let list = "/settings/privacy/requests";
        browser.get(list).await.expect_text("筛选").expect_text("解释：位置").expect_text("更正：姓名");
        let page = browser.get(&format!("{list}?kind=correction&state=ended")).await.expect_text("更正：姓名");
        assert!(!page.text().contains("解释：位置"));
        let page = browser.get(&format!("{list}?state=open")).await.expect_text("解释：间接人群画像");
        assert!(!page.text().contains("更正：姓名"));
        browser.get(&format!("{list}?kind=transfer")).await.expect_text("没有符合的申请");
        browser.get(&format!("{list}?kind=nothing&state=nothing")).await.expect_text("更正：姓名");
        // A short one is not.
        let mut fresh = world.newcomer(PHONE).await;
        assert!(!fresh.get(list).await.expect_status(200).text().contains("筛选"));
    }
}
