//! The gate: nothing is handed to a gateway but through here.
//!
//! | to find | look in |
//! |---|---|
//! | asking, handing over, and what an opt-out waits for | `gate.rs` |
//! | SQL: whether a message may go, and what is under way | `store.rs` |
//! | the gateways of the operator | `gateways.rs` |
//! | how a mail is made | `mail.rs` |
//! | tokens in a mail's links, and what they do | `links.rs` |
//! | a reply to an SMS | `inbound.rs`; one that waits for a human: `replies/` |
//! | the centre's own messages that must arrive whatever dies | `outbox.rs` |
//!
//! # What is guaranteed
//!
//! Once an opt-out has been answered (a switch, 同意管理, 注销账号, `TD` by SMS, the link in a mail), no message that it
//! closes is handed to a gateway any more, however many senders there are, on however many servers.
//!
//! # How
//!
//! - A sender looks at the account and its decisions, and writes down that it begins to hand over (`hand_over`), in one
//!   transaction that no decision of that person can overtake: it holds the name under which decisions are taken, together
//!   with other senders. Only then does it call the gateway, outside any transaction: a slow gateway holds up neither the
//!   writer nor other people.
//! - Nothing is queued between the look and the hand-over, so there is nothing permitted that still lies about. A hand-over
//!   that takes longer than [`HAND_OVER`](app::promises::HAND_OVER) is cut off.
//! - An opt-out is committed first: from there no sender begins. Then it waits until what had begun by then is over, and
//!   only then is the person answered. That takes as long as one hand-over at most; whoever has waited so long knows that what was
//!   under way has ended or was cut off, also when its server died.
//! - What can't be read is a fault, for the sender too: never "yes", and never a "no" that nobody said.
//!
//! # What is not
//!
//! What a gateway accepted before may still be on its way to the phone. A hand-over that is cut off may have reached the
//! gateway with its last packet. And a server that is stopped as a whole (a suspended machine) in the instant between its
//! transaction and its call, for longer than a hand-over may take, can wake up too late: it looks at the clock before it
//! calls, which leaves a few instructions.

mod entries;
mod gate;
mod gateways;
mod inbound;
mod links;
mod mail;
pub mod outbox;
pub mod replies;
mod routes;
mod store;
mod tally;

pub use entries::entries;
pub use gate::{Draft, Outcome, send, send_code, send_own, settle, settle_all};
pub use gateways::{GatewayError, Gateways, HttpGateway, Mail, MailProvider, Push, PushProvider, SmsProvider};
pub use inbound::{Heard, reply};
pub use routes::{routes, try_out};
pub use store::{person_of, tidy};
pub use tally::Tally;
