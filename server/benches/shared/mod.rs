//! What benches share: where they measure, and somebody who is signed in.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use server::config::Config;
use sqlx::{Connection as _, Executor as _, PgConnection};
use tower::ServiceExt as _;
use uuid::Uuid;

/// Measures on SQLite, and on PostgreSQL where `TEST_POSTGRES_URL` names a cluster, in databases of its own.
pub async fn on_both_engines(measure: impl AsyncFn(&str, &Config)) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.keep_data_under(folder.path());
    measure("SQLite", &config).await;
    let Ok(cluster) = std::env::var("TEST_POSTGRES_URL") else {
        println!("PostgreSQL: skipped, TEST_POSTGRES_URL is not set");
        return;
    };
    let mut connection = PgConnection::connect(&cluster).await.unwrap();
    let base = cluster.rsplit_once('/').expect("an address with a database").0.to_owned();
    let name = format!("bench_{}", Uuid::new_v4().simple());
    for part in ["data", "keys"] {
        connection.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}_{part}"))).await.unwrap();
    }
    config.vault.master_key = Some("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned());
    (config.storage.data, config.storage.keys) = (format!("{base}/{name}_data"), format!("{base}/{name}_keys"));
    measure("PostgreSQL", &config).await;
    for part in ["data", "keys"] {
        connection.execute(sqlx::AssertSqlSafe(format!("DROP DATABASE {name}_{part} WITH (FORCE)"))).await.unwrap();
    }
}

/// The cookie of a person of the demo or of a population.
pub async fn sign_in(router: &Router, phone: &str) -> String {
    let body = format!("phone={phone}&password={}&by=password", server::seed::PASSWORD);
    let request = Request::post("/signin")
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded");
    let response = router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let cookies = response.headers().get_all("set-cookie").iter().filter_map(|c| c.to_str().ok());
    let session = cookies.into_iter().find(|c| c.starts_with("session=")).expect("signed in");
    session.split(';').next().unwrap().to_owned()
}
