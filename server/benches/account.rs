//! What a large account costs: 我的个人信息 of a person with 100,000 records against one with 100, and a copy of all of them,
//! which must equal what is stored. On SQLite, and on PostgreSQL where `TEST_POSTGRES_URL` names a cluster. `make bench`.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod shared;

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};
use std::time::Instant;

use app::export::model::Scope;
use server::accounts::store::caller_of;
use server::centre::Centre;
use server::config::Config;
use server::export::{job, store};
use server::population::{self, Size};
use server::records::{Filter, page, totals};
use server::storage::sql;
use server::web::Caller;
use shared::{on_both_engines, sign_in};
use tower::ServiceExt as _;
use uuid::Uuid;

const LARGE: Size = Size { first: 0, people: 1, records: 100_000, seed: 1 };
const SMALL: Size = Size { first: 1, people: 1, records: 100, seed: 1 };
/// Pages of each side, in turn.
const PAGES: usize = 300;

#[tokio::main]
async fn main() {
    on_both_engines(measure).await;
}

async fn measure(engine: &str, config: &Config) {
    let centre = server::open::centre(config, true).await.expect("opens");
    let began = Instant::now();
    population::settle(&centre, LARGE, |_| {}).await.expect("settles");
    let settled = began.elapsed().as_secs_f64();
    println!("{engine}: {} records written in {settled:.1} s", LARGE.records);
    population::settle(&centre, SMALL, |_| {}).await.expect("settles");
    pages(engine, &centre).await;
    copy(engine, &centre).await;
    centre.data.close().await;
}

/// 我的个人信息 of the large account and of the small one, one after the other, so that noise meets both.
async fn pages(engine: &str, centre: &Centre) {
    let router = server::web::build_router(centre);
    let (mut large, mut small) = (Vec::new(), Vec::new());
    let sessions = [sign_in(&router, "19900000000").await, sign_in(&router, "19900000001").await];
    for path in ["/settings/data", "/settings/data/records?kind=browse_log"] {
        for _ in 0..PAGES {
            for (session, times) in sessions.iter().zip([&mut large, &mut small]) {
                let began = Instant::now();
                let request = axum::http::Request::get(path).header("cookie", session);
                let response = router.clone().oneshot(request.body(axum::body::Body::empty()).unwrap()).await.unwrap();
                assert!(response.status().is_success());
                axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
                times.push(began.elapsed().as_secs_f64() * 1e3);
            }
        }
        let (large, small) = (median(&mut large), median(&mut small));
        println!(
            "{engine}: {path} in {large:.2} ms with 100,000 records, {small:.2} ms with 100; ratio {:.2} (aim: at most 1.5)",
            large / small
        );
    }
}

fn median(values: &mut Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let median = values[values.len() / 2];
    values.clear();
    median
}

/// A copy of the large account: its time, the memory it takes, and that it equals what is stored.
async fn copy(engine: &str, centre: &Centre) {
    let index = centre.vault.blind_index(server::accounts::codes::PHONE_INDEX, "19900000000");
    let row = sql("SELECT id FROM person WHERE phone_index = $1").bind(index);
    let (person,) = row.fetch_one::<(String,)>(&centre.data).await.unwrap();
    let caller = caller_of(centre, Uuid::parse_str(&person).unwrap()).await.unwrap();
    let id = store::ask(centre, &caller, &Scope::default(), centre.now()).await.unwrap().unwrap();
    // From here on the peak is that of the copy.
    std::fs::File::create("/proc/self/clear_refs").unwrap().write_all(b"5").unwrap();
    let before = memory("VmRSS");
    let began = Instant::now();
    assert!(job::run_next(centre).await.unwrap());
    let seconds = began.elapsed().as_secs_f64();
    let above = memory("VmHWM").saturating_sub(before);
    let (records, bytes) = compare(centre, &caller, &id.to_string()).await;
    println!(
        "{engine}: a copy of {records} records in {seconds:.1} s, {bytes} bytes, equal to what is stored; peak memory {} MB above idle (aim: under 100)",
        above / 1024
    );
}

/// Kilobytes, as the kernel tells them.
fn memory(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(what)).expect("the kernel tells it");
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Opens the copy and compares every record with the database; how many there are, and the package's size.
async fn compare(centre: &Centre, caller: &Caller, id: &str) -> (usize, usize) {
    let ring = centre.vault.export_ring(caller.person, id).await.unwrap();
    let mut package = Vec::new();
    for position in 0.. {
        let Some(sealed) = store::part(centre, id, 1, position).await.unwrap() else { break };
        let row = format!("{id}/1/{position}");
        let place = server::vault::Place { table: "export_part", column: "sealed", row: &row };
        package.extend_from_slice(&ring.open(place, &sealed).await.unwrap());
    }
    let mut archive = zip::ZipArchive::new(Cursor::new(&package)).unwrap();
    let data: serde_json::Value = serde_json::from_reader(archive.by_name("data.json").unwrap()).unwrap();
    let kinds = data["kinds"].as_array().unwrap().iter();
    let mut told: BTreeMap<&str, _> =
        kinds.map(|k| (k["id"].as_str().unwrap(), k["records"].as_array().unwrap())).collect();
    let mut records = 0;
    for total in totals(&centre.data, caller.person).await.unwrap() {
        let field = centre.catalogue.data().field(&total.field).unwrap();
        let filter = Filter { field: Some(total.field.clone()), ..Filter::default() };
        let stored = page(centre, caller, &filter, 200_000, true).await.unwrap().records;
        let told = told.remove(total.field.as_str()).expect("the kind is in the copy");
        assert_eq!((stored.len(), total.held), (told.len(), stored.len()), "{}", total.field);
        for (stored, told) in stored.iter().zip(told) {
            assert_eq!(told["at"], stored.at.iso_millis());
            assert_eq!(told["value"], stored.content.whole(field.mask).value);
        }
        records += stored.len();
    }
    (records, package.len())
}
