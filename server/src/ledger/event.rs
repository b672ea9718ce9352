//! What can happen.

use app::consents::Purpose;
use app::requests::model::{Ground, Kind as RequestKind, Status};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::LedgerError;

/// A person's name in the ledger: a random UUIDv4 (RFC 9562), in lowercase with hyphens, and nowhere else in clear.
#[derive(Clone, PartialEq, Eq)]
pub struct Pseudonym(String);

/// Says nothing: a log line with the pseudonym would tie the ledger to whatever else the line tells.
impl std::fmt::Debug for Pseudonym {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pseudonym(…)")
    }
}

impl Pseudonym {
    /// A new one.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4().to_string())
    }

    /// One that was stored. Never one that came in with a request: whoever names a chain writes into it.
    ///
    /// # Errors
    /// [`LedgerError::Pseudonym`] when it is not written exactly as [`Pseudonym::random`] writes them.
    pub fn parse(text: &str) -> Result<Self, LedgerError> {
        let id = Uuid::parse_str(text).map_err(|_| LedgerError::Pseudonym)?;
        let ours = id.get_version_num() == 4 && id.to_string() == text;
        if ours { Ok(Self(text.to_owned())) } else { Err(LedgerError::Pseudonym) }
    }

    /// One made from a keyed hash: nobody without the key can name a chain by what the hash was made of.
    #[must_use]
    pub fn hashed(index: &[u8; 32]) -> Self {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&index[..16]);
        Self(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string())
    }

    /// The centre's own name, for what no person did.
    #[must_use]
    pub fn centre() -> Self {
        Self("00000000-0000-4000-8000-000000000000".to_owned())
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
        /// `under_14`, `from_14` or `adult`, in events from before the account itself kept it, sealed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        age_band: Option<String>,
        /// The version of the policy that was agreed to.
        policy: String,
    },
    /// A child's account waits for a guardian.
    GuardianAwaited,
    /// A guardian has answered for a child's account: the officer checked who answers, and recorded it. After a yes it is in use.
    GuardianAnswered {
        /// Yes or no.
        agreed: bool,
    },
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
    /// 关怀模式.
    CareModeChanged {
        /// On or off.
        on: bool,
    },
    /// The person (or their browser) decided about a purpose.
    Decided {
        /// For what.
        purpose: Purpose,
        /// The one recipient or cookie within the purpose that it is about; none: the whole purpose.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        about: Option<String>,
        /// Yes or no.
        granted: bool,
        /// The policy's version.
        policy: String,
        /// SHA-256 of the words shown, in hex.
        words: String,
        /// The page.
        surface: String,
        /// `person`, `browser_signal`, `joined_visitor`, `master_switch`, `sms_reply` or `mail_link`.
        by: String,
    },
    /// 注销账号 reached a state.
    Cancellation {
        /// The state's id.
        state: String,
        /// Why it was refused.
        refusal: Option<String>,
    },
    /// 注销账号: money was given up in writing. How much stands in no event.
    MoneyWaived,
    /// 我的个人信息: a record was corrected by its person.
    RecordCorrected {
        /// The kind's id.
        field: String,
    },
    /// 我的个人信息: one record was erased, or became storage only.
    RecordErased {
        /// The kind's id.
        field: String,
        /// A law keeps it: storage only.
        restricted: bool,
    },
    /// 我的个人信息: a kind, a business function or everything optional was erased.
    DataErased {
        /// `kind:…`, `function:…`, `optional`, or `withdrawal:…` with the purpose whose consent was taken back.
        scope: String,
        /// Records that are gone.
        erased: i64,
        /// Records that became storage only, because a law keeps them.
        restricted: i64,
    },
    /// The retention of records was over, and they were erased. In the centre's own chain.
    RetentionEnded {
        /// The kind's id.
        field: String,
        /// How many.
        records: i64,
    },
    /// 注销账号 was carried out: nothing of the person is left but what a law keeps.
    AccountErased {
        /// Keys that were destroyed.
        keys: i64,
        /// Rows that are gone, by kind.
        erased: Vec<ErasedKind>,
        /// What was moved into the legal hold, by what keeps it.
        kept: Vec<KeptGround>,
        /// Who was told: the host, and ids of recipients.
        told: Vec<String>,
        /// The account's own access request, run again afterwards.
        self_test: SelfTest,
        /// When the keyed hash of its number goes at the latest, by which what comes late is kept from the number's next owner:
        /// UTC milliseconds. None in events from before there was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number_until: Option<i64>,
    },
    /// No law keeps these records of the legal hold any more, and they were erased. In the centre's own chain.
    LegalHoldEnded {
        /// The retention's id, or `disclosure`.
        ground: String,
        /// How many.
        records: i64,
    },
    /// The legal hold of one phone was read by the operator. In the centre's own chain.
    LegalHoldRead {
        /// Which authority asked, and under which number; names nobody.
        reason: String,
        /// How many records were read.
        records: i64,
    },
    /// 权利申请 was made or reached a state.
    Request {
        /// Its id: random, and nobody's name.
        id: String,
        /// What is asked.
        request: RequestKind,
        /// Where it stands now.
        status: Status,
        /// Why it was refused.
        ground: Option<Ground>,
    },
    /// The answer to a request is late. In its person's chain, so that nobody can say it was not.
    RequestOverdue {
        /// Its id: random, and nobody's name.
        id: String,
    },
    /// Proof in a close relative's request was handed in, removed, looked at by the officer, or erased.
    KinProof {
        /// The request's id.
        id: String,
        /// `added`, `removed`, `seen` or `erased`.
        step: String,
    },
    /// A close relative's request about this account was granted: it is stored only from here.
    KinGranted {
        /// What was granted, by ids.
        rights: Vec<String>,
    },
    /// Who was declared dead is not: the account is in use again.
    KinRefuted,
    /// 无法登录时注销 was filed, looked at by the officer, granted, refused, or rejected by whoever is signed in to the account. In
    /// that person's chain where one is known by then, else in the centre's own.
    LostClaim {
        /// Its id: random, and nobody's name.
        id: String,
        /// `filed`, `seen`, `granted`, `refused` or `rejected`.
        step: String,
        /// Why it was refused.
        ground: Option<Ground>,
    },
    /// 生前安排 was set.
    DirectiveSet {
        /// The choice's id.
        choice: String,
        /// What close relatives may do, by ids, if the choice names it.
        rights: Vec<String>,
        /// Somebody was named besides.
        trusted: bool,
    },
    /// 生前安排 was withdrawn.
    DirectiveWithdrawn,
    /// 个人信息副本 was asked for, made, downloaded, ended or failed.
    Copy {
        /// Its id: random, and nobody's name.
        id: String,
        /// `asked`, `ready`, `downloaded`, `ended` or `failed`.
        step: String,
    },
    /// 个人信息转移 was asked for, delivered, failed or cancelled.
    Transfer {
        /// Its id: random, and nobody's name.
        id: String,
        /// `asked`, `delivered`, `failed` or `cancelled`.
        step: String,
    },
    /// A notice to a recipient took a step. In the centre's own chain: whose it is, is sealed.
    Notice {
        /// The webhook-id: random, and nobody's name.
        id: String,
        /// The recipient's id.
        recipient: String,
        /// `sent`, `accepted`, `completed`, `retained`, `dead`, `lost`, `merged` (into the notice of an
        /// erased account); or by the operator `retried`, `done_by_hand`, `shown`.
        step: String,
    },
    /// A cookie was deleted on Cookie管理. Programs before this one wrote it, one for each cookie.
    CookieDeleted {
        /// Its kind's name in the inventory, or `unlisted`.
        name: String,
    },
    /// Cookies were deleted on Cookie管理, with one request.
    CookiesDeleted {
        /// Their kinds' names in the inventory, each once.
        names: Vec<String>,
        /// How many the inventory does not name: what a browser calls them may be anything.
        unlisted: i64,
    },
    /// A reply to an SMS that no program understood waits for a human, or was read.
    SmsReply {
        /// Its id: random, and nobody's name.
        id: String,
        /// `waits`, `opt_out` or `nothing`.
        step: String,
    },
    /// 清除本站数据: a browser was told to delete all that it held of this site.
    SiteDataCleared,
    /// The data had been put back to an earlier state, and what was erased and taken back since was replayed. In the centre's own
    /// chain.
    Replayed {
        /// Entries of the replay log.
        entries: i64,
        /// Rows that nobody could read any more, and that are gone.
        unreadable: i64,
    },
    /// All keys were wrapped anew: no copy of the key store from before opens with the present master key. In the centre's own
    /// chain.
    KeysRotated {
        /// How many; 0 if a run before had done it, and this one only tells of it.
        keys: i64,
        /// When: UTC milliseconds.
        rotated_at: i64,
    },
    /// The log had been put back to an earlier state and goes on under a new name: nothing that was signed is contradicted. In the
    /// centre's own chain.
    LogContinued {
        /// Which name: 2 for the first new one.
        generation: i64,
        /// How many leaves are left.
        size: i64,
        /// How many leaves the newest checkpoint under the name before had.
        signed: i64,
    },
    /// Written by a newer version, and never by this one: it stands in the ledger as it is.
    #[serde(skip)]
    Unrecognised {
        /// What the newer version calls it.
        kind: String,
    },
}

