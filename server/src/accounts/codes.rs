//! One-time codes by SMS: six digits, five minutes, five tries, for one use only. Kept as a MAC, the phone as its index.

use app::accounts::model::{CodeUse, PhoneNumber};
use app::accounts::rules::{NoCode, SentCode, is_live, may_send};
use app::promises::CODE_LIFE;
use app::time::{HOUR, MINUTE, Moment};
use uuid::Uuid;

use crate::centre::Centre;
use crate::messages;
use crate::storage::{Tx, sql};
use crate::vault::random_bytes;
use crate::web::fault::Fault;

/// Which column the phone's blind index belongs to; the same wherever a phone is looked up.
pub const PHONE_INDEX: &str = "phone";

/// Asks for a code. When one is due, it is recorded and, if `reaches` (an account is there, or the use needs none), sent.
/// The answer is the same either way, and so is the time: sending happens after it.
///
/// # Errors
/// Storage.
pub async fn request(
    centre: &Centre,
    phone: &PhoneNumber,
    use_for: CodeUse,
    reaches: bool,
    now: Moment,
) -> Result<Result<(), NoCode>, Fault> {
    let index = centre.vault.blind_index(PHONE_INDEX, phone.reveal());
    let code = random_code();
    let mut tx = centre.data.begin().await?;
    tx.lock(&format!("codes:{}", hex(&index))).await?;
    let sent = sql("SELECT sent_at FROM one_time_code WHERE phone_index = $1 AND sent_at > $2")
        .bind(index)
        .bind(now.plus(-HOUR).0)
        .fetch_all::<(i64,)>(&mut tx)
        .await?;
    let sent: Vec<_> = sent.into_iter().map(|(at,)| Moment(at)).collect();
    if let Err(no_code) = may_send(&sent, centre.limits.codes, now) {
        return Ok(Err(no_code));
    }
    sql("INSERT INTO one_time_code (id, phone_index, use_for, code_mac, sent_at, expires_at, attempts) \
         VALUES ($1, $2, $3, $4, $5, $6, 0)")
    .bind(Uuid::now_v7())
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
    Ok(Ok(()))
}

/// Tells the owner of a phone that somebody tried to register it again, in place of a code.
pub fn say_already_registered(centre: &Centre, phone: &PhoneNumber) {
    let text = "【一点生活】这个手机号已经注册过，可以直接登录。如果不是你本人操作，请忽略。";
    messages::send_code(centre, phone.clone(), text.to_owned());
}

/// Uses a code up, inside the transaction of what it is for. False: wrong, too old, used, or tried too often.
/// Every try is counted by [`count_try`] beforehand, in a transaction of its own, so that a rollback does not forget it.
///
/// # Errors
/// Storage.
pub async fn redeem(
    tx: &mut Tx,
    centre: &Centre,
    phone: &PhoneNumber,
    use_for: CodeUse,
    code: &str,
    now: Moment,
) -> Result<bool, Fault> {
    let index = centre.vault.blind_index(PHONE_INDEX, phone.reveal());
    let used = sql("UPDATE one_time_code SET used_at = $5 \
         WHERE phone_index = $1 AND use_for = $2 AND code_mac = $3 AND used_at IS NULL AND expires_at > $4 AND attempts <= $6")
        .bind(index)
        .bind(use_for.id())
        .bind(mac(centre, &index, use_for, code.trim()))
        .bind(now.0)
        .bind(now.0)
        .bind(app::promises::CODE_TRIES)
        .execute(tx)
        .await?;
    Ok(used == 1)
}

/// Counts one try against every live code of that phone and use. False: none is live.
///
/// # Errors
/// Storage.
pub async fn count_try(centre: &Centre, phone: &PhoneNumber, use_for: CodeUse, now: Moment) -> Result<bool, Fault> {
    let index = centre.vault.blind_index(PHONE_INDEX, phone.reveal());
    let mut tx = centre.data.begin().await?;
    let codes = sql("SELECT sent_at, attempts, used_at FROM one_time_code WHERE phone_index = $1 AND use_for = $2 AND expires_at > $3")
        .bind(index)
        .bind(use_for.id())
        .bind(now.0)
        .fetch_all::<(i64, i64, Option<i64>)>(&mut tx)
        .await?;
    sql("UPDATE one_time_code SET attempts = attempts + 1 WHERE phone_index = $1 AND use_for = $2 AND expires_at > $3")
        .bind(index)
        .bind(use_for.id())
        .bind(now.0)
        .execute(&mut tx)
        .await?;
    tx.commit().await?;
    Ok(codes.into_iter().any(|(sent_at, attempts, used_at)| {
        is_live(&SentCode { sent_at: Moment(sent_at), attempts, used: used_at.is_some() }, now)
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
    i32::try_from(centre.limits.codes.pause / app::time::SECOND).unwrap_or(i32::MAX)
}
