//! Erased for real: what is known of the person, and every id of theirs, is searched for wherever anything is kept.

use std::collections::BTreeSet;

use app::records::model::Home;
use memchr::memmem;
use server::accounts::store::caller_of;
use server::execution::{self, rows};
use server::messages::outbox;
use server::records::own::own;
use server::records::{Filter, page};
use server::storage::sql;
use server::vault::Category;
use uuid::Uuid;

use super::crash::cut_off;
use super::{FULL, due, person};
use crate::support::{Engine, World, dump, schema, with_services};

/// What somebody who knows the person could look for: values, and ids as text and as bytes.
struct Known {
    values: BTreeSet<String>,
    ids: Vec<String>,
    indexes: Vec<Vec<u8>>,
}

async fn known(world: &World, person: Uuid) -> Known {
    let centre = &world.centre;
    let caller = caller_of(centre, person).await.unwrap();
    let mut values = BTreeSet::from([server::seed::PASSWORD.to_owned()]);
    for item in own(centre, &caller).await.unwrap().into_values().flatten() {
        values.insert(item.content.value);
    }
    for kept in page(centre, &caller, &Filter::default(), 5_000, true).await.unwrap().records {
        values.insert(kept.content.value);
        values.extend(kept.content.details.into_iter().map(|(_, text)| text));
    }
    // What every account was shown, or is a short number, says nothing about anybody.
    let shown = sql("SELECT text FROM shown_words").fetch_all::<(String,)>(&centre.data).await.unwrap();
    values.retain(|value| !shown.iter().any(|(text,)| text.contains(value)));
    values.retain(|value| value.chars().count() >= 5 && !value.is_ascii() || value.len() >= 11);
    let mut ids = vec![person.to_string()];
    for table in ["session", "address", "record", "export", "request", "disclosure"] {
        let text = match table {
            "session" => sql("SELECT id FROM session WHERE person_id = $1"),
            "address" => sql("SELECT id FROM address WHERE person_id = $1"),
            "record" => sql("SELECT id FROM record WHERE person_id = $1"),
            "export" => sql("SELECT id FROM export WHERE person_id = $1"),
            "request" => sql("SELECT id FROM request WHERE person_id = $1"),
            _ => sql("SELECT id FROM disclosure WHERE person_id = $1"),
        };
        let found = text.bind(person).fetch_all::<(String,)>(&centre.data).await.unwrap();
        assert!(!found.is_empty(), "the demo has no {table}");
        // The ledger tells of requests and copies by ids that are random and nobody's name.
        if !matches!(table, "export" | "request") {
            ids.extend(found.into_iter().map(|(id,)| id));
        }
    }
    // Tags that its person deleted stay deleted: their keyed ids are all that is left, and no key leads from them to anybody.
    let erased = sql("SELECT id FROM erased_record").fetch_all::<(String,)>(&centre.data).await.unwrap();
    ids.retain(|id| !erased.iter().any(|(erased,)| erased == id));
    let row = sql("SELECT phone_index, username_index FROM person WHERE id = $1").bind(person);
    let (phone, username) = row.fetch_one::<(Vec<u8>, Vec<u8>)>(&centre.data).await.unwrap();
    Known { values, ids, indexes: vec![phone, username] }
}

/// What of it stands in these bytes.
fn found(known: &Known, bytes: &[u8]) -> Vec<String> {
    let texts = known.values.iter().chain(&known.ids).map(|text| text.as_bytes().to_vec());
    let hex = |bytes: &Vec<u8>| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>().into_bytes();
    let indexes = known.indexes.iter().flat_map(|index| [index.clone(), hex(index)]);
    let binary = known.ids.iter().filter_map(|id| Uuid::parse_str(id).ok()).map(|id| id.as_bytes().to_vec());
    let is_there = |sought: &Vec<u8>| memmem::find(bytes, sought).is_some();
    texts.chain(indexes).chain(binary).filter(is_there).map(|s| String::from_utf8_lossy(&s).into_owned()).collect()
}

