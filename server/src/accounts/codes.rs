//! One-time codes by SMS: six digits, five minutes, five tries, for one use only. Kept as a MAC, the phone as its index.
//!
//! A code belongs to who asked for it: a session, or a visitor's browser by a cookie of its own. Nobody else can use it, nor use
//! up its tries; so nobody makes another's code worthless by guessing at it.

use app::accounts::code_limits::{Asker, Counted, half_used, has_room};
use app::accounts::model::{CodeUse, PhoneNumber};
use app::accounts::rules::{NoCode, SentCode, is_live, may_send};
use app::promises::CODE_LIFE;
use app::time::{HOUR, MINUTE, Moment, SECOND};
use axum::http::header;
use axum::response::Response;
use uuid::Uuid;

use super::{code_counts, known_devices, store};
use crate::centre::Centre;
use crate::cookies::gate;
use crate::messages;
use crate::storage::{Tx, sql};
use crate::vault::random_bytes;
use crate::web::fault::Fault;
use crate::web::visit::Visit;

/// Which column the phone's blind index belongs to; the same wherever a phone is looked up.
pub const PHONE_INDEX: &str = "phone";

/// The cookie of a visitor's browser that asked for a code.
pub const TICKET_COOKIE: &str = "code_ticket";

/// Whose a code is, as the front of its id: a session's, or that of a browser with this ticket.
fn owner(centre: &Centre, asker: &str) -> String {
    hex(&centre.vault.blind_index("code_owner", asker)[..16])
}

/// Whose the codes of this visit are; nothing: this browser has asked for none.
fn owner_of(visit: &Visit) -> Option<String> {
    let session = visit.caller.as_ref().map(|caller| caller.session.to_string());
    let asker = session.or_else(|| visit.cookie(TICKET_COOKIE).map(ToOwned::to_owned))?;
    Some(owner(&visit.centre, &asker))
}

/// A code that was asked for.
pub struct Asked {
    ticket: Option<String>,
}

