//! What goes into a copy, and where it stands.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::register::REGISTERS;
use crate::records::model::{Basis, Field};
use crate::time::Moment;

/// What goes into a copy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Business functions by id, and [`REGISTERS`]; empty for all.
    pub functions: Vec<String>,
    /// Records not before this.
    pub from: Option<Moment>,
    /// Records before this.
    pub until: Option<Moment>,
    /// Only what the person agreed to or what a contract needs: the law gives no right to have more than that transferred
    /// (网数条例 25).
    #[serde(default)]
    pub portable: bool,
}

impl Scope {
    /// Whether it takes a business function in.
    #[must_use]
    pub fn covers(&self, function: &str) -> bool {
        self.functions.is_empty() || self.functions.iter().any(|f| f == function)
    }

    /// Whether it takes the registers in: in what is for its person, and not in what is sent on.
    #[must_use]
    pub fn covers_registers(&self) -> bool {
        !self.portable && self.covers(REGISTERS)
    }

    /// Whether it takes a kind in.
    #[must_use]
    pub fn covers_field(&self, field: &Field) -> bool {
        self.covers(&field.function) && field.basis.iter().any(|basis| self.covers_basis(*basis))
    }

    /// Whether it takes in what is held on that basis.
    #[must_use]
    pub const fn covers_basis(&self, basis: Basis) -> bool {
        !self.portable || !matches!(basis, Basis::LegalDuty)
    }

    /// Whether it takes in what came about then.
    #[must_use]
    pub fn covers_time(&self, at: Moment) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }
}

/// Where a copy stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits for a worker.
    Queued,
    /// It is being made.
    Running,
    /// It can be downloaded.
    Ready,
    /// It could not be made.
    Failed,
    /// Its time is over, or it was ended by hand.
    Ended,
}

impl State {
    const ALL: [Self; 5] = [Self::Queued, Self::Running, Self::Ready, Self::Failed, Self::Ended];

    /// Its id in storage.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Ready => "ready",
            Self::Failed => "failed",
            Self::Ended => "ended",
        }
    }

    /// In the person's words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Queued | Self::Running => "正在生成",
            Self::Ready => "可下载",
            Self::Failed => "没能生成",
            Self::Ended => "已作废",
        }
    }

    /// Somebody still works on it.
    #[must_use]
    pub const fn is_under_way(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }
}

/// The text names no state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownState;

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(id: &str) -> Result<Self, UnknownState> {
        Self::ALL.into_iter().find(|state| state.id() == id).ok_or(UnknownState)
    }
}

/// A copy as its person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// Its id.
    pub id: String,
    /// What goes into it.
    pub scope: Scope,
    /// Where it stands.
    pub state: State,
    /// 0 to 100.
    pub percent: u8,
    /// The package's size.
    pub bytes: u64,
    /// When it was asked for.
    pub asked_at: Moment,
    /// When its link ends.
    pub ends_at: Option<Moment>,
}
