//! What a backup holds, and what a restore refuses.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use app::consents::Purpose;
use memchr::memmem;
use server::backup::{self, BackupError, Content, Manifest};
use server::storage::{Db, sql};
use server::vault::{Place, VaultError};
use server::{ledger, replay};

use super::{empty, erase_account, files, move_in, person, set};
use crate::support::{Engine, World, generous};

fn migrations(schema: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(schema);
    let texts = fs::read_dir(folder).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    let made = texts.flat_map(|text| {
        let tables = text.split("CREATE TABLE ").skip(1).map(|rest| rest.split_whitespace().next().unwrap().to_owned());
        tables.collect::<Vec<_>>()
    });
    // A table that is made anew takes the name of the one before.
    made.filter(|name| !name.ends_with("_next")).collect()
}

fn tables(manifest: &Manifest) -> BTreeSet<String> {
    manifest.tables.iter().map(|file| file.table.clone()).collect()
}

on_both_engines! {
    async fn no_table_is_forgotten_and_no_key_is_in_a_backup_of_the_data(world) {
        world.demo().await;
        let folder = tempfile::tempdir().unwrap();
        let (data, keys) = (folder.path().join("data"), folder.path().join("keys"));
        let centre = &world.centre;
        let taken = backup::take(&centre.data, &keys_of(world).await, &data, centre.now()).await.unwrap();
        let wrapped = backup::take_keys(&keys_of(world).await, &keys, centre.now()).await.unwrap();
        assert_eq!(tables(&taken), migrations("data"));
        assert_eq!(tables(&wrapped), migrations("keys"));
        let logs: Vec<_> = taken.logs.iter().map(|file| file.table.as_str()).collect();
        assert_eq!(logs, ["erasure_log", "replay_log"]);
        assert!(taken.checkpoint.is_some() || taken.tables.iter().any(|f| f.table == "checkpoint" && f.rows == 0));
        let names: BTreeSet<_> = files(&data).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), taken.tables.len() + taken.logs.len() + 1);
        for (name, bytes) in files(&data) {
            let permissions = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&name).unwrap().permissions());
            assert_eq!(permissions & 0o077, 0, "nobody else reads {name}");
            for secret in ["13800138000", "林小满", "文三路258号", "wrapped"] {
                assert!(memmem::find(&bytes, secret.as_bytes()).is_none(), "{secret} in {name}");
            }
        }
        let read = Manifest::read(&data, Content::Data).unwrap();
        assert_eq!((read.migrations.len(), read.tables.len()), (taken.migrations.len(), taken.tables.len()));
    }

    async fn what_is_no_whole_backup_is_refused_and_changes_nothing(world) {
        world.demo().await;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let keys = keys_of(world).await;
        let data = &world.centre.data;
        let now = world.centre.now();
        backup::take(data, &keys, &at("data"), now).await.unwrap();
        let again = backup::take_keys(&keys, &at("data"), now).await;
        assert!(matches!(again, Err(BackupError::NotEmptyFolder(_))), "{again:?}");
        let within = backup::take_keys(&keys, &at("data").join("keys"), now).await;
        assert!(matches!(within, Err(BackupError::Together(_))), "{within:?}");
        fs::remove_dir(at("data").join("keys")).unwrap();
        let full = backup::restore(data, &keys, &at("data"), false).await;
        assert!(matches!(full, Err(BackupError::NotEmpty("data"))), "{full:?}");
        let wrong = backup::restore_keys(&keys, &at("data"), true).await;
        assert!(matches!(wrong, Err(BackupError::WrongContent(_, "keys"))), "{wrong:?}");
        let none = backup::restore(data, &keys, folder.path(), true).await;
        assert!(matches!(none, Err(BackupError::NoManifest(..))), "{none:?}");
        let (server, _) = world.databases.open().await;
        assert!(server.hold().await.unwrap());
        let used = backup::restore(data, &keys, &at("data"), true).await;
        assert!(matches!(used, Err(BackupError::InUse("data"))), "a server would go on with the old state: {used:?}");
        server.close().await;
        let file = at("data").join("person.ndjson");
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text.replacen("active", "Active", 1)).unwrap();
        let changed = backup::restore(data, &keys, &at("data"), true).await;
        assert!(matches!(changed, Err(BackupError::Changed(_))), "{changed:?}");
        let (people,) = sql("SELECT COUNT(*) FROM person").fetch_one::<(i64,)>(data).await.unwrap();
        assert_eq!(people, 3, "all is as it was");
    }

    async fn after_completion_nothing_of_the_account_can_be_read_in_a_backup_taken_before(world) {
        let browser = world.demo().await;
        let caller = world.caller(&browser).await;
        let folder = tempfile::tempdir().unwrap();
        let keys = keys_of(world).await;
        let centre = &world.centre;
        backup::take(&centre.data, &keys, &folder.path().join("before"), centre.now()).await.unwrap();
        world.pass(1);
        erase_account(centre, caller.person).await;

        let (other, data) = empty(engine_of(world), folder.path()).await.unwrap();
        backup::restore(&data, &keys, &folder.path().join("before"), false).await.unwrap();
        let (person, phone) = sql("SELECT id, phone FROM person WHERE id = $1")
            .bind(caller.person).fetch_one::<(String, Vec<u8>)>(&data).await.unwrap();
        let ring = centre.vault.ring(caller.person).await.unwrap();
        let opened = ring.open(Place { table: "person", column: "phone", row: &person }, &phone).await;
        assert!(matches!(opened, Err(VaultError::Erased)), "the row is there, and nobody reads it");
        let left = replay::look_for_keys(&data, &keys).await.unwrap();
        assert!(left.lost > 100, "none of the account's sealed values has its key");

        let restored = world.restored(&other.data).await;
        let caught = replay::catch_up(&restored).await.unwrap().expect("it was behind");
        assert!(caught.entries >= 1 && caught.unreadable > 100, "{caught:?}");
        assert_eq!(replay::look_for_keys(&restored.data, &keys).await.unwrap().lost, 0);
        // Every table that is left is searched for the person's id.
        let after = folder.path().join("after");
        backup::take(&restored.data, &keys, &after, centre.now()).await.unwrap();
        for (name, bytes) in files(&after) {
            for known in [caller.person.to_string().as_str(), "13800138000", "林小满"] {
                assert!(memmem::find(&bytes, known.as_bytes()).is_none(), "{known} in {name}");
            }
        }
        assert!(replay::catch_up(&restored).await.unwrap().is_none(), "the next start is quick");
        restored.data.close().await;
        data.close().await;
        other.drop().await;
    }
}

