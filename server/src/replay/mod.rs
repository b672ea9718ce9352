//! The replay log: every erasure and withdrawal, kept beside the keys, so that a restored backup of the data learns what came
//! after it before anybody is served.
//!
//! # What it promises
//!
//! - An entry is written with its change, in one transaction ([`note`]); it is copied into the key store before the person is
//!   answered ([`flush`]), and a crash between the two is made good by the next flush. So nothing that was acknowledged is
//!   missing there. A "yes" costs nothing; a "no" or an erasure one commit of the key store.
//! - No entry holds personal data: its subject is a keyed hash of the person's id, its body names kinds, purposes and rows.
//! - Every start looks whether the data has everything that the log has ([`catch_up`]), and whether by a restore or an old
//!   file put back by hand it does not: then nobody is served, and no job runs, before it has.
//! - A cancellation that was submitted since stands again, and one that was taken back since is not carried out.
//! - Replaying is idempotent and never takes back what came later: a "yes" that is newer than the entry stays, and so does a
//!   record that came in after its kind was erased.
//!
//! What else was taken back in time with the data goes or ends, too: rows whose key was destroyed, sessions, codes, packages
//! that were about to be sent, records past their retention.
//!
//! | to find | look in |
//! |---|---|
//! | writing and copying entries | `store.rs` |
//! | the gate at every start | `gate.rs` |
//! | what an entry does to restored data | `apply.rs` |
//! | rows that nobody can read any more | `sealed.rs` |

mod apply;
mod exact;
mod gate;
mod routes;
mod sealed;
mod store;
mod told;

pub use exact::AsStored;
pub use gate::{Caught, GateError, catch_up, is_behind};
pub use routes::routes;
pub use sealed::{Keyed, look_for_keys};
pub use store::{Copied, flush, merge, note, settle, subject};
pub use told::{Restored, put_away, unread};

use crate::cancellation::again::Step;
use app::consents::Purpose;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a restored backup must be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Entry {
    /// The account was erased: nothing of the person may be there.
    AccountErased,
    /// 注销账号 was submitted, hastened, taken back or refused.
    Leaving(Step),
    /// A consent was taken back, on that page and in that way; or a switch that protects was turned on.
    Withdrawn {
        /// For what.
        purpose: Purpose,
        /// The one recipient or cookie within the purpose; none: the whole purpose.
        about: Option<String>,
        /// True for a switch that protects: it was turned on.
        #[serde(default)]
        granted: bool,
        /// The page.
        surface: String,
        /// As in the event.
        by: String,
    },
    /// All records of a kind were erased.
    KindErased {
        /// The kind's id.
        field: String,
        /// Records that must not come back either when the host sends them with a new time.
        #[serde(default)]
        barred: Vec<Uuid>,
    },
    /// All records of a kind became storage only.
    KindRestricted {
        /// The kind's id.
        field: String,
    },
    /// One row was erased.
    RowErased {
        /// `record`, `address`, `avatar` or `kin_proof`.
        table: String,
        /// The row's id; nil for an avatar, of which a person has one.
        id: Uuid,
    },
    /// One record became storage only.
    RecordRestricted {
        /// The record's id.
        id: Uuid,
    },
    /// 密码 was changed.
    PasswordChanged(AsStored),
    /// 手机号 was changed.
    PhoneChanged(AsStored),
    /// 用户名 was changed.
    UsernameChanged(AsStored),
    /// 生前安排 was set.
    DirectiveSet(AsStored),
    /// 生前安排 was withdrawn.
    DirectiveWithdrawn,
    /// A close relative's request about the account was granted: it is stored only.
    KinGranted {
        /// What was granted, by ids.
        rights: Vec<String>,
    },
    /// Who was declared dead is not: what relatives were granted has ended.
    KinRefuted,
}
