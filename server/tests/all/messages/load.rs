//! Opt-outs under load: once one is answered none passes any more, by whatever way it came and however many send.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use app::accounts::model::PhoneNumber;
use app::consents::Purpose;
use app::messages::{Channel, Class};
use server::catalogue::Catalogue;
use server::centre::Centre;
use server::messages::{
    Draft, GatewayError, Gateways, Mail, MailProvider, Outcome, Push, PushProvider, SmsProvider, send,
};
use server::open::{self, Outside};
use server::storage::sql;
use server::vault::MasterKey;

use super::{NOTIFICATIONS, PHONE, agreeing, answer, decide, decided, hand_overs, no, reply, until, way_out};
use crate::support::{Browser, MASTER, PASSWORD, World, with_services};

/// A gateway for all channels that takes its time.
struct Slow {
    begun: [AtomicUsize; 3],
    ended: [AtomicUsize; 3],
    /// Answers only when the test says so.
    holds: AtomicBool,
    go_on: tokio::sync::Notify,
    mail: Mutex<Option<Mail>>,
}

impl Slow {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            begun: Default::default(),
            ended: Default::default(),
            holds: AtomicBool::new(false),
            go_on: tokio::sync::Notify::new(),
            mail: Mutex::default(),
        })
    }

    async fn take(&self, channel: Channel) -> Result<(), GatewayError> {
        let n = self.begun[channel as usize].fetch_add(1, Ordering::SeqCst);
        if self.holds.load(Ordering::SeqCst) {
            self.go_on.notified().await;
        } else {
            // Some are quick and some are slow.
            tokio::time::sleep(Duration::from_millis(n as u64 % 7)).await;
        }
        self.ended[channel as usize].fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn begun(&self, channel: Channel) -> usize {
        self.begun[channel as usize].load(Ordering::SeqCst)
    }

    /// How many were begun and how many taken.
    fn passed(&self, channel: Channel) -> (usize, usize) {
        (self.begun(channel), self.ended[channel as usize].load(Ordering::SeqCst))
    }
}

#[async_trait::async_trait]
impl SmsProvider for Slow {
    async fn send(&self, _: uuid::Uuid, _: &PhoneNumber, _: &str) -> Result<(), GatewayError> {
        self.take(Channel::Sms).await
    }
}

#[async_trait::async_trait]
impl MailProvider for Slow {
    async fn send(&self, mail: &Mail) -> Result<(), GatewayError> {
        *self.mail.lock().unwrap() = Some(mail.clone());
        self.take(Channel::Email).await
    }
}

#[async_trait::async_trait]
impl PushProvider for Slow {
    async fn send(&self, _: &PhoneNumber, _: &Push) -> Result<(), GatewayError> {
        self.take(Channel::Push).await
    }
}

/// Another server on the same databases, with that gateway.
async fn server_with(world: &World, slow: &Arc<Slow>, patience: Duration) -> Centre {
    let gateways = Gateways::new(slow.clone(), Some(slow.clone()), Some(slow.clone())).with_patience(patience);
    let outside = Outside { clock: world.clock.clone(), gateways, mailbox: None };
    let master = MasterKey::from_base64(MASTER).unwrap();
    let catalogue = Catalogue::load(None).unwrap();
    open::assemble(&with_services(), catalogue, world.databases.open().await, &master, outside).await.unwrap()
}

fn draft(channel: Channel) -> Draft {
    let (phone, subject, text) = (PHONE.parse().unwrap(), "上新".to_owned(), "今晚八点".to_owned());
    Draft { phone, channel, class: Class::Marketing, subject, text }
}

/// Senders that send as fast as they can, until they are told to stop.
struct Flood {
    stop: Arc<AtomicBool>,
    attempts: Arc<AtomicUsize>,
    senders: tokio::task::JoinSet<()>,
}

