//! Killed at any point: at each of its steps and inside them, and the real program at random moments. Every erasure ends 已完成
//! with the same outcome; no notice is lost and none goes twice under another id: as the gateway and the recipients see it on the wire.

use std::collections::{BTreeMap, BTreeSet};
use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use axum::Json;
use axum::routing::post;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use server::accounts::store::caller_of;
use server::centre::Centre;
use server::config::Config;
use server::execution::{self, LEASE, plan};
use server::ledger::{self, Pseudonym};
use server::messages::outbox;
use server::open;
use server::population::{self, Size};
use server::storage::sql;
use uuid::Uuid;

use super::{due, erased, of_event, of_plan, person};
use crate::support::{Databases, Engine, Listener, MASTER, Notice, RECIPIENT_SECRET, Running, World, with_services};

/// Runs a future until it has been polled so often, then drops it where it stands; true when it came to its end before.
pub async fn cut_off(future: impl Future, polls: usize) -> bool {
    let mut future = Box::pin(future);
    let mut polled = 0;
    poll_fn(move |context| {
        if polled == polls {
            return Poll::Ready(false);
        }
        polled += 1;
        match future.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(true),
            // What it waits for is left under way: a commit may still happen.
            Poll::Pending if polled == polls => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

fn phone(n: u64) -> String {
    format!("1990{n:07}")
}

/// Who is told of an erasure, and by which ids.
async fn notices(centre: &Centre) -> BTreeMap<String, BTreeSet<String>> {
    let mut notices: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let told = sql("SELECT owner, recipient FROM delivery WHERE owner IN (SELECT id FROM execution) \
         UNION ALL SELECT owner, 'person' FROM outgoing_message WHERE owner IN (SELECT id FROM execution)");
    for (owner, recipient) in told.fetch_all::<(String, String)>(&centre.data).await.unwrap() {
        assert!(notices.entry(owner).or_default().insert(recipient.clone()), "{recipient} is told under two ids");
    }
    notices
}

on_both_engines! {
    with with_services();

    async fn cut_off_after_any_number_of_polls_it_ends_with_the_same_outcome(world) {
        let size = Size { first: 0, people: 24, records: 24 * 40, seed: 9 };
        population::settle(&world.centre, size, |_| ()).await.unwrap();
        let mut settled = 24;
        let (mut after, mut expected) = (1, 0);
        for n in 0.. {
            if n == settled {
                let more = Size { first: settled, people: 24, records: 24 * 40, seed: 9 };
                population::settle(&world.centre, more, |_| ()).await.unwrap();
                settled += 24;
            }
            if cut_off_once(world, n, after, &mut expected).await {
                assert!(n > 40, "it came to its end after {after} polls already");
                break;
            }
            // Every point of the first steps, and then every fourth: they repeat, batch by batch.
            after += if after < 60 { 1 } else { 4 };
        }
        assert!(ledger::verify(&world.centre.data, &world.centre.signer.verifier()).await.unwrap().is_ok());
    }
}

/// One erasure that is cut off after so many polls, and done by whoever comes next; true when it was not cut off.
async fn cut_off_once(world: &World, n: u64, polls: usize, expected: &mut usize) -> bool {
    let centre = &world.centre;
    let person = person(centre, &phone(n)).await;
    let caller = caller_of(centre, person).await.unwrap();
    due(centre, person).await;
    let promised = plan::of(centre, &caller).await.unwrap();
    let finished = cut_off(execution::run_next(centre), polls).await;
    world.pass(LEASE + 1);
    if !finished {
        // Where it died before it was anybody's, or at the very end, there is nothing left to take over.
        while execution::run_next(centre).await.unwrap() {}
    }
    let event = erased(centre, &caller.pseudonym).await;
    assert_eq!(of_event(&event), of_plan(&promised), "cut off after {polls} polls");
    outbox::run(centre).await.unwrap();
    let notices = notices(centre).await;
    assert_eq!(notices.len() as u64, n + 1, "cut off after {polls} polls");
    *expected += promised.told.len() + 1;
    let told: usize = notices.values().map(BTreeSet::len).sum();
    assert_eq!(told, *expected, "cut off after {polls} polls: {notices:?}");
    finished
}

/// Kills of the real program on each engine: a hundred in all.
const KILLS: u64 = 50;
/// Accounts that come due before each.
const EACH: u64 = 5;

/// Who has a webhook; the host, too.
const RECIPIENTS: [&str; 4] = ["sms", "push", "mail", "analytics"];

/// Where everybody who has a webhook listens, and that none of them is given up.
fn settings(gateway: &str, listener: &Listener) -> Vec<(String, String)> {
    let of = |section: String, id: &str| {
        let url = (format!("{section}__WEBHOOK_URL"), format!("{}/{id}", listener.address()));
        [url, (format!("{section}__WEBHOOK_SECRET"), RECIPIENT_SECRET.to_owned())]
    };
    let recipients = RECIPIENTS.map(|id| of(format!("PRIVACY_CENTRE__RECIPIENTS__{}", id.to_uppercase()), id));
    let host = of("PRIVACY_CENTRE__HOST".to_owned(), "host");
    let more = [("SMS__GATEWAY_URL", gateway.to_owned()), ("WEBHOOKS__PAUSE_SECONDS", ["0"; 100].join(","))];
    let more = more.map(|(name, value)| (format!("PRIVACY_CENTRE__{name}"), value));
    recipients.into_iter().flatten().chain(host).chain(more).collect()
}

/// Fails at times: one try in six does not arrive, or its answer is lost.
fn failing(listener: &Listener) {
    let mut dice = ChaCha8Rng::seed_from_u64(11);
    let answers: Vec<_> = (0..20_000).map(|_| if dice.next_u64() % 6 == 0 { 500 } else { 204 }).collect();
    listener.answer(&answers);
}

/// What a gateway got: ids by phone.
type Got = Arc<Mutex<BTreeMap<String, Vec<Uuid>>>>;

/// A gateway for SMS.
async fn gateway(got: Got) -> String {
    #[derive(serde::Deserialize)]
    struct Sms {
        id: Uuid,
        phone: String,
    }
    let take = move |Json(sms): Json<Sms>| {
        let got = got.clone();
        async move { got.lock().unwrap().entry(sms.phone).or_default().push(sms.id) }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = axum::Router::new().route("/", post(take));
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    format!("http://{address}/")
}

async fn open(databases: &Databases) -> Centre {
    let mut config = Config::default();
    config.storage.data = databases.data.clone();
    config.storage.keys = databases.keys.clone();
    config.vault.master_key = Some(MASTER.to_owned());
    open::centre(&config, true).await.unwrap()
}

async fn story(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let Some(databases) = Databases::fresh(engine, folder.path()).await else { return };
    let log = folder.path().join("server.log");
    let got = Got::default();
    let (gateway, listener) = (gateway(got.clone()).await, Listener::start().await);
    failing(&listener);
    let settings = settings(&gateway, &listener);
    let settings: Vec<_> = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let centre = open(&databases).await;
    let people = KILLS * EACH;
    let size = Size { first: 0, people, records: people * 30, seed: 4 };
    population::settle(&centre, size, |_| ()).await.unwrap();
    let mut promised = Vec::new();
    let mut dice = ChaCha8Rng::seed_from_u64(7);
    for round in 0..KILLS {
        for n in round * EACH..(round + 1) * EACH {
            let person = person(&centre, &phone(n)).await;
            due(&centre, person).await;
            let caller = caller_of(&centre, person).await.unwrap();
            promised.push((caller.pseudonym.clone(), person, plan::of(&centre, &caller).await.unwrap()));
        }
        let (before, _) = begun(&centre).await;
        let running = Running::start_with(&databases, &log, &settings);
        // Every other time in the midst of work, however slow the machine is.
        let mut window = 250;
        if round % 2 == 1 {
            // Three work side by side: whoever begins the fourth has just ended one.
            until_begun(&centre, (before + 3, (round + 1) * EACH)).await;
            window = 40;
        }
        tokio::time::sleep(Duration::from_millis(dice.next_u64() % window)).await;
        running.kill();
        // The dead worker's lease is over.
        let mut tx = centre.data.begin().await.unwrap();
        sql("UPDATE execution SET lease_until = 0 WHERE ended_at IS NULL").execute(&mut tx).await.unwrap();
        sql("UPDATE outgoing_message SET next_at = 0 WHERE ended_at IS NULL").execute(&mut tx).await.unwrap();
        sql("UPDATE delivery SET next_at = 0 WHERE state = 'waiting'").execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
    }
    let running = Running::start_with(&databases, &log, &settings);
    until_all_are_told(&centre, &got, people).await;
    running.kill();
    check_all(&centre, &promised).await;
    check_wire(&centre, &listener).await;
    let again =
        sql("SELECT COUNT(*) FROM execution WHERE attempt > 1").fetch_one::<(i64,)>(&centre.data).await.unwrap().0;
    println!("{KILLS} kills, {people} erasures, {again} of them taken over from a dead worker");
    assert!(again >= 10, "{again}");
    for (phone, ids) in got.lock().unwrap().iter().filter(|(phone, _)| phone.starts_with("1990")) {
        assert!(ids.iter().all(|id| id == &ids[0]), "{phone} got one notice under two ids");
    }
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(promised.iter().all(|(_, person, _)| !log.contains(&person.to_string())) && !log.contains("1990000"));
    centre.data.close().await;
    databases.drop().await;
}

/// How often an erasure was begun or taken over, and how many are over.
async fn begun(centre: &Centre) -> (i64, i64) {
    let counts = sql("SELECT CAST(COALESCE(SUM(attempt), 0) AS BIGINT), COUNT(ended_at) FROM execution");
    counts.fetch_one::<(i64, i64)>(&centre.data).await.unwrap()
}

/// Waits until more were begun than that, or all are over already.
async fn until_begun(centre: &Centre, (before, people): (i64, u64)) {
    let more = async {
        loop {
            let (begun, over) = begun(centre).await;
            if begun > before || over == people.cast_signed() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), more).await.expect("a worker begins");
}

async fn until_all_are_told(centre: &Centre, got: &Got, people: u64) {
    let all = async {
        loop {
            let over = sql("SELECT COUNT(*) FROM execution WHERE step = 'completed'");
            let (over,) = over.fetch_one::<(i64,)>(&centre.data).await.unwrap();
            let told = got.lock().unwrap().keys().filter(|phone| phone.starts_with("1990")).count();
            let waiting =
                sql("SELECT COUNT(*) FROM delivery WHERE state = 'waiting' AND owner IN (SELECT id FROM execution) \
                 AND recipient IN ('host', 'sms', 'push', 'mail', 'analytics')");
            let (waiting,) = waiting.fetch_one::<(i64,)>(&centre.data).await.unwrap();
            if (over, told as u64, waiting) == (people.cast_signed(), people, 0) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), all).await.expect("every erasure ends, and everybody is told");
}

async fn check_all(centre: &Centre, promised: &[(Pseudonym, Uuid, app::cancellation::plan::Plan)]) {
    assert!(ledger::verify(&centre.data, &centre.signer.verifier()).await.unwrap().is_ok());
    for (pseudonym, person, plan) in promised {
        assert_eq!(of_event(&erased(centre, pseudonym).await), of_plan(plan));
        assert_eq!(centre.vault.count_keys(*person).await.unwrap(), 0);
    }
    let notices = notices(centre).await;
    assert_eq!(notices.len(), promised.len());
    let expected: usize = promised.iter().map(|(.., plan)| plan.told.len() + 1).sum();
    assert_eq!(notices.values().map(BTreeSet::len).sum::<usize>(), expected);
}

/// Every recipient has taken each of its notices, and under no id but its own: that it was tried while it failed, that a sender
/// died before the answer or after it, makes no new one.
async fn check_wire(centre: &Centre, listener: &Listener) {
    let rows = sql("SELECT id, recipient, state FROM delivery WHERE owner IN (SELECT id FROM execution)");
    let rows = rows.fetch_all::<(String, String, String)>(&centre.data).await.unwrap();
    let webhook = |recipient: &String| recipient == "host" || RECIPIENTS.contains(&recipient.as_str());
    // Whom nobody could know by what is held is told by a human.
    let written: BTreeSet<_> =
        rows.into_iter().filter(|(_, to, state)| webhook(to) && state != "dead").map(|(id, to, _)| (id, to)).collect();
    let arrived: Vec<_> = listener.notices().into_iter().filter(|one| one.body["data"]["scope"] == "account").collect();
    let id_of = |one: &Notice| (one.id.clone(), one.path.clone());
    let taken: BTreeSet<_> = arrived.iter().filter(|one| one.status == 204).map(id_of).collect();
    assert_eq!(taken, written, "each is taken");
    assert_eq!(arrived.iter().map(id_of).collect::<BTreeSet<_>>(), written, "and nothing under another id");
    // Under one id it says one thing, to the letter.
    let texts: BTreeSet<_> = arrived.iter().map(|one| (&one.id, &one.text)).collect();
    assert_eq!(texts.len(), written.len());
    let more = arrived.len() - taken.len();
    println!("{} notices taken by {} recipients; {more} more tries", taken.len(), RECIPIENTS.len() + 1);
    assert!(more > 20, "{more}: they did fail");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_moments_every_erasure_ends_and_tells_once_sqlite() {
    story(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_moments_every_erasure_ends_and_tells_once_postgres() {
    story(Engine::Postgres).await;
}
