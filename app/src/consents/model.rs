//! Purposes, decisions and what stands.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::time::Moment;

/// What kind of "yes" a purpose needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A preference about a service that needs no consent.
    Setting,
    /// Consent (个保法 13(1), 14).
    Consent,
    /// Separate consent, never bundled with another (个保法 23, 25, 29, 39).
    SeparateConsent,
}

/// Where a purpose belongs on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// 推送设置: news that the person asked for.
    Notifications,
    /// 推送设置: 商业广告 and its channels.
    Commercial,
    /// 广告设置.
    Advertising,
    /// 我的标签.
    Tags,
    /// 系统权限管理.
    Permissions,
    /// 好友隐私.
    Friends,
    /// 人脸识别授权.
    Face,
    /// Cookie管理.
    Cookies,
    /// 个人信息收集清单: what is collected only if the person says so, and has no page of its own.
    Collection,
    /// 第三方共享清单: decided recipient by recipient.
    Sharing,
    /// 跨境提供: decided recipient by recipient.
    Abroad,
}

macro_rules! purposes {
    ($($(#[$doc:meta])* $name:ident, $id:literal, $group:ident, $kind:ident;)*) => {
        /// What personal data would be used for, one decision each. Ids are stable: they stand in the ledger.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Purpose { $($(#[$doc])* #[serde(rename = $id)] $name,)* }

        impl Purpose {
            /// All of them, in screen order.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The id in the ledger, the catalogue and the forms.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// Where it belongs on the screen.
            #[must_use]
            pub const fn group(self) -> Group {
                match self { $(Self::$name => Group::$group,)* }
            }

            /// What kind of "yes" it needs.
            #[must_use]
            pub const fn kind(self) -> Kind {
                match self { $(Self::$name => Kind::$kind,)* }
            }
        }
    };
}

purposes! {
    /// Pushes about one's own orders.
    OrderPush, "order_push", Notifications, Setting;
    /// Pushes when a followed room goes live.
    LivePush, "live_push", Notifications, Setting;
    /// 商业广告: the master switch over the three channels below (消法 29(3)). It is on exactly when one of them is, and is
    /// never decided itself.
    Commercial, "commercial", Commercial, Consent;
    /// Marketing by push.
    MarketingPush, "marketing_push", Commercial, Consent;
    /// Marketing by SMS.
    MarketingSms, "marketing_sms", Commercial, Consent;
    /// Marketing by e-mail.
    MarketingEmail, "marketing_email", Commercial, Consent;
    /// Recommendation by preference (个保法 24).
    PersonalisedRecommendation, "personalised_recommendation", Advertising, Consent;
    /// Advertising by preference.
    PersonalisedAds, "personalised_ads", Advertising, Consent;
    /// Search results that are not aimed at the person (电商法 18). On protects.
    UnaimedSearch, "unaimed_search", Advertising, Setting;
    /// No new tags, and those that are there are not used. On protects.
    TagsPaused, "tags_paused", Tags, Setting;
    /// 位置.
    Location, "location", Permissions, SeparateConsent;
    /// 相机.
    Camera, "camera", Permissions, Consent;
    /// 相册.
    Album, "album", Permissions, Consent;
    /// 麦克风.
    Microphone, "microphone", Permissions, SeparateConsent;
    /// 通讯录: pick one contact.
    Contacts, "contacts", Permissions, Consent;
    /// 通讯录: find friends by comparing hashed numbers.
    ContactMatching, "contact_matching", Permissions, SeparateConsent;
    /// 日历.
    Calendar, "calendar", Permissions, Consent;
    /// 允许通过手机号搜索到我.
    FriendSearch, "friend_search", Friends, Consent;
    /// 人脸识别.
    FaceRecognition, "face_recognition", Face, SeparateConsent;
    /// 偏好 cookies.
    CookiesPreference, "cookies_preference", Cookies, Consent;
    /// 分析 cookies.
    CookiesAnalytics, "cookies_analytics", Cookies, Consent;
    /// 广告 cookies.
    CookiesAdvertising, "cookies_advertising", Cookies, Consent;
    /// 邮件信标跟踪.
    MailBeacon, "mail_beacon", Cookies, Consent;
    /// 设备信息: what the device and its browser tell of themselves.
    DeviceInfo, "device_info", Collection, Consent;
    /// 身份证号核验, at withdrawal.
    IdentityCheck, "identity_check", Collection, SeparateConsent;
    /// 中奖联系方式.
    PrizeContact, "prize_contact", Collection, SeparateConsent;
    /// What tells one's device from others, to one advertising partner (个保法 23).
    AdvertisingSharing, "advertising_sharing", Sharing, SeparateConsent;
    /// What a financial service needs, to one partner.
    FinanceSharing, "finance_sharing", Sharing, SeparateConsent;
    /// What an activity needs, to one organiser.
    JointMarketing, "joint_marketing", Sharing, SeparateConsent;
    /// To one recipient outside mainland China (个保法 39).
    CrossBorder, "cross_border", Abroad, SeparateConsent;
}

impl Purpose {
    /// Purposes of one group, in screen order.
    pub fn of(group: Group) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |p| p.group() == group)
    }

    /// What it is called where it stands among others: a label that says enough on its own page may say too little there.
    #[must_use]
    pub fn full_label(self, words: &Words) -> String {
        let label = &words.label;
        match self {
            Self::OrderPush | Self::LivePush => format!("{label}推送"),
            Self::MarketingSms | Self::MarketingEmail => format!("营销{label}"),
            Self::CookiesPreference | Self::CookiesAnalytics | Self::CookiesAdvertising => format!("{label} Cookie"),
            _ => label.clone(),
        }
    }

    /// Whether a browser's Global Privacy Control signal speaks about it (ads and sharing).
    #[must_use]
    pub const fn is_lowered_by_gpc(self) -> bool {
        matches!(self, Self::PersonalisedAds | Self::CookiesAdvertising | Self::AdvertisingSharing)
    }

    /// Whether it is a marketing channel under 商业广告.
    #[must_use]
    pub const fn is_channel(self) -> bool {
        matches!(self, Self::MarketingPush | Self::MarketingSms | Self::MarketingEmail)
    }

    /// The marketing channels under 商业广告.
    pub fn channels() -> impl Iterator<Item = Self> {
        Self::of(Group::Commercial).filter(|purpose| purpose.is_channel())
    }

    /// Whether it is decided about each recipient on its own, and never as a whole.
    #[must_use]
    pub const fn is_per_recipient(self) -> bool {
        matches!(self.group(), Group::Sharing | Group::Abroad)
    }

    /// Whether a "yes" to it lapses after a year, whatever the policy says meanwhile.
    #[must_use]
    pub const fn lapses_after_a_year(self) -> bool {
        matches!(self, Self::CookiesPreference | Self::CookiesAnalytics | Self::CookiesAdvertising)
    }

    /// Whether "on" means less use of data, so that switching it off is what needs a reason.
    #[must_use]
    pub const fn protects(self) -> bool {
        matches!(self, Self::UnaimedSearch | Self::TagsPaused)
    }
}

