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

    /// Its id in storage.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Erasure => "erasure",
            Self::Correction => "correction",
            Self::Withdrawal => "withdrawal",
        }
    }

    /// The webhook's type.
    #[must_use]
    pub const fn webhook(self) -> &'static str {
        match self {
            Self::Erasure => "erasure.requested",
            Self::Correction => "correction.requested",
            Self::Withdrawal => "consent.withdrawn",
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
    /// Somebody of ours says that it was told by hand and is done: nothing of that is signed by the recipient.
    ByHand,
    /// Nothing reached it by itself; the operator was told.
    Dead,
}

impl Progress {
    /// All of them, in order.
    pub const ALL: [Self; 7] =
        [Self::Waiting, Self::Sent, Self::Accepted, Self::Completed, Self::Retained, Self::ByHand, Self::Dead];

    /// Its id in storage.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Accepted => "accepted",
            Self::Completed => "completed",
            Self::Retained => "retained",
            Self::ByHand => "done_by_hand",
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
        matches!(self, Self::Completed | Self::Retained | Self::ByHand)
    }
}

/// Why a recipient keeps what it was told to erase. One of a list: what it writes freely could name somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A law makes it.
    Law,
    /// Its own contract with the person needs it.
    Contract,
    /// The person agreed with it directly.
    Consent,
    /// A dispute is open.
    Dispute,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Law, Self::Contract, Self::Consent, Self::Dispute];

    /// Its id in storage and in an answer.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Law => "law",
            Self::Contract => "contract",
            Self::Consent => "consent",
            Self::Dispute => "dispute",
        }
    }

    /// In the person's words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Law => "法律要求它保存",
            Self::Contract => "它与你之间的合同还需要",
            Self::Consent => "你直接向它同意过",
            Self::Dispute => "还有争议没有了结",
        }
    }

    /// The reason of that id.
    #[must_use]
    pub fn of(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.id() == id)
    }
}

/// What a recipient says about a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It will do it.
    Accepted,
    /// It is done.
    Completed,
    /// It keeps something, for that reason.
    Retained(Reason),
}

impl Answer {
    /// What it leads to by itself.
    #[must_use]
    pub const fn progress(self) -> Progress {
        match self {
            Self::Accepted => Progress::Accepted,
            Self::Completed => Progress::Completed,
            Self::Retained(_) => Progress::Retained,
        }
    }
}

impl Progress {
    /// Where it stands after an answer. Answers may arrive twice and in any order: what says more stands, and "done" says most.
    /// What the recipient signs itself says more than what somebody of ours noted.
    #[must_use]
    pub fn after(self, answer: Answer) -> Self {
        let said = answer.progress();
        if said.says() > self.says() { said } else { self }
    }

    /// Where it stands once the recipient has taken the notice; its answer may have been faster.
    #[must_use]
    pub fn taken(self) -> Self {
        if self.says() == 0 { Self::Sent } else { self }
    }

    const fn says(self) -> u8 {
        match self {
            Self::Waiting | Self::Dead => 0,
            Self::Sent => 1,
            Self::Accepted => 2,
            Self::ByHand => 3,
            Self::Retained => 4,
            Self::Completed => 5,
        }
    }
}

/// One notice to one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What the recipient is called.
    pub recipient: String,
    /// Where it is asked, if it is listed.
    pub contact: Option<String>,
    /// Its own policy.
    pub policy: Option<String>,
    /// It decides for itself what for, so it may have an authorisation of its own.
    pub decides: bool,
    /// Nothing reaches it by itself: somebody tells it.
    pub by_hand: bool,
    /// What it was told.
    pub notice: Notice,
    /// What about, in words; empty: everything.
    pub about: String,
    /// How far it has come.
    pub progress: Progress,
    /// Why it keeps something.
    pub reason: Option<Reason>,
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ANSWERS: [Answer; 6] = [
        Answer::Accepted,
        Answer::Completed,
        Answer::Retained(Reason::Law),
        Answer::Retained(Reason::Contract),
        Answer::Retained(Reason::Consent),
        Answer::Retained(Reason::Dispute),
    ];

    #[test]
    fn what_is_stored_reads_as_it_was_written() {
        assert!(Notice::ALL.iter().all(|notice| Notice::of(notice.id()) == Some(*notice)));
        assert!(Progress::ALL.iter().all(|progress| Progress::of(progress.id()) == Some(*progress)));
        assert!(Reason::ALL.iter().all(|reason| Reason::of(reason.id()) == Some(*reason)));
    }

    proptest! {
        /// "Done" before "will do", twice, in any order: it comes to the same.
        #[test]
        fn the_order_of_answers_does_not_matter(
            begun in prop::sample::select(Progress::ALL.to_vec()),
            answers in prop::collection::vec(prop::sample::select(ANSWERS.to_vec()), 0..8),
            taken_at in any::<prop::sample::Index>(),
        ) {
            let told = |progress: Progress, answer: &Answer| progress.after(*answer);
            let forth = answers.iter().fold(begun, told);
            let back = answers.iter().rev().chain(&answers).fold(begun, told);
            prop_assert_eq!(forth, back);
            let (before, after) = answers.split_at(taken_at.index(answers.len() + 1));
            let taken = after.iter().fold(before.iter().fold(begun, told).taken(), told);
            prop_assert_eq!(taken, forth.taken());
        }
    }
}
