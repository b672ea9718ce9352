//! What a receipt and a certificate say. Members are named as in ISO/IEC TS 27560 where it has them; terms with `dpv:` are of
//! the W3C Data Privacy Vocabulary, version 2. No personal data: the person is their pseudonym.
//!
//! What an event fixes (who, what, when, where, which words) is repeated from it, and a check compares the two. The rest (kinds
//! of data, recipients, retention) is what the catalogue says on the day of issue, which stands in the document too.

use app::consents::Purpose;
use app::consents::model::Kind;
use app::menu::Place;
use app::pages::consents::surface_label;
use app::proof::document::{BUNDLE, ERASURE, RECEIPT};
use app::proof::json::Value;
use app::records::model::Field;
use app::sharing::model::Recipient;
use app::time::Moment;

use super::store;
use crate::catalogue::{Catalogue, Data};
use crate::centre::Centre;
use crate::consents::store as consents;
use crate::ledger::{self, Event, Proved, Pseudonym, Recorded};
use crate::requests::store::about_words;
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// ISO 3166: whose law holds.
pub(super) const JURISDICTION: &str = "CN";
const LANGUAGE: &str = "zh-Hans-CN";

/// What an event erased, if it did: the scope, records that are gone, records that a law keeps.
#[must_use]
pub fn erased(event: &Event) -> Option<(String, i64, i64)> {
    match event {
        Event::DataErased { scope, erased, restricted } => Some((scope.clone(), *erased, *restricted)),
        Event::RecordErased { field, restricted } => {
            Some((format!("record:{field}"), i64::from(!restricted), i64::from(*restricted)))
        }
        _ => None,
    }
}

/// Whether there is a document about it.
fn is_documented(event: &Event) -> bool {
    matches!(event, Event::Decided { .. }) || erased(event).is_some()
}

/// A document, signed, and the name of its file.
pub struct Document {
    /// What it is called when it is downloaded: ASCII.
    pub name: String,
    /// The text.
    pub text: String,
}

/// The document about the person's event at that position; none: there is no such event, or nothing to prove about it.
///
/// # Errors
/// Storage or ledger.
pub async fn one(centre: &Centre, caller: &Caller, position: i64, now: Moment) -> Result<Option<Document>, Fault> {
    let wanted = |recorded: &Recorded| recorded.position == position && is_documented(&recorded.event);
    let proved = ledger::prove(&centre.data, &centre.signer, &caller.pseudonym, wanted, now).await?;
    let Some(proved) = proved.into_iter().next() else { return Ok(None) };
    let date = proved.recorded.at.beijing_date();
    let name = match &proved.recorded.event {
        Event::Decided { purpose, .. } => format!("receipt-{}-{date}-{position}.json", purpose.id()),
        _ => format!("erasure-{date}-{position}.json"),
    };
    Ok(Some(Document { name, text: sealed(centre, caller, proved, now).await? }))
}

/// All documents of a person in one file.
///
/// # Errors
/// Storage or ledger.
pub async fn all(centre: &Centre, caller: &Caller, now: Moment) -> Result<Document, Fault> {
    let wanted = |recorded: &Recorded| is_documented(&recorded.event);
    let mut documents = Vec::new();
    for proved in ledger::prove(&centre.data, &centre.signer, &caller.pseudonym, wanted, now).await? {
        let text = sealed(centre, caller, proved, now).await?;
        documents.push(Value::parse(&text).map_err(|_| Unreadable)?);
    }
    let bundle = Value::object([
        ("kind", Value::text(BUNDLE)),
        ("version", Value::text("1")),
        ("issued_at", Value::text(now.iso_millis())),
        ("documents", Value::List(documents)),
    ]);
    let name = format!("receipts-{}.json", now.beijing_date());
    Ok(Document { name, text: centre.signer.seal(bundle, None) })
}

/// What was just written can't be read.
#[derive(Debug, thiserror::Error)]
#[error("a document that was just written can't be read")]
struct Unreadable;

async fn sealed(centre: &Centre, caller: &Caller, proved: Proved, now: Moment) -> Result<String, Fault> {
    let Proved { recorded, proof } = proved;
    let content = match &recorded.event {
        Event::Decided { .. } => receipt(centre, caller, &recorded, now).await?,
        _ => certificate(centre, caller, &recorded, now).await?,
    };
    Ok(centre.signer.seal(content, Some(proof.value())))
}

