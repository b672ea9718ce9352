//! What somebody has to tell by hand.

use app::sharing::told::{Notice as Kind, Progress};
use app::time::DAY;
use serde_json::json;
use server::webhooks::operator::{self, Need, NotDone};
use server::webhooks::run;

use super::{PHONE, listening, progress, set, steps, write_of};
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

    async fn what_names_nobody_waits_for_a_human_who_finds_out_whom(world) {
        let (centre, listener) = listening(world, &["merchant"]).await;
        let owner = world.caller(&world.newcomer(PHONE).await).await.person;
        let data = json!({"subject": {}, "scope": "account", "look_up": {"register_phone": [PHONE]}});
        let id = write_of(&centre, (owner, "merchant"), (Kind::Erasure, "account", data)).await.to_string();
        run(&centre).await.unwrap();
        assert!(listener.notices().is_empty(), "what only we may know is sent to nobody");
        let open = operator::list(&centre, centre.now()).await.unwrap();
        assert_eq!((open[0].id.as_str(), open[0].need), (id.as_str(), Need::Dead));
        assert_eq!(operator::retry(&centre, &id, centre.now()).await.unwrap(), Err(NotDone::NamesNobody(id.clone())));
        let shown = operator::show(&centre, &id, centre.now()).await.unwrap().unwrap();
        assert_eq!(shown["data"]["look_up"]["register_phone"], json!([PHONE]));
        operator::done(&centre, &id, centre.now()).await.unwrap().unwrap();
        assert_eq!(progress(&centre, owner).await, [Progress::ByHand]);
    }

    async fn the_demo_shows_every_state(world) {
        let mut browser = world.demo().await;
        let page = browser.get("/settings/sharing/notices").await.expect_status(200);
        let page = ["已完成", "部分保留", "超过期限", "专人联系中", "待专人通知", "已发出", "已受理"].into_iter().fold(page, Page::expect_text);
        assert!(!page.text().contains("13800138000"));
    }
}
