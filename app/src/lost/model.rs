//! What is claimed, and how far it is.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::accounts::model::{PhoneNumber, Username, Wrong};
use crate::cancellation::affair::AffairKind;
use crate::cancellation::model::Reason;
use crate::requests::model::{Unknown, ids};
use crate::time::Moment;

ids! {
    /// Where a claim stands.
    State {
        /// A human is to look at it.
        Open, "open", "审核中";
        /// The human was convinced: the account is in its cooling-off, or being erased.
        Granted, "granted", "已通过";
        /// The human was not; or something stood in the way when it was due.
        Refused, "refused", "未通过";
        /// Whoever is signed in to the account has taken it back.
        TakenBack, "taken_back", "已由账号本人撤回";
        /// The account is erased.
        Completed, "completed", "已完成";
    }
}

/// Which account somebody means. Printed masked.
#[derive(Clone, PartialEq, Eq)]
pub enum Account {
    /// By its phone.
    Phone(PhoneNumber),
    /// By its name.
    Name(Username),
}

impl FromStr for Account {
    type Err = Wrong;

    fn from_str(typed: &str) -> Result<Self, Wrong> {
        match (typed.parse(), typed.parse()) {
            (Ok(phone), _) => Ok(Self::Phone(phone)),
            (_, Ok(name)) => Ok(Self::Name(name)),
            _ => Err("请填写账号的手机号或用户名"),
        }
    }
}

impl Account {
    /// As it was typed, tidied. Sealed in storage.
    #[must_use]
    pub fn reveal(&self) -> &str {
        match self {
            Self::Phone(phone) => phone.reveal(),
            Self::Name(name) => name.as_str(),
        }
    }

    /// What two ways to type the same account agree in. No name is a phone.
    #[must_use]
    pub fn folded(&self) -> String {
        match self {
            Self::Phone(phone) => phone.reveal().to_owned(),
            Self::Name(name) => name.folded(),
        }
    }

    /// As the officer's list shows it.
    #[must_use]
    pub fn masked(&self) -> String {
        match self {
            Self::Phone(phone) => phone.masked(),
            Self::Name(name) => name.as_str().chars().take(1).chain("**".chars()).collect(),
        }
    }
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.masked())
    }
}

/// What is claimed. Says nothing of what was typed.
#[derive(Clone, PartialEq, Eq)]
pub struct Claim {
    /// Which account.
    pub account: Account,
    /// The phone that answers.
    pub contact: PhoneNumber,
    /// What only its owner would know.
    pub text: String,
}

impl std::fmt::Debug for Claim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Claim").field("account", &self.account).field("contact", &self.contact).finish_non_exhaustive()
    }
}

/// How a claim stands, for whoever holds its link: nothing of what the account holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A human is to look at it; what stands in the way of a grant, if one was tried.
    Open(Vec<AffairKind>),
    /// The cooling-off, until then.
    CoolingOff(Moment),
    /// It is being erased.
    Executing,
    /// It is erased; where its certificate is, unless a restored backup has lost it.
    Completed(Option<String>),
    /// Why not; the officer's words and name, while they are kept.
    Refused(Reason, Option<Answer>),
    /// Whoever is signed in to the account took it back.
    TakenBack,
}

/// What the officer answered. Sealed in storage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// In words.
    pub words: String,
    /// Who.
    pub reviewer: String,
}

/// A claim as its link shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linked {
    /// What to quote.
    pub number: String,
    /// When it was filed.
    pub made_at: Moment,
    /// The last moment by which it is answered.
    pub due_at: Moment,
    /// When it ended.
    pub ended_at: Option<Moment>,
    /// How it stands.
    pub standing: Standing,
}

/// A claim to one's own account that waits for a human, as the account's owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// What to quote.
    pub number: String,
    /// When it was filed.
    pub made_at: Moment,
    /// The last moment by which it is answered.
    pub due_at: Moment,
}
