//! One-time codes by SMS: six digits, five minutes, five tries, for one use only. Kept as a MAC, the phone as its index.
//!
//! A code belongs to who asked for it: a session, or a visitor's browser by a cookie of its own. Nobody else can use it, nor use
//! up its tries; so nobody makes another's code worthless by guessing at it.

use app::accounts::model::{CodeUse, PhoneNumber};
use app::accounts::rules::{NoCode, SentCode, is_live, may_send};
use app::promises::CODE_LIFE;
use app::time::{HOUR, MINUTE, Moment, SECOND};
use axum::http::header;
use axum::response::Response;
use uuid::Uuid;

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
    /// The first within an hour that is counted together with it.
    pub is_first: bool,
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

/// Asks for a code. When one is due, it is recorded and, if `reaches` (an account is there, or the use needs none), sent.
/// The answer is the same either way, and so is the time: sending happens after it.
///
/// # Errors
/// Storage.
pub async fn request(
    visit: &Visit,
    phone: &PhoneNumber,
    use_for: CodeUse,
    reaches: bool,
) -> Result<Result<Asked, NoCode>, Fault> {
    let (centre, now) = (&visit.centre, visit.now);
    let index = centre.vault.blind_index(PHONE_INDEX, phone.reveal());
    let code = random_code();
    let mut tx = centre.data.begin().await?;
    tx.lock(&format!("codes:{}", hex(&index))).await?;
    let sent = sql("SELECT use_for, sent_at FROM one_time_code WHERE phone_index = $1 AND sent_at > $2")
        .bind(index)
        .bind(now.plus(-HOUR).0)
        .fetch_all::<(String, i64)>(&mut tx)
        .await?;
    let counts = |sent_for: &str| use_for.counted_with().iter().any(|counted| counted.id() == sent_for);
    let sent: Vec<_> = sent.into_iter().filter(|(sent_for, _)| counts(sent_for)).map(|(_, at)| Moment(at)).collect();
    if let Err(no_code) = may_send(&sent, centre.limits.codes, now) {
        return Ok(Err(no_code));
    }
    // A stranger can't take from one address all that a phone gets for signing in.
    if use_for == CodeUse::SignIn && centre.limits.try_code(&index, visit.address).is_err() {
        return Ok(Err(NoCode::Enough));
    }
    let ticket = visit.caller.is_none().then(|| ticket(visit));
    let owner = match &ticket {
        Some(ticket) => owner(centre, ticket),
        None => owner(centre, &visit.caller()?.session.to_string()),
    };
    sql("INSERT INTO one_time_code (id, phone_index, use_for, code_mac, sent_at, expires_at, attempts) \
         VALUES ($1, $2, $3, $4, $5, $6, 0)")
    .bind(format!("{owner}.{}", Uuid::now_v7()))
    .bind(index)
    .bind(use_for.id())
    .bind(mac(centre, &index, use_for, &code))
    .bind(now.0)
    .bind(now.plus(CODE_LIFE).0)
    .execute(&mut tx)
    .await?;
    tx.commit().await?;
    if reaches {
        let text = message(&code, use_for);
        messages::send_code(centre, phone.clone(), text);
    }
    Ok(Ok(Asked { is_first: sent.is_empty(), ticket }))
}

/// This browser's ticket: a code that was sent before stays as good as the one that is sent now.
fn ticket(visit: &Visit) -> String {
    let ours = |text: &&str| Uuid::parse_str(text).is_ok_and(|id| id.to_string() == **text);
    visit.cookie(TICKET_COOKIE).filter(ours).map_or_else(|| Uuid::new_v4().to_string(), ToOwned::to_owned)
}

/// Tells the owner of a phone that somebody tried to register it again, in place of a code.
pub fn say_already_registered(centre: &Centre, phone: &PhoneNumber) {
    let text = "【一点生活】这个手机号已经注册过，可以直接登录。如果不是你本人操作，请忽略。";
    messages::send_code(centre, phone.clone(), text.to_owned());
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
    tx.commit().await?;
    Ok(gone)
}

fn message(code: &str, use_for: CodeUse) -> String {
    let minutes = CODE_LIFE / MINUTE;
    format!("【一点生活】验证码 {code}，用于{}，{minutes}分钟内有效。请不要告诉任何人。", use_for.words())
}

fn random_code() -> String {
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
    i32::try_from(centre.limits.codes.pause / SECOND).unwrap_or(i32::MAX)
}
