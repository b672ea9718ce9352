//! The real program, over real HTTP, so that it can really be killed.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, ORIGIN, SET_COOKIE};

use server::web::assets;

use super::browser::{FORM, form};
use super::{Databases, MASTER};

/// Built files, in name only: no test looks into them, and the program does not start without.
pub fn site() -> PathBuf {
    let site = Path::new(env!("CARGO_TARGET_TMPDIR")).join("site");
    for file in assets::loaded_by(Path::new(env!("CARGO_BIN_EXE_privacy-centre"))) {
        let file = site.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        File::options().create(true).append(true).open(file).unwrap();
    }
    site
}

/// The program under test.
pub fn program(databases: &Databases) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_privacy-centre"));
    command
        .env("PRIVACY_CENTRE__SERVER__SITE_ROOT", site())
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
        Self::spawn(program(databases).envs(settings.iter().copied()), log)
    }

    /// The same on a full disk: no file may grow, until [`Running::make_room`].
    pub fn start_on_a_full_disk(databases: &Databases, log: &Path) -> Self {
        let full = "trap '' XFSZ; ulimit -S -f 0; exec \"$0\" \"$@\"";
        let program = program(databases);
        let mut shell = Command::new("sh");
        let settings = program.get_envs().filter_map(|(name, value)| Some((name, value?)));
        Self::spawn(shell.envs(settings).args(["-c", full]).arg(program.get_program()), log)
    }

    /// Its files may grow again.
    pub fn make_room(&self) {
        let process = self.id().to_string();
        let raised = Command::new("prlimit").args(["--fsize=unlimited", "--pid", &process]).status().unwrap();
        assert!(raised.success());
    }

    fn spawn(command: &mut Command, log: &Path) -> Self {
        let log = File::options().create(true).append(true).open(log).unwrap();
        let mut child = command
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

    /// The process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(mut self) {
        self.signal("TERM");
        assert!(self.child.wait().unwrap().success());
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits until it has ended by itself.
    pub fn wait(mut self) -> ExitStatus {
        self.child.wait().unwrap()
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

    /// The same browser, where the server listens now.
    pub fn at(self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self }
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

/// Waits until a look finds what it looks for.
pub async fn until(what: &str, mut look: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !look().await {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), wait)
        .await
        .unwrap_or_else(|_| panic!("not in time: {what}"));
}
