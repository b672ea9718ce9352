//! SQL of a guardian's answer.

use app::accounts::model::PhoneNumber;
use app::records::model::{Basis, Content, Source};
use app::requests::rules::reviewer;
use app::time::Moment;
use uuid::Uuid;

use super::{NotRecorded, codes};
use crate::accounts::codes::PHONE_INDEX;
use crate::accounts::store::{ACTIVE, WAITS_FOR_GUARDIAN, caller_of, find_person};
use crate::cancellation::child;
use crate::cancellation::store::lock_name;
use crate::centre::Centre;
use crate::consents::store as consents;
use crate::ledger::{self, Event};
use crate::messages::outbox::{self, Outgoing};
use crate::records::{self, LOCK, NewRecord};
use crate::replay::{self, Entry};
use crate::storage::{Tx, sql};
use crate::vault::Category;
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// The kind of record that holds a guardian's phone.
const CONTACT: &str = "guardian_contact";
/// Characters of what was checked.
const PROOF_CHARS: std::ops::RangeInclusive<usize> = 2..=300;

/// What the officer says of the check.
#[derive(Clone, Copy)]
pub struct Checked<'a> {
    /// The second proof, in words.
    pub proof: &'a str,
    /// Who checked it.
    pub by: &'a str,
}

impl<'a> Checked<'a> {
    fn valid(self) -> Result<(&'a str, &'a str), NotRecorded> {
        let proof = self.proof.trim();
        if !PROOF_CHARS.contains(&proof.chars().count()) || proof.chars().any(char::is_control) {
            return Err(NotRecorded::NoProof);
        }
        Ok((proof, reviewer(self.by).ok_or(NotRecorded::NoName)?))
    }
}

/// Who waits at the child's phone, and the guardian's phone, read.
pub(super) async fn waiting(
    centre: &Centre,
    child: &str,
    guardian: &str,
) -> Result<Result<(Uuid, PhoneNumber), NotRecorded>, Fault> {
    let person = match child_at(centre, child).await? {
        Ok(person) => person,
        Err(why) => return Ok(Err(why)),
    };
    let Ok(guardian) = guardian.parse::<PhoneNumber>() else {
        return Ok(Err(NotRecorded::NoPhone("--guardian-phone")));
    };
    let is_own = child.parse::<PhoneNumber>().is_ok_and(|child| child == guardian);
    Ok(if is_own { Err(NotRecorded::OwnPhone) } else { Ok((person, guardian)) })
}

async fn child_at(centre: &Centre, child: &str) -> Result<Result<Uuid, NotRecorded>, Fault> {
    let Ok(phone) = child.parse::<PhoneNumber>() else { return Ok(Err(NotRecorded::NoPhone("the child's phone"))) };
    let index = centre.vault.blind_index(PHONE_INDEX, phone.reveal());
    let Some(person) = find_person(centre, &index).await? else { return Ok(Err(NotRecorded::NotWaiting)) };
    let waits = waits(&mut centre.data.snapshot().await?, person).await?;
    Ok(if waits { Ok(person) } else { Err(NotRecorded::NotWaiting) })
}

/// Whether the account waits, and is not being erased.
async fn waits(tx: &mut Tx, person: Uuid) -> Result<bool, Fault> {
    let row = sql("SELECT id FROM person WHERE id = $1 AND state = $2 AND NOT EXISTS \
         (SELECT 1 FROM cancellation WHERE person_id = person.id AND ended_at IS NULL)")
    .bind(person)
    .bind(WAITS_FOR_GUARDIAN);
    Ok(row.fetch_optional::<(String,)>(tx).await?.is_some())
}

/// Records a guardian's yes: the account is in use from here.
///
/// # Errors
/// Storage or vault, or why nothing is recorded.
pub async fn agree(
    centre: &Centre,
    (child, guardian): (&str, &str),
    code: &str,
    checked: Checked<'_>,
    now: Moment,
) -> Result<Result<(), NotRecorded>, Fault> {
    let (proof, by) = match checked.valid() {
        Ok(valid) => valid,
        Err(why) => return Ok(Err(why)),
    };
    let (person, guardian) = match waiting(centre, child, guardian).await? {
        Ok(found) => found,
        Err(why) => return Ok(Err(why)),
    };
    codes::count_try(centre, person, &guardian).await?;
    let caller = caller_of(centre, person).await?;
    let mut tx = centre.data.begin().await?;
    lock(&mut tx, person).await?;
    if !codes::redeem(&mut tx, centre, (person, &guardian), code, now).await? {
        return Ok(Err(NotRecorded::WrongCode));
    }
    if !waits(&mut tx, person).await? {
        return Ok(Err(NotRecorded::NotWaiting));
    }
    if !keep_contact(&mut tx, centre, (person, &guardian), (proof, by), now).await? {
        return Ok(Err(NotRecorded::NoKind));
    }
    admit(&mut tx, &caller, now).await?;
    replay::note(&mut tx, centre, person, &Entry::GuardianAgreed, now).await?;
    tell(&mut tx, centre, &caller, &guardian, now).await?;
    tx.commit().await?;
    replay::flush_or_later(centre).await;
    Ok(Ok(()))
}

