//! A guardian's answer for a child's account (儿童个人信息网络保护规定), as the officer records it, until a guardian has a way of their
//! own.
//!
//! - A **yes** needs two proofs: a code that was sent to the guardian's phone, and a second one that the officer names in words. The
//!   account is in use from then on; everything optional stays off and locked, since it is still a child's.
//! - A **no** for an account that was never used needs the officer's words: the account is signed out and erased at once.
//! - A **no** for one that is in use (the guardian has changed their mind) needs the same proofs as a yes: it waits again, looked into
//!   by nobody, and is erased after as long as a new one, unless a guardian agrees.
//! - Either is an event in the child's chain and an entry in the replay log: a restored backup knows it.
//! - Of what is proved by a code the guardian's phone, what was checked and by whom are kept as a record (监护人联系方式), sealed, seen by its person, for
//!   three years at most, and erased with the account. The proof itself is never taken in.
//!
//! `codes.rs` sends and checks the code, `store.rs` records the answer.

mod codes;
mod store;

pub use codes::send_code;
pub use store::{Checked, agree, agree_again, refuse, withdraw_again};

use app::accounts::rules::NoCode;

/// Why the officer's command changes nothing.
#[derive(Debug, thiserror::Error)]
pub enum NotRecorded {
    /// No child's account is there, or not one to which that can be answered.
    #[error("no child's account with that phone waits for that answer")]
    NotWaiting,
    /// The no stands already.
    #[error("a guardian has taken a yes back already: the account is erased on {0} unless a guardian agrees again")]
    WaitsAgain(String),
    /// Nobody ends a child's account by a word.
    #[error(
        "the account is in use: a no takes the guardian's code, too. Send it with --send-code, then say --no with --guardian-phone and --code"
    )]
    InUse,
    /// A number is none.
    #[error("{0} must be a mobile number of 11 digits")]
    NoPhone(&'static str),
    /// A child can't agree for itself.
    #[error("the guardian's phone is the child's own")]
    OwnPhone,
    /// A code was asked for too often.
    #[error("no code was sent: {}", .0.message())]
    NoCode(NoCode),
    /// The gateway did not take it.
    #[error("the SMS gateway did not take the code: try again")]
    NotSent,
    /// Wrong, too old, used, or tried too often.
    #[error("the code does not fit, or is too old, or was tried too often: send another with --send-code")]
    WrongCode,
    /// Nobody could tell later what was checked.
    #[error("say what else was checked, in 2 to 300 characters: --proof WORDS")]
    NoProof,
    /// Nobody could tell later who checked it.
    #[error("say who checked it: --by NAME")]
    NoName,
    /// The catalogue has no such kind any more.
    #[error("the data catalogue lacks guardian_contact: a yes can't be kept")]
    NoKind,
}