impl Asked {
    /// Makes a visitor's browser the one that can use the code.
    pub fn remember(&self, visit: &Visit, response: &mut Response) {
        if let Some(ticket) = &self.ticket {
            let cookie = gate::necessary(TICKET_COOKIE, ticket, Some(CODE_LIFE / SECOND), visit.centre.https);
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
}

/// Asks for a code. When one is due, it is recorded, counted, and, if there is somebody for it, sent. The answer is the same either
/// way, and so is the time: what has an account is looked up for every phone, and sending happens after the answer.
///
/// # Errors
/// Storage.
pub async fn request(visit: &Visit, phone: &PhoneNumber, use_for: CodeUse) -> Result<Result<Asked, NoCode>, Fault> {
    let (centre, now) = (&visit.centre, visit.now);
    let index = centre.vault.blind_index(PHONE_INDEX, phone.reveal());
    let account = store::find_person(centre, &index).await?;
    let asker = asker(visit, account).await?;
    let code = random_code();
    let mut tx = centre.data.begin().await?;
    tx.lock(code_counts::LOCK).await?;
    let sent = sent_to(&mut tx, &index, (use_for, asker), now).await?;
    if let Err(no_code) = may_send(&sent, centre.limits.codes.per_phone, now) {
        return Ok(Err(no_code));
    }
    let counted = code_counts::read(&mut tx, visit, (asker, use_for), &index).await?;
    if let Err(no_code) = has_room(&counted, now) {
        return Ok(Err(no_code));
    }
    code_counts::add(&mut tx, visit, &counted, &index).await?;
    let ticket = visit.caller.is_none().then(|| ticket(visit));
    let owner = match &ticket {
        Some(ticket) => owner(centre, ticket),
        None => owner(centre, &visit.caller()?.session.to_string()),
    };
    sql("INSERT INTO one_time_code (id, phone_index, use_for, code_mac, sent_at, expires_at, attempts, known_device) \
         VALUES ($1, $2, $3, $4, $5, $6, 0, $7)")
    .bind(format!("{owner}.{}", Uuid::now_v7()))
    .bind(index)
    .bind(use_for.id())
    .bind(mac(centre, &index, use_for, &code))
    .bind(now.0)
    .bind(now.plus(CODE_LIFE).0)
    .bind(asker == Asker::Known)
    .execute(&mut tx)
    .await?;
    tx.commit().await?;
    if let Some(half) = half_used(&counted) {
        alarm(centre, half);
    }
    send(centre, phone, (use_for, &code), (account.is_some(), sent.is_empty()));
    Ok(Ok(Asked { ticket }))
}

async fn asker(visit: &Visit, account: Option<Uuid>) -> Result<Asker, Fault> {
    let is_own = visit.caller.as_ref().is_some_and(|caller| Some(caller.person) == account);
    if is_own || known_devices::is_known(visit, account).await? {
        return Ok(Asker::Known);
    }
    Ok(if visit.caller.is_some() { Asker::SignedIn } else { Asker::Visitor })
}

/// When codes that count together with this one went to that phone, within the hour. For signing in, strangers and those who are
/// known are counted apart: nobody is held up by a stranger who knows their phone.
async fn sent_to(
    tx: &mut Tx,
    index: &[u8; 32],
    (use_for, asker): (CodeUse, Asker),
    now: Moment,
) -> Result<Vec<Moment>, Fault> {
    let sent = sql("SELECT use_for, sent_at, known_device FROM one_time_code WHERE phone_index = $1 AND sent_at > $2")
        .bind(index)
        .bind(now.plus(-HOUR).0)
        .fetch_all::<(String, i64, bool)>(tx)
        .await?;
    let counts = |(sent_for, _, known): &(String, i64, bool)| {
        let is_apart = use_for == CodeUse::SignIn && *known != (asker == Asker::Known);
        !is_apart && use_for.counted_with().iter().any(|counted| counted.id() == sent_for)
    };
    Ok(sent.into_iter().filter(counts).map(|(_, at, _)| Moment(at)).collect())
}

/// Sends what is due: the code, or to the owner of a phone that is to be registered again, once an hour, that it is registered. The
/// page says the same to everybody, so that nobody learns who has an account.
fn send(centre: &Centre, phone: &PhoneNumber, (use_for, code): (CodeUse, &str), (has_account, is_first): (bool, bool)) {
    let text = match use_for {
        CodeUse::Register | CodeUse::NewPhone if has_account => is_first.then(|| ALREADY_REGISTERED.to_owned()),
        CodeUse::SignIn if !has_account => None,
        _ => Some(message(code, use_for)),
    };
    if let Some(text) = text {
        messages::send_code(centre, phone.clone(), text);
    }
}

/// In place of a code.
const ALREADY_REGISTERED: &str = "【一点生活】这个手机号已经注册过，可以直接登录。如果不是你本人操作，请忽略。";

/// Somebody may be having codes sent for money, or to do harm.
fn alarm(centre: &Centre, half: Counted) {
    if centre.limits.may_alarm() {
        let Counted { counter, limit, sent, .. } = half;
        tracing::error!(
            ?counter,
            sent = sent + 1,
            limit,
            "half of the codes by SMS that may go within an hour are used"
        );
    }
}

/// This browser's ticket: a code that was sent before stays as good as the one that is sent now.
fn ticket(visit: &Visit) -> String {
    let ours = |text: &&str| Uuid::parse_str(text).is_ok_and(|id| id.to_string() == **text);
    visit.cookie(TICKET_COOKIE).filter(ours).map_or_else(|| Uuid::new_v4().to_string(), ToOwned::to_owned)
}

/// Uses a code up, inside the transaction of what it is for. False: wrong, too old, used, tried too often, or somebody else's.
/// Every try is counted by [`count_try`] beforehand, in a transaction of its own, so that a rollback does not forget it.
///
/// # Errors
/// Storage.
pub async fn redeem(
    tx: &mut Tx,
    visit: &Visit,
    phone: &PhoneNumber,
    use_for: CodeUse,
    code: &str,
) -> Result<bool, Fault> {
    let Some(owner) = owner_of(visit) else { return Ok(false) };
    let index = visit.centre.vault.blind_index(PHONE_INDEX, phone.reveal());
    let used = sql("UPDATE one_time_code SET used_at = $5 \
         WHERE phone_index = $1 AND use_for = $2 AND code_mac = $3 AND used_at IS NULL AND expires_at > $4 \
         AND attempts <= $6 AND id LIKE $7")
    .bind(index)
    .bind(use_for.id())
    .bind(mac(&visit.centre, &index, use_for, code.trim()))
    .bind(visit.now.0)
    .bind(visit.now.0)
    .bind(app::promises::CODE_TRIES)
    .bind(format!("{owner}.%"))
    .execute(tx)
    .await?;
    Ok(used == 1)
}

/// Counts one try against every live code of that phone and use which was asked for from here. True: it fits one of them. So
/// whoever is wrong has learned nothing of the phone, and nothing was looked up that takes longer for a known one.
///
/// # Errors
/// Storage.
pub async fn count_try(visit: &Visit, phone: &PhoneNumber, use_for: CodeUse, code: &str) -> Result<bool, Fault> {
    let Some(owner) = owner_of(visit) else { return Ok(false) };
    let (centre, now) = (&visit.centre, visit.now);
    let (index, own) = (centre.vault.blind_index(PHONE_INDEX, phone.reveal()), format!("{owner}.%"));
    let mut tx = centre.data.begin().await?;
    let codes = sql("SELECT code_mac, sent_at, attempts, used_at FROM one_time_code \
         WHERE phone_index = $1 AND use_for = $2 AND expires_at > $3 AND id LIKE $4")
    .bind(index)
    .bind(use_for.id())
    .bind(now.0)
    .bind(&own)
    .fetch_all::<(Vec<u8>, i64, i64, Option<i64>)>(&mut tx)
    .await?;
    sql("UPDATE one_time_code SET attempts = attempts + 1 \
         WHERE phone_index = $1 AND use_for = $2 AND expires_at > $3 AND id LIKE $4")
    .bind(index)
    .bind(use_for.id())
    .bind(now.0)
    .bind(&own)
    .execute(&mut tx)
    .await?;
    tx.commit().await?;
    let tried = mac(centre, &index, use_for, code.trim());
    Ok(codes.into_iter().any(|(code, sent_at, attempts, used_at)| {
        code == tried && is_live(&SentCode { sent_at: Moment(sent_at), attempts, used: used_at.is_some() }, now)
    }))
}

/// Removes codes that count for nothing any more.
///
/// # Errors
/// Storage.
pub async fn tidy(centre: &Centre, now: Moment) -> Result<u64, Fault> {
    let mut tx = centre.data.begin().await?;
    let gone = sql("DELETE FROM one_time_code WHERE sent_at < $1").bind(now.plus(-HOUR).0).execute(&mut tx).await?;
    let gone = gone + code_counts::tidy(&mut tx, now).await?;
    tx.commit().await?;
    Ok(gone)
}

/// What a code says it is for.
pub(crate) fn message(code: &str, use_for: CodeUse) -> String {
    let minutes = CODE_LIFE / MINUTE;
    format!("【一点生活】验证码 {code}，用于{}，{minutes}分钟内有效。请不要告诉任何人。", use_for.words())
}

/// Six digits.
pub(crate) fn random_code() -> String {
    // 64 bits over a million: the bias is under one in ten million million.
    let number = u64::from_le_bytes(random_bytes()) % 1_000_000;
    format!("{number:06}")
}

fn mac(centre: &Centre, phone_index: &[u8; 32], use_for: CodeUse, code: &str) -> [u8; 32] {
    let value = format!("{}:{}:{code}", hex(phone_index), use_for.id());
    centre.vault.blind_index("one_time_code", &value)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Seconds of the pause after a code, for the button that counts down.
#[must_use]
pub fn pause_seconds(centre: &Centre) -> i32 {
    i32::try_from(centre.limits.codes.per_phone.pause / SECOND).unwrap_or(i32::MAX)
}
