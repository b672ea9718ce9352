//! What only `--demo` has: a mailbox in memory in place of the gateways, and people to sign in as.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use app::accounts::model::PhoneNumber;
use app::mask;
use app::menu::Place;
use app::messages::Channel;
use app::pages::mailbox::{self, Sent, Step};
use app::time::MINUTE;
use async_trait::async_trait;
use serde::Deserialize;
use uuid::Uuid;

use crate::cancellation::store as cancellation;
use crate::messages::{self, GatewayError, Mail, MailProvider, Push, PushProvider, SmsProvider};
use crate::web::guard::Access;
use crate::web::router::Route;
use crate::web::{Answer, Fault, Input, Visit};

/// How many messages are kept.
const KEPT_MAX: usize = 200;
/// To whom the demo's marketing goes.
const PHONE: &str = "13800138000";

/// What the demo sent, newest first. Only in memory: the demo writes no phone number in clear either.
#[derive(Default)]
pub struct Mailbox(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    /// How many there ever were.
    count: u64,
    /// The newest of them, each with its number.
    messages: VecDeque<(u64, Message)>,
}

/// One message.
#[derive(Clone)]
pub enum Message {
    /// By SMS.
    Sms {
        /// The same at every try.
        id: Uuid,
        /// To whom, masked.
        masked_phone: String,
        /// What it says.
        text: String,
    },
    /// By mail.
    Mail(Mail),
    /// By push.
    Push {
        /// To whom, masked.
        masked_phone: String,
        /// What it says.
        push: Push,
    },
}

impl Mailbox {
    /// All that was sent, newest first.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        self.numbered().into_iter().map(|(_, message)| message).collect()
    }

    /// The same, each with its number: the first message ever sent has 1.
    fn numbered(&self) -> Vec<(u64, Message)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).messages.iter().cloned().collect()
    }

    fn keep(&self, message: Message) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.count += 1;
        let number = kept.count;
        kept.messages.push_front((number, message));
        kept.messages.truncate(KEPT_MAX);
    }
}

#[async_trait]
impl SmsProvider for Mailbox {
    async fn send(&self, id: Uuid, phone: &PhoneNumber, text: &str) -> Result<(), GatewayError> {
        self.keep(Message::Sms { id, masked_phone: phone.masked(), text: text.to_owned() });
        Ok(())
    }
}

#[async_trait]
impl MailProvider for Mailbox {
    async fn send(&self, mail: &Mail) -> Result<(), GatewayError> {
        self.keep(Message::Mail(mail.clone()));
        Ok(())
    }
}

#[async_trait]
impl PushProvider for Mailbox {
    async fn send(&self, phone: &PhoneNumber, push: &Push) -> Result<(), GatewayError> {
        self.keep(Message::Push { masked_phone: phone.masked(), push: push.clone() });
        Ok(())
    }
}

impl Message {
    fn shown((number, message): (u64, Self)) -> Sent {
        let short = |channel, to, subject, text| Sent {
            number,
            channel,
            to,
            subject,
            text,
            headers: Vec::new(),
            links: Vec::new(),
        };
        match message {
            Self::Sms { masked_phone, text, .. } => {
                Sent { links: secret_link(&text), ..short(Channel::Sms, masked_phone, String::new(), text) }
            }
            Self::Push { masked_phone, push } => short(Channel::Push, masked_phone, push.title, push.text),
            Self::Mail(mail) => Sent {
                links: own_links(&mail.html),
                headers: mail.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
                ..short(Channel::Email, mask::email(&mail.to), mail.subject, mail.text)
            },
        }
    }
}

/// Where the link of a last notice leads.
fn secret_link(text: &str) -> Vec<(&'static str, String)> {
    let path = format!("{}/", Place::Leaving.path());
    text.find(&path).map(|at| (Place::Leaving.label(), text[at..].to_owned())).into_iter().collect()
}

/// Where a mail's links and its picture lead, as far as that is here.
fn own_links(html: &str) -> Vec<(&'static str, String)> {
    let kinds = [
        ("打开邮件里的链接", "href=\"", "/m/"),
        ("退订", "href=\"", "/unsubscribe/"),
        ("邮件里的信标图片", "src=\"", "/m/"),
    ];
    let mut links = Vec::new();
    for (label, attribute, path) in kinds {
        for address in html.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()) {
            if let Some(at) = address.find(path) {
                links.push((label, address[at..].to_owned()));
            }
        }
    }
    links
}

/// The demo's routes.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::page(Place::DemoMailbox, show),
        Route::post("/demo/messages", Access::Demo, send),
        Route::post("/demo/reply", Access::Demo, reply),
        Route::post("/demo/clock", Access::Demo, let_pass),
    ]
}

async fn show(visit: Visit) -> Answer {
    let messages = visit.centre.mailbox.as_ref().map(|mailbox| mailbox.numbered()).unwrap_or_default();
    let sent = messages.into_iter().map(Message::shown).collect();
    Ok(visit.page(Place::DemoMailbox, || mailbox::view(sent, visit.now)))
}

fn phone() -> Result<PhoneNumber, Fault> {
    Ok(PHONE.parse().map_err(crate::seed::Invalid)?)
}

#[derive(Deserialize)]
struct Wanted {
    channel: Channel,
}

async fn send(visit: Visit, Input(wanted): Input<Wanted>) -> Answer {
    let to = Place::DemoMailbox.path();
    Ok(match messages::try_out(&visit, phone()?, wanted.channel).await? {
        Ok(sent) => visit.done(&sent, to, &[]),
        Err(why) => visit.not_done(&why, to),
    })
}

#[derive(Deserialize)]
struct Reply {
    text: String,
}

async fn reply(visit: Visit, Input(reply): Input<Reply>) -> Answer {
    messages::reply(&visit.centre, &phone()?, None, &reply.text).await?;
    Ok(visit.done("已收到这条回复", Place::DemoMailbox.path(), &[]))
}

#[derive(Deserialize)]
struct Passing {
    step: Step,
}

/// Lets time pass. It only ever goes on.
async fn let_pass(visit: Visit, Input(passing): Input<Passing>) -> Answer {
    let centre = &visit.centre;
    let millis = match passing.step.millis() {
        Some(millis) => millis,
        None => {
            let person = visit.caller.as_ref().map(|caller| caller.person);
            let due = cancellation::next_due(centre, person).await?;
            due.map_or(0, |due| due.plus(-MINUTE).since(visit.now))
        }
    };
    let passed = u32::try_from(millis).is_ok_and(|millis| millis > 0 && centre.clock.pass(millis));
    let notice = if passed {
        format!("现在是{}", centre.now().date_time())
    } else {
        "没有要等的冷静期，时间没有变".to_owned()
    };
    Ok(visit.done(&notice, Place::DemoMailbox.path(), &[]))
}
