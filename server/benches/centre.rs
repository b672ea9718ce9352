//! What the centre costs, as ratios against bare parts measured in the same run, turn by turn: machines are noisy, and a
//! figure alone says little. `make bench`.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

// It measures SQLite alone.
#[allow(dead_code)]
mod shared;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use axum::serve::ListenerExt as _;
use server::config::Config;
use server::storage::{Db, sql};
use shared::sign_in;
use tokio::net::TcpListener;

/// Requests under way at once: one client per switch, so that every toggle changes something and is recorded.
const CLIENTS: usize = SWITCHES.len();
const SWITCHES: [(&str, &str); 14] = [
    ("notifications", "order_push"),
    ("notifications", "live_push"),
    ("advertising", "personalised_recommendation"),
    ("advertising", "personalised_ads"),
    ("advertising", "unaimed_search"),
    ("privacy/permissions", "location"),
    ("privacy/permissions", "camera"),
    ("privacy/permissions", "album"),
    ("privacy/permissions", "microphone"),
    ("privacy/permissions", "contacts"),
    ("privacy/permissions", "contact_matching"),
    ("privacy/permissions", "calendar"),
    ("privacy/friends", "friend_search"),
    ("privacy/face", "face_recognition"),
];
/// One turn, and how many turns each side has.
const TURN: Duration = Duration::from_millis(500);
const TURNS: usize = 8;

#[tokio::main]
async fn main() {
    first_load(Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/site/pkg").as_path());
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.keep_data_under(folder.path());
    config.limits.tries_per_account = 1_000.try_into().unwrap();
    let centre = server::open::centre(&config, true).await.expect("opens");
    server::seed::seed(&centre).await.expect("seeds");
    let jobs = server::schedule::start(&centre);
    let router = server::web::build_router(&centre);
    let session = sign_in(&router, "13800138000").await;
    let ours = serve(router).await;
    let bare = serve(Router::new().route("/", get(|| async { "hello" }))).await;

    let settings = Load::get(format!("http://{ours}/settings"), &session);
    let hello = Load::get(format!("http://{bare}/"), "");
    let (pages, hellos) = in_turns(&settings, &hello).await;
    report("pages of 设置 per second", pages, "a bare axum route", hellos);

    let toggles = Load::toggle(format!("http://{ours}/settings"), &session);
    let inserts = Arc::new(Load::Insert(bare_database(folder.path()).await));
    let (toggled, inserted) = in_turns(&toggles, &inserts).await;
    report("toggles recorded per second", toggled, "bare SQLite inserts", inserted);
    drop(jobs);
}

/// WASM + JS + CSS in brotli, as a browser with an empty cache loads them.
fn first_load(pkg: &Path) {
    let Ok(entries) = std::fs::read_dir(pkg) else {
        println!("first load: no build under {}", pkg.display());
        return;
    };
    let mut total = 0;
    for file in entries.filter_map(Result::ok) {
        let name = file.file_name().to_string_lossy().into_owned();
        // Type definitions are for developers; no page loads them.
        if name.ends_with(".br") && !name.contains(".d.") {
            let size = file.metadata().map_or(0, |m| m.len());
            total += size;
            println!("{size:>9} bytes  {name}");
        }
    }
    println!("{total:>9} bytes  first load in brotli (aim: at most 133120)");
}

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
    let app = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    address
}

/// A bare table with the same durability as ours.
async fn bare_database(folder: &Path) -> Db {
    let db = Db::open(&format!("sqlite:{}/bare.db", folder.display())).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    sql("CREATE TABLE bare (id INTEGER PRIMARY KEY, text TEXT NOT NULL)").execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    db
}

enum Load {
    Get { client: reqwest::Client, url: String, cookie: String },
    Toggle { client: reqwest::Client, url: String, cookie: String, on: [AtomicBool; CLIENTS] },
    Insert(Db),
}

impl Load {
    fn get(url: String, cookie: &str) -> Arc<Self> {
        Arc::new(Self::Get { client: reqwest::Client::new(), url, cookie: cookie.to_owned() })
    }

    fn toggle(url: String, cookie: &str) -> Arc<Self> {
        let client = reqwest::Client::new();
        Arc::new(Self::Toggle { client, url, cookie: cookie.to_owned(), on: Default::default() })
    }

    async fn once(&self, client_number: usize) {
        match self {
            Self::Get { client, url, cookie } => {
                let response = client.get(url).header("cookie", cookie).send().await.unwrap();
                assert!(response.status().is_success());
                response.bytes().await.unwrap();
            }
            Self::Toggle { client, url, cookie, on } => {
                let (page, purpose) = SWITCHES[client_number];
                let granted = on[client_number].fetch_xor(true, Ordering::Relaxed);
                let body = format!("purpose={purpose}&granted={granted}");
                let request = client
                    .post(format!("{url}/{page}"))
                    .header("cookie", cookie)
                    .header("sec-fetch-site", "same-origin");
                let request = request.header("accept", "application/json").body(body);
                let request = request.header("content-type", "application/x-www-form-urlencoded");
                let response = request.send().await.unwrap();
                assert!(response.status().is_success());
                response.bytes().await.unwrap();
            }
            Self::Insert(db) => {
                let mut tx = db.begin().await.unwrap();
                sql("INSERT INTO bare (text) VALUES ($1)").bind("x").execute(&mut tx).await.unwrap();
                tx.commit().await.unwrap();
            }
        }
    }
}

/// Both loads in turns; how many of each per second, turn by turn.
async fn in_turns(a: &Arc<Load>, b: &Arc<Load>) -> (Vec<f64>, Vec<f64>) {
    for load in [a, b] {
        turn(load).await;
    }
    let (mut of_a, mut of_b) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        of_a.push(turn(a).await);
        of_b.push(turn(b).await);
    }
    (of_a, of_b)
}

async fn turn(load: &Arc<Load>) -> f64 {
    let done = Arc::new(AtomicU64::new(0));
    let began = Instant::now();
    let clients = (0..CLIENTS).map(|number| {
        let (load, done) = (load.clone(), done.clone());
        tokio::spawn(async move {
            while began.elapsed() < TURN {
                load.once(number).await;
                done.fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
    done.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn report(what: &str, ours: Vec<f64>, other: &str, theirs: Vec<f64>) {
    let ratios = ours.iter().zip(&theirs).map(|(a, b)| a / b).collect();
    let (ours, theirs, ratio) = (median(ours), median(theirs), median(ratios));
    println!("{ours:>9.0} {what}; {theirs:.0} {other}; ratio {ratio:.3} (medians of {TURNS} turns)");
}
