//! The gate fires on data that was put back, and on no other: whichever process writes beside another, and wherever one is cut off.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use app::consents::Purpose;
use app::time::DAY;
use server::centre::Centre;
use server::storage::{Db, sql};
use server::web::{Caller, build_router};
use server::{backup, replay};

use super::{allows, person, set};
use crate::support::{Client, Databases, Engine, Running, World, program};

/// Goes on with a future until it has waited that often; none: it is not over.
async fn up_to<F: Future>(mut future: Pin<&mut F>, waits: usize) -> Option<F::Output> {
    let mut left = waits;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

async fn withdraw(world: &World, centre: &Centre, caller: &Caller) {
    world.pass(1_000);
    set(centre, caller, Purpose::Location, true, world.centre.now()).await;
    set(centre, caller, Purpose::Location, false, world.centre.now()).await;
}

async fn position(data: &Db) -> i64 {
    sql("SELECT position FROM replayed").fetch_one::<(i64,)>(data).await.unwrap().0
}

async fn sessions(data: &Db) -> i64 {
    sql("SELECT COUNT(*) FROM session WHERE ended_at IS NULL").fetch_one::<(i64,)>(data).await.unwrap().0
}

/// As if an older state had been put in the place of the data by hand: it knows nothing of the log.
async fn put_back(data: &Db) {
    let mut tx = data.begin().await.unwrap();
    sql("DELETE FROM replay_pending").execute(&mut tx).await.unwrap();
    sql("UPDATE replayed SET position = 0, entry_id = NULL").execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
}

/// How long a change may be held up by a settling that stands still before that goes on.
const HELD_UP: Duration = Duration::from_millis(150);

on_both_engines! {
    async fn a_settling_that_is_overtaken_anywhere_leaves_no_gap_and_never_goes_back(world) {
        let second = world.restored(&world.databases.data).await;
        let callers = [person(&world.centre, "13900000181").await, person(&world.centre, "13900000182").await];
        let mut before = 0;
        for other in [&world.centre, &second] {
            for settles in [false, true] {
                for waits in 1.. {
                    withdraw(world, &world.centre, &callers[0]).await;
                    let mut settling = pin!(replay::settle(&world.centre));
                    let over = up_to(settling.as_mut(), waits).await;
                    let is_over = over.is_some();
                    let mut overtaking = pin!(async {
                        withdraw(world, other, &callers[1]).await;
                        if settles {
                            replay::settle(other).await.unwrap();
                        }
                    });
                    let overtaken = tokio::time::timeout(HELD_UP, overtaking.as_mut()).await.is_ok();
                    match over {
                        Some(over) => over.unwrap(),
                        None => settling.await.unwrap(),
                    }
                    if !overtaken {
                        overtaking.await;
                    }
                    // Killed here, the next start asks exactly this.
                    let healthy = !replay::is_behind(&world.centre.data, &world.centre.vault).await.unwrap();
                    assert!(healthy, "overtaken at wait {waits}, by one that settles: {settles}");
                    let after = position(&world.centre.data).await;
                    assert!(after >= before, "wait {waits}: it was at {before} and is at {after}");
                    before = after;
                    if is_over {
                        break;
                    }
                }
            }
        }
        second.data.close().await;
    }

    async fn a_settling_that_is_cut_off_anywhere_leaves_no_gap(world) {
        let caller = person(&world.centre, "13900000183").await;
        for waits in 1.. {
            withdraw(world, &world.centre, &caller).await;
            let is_over = {
                let mut settling = pin!(replay::settle(&world.centre));
                up_to(settling.as_mut(), waits).await.is_some()
            };
            assert!(!replay::is_behind(&world.centre.data, &world.centre.vault).await.unwrap(), "wait {waits}");
            if is_over {
                break;
            }
        }
        replay::settle(&world.centre).await.unwrap();
        let pending = sql("SELECT id FROM replay_pending").fetch_all::<(String,)>(&world.centre.data).await.unwrap();
        assert_eq!(pending, []);
    }

    async fn of_two_servers_that_start_at_once_on_restored_data_one_catches_up_and_the_other_waits_for_it(world) {
        let caller = person(&world.centre, "13900000184").await;
        let old = world.databases.back_up().await;
        withdraw(world, &world.centre, &caller).await;
        let (first, second) = (world.restored(&old).await, world.restored(&old).await);
        let (one, two) = tokio::join!(replay::catch_up(&first), replay::catch_up(&second));
        let caught = [one.unwrap(), two.unwrap()];
        assert_eq!(caught.iter().flatten().count(), 1, "{caught:?}");
        first.data.close().await;
        second.data.close().await;
    }

    async fn a_device_that_was_signed_out_after_the_backup_stays_out_also_where_nothing_was_taken_back_since(world) {
        let mut browser = world.newcomer("13900000185").await;
        server::ledger::sequence(&world.centre.data, &world.centre.signer, world.centre.now()).await.unwrap();
        let old = world.databases.back_up().await;
        world.pass(1_000);
        let mut stolen = browser.clone();
        browser.post("/signout", &[]).await.expect_status(303);
        server::ledger::sequence(&world.centre.data, &world.centre.signer, world.centre.now()).await.unwrap();
        let restored = world.restored(&old).await;
        replay::catch_up(&restored).await.unwrap().expect("it is not what was signed last");
        stolen.router = build_router(&restored);
        stolen.get("/settings/privacy").await.expect_status(303);
        // Once only.
        assert_eq!(replay::catch_up(&restored).await.unwrap(), None);
        let again = world.restored(&old).await;
        assert_eq!(replay::catch_up(&again).await.unwrap(), None);
        restored.data.close().await;
        again.data.close().await;
    }

    async fn a_no_that_was_said_after_the_clock_had_been_put_back_is_a_no(world) {
        let caller = person(&world.centre, "13900000188").await;
        set(&world.centre, &caller, Purpose::Location, true, world.centre.now()).await;
        let old = world.databases.back_up().await;
        // It had been a day ahead.
        world.pass(-DAY);
        set(&world.centre, &caller, Purpose::Location, false, world.centre.now()).await;
        let restored = world.restored(&old).await;
        assert!(allows(&restored, &caller, Purpose::Location).await, "so it would be served");
        for _ in 0..2 {
            replay::catch_up(&restored).await.unwrap();
            assert!(!allows(&restored, &caller, Purpose::Location).await);
        }
        let unread = replay::unread(&restored, caller.person).await.unwrap();
        assert!(unread.is_some(), "it is told of: something was lost");
        restored.data.close().await;
    }

    async fn keys_that_are_put_back_never_look_whole_without_their_log(world) {
        let caller = person(&world.centre, "13900000187").await;
        withdraw(world, &world.centre, &caller).await;
        let folder = tempfile::tempdir().unwrap();
        let (_, keys) = world.databases.open().await;
        backup::take_keys(&keys, &folder.path().join("keys"), world.centre.now()).await.unwrap();
        keys.close().await;
        for waits in 1.. {
            // With what was cut off go its connections, and the locks that they hold.
            let keys = Db::open(&world.databases.keys).await.unwrap();
            let mut tx = keys.begin().await.unwrap();
            for emptied in [
                "DELETE FROM replay_log",
                "DELETE FROM data_key",
                "DELETE FROM service_key",
                "DELETE FROM root_key",
            ] {
                sql(emptied).execute(&mut tx).await.unwrap();
            }
            tx.commit().await.unwrap();
            let is_over = {
                let at = folder.path().join("keys");
                let mut restoring = pin!(backup::restore_keys(&keys, &at, false));
                up_to(restoring.as_mut(), waits).await.is_some()
            };
            keys.close().await;
            let keys = Db::open(&world.databases.keys).await.unwrap();
            let count = async |table| sql(table).fetch_one::<(i64,)>(&keys).await.unwrap().0;
            let (roots, entries) =
                (count("SELECT COUNT(*) FROM root_key").await, count("SELECT COUNT(*) FROM replay_log").await);
            keys.close().await;
            assert!(roots == 0 || entries == 1, "cut off at wait {waits}: {roots} root keys, {entries} entries");
            if is_over {
                assert_eq!((roots, entries), (1, 1));
                break;
            }
        }
    }

    async fn data_that_is_put_back_under_a_running_server_is_not_called_up_to_date(world) {
        let caller = person(&world.centre, "13900000186").await;
        withdraw(world, &world.centre, &caller).await;
        replay::settle(&world.centre).await.unwrap();
        put_back(&world.centre.data).await;
        withdraw(world, &world.centre, &caller).await;
        assert!(replay::settle(&world.centre).await.is_err(), "it lacks what the log has");
        assert!(replay::is_behind(&world.centre.data, &world.centre.vault).await.unwrap());
        replay::catch_up(&world.centre).await.unwrap().expect("so the next start catches up");
        replay::settle(&world.centre).await.unwrap();
    }
}

/// What an operator types beside a running server, and after it was stopped.
async fn commands_beside_a_server(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let Some(databases) = Databases::fresh(engine, folder.path()).await else { return };
    let running = Running::start(&databases, &folder.path().join("server.log"));
    let (data, keys) = databases.open().await;
    let mut client = Client::new(&running.url);
    client.sign_in("13800138000", server::seed::PASSWORD).await;
    let signed_in = sessions(&data).await;
    assert!(signed_in > 0);
    put_back(&data).await;
    let lines = folder.path().join("lines.ndjson");
    std::fs::write(&lines, "").unwrap();
    let (lines, proof) = (lines.display().to_string(), folder.path().join("proof").display().to_string());
    let typed: [&[&str]; 7] = [
        &["requests"],
        &["answer", "QL20261128-000000", "好"],
        &["ask", "QL20261128-000000", "户口簿"],
        &["proof", "QL20261128-000000", &proof],
        &["deliveries"],
        &["legal-hold", "--phone", "13800138000", "--reason", "a court's order 1"],
        &["import", &lines],
    ];
    let run = |typed: &[&str]| {
        let output = program(&databases).args(typed).arg("--demo").output().unwrap();
        (output.status.code(), [output.stdout, output.stderr].map(|said| String::from_utf8(said).unwrap()).concat())
    };
    for typed in typed {
        let (code, said) = run(typed);
        assert!(code == Some(1) && said.contains("stop every server"), "{typed:?}: {said}");
        assert!(!said.contains("caught up"), "{typed:?}: {said}");
        assert_eq!((position(&data).await, sessions(&data).await), (0, signed_in), "{typed:?}");
    }
    running.kill();
    // Nobody uses the databases now: the first command brings the data up, and does what was asked.
    let typed: [&[&str]; 2] = [&["import", &lines], &["requests"]];
    for typed in typed {
        put_back(&data).await;
        let (code, said) = run(typed);
        assert!(code == Some(0) && said.contains("the data has caught up"), "{typed:?}: {said}");
        assert!(position(&data).await > 0);
        let (code, said) = run(typed);
        assert!(code == Some(0) && !said.contains("caught up"), "{typed:?}: {said}");
    }
    data.close().await;
    keys.close().await;
    databases.drop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_never_replays_beside_a_server_sqlite() {
    commands_beside_a_server(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_never_replays_beside_a_server_postgres() {
    commands_beside_a_server(Engine::Postgres).await;
}
