//! What recipients were told, and how far each has come (个保法 47; policy 五(三)).

use crate::time::Moment;

/// What a recipient is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Everything of the person, or a part of it, was erased.
    Erasure,
    /// A value was corrected.
    Correction,
    /// A consent was taken back.
    Withdrawal,
}

impl Notice {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Erasure, Self::Correction, Self::Withdrawal];

    /// Its id in storage and in the webhook's type.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Erasure => "erasure",
            Self::Correction => "correction",
            Self::Withdrawal => "withdrawal",
        }
    }

    /// In the person's words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Erasure => "删除",
            Self::Correction => "更正",
            Self::Withdrawal => "撤回同意",
        }
    }

    /// The notice of that id.
    #[must_use]
    pub fn of(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|notice| notice.id() == id)
    }
}

/// How far a recipient has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Not told yet, or being tried again.
    Waiting,
    /// It took the notice.
    Sent,
    /// It said that it will do it.
    Accepted,
    /// It said that it is done.
    Completed,
    /// It keeps what it has an authorisation or a duty of its own for, and said so.
    Retained,
    /// It took nothing for days; the operator was told.
    Dead,
}

impl Progress {
    /// All of them, in order.
    pub const ALL: [Self; 6] = [Self::Waiting, Self::Sent, Self::Accepted, Self::Completed, Self::Retained, Self::Dead];

    /// Its id in storage.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Accepted => "accepted",
            Self::Completed => "completed",
            Self::Retained => "retained",
            Self::Dead => "dead",
        }
    }

    /// The progress of that id.
    #[must_use]
    pub fn of(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|progress| progress.id() == id)
    }

    /// Nothing more is expected of it.
    #[must_use]
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Completed | Self::Retained)
    }
}

/// One notice to one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What the recipient is called.
    pub recipient: String,
    /// What it was told.
    pub notice: Notice,
    /// What about, in words; empty: everything.
    pub about: String,
    /// How far it has come.
    pub progress: Progress,
    /// When it was to be told.
    pub made_at: Moment,
    /// When it took the notice.
    pub sent_at: Option<Moment>,
    /// When it said that it will do it.
    pub accepted_at: Option<Moment>,
    /// When it said that it is done, or that it keeps something.
    pub completed_at: Option<Moment>,
    /// The last moment by which it is to be done.
    pub due_at: Moment,
}

impl Told {
    /// Whether its time is over and it has not said that it is done.
    #[must_use]
    pub fn is_overdue(&self, now: Moment) -> bool {
        !self.progress.has_ended() && self.due_at < now
    }
}
