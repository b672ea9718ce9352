//! Connections that ask nothing, half of something, or too much: they are ended, and nobody else waits for them.

use std::net::SocketAddr;
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use axum::routing::get;
use server::web::connections::{self, Stop, Terms};
use server::web::guard::Access;
use server::web::router::{Route, router_of};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;
use tower::ServiceExt as _;

use crate::support::{Databases, Engine, Running, World, generous};

const ONE: &str = "127.0.0.1";
const OTHER: &str = "127.0.0.2";
const AN_HOUR: Duration = Duration::from_secs(3600);
const SOON: Duration = Duration::from_millis(50);
/// Of all that is waited for here; what hangs fails.
const AT_MOST: Duration = Duration::from_secs(60);
const PATIENT: Terms = Terms { most: 100, most_per_address: Some(100), header: AN_HOUR, idle: AN_HOUR };

struct Served {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

async fn serve(app: Router, terms: Terms) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, asked) = Stop::by();
    Served { address, stop, serving: tokio::spawn(connections::serve(listener, app, terms, asked)) }
}

fn hello() -> Router {
    Router::new().route("/", get(async || "hello"))
}

impl Served {
    async fn connect(&self, from: &str) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(from.parse().unwrap(), 0)).unwrap();
        socket.connect(self.address).await.unwrap()
    }

    async fn send(&self, from: &str, bytes: &str) -> TcpStream {
        let mut stream = self.connect(from).await;
        stream.write_all(bytes.as_bytes()).await.unwrap();
        stream
    }
}

const HALF: &str = "GET / HTTP/1.1\r\nhost: privacy.test\r\n";
const WHOLE: &str = "GET / HTTP/1.1\r\nhost: privacy.test\r\n\r\n";
const LAST: &str = "GET / HTTP/1.1\r\nhost: privacy.test\r\nconnection: close\r\n\r\n";

async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(AT_MOST, work).await.expect("it ends")
}

/// Everything until the other side ends the connection.
async fn read_to_its_end(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    // A connection that is reset has ended, too.
    drop(within(stream.read_to_end(&mut read)).await);
    String::from_utf8(read).unwrap()
}

#[tokio::test]
async fn half_a_request_is_waited_for_only_so_long() {
    let served = serve(hello(), Terms { header: SOON, ..PATIENT }).await;
    let mut stream = served.send(ONE, HALF).await;
    assert_eq!(read_to_its_end(&mut stream).await, "");
    let mut stream = served.connect(ONE).await;
    // Its headers never end, and are as they should be.
    let trickle = async {
        for byte in HALF.bytes().chain("x-more: ".bytes()).chain(std::iter::repeat(b'a')) {
            tokio::time::sleep(Duration::from_millis(1)).await;
            match stream.try_read(&mut [0]) {
                Ok(0) => return,
                Ok(_) => panic!("it was answered"),
                Err(_) => {}
            }
            if stream.write_all(&[byte]).await.is_err() {
                return;
            }
        }
    };
    within(trickle).await;
}

#[tokio::test]
async fn a_connection_that_asks_nothing_ends() {
    let served = serve(hello(), Terms { idle: SOON, ..PATIENT }).await;
    let mut silent = served.connect(ONE).await;
    let mut answered = served.send(ONE, WHOLE).await;
    assert_eq!(read_to_its_end(&mut silent).await, "");
    assert!(read_to_its_end(&mut answered).await.ends_with("hello"));
}

#[tokio::test]
async fn however_many_ask_nothing_everybody_else_is_answered() {
    let served = serve(hello(), Terms { most: 12, most_per_address: Some(4), ..PATIENT }).await;
    let mut held = Vec::new();
    for from in [ONE, OTHER, "127.0.0.3", "127.0.0.4"] {
        for part in ["", HALF].iter().cycle().take(20) {
            held.push(served.send(from, part).await);
        }
    }
    for from in [ONE, "127.0.0.5"] {
        let mut stream = served.send(from, LAST).await;
        assert!(read_to_its_end(&mut stream).await.ends_with("hello"), "{from}");
    }
}

/// A page that says when it was asked for, and answers when it is told to.
fn slow() -> (Router, mpsc::Receiver<()>, Arc<Notify>) {
    let (began, begun) = mpsc::channel(16);
    let go_on = Arc::new(Notify::new());
    let told = go_on.clone();
    let page = move || {
        let (began, told) = (began.clone(), told.clone());
        async move {
            began.send(()).await.unwrap();
            told.notified().await;
            "slow"
        }
    };
    (hello().route("/slow", get(page)), begun, go_on)
}

