//! A whole centre on either engine, and browsers that visit it.

mod browser;
mod engine;
mod listener;
mod operator;
mod process;
mod receiver;

use std::sync::Arc;
use std::time::Duration;

use app::cancellation::affair::{Affair, AffairKind};
use app::time::Moment;
use axum::Router;
pub use browser::{Browser, Page};
pub use engine::{Databases, Engine, bytes_of, cut_connections, dump, make_full, make_room, schema, wedge};
pub use listener::{Listener, Notice};
pub use operator::{Published, midnight, own_catalogue};
pub use process::{Client, Running, program, site, until};
pub use receiver::{Receiver, authority, reachable};
use server::accounts::sessions;
use server::cancellation::conditions::{NewAffair, write};
use server::catalogue::Catalogue;
use server::centre::Centre;
use server::clock::{Clock, SteppedClock};
use server::config::{Config, RecipientConfig};
use server::demo::{Mailbox, Message};
use server::ledger::{self, Event};
use server::messages::Gateways;
use server::open::{self, Outside};
use server::replay::{self, Caught};
use server::seed;
use server::storage::{Db, Schema, migrate, sql};
use server::vault::MasterKey;
use server::web::{Caller, build_router};
use tempfile::TempDir;

/// Monday, 23 November 2026, noon in China.
pub const NOON: Moment = Moment(1_795_406_400_000);
/// A password that no list knows.
pub const PASSWORD: &str = "雨后-blue-river-27";
pub const MASTER: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// Makes a test of the same name for each engine, with the settings that come first or the generous ones.
macro_rules! on_both_engines {
    (with $config:expr; $(async fn $name:ident($world:ident) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn story($world: &$crate::support::World) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                $crate::support::World::run($crate::support::Engine::Sqlite, &$config, async |world| story(world).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                $crate::support::World::run($crate::support::Engine::Postgres, &$config, async |world| story(world).await).await;
            }
        }
    )*};
    ($($tests:tt)*) => { on_both_engines! { with $crate::support::generous(); $($tests)* } };
}

/// Replays everything that the log has, as on data whose log is another one.
pub async fn replay_all(centre: &Centre) -> Caught {
    let mut tx = centre.data.begin().await.unwrap();
    sql("UPDATE replayed SET entry_id = 'another'").execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    replay::catch_up(centre).await.unwrap().expect("the log is not the one that it was")
}

/// A centre of its own, with a clock that only the test moves.
pub struct World {
    pub centre: Centre,
    pub clock: Arc<SteppedClock>,
    pub router: Router,
    pub databases: Databases,
    pub keys: Db,
    mailbox: Arc<Mailbox>,
    _folder: TempDir,
}

impl World {
    /// Runs a story in a fresh world of that engine, with these settings; skips it, loudly, where the engine is not there.
    pub async fn run(engine: Engine, config: &Config, story: impl AsyncFnOnce(&Self)) {
        // What went wrong is told beside the test that failed; a test of failures sets it up more than once.
        drop(tracing_subscriber::fmt().with_test_writer().with_max_level(tracing::Level::ERROR).try_init());
        let folder = tempfile::tempdir().unwrap();
        let Some(databases) = Databases::migrated(engine, folder.path()).await else { return };
        let (data, keys) = databases.open().await;
        // What was copied has the present schema, or this says why not.
        migrate(&data, Schema::Data).await.unwrap();
        migrate(&keys, Schema::Keys).await.unwrap();
        let clock = Arc::new(SteppedClock::at(NOON));
        let mailbox = Arc::new(Mailbox::default());
        let centre = assemble(config, (data.clone(), keys.clone()), &clock, &mailbox).await;
        let router = build_router(&centre);
        let world = Self { centre, clock, router, databases, keys: keys.clone(), mailbox, _folder: folder };
        story(&world).await;
        data.close().await;
        keys.close().await;
        world.databases.drop().await;
    }

    /// A centre on other data, with the keys of now: what an operator has who restores a backup.
    pub async fn restored(&self, data: &str) -> Centre {
        let (_, keys) = self.databases.open().await;
        let data = Db::open(data).await.unwrap();
        assemble(&generous(), (data, keys), &self.clock, &self.mailbox).await
    }

