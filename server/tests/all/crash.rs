//! `kill -9` at fifty moments, while people switch, register and change addresses: what was acknowledged is there, what
//! was not is there whole or not at all, and every sealed row has its key.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use server::centre::Centre;
use server::config::Config;
use server::ledger;
use server::open;
use server::storage::sql;
use server::vault::{KeyRing, Place};
use uuid::Uuid;

use crate::support::{Client, Databases, Engine, MASTER, Running};

const ROUNDS: u64 = 50;
const PASSWORD: &str = "yidian-demo-2026";
const SWITCHED: [&str; 3] = ["location", "microphone", "calendar"];

/// What the clients know: only what an answer has confirmed.
#[derive(Default)]
struct Acknowledged {
    /// The last confirmed state of each switch, and the one that was asked for after it without an answer.
    switches: BTreeMap<&'static str, (bool, Option<bool>)>,
    /// Streets of addresses that were confirmed.
    streets: Vec<String>,
    /// Names of people whose registration was confirmed, by phone.
    people: BTreeMap<String, String>,
    /// How many answers there were at all.
    answers: usize,
}

type Shared = Arc<Mutex<Acknowledged>>;

fn know<T>(shared: &Shared, learn: impl FnOnce(&mut Acknowledged) -> T) -> T {
    learn(&mut shared.lock().unwrap())
}

/// Flips switches until the server is gone.
async fn switch(mut client: Client, known: Shared, round: u64) {
    for step in 0.. {
        let purpose = SWITCHED[step % SWITCHED.len()];
        let granted = !know(&known, |k| k.switches.get(purpose).is_some_and(|(state, _)| *state));
        know(&known, |k| k.switches.entry(purpose).or_insert((false, None)).1 = Some(granted));
        let wanted = granted.to_string();
        let fields = [("purpose", purpose), ("granted", wanted.as_str())];
        match client.post("/settings/privacy/permissions", &fields).await {
            Some(answered) if answered.status == 303 => know(&known, |k| {
                k.switches.insert(purpose, (granted, None));
                k.answers += 1;
            }),
            Some(answered) => panic!("round {round}: {} {}", answered.status, answered.text),
            None => return,
        }
    }
}

/// The address form.
fn address(street: &str) -> [(&str, &str); 6] {
    [
        ("consignee", "王小明"),
        ("phone", "13900001111"),
        ("province", "四川省"),
        ("city", "成都市"),
        ("street", street),
        ("is_default", "true"),
    ]
}

/// Adds one; false when the server is gone or twenty are there.
async fn add_address(client: &mut Client, known: &Shared, street: String) -> Option<bool> {
    let answered = client.post("/settings/profile/addresses/new", &address(&street)).await?;
    match answered.status {
        303 => know(known, |k| {
            k.streets.push(street);
            k.answers += 1;
        }),
        422 => return Some(false),
        other => panic!("{other} {}", answered.text),
    }
    Some(true)
}

/// Adds addresses until twenty are there, then moves the default about, until the server is gone.
async fn move_house(mut client: Client, known: Shared, round: u64) {
    let mut step = 0;
    loop {
        match add_address(&mut client, &known, format!("第{round}轮{step}号")).await {
            Some(true) => step += 1,
            Some(false) => break,
            None => return,
        }
    }
    let Some(list) = client.get("/settings/profile/addresses").await else { return };
    let ids: Vec<_> =
        list.text.split("/addresses/").filter_map(|rest| rest.split_once("/remove")).map(|(id, _)| id).collect();
    for id in ids.iter().cycle() {
        match client.post(&format!("/settings/profile/addresses/{id}/default"), &[]).await {
            Some(answered) if answered.status == 303 => know(&known, |k| k.answers += 1),
            Some(answered) => panic!("round {round}: {} {}", answered.status, answered.text),
            None => return,
        }
    }
}

/// Registers people, who each get keys of their own, and an address under another, until the server is gone.
async fn register(mut client: Client, known: Shared, round: u64) {
    for step in 0.. {
        let phone = format!("137{:04}{:04}", round, step);
        let username = format!("人{round}之{step}");
        if client.post("/register/code", &[("phone", &phone)]).await.is_none() {
            return;
        }
        let Some(code) = code(&mut client, &phone).await else { return };
        let fields = [
            ("phone", phone.as_str()),
            ("code", &code),
            ("username", &username),
            ("password", "初见-green-tea-61"),
            ("age", "adult"),
            ("agree", "yes"),
        ];
        match client.post("/register", &fields).await {
            Some(answered) if answered.status == 303 => know(&known, |k| {
                k.people.insert(phone, username);
                k.answers += 1;
            }),
            Some(answered) => panic!("round {round}: {} {}", answered.status, answered.text),
            None => return,
        }
        // The first address makes the key of its category.
        if add_address(&mut client, &known, format!("第{round}轮第{step}人")).await.is_none() {
            return;
        }
    }
}

/// The code in the demo's mailbox; nothing when the server is gone.
async fn code(client: &mut Client, phone: &str) -> Option<String> {
    let masked = format!("{}****{}", &phone[..3], &phone[7..]);
    loop {
        let page = client.get("/demo/mailbox").await?.text;
        let code =
            page.split(&masked).nth(1).and_then(|rest| rest.split("验证码 ").nth(1)).map(|rest| rest[..6].to_owned());
        if code.is_some() {
            return code;
        }
    }
}

