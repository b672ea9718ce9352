//! The gate: not one request is served in the old state.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use app::consents::Purpose;
use app::proof::note::Verifier;
use app::proof::{check, check_by};
use app::records::rules::Scope;
use server::cancellation::store;
use server::centre::Centre;
use server::config::Config;
use server::ledger::{self, Event, Pseudonym};
use server::profile::store::{addresses, has_avatar, remove_address};
use server::records::{Filter, Total, erase, page, totals};
use server::storage::{Db, sql};
use server::{backup, open, replay};

use super::taken::engine_of;
use super::{allows, empty, erase_account, files, move_in, person, set};
use crate::support::{Browser, Databases, Engine, HOST_TOKEN, MASTER, PASSWORD, program, replay_all};

async fn keys_of(databases: &Databases) -> Db {
    Db::open(&databases.keys).await.unwrap()
}

fn sorted(mut totals: Vec<Total>) -> Vec<Total> {
    totals.sort_by(|a, b| a.field.cmp(&b.field));
    totals
}

on_both_engines! {
    async fn a_file_put_back_by_hand_is_noticed_and_brought_up(world) {
        let browser = world.demo().await;
        let caller = world.caller(&browser).await;
        let centre = &world.centre;
        set(centre, &caller, Purpose::Location, true, centre.now()).await;
        let address = move_in(centre, &caller, "锦绣街8号").await;
        let of = |kind: &str| Filter { field: Some(kind.to_owned()), ..Filter::default() };
        let favorites = page(centre, &caller, &of("favorite"), 50, false).await.unwrap().records;
        replay::settle(centre).await.unwrap();
        assert!(!replay::is_behind(&centre.data, &centre.vault).await.unwrap());
        let old = world.databases.back_up().await;

        world.pass(1_000);
        set(centre, &caller, Purpose::Location, false, centre.now()).await;
        set(centre, &caller, Purpose::TagsPaused, true, centre.now()).await;
        set(centre, &caller, Purpose::Camera, false, centre.now()).await;
        remove_address(centre, &caller, address, centre.now()).await.unwrap();
        let field = centre.catalogue.data().field("favorite").unwrap();
        erase::erase_record(centre, &caller, (favorites[0].id, field), centre.now()).await.unwrap();
        erase::erase(centre, &caller, &Scope::Kind("browse_log".into()), centre.now()).await.unwrap();
        erase::erase(centre, &caller, &Scope::Kind("avatar".into()), centre.now()).await.unwrap();
        erase::erase(centre, &caller, &Scope::Kind("trade_log".into()), centre.now()).await.unwrap();
        let held = sorted(totals(&centre.data, caller.person).await.unwrap());

        let restored = world.restored(&old).await;
        assert!(allows(&restored, &caller, Purpose::Location).await, "so it would be served");
        let caught = replay::catch_up(&restored).await.unwrap().expect("it is noticed");
        assert!(caught.entries >= 8 && caught.unreadable > 50, "{caught:?}");
        assert!(!allows(&restored, &caller, Purpose::Location).await);
        assert!(!allows(&restored, &caller, Purpose::Camera).await);
        assert!(allows(&restored, &caller, Purpose::TagsPaused).await, "what protects is on again");
        assert!(!has_avatar(&restored, caller.person).await.unwrap());
        assert!(addresses(&restored, &caller).await.unwrap().iter().all(|kept| kept.id != address.to_string()));
        let defaults = sql("SELECT COUNT(*) FROM address WHERE person_id = $1 AND is_default").bind(caller.person);
        assert_eq!(defaults.fetch_one::<(i64,)>(&restored.data).await.unwrap(), (1,));
        assert_eq!(sorted(totals(&restored.data, caller.person).await.unwrap()), held, "and all totals are as they were");
        let history = ledger::history(&restored.data, &Pseudonym::centre()).await.unwrap();
        assert!(history.iter().any(|r| matches!(r.event, Event::Replayed { .. })), "the ledger says so");
        let decided = sql("SELECT decided_at FROM decision WHERE person_id = $1 AND purpose = 'location'");
        let (at,) = decided.bind(caller.person).fetch_one::<(i64,)>(&restored.data).await.unwrap();
        assert_eq!(at, centre.now().0, "the decision has the time at which it was made");
        let ended = sql("SELECT COUNT(*) FROM session WHERE ended_at IS NULL").fetch_one::<(i64,)>(&restored.data);
        assert_eq!(ended.await.unwrap(), (0,), "no device is signed in that may have been signed out since");
        restored.data.close().await;
    }

    async fn a_yes_that_came_after_a_no_stays_and_so_does_what_came_after_an_erasure(world) {
        let browser = world.demo().await;
        let caller = world.caller(&browser).await;
        let centre = &world.centre;
        set(centre, &caller, Purpose::Location, false, centre.now()).await;
        erase::erase(centre, &caller, &Scope::Kind("consignee_address".into()), centre.now()).await.unwrap();
        world.pass(1_000);
        set(centre, &caller, Purpose::Location, true, centre.now()).await;
        let address = move_in(centre, &caller, "锦绣街9号").await;
        replay::settle(centre).await.unwrap();
        let before = ledger::history(&centre.data, &caller.pseudonym).await.unwrap().len();
        let caught = replay_all(centre).await;
        assert!(caught.entries > 5);
        assert!(allows(centre, &caller, Purpose::Location).await);
        let caller = server::accounts::store::caller_of(centre, caller.person).await.unwrap();
        let kept = addresses(centre, &caller).await.unwrap();
        assert!(kept.len() == 1 && kept[0].id == address.to_string() && kept[0].is_default);
        assert_eq!(ledger::history(&centre.data, &caller.pseudonym).await.unwrap().len(), before, "nothing was done twice");
    }

    async fn a_start_asks_and_a_crash_before_the_position_was_written_is_no_restore(world) {
        let caller = person(&world.centre, "13900000120").await;
        set(&world.centre, &caller, Purpose::Location, true, world.centre.now()).await;
        set(&world.centre, &caller, Purpose::Location, false, world.centre.now()).await;
        // Copied to the log, but the job that writes down how far the data is has not run.
        let again = world.restored(&world.databases.data).await;
        assert!(replay::catch_up(&again).await.unwrap().is_none());
        replay::settle(&again).await.unwrap();
        let (pending,) = sql("SELECT COUNT(*) FROM replay_pending").fetch_one::<(i64,)>(&again.data).await.unwrap();
        assert_eq!(pending, 0);
        assert!(replay::catch_up(&again).await.unwrap().is_none());
    }

    async fn a_yes_costs_the_log_nothing_and_a_no_one_entry(world) {
        let caller = person(&world.centre, "13900000121").await;
        let count = async || {
            let log = sql("SELECT COUNT(*) FROM replay_log").fetch_one::<(i64,)>(&keys_of(&world.databases).await).await.unwrap();
            log.0
        };
        set(&world.centre, &caller, Purpose::Location, true, world.centre.now()).await;
        assert_eq!(count().await, 0);
        set(&world.centre, &caller, Purpose::Location, false, world.centre.now()).await;
        assert_eq!(count().await, 1, "it is in the log when it is answered");
        let keys = keys_of(&world.databases).await;
        let (body,) = sql("SELECT body FROM replay_log").fetch_one::<(String,)>(&keys).await.unwrap();
        assert!(!body.contains(&caller.person.to_string()) && !body.contains("13900000121"), "{body}");
    }

    async fn a_log_that_was_put_back_goes_on_under_a_new_name_and_what_was_signed_still_holds(world) {
        let mut browser = world.newcomer("13900000122").await;
        let post = [("purpose", "location"), ("granted", "true")];
        browser.post("/settings/privacy/permissions", &post).await.expect_status(303);
        ledger::sequence(&world.centre.data, &world.centre.signer, world.centre.now()).await.unwrap();
        let old = world.databases.back_up().await;
        let camera = [("purpose", "camera"), ("granted", "true")];
        browser.post("/settings/privacy/permissions", &camera).await.expect_status(303);
        let bundle = browser.get("/settings/privacy/consents/proofs").await.expect_status(200).body;
        let first = world.centre.signer.verifier();
        assert!(check(&bundle, &first).is_valid());

        let restored = world.restored(&old).await;
        let names = restored.signer.verifiers();
        assert_eq!(names.len(), 2);
        assert_eq!(names[0].origin(), format!("{}/2", first.origin()));
        assert_eq!(names[1], first);
        ledger::sequence(&restored.data, &restored.signer, world.centre.now()).await.unwrap();
        let note = ledger::checkpoint(&restored.data, None).await.unwrap().unwrap();
        assert!(names[0].checkpoint(&note).is_some() && first.checkpoint(&note).is_none());
        assert!(ledger::verify_by(&restored.data, &names).await.unwrap().is_ok());
        let history = ledger::history(&restored.data, &Pseudonym::centre()).await.unwrap();
        assert!(history.iter().any(|r| matches!(r.event, Event::LogContinued { generation: 2, .. })));
        // A document about an event that was lost still holds; and a new one does under the new name.
        assert!(check_by(&bundle, &names).is_valid());
        let router = server::web::build_router(&restored);
        let keys = crate::support::get(&router, "/log/key").await;
        let published: Vec<_> = keys.lines().map(|key| Verifier::parse(key).unwrap()).collect();
        assert_eq!(published, names);
        // Started again, it is the same log; put back once more, the next.
        let again = world.restored(&old).await;
        assert_eq!(again.signer.verifiers().len(), 2);
        restored.data.close().await;
        again.data.close().await;
    }

    async fn a_cancellation_that_was_submitted_since_stands_and_one_that_was_taken_back_is_not_carried_out(world) {
        let centre = &world.centre;
        let step = async |browser: &mut Browser, name: &str| {
            let path = format!("/settings/about/more/cancel/{name}");
            let fields = [("by", "password"), ("password", PASSWORD)];
            browser.post(&path, &fields).await.expect_status(303);
        };
        let (mut stays, mut leaves) = (world.newcomer("13900000141").await, world.newcomer("13900000142").await);
        for name in ["begin", "proof", "confirm"] {
            step(&mut stays, name).await;
        }
        let (stayer, leaver) = (world.caller(&stays).await.person, world.caller(&leaves).await.person);
        replay::settle(centre).await.unwrap();
        let old = world.databases.back_up().await;
        world.pass(1_000);
        step(&mut stays, "withdraw").await;
        for name in ["begin", "proof", "confirm"] {
            step(&mut leaves, name).await;
        }
        let due = store::due_at(centre, leaver).await.unwrap();
        assert!(due.is_some() && store::due_at(centre, stayer).await.unwrap().is_none());

        let restored = world.restored(&old).await;
        assert!(store::due_at(&restored, stayer).await.unwrap().is_some(), "so it would be carried out");
        for _ in 0..2 {
            replay::catch_up(&restored).await.unwrap();
            assert_eq!(store::due_at(&restored, leaver).await.unwrap(), due);
            assert!(store::due_at(&restored, stayer).await.unwrap().is_none());
            // Once more from the beginning: nothing changes.
            let mut tx = restored.data.begin().await.unwrap();
            sql("UPDATE replayed SET position = 0, entry_id = NULL").execute(&mut tx).await.unwrap();
            tx.commit().await.unwrap();
        }
        restored.data.close().await;
    }

    async fn restored_twice_it_is_as_after_once(world) {
        let centre = &world.centre;
        let folder = tempfile::tempdir().unwrap();
        let keys = keys_of(&world.databases).await;
        let (stays, goes) = (person(centre, "13900000131").await, person(centre, "13900000132").await);
        set(centre, &stays, Purpose::Location, true, centre.now()).await;
        backup::take(&centre.data, &keys, &folder.path().join("b"), centre.now()).await.unwrap();
        world.pass(1_000);
        set(centre, &stays, Purpose::Location, false, centre.now()).await;
        erase_account(centre, goes.person).await;
        let (other, data) = empty(engine_of(world), folder.path()).await.unwrap();
        for _ in 0..2 {
            backup::restore(&data, &keys, &folder.path().join("b"), true).await.unwrap();
            let restored = world.restored(&other.data).await;
            assert!(replay::catch_up(&restored).await.unwrap().is_some());
            assert!(!allows(&restored, &stays, Purpose::Location).await);
            let gone = sql("SELECT id FROM person WHERE id = $1").bind(goes.person);
            assert!(gone.fetch_optional::<(String,)>(&restored.data).await.unwrap().is_none());
            assert!(ledger::verify_by(&restored.data, &restored.signer.verifiers()).await.unwrap().is_ok());
            restored.data.close().await;
        }
        data.close().await;
        other.drop().await;
    }
}

