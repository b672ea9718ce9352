//! The ledger is whole after real use, and no row of it can be altered by hand without that being found.

use server::ledger::{self, Finding};
use server::storage::{Db, sql};

use crate::support::{World, program};

/// Every table of the ledger, with a statement for each way to alter one row of it.
const ALTERATIONS: &[&str] = &[
    "UPDATE event SET body = '{\"kind\":\"signed_out\"}' WHERE position = 1 AND pseudonym = (SELECT MIN(pseudonym) FROM event)",
    "UPDATE event SET at = at + 1 WHERE position = 2 AND pseudonym = (SELECT MIN(pseudonym) FROM event)",
    "UPDATE event SET pseudonym = '00000000-0000-4000-8000-000000000000' WHERE position = 1 AND pseudonym = (SELECT MIN(pseudonym) FROM event)",
    "UPDATE event SET position = 900 WHERE position = 2 AND pseudonym = (SELECT MIN(pseudonym) FROM event)",
    "UPDATE event SET previous_hash = hash WHERE position = 1 AND pseudonym = (SELECT MIN(pseudonym) FROM event)",
    "UPDATE event SET hash = previous_hash WHERE position = 1 AND pseudonym = (SELECT MIN(pseudonym) FROM event)",
    "DELETE FROM event WHERE position = 0 AND pseudonym = (SELECT MIN(pseudonym) FROM event)",
    "DELETE FROM event WHERE position = 3 AND pseudonym = (SELECT MIN(pseudonym) FROM event)",
    "UPDATE chain_head SET length = length + 1",
    "UPDATE chain_head SET hash = (SELECT previous_hash FROM event WHERE position = 1 LIMIT 1)",
    "UPDATE chain_head SET pseudonym = '00000000-0000-4000-8000-000000000000' WHERE length = (SELECT MAX(length) FROM chain_head)",
    "DELETE FROM chain_head",
    "UPDATE leaf SET leaf_hash = (SELECT leaf_hash FROM leaf WHERE leaf_index = 0) WHERE leaf_index = 1",
    "UPDATE leaf SET leaf_index = 900 WHERE leaf_index = 1",
    "UPDATE leaf SET position = 900 WHERE leaf_index = 1",
    "UPDATE leaf SET pseudonym = '00000000-0000-4000-8000-000000000000' WHERE leaf_index = 1",
    "DELETE FROM leaf WHERE leaf_index = 1",
    "UPDATE tile SET hashes = (SELECT root_hash FROM checkpoint LIMIT 1)",
    "UPDATE tile SET level = 7",
    "UPDATE tile SET tile_index = 7",
    "DELETE FROM tile",
    "UPDATE checkpoint SET root_hash = (SELECT leaf_hash FROM leaf WHERE leaf_index = 1)",
    "UPDATE checkpoint SET tree_size = tree_size + 1",
    "UPDATE checkpoint SET note = 'nothing'",
    "DELETE FROM checkpoint",
    "UPDATE pending_event SET leaf_hash = (SELECT leaf_hash FROM leaf WHERE leaf_index = 1)",
    "UPDATE pending_event SET position = 900",
    "UPDATE pending_event SET pseudonym = '00000000-0000-4000-8000-000000000000'",
    "DELETE FROM pending_event",
];

/// Two chains that move on, folded into the log twice, and one event that still waits.
async fn history(world: &World) {
    let mut first = world.newcomer("13900000001").await;
    let mut second = world.newcomer("13900000002").await;
    for granted in ["true", "false", "true"] {
        let fields = [("purpose", "location"), ("granted", granted)];
        first.post("/settings/privacy/permissions", &fields).await.expect_status(303);
        second.post("/settings/privacy/permissions", &fields).await.expect_status(303);
        ledger::sequence(&world.centre.data, &world.centre.signer, world.centre.now()).await.unwrap();
    }
    first.post("/settings/privacy/permissions", &[("purpose", "camera"), ("granted", "true")]).await;
}

async fn verify(world: &World, data: &Db) -> Result<(), Vec<Finding>> {
    ledger::verify(data, &world.centre.signer.verifier()).await.unwrap().map(|_| ())
}

