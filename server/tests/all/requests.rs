//! 权利申请: made, due, answered by the officer, refused with a ground, taken back.

use app::requests::model::{Ground, Kind, Status};
use server::ledger::verify;
use server::requests::officer::{self, NotAnswered};
use server::requests::store;
use server::requests::store::Verdict;
use server::storage::sql;
use uuid::Uuid;

use crate::support::Browser;

const PHONE: &str = "13900000031";
const NEW: &str = "/settings/privacy/requests/new";

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
        // What does not fit still waits, for the officer to refuse.
        assert!(officer::waiting(&world.centre).await.unwrap().iter().any(|w| w.wish.value == "123"));
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
}
