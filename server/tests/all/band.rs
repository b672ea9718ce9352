//! The age band: sealed with the account, and read once from the ledger where an older account has it only there.

use app::accounts::model::AgeBand;
use server::accounts::band;
use server::accounts::store::caller_of;
use server::ledger::{self, Event};
use server::storage::sql;
use uuid::Uuid;

use crate::support::World;

async fn sealed(world: &World, person: Uuid) -> Option<Vec<u8>> {
    let row = sql("SELECT age_band FROM person WHERE id = $1").bind(person);
    row.fetch_one::<(Option<Vec<u8>>,)>(&world.centre.data).await.unwrap().0
}

/// Makes the account one from before the band was sealed.
async fn make_older(world: &World, person: Uuid, first: &str) {
    let caller = caller_of(&world.centre, person).await.unwrap();
    let mut tx = world.centre.data.begin().await.unwrap();
    sql("UPDATE person SET age_band = NULL WHERE id = $1").bind(person).execute(&mut tx).await.unwrap();
    let changed = sql("UPDATE event SET body = $2 WHERE pseudonym = $1 AND position = 0")
        .bind(caller.pseudonym.as_str())
        .bind(first);
    changed.execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
}

on_both_engines! {
    async fn the_band_is_sealed_with_the_account_and_stands_in_no_new_event(world) {
        for (phone, id, band) in [
            ("13900000071", "under_14", AgeBand::Under14),
            ("13900000072", "from_14", AgeBand::From14),
            ("13900000073", "adult", AgeBand::Adult),
        ] {
            let browser = world.register(phone, id).await;
            let caller = world.caller(&browser).await;
            assert_eq!((caller.age_band, caller.age_band.is_minor()), (band, id != "adult"));
            assert_eq!(caller_of(&world.centre, caller.person).await.unwrap().age_band, band);
            let row = sealed(world, caller.person).await.unwrap();
            assert!(!row.windows(id.len()).any(|part| part == id.as_bytes()));
            let first = ledger::first(&world.centre.data, &caller.pseudonym).await.unwrap();
            assert!(matches!(first.unwrap().event, Event::Registered { age_band: None, .. }));
        }
    }

    async fn an_older_account_has_it_read_from_its_event_once(world) {
        let older = world.register("13900000074", "from_14").await;
        let person = world.caller(&older).await.person;
        make_older(world, person, r#"{"kind":"registered","age_band":"from_14","policy":"1.0"}"#).await;
        assert_eq!(world.caller(&older).await.age_band, AgeBand::From14, "at first need");
        assert_eq!(band::seal_older(&world.centre).await.unwrap(), 1);
        let row = sealed(world, person).await;
        assert!(row.is_some());
        assert_eq!(world.caller(&older).await.age_band, AgeBand::From14);
        assert_eq!(band::seal_older(&world.centre).await.unwrap(), 0);
        assert_eq!(sealed(world, person).await, row, "doing it again changes nothing");
    }

    async fn an_account_of_which_no_band_is_known_is_a_fault_and_holds_up_nobody_else(world) {
        let mut unknown = world.register("13900000075", "adult").await;
        let known = world.register("13900000076", "under_14").await;
        make_older(world, world.caller(&unknown).await.person, r#"{"kind":"registered","policy":"1.0"}"#).await;
        let person = world.caller(&known).await.person;
        make_older(world, person, r#"{"kind":"registered","age_band":"under_14","policy":"1.0"}"#).await;
        unknown.get("/").await.expect_status(500);
        assert!(band::seal_older(&world.centre).await.is_err());
        assert!(sealed(world, person).await.is_some());
    }
}