async fn story(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let Some(databases) = Databases::fresh(engine, folder.path()).await else { return };
    let log = folder.path().join("server.log");
    let known = Shared::default();
    for round in 0..ROUNDS {
        one_round(&databases, &log, &known, round).await;
        check(&databases, &known, round).await;
    }
    let (answers, people, streets) = know(&known, |k| (k.answers, k.people.len(), k.streets.len()));
    println!("{ROUNDS} kills, {answers} acknowledged changes, {people} people, {streets} addresses");
    assert!(answers > 300 && people >= 10 && streets >= 20, "{answers} {people} {streets}");
    databases.drop().await;
}

async fn one_round(databases: &Databases, log: &Path, known: &Shared, round: u64) {
    let running = Running::start(databases, log);
    let mut switcher = Client::new(&running.url);
    switcher.sign_in("13800138001", PASSWORD).await;
    let mut mover = Client::new(&running.url);
    // Another person every few rounds, since twenty addresses are enough for each.
    mover.sign_in(if round.is_multiple_of(2) { "13800138002" } else { "13800138001" }, PASSWORD).await;
    let workers = [
        tokio::spawn(switch(switcher, known.clone(), round)),
        tokio::spawn(move_house(mover, known.clone(), round)),
        tokio::spawn(register(Client::new(&running.url), known.clone(), round)),
    ];
    // Spread over the time in which the first requests begin, write, and are answered.
    tokio::time::sleep(Duration::from_millis(30 + (round * 37) % 800)).await;
    running.kill();
    for worker in workers {
        worker.await.unwrap();
    }
}

async fn check(databases: &Databases, known: &Shared, round: u64) {
    let mut config = Config::default();
    config.storage.data = databases.data.clone();
    config.storage.keys = databases.keys.clone();
    config.vault.master_key = Some(MASTER.to_owned());
    let centre = open::centre(&config, true).await.unwrap();
    let verified = ledger::verify(&centre.data, &centre.signer.verifier()).await.unwrap();
    assert!(verified.is_ok(), "round {round}: {verified:?}");
    let opened = open_everything(&centre, round).await;
    check_switches(&centre, known, &opened, round).await;
    know(known, |k| {
        for (phone, username) in &k.people {
            assert!(opened.texts.contains(phone) && opened.texts.contains(username), "round {round}: {phone} was lost");
        }
        for street in &k.streets {
            assert!(opened.texts.iter().any(|t| t.contains(street)), "round {round}: {street} was lost");
        }
    });
    centre.close().await;
}

/// Everything sealed, opened.
struct Opened {
    texts: std::collections::BTreeSet<String>,
    switcher: Uuid,
}

async fn open_everything(centre: &Centre, round: u64) -> Opened {
    let mut opened = Opened { texts: Default::default(), switcher: Uuid::nil() };
    let people = sql("SELECT id, phone, username, password_hash, pseudonym FROM person")
        .fetch_all::<(String, Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>)>(&centre.data)
        .await
        .unwrap();
    for (id, phone, username, password_hash, pseudonym) in people {
        let person = Uuid::parse_str(&id).unwrap();
        let ring = centre.vault.ring(person).await.unwrap();
        for (column, sealed) in
            [("password_hash", password_hash), ("pseudonym", pseudonym), ("username", username), ("phone", phone)]
        {
            let text = text(&ring, Place { table: "person", column, row: &id }, &sealed, round).await;
            if text == "13800138001" {
                opened.switcher = person;
            }
            opened.texts.insert(text);
        }
        let tables = [
            ("address", "payload", sql("SELECT id, payload FROM address WHERE person_id = $1")),
            ("session", "client", sql("SELECT id, client FROM session WHERE person_id = $1")),
        ];
        for (table, column, rows) in tables {
            for (row, sealed) in rows.bind(&id).fetch_all::<(String, Vec<u8>)>(&centre.data).await.unwrap() {
                opened.texts.insert(text(&ring, Place { table, column, row: &row }, &sealed, round).await);
            }
        }
        let (defaults, addresses) =
            sql("SELECT COUNT(CASE WHEN is_default THEN 1 END), COUNT(*) FROM address WHERE person_id = $1")
                .bind(&id)
                .fetch_one::<(i64, i64)>(&centre.data)
                .await
                .unwrap();
        assert_eq!(defaults, addresses.min(1), "round {round}: one default");
    }
    opened
}

async fn text(ring: &KeyRing, place: Place<'_>, sealed: &[u8], round: u64) -> String {
    match ring.open_text(place, sealed).await {
        Ok(text) => text.to_string(),
        Err(error) => panic!("round {round}: {}.{}: {error}", place.table, place.column),
    }
}

async fn check_switches(centre: &Centre, known: &Shared, opened: &Opened, round: u64) {
    let standing = server::consents::store::standing(&centre.data, centre, opened.switcher).await.unwrap();
    know(known, |k| {
        for (purpose, (confirmed, asked)) in &mut k.switches {
            let stands = standing.allows(purpose.parse().unwrap());
            assert!(
                stands == *confirmed || Some(stands) == *asked,
                "round {round}: {purpose} was confirmed {confirmed}, stands {stands}"
            );
            // What was on its way when the server died has now arrived or not.
            (*confirmed, *asked) = (stands, None);
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_sqlite() {
    story(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_postgres() {
    story(Engine::Postgres).await;
}
