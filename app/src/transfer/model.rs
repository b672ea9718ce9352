//! Who receives a transfer, and where it stands.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::export::model::Scope;
use crate::time::Moment;

/// Who receives. Sealed in storage.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receiver {
    /// What the person calls the service.
    pub name: String,
    /// Where it takes packages, `https://…`.
    pub address: String,
}

/// Says nothing: where a person goes is theirs to tell.
impl std::fmt::Debug for Receiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Receiver(…)")
    }
}

/// Where a transfer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits for its package, or for its next try.
    Waiting,
    /// It is being sent.
    Sending,
    /// The receiver has confirmed it.
    Delivered,
    /// It could not be delivered.
    Failed,
    /// The person stopped it.
    Cancelled,
}

impl State {
    const ALL: [Self; 5] = [Self::Waiting, Self::Sending, Self::Delivered, Self::Failed, Self::Cancelled];

    /// Its id in storage.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// In the person's words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Waiting | Self::Sending => "正在发送",
            Self::Delivered => "对方已确认收到",
            Self::Failed => "没有送到",
            Self::Cancelled => "已取消",
        }
    }

    /// It has not ended.
    #[must_use]
    pub const fn is_under_way(self) -> bool {
        matches!(self, Self::Waiting | Self::Sending)
    }
}

/// The text names nothing known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unknown;

impl FromStr for State {
    type Err = Unknown;

    fn from_str(id: &str) -> Result<Self, Unknown> {
        Self::ALL.into_iter().find(|state| state.id() == id).ok_or(Unknown)
    }
}

/// Why a transfer was not delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The receiver answered with this HTTP status.
    Answered(u16),
    /// No secure connection, or no answer.
    Unreachable,
    /// The address leads into a network that is not public.
    NotPublic,
    /// The package could not be made, or ended before it was sent.
    NoPackage,
}

impl Failure {
    /// For storage.
    #[must_use]
    pub fn id(self) -> String {
        match self {
            Self::Answered(status) => format!("answered:{status}"),
            Self::Unreachable => "unreachable".to_owned(),
            Self::NotPublic => "not_public".to_owned(),
            Self::NoPackage => "no_package".to_owned(),
        }
    }

    /// In the person's words.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Answered(status) => {
                format!("接收方没有接收，回答的代码是 {status}。请向接收方核对接收地址和接收凭证。")
            }
            Self::Unreachable => "试了多次都没能安全地连上接收方。请向接收方核对接收地址，或过些时候再试。".to_owned(),
            Self::NotPublic => "接收地址不在公共互联网上，为了安全没有发送。请向接收方核对接收地址。".to_owned(),
            Self::NoPackage => "要发送的内容没能生成，或者在发送前被删除了。请重新申请。".to_owned(),
        }
    }
}

impl FromStr for Failure {
    type Err = Unknown;

    fn from_str(id: &str) -> Result<Self, Unknown> {
        match id.split_once(':') {
            Some(("answered", status)) => status.parse().map(Self::Answered).map_err(|_| Unknown),
            None if id == "unreachable" => Ok(Self::Unreachable),
            None if id == "not_public" => Ok(Self::NotPublic),
            None if id == "no_package" => Ok(Self::NoPackage),
            _ => Err(Unknown),
        }
    }
}

/// A transfer as its person sees it.
#[derive(Clone, Debug)]
pub struct Transfer {
    /// Its id.
    pub id: String,
    /// Who receives.
    pub receiver: Receiver,
    /// What is sent.
    pub scope: Scope,
    /// Where it stands.
    pub state: State,
    /// 0 to 100: half for packing, half for sending.
    pub percent: u8,
    /// Something may have left us: there was a try to send it.
    pub was_tried: bool,
    /// After a failed try: when the next begins.
    pub next_try: Option<Moment>,
    /// Why it was not delivered.
    pub failure: Option<Failure>,
    /// When it was asked for.
    pub asked_at: Moment,
    /// When it ended.
    pub ended_at: Option<Moment>,
    /// The request that tells its answer.
    pub request: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_reads_back() {
        for failure in [Failure::Answered(403), Failure::Unreachable, Failure::NotPublic, Failure::NoPackage] {
            assert_eq!(failure.id().parse(), Ok(failure));
        }
        assert_eq!("answered:x".parse::<Failure>(), Err(Unknown));
        for state in State::ALL {
            assert_eq!(state.id().parse(), Ok(state));
        }
    }
}
