//! Kinds, states and answers of requests.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::time::Moment;

macro_rules! ids {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident, $id:literal, $words:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $id)] $variant,)* }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its id in storage, forms and the ledger.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// In the person's words.
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self { $(Self::$variant => $words,)* }
            }
        }

        impl FromStr for $name {
            type Err = Unknown;

            fn from_str(id: &str) -> Result<Self, Unknown> {
                Self::ALL.iter().copied().find(|one| one.id() == id).ok_or(Unknown)
            }
        }
    };
}

/// The text names none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unknown;

ids! {
    /// What is asked.
    Kind {
        /// A copy of one's data (个保法 45).
        Access, "access", "查阅";
        /// A correction that needs a review (个保法 46).
        Correction, "correction", "更正";
        /// An erasure (个保法 47).
        Erasure, "erasure", "删除";
        /// A transfer to another service (个保法 45(3)).
        Transfer, "transfer", "转移";
        /// An explanation of a rule or a decision (个保法 48).
        Explanation, "explanation", "解释";
        /// That a human looks at what a program decided (个保法 24(3)).
        Review, "review", "人工复核";
        /// That a human recognises by one's orders who wants to leave (网数条例 23).
        Cancellation, "cancellation", "注销";
        /// By a close relative of somebody who has died (个保法 49).
        Relative, "relative", "近亲属";
    }
}

ids! {
    /// Where a request stands, as the Data Rights Protocol names it.
    Status {
        /// It was received.
        Open, "open", "已收到";
        /// Somebody, or a job, works on it.
        InProgress, "in_progress", "处理中";
        /// Done.
        Fulfilled, "fulfilled", "已完成";
        /// Refused, with its ground.
        Denied, "denied", "未通过";
        /// The person took it back.
        Revoked, "revoked", "已撤回";
    }
}

impl Status {
    /// No answer is owed any more.
    #[must_use]
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Fulfilled | Self::Denied | Self::Revoked)
    }
}

ids! {
    /// Why a request was refused. There is no refusal without one.
    Ground {
        /// A law keeps it.
        LawKeeps, "law_keeps", "法律要求我们保存或不得更改";
        /// It could not be shown that the person is who they say.
        NotProved, "not_proved", "没能核实申请人的身份";
        /// We looked, and what we hold is right.
        FoundRight, "found_right", "核对后，现有信息是正确的";
        /// It would harm somebody else's rights.
        OthersRights, "others_rights", "会损害其他人的权益";
        /// We do not process it.
        NotHeld, "not_held", "我们没有处理你说的信息";
        /// It can't be done with the technology at hand (网数条例 25(3)).
        NotFeasible, "not_feasible", "技术上无法完成";
        /// The receiving side can't take it.
        ReceiverRefused, "receiver_refused", "接收方没有接收";
        /// What was to be sent could not be made.
        NotMade, "not_made", "没能生成，请重新申请";
    }
}

/// What a person writes in a request. Sealed in storage.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// In a correction: what would be right. In a transfer: who receives it. In a review: what was decided, as it was told then.
    #[serde(default)]
    pub value: String,
    /// Why, or the question.
    #[serde(default)]
    pub text: String,
}

/// Says nothing: what a person wrote is never logged.
impl std::fmt::Debug for Wish {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wish(…)")
    }
}

/// A request as its person sees it.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its id.
    pub id: String,
    /// What to quote when asking about it.
    pub number: String,
    /// What is asked.
    pub kind: Kind,
    /// What about, in words: a kind of data, a decision.
    pub about: String,
    /// Where it stands.
    pub status: Status,
    /// What the person wrote.
    pub wish: Wish,
    /// When it was made.
    pub made_at: Moment,
    /// The last moment by which it is answered.
    pub due_at: Moment,
    /// The answer, when there is one.
    pub answer: Option<Answer>,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// When.
    pub at: Moment,
    /// In words; may be empty for what speaks for itself.
    pub text: String,
    /// Why it was refused, if it was.
    pub ground: Option<Ground>,
    /// Who reviewed what a program had decided.
    pub reviewer: Option<String>,
}
