//! Registers in the package (`app::export::register`), each read whole by the capability that keeps it: no page size, nothing
//! left out. They are small beside the records.

mod write;

use app::export::register::Register;
use app::records::model::Content;
use app::time::Moment;

pub use write::{csv, entry, json, pages, proofs};

use crate::accounts::{sessions, store as accounts};
use crate::cancellation;
use crate::centre::Centre;
use crate::consents::store as consents;
use crate::messages;
use crate::records;
use crate::relatives::proofs::Held;
use crate::requests;
use crate::transfer;
use crate::web::fault::Fault;
use crate::web::visit::Caller;
use crate::webhooks;

/// One line of a register.
#[derive(Clone, Debug)]
pub struct Noted {
    /// When it came about.
    pub at: Moment,
    /// What it says, whole.
    pub content: Content,
}

impl Noted {
    /// A line that says this, and what else is known of it.
    #[must_use]
    pub fn of(
        at: Moment,
        value: impl Into<String>,
        details: impl IntoIterator<Item = (&'static str, Option<String>)>,
    ) -> Self {
        let told =
            |(label, text): (&str, Option<String>)| text.filter(|t| !t.is_empty()).map(|text| (label.to_owned(), text));
        let details = details.into_iter().filter_map(told).collect();
        Self { at, content: Content { value: value.into(), details } }
    }
}

/// All registers of a person.
pub type Registers = Vec<(Register, Vec<Noted>)>;

/// A register of the caller, newest first; nothing of somebody who is gone.
///
/// # Errors
/// Storage or vault.
pub async fn read(centre: &Centre, caller: &Caller, register: Register) -> Result<Vec<Noted>, Fault> {
    let mut entries = match register {
        Register::Account => accounts::entries(centre, caller).await?,
        Register::Devices => sessions::entries(centre, caller).await?,
        Register::Decisions => consents::entries(centre, caller).await?,
        Register::Requests => requests::entries::of(centre, caller).await?,
        Register::Corrections => records::entries::corrections(centre, caller).await?,
        Register::Erasures => records::entries::erasures(centre, caller).await?,
        Register::Copies => {
            [super::store::entries(centre, caller).await?, transfer::store::entries(centre, caller).await?].concat()
        }
        Register::Notices => webhooks::store::entries(centre, caller).await?,
        Register::Messages => messages::entries(centre, caller).await?,
        Register::Cancellations => cancellation::entries::of(centre, caller).await?,
    };
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.at));
    Ok(entries)
}

/// All of them.
///
/// # Errors
/// Storage or vault.
pub async fn all(centre: &Centre, caller: &Caller) -> Result<Registers, Fault> {
    let mut all = Registers::new();
    for register in Register::ALL {
        all.push((*register, read(centre, caller, *register).await?));
    }
    Ok(all)
}

/// What stands beside the registers as files: proof that the person handed in for somebody who has died.
pub type Proofs = Vec<Held>;
