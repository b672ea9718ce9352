//! The certificate that a whole account was erased. Whoever holds the secret link gets it, since they have no account any more.
//! What was destroyed, what is kept and who was to be told is the event's; how far the recipients have come, and what has
//! become of older copies of the keys, is told as it stands at issue.

use app::cancellation::key_copies::KeyCopies;
use app::proof::document::ACCOUNT_ERASURE;
use app::proof::json::Value;
use app::sharing::told::Progress;
use app::time::Moment;

use super::documents::{Document, JURISDICTION, document, header};
use crate::catalogue::Catalogue;
use crate::centre::Centre;
use crate::execution::plan::recipient_name;
use crate::execution::{Told, kinds};
use crate::ledger::{self, Event, KeptGround, Pseudonym, Recorded};
use crate::web::fault::Fault;

/// What the keys' destruction means.
const METHOD: &str = "加密用的密钥已销毁，备份里的也无法读取；记录已从数据库删除";

/// What is left of the number, and what for.
const NUMBER: &str = "手机号的加密校验值，用来挡住晚到的旧数据，免得记到这个号码的下一位使用者名下";

/// The certificate of that pseudonym's account, signed; none: it was not erased.
///
/// # Errors
/// Storage or ledger.
pub async fn certificate(
    centre: &Centre,
    pseudonym: &Pseudonym,
    told: &[Told],
    now: Moment,
) -> Result<Option<Document>, Fault> {
    let wanted = |recorded: &Recorded| matches!(recorded.event, Event::AccountErased { .. });
    let proved = ledger::prove(&centre.data, &centre.signer, pseudonym, wanted, now).await?;
    let Some(proved) = proved.into_iter().next_back() else { return Ok(None) };
    let Event::AccountErased { told: ids, .. } = &proved.recorded.event else { return Ok(None) };
    let Some(erasure) = erasure(&centre.catalogue, &proved.recorded) else { return Ok(None) };
    let copies = KeyCopies::of(proved.recorded.at, centre.vault.rotated_at(), now);
    let members = [
        ("account_erasure", erasure),
        ("key_copies", key_copies(copies)),
        ("recipients", Value::List(ids.iter().map(|id| recipient(centre, id, told)).collect())),
        ("jurisdiction", Value::text(JURISDICTION)),
    ];
    let header = header(centre, pseudonym, ACCOUNT_ERASURE, proved.recorded.position, now);
    let name = format!("account-erasure-{}.json", proved.recorded.at.beijing_date());
    Ok(Some(Document { name, text: centre.signer.seal(document(header, members), Some(proved.proof.value())) }))
}

fn erasure(catalogue: &Catalogue, recorded: &Recorded) -> Option<Value> {
    let Event::AccountErased { keys, erased, kept, self_test, number_until, .. } = &recorded.event else { return None };
    let erased = erased.iter().map(|erased| {
        Value::object([
            ("kind", Value::text(&erased.kind)),
            ("name", Value::text(kinds::name(catalogue, &erased.kind))),
            ("rows", Value::Number(erased.rows)),
        ])
    });
    let kept = kept.iter().map(|KeptGround { ground, records, until }| {
        Value::object([
            ("ground", Value::text(ground)),
            ("law", Value::text(kinds::law(catalogue, ground))),
            ("records", Value::Number(*records)),
            ("until", Value::Number(*until)),
            ("until_date", Value::text(Moment(*until).iso_millis())),
        ])
    });
    let number = number_until.map_or(Value::Null, |until| {
        Value::object([
            ("name", Value::text(NUMBER)),
            ("until", Value::Number(until)),
            ("until_date", Value::text(Moment(until).iso_millis())),
        ])
    });
    Some(Value::object([
        ("time", Value::text(recorded.at.iso_millis())),
        ("keys", Value::Number(*keys)),
        ("method", Value::text("key_destroyed")),
        ("method_name", Value::text(METHOD)),
        ("erased", Value::List(erased.collect())),
        ("kept", Value::List(kept.collect())),
        ("number", number),
        (
            "self_test",
            Value::object([("places", Value::Number(self_test.places)), ("found", Value::Number(self_test.found))]),
        ),
        ("law", Value::text("《个人信息保护法》第四十七条、《网络数据安全管理条例》第二十三条")),
    ]))
}

fn key_copies(copies: KeyCopies) -> Value {
    Value::object([
        ("state", Value::text(copies.id())),
        ("state_name", Value::text(copies.words())),
        ("at", Value::text(copies.at().iso_millis())),
    ])
}

/// One of the event's, and how far it has come; of whom no row is left, that it is not known.
fn recipient(centre: &Centre, id: &str, told: &[Told]) -> Value {
    let told = told.iter().find(|told| told.recipient == id);
    let time = |at: Option<Moment>| at.map_or(Value::Null, |at| Value::text(at.iso_millis()));
    Value::object([
        ("id", Value::text(id)),
        ("name", Value::text(recipient_name(centre, id))),
        ("state", Value::text(told.map_or("unknown", |told| told.progress.id()))),
        ("state_name", Value::text(told.map_or("签发时查不到进度", |told| state_name(told.progress)))),
        ("sent_at", time(told.and_then(|told| told.sent_at))),
        ("completed_at", time(told.and_then(|told| told.completed_at))),
    ])
}

const fn state_name(progress: Progress) -> &'static str {
    match progress {
        Progress::Waiting => "签发时正在通知",
        Progress::Sent => "已通知，签发时还没有答复",
        Progress::Accepted => "已受理",
        Progress::Completed => "已完成删除",
        Progress::Retained => "按它自己的授权或法定义务保留",
        Progress::ByHand => "由专人联系，对方说已完成删除（没有签名的答复）",
        Progress::Dead => "没能自动送达，由专人联系",
    }
}