/// The text names no purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownPurpose;

impl FromStr for Purpose {
    type Err = UnknownPurpose;

    fn from_str(id: &str) -> Result<Self, UnknownPurpose> {
        Self::ALL.iter().copied().find(|p| p.id() == id).ok_or(UnknownPurpose)
    }
}

/// "For this purpose: yes" or "no".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// For what.
    pub purpose: Purpose,
    /// Yes or no.
    pub granted: bool,
}

/// What the person has decided so far about whole purposes. One that is absent was never decided, which counts as "no".
/// 商业广告 never stands here: it stands as its channels do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing(pub BTreeMap<Purpose, Stood>);

/// What the person has decided about single recipients or cookies, each by its purpose and its own id. One that is absent was
/// never decided.
pub type StandingAbout = BTreeMap<(Purpose, String), Stood>;

/// A decision that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stood {
    /// Yes or no.
    pub granted: bool,
    /// Since when.
    pub since: Moment,
    /// Under which version of the policy.
    pub policy_version: String,
    /// On which page it was made.
    pub surface: String,
    /// It was a "yes" that does not hold any more: until it is given anew, it counts as "no".
    pub lapsed: Option<Lapse>,
}

/// Why a "yes" does not hold any more. The two are asked anew in different places, and never both at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lapse {
    /// A later version of the policy has changed what it is about (个保法 14): asked on 政策更新.
    Policy,
    /// It was about cookies and is a year old: asked where cookies are.
    Year,
    /// Its person is under 18, and it is for grown people only: never asked anew.
    Age,
}

