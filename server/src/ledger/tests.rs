//! Append, sequence, verify; and each way to tamper is found, at its place. On SQLite; the stories of both engines are in
//! `server/tests`.

use app::time::Moment;
use tempfile::TempDir;

use super::*;
use crate::storage::{Db, Schema, Sql, migrate, sql};

const NOW: Moment = Moment(1_795_455_900_000);

struct Ledger {
    db: Db,
    signer: Signer,
    _dir: TempDir,
}

impl Ledger {
    async fn empty() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let db = Db::open(&format!("sqlite:{}/data.db", dir.path().display())).await.expect("opens");
        migrate(&db, Schema::Data).await.expect("migrates");
        Self { db, signer: Signer::from_seed("example.com/log", [7; 32]), _dir: dir }
    }

    /// Two chains of four events; three events of each are in the log, under two checkpoints, one waits.
    async fn with_two_chains() -> (Self, [Pseudonym; 2]) {
        let ledger = Self::empty().await;
        let people = names();
        for round in 0..4 {
            for person in &people {
                ledger.append(person, &Event::OtherSessionsEnded { count: round }).await;
            }
            if round == 0 || round == 2 {
                assert_eq!(ledger.sequence().await, if round == 0 { 2 } else { 4 });
            }
        }
        (ledger, people)
    }

    async fn append(&self, person: &Pseudonym, event: &Event) -> i64 {
        let mut tx = self.db.begin().await.expect("begins");
        let position = append(&mut tx, person, NOW, event).await.expect("appends");
        tx.commit().await.expect("commits");
        position
    }

    async fn sequence(&self) -> u64 {
        sequence(&self.db, &self.signer, NOW).await.expect("sequences")
    }

    async fn verify(&self) -> Result<Verified, Vec<Finding>> {
        verify(&self.db, &self.signer.verifier()).await.expect("reads")
    }

    async fn tamper(&self, statement: Sql) {
        let mut tx = self.db.begin().await.expect("begins");
        assert!(statement.execute(&mut tx).await.expect("runs") > 0, "the statement touched nothing");
        tx.commit().await.expect("commits");
    }
}

/// In the order of the primary key, so that tests can say which leaf is whose.
fn names() -> [Pseudonym; 2] {
    ["00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"]
        .map(|name| Pseudonym::parse(name).expect("a pseudonym"))
}

#[tokio::test]
async fn an_empty_ledger_is_whole_and_unsigned() {
    let ledger = Ledger::empty().await;
    assert_eq!(ledger.sequence().await, 0);
    assert_eq!(ledger.verify().await, Ok(Verified::default()));
}

#[tokio::test]
async fn what_is_appended_is_told_in_order_and_verifies() {
    let (ledger, [person, _]) = Ledger::with_two_chains().await;
    let history = history(&ledger.db, &person).await.expect("reads");
    let told: Vec<_> = history.iter().map(|r| (r.position, r.at, r.event.clone())).collect();
    let expected: Vec<_> = (0..4).map(|n| (n, NOW, Event::OtherSessionsEnded { count: n })).collect();
    assert_eq!(told, expected);
    let verified = Verified { events: 8, chains: 2, leaves: 6, waiting: 2, checkpoints: 2 };
    assert_eq!(ledger.verify().await, Ok(verified));
    assert_eq!(ledger.sequence().await, 2);
    assert_eq!(ledger.sequence().await, 0);
    let verified = Verified { leaves: 8, waiting: 0, checkpoints: 3, ..verified };
    assert_eq!(ledger.verify().await, Ok(verified));
}

#[tokio::test]
async fn a_log_of_several_tiles_and_batches_verifies() {
    let ledger = Ledger::empty().await;
    let people: Vec<_> = (0..40).map(|_| Pseudonym::random()).collect();
    for (round, sizes) in [(0, 5), (1, 1), (2, 7), (3, 2)] {
        let mut tx = ledger.db.begin().await.expect("begins");
        for _ in 0..sizes {
            for person in &people {
                append(&mut tx, person, NOW, &Event::SignedOut).await.expect("appends");
            }
        }
        tx.commit().await.expect("commits");
        assert_eq!(ledger.sequence().await, 40 * sizes, "round {round}");
    }
    let verified = Verified { events: 600, chains: 40, leaves: 600, waiting: 0, checkpoints: 4 };
    assert_eq!(ledger.verify().await, Ok(verified));
}

#[tokio::test]
async fn what_rolls_back_was_never_in_the_ledger() {
    let ledger = Ledger::empty().await;
    let [person, _] = names();
    let mut tx = ledger.db.begin().await.expect("begins");
    append(&mut tx, &person, NOW, &Event::SignedOut).await.expect("appends");
    drop(tx);
    assert_eq!(ledger.append(&person, &Event::PasswordChanged).await, 0);
    assert_eq!(ledger.sequence().await, 1);
    assert_eq!(ledger.verify().await.map(|v| v.events), Ok(1));
}