fn config(databases: &Databases) -> Config {
    let mut config = Config::default();
    config.storage.data = databases.data.clone();
    config.storage.keys = databases.keys.clone();
    config.vault.master_key = Some(MASTER.to_owned());
    config
}

const LEAVING: std::ops::Range<u32> = 0..10;
const WITHDRAWING: std::ops::Range<u32> = 10..20;

fn phone(n: u32) -> String {
    format!("139000009{n:02}")
}

/// Twenty people who allow the use of their tags, and a backup; then half of them leave and half take it back.
async fn before_and_after(centre: &Centre, keys: &Db, folder: &Path) {
    let mut callers = Vec::new();
    for n in LEAVING.start..WITHDRAWING.end {
        let caller = person(centre, &phone(n)).await;
        set(centre, &caller, Purpose::PersonalisedRecommendation, true, centre.now()).await;
        callers.push(caller);
    }
    replay::settle(centre).await.unwrap();
    backup::take(&centre.data, keys, &folder.join("backup"), centre.now()).await.unwrap();
    // A millisecond later, so that what is later is later.
    tokio::time::sleep(Duration::from_millis(2)).await;
    for (n, caller) in (LEAVING.start..).zip(&callers) {
        match LEAVING.contains(&n) {
            true => erase_account(centre, caller.person).await,
            false => set(centre, caller, Purpose::PersonalisedRecommendation, false, centre.now()).await,
        }
    }
}