on_both_engines! {
    with with_services();

    async fn nothing_of_the_person_is_left_anywhere(world) {
        let mut browser = world.demo().await;
        world.step_up_demo(&mut browser).await;
        browser.post("/settings/privacy/copy/new", &[("function", "1.2")]).await.expect_status(303);
        assert!(server::export::job::run_next(&world.centre).await.unwrap());
        // A key that an erasure has retired, too.
        browser.post("/settings/data/erase", &[("scope", "kind:cart")]).await.expect_status(303);
        let person = person(&world.centre, FULL).await;
        let known = known(world, person).await;
        assert!(known.values.len() > 100 && known.ids.len() > 100);
        let (_, before) = dump(world).await;
        assert!(found(&known, &before).len() > 100, "the search finds what is there");
        due(&world.centre, person).await;
        assert!(execution::run_next(&world.centre).await.unwrap());
        outbox::run(&world.centre).await.unwrap();
        let (places, after) = dump(world).await;
        assert!(places > 20, "{places} places were searched");
        assert_eq!(found(&known, &after), Vec::<String>::new());
    }

    async fn a_copy_from_before_with_the_keys_of_after_tells_nothing(world) {
        let mut browser = world.demo().await;
        let person = person(&world.centre, FULL).await;
        let phone_index = world.centre.vault.blind_index("phone", FULL);
        browser.get("/").await.expect_status(200);
        let copy = world.databases.back_up().await;
        due(&world.centre, person).await;
        assert!(execution::run_next(&world.centre).await.unwrap());
        let restored = world.restored(&copy).await;
        // The rows are there, and say nothing: every key that sealed one is in the erasure log.
        assert!(server::accounts::store::find_credentials(&restored, &phone_index).await.is_err());
        assert!(caller_of(&restored, person).await.is_err());
        let sealed = [
            sql("SELECT phone FROM person WHERE id = $1"),
            sql("SELECT username FROM person WHERE id = $1"),
            sql("SELECT pseudonym FROM person WHERE id = $1"),
            sql("SELECT client FROM session WHERE person_id = $1"),
            sql("SELECT payload FROM address WHERE person_id = $1"),
            sql("SELECT payload FROM real_name WHERE person_id = $1"),
            sql("SELECT image FROM avatar WHERE person_id = $1"),
            sql("SELECT content FROM record WHERE person_id = $1"),
            sql("SELECT wish FROM request WHERE person_id = $1"),
            sql("SELECT content FROM disclosure WHERE person_id = $1"),
        ];
        let (_, keys) = world.databases.open().await;
        let erased = sql("SELECT key_id FROM erasure_log").fetch_all::<(String,)>(&keys).await.unwrap();
        let erased: BTreeSet<_> = erased.into_iter().map(|(id,)| id).collect();
        let living = sql("SELECT id FROM data_key").fetch_all::<(String,)>(&keys).await.unwrap();
        let mut looked_at = 0;
        for statement in sealed {
            let rows = statement.bind(person).fetch_all::<(Vec<u8>,)>(&restored.data).await.unwrap();
            assert!(!rows.is_empty());
            for (sealed,) in rows {
                // Algorithm, then the key's id.
                let key = Uuid::from_slice(&sealed[1..17]).unwrap().to_string();
                assert!(erased.contains(&key) && !living.iter().any(|(id,)| *id == key));
                looked_at += 1;
            }
        }
        assert!(looked_at > 200, "{looked_at}");
        keys.close().await;
        restored.data.close().await;
    }

    async fn what_comes_in_while_the_account_goes_is_destroyed_with_it(world) {
        world.demo().await;
        let (centre, person) = (&world.centre, person(&world.centre, FULL).await);
        due(centre, person).await;
        // As a sign-in does that was under way: wherever the erasure stands, somebody makes a key.
        let open = || async {
            let row = sql("SELECT step FROM execution WHERE ended_at IS NULL").fetch_all::<(String,)>(&centre.data);
            row.await.unwrap().pop()
        };
        let mut steps = BTreeSet::new();
        for polls in 1.. {
            if open().await.is_some() {
                break;
            }
            cut_off(execution::run_next(centre), polls).await;
        }
        while let Some((step,)) = open().await {
            centre.vault.key_for(person, Category::Devices, centre.now()).await.unwrap();
            // The access request finds the key, and the erasure begins again from the keys.
            if step == "certify" && steps.contains("certify") {
                world.pass(execution::LEASE + 1);
                while execution::run_next(centre).await.unwrap_or(true) {
                    world.pass(execution::LEASE + 1);
                }
            }
            // Until this step is over, and as little as can be beyond it.
            for polls in (5..).step_by(5) {
                if open().await.is_none_or(|(now,)| now != step) {
                    break;
                }
                world.pass(execution::LEASE + 1);
                cut_off(execution::run_next(centre), polls).await;
            }
            steps.insert(step);
        }
        assert!(steps.len() >= 4, "{steps:?}");
        assert_eq!(rows::counts(centre, person).await.unwrap().iter().map(|(_, n)| n).sum::<i64>(), 0);
        assert_eq!(centre.vault.count_keys(person).await.unwrap(), 0);
    }
}

/// Every table with a column that names a person is in the list of what goes.
#[tokio::test(flavor = "multi_thread")]
async fn every_table_that_names_a_person_is_emptied() {
    World::run(Engine::Sqlite, &with_services(), async |world| {
        // Whose person is taken out of it with the last step.
        let by_other_means = ["execution"];
        let tables = rows::tables();
        let naming = ["person_id", "owner", "phone_index"];
        let mut seen = 0;
        for (table, columns) in schema(world).await {
            let names = columns.iter().any(|column| naming.contains(&column.as_str())) || table == "person";
            // Its phone index is one that nothing else uses, and a law keeps it.
            if names && table != "legal_hold_bucket" && !by_other_means.contains(&table.as_str()) {
                assert!(tables.contains(&table.as_str()), "{table} is not in execution/rows.rs");
                seen += 1;
            }
        }
        assert!(seen >= 20 && tables.len() >= seen);
        assert!(world.centre.catalogue.data().fields().iter().any(|field| field.kept_in == Home::RealName));
    })
    .await;
}