#[tokio::test]
async fn another_logs_key_confirms_nothing() {
    let (ledger, _) = Ledger::with_two_chains().await;
    let other = Signer::from_seed("example.com/log", [8; 32]).verifier();
    let found = verify(&ledger.db, &other).await.expect("reads");
    assert_eq!(found, Err([2, 6].map(|size| Finding::NoteDiffers { size }).to_vec()));
}

#[tokio::test]
async fn nothing_is_signed_on_top_of_a_changed_log() {
    let (ledger, _) = Ledger::with_two_chains().await;
    ledger.tamper(sql("UPDATE tile SET hashes = $1").bind(vec![1; 6 * 32])).await;
    let refused = sequence(&ledger.db, &ledger.signer, NOW).await;
    assert!(matches!(refused, Err(LedgerError::Contradiction)));
    let found = ledger.verify().await.expect_err("found");
    assert_eq!(found, [Finding::TileDiffers { level: 0, index: 0 }]);
}

/// Tampers, and tells what is found.
async fn found_after(tampering: impl IntoIterator<Item = Sql>) -> Vec<Finding> {
    let (ledger, _) = Ledger::with_two_chains().await;
    for statement in tampering {
        ledger.tamper(statement).await;
    }
    ledger.verify().await.expect_err("tampering is found")
}

const BODY: &str = r#"{"kind":"signed_out"}"#;

#[tokio::test]
async fn a_changed_event_is_found() {
    let [a, b] = names().map(|name| name.as_str().to_owned());
    // Of chain a, leaves 0, 2, 3 are the positions 0, 1, 2.
    let body = sql("UPDATE event SET body = $1 WHERE pseudonym = $2 AND position = 1").bind(BODY).bind(&a);
    let changed = Finding::EventChanged { pseudonym: a.clone(), position: 1 };
    assert_eq!(found_after([body]).await, [changed.clone(), Finding::LeafDiffers { index: 2 }]);
    let time = sql("UPDATE event SET at = at + 1 WHERE pseudonym = $1 AND position = 1").bind(&a);
    assert_eq!(found_after([time]).await, [changed.clone(), Finding::LeafDiffers { index: 2 }]);
    let hash = sql("UPDATE event SET hash = $1 WHERE pseudonym = $2 AND position = 1").bind([1; 32]).bind(&a);
    let link = Finding::LinkBroken { pseudonym: a.clone(), position: 2 };
    assert_eq!(found_after([hash]).await, [changed, link]);
    let waits = sql("UPDATE event SET body = $1 WHERE pseudonym = $2 AND position = 3").bind(BODY).bind(&b);
    let expected = [
        Finding::EventChanged { pseudonym: b.clone(), position: 3 },
        Finding::WaitingDiffers { pseudonym: b, position: 3 },
    ];
    assert_eq!(found_after([waits]).await, expected);
}

#[tokio::test]
async fn a_removed_event_is_found() {
    let [a, b] = names().map(|name| name.as_str().to_owned());
    let middle = sql("DELETE FROM event WHERE pseudonym = $1 AND position = 1").bind(&a);
    let misplaced = Finding::EventMisplaced { pseudonym: a.clone(), due: 1, found: 2 };
    assert_eq!(found_after([middle]).await, [misplaced, Finding::LeafDiffers { index: 2 }]);
    let last = sql("DELETE FROM event WHERE pseudonym = $1 AND position = 3").bind(&b);
    let expected = [
        Finding::EndDiffers { pseudonym: b.clone(), events: 3, recorded: Some(4) },
        Finding::WaitingDiffers { pseudonym: b.clone(), position: 3 },
    ];
    assert_eq!(found_after([last]).await, expected);
    let all = sql("DELETE FROM event WHERE pseudonym = $1").bind(&b);
    let found = found_after([all]).await;
    assert!(found.contains(&Finding::EndDiffers { pseudonym: b, events: 0, recorded: Some(4) }), "{found:?}");
    let head = sql("DELETE FROM chain_head WHERE pseudonym = $1").bind(&a);
    assert_eq!(found_after([head]).await, [Finding::EndDiffers { pseudonym: a, events: 4, recorded: None }]);
}

#[tokio::test]
async fn an_event_that_left_the_log_or_waits_twice_is_found() {
    let [a, _] = names().map(|name| name.as_str().to_owned());
    let forgotten = sql("DELETE FROM pending_event WHERE pseudonym = $1").bind(&a);
    assert_eq!(found_after([forgotten]).await, [Finding::NotInLog { pseudonym: a.clone(), position: 3 }]);
    let twice = sql("INSERT INTO pending_event (pseudonym, position, leaf_hash) \
         SELECT pseudonym, position, leaf_hash FROM leaf WHERE leaf_index = 0");
    assert_eq!(found_after([twice]).await, [Finding::InLogAndWaiting { pseudonym: a.clone(), position: 0 }]);
    let gap = sql("DELETE FROM leaf WHERE leaf_index = 2");
    let expected = [Finding::NotInLog { pseudonym: a, position: 1 }, Finding::LeafMisplaced { due: 2, found: 3 }];
    assert_eq!(found_after([gap]).await, expected);
    let end = sql("DELETE FROM leaf WHERE leaf_index = 5");
    let found = found_after([end]).await;
    assert!(found.contains(&Finding::CheckpointTooLarge { size: 6, leaves: 5 }), "{found:?}");
}