/// The world's key store, opened once more.
async fn keys_of(world: &World) -> Db {
    Db::open(&world.databases.keys).await.unwrap()
}

pub fn engine_of(world: &World) -> Engine {
    if world.databases.data.starts_with("sqlite:") { Engine::Sqlite } else { Engine::Postgres }
}

/// A backup while four people write: a restore of it is whole. And into the other engine.
async fn under_writes(from: Engine, into: Engine) {
    World::run(from, &generous(), async |world| {
        let centre = &world.centre;
        let folder = tempfile::tempdir().unwrap();
        let keys = keys_of(world).await;
        let mut callers = Vec::new();
        for n in 0..4 {
            callers.push(person(centre, &format!("1390000010{n}")).await);
        }
        let done = AtomicBool::new(false);
        let writing = callers.iter().enumerate().map(|(n, caller)| {
            let done = &done;
            async move {
                let mut step = 0;
                while !done.load(Ordering::Relaxed) || step < 10 {
                    set(centre, caller, Purpose::Location, step % 2 == 0, centre.now()).await;
                    if step < 15 {
                        move_in(centre, caller, &format!("第{n}人{step}号")).await;
                    }
                    if step % 7 == 3 {
                        ledger::sequence(&centre.data, &centre.signer, centre.now()).await.unwrap();
                    }
                    step += 1;
                }
            }
        });
        let backing_up = async {
            let mut folders: Vec<PathBuf> = Vec::new();
            for n in 0..4 {
                let at = folder.path().join(format!("{n}"));
                backup::take(&centre.data, &keys, &at, centre.now()).await.unwrap();
                folders.push(at);
            }
            done.store(true, Ordering::Relaxed);
            folders
        };
        let (folders, _) = futures_util::future::join(backing_up, futures_util::future::join_all(writing)).await;
        let Some((other, data)) = empty(into, folder.path()).await else { return };
        for at in folders {
            backup::restore(&data, &keys, &at, true).await.unwrap();
            let whole = ledger::verify_by(&data, &centre.signer.verifiers()).await.unwrap();
            assert!(whole.is_ok(), "{whole:?}");
            assert_eq!(replay::look_for_keys(&data, &keys).await.unwrap().lost, 0);
        }
        data.close().await;
        other.drop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_writes_is_whole_sqlite() {
    under_writes(Engine::Sqlite, Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_writes_is_whole_postgres() {
    under_writes(Engine::Postgres, Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_sqlite_is_restored_into_postgres() {
    under_writes(Engine::Sqlite, Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_postgres_is_restored_into_sqlite() {
    under_writes(Engine::Postgres, Engine::Sqlite).await;
}

on_both_engines! {
    async fn a_destroyed_key_does_not_come_back_with_an_older_backup_of_the_keys(world) {
        let centre = &world.centre;
        let folder = tempfile::tempdir().unwrap();
        let keys = keys_of(world).await;
        let (goes, stays) = (person(centre, "13900000111").await, person(centre, "13900000112").await);
        backup::take_keys(&keys, &folder.path().join("keys"), centre.now()).await.unwrap();
        world.pass(1);
        erase_account(centre, goes.person).await;
        set(centre, &stays, Purpose::Location, true, centre.now()).await;
        backup::take(&centre.data, &keys, &folder.path().join("data"), centre.now()).await.unwrap();

        let (other, fresh) = empty(engine_of(world), folder.path()).await.unwrap();
        let fresh_keys = Db::open(&other.keys).await.unwrap();
        let restored = backup::restore_keys(&fresh_keys, &folder.path().join("keys"), false).await.unwrap();
        assert_eq!(restored.destroyed, 0, "that backup knows nothing of it");
        // The data's own copy of the logs does.
        let restored = backup::restore(&fresh, &fresh_keys, &folder.path().join("data"), false).await.unwrap();
        assert!(restored.destroyed >= 1 && restored.entries >= 1, "{restored:?}");
        let count = sql("SELECT COUNT(*) FROM data_key WHERE person_id = $1").bind(goes.person);
        assert_eq!(count.fetch_one::<(i64,)>(&fresh_keys).await.unwrap(), (0,));
        // Over the live key store: its own logs stay.
        let restored = backup::restore_keys(&keys, &folder.path().join("keys"), true).await.unwrap();
        assert!(restored.destroyed >= 1, "{restored:?}");
        assert!(centre.vault.ring(stays.person).await.is_ok());
        fresh.close().await;
        fresh_keys.close().await;
        other.drop().await;
    }

    async fn a_lost_key_stays_a_fault_that_shouts(world) {
        let centre = &world.centre;
        let folder = tempfile::tempdir().unwrap();
        let keys = keys_of(world).await;
        backup::take_keys(&keys, &folder.path().join("keys"), centre.now()).await.unwrap();
        let late = person(centre, "13900000113").await;
        set(centre, &late, Purpose::Location, true, centre.now()).await;
        set(centre, &late, Purpose::Location, false, centre.now()).await;
        backup::restore_keys(&keys, &folder.path().join("keys"), true).await.unwrap();
        let lost = server::accounts::store::caller_of(centre, late.person).await;
        assert!(lost.is_err(), "the key is not in the backup, and nobody erased it");
        let there = sql("SELECT id FROM person WHERE id = $1").bind(late.person);
        replay::catch_up(centre).await.unwrap();
        assert!(there.fetch_optional::<(String,)>(&centre.data).await.unwrap().is_some(), "no row goes for a lost key");
    }
}