    /// The same centre started again, after its operator has put another catalogue in place.
    pub async fn with_catalogue(&self, catalogue: Catalogue) -> Centre {
        let (_, keys) = self.databases.open().await;
        let databases = (self.centre.data.clone(), keys);
        assemble_with(catalogue, &generous(), databases, &self.clock, &self.mailbox).await
    }

    /// The same centre started again with other settings.
    pub async fn with_settings(&self, config: &Config) -> Centre {
        let (_, keys) = self.databases.open().await;
        assemble(config, (self.centre.data.clone(), keys), &self.clock, &self.mailbox).await
    }

    /// A browser that has never been here.
    pub fn browser(&self) -> Browser {
        Browser::new(self)
    }

    /// Someone who has just registered, in the browser they did it with.
    pub async fn newcomer(&self, phone: &str) -> Browser {
        self.register(phone, "adult").await
    }

    /// The same, of an age band.
    pub async fn register(&self, phone: &str, age: &str) -> Browser {
        let mut browser = self.browser();
        self.register_in(&mut browser, phone, age).await;
        browser
    }

    /// The same, in a browser that has been here before.
    pub async fn register_in(&self, browser: &mut Browser, phone: &str, age: &str) {
        browser.post("/register/code", &[("phone", phone)]).await.expect_status(200);
        let code = self.code(phone).await;
        let username = format!("人{phone}").replace("人1", "人");
        let fields = [
            ("phone", phone),
            ("code", &code),
            ("username", &username),
            ("password", PASSWORD),
            ("age", age),
            ("agree", "yes"),
        ];
        browser.post("/register", &fields).await.expect_status(303);
    }

    /// The demo's people with their records, and its first one signed in in a browser.
    pub async fn demo(&self) -> Browser {
        seed::seed(&self.centre).await.unwrap();
        let mut browser = self.browser();
        let fields = [("phone", "13800138000"), ("by", "password"), ("password", seed::PASSWORD)];
        browser.post("/signin", &fields).await.expect_status(303);
        browser
    }

    /// The same, having proved again who they are.
    pub async fn proved_demo(&self) -> Browser {
        let mut browser = self.demo().await;
        self.step_up_demo(&mut browser).await;
        browser
    }

    /// Proves again that one is a demo person.
    pub async fn step_up_demo(&self, browser: &mut Browser) {
        let fields = [("by", "password"), ("password", seed::PASSWORD), ("next", "/settings")];
        browser.post("/step-up", &fields).await.expect_status(303);
    }

