//! Channels, classes, and why a message may not go.

use serde::{Deserialize, Serialize};

use crate::consents::Purpose;

/// On which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The phone system's notifications.
    Push,
    /// 短信.
    Sms,
    /// 邮件.
    Email,
}

impl Channel {
    /// All of them, in screen order.
    pub const ALL: [Self; 3] = [Self::Push, Self::Sms, Self::Email];

    /// Its id on the wire and in the log.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Sms => "sms",
            Self::Email => "email",
        }
    }

    /// What it is called.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Push => "推送",
            Self::Sms => "短信",
            Self::Email => "邮件",
        }
    }

    /// The purpose that marketing on it rests on.
    #[must_use]
    pub const fn marketing(self) -> Purpose {
        match self {
            Self::Push => Purpose::MarketingPush,
            Self::Sms => Purpose::MarketingSms,
            Self::Email => Purpose::MarketingEmail,
        }
    }
}

/// What kind of message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Offers and campaigns.
    Marketing,
    /// How one's own order gets on.
    Order,
    /// A followed room goes live.
    Live,
    /// Codes, warnings, answers to requests: what an account can't be kept safe without. Never advertising.
    Security,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Marketing, Self::Order, Self::Live, Self::Security];

    /// Its id on the wire and in the log.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Marketing => "marketing",
            Self::Order => "order",
            Self::Live => "live",
            Self::Security => "security",
        }
    }
}

/// How an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    /// There is none.
    None,
    /// A child's, under 14: no guardian has agreed.
    WaitsForGuardian,
    /// Its person has submitted 注销账号: storage only.
    Leaving,
    /// In use.
    InUse,
}

/// Why a message may not go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nobody has an account with that phone.
    NoAccount,
    /// A child's account waits for a guardian.
    WaitsForGuardian,
    /// The account is being cancelled.
    Leaving,
    /// The person has not agreed to this, or has taken it back.
    NotAgreed(Purpose),
    /// The person had agreed, and a new version of the policy has changed what to.
    Lapsed(Purpose),
    /// The person has no e-mail address here.
    NoAddress,
    /// The person has replied what nobody has understood yet.
    ReplyWaits,
}

impl Reason {
    /// Its id on the wire and in the log.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::NoAccount => "no_account",
            Self::WaitsForGuardian => "waits_for_guardian",
            Self::Leaving => "leaving",
            Self::NotAgreed(_) => "not_agreed",
            Self::Lapsed(_) => "lapsed",
            Self::NoAddress => "no_address",
            Self::ReplyWaits => "reply_waits",
        }
    }

    /// The purpose that lacks its "yes".
    #[must_use]
    pub const fn purpose(self) -> Option<Purpose> {
        match self {
            Self::NotAgreed(purpose) | Self::Lapsed(purpose) => Some(purpose),
            Self::NoAccount | Self::WaitsForGuardian | Self::Leaving | Self::NoAddress | Self::ReplyWaits => None,
        }
    }
}
