//! What can happen.

use app::consents::Purpose;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::LedgerError;

/// A person's name in the ledger: random, and nowhere else in clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pseudonym(String);

impl Pseudonym {
    /// A new one.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4().to_string())
    }

    /// One that was stored.
    ///
    /// # Errors
    /// [`LedgerError::Pseudonym`] when it is none.
    pub fn parse(text: &str) -> Result<Self, LedgerError> {
        let id = Uuid::parse_str(text).map_err(|_| LedgerError::Pseudonym)?;
        Ok(Self(id.to_string()))
    }

    /// For SQL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One event. No field ever holds personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// An account was opened.
    Registered {
        /// `under_14`, `from_14` or `adult`.
        age_band: String,
        /// The version of the policy that was agreed to.
        policy: String,
    },
    /// A child's account waits for a guardian.
    GuardianAwaited,
    /// A device signed in.
    SignedIn {
        /// `password` or `code`.
        method: String,
    },
    /// A device signed out.
    SignedOut,
    /// A device was signed out from another.
    SessionEnded,
    /// All other devices were signed out.
    OtherSessionsEnded {
        /// How many.
        count: i64,
    },
    /// The person proved again who they are.
    SteppedUp {
        /// `password` or `code`.
        method: String,
    },
    /// 密码 was changed.
    PasswordChanged,
    /// 手机号 was changed.
    PhoneChanged,
    /// 用户名 was changed.
    UsernameChanged,
    /// 头像 was set.
    AvatarChanged,
    /// 头像 was removed.
    AvatarRemoved,
    /// 收货地址: one was added.
    AddressAdded,
    /// 收货地址: one was changed.
    AddressChanged,
    /// 收货地址: one was removed.
    AddressRemoved,
    /// 收货地址: another became the default.
    AddressMadeDefault,
    /// 实名信息 was shown unmasked.
    RealNameSeen,
    /// 关怀模式.
    CareModeChanged {
        /// On or off.
        on: bool,
    },
    /// The person (or their browser) decided about a purpose.
    Decided {
        /// For what.
        purpose: Purpose,
        /// Yes or no.
        granted: bool,
        /// The policy's version.
        policy: String,
        /// SHA-256 of the words shown, in hex.
        words: String,
        /// The page.
        surface: String,
        /// `person`, `browser_signal`, `joined_visitor` or `master_switch`.
        by: String,
    },
    /// 注销账号 reached a state.
    Cancellation {
        /// The state's id.
        state: String,
        /// Why it was refused.
        refusal: Option<String>,
    },
    /// A cookie was deleted on Cookie管理.
    CookieDeleted {
        /// Its kind's name in the inventory.
        name: String,
    },
}