impl Event {
    /// Reads a stored event. One of a kind that only a newer version knows is [`Event::Unrecognised`].
    ///
    /// # Errors
    /// What is no event at all, and a decision about a known purpose that can't be read: nothing may follow from leaving it out.
    pub fn read(body: &str) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Stored {
            kind: String,
            purpose: Option<serde_json::Value>,
        }
        serde_json::from_str(body).or_else(|error| {
            let Stored { kind, purpose } = serde_json::from_str(body).map_err(|_| error)?;
            let is_decision = kind == "decided"
                && purpose.is_none_or(|id| id.as_str().is_none_or(|id| id.parse::<Purpose>().is_ok()));
            if is_decision { serde_json::from_str(body) } else { Ok(Self::Unrecognised { kind }) }
        })
    }
}

/// How many rows of a kind are gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasedKind {
    /// A kind of the data catalogue, or a group of tables.
    pub kind: String,
    /// How many.
    pub rows: i64,
}

/// How much of what a law keeps was moved into the legal hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptGround {
    /// The retention's id, or `disclosure`.
    pub ground: String,
    /// How many.
    pub records: i64,
    /// When the last of them goes: UTC milliseconds.
    pub until: i64,
}

/// What the access request found that was run again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelfTest {
    /// Places that were looked at.
    pub places: i64,
    /// What was found there.
    pub found: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_reads_only_as_it_was_written() {
        let pseudonym = Pseudonym::random();
        assert_eq!(Pseudonym::parse(pseudonym.as_str()).ok(), Some(pseudonym.clone()));
        assert!(Pseudonym::parse(&pseudonym.as_str().to_uppercase()).is_err());
        assert!(Pseudonym::parse(&pseudonym.as_str().replace('-', "")).is_err());
        let hashed = Pseudonym::hashed(&[0; 32]);
        assert_eq!(Pseudonym::parse(hashed.as_str()).ok(), Some(hashed), "written as random ones are");
        assert!(Pseudonym::parse("01926f8e-0000-7000-8000-000000000000").is_err(), "a UUIDv7 tells the time");
        assert!(!format!("{pseudonym:?}").contains(pseudonym.as_str()));
    }

    #[test]
    fn what_a_newer_version_wrote_is_told_apart_from_what_is_broken() {
        let unrecognised = |kind: &str| Some(Event::Unrecognised { kind: kind.to_owned() });
        for (body, kind) in [
            (r#"{"kind":"device_trusted","of":[1,2]}"#, "device_trusted"),
            (r#"{"kind":"unrecognised"}"#, "unrecognised"),
            (r#"{"kind":"newest","purpose":5}"#, "newest"),
            (r#"{"kind":"copy","shape":3}"#, "copy"),
            (r#"{"kind":"request","id":"x","request":"newest","status":"open","ground":null}"#, "request"),
            (r#"{"kind":"decided","purpose":"newest","granted":true}"#, "decided"),
        ] {
            assert_eq!(Event::read(body).ok(), unrecognised(kind), "{body}");
        }
        assert_eq!(Event::read(r#"{"kind":"signed_out","since":1}"#).ok(), Some(Event::SignedOut));
        let half = r#"{"kind":"decided","purpose":"location","granted":"perhaps"}"#;
        for body in ["", "{", "[]", "{}", r#"{"kind":7}"#, r#"{"kind":"decided"}"#, half] {
            assert!(Event::read(body).is_err(), "{body}");
        }
        assert!(serde_json::to_string(&Event::Unrecognised { kind: "x".to_owned() }).is_err(), "it is never written");
    }

    /// What is in the ledger must stay readable: these texts stand in it for ever.
    #[test]
    fn stored_texts_do_not_change() {
        let decided = Event::Decided {
            purpose: Purpose::MarketingSms,
            about: None,
            granted: false,
            policy: "2026-11".to_owned(),
            words: "00ff".to_owned(),
            surface: "push".to_owned(),
            by: "person".to_owned(),
        };
        let texts = [
            (Event::SignedOut, r#"{"kind":"signed_out"}"#),
            (Event::OtherSessionsEnded { count: 2 }, r#"{"kind":"other_sessions_ended","count":2}"#),
            (Event::CookieDeleted { name: "yd_ad_*".to_owned() }, r#"{"kind":"cookie_deleted","name":"yd_ad_*"}"#),
            (
                Event::CookiesDeleted { names: vec!["yd_ad_*".to_owned()], unlisted: 2 },
                r#"{"kind":"cookies_deleted","names":["yd_ad_*"],"unlisted":2}"#,
            ),
            (
                Event::Cancellation { state: "asked".to_owned(), refusal: None },
                r#"{"kind":"cancellation","state":"asked","refusal":null}"#,
            ),
            (
                decided,
                concat!(
                    r#"{"kind":"decided","purpose":"marketing_sms","granted":false,"policy":"2026-11","#,
                    r#""words":"00ff","surface":"push","by":"person"}"#
                ),
            ),
        ];
        for (event, text) in texts {
            assert_eq!(serde_json::to_string(&event).expect("plain data"), text);
            assert_eq!(serde_json::from_str::<Event>(text).expect("readable"), event);
        }
    }
}
