//! The replay log: every erasure, every withdrawal and whatever else protects a person, kept beside the keys, so that a restored
//! backup of the data learns what came after it before anybody is served.
//!
//! # What it promises
//!
//! - An entry is written with its change, in one transaction ([`note`]); it is copied into the key store before the person is
//!   answered ([`flush_or_later`]), and a crash between the two is made good by the next flush. So nothing that was
//!   acknowledged is missing there, but while the key store can't be written: then the log holds an error, what is pending
//!   stands in the data alone, and the schedule copies it as soon as it can. A "yes" costs nothing; a "no" or an erasure one commit of the key store.
//! - No entry holds personal data in the clear: its subject is a keyed hash of the person's id, its body names kinds, purposes
//!   and rows. A password's hash, a phone, a username and an arrangement (生前安排) stand in it sealed, see below.
//! - Every start looks whether the data has everything that the log has ([`catch_up`]), and whether by a restore or an old
//!   file put back by hand it does not: then nobody is served, and no job runs, before it has. On data that was not put back it
//!   never fires, whichever servers and commands write side by side and wherever they die.
//! - A cancellation that was submitted since stands again, and one that was taken back since is not carried out.
//! - An old password, an old phone and an old arrangement do not come back: the newest of each is put back.
//! - Somebody whose account is stored only stays so, and who turned out to be alive is back; no package made for relatives
//!   meanwhile is handed out.
//! - Who had an account in the backup is told once what was restored and what may be lost (`told.rs`).
//! - A reply that may mean "no" waits again, and holds up marketing until somebody has read it.
//! - Which numbers were given up since is known again, also of accounts that the backup does not know.
//! - Replaying is idempotent and never takes back what came later: a "yes" that is newer than the entry stays, and so does a
//!   record that came in after its kind was erased.
//!
//! # Why some content is sealed in it
//!
//! An old password may have been changed because it was stolen; an old number is given to somebody else, who could sign in by a
//! code; somebody whom an arrangement trusted may not be trusted any more. Without the new values a restored backup could only
//! be locked: no password, no phone, and for whoever changed both no way in but the person in charge. So the log holds the very
//! bytes of the row: sealed under the person's own key, bound to that row. The price: who has the key store and the master key
//! reads these few values without the data. It is paid, since they are those whose old state harms most. An erasure destroys
//! the key, and with it what lies in every copy of the log. A blind index of a phone would outlive it, so none is kept: it is
//! made anew from the phone. Only the newest of each is kept, since the log is for ever; an older one's content is dropped when
//! a newer is copied, and all of it with the account's erasure.
//!
//! Corrections of addresses and records, avatars and what people added are not kept like that. They share a key with what lies
//! beside them, so one that was removed, or whose retention has ended, would stay readable in the log for as long as the key
//! lives. They are lost, and their person is told.
//!
//! # What is not replayed
//!
//! Additions, corrections and every "yes"; the default address; 关怀模式; requests and their being taken back (an officer meets
//! them open again, and their proof is gone: its key is destroyed); money that was given up (it is asked again); that a package
//! for relatives was taken already (it ends with its hour). What the host tells (records, affairs, verified names) it sends
//! again.
//!
//! What else was taken back in time with the data goes or ends, too: rows whose key was destroyed, sessions, codes, packages
//! that were about to be sent, records past their retention.
//!
//! | to find | look in |
//! |---|---|
//! | writing and copying entries | `store.rs` |
//! | how far the data is with the log | `watermark.rs` |
//! | the gate at every start | `gate.rs` |
//! | what an entry does to restored data | `apply.rs` |
//! | password, phone, username, 生前安排: put back as they were set | `exact.rs` |
//! | what people are told of a restore | `told.rs`, `routes.rs` |
//! | rows that nobody can read any more | `sealed.rs` |

mod apply;
mod exact;
mod gate;
mod routes;
mod sealed;
mod store;
mod told;
mod watermark;

pub use exact::AsStored;
pub(crate) use gate::lags;
pub use gate::{Caught, GateError, catch_up, is_behind};
pub use routes::routes;
pub use sealed::{Keyed, look_for_keys};
pub use store::{Copied, flush, flush_or_later, merge, note, subject};
pub use told::{Restored, put_away, unread};
pub use watermark::settle;
pub(crate) use watermark::{PutBack, mark_put_back};

use crate::cancellation::again::Step;
use crate::numbers::Tombstone;
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
    /// A guardian has agreed to a child's account: it is in use.
    GuardianAgreed,
    /// A guardian has refused: the account is erased.
    GuardianRefused,
    /// A guardian has taken a yes back: the account waits again.
    GuardianWithdrew,
    /// A reply to an SMS waits for a human: until then no marketing goes there.
    ReplyWaits {
        /// The reply's id.
        id: String,
        /// What it says.
        text: AsStored,
    },
    /// A number was given up, by an erasure or a change of phone: what is older is not the next owner's. Of no account: the one
    /// that gave it up need not be in the backup.
    NumberGivenUp(Tombstone),
}
