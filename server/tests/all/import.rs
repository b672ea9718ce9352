//! `import`, the real command: killed half-way and run again, it ends as if nothing had happened.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use server::storage::{Db, sql};

use crate::support::{Databases, Engine, program};

const RECORDS: usize = 12_000;
const BAD: usize = 60;

fn run(databases: &Databases, arguments: &[&str]) -> Output {
    command(databases, arguments).output().unwrap()
}

fn command(databases: &Databases, arguments: &[&str]) -> Command {
    let mut command = program(databases);
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Lines for the population's people, with bad ones spread among them; the numbers of the bad ones.
fn write_lines(databases: &Databases, file: &Path) -> Vec<u64> {
    let plain = file.with_extension("plain");
    let records = RECORDS.to_string();
    let arguments = ["seed", "--people", "3", "--records", &records, "--write", plain.to_str().unwrap()];
    let seeded = run(databases, &arguments);
    assert!(seeded.status.success(), "{}", String::from_utf8_lossy(&seeded.stderr));
    let mut bad = Vec::new();
    let mut lines = String::new();
    for (number, line) in fs::read_to_string(&plain).unwrap().lines().enumerate() {
        if number % (RECORDS / BAD) == 7 {
            lines.push_str(["{\"id\":1}\n", "not json\n", "{}\n"][bad.len() % 3]);
            bad.push(u64::try_from(number + bad.len()).unwrap());
        }
        lines.push_str(line);
        lines.push('\n');
    }
    fs::write(file, lines).unwrap();
    // Lines are numbered from 1.
    bad.iter().map(|number| number + 1).collect()
}

async fn count(data: &Db) -> i64 {
    sql("SELECT COUNT(*) FROM record").fetch_one::<(i64,)>(data).await.unwrap().0
}

/// Lines name people by the centre's id, which is another one in each database: the same lines for the same people there.
async fn for_people_of(there: &Db, here: &Db, lines: &Path) -> PathBuf {
    let people = async |db| sql("SELECT id FROM person ORDER BY id").fetch_all::<(String,)>(db).await.unwrap();
    let mut text = fs::read_to_string(lines).unwrap();
    for ((here,), (there,)) in people(here).await.into_iter().zip(people(there).await) {
        assert!(text.contains(&here));
        text = text.replace(&here, &there);
    }
    let file = lines.with_file_name("theirs.ndjson");
    fs::write(&file, text).unwrap();
    file
}

/// Everything of the records that does not depend on the keys, in order; then the totals.
async fn state(data: &Db) -> (Vec<(String, i64, String, String)>, Vec<(String, i64, i64)>) {
    let records = sql("SELECT field, at, source, basis FROM record ORDER BY field, at, source, basis").fetch_all(data);
    let totals = sql("SELECT field, held, latest_at FROM record_total ORDER BY field, held, latest_at").fetch_all(data);
    (records.await.unwrap(), totals.await.unwrap())
}

fn rejected(file: &Path) -> Vec<u64> {
    let line = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["line"].as_u64().unwrap();
    fs::read_to_string(file).unwrap().lines().map(line).collect()
}

async fn story(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let (once, killed) = (folder.path().join("once"), folder.path().join("killed"));
    fs::create_dir_all(&once).unwrap();
    fs::create_dir_all(&killed).unwrap();
    let Some(once) = Databases::fresh(engine, &once).await else { return };
    let killed = Databases::fresh(engine, &killed).await.unwrap();
    let file = folder.path().join("records.ndjson");
    let lines = file.to_str().unwrap();
    let bad = write_lines(&once, &file);
    let people = run(&killed, &["seed", "--people", "3", "--records", "0"]);
    assert!(people.status.success());

    let done = run(&once, &["import", lines, "--demo"]);
    assert_eq!(done.status.code(), Some(3), "{}", String::from_utf8_lossy(&done.stderr));
    let expected_report = format!("{} bad", bad.len());
    assert!(String::from_utf8_lossy(&done.stdout).contains(&expected_report));
    assert_eq!(rejected(&file.with_extension("ndjson.rejected")), bad);

    let (data, keys) = killed.open().await;
    let (undisturbed, other_keys) = once.open().await;
    let file = for_people_of(&data, &undisturbed, &file).await;
    let lines = file.to_str().unwrap();
    let mut child = command(&killed, &["import", lines, "--demo"]).spawn().unwrap();
    let half = async {
        while count(&data).await == 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), half).await.expect("it writes");
    child.kill().unwrap();
    child.wait().unwrap();
    let so_far = count(&data).await;
    assert!(so_far > 0 && so_far < i64::try_from(RECORDS).unwrap(), "killed half-way, not at {so_far}");
    let again = run(&killed, &["import", lines, "--demo"]);
    assert_eq!(again.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&again.stdout).contains(&format!("{so_far} already there")));
    assert_eq!(rejected(&file.with_extension("ndjson.rejected")), bad);

    assert_eq!(state(&data).await, state(&undisturbed).await);
    for db in [data, keys, undisturbed, other_keys] {
        db.close().await;
    }
    once.drop().await;
    killed.drop().await;
}

/// What was done to people weighs more than what is wrong with a file: the command itself says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_disclosure_without_the_consent_that_it_names_is_reported_by_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let databases = Databases::fresh(Engine::Sqlite, folder.path()).await.unwrap();
    assert!(run(&databases, &["seed", "--people", "1", "--records", "0"]).status.success());
    let line = |id: &str, ground: &str| {
        let disclosure = serde_json::json!({"recipient": "ads_juguang", "fields": ["device_uid"], "ground": ground});
        let at = "2026-11-20T21:04:05+08:00";
        serde_json::json!({"id": id, "phone": "19900000000", "at": at, "disclosure": disclosure}).to_string() + "\n"
    };
    let file = folder.path().join("disclosures.ndjson");
    let import = |lines: String| {
        fs::write(&file, lines).unwrap();
        run(&databases, &["import", file.to_str().unwrap(), "--demo"])
    };
    assert_eq!(import(line("a", "contract")).status.code(), Some(0));
    assert_eq!(import(line("a", "contract") + "no line\n").status.code(), Some(3));
    for _ in 0..2 {
        let told = import(line("a", "contract") + &line("b", "consent") + "no line\n");
        assert_eq!(told.status.code(), Some(4), "{}", String::from_utf8_lossy(&told.stderr));
        let said = String::from_utf8_lossy(&told.stdout).into_owned();
        assert!(said.contains("warning: 1 disclosures") && said.contains("1 lines were not taken"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_was_killed_ends_as_if_it_had_not_been_sqlite() {
    story(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_was_killed_ends_as_if_it_had_not_been_postgres() {
    story(Engine::Postgres).await;
}