/// In the order in which everybody takes them.
async fn lock(tx: &mut Tx, person: Uuid) -> Result<(), Fault> {
    tx.lock_shared(LOCK).await?;
    tx.lock(&lock_name(person)).await?;
    tx.lock(&consents::lock_name(person)).await?;
    Ok(())
}

/// The account is in use, and its chain says why. False: it did not wait.
async fn admit(tx: &mut Tx, caller: &Caller, now: Moment) -> Result<bool, Fault> {
    let admitted = sql("UPDATE person SET state = $2 WHERE id = $1 AND state = $3")
        .bind(caller.person)
        .bind(ACTIVE)
        .bind(WAITS_FOR_GUARDIAN)
        .execute(&mut *tx)
        .await?;
    if admitted > 0 {
        ledger::append(tx, &caller.pseudonym, now, &Event::GuardianAnswered { agreed: true }).await?;
    }
    Ok(admitted > 0)
}

/// A restored backup that does not know it: unless the account is being erased, it is in use again.
///
/// # Errors
/// Storage or vault.
pub async fn agree_again(tx: &mut Tx, centre: &Centre, person: Uuid, at: Moment) -> Result<(), Fault> {
    if waits(tx, person).await? {
        admit(tx, &caller_of(centre, person).await?, at).await?;
    }
    Ok(())
}

/// The guardian's phone, what was checked and by whom: a record of its person's, with the retention of its kind.
async fn keep_contact(
    tx: &mut Tx,
    centre: &Centre,
    (person, guardian): (Uuid, &PhoneNumber),
    (proof, by): (&str, &str),
    now: Moment,
) -> Result<bool, Fault> {
    let Some(field) = centre.catalogue.data().field(CONTACT) else { return Ok(false) };
    let details =
        [("决定", "同意使用账号"), ("手机号核实", "向监护人手机发送的验证码"), ("另一项证明", proof), ("经办人", by)];
    let record = NewRecord {
        host_id: String::new(),
        person,
        field,
        at: now,
        source: Source::Given,
        basis: field.usual_basis().unwrap_or(Basis::LegalDuty),
        content: Content {
            value: guardian.reveal().to_owned(),
            details: details.map(|(label, text)| (label.to_owned(), text.to_owned())).to_vec(),
        },
    };
    let key = centre.vault.key_for(person, Category::Records(&field.id), now).await?;
    records::write_own(tx, &key, (Uuid::now_v7(), &record)).await?;
    Ok(true)
}

async fn tell(tx: &mut Tx, centre: &Centre, caller: &Caller, guardian: &PhoneNumber, now: Moment) -> Result<(), Fault> {
    let key = centre.vault.key_for(caller.person, Category::Outbox, now).await?;
    let child = crate::accounts::store::identity(centre, caller).await?.phone;
    let to_guardian = format!(
        "【一点生活】已记录：你作为监护人，同意{}的账号使用。想查看、更正、删除孩子的信息或改变主意，请联系个人信息保护负责人。",
        child.masked()
    );
    let to_child = "【一点生活】监护人已经同意，账号可以使用了。可选的设置都保持关闭。".to_owned();
    for (phone, text) in [(child, to_child), (guardian.clone(), to_guardian)] {
        let outgoing = Outgoing { id: Uuid::now_v7(), owner: caller.person, phone, text, not_before: now };
        outbox::put(tx, &key, &outgoing).await?;
    }
    Ok(())
}

/// Records a guardian's no: the account is signed out, and erased as soon as its turn comes.
///
/// # Errors
/// Storage or vault, or why nothing is recorded.
pub async fn refuse(
    centre: &Centre,
    child: &str,
    checked: Checked<'_>,
    now: Moment,
) -> Result<Result<(), NotRecorded>, Fault> {
    if let Err(why) = checked.valid() {
        return Ok(Err(why));
    }
    let person = match child_at(centre, child).await? {
        Ok(person) => person,
        Err(why) => return Ok(Err(why)),
    };
    let caller = caller_of(centre, person).await?;
    let mut tx = centre.data.begin().await?;
    lock(&mut tx, person).await?;
    if !waits(&mut tx, person).await? {
        return Ok(Err(NotRecorded::NotWaiting));
    }
    ledger::append(&mut tx, &caller.pseudonym, now, &Event::GuardianAnswered { agreed: false }).await?;
    replay::note(&mut tx, centre, person, &Entry::GuardianRefused, now).await?;
    child::erase_in(&mut tx, &caller, now).await?;
    tx.commit().await?;
    replay::flush_or_later(centre).await;
    Ok(Ok(()))
}
