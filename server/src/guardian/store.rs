//! SQL of a guardian's answer.

use app::accounts::model::{AgeBand, PhoneNumber};
use app::cancellation::model::State;
use app::records::model::{Basis, Content, Source};
use app::requests::rules::reviewer;
use app::time::Moment;
use uuid::Uuid;

use super::{NotRecorded, codes};
use crate::accounts::band;
use crate::accounts::codes::PHONE_INDEX;
use crate::accounts::store::{ACTIVE, WAITS_FOR_GUARDIAN, caller_of, find_person, identity};
use crate::cancellation::child;
use crate::cancellation::store::lock_name;
use crate::centre::Centre;
use crate::consents::store as consents;
use crate::ledger::{self, Event, Recorded};
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

/// How a child's account stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand {
    /// No guardian has agreed to it.
    Waits,
    /// A guardian has.
    InUse,
}

/// Whose account has the child's phone, and the guardian's phone, read.
pub(super) async fn both(
    centre: &Centre,
    child: &str,
    guardian: &str,
) -> Result<Result<(Uuid, Stand, PhoneNumber), NotRecorded>, Fault> {
    let (person, stands) = match child_at(centre, child).await? {
        Ok(found) => found,
        Err(why) => return Ok(Err(why)),
    };
    let Ok(guardian) = guardian.parse::<PhoneNumber>() else {
        return Ok(Err(NotRecorded::NoPhone("--guardian-phone")));
    };
    let is_own = child.parse::<PhoneNumber>().is_ok_and(|child| child == guardian);
    Ok(if is_own { Err(NotRecorded::OwnPhone) } else { Ok((person, stands, guardian)) })
}

async fn child_at(centre: &Centre, child: &str) -> Result<Result<(Uuid, Stand), NotRecorded>, Fault> {
    let Ok(phone) = child.parse::<PhoneNumber>() else { return Ok(Err(NotRecorded::NoPhone("the child's phone"))) };
    let index = centre.vault.blind_index(PHONE_INDEX, phone.reveal());
    let Some(person) = find_person(centre, &index).await? else { return Ok(Err(NotRecorded::NotWaiting)) };
    let stand = stand(&mut centre.data.snapshot().await?, centre, person).await?;
    Ok(stand.map(|stand| (person, stand)).ok_or(NotRecorded::NotWaiting))
}

/// How the account stands; none if it is no child's, or is being erased.
async fn stand(tx: &mut Tx, centre: &Centre, person: Uuid) -> Result<Option<Stand>, Fault> {
    let row = sql("SELECT state FROM person WHERE id = $1 AND NOT EXISTS \
         (SELECT 1 FROM cancellation WHERE person_id = person.id AND ended_at IS NULL AND state = $2)")
    .bind(person)
    .bind(State::Executing.id());
    let state = row.fetch_optional::<(String,)>(&mut *tx).await?.map(|(state,)| state);
    Ok(match state.as_deref() {
        Some(WAITS_FOR_GUARDIAN) => Some(Stand::Waits),
        Some(ACTIVE) if band::of(tx, &centre.vault, person).await? == AgeBand::Under14 => Some(Stand::InUse),
        _ => None,
    })
}

/// An answer that the guardian's code has proved, in the transaction that it is written in.
struct Proved {
    tx: Tx,
    caller: Caller,
    guardian: PhoneNumber,
}

impl Proved {
    /// Uses the code up, for an account that stands like that, and keeps what was checked.
    async fn of(
        centre: &Centre,
        from: Stand,
        (child, guardian, code): (&str, &str, &str),
        kept: (&str, &str, &str),
        now: Moment,
    ) -> Result<Result<Self, NotRecorded>, Fault> {
        let (person, guardian) = match both(centre, child, guardian).await? {
            Ok((person, stands, guardian)) if stands == from => (person, guardian),
            Ok(_) => return Ok(Err(NotRecorded::NotWaiting)),
            Err(why) => return Ok(Err(why)),
        };
        codes::count_try(centre, person, &guardian).await?;
        let caller = caller_of(centre, person).await?;
        let mut tx = centre.data.begin().await?;
        lock(&mut tx, person).await?;
        if !codes::redeem(&mut tx, centre, (person, &guardian), code, now).await? {
            return Ok(Err(NotRecorded::WrongCode));
        }
        if stand(&mut tx, centre, person).await? != Some(from) {
            return Ok(Err(NotRecorded::NotWaiting));
        }
        if !keep_contact(&mut tx, centre, (person, &guardian), kept, now).await? {
            return Ok(Err(NotRecorded::NoKind));
        }
        Ok(Ok(Self { tx, caller, guardian }))
    }