#[tokio::test]
async fn a_changed_leaf_tile_or_checkpoint_is_found() {
    let leaf = sql("UPDATE leaf SET leaf_hash = $1 WHERE leaf_index = 5").bind([1; 32]);
    let expected = [
        Finding::LeafDiffers { index: 5 },
        Finding::RootDiffers { size: 6 },
        Finding::NoteDiffers { size: 6 },
        Finding::TileDiffers { level: 0, index: 0 },
    ];
    assert_eq!(found_after([leaf]).await, expected);
    let no_tile = sql("DELETE FROM tile");
    assert_eq!(found_after([no_tile]).await, [Finding::TileDiffers { level: 0, index: 0 }]);
    let stray = sql("INSERT INTO tile (level, tile_index, hashes) VALUES (1, 0, $1)").bind([1; 32]);
    assert_eq!(found_after([stray]).await, [Finding::TilesTooMany { count: 1 }]);
    let root = sql("UPDATE checkpoint SET root_hash = $1 WHERE tree_size = 2").bind([1; 32]);
    assert_eq!(found_after([root]).await, [Finding::RootDiffers { size: 2 }]);
    let note =
        sql("UPDATE checkpoint SET note = (SELECT note FROM checkpoint WHERE tree_size = 6) WHERE tree_size = 2");
    assert_eq!(found_after([note]).await, [Finding::NoteDiffers { size: 2 }]);
    let unsigned = sql("DELETE FROM checkpoint WHERE tree_size = 6");
    assert_eq!(found_after([unsigned]).await, [Finding::NotSigned { from: 2, leaves: 6 }]);
}

/// Whoever changes an event and recomputes every hash that needs no key is still found out by the signature.
#[tokio::test]
async fn a_chain_rewritten_with_all_its_hashes_is_found() {
    let (ledger, [person, _]) = Ledger::with_two_chains().await;
    let forged = Ledger::empty().await;
    for count in [0, 1, 99, 3] {
        forged.append(&person, &Event::OtherSessionsEnded { count }).await;
    }
    forged.sequence().await;
    let rows = sql("SELECT e.position, e.body, e.previous_hash, e.hash, l.leaf_hash FROM event e \
         JOIN leaf l ON l.pseudonym = e.pseudonym AND l.position = e.position ORDER BY e.position")
    .fetch_all::<(i64, String, Vec<u8>, Vec<u8>, Vec<u8>)>(&forged.db)
    .await
    .expect("reads");
    for (position, body, previous_hash, hash, leaf_hash) in rows {
        let of = "UPDATE event SET body = $1, previous_hash = $2, hash = $3 WHERE pseudonym = $4 AND position = $5";
        let event = sql(of).bind(body).bind(previous_hash).bind(&hash).bind(person.as_str()).bind(position);
        ledger.tamper(event).await;
        let table = if position < 3 {
            "UPDATE leaf SET leaf_hash = $1 WHERE pseudonym = $2 AND position = $3"
        } else {
            "UPDATE pending_event SET leaf_hash = $1 WHERE pseudonym = $2 AND position = $3"
        };
        ledger.tamper(sql(table).bind(leaf_hash).bind(person.as_str()).bind(position)).await;
        let head = sql("UPDATE chain_head SET hash = $1 WHERE pseudonym = $2").bind(hash).bind(person.as_str());
        ledger.tamper(head).await;
    }
    let found = ledger.verify().await.expect_err("found");
    let expected = [
        Finding::RootDiffers { size: 6 },
        Finding::NoteDiffers { size: 6 },
        Finding::TileDiffers { level: 0, index: 0 },
    ];
    assert_eq!(found, expected);
}

/// The verification reads one snapshot: a ledger in use does not look broken.
#[tokio::test]
async fn a_ledger_in_use_verifies() {
    let (ledger, [person, _]) = Ledger::with_two_chains().await;
    let verifier = ledger.signer.verifier();
    let writing = async {
        for _ in 0..30 {
            ledger.append(&person, &Event::SignedOut).await;
            ledger.sequence().await;
        }
    };
    let verifying = async {
        for _ in 0..30 {
            assert!(verify(&ledger.db, &verifier).await.expect("reads").is_ok());
        }
    };
    tokio::join!(writing, verifying);
}
