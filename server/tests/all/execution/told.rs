//! Whoever is to be told of an erasure is told, however late it is, and the certificate says how far each has come.

use app::proof::Report;
use app::time::DAY;
use serde_json::json;
use server::centre::Centre;
use server::ledger::{self, Event, Pseudonym};
use server::storage::sql;
use server::web::build_router;
use server::webhooks::operator::{self, Need, NotDone};
use server::webhooks::run;
use server::{execution, replay};
use uuid::Uuid;

use super::{FULL, gone, report};
use crate::support::{Listener, World, replay_all, tells, with_services};

const SMS: &str = "云讯短信";

/// The certificate at that link, as `centre` issues it now.
async fn certificate(world: &World, centre: &Centre, link: &str) -> Report {
    let mut anybody = world.browser();
    anybody.router = build_router(centre);
    let found = report(&anybody.get(&format!("{link}/certificate")).await.expect_status(200), world);
    assert!(found.is_valid(), "{found:?}");
    found
}

/// What it says of a recipient.
fn says(found: &Report, recipient: &str) -> String {
    let name = format!("通知：{recipient}");
    found.facts.iter().find(|(fact, _)| *fact == name).expect("it is named").1.clone()
}

/// The SMS provider's notice.
async fn notice(centre: &Centre) -> (String, Need) {
    let open = operator::list(centre, centre.now()).await.unwrap();
    let open = open.into_iter().find(|open| open.recipient == SMS).expect("it is open");
    (open.id, open.need)
}

async fn the_execution(centre: &Centre) -> Uuid {
    let row = sql("SELECT id FROM execution").fetch_one::<(String,)>(&centre.data).await.unwrap();
    Uuid::parse_str(&row.0).unwrap()
}

async fn steps_of(centre: &Centre, notice: &str) -> Vec<String> {
    let history = ledger::history(&centre.data, &Pseudonym::centre()).await.unwrap();
    let step = |recorded: ledger::Recorded| match recorded.event {
        Event::Notice { id, step, .. } if id == notice => Some(step),
        _ => None,
    };
    history.into_iter().filter_map(step).collect()
}

on_both_engines! {
    with with_services();

    async fn what_was_not_told_in_time_is_told_later_and_by_hand_is_said_to_be_by_hand(world) {
        let (link, centre) = (gone(world).await, &world.centre);
        world.pass(40 * DAY);
        execution::close(centre).await.unwrap();
        let (id, need) = notice(centre).await;
        assert_eq!(need, Need::Overdue);
        let shown = operator::show(centre, &id, centre.now()).await.unwrap().unwrap();
        assert_eq!(shown["data"]["subject"]["register_phone"], json!([FULL]));
        assert_eq!(says(&certificate(world, centre, &link).await, SMS), "签发时正在通知");
        operator::done(centre, &id, centre.now()).await.unwrap().unwrap();
        let found = certificate(world, centre, &link).await;
        assert_eq!(says(&found, SMS), "由专人联系，对方说已完成删除（没有签名的答复）");
        assert_eq!(steps_of(centre, &id).await, ["shown", "done_by_hand"]);
        world.browser().get(&link).await.expect_status(200).expect_text("专人联系确认，对方已完成");
        execution::close(centre).await.unwrap();
        assert!(centre.vault.count_keys(the_execution(centre).await).await.unwrap() > 0, "others wait still");
    }

    async fn what_cant_be_read_any_more_is_neither_sent_nor_done_and_its_loss_is_told(world) {
        let (link, listener) = (gone(world).await, Listener::start().await);
        let mut config = with_services();
        tells(&mut config, "sms", &listener.address());
        let centre = &world.with_settings(&config).await;
        let execution = the_execution(centre).await;
        let keys = centre.vault.retire_all(execution, centre.now()).await.unwrap();
        centre.vault.destroy(&keys, centre.now()).await.unwrap();
        let (id, _) = notice(centre).await;
        let refuses = async || {
            let now = centre.now();
            for why in [operator::retry(centre, &id, now).await.unwrap(), operator::done(centre, &id, now).await.unwrap()] {
                assert_eq!(why, Err(NotDone::Gone(id.clone())));
            }
            assert_eq!(operator::show(centre, &id, now).await.unwrap(), Err(NotDone::Gone(id.clone())));
        };
        refuses().await;
        run(centre).await.unwrap();
        assert!(listener.notices().is_empty());
        assert_eq!(notice(centre).await, (id.clone(), Need::Dead), "it stays where the operator sees it");
        assert_eq!(steps_of(centre, &id).await, ["lost"]);
        refuses().await;
        assert_eq!(says(&certificate(world, centre, &link).await, SMS), "没能自动送达，由专人联系");
        // Whatever became of a row: whom the event names, the certificate names.
        let mut tx = centre.data.begin().await.unwrap();
        sql("DELETE FROM delivery WHERE id = $1").bind(&id).execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(says(&certificate(world, centre, &link).await, SMS), "签发时查不到进度");
    }

    async fn a_backup_from_before_they_were_told_gives_a_certificate_that_holds(world) {
        let (link, centre) = (gone(world).await, &world.centre);
        replay::settle(centre).await.unwrap();
        let copy = world.databases.back_up().await;
        let mut tx = centre.data.begin().await.unwrap();
        sql("UPDATE delivery SET state = 'sent', body = NULL, sent_at = made_at").execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        execution::close(centre).await.unwrap();
        assert_eq!(centre.vault.count_keys(the_execution(centre).await).await.unwrap(), 0);

        let restored = world.restored(&copy).await;
        replay_all(&restored).await;
        assert_eq!(says(&certificate(world, &restored, &link).await, SMS), "已通知，签发时还没有答复");
        let waiting = sql("SELECT COUNT(*) FROM delivery WHERE state IN ('waiting', 'dead') OR body IS NOT NULL");
        assert_eq!(waiting.fetch_one::<(i64,)>(&restored.data).await.unwrap(), (0,));
        let mut anybody = world.browser();
        anybody.router = build_router(&restored);
        anybody.get(&link).await.expect_status(200).expect_text("已发出，对方已收到");
        restored.data.close().await;
    }
}
