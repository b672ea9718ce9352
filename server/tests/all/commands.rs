//! Commands as an operator types them: what they say when they fail, and what they leave behind.

use app::time::Moment;
use server::requests::store::number;
use server::storage::sql;

use crate::support::{Databases, Engine, program};

const PHONE: &str = "13900000091";

on_both_engines! {
    async fn what_an_officer_does_in_vain_has_its_cause_in_the_log(world) {
        let mut browser = world.newcomer(PHONE).await;
        let question = [("kind", "explanation"), ("about", "field:browse_log"), ("text", "为什么？")];
        browser.post("/settings/privacy/requests/new", &question).await.expect_status(303);
        let mut tx = world.centre.data.begin().await.unwrap();
        sql("UPDATE request SET kind = 'something_newer'").execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().display().to_string();
        let asked = sql("SELECT id, made_at FROM request").fetch_one::<(String, i64)>(&world.centre.data).await.unwrap();
        let number = number(&asked.0, Moment(asked.1));
        let number = number.as_str();
        for typed in [vec!["requests"], vec!["proof", number, &at], vec!["ask", number, "户口簿"], vec!["answer", number, "好"]] {
            let output = program(&world.databases).args(&typed).arg("--demo").output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{typed:?}: {said}");
            assert!(said.contains("it failed; the log says why"), "{typed:?}: {said}");
            assert!(said.contains("a request failed") && said.contains("kind"), "{typed:?}: {said}");
        }
    }
}

#[tokio::test]
async fn a_file_is_whole_after_every_command_also_one_that_failed() {
    let folder = tempfile::tempdir().unwrap();
    let databases = Databases::fresh(Engine::Sqlite, folder.path()).await.unwrap();
    let (data, keys) = (folder.path().join("data"), folder.path().join("keys"));
    let (data, keys) = (data.display().to_string(), keys.display().to_string());
    let typed: [(&[&str], i32); 14] = [
        (&["migrate"], 0),
        (&["seed", "--people", "1", "--records", "1"], 0),
        (&["requests", "--demo"], 0),
        (&["answer", "1", "好", "--demo"], 1),
        (&["ask", "1", "户口簿", "--demo"], 1),
        (&["deliveries", "--demo"], 0),
        (&["import", "no such file", "--demo"], 1),
        (&["verify-ledger", "--demo"], 0),
        (&["backup", &data], 0),
        (&["backup", &data], 1),
        (&["backup-keys", &keys], 0),
        (&["restore", &data], 1),
        (&["restore", &data, "--replace"], 0),
        (&["restore-keys", &keys, "--replace"], 0),
    ];
    for (typed, code) in typed {
        let output = program(&databases).args(typed).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{typed:?}: {said}");
        for name in ["centre.db", "keys.db"] {
            assert!(folder.path().join(name).exists(), "{typed:?}: no {name}");
            assert!(!folder.path().join(format!("{name}-wal")).exists(), "{typed:?}: {name} is not whole");
        }
    }
}