/// What every document begins with.
pub(super) fn header(
    centre: &Centre,
    pseudonym: &Pseudonym,
    kind: &str,
    position: i64,
    now: Moment,
) -> [(&'static str, Value); 6] {
    let pseudonym = pseudonym.as_str();
    let controller = Value::object([
        ("party_id", Value::text("controller")),
        ("party_role", Value::text("dpv:DataController")),
        ("party_name", Value::text(&centre.controller.name)),
        ("party_contact", Value::text(&centre.controller.contact)),
    ]);
    [
        ("kind", Value::text(kind)),
        ("version", Value::text("1")),
        ("record_id", Value::text(format!("{pseudonym}/{position}"))),
        ("pii_principal_id", Value::text(pseudonym)),
        ("issued_at", Value::text(now.iso_millis())),
        ("party_identification", Value::List(vec![controller])),
    ]
}

pub(super) fn document(
    header: [(&'static str, Value); 6],
    members: impl IntoIterator<Item = (&'static str, Value)>,
) -> Value {
    Value::Object(header.into_iter().chain(members).map(|(name, value)| (name.to_owned(), value)).collect())
}

/// A document is asked for about something that has none.
#[derive(Debug, thiserror::Error)]
#[error("there is no document about that kind of event")]
struct NotDocumented;

async fn receipt(centre: &Centre, caller: &Caller, recorded: &Recorded, now: Moment) -> Result<Value, Fault> {
    let Event::Decided { purpose, about, granted, policy, words, surface, by } = &recorded.event else {
        return Err(NotDocumented.into());
    };
    let text = consents::shown(&centre.data, words).await?;
    let notice_hash = centre.catalogue.policy().hash_of(policy);
    let made = Value::object([
        ("event_time", Value::text(recorded.at.iso_millis())),
        ("event_state", Value::text(if *granted { "given" } else { "refused" })),
        ("event_type", Value::text(consent_type(*purpose))),
        ("entity_id", Value::text(by)),
        ("surface", Value::text(surface)),
        ("surface_name", Value::text(surface_label(surface))),
    ]);
    let notice = Value::object([
        ("version", Value::text(policy)),
        ("language", Value::text(LANGUAGE)),
        ("sha256", notice_hash.map_or(Value::Null, Value::text)),
        ("location", Value::text(format!("{}?version={policy}", Place::Policy.path()))),
    ]);
    let processing = Value::object([
        ("privacy_notice", notice),
        ("purposes", Value::List(vec![purpose_section(centre, *purpose, about.as_deref())])),
    ]);
    let shown = Value::object([("sha256", Value::text(words)), ("text", text.map_or(Value::Null, Value::Text))]);
    let members = [
        ("schema_version", Value::text("ISO/IEC TS 27560:2023")),
        ("pii_processing", processing),
        ("event", Value::List(vec![made])),
        ("words", shown),
    ];
    Ok(document(header(centre, &caller.pseudonym, RECEIPT, recorded.position, now), members))
}

/// The kinds of data that a decision is about, and who receives them because of it.
fn concerned<'c>(data: &'c Data, purpose: Purpose, about: Option<&str>) -> (Vec<&'c Field>, Vec<&'c Recipient>) {
    let recipient = about.and_then(|about| data.recipient(about));
    if let Some((recipient, due)) = recipient.and_then(|recipient| Some((recipient, recipient.due(purpose)?))) {
        let fields = data.fields().iter().filter(|field| due.fields.contains(&field.id));
        return (fields.collect(), vec![recipient]);
    }
    let fields: Vec<_> = data.fields().iter().filter(|field| field.consent.contains(&purpose)).collect();
    let mut recipients: Vec<_> = fields.iter().flat_map(|field| data.recipients(field)).collect();
    recipients.sort_unstable_by_key(|recipient| &recipient.id);
    recipients.dedup_by_key(|recipient| &recipient.id);
    (fields, recipients)
}

fn receiver(recipient: &Recipient) -> Value {
    Value::object([
        ("id", Value::text(&recipient.id)),
        ("name", Value::text(&recipient.name)),
        ("legal_name", Value::text(&recipient.legal_name)),
        ("contact", Value::text(&recipient.contact)),
        ("what_for", Value::text(&recipient.what_for)),
        ("location", recipient.abroad.as_ref().map_or(Value::text(JURISDICTION), Value::text)),
    ])
}

fn purpose_section(centre: &Centre, purpose: Purpose, about: Option<&str>) -> Value {
    let data = centre.catalogue.data();
    let (fields, recipients) = concerned(data, purpose, about);
    let mut terms: Vec<_> = fields.iter().flat_map(|field| data.purpose_terms(field)).map(|term| &term.dpv).collect();
    terms.sort_unstable();
    terms.dedup();
    let (basis, law) = lawful_basis(purpose);
    let mut section = Value::object([
        ("purpose", Value::text(purpose.id())),
        ("name", Value::text(centre.catalogue.label(purpose, about))),
        ("purpose_type", Value::texts(terms.iter().map(|term| format!("dpv:{term}")))),
        ("lawful_basis", Value::text(basis)),
        ("lawful_basis_law", Value::text(law)),
        ("pii_information", Value::List(fields.iter().map(|field| kind_of_data(centre, field)).collect())),
        ("pii_controllers", Value::texts(["controller"])),
        ("recipient_third_parties", Value::List(recipients.into_iter().map(receiver).collect())),
        ("withdrawal_method", Value::text("在“同意管理”里点“撤回”，或者在作出决定的页面关闭，立即生效")),
        ("withdrawal_location", Value::text(Place::Consents.path())),
        ("jurisdiction", Value::text(JURISDICTION)),
    ]);
    if let (Value::Object(members), Some(about)) = (&mut section, about) {
        members.insert("about".to_owned(), Value::text(about));
    }
    section
}

fn kind_of_data(centre: &Centre, field: &Field) -> Value {
    Value::object([
        ("pii_type", Value::text(&field.id)),
        ("name", Value::text(&field.name)),
        ("pii_optional", Value::Bool(!field.necessary)),
        ("sensitive", Value::Bool(field.sensitive)),
        ("retention_period", Value::text(&centre.catalogue.data().retention(field).words)),
    ])
}

/// What a decision rests on, as a term of the DPV, and by which law.
const fn lawful_basis(purpose: Purpose) -> (&'static str, &'static str) {
    match purpose.kind() {
        Kind::Setting => ("dpv:Contract", "《个人信息保护法》第十三条"),
        Kind::Consent => ("dpv:Consent", "《个人信息保护法》第十三条、第十四条"),
        Kind::SeparateConsent => ("dpv:ExplicitlyExpressedConsent", "《个人信息保护法》第十四条、第二十九条"),
    }
}

const fn consent_type(purpose: Purpose) -> &'static str {
    match purpose.kind() {
        Kind::Setting => "setting",
        Kind::Consent => "consent",
        Kind::SeparateConsent => "separate_consent",
    }
}

async fn certificate(centre: &Centre, caller: &Caller, recorded: &Recorded, now: Moment) -> Result<Value, Fault> {
    let Some((scope, erased, restricted)) = erased(&recorded.event) else { return Err(NotDocumented.into()) };
    let destroyed = store::keys_destroyed(centre, caller.person, recorded.at).await?;
    let (method, method_name) = match (destroyed.is_some(), erased) {
        (true, _) => ("key_destroyed", "记录已删除，加密用的密钥已销毁，备份里的也无法读取"),
        (false, 0) => ("restricted", "法律要求保存，只存储，不再使用"),
        (false, _) => ("row_deleted", "记录已从数据库删除，备份按期更新时一并删除"),
    };
    let erasure = Value::object([
        ("scope_name", Value::text(scope_name(&centre.catalogue, &scope))),
        ("scope", Value::Text(scope)),
        ("time", Value::text(recorded.at.iso_millis())),
        ("erased", Value::Number(erased)),
        ("restricted", Value::Number(restricted)),
        ("method", Value::text(method)),
        ("method_name", Value::text(method_name)),
        ("keys_destroyed_at", destroyed.map_or(Value::Null, |at| Value::text(at.iso_millis()))),
        ("law", Value::text("《个人信息保护法》第四十七条")),
    ]);
    let members = [("erasure", erasure), ("jurisdiction", Value::text(JURISDICTION))];
    Ok(document(header(centre, &caller.pseudonym, ERASURE, recorded.position, now), members))
}

/// What an erasure's scope is called.
#[must_use]
pub fn scope_name(catalogue: &Catalogue, scope: &str) -> String {
    match scope.split_once(':') {
        Some(("record", field)) => about_words(catalogue, &format!("record:{field}:")),
        Some(("withdrawal", id)) => {
            let label = id.parse().map(|purpose| catalogue.label(purpose, None));
            format!("撤回“{}”时一并删除的信息", label.as_deref().unwrap_or(id))
        }
        _ => about_words(catalogue, &format!("erase:{scope}")),
    }
}