/// A server that may not be ready yet.
struct Starting {
    child: Child,
    url: String,
}

impl Starting {
    fn start(databases: &Databases, log: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = std::fs::File::options().create(true).append(true).open(log).unwrap();
        let listen = format!("127.0.0.1:{port}");
        let child = program(databases)
            .env("PRIVACY_CENTRE__HOST__TOKEN", HOST_TOKEN)
            .args(["serve", "--demo", "--listen", &listen])
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { child, url: format!("http://{listen}") }
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What a request during the start was answered.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    NoConnection,
    TooEarly,
    /// Whether anything may be aimed at that person.
    Aim(bool),
}

async fn ask(http: &reqwest::Client, url: &str, n: u32) -> Answer {
    let body = format!("{{\"phone\":\"{}\"}}", phone(n));
    let request = http.post(format!("{url}/host/aim")).bearer_auth(HOST_TOKEN);
    let Ok(response) = request.header("content-type", "application/json").body(body).send().await else {
        return Answer::NoConnection;
    };
    let status = response.status().as_u16();
    if status == 503 {
        assert!(response.headers().contains_key("retry-after"));
        return Answer::TooEarly;
    }
    let text = response.text().await.unwrap();
    assert_eq!(status, 200, "{text}");
    Answer::Aim(text.contains("true"))
}

/// Requests from before the start until all is served: none is answered from the old state.
async fn not_one_request_is_served_in_the_old_state(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let Some(databases) = Databases::fresh(engine, folder.path()).await else { return };
    let config = config(&databases);
    let centre = open::centre(&config, true).await.unwrap();
    let keys = keys_of(&databases).await;
    before_and_after(&centre, &keys, folder.path()).await;
    centre.close().await;
    let (data, _) = databases.open().await;
    backup::restore(&data, &keys, &folder.path().join("backup"), true).await.unwrap();
    let (people,) = sql("SELECT COUNT(*) FROM decision WHERE granted AND purpose = 'personalised_recommendation'")
        .fetch_one::<(i64,)>(&data)
        .await
        .unwrap();
    assert_eq!(people, 20, "the old state is there");
    data.close().await;

    let log = folder.path().join("server.log");
    // Killed in the middle of it, at moments from the first work on the databases on.
    for millis in [60, 120, 180, 240, 320, 420] {
        let starting = Starting::start(&databases, &log);
        tokio::time::sleep(Duration::from_millis(millis)).await;
        drop(starting);
    }
    let (data, _) = databases.open().await;
    let mut tx = data.begin().await.unwrap();
    // As if none of those had come to its end.
    sql("UPDATE replayed SET position = 0, entry_id = NULL").execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    backup::restore(&data, &keys, &folder.path().join("backup"), true).await.unwrap();
    data.close().await;
    let starting = Starting::start(&databases, &log);
    let (early, served) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let ready = Arc::new(AtomicBool::new(false));
    let asking = (0..4u32).map(|worker| {
        let (early, served, ready) = (Arc::clone(&early), Arc::clone(&served), Arc::clone(&ready));
        let (http, url) = (reqwest::Client::new(), starting.url.clone());
        tokio::spawn(async move {
            for n in (0..20).cycle().skip(worker as usize * 5) {
                match ask(&http, &url, n).await {
                    Answer::NoConnection => tokio::task::yield_now().await,
                    Answer::TooEarly => drop(early.fetch_add(1, Ordering::Relaxed)),
                    Answer::Aim(aimed) => {
                        assert!(!aimed, "person {n} was served in the old state");
                        if served.fetch_add(1, Ordering::Relaxed) > 200 {
                            ready.store(true, Ordering::Relaxed);
                        }
                    }
                }
                if ready.load(Ordering::Relaxed) {
                    return;
                }
            }
        })
    });
    let asking: Vec<_> = asking.collect();
    for worker in asking {
        worker.await.unwrap();
    }
    let early = early.load(Ordering::Relaxed);
    assert!(early > 0, "requests were under way during the start");
    println!("{early} requests were told that it is too early");
    drop(starting);
    let centre = open::centre(&config, true).await.unwrap();
    let verified = ledger::verify_by(&centre.data, &centre.signer.verifiers()).await.unwrap();
    assert!(verified.is_ok(), "{verified:?}");
    for n in LEAVING {
        let gone = server::messages::person_of(&centre, &phone(n).parse().unwrap()).await.unwrap();
        assert!(gone.is_none(), "person {n}");
    }
    centre.close().await;
    databases.drop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn not_one_request_is_served_in_the_old_state_sqlite() {
    not_one_request_is_served_in_the_old_state(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn not_one_request_is_served_in_the_old_state_postgres() {
    not_one_request_is_served_in_the_old_state(Engine::Postgres).await;
}

/// The commands, as an operator types them.
async fn commands(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let Some(databases) = Databases::fresh(engine, folder.path()).await else { return };
    let centre = open::centre(&config(&databases), true).await.unwrap();
    server::seed::seed(&centre).await.unwrap();
    replay::settle(&centre).await.unwrap();
    centre.close().await;
    let at = |name: &str| folder.path().join(name).display().to_string();
    let run = |arguments: &[&str]| {
        let output = program(&databases).args(arguments).output().unwrap();
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        (output.status.success(), said)
    };
    let expect = |arguments: &[&str], words: &str| {
        let (success, said) = run(arguments);
        assert!(success && said.contains(words), "{arguments:?}: {said}");
    };
    expect(&["backup", &at("a")], "rows of");
    let (success, said) = run(&["drill", "--demo", "--folder", &at("")]);
    println!("{said}");
    assert!(success, "{said}");
    for step in 1..=9 {
        assert!(said.contains(&format!("\n{step}. ")) || said.starts_with(&format!("{step}. ")), "step {step}: {said}");
    }
    expect(&["backup", &at("b")], "rows of");
    let changed = |name: &str, before: &[(String, Vec<u8>)]| {
        let content = before.iter().find(|(path, _)| path.ends_with(name)).map(|(_, bytes)| bytes.clone());
        content.unwrap_or_default()
    };
    let (before, after) = (files(Path::new(&at("a"))), files(Path::new(&at("b"))));
    for name in ["person.ndjson", "event.ndjson", "decision.ndjson", "record.ndjson"] {
        assert!(changed(name, &before) == changed(name, &after), "the drill only reads: {name}");
    }
    expect(&["backup-keys", &at("keys")], "keep it apart");
    let (success, said) = run(&["restore", &at("a")]);
    assert!(!success && said.contains("--replace"), "{said}");
    expect(&["restore", &at("a"), "--replace"], "restored");
    expect(&["restore-keys", &at("keys"), "--replace"], "restored");
    expect(&["verify-ledger", "--demo"], "the ledger is whole");
    databases.drop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_commands_work_as_they_are_typed_sqlite() {
    commands(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_commands_work_as_they_are_typed_postgres() {
    commands(Engine::Postgres).await;
}
