//! A database that a server works with is protected, also after its cluster has restarted; and one that is missing is not
//! served as an empty one.

use std::process::Output;

use server::storage::{Db, sql};

use crate::support::{Client, Databases, Engine, Running, cut_connections, program, until};

fn typed(databases: &Databases, arguments: &[&str]) -> Output {
    program(databases).args(arguments).output().unwrap()
}

#[track_caller]
fn refused(output: &Output, why: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains(why), "{said}");
}

/// What the witness is for: see `storage/in_use.rs`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_lost_the_lock_gets_no_connection_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let Some(databases) = Databases::fresh(Engine::Postgres, folder.path()).await else { return };
    let (server, keys) = databases.open().await;
    let (other, other_keys) = databases.open().await;
    assert!(server.hold().await.unwrap());
    sql("SELECT 1").fetch_one::<(i32,)>(&server).await.unwrap();
    assert!(other.hold_alone().await.unwrap().is_none());
    cut_connections(&databases.data).await;
    server.lost().await;
    let alone = other.hold_alone().await.unwrap();
    assert!(alone.is_some(), "nobody works with it");
    drop(alone);
    let read = sql("SELECT 1").fetch_one::<(i32,)>(&server).await;
    assert!(read.is_err(), "somebody may have put another state in its place");
    for db in [server, keys, other, other_keys] {
        db.close().await;
    }
    databases.drop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_holds_its_databases_again_after_its_cluster_has_restarted() {
    let folder = tempfile::tempdir().unwrap();
    let Some(databases) = Databases::fresh(Engine::Postgres, folder.path()).await else { return };
    let at = |name: &str| folder.path().join(name).display().to_string();
    let running = Running::start(&databases, &folder.path().join("server.log"));
    let mut client = Client::new(&running.url);
    client.sign_in("13800138000", server::seed::PASSWORD).await;
    assert!(typed(&databases, &["backup", &at("backup")]).status.success());
    let new = at("new-master");
    std::fs::write(&new, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();

    for address in [&databases.data, &databases.keys] {
        cut_connections(address).await;
    }
    let switch = [("purpose", "location"), ("granted", "false")];
    until("it is saved again", async || {
        client.post("/settings/privacy/permissions", &switch).await.is_some_and(|saved| saved.status == 303)
    })
    .await;
    refused(&typed(&databases, &["restore", &at("backup"), "--replace"]), "in use by a running server");
    refused(
        &typed(&databases, &["rotate-keys", "--new-master-key-file", &new, "--demo"]),
        "in use by a running server",
    );
    assert_eq!(client.get("/readyz").await.unwrap().status, 200);
    drop(running);
    databases.drop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_put_back_while_a_server_had_lost_its_lock_passes_the_gate() {
    let folder = tempfile::tempdir().unwrap();
    let Some(databases) = Databases::fresh(Engine::Postgres, folder.path()).await else { return };
    let backup = folder.path().join("backup").display().to_string();
    let running = Running::start(&databases, &folder.path().join("server.log"));
    let mut client = Client::new(&running.url);
    client.sign_in("13800138000", server::seed::PASSWORD).await;
    let decide = |granted| [("purpose", "location"), ("granted", granted)];
    let path = "/settings/privacy/permissions";
    assert_eq!(client.post(path, &decide("true")).await.unwrap().status, 303);
    assert!(typed(&databases, &["backup", &backup]).status.success());
    assert_eq!(client.post(path, &decide("false")).await.unwrap().status, 303);

    // The server sleeps through all of it.
    running.signal("STOP");
    for address in [&databases.data, &databases.keys] {
        cut_connections(address).await;
    }
    let restored = typed(&databases, &["restore", &backup, "--replace"]);
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
    running.signal("CONT");
    until("it serves again", async || client.get("/readyz").await.is_some_and(|ready| ready.status == 200)).await;
    client.sign_in("13800138000", server::seed::PASSWORD).await;
    let page = client.get("/settings/privacy/consents").await.unwrap();
    assert_eq!(page.status, 200);
    let (granted,) = sql("SELECT COUNT(*) FROM decision WHERE granted AND purpose = 'location'")
        .fetch_one::<(i64,)>(&Db::open(&databases.data).await.unwrap())
        .await
        .unwrap();
    assert_eq!(granted, 0, "a permission that was taken back reads as on");
    drop(running);
    databases.drop().await;
}

/// Every command but those that restore, and the server.
fn commands(folder: &std::path::Path) -> Vec<Vec<String>> {
    let at = |name: &str| folder.join(name).display().to_string();
    let all: [&[&str]; 9] = [
        &["serve", "--demo", "--listen", "127.0.0.1:0"],
        &["migrate"],
        &["verify-ledger", "--demo"],
        &["requests", "--demo"],
        &["deliveries", "--demo"],
        &["seed", "--people", "1", "--records", "1"],
        &["backup", &at("b1")],
        &["backup-keys", &at("b2")],
        &["drill", "--demo"],
    ];
    all.iter().map(|typed| typed.iter().map(|&word| word.to_owned()).collect()).collect()
}

on_both_engines! {
    async fn a_database_that_is_missing_is_not_served_as_an_empty_one(world) {
        world.demo().await;
        let folder = tempfile::tempdir().unwrap();
        let engine = if world.databases.data.starts_with("sqlite:") { Engine::Sqlite } else { Engine::Postgres };
        let empty = Databases::fresh(engine, folder.path()).await.unwrap();
        let with = |data: &str, keys: &str, typed: &[String]| {
            program(&world.databases)
                .env("PRIVACY_CENTRE__STORAGE__DATA", data)
                .env("PRIVACY_CENTRE__STORAGE__KEYS", keys)
                .args(typed)
                .output()
                .unwrap()
        };
        let full = &world.databases;
        let backup = folder.path().join("whole").display().to_string();
        assert!(with(&full.data, &full.keys, &["backup".to_owned(), backup.clone()]).status.success());
        for typed in commands(folder.path()) {
            let output = with(&empty.data, &full.keys, &typed);
            refused(&output, "the data database (");
            refused(&output, "is missing or empty");
            refused(&with(&full.data, &empty.keys, &typed), "the key store (");
        }
        for file in ["centre.db", "keys.db"] {
            assert!(!folder.path().join(file).exists(), "nothing was made in its place");
        }
        // A schema alone is no data either.
        let migrated = Db::open(&empty.data).await.unwrap();
        server::storage::migrate(&migrated, server::storage::Schema::Data).await.unwrap();
        migrated.close().await;
        server::replay::settle(&world.centre).await.unwrap();
        let has_history = server::ledger::sequence(&world.centre.data, &world.centre.signer, world.centre.now()).await;
        has_history.unwrap();
        refused(&with(&empty.data, &full.keys, &["migrate".to_owned()]), "the data database (");
        let restored = with(&empty.data, &full.keys, &["restore".to_owned(), backup]);
        assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
        let works = with(&empty.data, &full.keys, &["requests".to_owned(), "--demo".to_owned()]);
        assert!(works.status.success(), "{}", String::from_utf8_lossy(&works.stderr));
        empty.drop().await;
    }
}
