//! Registers: what the centre itself writes down about a person beside the kinds of the data catalogue, because something was
//! done with their account or at their wish. A copy for its person holds all of them.

use crate::menu::Place;
use crate::records::model::Function;

macro_rules! registers {
    ($($(#[$doc:meta])* $name:ident, $id:literal, $label:literal, $why:literal, $kept:literal, $place:expr;)*) => {
        /// A register.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Register { $($(#[$doc])* $name,)* }

        impl Register {
            /// All of them, in the order in which they are shown.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its id in `data.json`.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// What the person reads.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)* }
            }

            /// Why it is kept.
            #[must_use]
            pub const fn why(self) -> &'static str {
                match self { $(Self::$name => $why,)* }
            }

            /// How long.
            #[must_use]
            pub const fn kept(self) -> &'static str {
                match self { $(Self::$name => $kept,)* }
            }

            /// The page that shows it; none: only a copy does.
            #[must_use]
            pub const fn place(self) -> Option<Place> {
                match self { $(Self::$name => $place,)* }
            }
        }
    };
}

registers! {
    /// When the account was opened, how it stands, its name in the ledger.
    Account, "account", "账号情况", "账号什么时候开通、现在怎样、在账本里用哪个编号",
        "保存到注销账号时", Some(Place::Account);
    /// Every sign-in.
    Devices, "devices", "登录设备", "看到账号在哪里登录过，发现不是你的登录",
        "保存到注销账号时", Some(Place::Devices);
    /// Every decision.
    Decisions, "decisions", "同意和撤回", "证明你同意过什么、什么时候撤回",
        "保存到注销账号时", Some(Place::Consents);
    /// Requests and complaints with their answers, and what close relatives claim and prove.
    Requests, "requests", "申请、投诉和答复", "办理你的申请，并答复你",
        "保存到注销账号时；近亲属的证明在答复后立即删除", Some(Place::Requests);
    /// That a record was corrected; never what it said before.
    Corrections, "corrections", "更正记录", "记下哪一类信息在什么时候更正过，更正前的内容不留",
        "保存到注销账号时", Some(Place::RecordList);
    /// That something was erased.
    Erasures, "erasures", "删除记录", "删掉的不会被重新送回来，也能证明删过",
        "保存到注销账号时", Some(Place::Erasures);
    /// Copies that were made, and transfers.
    Copies, "copies", "副本和转移", "记下做过哪些副本、发给了谁",
        "副本7天后作废，记录保存到注销账号时", Some(Place::Export);
    /// What recipients were told.
    Notices, "notices", "给接收方的通知", "告诉收到过你信息的接收方，并跟进到办完",
        "通知的内容送达后立即删除，进展保存到注销账号时", Some(Place::Notices);
    /// The centre's own messages, replies to SMS that wait for a human, and where the links of measured mails lead.
    Messages, "messages", "待发短信、短信回复和邮件链接", "把重要的通知送到；看懂你回复的短信；经你同意，统计邮件里的链接",
        "短信发出后、你的回复有人看过后，立即删除内容；邮件链接保存90天", None;
    /// Attempts to leave, and what was given up in writing.
    Cancellations, "cancellations", "注销申请", "办理注销，并记下你放弃余额的声明",
        "声明在撤回注销后立即删除，其余保存到注销账号时", Some(Place::Cancellation);
}

/// What the choice of them is called in a form and in a scope, beside the business functions.
pub const REGISTERS: &str = "registers";

/// What they are called together.
pub const REGISTERS_NAME: &str = "隐私中心记录";

/// They are chosen together, as a business function is.
#[must_use]
pub fn as_function() -> Function {
    Function { id: REGISTERS.to_owned(), name: REGISTERS_NAME.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_says_what_it_is_why_and_how_long() {
        for (i, one) in Register::ALL.iter().enumerate() {
            assert!(![one.label(), one.why(), one.kept()].contains(&""), "{one:?}");
            assert!(Register::ALL[i + 1..].iter().all(|other| other.id() != one.id() && other.label() != one.label()));
        }
    }
}