impl Flood {
    fn begin(servers: &[Centre], channel: Channel) -> Self {
        let (stop, attempts) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let mut senders = tokio::task::JoinSet::new();
        for n in 0..10 {
            let (centre, stop, attempts) = (servers[n % servers.len()].clone(), stop.clone(), attempts.clone());
            senders.spawn(async move {
                while !stop.load(Ordering::SeqCst) {
                    send(&centre, draft(channel)).await.unwrap();
                    attempts.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        Self { stop, attempts, senders }
    }

    /// Waits until the senders have tried so many times more.
    async fn attempts(&self, more: usize) {
        let enough = self.attempts.load(Ordering::SeqCst) + more;
        until(async || self.attempts.load(Ordering::SeqCst) >= enough).await;
    }

    async fn end(self) {
        self.stop.store(true, Ordering::SeqCst);
        self.senders.join_all().await;
    }
}

/// A way to say that one wants no more.
#[derive(Clone, Copy, Debug)]
enum WayOut {
    Switch,
    MasterSwitch,
    PolicyPage,
    Withdrawal,
    SmsReply,
    MailLink,
    Cancellation,
}

async fn opt_out(world: &World, browser: &mut Browser, way: WayOut, channel: Channel, slow: &Slow) {
    let purpose = channel.marketing().id();
    match way {
        WayOut::Switch => drop(decide(browser, NOTIFICATIONS, purpose, false).await),
        WayOut::MasterSwitch => drop(decide(browser, NOTIFICATIONS, "commercial", false).await),
        WayOut::PolicyPage => drop(decide(browser, "/settings/policy", purpose, false).await),
        WayOut::Withdrawal => {
            let fields = [("purpose", purpose)];
            browser.post("/settings/privacy/consents/withdraw", &fields).await.expect_status(303);
        }
        WayOut::SmsReply => drop(reply(world, PHONE, "退订").await.expect_status(200)),
        WayOut::MailLink => {
            let path = way_out(slow.mail.lock().unwrap().as_ref().unwrap());
            let mut program = world.browser();
            program.origin = None;
            program.post(&path, &[("List-Unsubscribe", "One-Click")]).await.expect_status(200);
        }
        WayOut::Cancellation => {
            for step in ["begin", "proof", "confirm"] {
                let fields = [("by", "password"), ("password", PASSWORD)];
                browser.post(&format!("/settings/about/more/cancel/{step}"), &fields).await.expect_status(303);
            }
        }
    }
}

const WAYS_OUT: [(WayOut, Channel); 9] = [
    (WayOut::Switch, Channel::Push),
    (WayOut::Switch, Channel::Sms),
    (WayOut::Switch, Channel::Email),
    (WayOut::MasterSwitch, Channel::Sms),
    (WayOut::PolicyPage, Channel::Push),
    (WayOut::Withdrawal, Channel::Email),
    (WayOut::SmsReply, Channel::Sms),
    (WayOut::MailLink, Channel::Email),
    (WayOut::Cancellation, Channel::Push),
];

const PATIENCE: Duration = Duration::from_secs(10);

on_both_engines! {
    with with_services();

    async fn once_an_opt_out_is_answered_no_message_passes_by_whatever_way_it_came(world) {
        let mut browser = agreeing(world).await;
        let slow = Slow::new();
        let servers = [server_with(world, &slow, PATIENCE).await, server_with(world, &slow, PATIENCE).await];
        for (way, channel) in WAYS_OUT {
            decide(&mut browser, NOTIFICATIONS, channel.marketing().id(), true).await;
            let flood = Flood::begin(&servers, channel);
            let enough = slow.begun(channel) + 12;
            until(async || slow.begun(channel) >= enough).await;
            opt_out(world, &mut browser, way, channel, &slow).await;
            let passed = slow.passed(channel);
            assert_eq!(passed.0, passed.1, "{way:?}: one was still under way");
            flood.attempts(40).await;
            assert_eq!(slow.passed(channel), passed, "{way:?} on {channel:?}");
            flood.end().await;
            assert_eq!(slow.passed(channel), passed, "{way:?} on {channel:?}");
        }
        assert_eq!(hand_overs(world).await, 0);
    }

    async fn a_slow_gateway_holds_up_the_opt_out_that_waits_for_it_and_nobody_else(world) {
        let mut browser = agreeing(world).await;
        let mut other = world.newcomer("13900000002").await;
        let slow = Slow::new();
        slow.holds.store(true, Ordering::SeqCst);
        let server = server_with(world, &slow, PATIENCE).await;
        let sending = tokio::spawn(async move { send(&server, draft(Channel::Sms)).await.unwrap() });
        until(async || slow.begun(Channel::Sms) == 1).await;
        // What is about something else, or somebody else, is answered.
        decide(&mut other, NOTIFICATIONS, "marketing_sms", true).await;
        decide(&mut browser, NOTIFICATIONS, "marketing_push", false).await;
        let mut closing = browser.clone();
        let answered = tokio::spawn(async move { decide(&mut closing, NOTIFICATIONS, "marketing_sms", false).await });
        // The "no" stands at once, and its answer waits.
        until(async || decided(world, &browser, Purpose::MarketingSms).await.len() == 2).await;
        assert_eq!(answer(world, Channel::Sms, Class::Marketing).await, no("not_agreed", "marketing_sms"));
        assert!(!answered.is_finished());
        slow.go_on.notify_one();
        answered.await.unwrap();
        assert_eq!(slow.passed(Channel::Sms), (1, 1));
        assert!(matches!(sending.await.unwrap(), Outcome::HandedOver));
    }

    async fn a_gateway_that_never_answers_is_cut_off(world) {
        let mut browser = agreeing(world).await;
        let slow = Slow::new();
        slow.holds.store(true, Ordering::SeqCst);
        let server = server_with(world, &slow, Duration::from_millis(200)).await;
        let outcome = send(&server, draft(Channel::Sms)).await.unwrap();
        assert!(matches!(outcome, Outcome::NotTaken(GatewayError::TooSlow)), "{outcome:?}");
        decide(&mut browser, NOTIFICATIONS, "marketing_sms", false).await;
        assert_eq!((slow.passed(Channel::Sms), hand_overs(world).await), ((1, 0), 0));
    }

    async fn the_trace_of_a_server_that_died_holds_up_no_opt_out_for_ever(world) {
        let browser = agreeing(world).await;
        let person = world.caller(&browser).await.person;
        let mut tx = world.centre.data.begin().await.unwrap();
        sql("INSERT INTO hand_over (id, person_id, purpose, begun_at) VALUES ($1, $2, 'marketing_sms', $3)")
            .bind(uuid::Uuid::now_v7()).bind(person).bind(world.centre.now().0).execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        let server = server_with(world, &Slow::new(), Duration::from_millis(200)).await;
        server::messages::settle(&server, person, Purpose::Commercial).await.unwrap();
        assert_eq!(hand_overs(world).await, 0);
    }

    async fn without_a_gateway_for_a_channel_nothing_is_said_to_be_sent(world) {
        agreeing(world).await;
        let outside = Outside { clock: world.clock.clone(), gateways: Gateways::new(Slow::new(), None, None), mailbox: None };
        let master = MasterKey::from_base64(MASTER).unwrap();
        let databases = world.databases.open().await;
        let centre = open::assemble(&with_services(), Catalogue::load(None).unwrap(), databases, &master, outside).await.unwrap();
        for channel in [Channel::Email, Channel::Push] {
            let outcome = send(&centre, draft(channel)).await.unwrap();
            assert!(matches!(outcome, Outcome::NotTaken(GatewayError::None)), "{outcome:?}");
        }
    }
}
