//! `host.conditions_url`: a real host over HTTP that fails, is slow, sends elsewhere, answers nonsense, and then answers.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use app::accounts::model::PhoneNumber;
use app::cancellation::affair::AffairKind;
use app::cancellation::model::State;
use app::promises::{CONDITIONS_PAUSE, COOLING_OFF};
use axum::Router;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::post;
use serde_json::{Value, json};
use server::cancellation::conditions::{Asked, Conditions as _, NotKnown, Subject};
use server::config::Config;
use uuid::Uuid;

use super::{CANCEL, PHONE, run_jobs, state, step};
use crate::support::{Engine, HOST_TOKEN, World, generous};

/// What the host does when it is asked.
#[derive(Clone)]
enum Does {
    Answers(u16, String),
    /// Never answers.
    Hangs,
}

/// The token and the body of each question.
type Questions = Vec<(Option<String>, Value)>;

#[derive(Clone)]
struct Host {
    url: String,
    /// The next answers; the last one stays.
    does: Arc<Mutex<Vec<Does>>>,
    asked: Arc<Mutex<Questions>>,
}

async fn answer(Shared(host): Shared<Host>, headers: HeaderMap, body: String) -> (StatusCode, HeaderMap, String) {
    let token = headers.get(header::AUTHORIZATION).map(|v| v.to_str().unwrap().to_owned());
    host.asked.lock().unwrap().push((token, serde_json::from_str(&body).unwrap()));
    let does = {
        let mut does = host.does.lock().unwrap();
        if does.len() > 1 { does.remove(0) } else { does[0].clone() }
    };
    let Does::Answers(status, text) = does else { return std::future::pending().await };
    let mut headers = HeaderMap::new();
    headers.insert(header::LOCATION, "/elsewhere".parse().unwrap());
    (StatusCode::from_u16(status).unwrap(), headers, text)
}

impl Host {
    async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}/conditions", listener.local_addr().unwrap());
        let none = Does::Answers(200, json!({"affairs": []}).to_string());
        let host = Self { url, does: Arc::new(Mutex::new(vec![none])), asked: Arc::default() };
        let router = Router::new().route("/{*any}", post(answer)).with_state(host.clone());
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        host
    }

    fn then(&self, does: &[Does]) {
        *self.does.lock().unwrap() = does.to_vec();
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    fn conditions(&self) -> Asked {
        Asked::with_patience(self.url.clone(), HOST_TOKEN.to_owned(), Duration::from_millis(200)).unwrap()
    }
}

fn fails() -> Does {
    Does::Answers(503, "{\"affairs\":[]}".to_owned())
}

fn open(affairs: &Value) -> Does {
    Does::Answers(200, json!({ "affairs": affairs }).to_string())
}

fn order() -> Value {
    json!([{"id": "ord-81", "kind": "order", "detail": "订单尾号 3821", "link": "https://shop.example/orders/81"}])
}

#[tokio::test]
async fn it_fails_is_slow_and_then_answers() {
    let (host, phone) = (Host::start().await, PHONE.parse::<PhoneNumber>().unwrap());
    let subject = Subject { person: Uuid::nil(), phone: &phone };
    host.then(&[fails(), Does::Hangs, open(&order())]);
    let found = host.conditions().look(subject).await.unwrap();
    assert_eq!((found.obstacles.len(), found.obstacles[0].kind), (1, AffairKind::Order));
    assert_eq!(host.asked(), 3);
    let (token, body) = host.asked.lock().unwrap()[0].clone();
    assert_eq!((token, body), (Some(format!("Bearer {HOST_TOKEN}")), json!({ "phone": PHONE })));
}

#[tokio::test]
async fn whatever_else_it_answers_is_not_known_and_never_none() {
    let (host, phone) = (Host::start().await, PHONE.parse::<PhoneNumber>().unwrap());
    let subject = Subject { person: Uuid::nil(), phone: &phone };
    let conditions = host.conditions();
    for status in [204, 307, 400, 404, 500] {
        host.then(&[Does::Answers(status, "{\"affairs\":[]}".to_owned())]);
        assert!(matches!(conditions.look(subject).await, Err(NotKnown::Answered(_))), "{status}");
    }
    for text in ["", "{}", "null", "<html>", "{\"affairs\":[{\"id\":\"a\",\"kind\":\"x\"}]}"] {
        host.then(&[Does::Answers(200, text.to_owned())]);
        assert!(matches!(conditions.look(subject).await, Err(NotKnown::Unreadable(_))), "{text}");
    }
    host.then(&[Does::Hangs]);
    let error = conditions.look(subject).await.unwrap_err();
    assert!(matches!(error, NotKnown::Unreachable(_)));
    assert!(!format!("{error:?}").contains(PHONE) && !format!("{error:?}").contains(&host.url), "{error:?}");
}

/// The whole way with a host that is asked: nothing that it can't tell is lost, or taken for a yes.
async fn story(engine: Engine) {
    let host = Host::start().await;
    let mut config: Config = generous();
    config.host.token = Some(HOST_TOKEN.to_owned());
    config.host.conditions_url = Some(host.url.clone());
    World::run(engine, &config, async |world| {
        let mut browser = world.newcomer(PHONE).await;
        host.then(&[fails()]);
        step(&mut browser, "begin").await.expect_status(303);
        // The proof stands, although nothing could be looked up.
        step(&mut browser, "proof").await.expect_status(303);
        let page = browser.get(CANCEL).await.expect_status(200).expect_text("现在查不到是否有事要先处理");
        let page = page.expect_text("刚才的验证没有丢").text();
        assert!(!page.contains("确认注销账号"));
        for name in ["check", "confirm"] {
            step(&mut browser, name).await.expect_status(422).expect_text("什么都没有提交");
        }
        assert_eq!(state(world).await.0, State::Checked);
        host.then(&[open(&order())]);
        step(&mut browser, "confirm").await.expect_status(303);
        assert_eq!(state(world).await.0, State::Blocked);
        host.then(&[open(&json!([]))]);
        step(&mut browser, "confirm").await.expect_status(303);
        assert_eq!(state(world).await.0, State::CoolingOff);
        // What can't be looked up when it is due leaves the cooling-off standing.
        world.pass(COOLING_OFF);
        host.then(&[fails()]);
        run_jobs(world).await;
        assert_eq!(state(world).await.0, State::CoolingOff);
        let before = host.asked();
        run_jobs(world).await;
        assert_eq!(host.asked(), before, "a host that fails is not asked at once again");
        world.pass(CONDITIONS_PAUSE);
        host.then(&[open(&json!([]))]);
        run_jobs(world).await;
        assert_eq!(state(world).await.0, State::Executing);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_can_t_tell_loses_nothing_and_permits_nothing_sqlite() {
    story(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_can_t_tell_loses_nothing_and_permits_nothing_postgres() {
    story(Engine::Postgres).await;
}
