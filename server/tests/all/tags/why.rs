//! 为什么看到这些, 人工复核: what was picked is explained, and reviewed by a human.

use app::requests::model::{Ground, Kind};
use server::requests::officer::{self, NotAnswered};
use server::requests::store::Verdict;
use server::storage::sql;
use uuid::Uuid;

use super::{ADVERTISING, PHONE, TAGS, WHY, first_id, switch};

const NEW: &str = "/settings/privacy/requests/new";

on_both_engines! {
    async fn what_was_picked_is_explained_page_by_page_and_leads_to_what_is_behind_it(world) {
        let mut browser = world.demo().await;
        let first = browser.get(WHY).await.expect_status(200).expect_text("程序按你的标签“").expect_text("参考了你的");
        let text = first.text();
        assert_eq!(text.matches("<article").count(), 20);
        let tags = browser.get(TAGS).await.text();
        let anchor = first_id(&text, "/settings/advertising/tags#t-");
        assert!(tags.contains(&format!("id=\"t-{anchor}\"")), "the tag behind it is there to be deleted");
        let next = text.split("href=\"/settings/advertising/why?after=").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let rest = browser.get(&format!("{WHY}?after={next}")).await.expect_status(200).text();
        assert_eq!(rest.matches("<article").count(), 4);
        browser.get(&format!("{WHY}?after=nonsense")).await.expect_status(200);
        // Its times fall.
        let times: Vec<_> = text.split("<time datetime=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect();
        assert!(times.is_sorted_by(|a, b| a >= b));
    }

    async fn a_review_is_about_that_decision_and_answered_by_a_human_with_a_name(world) {
        let mut browser = world.demo().await;
        let caller = world.caller(&browser).await;
        let text = browser.get(WHY).await.text();
        let id = first_id(&text, "about=record:shown_item:");
        let about = format!("record:shown_item:{id}");
        let decided = server::records::one(&world.centre, &caller, Uuid::parse_str(&id).unwrap()).await.unwrap().unwrap();
        browser.get(&format!("{NEW}?kind=review&about={about}")).await.expect_text("要复核的决定").expect_text(&decided.content.value);
        // What was decided is the centre's to say.
        let fields = [("kind", "review"), ("about", about.as_str()), ("value", "我编的"), ("text", "我不是这样的人")];
        let path = browser.post(NEW, &fields).await.expect_status(303).location().unwrap().to_owned();
        browser.get("/settings/privacy/requests").await.expect_text("人工复核：一条推荐和广告展示");
        browser.get(&path).await.expect_text("2026年12月14日").expect_text("复核的决定");
        // The record goes; the review goes on.
        switch(&mut browser, ADVERTISING, "personalised_recommendation", false).await;
        let waiting = officer::waiting(&world.centre).await.unwrap().into_iter().find(|w| w.kind == Kind::Review).unwrap();
        assert!(waiting.wish.value.contains(&decided.content.value) && !waiting.wish.value.contains("我编的"));
        let (centre, now) = (&world.centre, world.centre.now());
        let verdict = Verdict::Fulfilled("你说得对，已经纠正。".into());
        let nameless = [
            officer::answer(centre, &waiting.number, &verdict, now).await.unwrap(),
            officer::answer_by(centre, &waiting.number, &verdict, Some("  "), now).await.unwrap(),
            officer::answer_by(centre, &waiting.number, &Verdict::Denied(Ground::FoundRight, "没有错".into()), None, now).await.unwrap(),
        ];
        assert!(nameless.iter().all(|answered| matches!(answered, Err(NotAnswered::NoReviewer))));
        // Not even a mistake of the program ends it without a name.
        let mut tx = centre.data.begin().await.unwrap();
        assert!(sql("UPDATE request SET status = 'fulfilled' WHERE kind = 'review' AND status = 'open'").execute(&mut tx).await.is_err());
        drop(tx);
        officer::answer_by(centre, &waiting.number, &verdict, Some(" 王审核 "), now).await.unwrap().unwrap();
        browser.get(&path).await.expect_text("已完成").expect_text("复核人：王审核").expect_text("你说得对，已经纠正。");
        let (reviewer,) = sql("SELECT reviewer FROM request WHERE id = $1").bind(path.rsplit('/').next().unwrap())
            .fetch_one::<(Vec<u8>,)>(&centre.data).await.unwrap();
        assert!(memchr::memmem::find(&reviewer, "王审核".as_bytes()).is_none(), "it is sealed");
    }

    async fn a_review_can_be_asked_for_in_general_and_taken_back(world) {
        let mut browser = world.newcomer(PHONE).await;
        browser.get(NEW).await.expect_status(200);
        browser.post(NEW, &[("kind", "review"), ("text", " ")]).await.expect_status(422).expect_text("请写明哪个决定不对");
        let path = browser.post(NEW, &[("kind", "review"), ("text", "不该限制我参加活动")]).await.location().unwrap().to_owned();
        browser.get(&path).await.expect_text("不该限制我参加活动");
        browser.post(&format!("{path}/revoke"), &[]).await.expect_status(303);
        browser.get(&path).await.expect_text("已撤回");
        // About another person's decision nobody asks.
        let mut demo = world.demo().await;
        let text = demo.get(WHY).await.text();
        let about = format!("record:shown_item:{}", first_id(&text, "about=record:shown_item:"));
        browser.post(NEW, &[("kind", "review"), ("about", &about), ("text", "看看别人的")]).await.expect_status(404);
    }
}
