//! The states of leaving.

use std::str::FromStr;

use crate::time::Moment;

macro_rules! states {
    ($($(#[$doc:meta])* $name:ident, $id:literal, $label:literal;)*) => {
        /// How far a cancellation has come.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum State { $($(#[$doc])* $name,)* }

        impl State {
            /// All states, in order.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The id in the database and the ledger.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// What the person reads.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)* }
            }
        }
    };
}

states! {
    /// Begun; nothing has been asked yet.
    Draft, "draft", "草稿";
    /// What goes and what stays was read; who asks is not proved yet.
    AwaitingProof, "awaiting_proof", "待核验";
    /// Proved; waits for the one final confirmation.
    Checked, "checked", "条件检查";
    /// Something has to be settled first.
    Blocked, "blocked", "受阻";
    /// Submitted; can be taken back.
    CoolingOff, "cooling_off", "冷静期";
    /// Erasure is under way.
    Executing, "executing", "执行中";
    /// Everything is erased.
    Completed, "completed", "已完成";
    /// Taken back, or never submitted.
    Withdrawn, "withdrawn", "已撤回";
    /// Not possible, with the reason.
    Refused, "refused", "已拒绝";
}

impl State {
    /// True when nothing more will happen.
    #[must_use]
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Completed | Self::Withdrawn | Self::Refused)
    }
}

/// The text names no state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownState;

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(id: &str) -> Result<Self, UnknownState> {
        Self::ALL.iter().copied().find(|state| state.id() == id).ok_or(UnknownState)
    }
}

/// One attempt to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancellation {
    /// How far it has come.
    pub state: State,
    /// When it was begun.
    pub drafted_at: Moment,
    /// When it was last proved who asks.
    pub verified_at: Option<Moment>,
    /// When it was submitted.
    pub submitted_at: Option<Moment>,
    /// When the cooling-off ends.
    pub due_at: Option<Moment>,
}

/// What may stand in the way, each with a page that solves it. No unreasonable condition is ever added (电子商务法 24).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// An order or after-sale under way.
    OpenOrder,
    /// A dispute that is not decided.
    OpenDispute,
    /// Money that is not settled.
    Balance,
    /// A court has frozen the account.
    JudicialFreeze,
}

impl Obstacle {
    /// What the person reads.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::OpenOrder => "有进行中的订单或售后，完成后即可注销",
            Self::OpenDispute => "有未解决的纠纷，解决后即可注销",
            Self::Balance => "账户里还有钱，提现或书面放弃后即可注销",
            Self::JudicialFreeze => "账号被司法机关冻结，解除后即可注销",
        }
    }
}

/// One business function's data, for "what goes" and "what stays".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    /// The business function.
    pub function: String,
    /// The kinds of data.
    pub kinds: Vec<String>,
}

/// What one law keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Which law, and that it says so.
    pub law: String,
    /// How long.
    pub until: String,
    /// The kinds of data.
    pub kinds: Vec<String>,
}
