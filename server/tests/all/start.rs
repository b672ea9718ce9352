//! Starting, refusing to start, and the SMS gateway: what an operator meets first.

use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use app::accounts::model::PhoneNumber;
use axum::Router;
use axum::extract::{Json, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use server::messages::{GatewayError, HttpGateway, SmsProvider as _};

fn program(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_privacy-centre"))
        .args(arguments)
        .env("PRIVACY_CENTRE__SERVER__SITE_ROOT", crate::support::site())
        .envs(environment.iter().copied())
        .current_dir(folder.path())
        .output()
        .unwrap()
}

fn complaint(output: &Output) -> String {
    assert!(!output.status.success(), "it started");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn without_the_demo_and_without_a_master_key_it_refuses_and_says_how_to_make_one() {
    let said = complaint(&program(&["serve"], &[]));
    assert!(said.contains("no master key") && said.contains("head -c 32 /dev/urandom | base64"), "{said}");
}

#[test]
fn without_a_gateway_it_refuses_since_nobody_could_sign_in() {
    let key = [("PRIVACY_CENTRE__VAULT__MASTER_KEY", crate::support::MASTER)];
    let said = complaint(&program(&["serve"], &key));
    assert!(said.contains("sms.gateway_url"), "{said}");
}

#[test]
fn an_unknown_setting_is_refused_by_its_name() {
    let said = complaint(&program(&["check", "--demo"], &[("PRIVACY_CENTRE__SERVER__LISTN", "127.0.0.1:1")]));
    assert!(said.contains("listn"), "{said}");
}

#[test]
fn what_is_fit_to_run_is_said_to_be() {
    let output = program(&["check", "--demo"], &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn without_the_built_files_it_neither_starts_nor_is_fit() {
    let nowhere = [("PRIVACY_CENTRE__SERVER__SITE_ROOT", "/nowhere")];
    for typed in ["check", "serve"] {
        let said = complaint(&program(&[typed, "--demo"], &nowhere));
        assert!(said.contains("/nowhere/pkg/privacy-centre") && said.contains("server.site_root"), "{typed}: {said}");
    }
}

#[test]
fn more_connections_than_files_are_refused() {
    let many = [("PRIVACY_CENTRE__SERVER__CONNECTIONS", "4000000000")];
    for typed in ["check", "serve"] {
        let said = complaint(&program(&[typed, "--demo"], &many));
        assert!(said.contains("server.connections is 4000000000"), "{typed}: {said}");
    }
}

/// What the gateway got: authorization, and the message.
type Got = Arc<Mutex<Vec<(String, serde_json::Value)>>>;

async fn take(State(got): State<Got>, headers: HeaderMap, Json(message): Json<serde_json::Value>) -> StatusCode {
    let authorization = headers.get("authorization").map_or("", |v| v.to_str().unwrap()).to_owned();
    let refuses = message["text"] == "refuse";
    got.lock().unwrap().push((authorization, message));
    if refuses { StatusCode::BAD_GATEWAY } else { StatusCode::ACCEPTED }
}

#[tokio::test]
async fn an_sms_goes_out_to_the_operators_gateway() {
    let got = Got::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/send", listener.local_addr().unwrap());
    let gateway = Router::new().route("/send", post(take)).with_state(got.clone());
    tokio::spawn(async move { axum::serve(listener, gateway).await.unwrap() });
    let sms = HttpGateway::new(url, Some("a-token".to_owned())).unwrap();
    let phone: PhoneNumber = "13900000001".parse().unwrap();
    let id = uuid::Uuid::nil();
    sms.send(id, &phone, "你好").await.unwrap();
    let refused = sms.send(id, &phone, "refuse").await;
    assert!(matches!(refused, Err(GatewayError::Refused(StatusCode::BAD_GATEWAY))), "{refused:?}");
    let expected = serde_json::json!({ "id": id, "phone": "13900000001", "text": "你好" });
    assert_eq!(got.lock().unwrap()[0], ("Bearer a-token".to_owned(), expected));
    let nobody = HttpGateway::new("http://127.0.0.1:9/send".to_owned(), None).unwrap();
    let error = nobody.send(id, &phone, "你好").await.unwrap_err();
    assert!(matches!(error, GatewayError::Unreachable(_)) && !error.to_string().contains("13900000001"));
}
