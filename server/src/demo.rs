//! What only `--demo` has: a mailbox in memory in place of an SMS gateway, and people to sign in as.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use app::accounts::model::PhoneNumber;
use app::menu::Place;
use async_trait::async_trait;

use crate::accounts::sms::{SmsError, SmsProvider};
use crate::web::router::Route;
use crate::web::{Answer, Visit};

/// How many messages are kept.
const KEPT: usize = 200;

/// The demo's SMS, newest first. Only in memory: the demo writes no phone number in clear either.
#[derive(Default)]
pub struct Mailbox(Mutex<VecDeque<Message>>);

/// One SMS.
#[derive(Clone, Debug)]
pub struct Message {
    /// To whom, masked.
    pub masked_phone: String,
    /// What it says.
    pub text: String,
}

impl Mailbox {
    /// All that was sent, newest first.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

#[async_trait]
impl SmsProvider for Mailbox {
    async fn send(&self, phone: &PhoneNumber, text: &str) -> Result<(), SmsError> {
        let mut messages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        messages.push_front(Message { masked_phone: phone.masked(), text: text.to_owned() });
        messages.truncate(KEPT);
        Ok(())
    }
}

/// The demo's routes.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![Route::page(Place::DemoMailbox, show)]
}

async fn show(visit: Visit) -> Answer {
    let messages = visit.centre.mailbox.as_ref().map(|mailbox| mailbox.messages()).unwrap_or_default();
    let messages = messages.into_iter().map(|m| (m.masked_phone, m.text)).collect();
    Ok(visit.page(Place::DemoMailbox, || app::pages::mailbox::view(messages)))
}
