//! Sending: under one id until it is taken, or given up.

use std::collections::BTreeSet;

use app::promises::DELIVERY_PAUSES;
use app::sharing::told::{Notice as Kind, Progress};
use app::time::{DAY, HOUR, MINUTE, SECOND};
use serde_json::json;
use server::storage::sql;
use server::vault::Category;
use server::webhooks::operator::{self, Need, NotDone};
use server::webhooks::run;
use uuid::Uuid;

use super::{PHONE, all, listening, progress, steps, write, write_of};
use crate::support::RECIPIENT;

on_both_engines! {
    async fn a_notice_is_tried_until_it_is_taken_under_one_id(world) {
        let (centre, listener) = listening(world, &[RECIPIENT]).await;
        let browser = world.newcomer(PHONE).await;
        let owner = world.caller(&browser).await.person;
        let id = write(&centre, owner, RECIPIENT).await;
        let made = centre.now();
        listener.answer(&[500, 302, 404]);
        let mut expected = Vec::new();
        for pause in &DELIVERY_PAUSES[..4] {
            run(&centre).await.unwrap();
            expected.push(centre.now().0 / SECOND);
            run(&centre).await.unwrap();
            assert_eq!(listener.notices().len(), expected.len(), "not before its pause is over");
            world.pass(pause + pause / 10);
        }
        run(&centre).await.unwrap();
        let notices = listener.notices();
        assert_eq!(notices.iter().map(|notice| notice.timestamp).collect::<Vec<_>>(), expected);
        assert!(notices.iter().all(|notice| notice.id == id.to_string() && notice.text == notices[0].text));
        assert_eq!(notices[0].body, json!({
            "type": "consent.withdrawn", "timestamp": made.iso_millis(),
            "data": {"subject": {"device_uid": ["dev-1"]}, "purpose": "advertising_sharing"},
        }));
        assert_eq!(progress(&centre, owner).await, [Progress::Sent]);
        let kept = sql("SELECT id FROM delivery WHERE body IS NOT NULL").fetch_all::<(String,)>(&centre.data).await.unwrap();
        assert!(kept.is_empty(), "what was told goes once it is taken");
        assert_eq!(steps(&centre).await, [(id.to_string(), "sent".to_owned())]);
    }

    async fn what_nobody_takes_is_given_up_after_days_and_shown(world) {
        let (centre, listener) = listening(world, &[RECIPIENT, "sms"]).await;
        let browser = world.newcomer(PHONE).await;
        let owner = world.caller(&browser).await.person;
        let id = write(&centre, owner, RECIPIENT).await.to_string();
        listener.answer(&[500; 11]);
        for pause in DELIVERY_PAUSES {
            run(&centre).await.unwrap();
            assert_eq!(progress(&centre, owner).await, [Progress::Waiting]);
            world.pass(pause + pause / 10);
        }
        run(&centre).await.unwrap();
        assert_eq!(progress(&centre, owner).await, [Progress::Dead]);
        world.pass(30 * DAY);
        run(&centre).await.unwrap();
        assert_eq!(listener.notices().len(), 11);
        let open = operator::list(&centre, centre.now()).await.unwrap();
        assert_eq!((open[0].need, open[0].failure.as_deref(), open[0].attempts), (Need::Dead, Some("answered 500"), 11));
        operator::retry(&centre, &id, centre.now()).await.unwrap().unwrap();
        run(&centre).await.unwrap();
        assert_eq!(listener.notices().last().unwrap().id, id);
        assert_eq!(progress(&centre, owner).await, [Progress::Sent]);
        assert_eq!(operator::retry(&centre, &id, centre.now()).await.unwrap(), Err(NotDone::Taken(id.clone())));
        let told: Vec<_> = steps(&centre).await.into_iter().map(|(_, step)| step).collect();
        assert_eq!(told, ["dead", "retried", "sent"]);
        // One that is gone for good is given up at once, and holds up nobody else's.
        let gone = write(&centre, owner, "sms").await;
        let other = write(&centre, owner, RECIPIENT).await;
        listener.answer(&[410, 410]);
        run(&centre).await.unwrap();
        for id in [gone, other] {
            assert!(operator::list(&centre, centre.now()).await.unwrap().iter().any(|open| open.id == id.to_string() && open.need == Need::Dead));
        }
    }

    async fn a_correction_waits_for_an_older_one_and_nothing_else_does(world) {
        let (centre, listener) = listening(world, &[RECIPIENT]).await;
        let browser = world.newcomer(PHONE).await;
        let (owner, other) = (world.caller(&browser).await.person, Uuid::now_v7());
        let corrected = async |owner, before: &str, after: &str| {
            let one = json!({"field": "email", "before": before, "after": after});
            let data = json!({"subject": {"device_uid": ["dev-1"]}, "corrections": [one]});
            write_of(&centre, (owner, RECIPIENT), (Kind::Correction, "fields:email", data)).await.to_string()
        };
        let first = corrected(owner, "a", "b").await;
        listener.answer(&[500]);
        run(&centre).await.unwrap();
        let second = corrected(owner, "b", "a").await;
        let withdrawal = write(&centre, owner, RECIPIENT).await.to_string();
        let others = corrected(other, "c", "d").await;
        run(&centre).await.unwrap();
        run(&centre).await.unwrap();
        let arrived = || listener.notices().into_iter().map(|notice| notice.id).collect::<Vec<_>>();
        assert_eq!(arrived(), [first.clone(), withdrawal.clone(), others.clone()]);
        world.pass(10 * SECOND);
        run(&centre).await.unwrap();
        assert_eq!(arrived(), [first.clone(), withdrawal, others, first, second], "it ends as the person has it");
    }

    async fn a_busy_recipient_is_left_alone_as_long_as_it_asks(world) {
        let (centre, listener) = listening(world, &[RECIPIENT]).await;
        let browser = world.newcomer(PHONE).await;
        let owner = world.caller(&browser).await.person;
        write(&centre, owner, RECIPIENT).await;
        listener.ask_to_wait(429, "7200");
        run(&centre).await.unwrap();
        world.pass(2 * HOUR - 1);
        run(&centre).await.unwrap();
        assert_eq!(listener.notices().len(), 1);
        world.pass(1);
        run(&centre).await.unwrap();
        assert_eq!(listener.notices().len(), 2);
    }

    async fn a_dead_senders_notice_goes_with_the_same_id_when_its_lease_is_over(world) {
        let (centre, listener) = listening(world, &[RECIPIENT]).await;
        let browser = world.newcomer(PHONE).await;
        let owner = world.caller(&browser).await.person;
        write(&centre, owner, RECIPIENT).await;
        listener.hold(true);
        let sender = tokio::spawn({ let centre = centre.clone(); async move { run(&centre).await } });
        listener.arrived().await;
        sender.abort();
        drop(sender.await);
        listener.hold(false);
        world.pass(MINUTE - 1);
        run(&centre).await.unwrap();
        assert_eq!(listener.notices().len(), 1, "it may still live");
        world.pass(1);
        run(&centre).await.unwrap();
        let notices = listener.notices();
        assert_eq!(notices.len(), 2);
        assert_eq!(notices[0].id, notices[1].id);
        assert_eq!(progress(&centre, owner).await, [Progress::Sent]);
    }

    async fn many_senders_send_each_notice_once(world) {
        let (centre, listener) = listening(world, &[RECIPIENT, "sms", "host"]).await;
        let browser = world.newcomer(PHONE).await;
        let owner = world.caller(&browser).await.person;
        let mut ids = BTreeSet::new();
        for n in 0..24 {
            ids.insert(write(&centre, owner, [RECIPIENT, "sms", "host"][n % 3]).await.to_string());
        }
        let senders: Vec<_> = (0..4).map(|_| tokio::spawn({ let centre = centre.clone(); async move { run(&centre).await } })).collect();
        for sender in senders {
            sender.await.unwrap().unwrap();
        }
        let sent: Vec<_> = listener.notices().into_iter().map(|notice| notice.id).collect();
        assert_eq!(sent.len(), 24);
        assert_eq!(sent.into_iter().collect::<BTreeSet<_>>(), ids);
        assert!(progress(&centre, owner).await.iter().all(|progress| *progress == Progress::Sent));
    }

    async fn a_notice_whose_owner_was_erased_is_not_sent(world) {
        let (centre, listener) = listening(world, &[RECIPIENT]).await;
        let owner = Uuid::now_v7();
        write(&centre, owner, RECIPIENT).await;
        let keys = centre.vault.retire(owner, &[Category::Deliveries], centre.now()).await.unwrap();
        centre.vault.destroy(&keys, centre.now()).await.unwrap();
        run(&centre).await.unwrap();
        assert!(listener.notices().is_empty());
        assert_eq!(all(world).await, []);
    }
}
