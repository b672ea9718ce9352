//! The code that goes to a guardian's phone: good for one child's account, for as short and as few tries as any other.

use app::accounts::model::{CodeUse, PhoneNumber};
use app::accounts::rules::may_send;
use app::promises::{CODE_LIFE, CODE_TRIES};
use app::time::{HOUR, Moment};
use uuid::Uuid;

use super::NotRecorded;
use super::store::both;
use crate::accounts::codes::{PHONE_INDEX, message, random_code};
use crate::centre::Centre;
use crate::messages;
use crate::storage::{Tx, sql};
use crate::web::fault::Fault;

/// A code is found by the guardian's phone and the child's account; its check value is made of both.
struct Address {
    index: [u8; 32],
    own: String,
}

impl Address {
    fn of(centre: &Centre, child: Uuid, guardian: &PhoneNumber) -> Self {
        Self { index: centre.vault.blind_index(PHONE_INDEX, guardian.reveal()), own: format!("{child}.%") }
    }
}

fn mac(centre: &Centre, child: Uuid, guardian: &PhoneNumber, code: &str) -> [u8; 32] {
    centre.vault.blind_index("guardian_code", &format!("{child}\n{}\n{}", guardian.reveal(), code.trim()))
}

/// Sends a code to the guardian's phone, and waits until the gateway has it.
///
/// # Errors
/// Storage, or why none was sent.
pub async fn send_code(
    centre: &Centre,
    child: &str,
    guardian: &str,
    now: Moment,
) -> Result<Result<(), NotRecorded>, Fault> {
    let (person, guardian) = match both(centre, child, guardian).await? {
        Ok((person, _, guardian)) => (person, guardian),
        Err(why) => return Ok(Err(why)),
    };
    let (code, Address { index, own }) = (random_code(), Address::of(centre, person, &guardian));
    let mut tx = centre.data.begin().await?;
    tx.lock("guardian_codes").await?;
    // Counted for the phone, whosever guardian it is, and for the child, whatever phone is named.
    let sent = sql("SELECT sent_at FROM one_time_code \
         WHERE use_for = $1 AND sent_at > $2 AND (phone_index = $3 OR id LIKE $4)")
    .bind(CodeUse::Guardian.id())
    .bind(now.plus(-HOUR).0)
    .bind(index)
    .bind(own)
    .fetch_all::<(i64,)>(&mut tx)
    .await?;
    let sent: Vec<_> = sent.into_iter().map(|(at,)| Moment(at)).collect();
    if let Err(no_code) = may_send(&sent, centre.limits.codes.per_phone, now) {
        return Ok(Err(NotRecorded::NoCode(no_code)));
    }
    sql("INSERT INTO one_time_code (id, phone_index, use_for, code_mac, sent_at, expires_at, attempts) \
         VALUES ($1, $2, $3, $4, $5, $6, 0)")
    .bind(format!("{person}.{}", Uuid::now_v7()))
    .bind(index)
    .bind(CodeUse::Guardian.id())
    .bind(mac(centre, person, &guardian, &code))
    .bind(now.0)
    .bind(now.plus(CODE_LIFE).0)
    .execute(&mut tx)
    .await?;
    tx.commit().await?;
    let text = message(&code, CodeUse::Guardian);
    let taken = messages::send_own(centre, Uuid::now_v7(), guardian, text).await?;
    Ok(if taken { Ok(()) } else { Err(NotRecorded::NotSent) })
}

/// Counts one try against every code that was sent to that phone for that child, in a transaction of its own.
pub(super) async fn count_try(centre: &Centre, child: Uuid, guardian: &PhoneNumber) -> Result<(), Fault> {
    let Address { index, own } = Address::of(centre, child, guardian);
    let mut tx = centre.data.begin().await?;
    sql("UPDATE one_time_code SET attempts = attempts + 1 WHERE phone_index = $1 AND use_for = $2 AND id LIKE $3")
        .bind(index)
        .bind(CodeUse::Guardian.id())
        .bind(own)
        .execute(&mut tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Uses the code up, in the transaction of the answer. False: it does not hold.
pub(super) async fn redeem(
    tx: &mut Tx,
    centre: &Centre,
    (child, guardian): (Uuid, &PhoneNumber),
    code: &str,
    now: Moment,
) -> Result<bool, Fault> {
    let Address { index, own } = Address::of(centre, child, guardian);
    let used = sql("UPDATE one_time_code SET used_at = $5 WHERE phone_index = $1 AND use_for = $2 AND id LIKE $3 \
         AND code_mac = $4 AND used_at IS NULL AND expires_at > $5 AND attempts <= $6")
    .bind(index)
    .bind(CodeUse::Guardian.id())
    .bind(own)
    .bind(mac(centre, child, guardian, code))
    .bind(now.0)
    .bind(CODE_TRIES)
    .execute(tx)
    .await?;
    Ok(used == 1)
}