    /// Tells the child and the guardian, whose text names the child's masked phone, each at their own phone, and commits.
    async fn end(
        self,
        centre: &Centre,
        entry: Entry,
        (to_child, to_guardian): (String, impl FnOnce(&str) -> String),
        now: Moment,
    ) -> Result<(), Fault> {
        let Self { mut tx, caller, guardian } = self;
        let person = caller.person;
        replay::note(&mut tx, centre, person, &entry, now).await?;
        let child = identity(centre, &caller).await?.phone;
        let to_guardian = to_guardian(&child.masked());
        let key = centre.vault.key_for(person, Category::Outbox, now).await?;
        let outgoing = |phone, text| Outgoing { id: Uuid::now_v7(), owner: person, phone, text, not_before: now };
        outbox::put(&mut tx, &key, &outgoing(child, to_child)).await?;
        outbox::put_to_another(&mut tx, &key, &outgoing(guardian, to_guardian)).await?;
        tx.commit().await?;
        replay::flush_or_later(centre).await;
        Ok(())
    }
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
    let kept = ("同意使用账号", proof, by);
    let mut proved = match Proved::of(centre, Stand::Waits, (child, guardian, code), kept, now).await? {
        Ok(proved) => proved,
        Err(why) => return Ok(Err(why)),
    };
    admit(&mut proved.tx, &proved.caller, now).await?;
    let to_child = "【一点生活】监护人已经同意，账号可以使用了。可选的设置都保持关闭。".to_owned();
    let to_guardian = |child: &str| {
        format!(
            "【一点生活】已记录：你作为监护人，同意{child}的账号使用。想查看、更正、删除孩子的信息或改变主意，请联系个人信息保护负责人。"
        )
    };
    proved.end(centre, Entry::GuardianAgreed, (to_child, to_guardian), now).await?;
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
    let admitted = sql("UPDATE person SET state = $2, waits_since = NULL WHERE id = $1 AND state = $3")
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

/// A restored backup that does not know it: unless the account is being erased, or the yes was taken back since, it is in use again.
///
/// # Errors
/// Storage or vault.
pub async fn agree_again(tx: &mut Tx, centre: &Centre, person: Uuid, at: Moment) -> Result<(), Fault> {
    let waits = stand(tx, centre, person).await? == Some(Stand::Waits);
    if waits && child::wait_of(&mut *tx, person).await?.since <= at {
        admit(tx, &caller_of(centre, person).await?, at).await?;
    }
    Ok(())
}

/// The guardian's phone, what was checked and by whom: a record of its person's, with the retention of its kind.
async fn keep_contact(
    tx: &mut Tx,
    centre: &Centre,
    (person, guardian): (Uuid, &PhoneNumber),
    (decision, proof, by): (&str, &str, &str),
    now: Moment,
) -> Result<bool, Fault> {
    let Some(field) = centre.catalogue.data().field(CONTACT) else { return Ok(false) };
    let details =
        [("决定", decision), ("手机号核实", "向监护人手机发送的验证码"), ("另一项证明", proof), ("经办人", by)];
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

/// Records a guardian's no, and returns when the account is erased. One that was never used is signed out, and erased as soon as
/// its turn comes. One that is in use takes the same proofs as a yes (`code`: the guardian's phone, and what was sent there): it
/// waits for a guardian again, and is erased if none agrees in time.
///
/// # Errors
/// Storage or vault, or why nothing is recorded.
pub async fn refuse(
    centre: &Centre,
    child: &str,
    code: Option<(&str, &str)>,
    checked: Checked<'_>,
    now: Moment,
) -> Result<Result<Moment, NotRecorded>, Fault> {
    let valid = match checked.valid() {
        Ok(valid) => valid,
        Err(why) => return Ok(Err(why)),
    };
    let person = match (child_at(centre, child).await?, code) {
        (Ok((person, Stand::Waits)), _) => person,
        (Ok((_, Stand::InUse)), Some((guardian, code))) => {
            return take_back(centre, (child, guardian), code, valid, now).await;
        }
        (Ok((_, Stand::InUse)), None) => return Ok(Err(NotRecorded::InUse)),
        (Err(why), _) => return Ok(Err(why)),
    };
    let caller = caller_of(centre, person).await?;
    let mut tx = centre.data.begin().await?;
    lock(&mut tx, person).await?;
    if stand(&mut tx, centre, person).await? != Some(Stand::Waits) {
        return Ok(Err(NotRecorded::NotWaiting));
    }
    let wait = child::wait_of(&mut tx, person).await?;
    if wait.was_in_use {
        // The same command again must not take the time away that was promised to child and guardian.
        return Ok(Err(NotRecorded::WaitsAgain(wait.erased_at().date_time())));
    }
    ledger::append(&mut tx, &caller.pseudonym, now, &Event::GuardianAnswered { agreed: false }).await?;
    replay::note(&mut tx, centre, person, &Entry::GuardianRefused, now).await?;
    if !child::erase_in(&mut tx, &caller, now).await? {
        return Ok(Err(NotRecorded::NotWaiting));
    }
    tx.commit().await?;
    replay::flush_or_later(centre).await;
    Ok(Ok(now))
}

/// A guardian takes a yes back: the account waits again.
async fn take_back(
    centre: &Centre,
    (child, guardian): (&str, &str),
    code: &str,
    (proof, by): (&str, &str),
    now: Moment,
) -> Result<Result<Moment, NotRecorded>, Fault> {
    let kept = ("不再同意使用账号", proof, by);
    let mut proved = match Proved::of(centre, Stand::InUse, (child, guardian, code), kept, now).await? {
        Ok(proved) => proved,
        Err(why) => return Ok(Err(why)),
    };
    wait_again(&mut proved.tx, centre, &proved.caller, now).await?;
    let erased_at = child::wait_of(&mut proved.tx, proved.caller.person).await?.erased_at();
    let until = erased_at.date_time();
    let to_child =
        format!("【一点生活】监护人不再同意，账号已停用，{until}删除。监护人在那之前重新同意，账号就恢复使用。");
    let to_guardian = |child: &str| {
        format!(
            "【一点生活】已记录：你作为监护人，不再同意{child}的账号使用。账号已停用，{until}删除；在那之前可以改变主意，请联系个人信息保护负责人。"
        )
    };
    proved.end(centre, Entry::GuardianWithdrew, (to_child, to_guardian), now).await?;
    Ok(Ok(erased_at))
}

async fn wait_again(tx: &mut Tx, centre: &Centre, caller: &Caller, now: Moment) -> Result<(), Fault> {
    child::wait_again(tx, centre, caller, now).await?;
    ledger::append(tx, &caller.pseudonym, now, &Event::GuardianAnswered { agreed: false }).await?;
    Ok(())
}

/// A restored backup that does not know that a guardian took a yes back: the account waits, and its time runs from then.
///
/// # Errors
/// Storage or vault.
pub async fn withdraw_again(tx: &mut Tx, centre: &Centre, person: Uuid, at: Moment) -> Result<(), Fault> {
    if stand(tx, centre, person).await? != Some(Stand::InUse) {
        return Ok(());
    }
    let caller = caller_of(centre, person).await?;
    let history = ledger::history(&mut *tx, &caller.pseudonym).await?;
    let is_known = |told: &Recorded| told.at == at && told.event == Event::GuardianAnswered { agreed: false };
    if !history.iter().any(is_known) {
        wait_again(tx, centre, &caller, at).await?;
    }
    Ok(())
}