    /// The newest code that was sent to a phone. Sending is not part of the request, so it may take a moment.
    pub async fn code(&self, phone: &str) -> String {
        let masked = format!("{}****{}", &phone[..3], &phone[7..]);
        let newest = || {
            let sent = self.mailbox.messages();
            let text = sent.into_iter().find_map(|message| match message {
                Message::Sms { masked_phone, text, .. } if masked_phone == masked && text.contains("验证码 ") => {
                    Some(text)
                }
                _ => None,
            })?;
            Some(text.split("验证码 ").nth(1)?.chars().take(6).collect::<String>())
        };
        let wait = async {
            loop {
                if let Some(code) = newest() {
                    return code;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), wait).await.expect("a code is sent")
    }

    /// How many messages were sent so far.
    pub fn sent(&self) -> usize {
        self.mailbox.messages().len()
    }

    /// All that was sent, newest first.
    pub fn messages(&self) -> Vec<Message> {
        self.mailbox.messages()
    }

    /// Who a browser is signed in as.
    pub async fn caller(&self, browser: &Browser) -> Caller {
        let token = browser.cookie("session").expect("signed in");
        sessions::find(&self.centre, token, self.clock.now()).await.unwrap().expect("the session lives")
    }

    /// All that the ledger says of the person who is signed in there.
    pub async fn events(&self, browser: &Browser) -> Vec<Event> {
        let caller = self.caller(browser).await;
        let history = ledger::history(&self.centre.data, &caller.pseudonym).await.unwrap();
        history.into_iter().map(|recorded| recorded.event).collect()
    }

    /// Proves again who one is, so that sensitive pages open.
    pub async fn step_up(&self, browser: &mut Browser) {
        let fields = [("by", "password"), ("password", PASSWORD), ("next", "/settings")];
        browser.post("/step-up", &fields).await.expect_status(303);
    }

    /// From now on something is open between the host and a person, and stands in the way of leaving.
    pub async fn open_affair(&self, person: uuid::Uuid) {
        let affair = Affair {
            kind: AffairKind::Order,
            open: true,
            detail: "订单尾号 5566，待发货".to_owned(),
            link: "https://shop.example/orders/5566".to_owned(),
            amount_fen: None,
        };
        let new = NewAffair { host_id: "order-5566".to_owned(), person, at: self.clock.now(), affair };
        let written = write((&self.centre.data, &self.centre.vault), &[new], self.clock.now()).await.unwrap();
        assert!(written[0].is_ok());
    }

    /// Lets time pass.
    pub fn pass(&self, millis: i64) {
        self.clock.advance(millis);
    }
}

async fn assemble(config: &Config, databases: (Db, Db), clock: &Arc<SteppedClock>, mailbox: &Arc<Mailbox>) -> Centre {
    assemble_with(Catalogue::load(None).unwrap(), config, databases, clock, mailbox).await
}

async fn assemble_with(
    catalogue: Catalogue,
    config: &Config,
    databases: (Db, Db),
    clock: &Arc<SteppedClock>,
    mailbox: &Arc<Mailbox>,
) -> Centre {
    let outside = outside(clock, mailbox);
    let master = MasterKey::from_base64(MASTER).unwrap();
    open::assemble(config, catalogue, databases, &master, outside).await.unwrap()
}

fn outside(clock: &Arc<SteppedClock>, mailbox: &Arc<Mailbox>) -> Outside {
    let gateways = Gateways::new(mailbox.clone(), Some(mailbox.clone()), Some(mailbox.clone()));
    Outside { clock: clock.clone(), gateways, mailbox: Some(mailbox.clone()) }
}

/// What a router answers to somebody who only reads.
pub async fn get(router: &Router, path: &str) -> String {
    use axum::body::{Body, to_bytes};
    use tower::ServiceExt as _;
    let request = axum::http::Request::get(path).body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
}

/// What the host's services prove themselves with.
pub const HOST_TOKEN: &str = "a-token-of-the-host-with-32-characters";
/// What the SMS provider signs with.
pub const SMS_SECRET: &str = "a-secret-of-the-provider-with-32-characters";

/// Settings with which other services may call, and mails carry links.
pub fn with_services() -> Config {
    let mut config = generous();
    config.server.public_url = Some("http://privacy.test".to_owned());
    config.host.token = Some(HOST_TOKEN.to_owned());
    config.sms.inbound_secret = Some(SMS_SECRET.to_owned());
    tells(&mut config, RECIPIENT, "https://hooks.example/notices");
    config
}

/// A recipient with a webhook.
pub const RECIPIENT: &str = "ads_juguang";
/// What it signs with.
pub const RECIPIENT_SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// Settings with which a recipient, or the host, is told there.
pub fn tells(config: &mut Config, recipient: &str, url: &str) {
    let (url, secret) = (Some(url.to_owned()), Some(RECIPIENT_SECRET.to_owned()));
    if recipient == "host" {
        (config.host.webhook_url, config.host.webhook_secret) = (url, secret);
    } else {
        let set = RecipientConfig { webhook_url: url, webhook_secret: secret, ..RecipientConfig::default() };
        config.recipients.insert(recipient.to_owned(), set);
    }
}

/// Limits that no test of something else runs into.
pub fn generous() -> Config {
    let mut config = Config::default();
    config.limits.tries_per_address = 100_000.try_into().unwrap();
    config.limits.tries_per_account = 100_000.try_into().unwrap();
    config
}