#[tokio::test]
async fn who_works_is_not_closed_for_others_and_who_is_one_too_many_is_told() {
    let (app, mut begun, go_on) = slow();
    let served = serve(app, Terms { most_per_address: Some(1), ..PATIENT }).await;
    let mut working = served.send(ONE, &LAST.replace("GET /", "GET /slow")).await;
    within(begun.recv()).await.unwrap();
    let mut turned_away = served.connect(ONE).await;
    assert!(read_to_its_end(&mut turned_away).await.starts_with("HTTP/1.1 503"));
    let mut elsewhere = served.send(OTHER, LAST).await;
    assert!(read_to_its_end(&mut elsewhere).await.ends_with("hello"));
    go_on.notify_one();
    assert!(read_to_its_end(&mut working).await.ends_with("slow"));
}

#[tokio::test]
async fn a_stop_finishes_what_is_under_way_and_waits_for_nothing_else() {
    let (app, mut begun, go_on) = slow();
    let served = serve(app, PATIENT).await;
    let (mut silent, mut half) = (served.connect(ONE).await, served.send(ONE, HALF).await);
    let mut answered = served.send(ONE, WHOLE).await;
    let mut first = vec![0; 12];
    within(answered.read_exact(&mut first)).await.unwrap();
    let mut working = served.send(ONE, &WHOLE.replace("GET /", "GET /slow")).await;
    within(begun.recv()).await.unwrap();
    served.stop.send_replace(true);
    for stream in [&mut silent, &mut half, &mut answered] {
        read_to_its_end(stream).await;
    }
    go_on.notify_one();
    assert!(read_to_its_end(&mut working).await.ends_with("slow"), "it was not cut off");
    within(served.serving).await.unwrap();
}

#[tokio::test]
async fn a_body_that_trickles_is_waited_for_as_long_as_its_route_says() {
    World::run(Engine::Sqlite, &generous(), async |world| {
        let read = async |body: Bytes| format!("{} bytes", body.len());
        let route = Route::post("/slow", Access::Anyone, read).within(SOON);
        let served = serve(router_of(&world.centre, vec![route]), PATIENT).await;
        let head = "POST /slow HTTP/1.1\r\nhost: privacy.test\r\ncontent-length: 1000\r\n\r\n";
        let mut stream = served.send(ONE, &format!("{head}a")).await;
        assert!(read_to_its_end(&mut stream).await.starts_with("HTTP/1.1 504"));
    })
    .await;
}

#[tokio::test]
async fn behind_a_proxy_requests_are_counted_by_the_address_that_it_tells() {
    let mut config = generous();
    config.server.address_header = Some("x-forwarded-for".to_owned());
    config.server.connections_per_address = 2.try_into().unwrap();
    World::run(Engine::Sqlite, &config, async |world| {
        let (began, mut begun) = mpsc::channel(16);
        let page = move || {
            let began = began.clone();
            async move {
                began.send(()).await.unwrap();
                std::future::pending::<()>().await;
            }
        };
        let app = router_of(&world.centre, vec![Route::get("/slow", Access::Anyone, page)]);
        let ask = |path: &str, address: &str| {
            let request = Request::get(path).header("x-forwarded-for", address).body(Body::empty()).unwrap();
            tokio::spawn(app.clone().oneshot(request))
        };
        let mut under_way = Vec::new();
        for _ in 0..2 {
            under_way.push(ask("/slow", "2001:db8::1"));
            within(begun.recv()).await.unwrap();
        }
        let refused = within(ask("/", "2001:db8::2")).await.unwrap().unwrap();
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS, "its network has two");
        let other = within(ask("/", "2001:db8:0:1::1")).await.unwrap().unwrap();
        assert_eq!(other.status(), StatusCode::NOT_FOUND, "it gets its answer");
        for request in under_way {
            request.abort();
            drop(within(request).await);
        }
        let again = within(ask("/", "2001:db8::1")).await.unwrap().unwrap();
        assert_eq!(again.status(), StatusCode::NOT_FOUND);
    })
    .await;
}

/// The program itself, whose stop is a signal.
async fn stopped(running: Running) -> ExitStatus {
    let told = Command::new("kill").args(["-TERM", &running.id().to_string()]).status().unwrap();
    assert!(told.success());
    within(tokio::task::spawn_blocking(|| running.wait())).await.unwrap()
}

#[tokio::test]
async fn a_half_sent_request_holds_up_no_sigterm() {
    let folder = tempfile::tempdir().unwrap();
    let databases = Databases::fresh(Engine::Sqlite, folder.path()).await.unwrap();
    let running = Running::start(&databases, &folder.path().join("log"));
    let address = running.url.strip_prefix("http://").unwrap().to_owned();
    let mut half = TcpStream::connect(&address).await.unwrap();
    half.write_all(HALF.as_bytes()).await.unwrap();
    let _silent = TcpStream::connect(&address).await.unwrap();
    assert_eq!(stopped(running).await.code(), Some(0));
}
