//! Who receives data, what is decided about each, and what was given to them.

use serde::{Deserialize, Serialize};

use crate::consents::Purpose;

/// What a recipient is, by law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Works only for us (个保法 21).
    Processor,
    /// Decides for itself what for (个保法 23).
    Controller,
    /// A public body that the law names.
    Authority,
    /// Anybody.
    Public,
}

/// How data gets to a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Its code runs in the app and collects by itself.
    Sdk,
    /// Our servers send it.
    Api,
    /// It works on our behalf, on data that stays ours (个保法 21).
    Entrusted,
    /// It is filed with a public body.
    Filed,
    /// It is published.
    Published,
}

impl Way {
    /// In the person's words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Sdk => "SDK（它的程序装在应用里，直接收集）",
            Self::Api => "API（由我们的服务器发送）",
            Self::Entrusted => "委托处理（按合同替我们办事，不得挪作他用）",
            Self::Filed => "依法报送",
            Self::Published => "公开展示",
        }
    }
}

/// A decision that is due about one recipient, with the facts that are its own.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Due {
    /// For what; always one that is decided per recipient.
    pub purpose: Purpose,
    /// The kinds of data that it gets only with this consent; for 跨境提供 the kinds that leave the country.
    pub fields: Vec<String>,
    /// 用来做什么.
    pub what_for: String,
    /// 为什么必要 (个保法 30, 39).
    pub necessity: String,
    /// 对你的影响.
    pub impact: String,
    /// How to exercise one's rights towards it, where it is abroad (个保法 39).
    pub rights: Option<String>,
}

/// Who else receives data.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipient {
    /// Stable: it stands in the ledger and in a host's records of disclosures.
    pub id: String,
    /// What people know it by.
    pub name: String,
    /// What `data.toml` calls recipients of its kind.
    pub kind: String,
    /// The operator's registered name.
    pub legal_name: String,
    /// Where it is asked.
    pub contact: String,
    /// What it is, by law.
    pub role: Role,
    /// What it gets data for.
    pub what_for: String,
    /// When.
    pub scene: String,
    /// How.
    pub way: Way,
    /// The country or region that data goes to; none: it stays in mainland China.
    pub abroad: Option<String>,
    /// Its own policy.
    pub policy: Option<String>,
    /// What else a person should know.
    pub note: Option<String>,
    /// Kinds of data that it gets besides those of which `data.toml` says so.
    #[serde(default)]
    pub fields: Vec<String>,
    /// What is decided about it, each on its own.
    #[serde(default, rename = "decision")]
    pub decisions: Vec<Due>,
}

impl Recipient {
    /// The decision about it for a purpose, if one is due.
    #[must_use]
    pub fn due(&self, purpose: Purpose) -> Option<&Due> {
        self.decisions.iter().find(|due| due.purpose == purpose)
    }

    /// Whether it gets a kind of data only with a decision of its own.
    #[must_use]
    pub fn needs_consent_for(&self, field: &str) -> bool {
        self.decisions.iter().any(|due| due.fields.iter().any(|f| f == field))
    }
}

/// On which ground data was given to somebody: consent, or one of the eight cases of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// The person agreed.
    Consent,
    /// 为订立或履行与你的合同所必需.
    Contract,
    /// 为履行法定职责或法定义务所必需.
    LegalDuty,
    /// 为应对突发公共卫生事件，或在紧急情况下保护生命健康和财产安全.
    Emergency,
    /// 与国家安全、国防安全直接有关.
    NationalSecurity,
    /// 与公共安全、公共卫生、重大公共利益直接有关.
    PublicInterest,
    /// 与犯罪侦查、起诉、审判和判决执行直接有关.
    Prosecution,
    /// 信息是你自行公开的，或已经合法公开.
    Published,
    /// 法律、行政法规规定的其他情形.
    OtherLaw,
}

impl Ground {
    /// Consent, then the eight cases in the policy's order.
    pub const ALL: [Self; 9] = [
        Self::Consent,
        Self::Contract,
        Self::LegalDuty,
        Self::Emergency,
        Self::NationalSecurity,
        Self::PublicInterest,
        Self::Prosecution,
        Self::Published,
        Self::OtherLaw,
    ];

    /// Its id in `import` and in storage.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Contract => "contract",
            Self::LegalDuty => "legal_duty",
            Self::Emergency => "emergency",
            Self::NationalSecurity => "national_security",
            Self::PublicInterest => "public_interest",
            Self::Prosecution => "prosecution",
            Self::Published => "published",
            Self::OtherLaw => "other_law",
        }
    }

    /// In the policy's words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Consent => "你的同意",
            Self::Contract => "为订立或履行与你的合同所必需",
            Self::LegalDuty => "为履行法定职责或法定义务所必需",
            Self::Emergency => "为应对突发公共卫生事件，或在紧急情况下保护生命健康和财产安全",
            Self::NationalSecurity => "与国家安全、国防安全直接有关",
            Self::PublicInterest => "与公共安全、公共卫生、重大公共利益直接有关",
            Self::Prosecution => "与犯罪侦查、起诉、审判和判决执行直接有关",
            Self::Published => "信息是你自行公开的，或已经合法公开",
            Self::OtherLaw => "法律、行政法规规定的其他情形",
        }
    }

    /// The ground of that id.
    #[must_use]
    pub fn of(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ground| ground.id() == id)
    }
}

/// What was given, as the host tells it. Sealed in storage.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// The kinds of data, by id.
    pub fields: Vec<String>,
    /// What else is known of it, in a line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// Says nothing: personal data is never logged.
impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Given(…)")
    }
}
