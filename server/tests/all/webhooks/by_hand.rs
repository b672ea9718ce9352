//! What somebody has to tell by hand.

use app::time::DAY;
use serde_json::json;
use server::webhooks::operator::{self, Need, NotDone};
use server::webhooks::run;

use super::{PHONE, set, steps};
use crate::support::Page;

on_both_engines! {
    async fn what_has_no_webhook_waits_for_a_human_and_names_nobody_until_it_is_shown(world) {
        let mut browser = world.newcomer(PHONE).await;
        set(&mut browser, "/settings/notifications", "marketing_sms", true).await;
        set(&mut browser, "/settings/notifications", "marketing_sms", false).await;
        run(&world.centre).await.unwrap();
        let open = operator::list(&world.centre, world.centre.now()).await.unwrap();
        assert_eq!(open.iter().map(|open| open.need).collect::<Vec<_>>(), [Need::ByHand, Need::ByHand]);
        let open: Vec<_> = open.into_iter().filter(|open| open.recipient == "云讯短信").collect();
        let line = open[0].to_string();
        assert!(line.contains("云讯短信") && !line.contains(PHONE), "{line}");
        assert_eq!(steps(&world.centre).await, []);
        let id = open[0].id.clone();
        let now = world.centre.now();
        let shown = operator::show(&world.centre, &id, now).await.unwrap().unwrap();
        assert_eq!(shown["data"]["subject"]["register_phone"], json!([PHONE]));
        assert_eq!(steps(&world.centre).await, [(id.clone(), "shown".to_owned())]);
        assert_eq!(operator::retry(&world.centre, &id, now).await.unwrap(), Err(NotDone::NoWebhook(id.clone())));
        world.pass(40 * DAY);
        let late = operator::list(&world.centre, world.centre.now()).await.unwrap();
        assert_eq!(late[0].need, Need::Overdue);
        browser.get("/settings/sharing/notices").await.expect_status(303);
        operator::done(&world.centre, &id, world.centre.now()).await.unwrap().unwrap();
        assert!(operator::list(&world.centre, world.centre.now()).await.unwrap().iter().all(|open| open.id != id));
        let again = operator::done(&world.centre, &id, world.centre.now()).await.unwrap();
        assert_eq!(again, Err(NotDone::None(id.clone())));
        assert_eq!(operator::show(&world.centre, "nonsense", now).await.unwrap(), Err(NotDone::None("nonsense".into())));
    }

    async fn the_demo_shows_every_state(world) {
        let mut browser = world.demo().await;
        let page = browser.get("/settings/sharing/notices").await.expect_status(200);
        let page = ["已完成", "部分保留", "超过期限", "专人联系中", "待专人通知", "已发出", "已受理"].into_iter().fold(page, Page::expect_text);
        assert!(!page.text().contains("13800138000"));
    }
}
