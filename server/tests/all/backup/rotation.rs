//! All keys wrapped anew: what opens afterwards, and what does not.

use std::fs;
use std::path::Path;

use memchr::memmem;
use server::accounts::store::caller_of;
use server::backup::rotation::{RotationError, rotate};
use server::backup::{restore_keys, take_keys};
use server::config::Config;
use server::ledger::{self, Event, Pseudonym};
use server::open;
use server::storage::{Db, sql};
use server::vault::{MasterKey, Vault, VaultError};

use super::taken::engine_of;
use super::{empty, erase_account};
use crate::support::{Engine, MASTER, World, generous, program};

const NEW: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

fn key(text: &str) -> MasterKey {
    MasterKey::from_base64(text).unwrap()
}

fn settings(world: &World) -> Config {
    let mut config = generous();
    config.storage.data.clone_from(&world.databases.data);
    config.storage.keys.clone_from(&world.databases.keys);
    config
}

async fn wrapped(keys: &Db, person: &str) -> Vec<Vec<u8>> {
    let rows = sql("SELECT wrapped FROM data_key WHERE person_id = $1").bind(person);
    rows.fetch_all::<(Vec<u8>,)>(keys).await.unwrap().into_iter().map(|(bytes,)| bytes).collect()
}

on_both_engines! {
    async fn all_keys_open_with_the_new_master_key_and_older_backups_with_the_old_one_only(world) {
        let browser = world.demo().await;
        let caller = world.caller(&browser).await;
        let folder = tempfile::tempdir().unwrap();
        let (at, file) = (folder.path().join("keys"), folder.path().join("new-master"));
        fs::write(&file, NEW).unwrap();
        let (config, old) = (settings(world), key(MASTER));
        let (_, keys) = world.databases.open().await;
        take_keys(&keys, &at, world.centre.now()).await.unwrap();
        let (before,) = sql("SELECT COUNT(*) FROM data_key").fetch_one::<(i64,)>(&keys).await.unwrap();
        let (_, server) = world.databases.open().await;
        assert!(server.hold().await.unwrap());
        let refused = rotate(&config, &old, &file, true).await;
        assert!(matches!(refused, Err(RotationError::InUse)), "a running server would wrap with a key that is gone");
        server.close().await;

        let rotated = rotate(&config, &old, &file, true).await.unwrap();
        assert_eq!(rotated.keys, before + 2, "every key of a person, the blind index and the signature");
        let again = rotate(&config, &old, &file, true).await.unwrap();
        assert_eq!((again.keys, again.at), (0, rotated.at), "cut off after it, it finds its work done");
        assert!(matches!(Vault::open(keys.clone(), &old, rotated.at).await, Err(VaultError::WrongMasterKey)));

        let mut started = config.clone();
        started.vault.master_key = Some(NEW.to_owned());
        let centre = open::centre(&started, true).await.unwrap();
        assert_eq!(centre.vault.rotated_at(), rotated.at);
        let reads = caller_of(&centre, caller.person).await.unwrap();
        assert!(!server::records::own::own(&centre, &reads).await.unwrap().is_empty());
        let index = centre.vault.blind_index("phone", "13800138000");
        let found = server::accounts::store::find_credentials(&centre, &index).await.unwrap();
        assert!(found.is_some(), "the blind index is the same");
        assert!(ledger::verify_by(&centre.data, &centre.signer.verifiers()).await.unwrap().is_ok());
        let told = ledger::history(&centre.data, &Pseudonym::centre()).await.unwrap();
        let told = told.iter().filter(|recorded| matches!(recorded.event, Event::KeysRotated { .. }));
        assert_eq!(told.count(), 2, "each run that answered has told the ledger");

        // The backup from before: a master key that is destroyed was all that opened it.
        let (other, _) = empty(engine_of(world), folder.path()).await.unwrap();
        let (_, restored) = other.open().await;
        server::storage::migrate(&restored, server::storage::Schema::Keys).await.unwrap();
        restore_keys(&restored, &at, false).await.unwrap();
        assert!(matches!(Vault::open(restored.clone(), &key(NEW), rotated.at).await, Err(VaultError::WrongMasterKey)));
        assert!(Vault::open(restored.clone(), &old, rotated.at).await.is_ok(), "so it must be destroyed");
        centre.data.close().await;
        restored.close().await;
        other.drop().await;
    }

    async fn a_rotation_that_can_not_be_made_changes_nothing(world) {
        world.demo().await;
        let folder = tempfile::tempdir().unwrap();
        let (config, old) = (settings(world), key(MASTER));
        let file = |text: &str| {
            let path = folder.path().join("key");
            fs::write(&path, text).unwrap();
            path
        };
        let vault = |result: Result<_, RotationError>| match result {
            Err(RotationError::Vault(error)) => error,
            other => panic!("{:?}", other.map(|_| ())),
        };
        let same = vault(rotate(&config, &old, &file(MASTER), true).await);
        assert!(matches!(same, VaultError::SameMasterKey));
        let neither = vault(rotate(&config, &key(NEW), &file("AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="), true).await);
        assert!(matches!(neither, VaultError::WrongMasterKey));
        assert!(matches!(rotate(&config, &old, &file("short"), true).await, Err(RotationError::MasterKey(_))));
        assert!(matches!(rotate(&config, &old, Path::new("/nowhere"), true).await, Err(RotationError::MasterKey(_))));
        let (_, keys) = world.databases.open().await;
        // One key that its root does not open: none is wrapped anew.
        let mut tx = keys.begin().await.unwrap();
        let broken = "UPDATE data_key SET wrapped = $1 WHERE id = (SELECT MAX(id) FROM data_key)";
        sql(broken).bind(&[1_u8; 60][..]).execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        let broken = vault(rotate(&config, &old, &file(NEW), true).await);
        assert!(matches!(broken, VaultError::Broken("data_key", "wrapped")));
        assert!(Vault::open(keys, &old, world.centre.now()).await.is_ok());
    }
}