impl Stood {
    /// A "yes" to what holds today.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.granted && self.lapsed.is_none()
    }
}

impl Standing {
    /// What stands, from all that was kept. A program before this one also kept decisions about 商业广告 itself: its "yes" says
    /// nothing, since a channel had to be on besides; its "no" closes what was opened before it.
    #[must_use]
    pub fn of(mut kept: BTreeMap<Purpose, Stood>) -> Self {
        let closed = kept.remove(&Purpose::Commercial).filter(|master| !master.granted);
        for channel in Purpose::channels() {
            let open = kept.get_mut(&channel).filter(|stood| stood.granted);
            if let (Some(closed), Some(open)) = (&closed, open)
                && open.since <= closed.since
            {
                *open = closed.clone();
            }
        }
        Self(kept)
    }

    /// Yes only if the person said yes, and to what holds today. 商业广告 is on exactly when one of its channels is.
    #[must_use]
    pub fn allows(&self, purpose: Purpose) -> bool {
        match purpose {
            Purpose::Commercial => Purpose::channels().any(|channel| self.allows(channel)),
            decided => self.0.get(&decided).is_some_and(Stood::holds),
        }
    }

    /// What has to be asked anew because the policy has changed.
    pub fn lapsed(&self) -> impl Iterator<Item = Purpose> {
        self.0.iter().filter(|(_, stood)| stood.lapsed == Some(Lapse::Policy)).map(|(purpose, _)| *purpose)
    }

    /// How many purposes of a group are on; 商业广告 counts as its channels.
    #[must_use]
    pub fn count_on(&self, group: Group) -> usize {
        Purpose::of(group).filter(|p| *p != Purpose::Commercial && self.allows(*p)).count()
    }
}

/// The words a person reads before deciding, from the catalogue. Their hash is recorded with the decision.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// What the switch is called.
    pub label: String,
    /// 用来做什么.
    pub what_for: String,
    /// 关闭后会怎样.
    pub when_off: String,
    /// 不影响什么.
    pub unaffected: String,
    /// 为什么必要; only a separate consent has it (个保法 30).
    pub necessity: Option<String>,
    /// 对你的影响; only a separate consent has it (个保法 30).
    pub impact: Option<String>,
}

/// One earlier decision, as the ledger tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastDecision {
    /// Its place in the person's chain of events, from 0.
    pub position: i64,
    /// For what, and yes or no.
    pub decision: Decision,
    /// The one recipient or cookie within the purpose that it is about; none: the whole purpose.
    pub about: Option<String>,
    /// When.
    pub at: Moment,
    /// Under which version of the policy.
    pub policy_version: String,
    /// SHA-256 of the words that were shown, in hex.
    pub words: String,
    /// On which page.
    pub surface: String,
    /// Who or what made it, as the ledger calls it.
    pub by: String,
}

/// What the ledger has of a person's past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Past {
    /// A decision.
    Decided(PastDecision),
    /// Something that a newer version wrote at that moment.
    Unrecognised(Moment),
}
