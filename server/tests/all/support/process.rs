//! The real program, over real HTTP, so that it can really be killed.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, ORIGIN, SET_COOKIE};

use super::browser::{FORM, form};
use super::{Databases, MASTER};

/// The program under test.
pub fn program(databases: &Databases) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_privacy-centre"));
    command
        .env("PRIVACY_CENTRE__STORAGE__DATA", &databases.data)
        .env("PRIVACY_CENTRE__STORAGE__KEYS", &databases.keys)
        .env("PRIVACY_CENTRE__VAULT__MASTER_KEY", MASTER)
        .env("PRIVACY_CENTRE__LIMITS__TRIES_PER_ADDRESS", "100000")
        .env("PRIVACY_CENTRE__LIMITS__TRIES_PER_ACCOUNT", "100000");
    command
}

/// A server that runs with demo people.
pub struct Running {
    child: Child,
    pub url: String,
}

impl Running {
    /// Starts it and waits until it listens. Its log goes to the end of `log`.
    pub fn start(databases: &Databases, log: &Path) -> Self {
        Self::start_with(databases, log, &[])
    }

    /// The same, with these settings from the environment.
    pub fn start_with(databases: &Databases, log: &Path, settings: &[(&str, &str)]) -> Self {
        let log = std::fs::File::options().create(true).append(true).open(log).unwrap();
        let mut child = program(databases)
            .envs(settings.iter().copied())
            .args(["serve", "--demo", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = lines
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("listening on ").map(ToOwned::to_owned))
            .expect("the server starts");
        Self { child, url }
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A test that fails leaves no server behind.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A browser over real HTTP. Redirects are not followed: what was acknowledged is what this very answer says.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    /// By name, as they are sent.
    cookies: BTreeMap<String, String>,
}

/// An answer, if one came.
pub struct Answered {
    pub status: u16,
    pub location: Option<String>,
    pub text: String,
}

impl Client {
    pub fn new(url: &str) -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { http, url: url.to_owned(), cookies: BTreeMap::new() }
    }

    pub async fn get(&mut self, path: &str) -> Option<Answered> {
        self.send(self.http.get(format!("{}{path}", self.url))).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Option<Answered> {
        let request = self.http.post(format!("{}{path}", self.url)).header(ORIGIN, &self.url);
        self.send(request.header(CONTENT_TYPE, FORM).body(form(fields))).await
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Option<Answered> {
        let cookies: Vec<_> = self.cookies.values().map(String::as_str).collect();
        let response = request.header(COOKIE, cookies.join("; ")).send().await.ok()?;
        for line in response.headers().get_all(SET_COOKIE).iter().filter_map(|line| line.to_str().ok()) {
            let cookie = line.split(';').next().unwrap_or_default();
            let name = cookie.split('=').next().unwrap_or_default().to_owned();
            if line.contains("Max-Age=0") {
                self.cookies.remove(&name);
            } else {
                self.cookies.insert(name, cookie.to_owned());
            }
        }
        let status = response.status().as_u16();
        let location = response.headers().get(LOCATION).and_then(|l| l.to_str().ok()).map(ToOwned::to_owned);
        Some(Answered { status, location, text: response.text().await.ok()? })
    }

    /// Signs in by password.
    pub async fn sign_in(&mut self, phone: &str, password: &str) {
        let fields = [("phone", phone), ("by", "password"), ("password", password)];
        let answered = self.post("/signin", &fields).await.expect("an answer");
        assert_eq!((answered.status, answered.location.as_deref()), (303, Some("/")), "{}", answered.text);
    }
}
