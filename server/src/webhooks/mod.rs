//! What recipients are told (个保法 47; policy 五(三)): that a person was erased, that a value was corrected, that a consent was
//! taken back. Sent by the Standard Webhooks specification, under one id from the first try to the last.
//!
//! | to find | look in |
//! |---|---|
//! | the one way in: what happened, told in its transaction | `notices.rs` |
//! | who is to be told, and what they know the person by | `parties.rs`, with its SQL in `known.rs` |
//! | SQL: what is to be told, and how far it has come | `store.rs` |
//! | where each recipient listens, from the configuration | `endpoints.rs` |
//! | sending, trying again, giving up | `send.rs`; when: `app::sharing::delivery` |
//! | how both sides sign | `signature.rs` |
//! | what recipients answer | `answers.rs`; what follows: `app::sharing::told` |
//! | the operator's list | `operator.rs` |
//!
//! # What is promised
//!
//! - Neither the change stands without its notices, nor a notice without the change: one transaction.
//! - Only those are told who may hold something, and by what they know the person by already: being told tells nothing new.
//! - A notice has one id for ever. Who takes it twice (its answer was lost, or a sender died) knows that it is the same.
//! - What was told is sealed under the person's own key (of an erased account: the execution's), and goes as soon as the recipient
//!   has it, and not before. What stays says who was told
//!   about which kind of data, and when.
//! - No correction overtakes an older one to the same recipient that is being tried.
//! - An erased account's notice says what was still to be told of the person, too: their own notices go with their keys.
//! - Nothing is given up unseen: after days it is shown to the operator, and to the person.

mod answers;
mod endpoints;
mod known;
pub mod notices;
pub mod operator;
pub mod parties;
mod routes;
pub mod seed;
mod send;
mod signature;
pub mod store;

pub use endpoints::{EndpointError, Endpoints};
pub use routes::{let_in, routes};
pub use send::{Sender, look_after, run};
pub use signature::Secrets;
