//! Kinds, states and answers of requests.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::mask::Mask;
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

#[cfg(feature = "ssr")]
pub(crate) use ids;

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
        /// 投诉与反馈 (网数条例 20).
        Complaint, "complaint", "投诉与反馈";
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
        /// What its person was to add did not come in time. Never for an answer of ours that is late: that is overdue.
        Expired, "expired", "已过期";
    }
}

impl Status {
    /// No answer is owed any more.
    #[must_use]
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Fulfilled | Self::Denied | Self::Revoked | Self::Expired)
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
        /// The person who has died wished it otherwise (个保法 49).
        Arranged, "arranged", "本人生前另有安排";
        /// Somebody seems to ask in another's name.
        SuspectedFraud, "suspected_fraud", "有冒用他人身份的迹象";
        /// No right of the law covers it.
        NotCovered, "not_covered", "不在法律规定的权利范围内";
        /// The law of another place holds for it.
        OutsideLaw, "outside_law", "不适用中国的个人信息保护法律";
        /// The same again and again, beyond reason.
        TooMany, "too_many", "短时间内重复提出了同样的申请";
    }
}

impl Ground {
    /// The reason of the Data Rights Protocol 0.9.4 (section 3.02) that it counts as.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::SuspectedFraud => "suspected_fraud",
            Self::NotProved => "insuf_verification",
            Self::NotHeld => "no_match",
            Self::LawKeeps | Self::FoundRight | Self::OthersRights | Self::Arranged | Self::NotCovered => {
                "claim_not_covered"
            }
            Self::OutsideLaw => "outside_jurisdiction",
            Self::TooMany => "too_many_requests",
            Self::NotFeasible | Self::ReceiverRefused | Self::NotMade => "other",
        }
    }
}

ids! {
    /// What a complaint is about: the parts of the centre by their names in the menu, and what is none of them.
    Topic {
        /// How a request was handled.
        Request, "request", "申请的处理结果或时间";
        /// 我的个人信息.
        Records, "records", "查看、更正、删除个人信息";
        /// 隐私设置.
        Privacy, "privacy", "权限、同意和隐私设置";
        /// 推送设置.
        Messages, "messages", "推送、短信和邮件";
        /// 广告设置.
        Advertising, "advertising", "推荐和广告";
        /// Cookie管理.
        Cookies, "cookies", "Cookie";
        /// 第三方共享清单.
        Sharing, "sharing", "信息提供给了别人";
        /// 账号与安全.
        Account, "account", "账号安全和登录";
        /// 注销账号.
        Cancellation, "cancellation", "注销账号";
        /// 未成年人.
        Children, "children", "未成年人保护";
        /// Large type, wording, a mistake in a page.
        Other, "other", "其他问题或建议";
    }
}

/// What a person writes in a request. Sealed in storage.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// In a correction: what would be right. In a transfer: who receives it. In a review: what was decided, as it was told then.
    /// In a complaint: what is wanted. By a close relative: who asks, and for what.
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
    /// How what would be right is shown in a correction: as its kind of data is.
    pub mask: Mask,
    /// It is shown so, and not whole.
    pub is_masked: bool,
    /// When it was made.
    pub made_at: Moment,
    /// The last moment by which it is answered.
    pub due_at: Moment,
    /// Since when somebody works on it.
    pub begun_at: Option<Moment>,
    /// It waits for what its person is to add, until then.
    pub needs_until: Option<Moment>,
    /// What is asked of its person, in the officer's words.
    pub asked: Option<String>,
    /// When it ended.
    pub ended_at: Option<Moment>,
    /// The answer, when there is one.
    pub answer: Option<Answer>,
}

impl Request {
    /// The answer is ours to give, and it is late.
    #[must_use]
    pub fn is_overdue(&self, now: Moment) -> bool {
        !self.status.has_ended() && self.needs_until.is_none() && self.due_at < now
    }

    /// As a page shows it to somebody who has not just proved again who they are.
    #[must_use]
    pub fn masked(mut self) -> Self {
        let masked = self.mask.apply(&self.wish.value);
        self.is_masked = masked != self.wish.value;
        self.wish.value = masked;
        self
    }

    /// The reason beside the state, as the Data Rights Protocol names it.
    #[must_use]
    pub fn reason(&self) -> Option<&'static str> {
        match self.status {
            Status::InProgress => self.needs_until.map(|_| "need_user_verification"),
            Status::Denied => self.answer.as_ref().and_then(|answer| answer.ground).map(Ground::reason),
            _ => None,
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The states and reasons of the Data Rights Protocol 0.9.4, section 3.02, and no other.
    #[test]
    fn states_and_reasons_are_those_of_the_data_rights_protocol() {
        let states: Vec<_> = Status::ALL.iter().map(|status| status.id()).collect();
        assert_eq!(states, ["open", "in_progress", "fulfilled", "denied", "revoked", "expired"]);
        let finals: Vec<_> = Status::ALL.iter().filter(|s| s.has_ended()).map(|s| s.id()).collect();
        assert_eq!(finals, ["fulfilled", "denied", "revoked", "expired"]);
        let known = [
            "suspected_fraud",
            "insuf_verification",
            "no_match",
            "claim_not_covered",
            "outside_jurisdiction",
            "too_many_requests",
            "other",
        ];
        for reason in known {
            assert!(Ground::ALL.iter().any(|ground| ground.reason() == reason), "no ground is {reason}");
        }
        assert!(Ground::ALL.iter().all(|ground| known.contains(&ground.reason())));
    }
}