/// Reads the key store's files as they lie there.
fn files_of(world: &World) -> Vec<u8> {
    let file = world.databases.keys.strip_prefix("sqlite:").unwrap();
    ["", "-wal"].iter().flat_map(|ending| fs::read(format!("{file}{ending}")).unwrap_or_default()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_destroyed_key_is_in_no_file_of_the_key_store() {
    World::run(Engine::Sqlite, &generous(), async |world| {
        let browser = world.demo().await;
        let person = world.caller(&browser).await.person;
        let (_, keys) = world.databases.open().await;
        let wrapped = wrapped(&keys, &person.to_string()).await;
        let is_there = |bytes: &[u8]| wrapped.iter().filter(|key| memmem::find(bytes, key).is_some()).count();
        assert!(wrapped.len() > 10);
        assert_eq!(is_there(&files_of(world)), wrapped.len(), "the search finds what is there");
        erase_account(&world.centre, person).await;
        assert!(is_there(&files_of(world)) > 0, "the write-ahead log still has them");
        assert!(world.centre.vault.fold().await.unwrap());
        assert_eq!(is_there(&files_of(world)), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_read_holds_the_overwriting_up_and_does_not_break_it() {
    World::run(Engine::Sqlite, &generous(), async |world| {
        world.demo().await;
        let (_, keys) = world.databases.open().await;
        let mut reading = keys.snapshot().await.unwrap();
        sql("SELECT COUNT(*) FROM data_key").fetch_one::<(i64,)>(&mut reading).await.unwrap();
        world.newcomer("13912345678").await;
        assert!(!world.centre.vault.fold().await.unwrap());
        drop(reading);
        keys.close().await;
        assert!(world.centre.vault.fold().await.unwrap());
    })
    .await;
}

/// As its operator does it, with the program.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_rotates_and_says_what_comes_next() {
    World::run(Engine::Sqlite, &generous(), async |world| {
        world.demo().await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new-master");
        fs::write(&file, NEW).unwrap();
        let run = |master: &str, arguments: &[&str]| {
            let mut command = program(&world.databases);
            command.env("PRIVACY_CENTRE__VAULT__MASTER_KEY", master).args(arguments);
            command.output().unwrap()
        };
        let rotated = run(MASTER, &["rotate-keys", "--demo", "--new-master-key-file", file.to_str().unwrap()]);
        let said = String::from_utf8(rotated.stdout).unwrap();
        assert!(rotated.status.success(), "{}", String::from_utf8_lossy(&rotated.stderr));
        assert!(said.contains("backup-keys") && said.contains("destroy the old master key"), "{said}");
        let old = run(MASTER, &["verify-ledger", "--demo"]);
        assert!(!old.status.success() && String::from_utf8_lossy(&old.stderr).contains("rotate-keys"));
        assert!(run(NEW, &["verify-ledger", "--demo"]).status.success());
    })
    .await;
}

/// A rotation as it is typed, on SQLite below that folder.
fn rotate_keys(folder: &Path, typed: &[&str], settings: &[(&str, &str)]) -> std::process::Output {
    let (data, new) = (folder.join("data"), folder.join("new-master"));
    fs::write(&new, NEW).unwrap();
    std::process::Command::new(env!("CARGO_BIN_EXE_privacy-centre"))
        .args(typed)
        .args(["--new-master-key-file", new.to_str().unwrap(), "--data", data.to_str().unwrap()])
        .envs(settings.iter().copied())
        .current_dir(folder)
        .output()
        .unwrap()
}

#[tokio::test]
async fn a_rotation_that_could_not_tell_the_ledger_is_not_begun() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.keep_data_under(&folder.path().join("data"));
    config.vault.master_key = Some(MASTER.to_owned());
    open::centre(&config, true).await.unwrap().close().await;
    // Without an SMS gateway no centre opens: it would have stopped after the keys were wrapped anew.
    let refused = rotate_keys(folder.path(), &["rotate-keys"], &[("PRIVACY_CENTRE__VAULT__MASTER_KEY", MASTER)]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && said.contains("sms.gateway_url"), "{said}");
    open::centre(&config, true).await.expect("the old master key still opens it").close().await;
}

#[tokio::test]
async fn a_demo_goes_on_with_the_keys_that_it_was_given() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.keep_data_under(&folder.path().join("data"));
    open::centre(&config, true).await.unwrap().close().await;
    let rotated = rotate_keys(folder.path(), &["rotate-keys", "--demo"], &[]);
    assert!(rotated.status.success(), "{}", String::from_utf8_lossy(&rotated.stderr));
    open::centre(&config, true).await.expect("the demo starts as before").close().await;
}
