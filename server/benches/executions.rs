//! A thousand cancellations due at once, beside normal use: how many are carried out per second, and what a toggle's answer
//! costs meanwhile, against slices of the same run in which none is carried out. On SQLite, and on PostgreSQL where
//! `TEST_POSTGRES_URL` names a cluster. `make bench`.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod shared;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use server::centre::Centre;
use server::config::Config;
use server::population::{self, Size};
use server::storage::{sql, sql_rows};
use server::{cancellation, execution};
use shared::{on_both_engines, sign_in};
use tower::ServiceExt as _;
use uuid::Uuid;

const LEAVING: u64 = 1_000;
const SIZE: Size = Size { first: 0, people: LEAVING, records: LEAVING * 20, seed: 1 };
/// Side by side, as in the schedule.
const WORKERS: usize = 3;
const SLICE: Duration = Duration::from_millis(400);

#[tokio::main]
async fn main() {
    on_both_engines(measure).await;
}

async fn measure(engine: &str, config: &Config) {
    let centre = server::open::centre(config, true).await.expect("opens");
    population::settle(&centre, SIZE, |_| {}).await.expect("settles");
    server::seed::seed(&centre).await.expect("seeds");
    let router = server::web::build_router(&centre);
    let session = sign_in(&router, "13800138000").await;
    let leaving = submit(&centre).await;
    let began = Instant::now();
    cancellation::store::execute_due(&centre, centre.now()).await.expect("begins");
    println!(
        "{engine}: {leaving} cancellations that were due at once have begun in {:.1} s",
        began.elapsed().as_secs_f64()
    );
    // Nobody toggles: how fast it is alone.
    let alone = run(&centre, leaving / 4, None).await;
    let beside = run(&centre, leaving, Some((&router, &session))).await;
    println!("{engine}: {:.0} accounts erased per second alone, {:.0} beside toggles", alone.rate, beside.rate);
    println!(
        "{engine}: a toggle is answered in {:.2} ms meanwhile, in {:.2} ms else: ratio {:.2}; slowest hundredth {:.1} and {:.1} ms",
        beside.during.0,
        beside.between.0,
        beside.during.0 / beside.between.0,
        beside.during.1,
        beside.between.1,
    );
    centre.data.close().await;
}

/// Everybody of the population, at the end of their cooling-off.
async fn submit(centre: &Centre) -> usize {
    let people = sql("SELECT id FROM person WHERE id NOT IN (SELECT person_id FROM session)");
    let people = people.fetch_all::<(String,)>(&centre.data).await.unwrap();
    let people: Vec<_> = people.into_iter().take(usize::try_from(LEAVING).unwrap()).collect();
    let now = centre.now().0;
    let mut tx = centre.data.begin().await.unwrap();
    for chunk in people.chunks(100) {
        let head =
            "INSERT INTO cancellation (id, person_id, state, drafted_at, verified_at, submitted_at, due_at) VALUES";
        let rows = sql_rows(head, 7, chunk.len(), "");
        let rows = chunk.iter().fold(rows, |rows, (person,)| {
            let rows = rows.bind(Uuid::now_v7()).bind(person).bind("cooling_off");
            rows.bind(now).bind(now).bind(now).bind(now)
        });
        rows.execute(&mut tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    people.len()
}

struct Measured {
    rate: f64,
    /// Median and slowest hundredth of a toggle, in milliseconds.
    during: (f64, f64),
    between: (f64, f64),
}

/// Carries out executions until so many are over in all, in slices between which nothing is carried out while somebody toggles.
async fn run(centre: &Centre, until: usize, toggling: Option<(&Router, &str)>) -> Measured {
    let (on, over) = (Arc::new(AtomicBool::new(toggling.is_none())), Arc::new(AtomicUsize::new(0)));
    let before = completed(centre).await;
    let workers: Vec<_> = (0..WORKERS).map(|_| tokio::spawn(work(centre.clone(), on.clone(), over.clone()))).collect();
    let (mut during, mut between, mut spent) = (Vec::new(), Vec::new(), Duration::ZERO);
    let mut granted = false;
    while before + over.load(Ordering::Relaxed) < until {
        for is_on in [true, false] {
            on.store(is_on || toggling.is_none(), Ordering::Relaxed);
            let began = Instant::now();
            while began.elapsed() < SLICE {
                let Some((router, session)) = toggling else {
                    tokio::time::sleep(SLICE / 8).await;
                    continue;
                };
                granted = !granted;
                let took = toggle(router, session, granted).await;
                if is_on { &mut during } else { &mut between }.push(took);
            }
            if is_on || toggling.is_none() {
                spent += began.elapsed();
            }
        }
    }
    let done = over.load(Ordering::Relaxed);
    workers.iter().for_each(tokio::task::JoinHandle::abort);
    for worker in workers {
        drop(worker.await);
    }
    release(centre).await;
    Measured { rate: done as f64 / spent.as_secs_f64(), during: quantiles(during), between: quantiles(between) }
}

async fn work(centre: Centre, on: Arc<AtomicBool>, over: Arc<AtomicUsize>) {
    loop {
        if !on.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        } else if execution::run_next(&centre).await.expect("goes on") {
            over.fetch_add(1, Ordering::Relaxed);
        } else {
            return;
        }
    }
}

async fn completed(centre: &Centre) -> usize {
    let row = sql("SELECT COUNT(*) FROM execution WHERE ended_at IS NOT NULL");
    usize::try_from(row.fetch_one::<(i64,)>(&centre.data).await.unwrap().0).unwrap()
}

/// The leases of workers that were stopped are over.
async fn release(centre: &Centre) {
    let mut tx = centre.data.begin().await.unwrap();
    sql("UPDATE execution SET lease_until = 0 WHERE ended_at IS NULL").execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
}

async fn toggle(router: &Router, session: &str, granted: bool) -> f64 {
    let began = Instant::now();
    let request = Request::post("/settings/privacy/permissions")
        .header("cookie", session)
        .header("sec-fetch-site", "same-origin")
        .header("accept", "application/json")
        .header("content-type", "application/x-www-form-urlencoded");
    let request = request.body(Body::from(format!("purpose=calendar&granted={granted}"))).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    assert!(response.status().is_success());
    to_bytes(response.into_body(), usize::MAX).await.unwrap();
    began.elapsed().as_secs_f64() * 1e3
}

fn quantiles(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let at = |share: usize| values.get(values.len() * share / 100).copied().unwrap_or_default();
    (at(50), at(99))
}
