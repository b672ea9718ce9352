//! A decision as it is being made, and by whom.

use app::consents::model::Decision;

/// Who or what made a decision, in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The person, on a page.
    Person,
    /// The browser's Global Privacy Control.
    BrowserSignal,
    /// A visitor's answer, joined to the account at sign-in.
    JoinedVisitor,
    /// The person, by the master switch over it.
    MasterSwitch,
    /// The person, by a reply to an SMS.
    SmsReply,
    /// The person, by the link in a mail.
    MailLink,
}

impl By {
    pub(super) const fn id(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::BrowserSignal => "browser_signal",
            Self::JoinedVisitor => "joined_visitor",
            Self::MasterSwitch => "master_switch",
            Self::SmsReply => "sms_reply",
            Self::MailLink => "mail_link",
        }
    }

    /// Reads [`By::id`].
    #[must_use]
    pub fn read(id: &str) -> Option<Self> {
        let all = [
            Self::Person,
            Self::BrowserSignal,
            Self::JoinedVisitor,
            Self::MasterSwitch,
            Self::SmsReply,
            Self::MailLink,
        ];
        all.into_iter().find(|by| by.id() == id)
    }
}

/// A decision that is being made.
#[derive(Clone, Copy, Debug)]
pub struct Made<'m> {
    /// For what, and yes or no.
    pub decision: Decision,
    /// The one recipient or cookie within the purpose that it is about; none: the whole purpose.
    pub about: Option<&'m str>,
    /// The page where its words were read.
    pub surface: &'m str,
    /// Who or what makes it.
    pub by: By,
}

impl<'m> Made<'m> {
    /// One about a whole purpose.
    #[must_use]
    pub const fn of(decision: Decision, surface: &'m str, by: By) -> Self {
        Self { decision, about: None, surface, by }
    }
}