on_both_engines! {
    async fn any_row_altered_by_hand_is_found(world) {
        history(world).await;
        let data = &world.centre.data;
        assert_eq!(verify(world, data).await, Ok(()));
        for alteration in ALTERATIONS {
            // The ledger's rows as they were, to be put back after each alteration.
            let kept = Kept::of(data).await;
            let mut tx = data.begin().await.unwrap();
            let touched = sql(alteration).execute(&mut tx).await.unwrap();
            tx.commit().await.unwrap();
            assert!(touched > 0, "touched nothing: {alteration}");
            let findings = verify(world, data).await.expect_err(alteration);
            assert!(!findings.is_empty());
            kept.put_back(data).await;
        }
        assert_eq!(verify(world, data).await, Ok(()));
    }

    async fn the_command_says_so_and_fails(world) {
        history(world).await;
        let command = || {
            let output = program(&world.databases).arg("verify-ledger").output().unwrap();
            (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
        };
        let (whole, said) = command();
        assert!(whole && said.contains("the ledger is whole"), "{said}");
        let mut tx = world.centre.data.begin().await.unwrap();
        sql("DELETE FROM event WHERE position = 1").execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        let (whole, said) = command();
        assert!(!whole && !said.is_empty(), "{said}");
    }
}

/// A row of `event`, in the order of its columns.
type EventRow = (String, i64, i64, String, Vec<u8>, Vec<u8>);

/// A copy of every table of the ledger.
struct Kept {
    events: Vec<EventRow>,
    heads: Vec<(String, i64, Vec<u8>)>,
    pending: Vec<(String, i64, Vec<u8>)>,
    leaves: Vec<(i64, String, i64, Vec<u8>)>,
    checkpoints: Vec<(i64, Vec<u8>, String, i64)>,
    tiles: Vec<(i64, i64, Vec<u8>)>,
}

impl Kept {
    async fn of(db: &Db) -> Self {
        Self {
            events: sql("SELECT pseudonym, position, at, body, previous_hash, hash FROM event")
                .fetch_all(db)
                .await
                .unwrap(),
            heads: sql("SELECT pseudonym, length, hash FROM chain_head").fetch_all(db).await.unwrap(),
            pending: sql("SELECT pseudonym, position, leaf_hash FROM pending_event").fetch_all(db).await.unwrap(),
            leaves: sql("SELECT leaf_index, pseudonym, position, leaf_hash FROM leaf").fetch_all(db).await.unwrap(),
            checkpoints: sql("SELECT tree_size, root_hash, note, at FROM checkpoint").fetch_all(db).await.unwrap(),
            tiles: sql("SELECT level, tile_index, hashes FROM tile").fetch_all(db).await.unwrap(),
        }
    }

    async fn put_back(self, db: &Db) {
        let mut statements = vec![
            sql("DELETE FROM event"),
            sql("DELETE FROM chain_head"),
            sql("DELETE FROM pending_event"),
            sql("DELETE FROM leaf"),
            sql("DELETE FROM checkpoint"),
            sql("DELETE FROM tile"),
        ];
        for (pseudonym, position, at, body, previous, hash) in self.events {
            statements.push(
                sql("INSERT INTO event (pseudonym, position, at, body, previous_hash, hash) VALUES ($1, $2, $3, $4, $5, $6)")
                    .bind(pseudonym).bind(position).bind(at).bind(body).bind(previous).bind(hash),
            );
        }
        for (pseudonym, length, hash) in self.heads {
            let insert = sql("INSERT INTO chain_head (pseudonym, length, hash) VALUES ($1, $2, $3)");
            statements.push(insert.bind(pseudonym).bind(length).bind(hash));
        }
        for (pseudonym, position, hash) in self.pending {
            let insert = sql("INSERT INTO pending_event (pseudonym, position, leaf_hash) VALUES ($1, $2, $3)");
            statements.push(insert.bind(pseudonym).bind(position).bind(hash));
        }
        for (index, pseudonym, position, hash) in self.leaves {
            let insert = sql("INSERT INTO leaf (leaf_index, pseudonym, position, leaf_hash) VALUES ($1, $2, $3, $4)");
            statements.push(insert.bind(index).bind(pseudonym).bind(position).bind(hash));
        }
        for (size, root, note, at) in self.checkpoints {
            let insert = sql("INSERT INTO checkpoint (tree_size, root_hash, note, at) VALUES ($1, $2, $3, $4)");
            statements.push(insert.bind(size).bind(root).bind(note).bind(at));
        }
        for (level, index, hashes) in self.tiles {
            let insert = sql("INSERT INTO tile (level, tile_index, hashes) VALUES ($1, $2, $3)");
            statements.push(insert.bind(level).bind(index).bind(hashes));
        }
        let mut tx = db.begin().await.unwrap();
        for statement in statements {
            statement.execute(&mut tx).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
}
