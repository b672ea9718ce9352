//! The states of leaving.

use std::str::FromStr;

use super::affair::AffairKind;
use crate::promises::{REVIEWED_PROOF_LIFE, STEP_UP_LIFE};
use crate::requests::model::Ground;
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

/// How it was proved who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProvedBy {
    /// 密码.
    Password,
    /// 短信验证码.
    Code,
    /// A human looked at the orders that were recognised.
    Review,
}

impl ProvedBy {
    /// The id in the database.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Code => "code",
            Self::Review => "review",
        }
    }

    /// How long it is good for: whoever waited days for a human is not asked to be back within five minutes.
    #[must_use]
    pub const fn life(self) -> i64 {
        match self {
            Self::Password | Self::Code => STEP_UP_LIFE,
            Self::Review => REVIEWED_PROOF_LIFE,
        }
    }
}

impl FromStr for ProvedBy {
    type Err = UnknownState;

    fn from_str(id: &str) -> Result<Self, UnknownState> {
        [Self::Password, Self::Code, Self::Review].into_iter().find(|by| by.id() == id).ok_or(UnknownState)
    }
}

/// Why it was refused. There is no refusal without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Something stood in the way when it was due.
    Obstacle(AffairKind),
    /// A human could not be convinced that it is the person.
    Denied(Ground),
}

impl Reason {
    const DENIED: &str = "denied/";

    /// The id in the database and the ledger.
    #[must_use]
    pub fn id(self) -> String {
        match self {
            Self::Obstacle(kind) => kind.id().to_owned(),
            Self::Denied(ground) => format!("{}{}", Self::DENIED, ground.id()),
        }
    }

    /// What the person reads.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Obstacle(kind) => kind.label(),
            Self::Denied(ground) => ground.words(),
        }
    }
}

impl FromStr for Reason {
    type Err = UnknownState;

    fn from_str(id: &str) -> Result<Self, UnknownState> {
        match id.strip_prefix(Self::DENIED) {
            Some(ground) => ground.parse().map(Self::Denied).map_err(|_| UnknownState),
            None => id.parse().map(Self::Obstacle).map_err(|()| UnknownState),
        }
    }
}

/// One attempt to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancellation {
    /// How far it has come.
    pub state: State,
    /// When it was begun.
    pub drafted_at: Moment,
    /// What was recognised lies with a human.
    pub in_review: bool,
    /// When it was last proved who asks.
    pub verified_at: Option<Moment>,
    /// How.
    pub proved_by: Option<ProvedBy>,
    /// When it was submitted.
    pub submitted_at: Option<Moment>,
    /// When the cooling-off ends.
    pub due_at: Option<Moment>,
    /// Why it was refused, if it was.
    pub refusal: Option<Reason>,
}

impl Cancellation {
    /// Submitted and not over: the account is stored only.
    #[must_use]
    pub const fn is_under_way(&self) -> bool {
        self.submitted_at.is_some() && !self.state.has_ended()
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_as_it_was() {
        let obstacles = AffairKind::ALL.iter().map(|kind| Reason::Obstacle(*kind));
        for reason in obstacles.chain(Ground::ALL.iter().map(|ground| Reason::Denied(*ground))) {
            assert_eq!(reason.id().parse(), Ok(reason));
        }
        for id in ["", "denied/", "denied/freeze", "not_proved"] {
            assert_eq!(id.parse::<Reason>(), Err(UnknownState), "{id}");
        }
        for by in [ProvedBy::Password, ProvedBy::Code, ProvedBy::Review] {
            assert_eq!(by.id().parse(), Ok(by));
        }
    }
}
