//! The legal hold: it ends by itself, record by record and key by key; nothing but one command reads it, and that leaves an
//! event.

use std::collections::BTreeMap;

use app::time::{DAY, Moment};
use server::ledger::{self, Event, Pseudonym};
use server::legal_hold::{self, Reason};
use server::storage::sql;

use super::{FULL, gone, person};
use crate::support::{NOON, World, with_services};

/// What the centre's own chain says of the hold.
async fn told(world: &World) -> Vec<Event> {
    let history = ledger::history(&world.centre.data, &Pseudonym::centre()).await.unwrap();
    let of_hold = |e: &Event| matches!(e, Event::LegalHoldEnded { .. } | Event::LegalHoldRead { .. });
    history.into_iter().map(|recorded| recorded.event).filter(of_hold).collect()
}

async fn held(world: &World) -> Vec<(String, String, i64)> {
    sql("SELECT r.id, r.bucket_id, r.ends_at FROM legal_hold_record r ORDER BY r.ends_at, r.id")
        .fetch_all::<(String, String, i64)>(&world.centre.data)
        .await
        .unwrap()
}

async fn keys(world: &World) -> i64 {
    let (_, keys) = world.databases.open().await;
    let (count,) = sql("SELECT COUNT(*) FROM data_key WHERE category = 'legal_hold'").fetch_one(&keys).await.unwrap();
    keys.close().await;
    count
}

on_both_engines! {
    with with_services();

    async fn each_record_goes_with_its_date_and_each_key_with_its_last_record(world) {
        gone(world).await;
        let mut left = held(world).await;
        let buckets = |left: &[(String, String, i64)]| {
            left.iter().map(|(_, bucket, _)| bucket.clone()).collect::<std::collections::BTreeSet<_>>().len()
        };
        assert!(left.len() > 20 && buckets(&left) > 5, "{} records", left.len());
        let mut ended = 0;
        while let Some((_, _, next)) = left.first().cloned() {
            // To the last moment before it nothing goes.
            world.pass(Moment(next).since(world.centre.now()) - 1);
            legal_hold::run(&world.centre, world.centre.now()).await.unwrap();
            assert_eq!(held(world).await, left);
            world.pass(1);
            legal_hold::run(&world.centre, world.centre.now()).await.unwrap();
            let before = left.len();
            left.retain(|(_, _, end)| *end > next);
            assert_eq!(held(world).await, left);
            assert_eq!(keys(world).await, i64::try_from(buckets(&left)).unwrap());
            ended += before - left.len();
        }
        let mut grounds: BTreeMap<String, i64> = BTreeMap::new();
        for event in told(world).await {
            let Event::LegalHoldEnded { ground, records } = event else { panic!("{event:?}") };
            *grounds.entry(ground).or_default() += records;
        }
        assert_eq!(grounds.values().sum::<i64>(), i64::try_from(ended).unwrap());
        assert_eq!(grounds.into_keys().collect::<Vec<_>>(), ["disclosure", "log_6_months", "tax_10_years", "trade_3_years"]);
        let none = sql("SELECT id FROM legal_hold_bucket").fetch_all::<(String,)>(&world.centre.data).await.unwrap();
        assert!(none.is_empty());
        // Ten years and no more.
        assert!(world.centre.now().since(crate::support::NOON) < 3_660 * DAY);
    }

    async fn a_verified_name_is_kept_as_long_as_the_last_tax_document_that_it_is_part_of(world) {
        let centre = &world.centre;
        world.demo().await;
        let mut tx = centre.data.begin().await.unwrap();
        let verified = sql("UPDATE real_name SET verified_at = $1 WHERE person_id = $2");
        let verified = verified.bind(NOON.plus(-12 * 366 * DAY).0).bind(person(centre, FULL).await);
        assert_eq!(verified.execute(&mut tx).await.unwrap(), 1);
        tx.commit().await.unwrap();
        // Not while a younger document needs it.
        server::records::retention::run(centre, centre.now()).await.unwrap();
        gone(world).await;
        let reason: Reason = "杭州市税务局〔2027〕第118号协查函".parse().unwrap();
        let opened = legal_hold::open(centre, &FULL.parse().unwrap(), &reason, centre.now()).await.unwrap();
        let until = |is: fn(&str) -> bool| opened.iter().filter(|kept| is(&kept.kind)).map(|kept| kept.ends_at).max();
        let name = until(|kind| kind == "verified_name").expect("it is kept");
        assert_eq!(Some(name), until(|kind| matches!(kind, "balance" | "withdrawal")));
    }

    async fn only_the_command_reads_it_and_the_ledger_tells(world) {
        gone(world).await;
        let reason: Reason = "杭州市税务局〔2027〕第118号协查函".parse().unwrap();
        let phone = FULL.parse().unwrap();
        let opened = legal_hold::open(&world.centre, &phone, &reason, world.centre.now()).await.unwrap();
        assert_eq!(opened.len(), held(world).await.len());
        let text: String = opened.iter().map(|o| format!("{} {}\n", o.kind, o.content)).collect();
        for known in ["verified_name", "33010619950307242X", "order_items", "ip_address", "disclosure"] {
            assert!(text.contains(known), "{known}");
        }
        assert!(!text.contains("browse_log") && opened.windows(2).all(|two| two[0].at <= two[1].at));
        let nobody = "13900000099".parse().unwrap();
        assert!(legal_hold::open(&world.centre, &nobody, &reason, world.centre.now()).await.unwrap().is_empty());
        let read = |records| Event::LegalHoldRead { reason: "杭州市税务局〔2027〕第118号协查函".to_owned(), records };
        assert_eq!(told(world).await, [read(i64::try_from(opened.len()).unwrap()), read(0)]);
    }
}
