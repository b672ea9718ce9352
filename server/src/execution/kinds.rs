//! What is erased, by kind: a kind of the data catalogue, or a group of the centre's own tables.

use std::collections::BTreeMap;

use app::cancellation::plan::group_name;

use crate::catalogue::Catalogue;

/// How many of each kind.
pub type Counts = BTreeMap<String, i64>;

/// The group that a table's rows are counted under.
#[must_use]
pub fn of_table(table: &str) -> &'static str {
    match table {
        "person" => "account",
        "download" | "session" | "one_time_code" | "code_count" | "known_device" => "devices",
        "decision" => "decisions",
        "avatar" => "avatar",
        "address" => "addresses",
        "real_name" => "verified_name",
        "correction" => "corrections",
        "request" | "kin_request" | "kin_proof" => "requests",
        "directive" => "directives",
        "export" | "export_part" | "transfer" => "copies",
        "disclosure" => "disclosures",
        "unsubscribe_link" | "mail_link" | "hand_over" | "sms_reply" | "outgoing_message" | "delivery" => "messages",
        "cancellation" | "affair" | "waiver" | "lost_grant" => "cancellations",
        _ => "index",
    }
}

/// What a kind is called.
#[must_use]
pub fn name(catalogue: &Catalogue, kind: &str) -> String {
    let group = group_name(kind).map(ToOwned::to_owned);
    group.or_else(|| catalogue.data().field(kind).map(|f| f.name.clone())).unwrap_or_else(|| kind.to_owned())
}

/// What records of sharing are called where a law keeps them.
pub const DISCLOSURES: &str = "disclosures";

/// Records of sharing, which a law keeps for three years, are no kind of the catalogue.
pub const DISCLOSURE: &str = "disclosure";

/// Which law keeps what is held on that ground: the words of a retention of the catalogue.
#[must_use]
pub fn law(catalogue: &Catalogue, ground: &str) -> String {
    if ground == DISCLOSURE {
        return "《网络数据安全管理条例》第十二条要求保存共享记录".to_owned();
    }
    let data = catalogue.data();
    let field = data.fields().iter().find(|field| field.retention == ground);
    field.and_then(|field| data.retention(field).law.clone()).unwrap_or_else(|| ground.to_owned())
}
