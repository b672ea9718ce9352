//! The demo accounts' phone, name, address and ID number are searched for in everything that is written: database files,
//! write-ahead logs, server log, key store. Whatever is found in clear is a defect.

use std::fs;
use std::path::{Path, PathBuf};

use memchr::memmem;

use crate::support::{Client, Databases, Engine, Running};

/// What must be nowhere.
const SECRETS: &[&str] = &[
    "13800138000",
    "13800138001",
    "13900139000",
    "林小满",
    "周以宁",
    "林建国",
    "33010619950307242X",
    "文三路258号",
    "翠苑小区",
    "平江路66号",
    // Typed in the test itself.
    "13900001111",
    "王小明",
    "锦绣街8号",
    "改过的名字",
    "yidian-demo-2026",
    "leak-test-browser",
    // Of the demo's records, as a host sends them, and what is typed about them.
    "小满穿搭",
    "赣南脐橙",
    "山茶花护手霜",
    "周末晚间活跃",
    "林小曼",
    "改成的收藏",
    "樱花粉彩杯",
    "订单尾号 3821",
    "满100减20",
    "为什么要这样",
    "投诉里写的话",
    "请帮忙整理遗物",
    "13900002222",
    "三月买过一把紫砂壶",
];
/// What is certainly written, to show that the search finds things: a purpose's id in a decision, and a route in the log.
const CONTROLS: [&str; 2] = ["unaimed_search", "/settings/profile/addresses/new"];

fn all_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            all_files(&path, found);
        } else if path.is_file() {
            found.push(path);
        }
    }
}

/// Which of the texts stand in which file.
fn search(folders: &[&Path], texts: &[&str]) -> Vec<String> {
    let mut paths = Vec::new();
    folders.iter().for_each(|folder| all_files(folder, &mut paths));
    let mut found = Vec::new();
    for path in paths {
        // A file of a running cluster may go while we look.
        let Ok(bytes) = fs::read(&path) else { continue };
        for text in texts.iter().filter(|t| memmem::find(&bytes, t.as_bytes()).is_some()) {
            found.push(format!("{text} in {}", path.file_name().unwrap().to_string_lossy()));
        }
    }
    found
}

async fn story(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let Some(databases) = Databases::fresh(engine, folder.path()).await else { return };
    let log = folder.path().join("server.log");
    let running = Running::start(&databases, &log);
    use_it(&running.url).await;
    databases.flush().await;
    let cluster = std::env::var("TEST_POSTGRES_DATA").ok().filter(|_| engine == Engine::Postgres);
    let mut folders = vec![folder.path()];
    folders.extend(cluster.as_deref().map(Path::new));
    // While it runs: write-ahead logs are full.
    assert_eq!(search(&folders, SECRETS), Vec::<String>::new());
    for control in CONTROLS {
        assert!(!search(&folders, &[control]).is_empty(), "the search does not find {control}");
    }
    running.kill();
    assert_eq!(search(&folders, SECRETS), Vec::<String>::new());
    databases.drop().await;
}

/// Everything that writes personal data, and everything that fails with some in hand.
async fn use_it(url: &str) {
    let mut client = Client::new(url);
    client.sign_in("13800138000", "yidian-demo-2026").await;
    let address = [
        ("consignee", "王小明"),
        ("phone", "13900001111"),
        ("province", "四川省"),
        ("city", "成都市"),
        ("street", "锦绣街8号"),
    ];
    let posts: [(&str, &[(&str, &str)]); 8] = [
        ("/settings/profile/addresses/new", &address),
        ("/settings/profile/username", &[("username", "改过的名字")]),
        ("/settings/profile/username", &[("username", "周以宁")]),
        ("/step-up", &[("by", "password"), ("password", "yidian-demo-2026"), ("next", "/settings")]),
        ("/settings/account/phone/new-code", &[("phone", "13900001111")]),
        ("/signin/code", &[("phone", "13800138001")]),
        ("/signin", &[("phone", "13800138001"), ("by", "password"), ("password", "leak-test-browser")]),
        ("/settings/profile/addresses/13800138000/remove", &[]),
    ];
    for (path, fields) in posts {
        client.post(path, fields).await.expect("an answer");
    }
    let favorites = client.get("/settings/data/records?kind=favorite").await.expect("an answer").text;
    let record =
        favorites.split("/settings/data/records/").nth(1).and_then(|rest| rest.split('"').next()).expect("a record");
    let record = format!("/settings/data/records/{record}");
    client.post(&format!("{record}/correct"), &[("value", "改成的收藏")]).await.expect("an answer");
    let question = [("kind", "explanation"), ("text", "为什么要这样")];
    client.post("/settings/privacy/requests/new", &question).await.expect("an answer");
    let complaint = [("topic", "other"), ("text", "投诉里写的话")];
    client.post("/settings/complaints", &complaint).await.expect("an answer");
    let claim = [
        ("account", "13800138001"),
        ("relation", "child"),
        ("rights", "see"),
        ("lawful", "true"),
        ("text", "请帮忙整理遗物"),
    ];
    client.post("/settings/privacy/requests/relative", &claim).await.expect("an answer");
    claim_without_a_session(url).await;
    client.post("/settings/privacy/copy/new", &[("function", "1.2")]).await.expect("an answer");
    wait_for_copy(&mut client).await;
    for path in [
        "/",
        "/settings/data/records?q=赣南脐橙",
        &record,
        "/settings/account/real-name/full",
        "/settings/profile/addresses",
        "/settings/sharing/records",
        "/nothing?phone=13800138000",
        "/13800138000",
    ] {
        client.get(path).await.expect("an answer");
    }
}

/// As somebody does who can't sign in: the code comes by SMS, to the demo's mailbox.
async fn claim_without_a_session(url: &str) {
    let mut visitor = Client::new(url);
    visitor.post("/signin/lost/code", &[("phone", "13900002222")]).await.expect("an answer");
    let came = async {
        loop {
            let page = visitor.get("/demo/mailbox").await.expect("an answer").text;
            let text = page.split("用于无法登录时注销账号").next().filter(|before| before.len() < page.len());
            if let Some(code) = text.and_then(|before| before.rsplit("验证码 ").next()) {
                return code.chars().take(6).collect::<String>();
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let code = tokio::time::timeout(std::time::Duration::from_secs(60), came).await.expect("the code comes");
    let claim = [
        ("account", "13800138001"),
        ("phone", "13900002222"),
        ("code", &code),
        ("text", "三月买过一把紫砂壶，寄到平江路"),
        ("own", "true"),
    ];
    let filed = visitor.post("/signin/lost", &claim).await.expect("an answer");
    assert_eq!(filed.status, 303, "{}", filed.text);
}

/// A copy is made in the background: its page says when it is there.
async fn wait_for_copy(client: &mut Client) {
    let made = async {
        loop {
            let page = client.get("/settings/privacy/copy").await.expect("an answer").text;
            if let Some(id) = page.split("/settings/privacy/copy/").find_map(|rest| rest.split_once("/download")) {
                return id.0.to_owned();
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let id = tokio::time::timeout(std::time::Duration::from_secs(60), made).await.expect("the copy is made");
    client.get(&format!("/settings/privacy/copy/{id}/download")).await.expect("an answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_personal_is_written_in_clear_sqlite() {
    story(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_personal_is_written_in_clear_postgres() {
    story(Engine::Postgres).await;
}
