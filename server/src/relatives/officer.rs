//! The operator's side of 近亲属: a human looks at the proof, asks for more, grants or refuses. The arrangement of the person who
//! has died goes first, and no grant goes against it.

use app::accounts::model::{PhoneNumber, Username};
use app::export::model::Scope;
use app::promises::NEEDS_LIFE;
use app::relatives::model::{Claim, Right, rights_words};
use app::relatives::rules::against;
use app::requests::model::{Kind, Status};
use app::time::Moment;
use uuid::Uuid;

use super::{claims, directive, package, proofs};
use crate::accounts::codes::PHONE_INDEX;
use crate::accounts::store::{self as accounts, USERNAME_INDEX, caller_of};
use crate::cancellation;
use crate::centre::Centre;
use crate::export::store::{self as export, Purpose};
use crate::ledger::{self, Event};
use crate::messages::outbox::{self, Outgoing};
use crate::replay::{self, Entry};
use crate::requests::numbers;
use crate::requests::officer::{NotAnswered, waiting};
use crate::requests::store::{self as requests, place};
use crate::storage::{Executor, Tx, sql};
use crate::vault::Category;
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// What the officer looks at.
pub struct Seen {
    /// The account that is claimed, masked.
    pub masked_account: String,
    /// It is there.
    pub is_there: bool,
    /// Who asks, and for what.
    pub claim: Claim,
    /// What the person who has died arranged, in words; none: the law holds.
    pub arrangement: Option<String>,
    /// What of the claim goes against it: then only a refusal is possible.
    pub against: Vec<Right>,
    /// Name and content of each file that was handed in.
    pub files: Vec<(String, Vec<u8>)>,
}

/// Where a close relative's request of that number waits: its id, and who asks.
async fn waiting_one(centre: &Centre, number: &str) -> Result<Result<(String, Caller), NotAnswered>, Fault> {
    let id = match numbers::find(centre, number).await? {
        Ok(id) => id,
        Err(why) => return Ok(Err(why)),
    };
    let Some(one) = waiting(centre).await?.into_iter().find(|one| one.id == id) else {
        return Ok(Err(NotAnswered::NoRequest(number.to_owned())));
    };
    if one.kind != Kind::Relative {
        return Ok(Err(NotAnswered::NotOfRelative(number.to_owned())));
    }
    let id = one.id.to_string();
    let (person,) =
        sql("SELECT person_id FROM request WHERE id = $1").bind(&id).fetch_one::<(String,)>(&centre.data).await?;
    Ok(Ok((id, caller_of(centre, Uuid::parse_str(&person)?).await?)))
}

/// Whose account a claim names, if there is one.
async fn account(on: impl Into<Executor<'_>>, centre: &Centre, claim: &Claim) -> Result<Option<Uuid>, Fault> {
    let find = match (claim.account.parse::<PhoneNumber>(), claim.account.parse::<Username>()) {
        (Ok(phone), _) => sql("SELECT id FROM person WHERE phone_index = $1")
            .bind(centre.vault.blind_index(PHONE_INDEX, phone.reveal())),
        (_, Ok(name)) => sql("SELECT id FROM person WHERE username_index = $1")
            .bind(centre.vault.blind_index(USERNAME_INDEX, &name.folded())),
        _ => return Ok(None),
    };
    let row = find.fetch_optional::<(String,)>(on).await?;
    Ok(row.map(|(id,)| Uuid::parse_str(&id)).transpose()?)
}

/// Shows the officer a claim with its proof. That it was looked at is an event, and from here the request is in progress.
///
/// # Errors
/// Storage or vault, or why there is nothing to look at.
pub async fn look(centre: &Centre, number: &str, now: Moment) -> Result<Result<Seen, NotAnswered>, Fault> {
    let (id, asker) = match waiting_one(centre, number).await? {
        Ok(found) => found,
        Err(why) => return Ok(Err(why)),
    };
    let Some(claim) = claims::claim(&centre.data, &asker.ring, &id).await? else {
        return Ok(Err(NotAnswered::NotOfRelative(number.to_owned())));
    };
    let mut files = Vec::new();
    for (position, file) in proofs::files(&centre.data, &id).await?.into_iter().enumerate() {
        let name = format!("{}-{}.{}", position + 1, file.shows.id(), file.format.id());
        files.push((name, proofs::content(centre, asker.person, &id, &file.id).await?));
    }
    let person = account(&centre.data, centre, &claim).await?;
    let arranged = match person {
        Some(person) => directive::standing(&centre.data, centre, person).await?.map(|(directive, _)| directive),
        None => None,
    };
    let phone = accounts::identity(centre, &asker).await?.phone;
    let mut tx = centre.data.begin().await?;
    proofs::record(&mut tx, &asker, &id, "seen", now).await?;
    let begun = sql("UPDATE request SET status = $2, begun_at = COALESCE(begun_at, $3) WHERE id = $1 AND status = $4")
        .bind(&id)
        .bind(Status::InProgress.id())
        .bind(now.0)
        .bind(Status::Open.id())
        .execute(&mut tx)
        .await?;
    if begun > 0 {
        requests::record(&mut tx, &asker, &id, Kind::Relative, Status::InProgress, now).await?;
    }
    tx.commit().await?;
    let trusted = arranged.as_ref().and_then(|directive| directive.trusted.as_ref());
    let named = trusted.map_or("", |trusted| {
        if trusted.phone == phone.reveal() {
            "；申请人就是其中指定的信任的人"
        } else {
            "；另外指定了别人"
        }
    });
    Ok(Ok(Seen {
        masked_account: claim.masked_account(),
        is_there: person.is_some(),
        arrangement: arranged.as_ref().map(|directive| format!("{}{named}", directive.words())),
        against: against(arranged.as_ref(), &claim, &phone),
        claim,
        files,
    }))
}

/// Asks who asks for more: their request waits for it, and no answer is owed meanwhile.
///
/// # Errors
/// Storage or vault, or why it can't be asked.
pub async fn ask(centre: &Centre, number: &str, words: &str, now: Moment) -> Result<Result<(), NotAnswered>, Fault> {
    let words = words.trim();
    if words.is_empty() {
        return Ok(Err(NotAnswered::NoWords));
    }
    let (id, asker) = match waiting_one(centre, number).await? {
        Ok(found) => found,
        Err(why) => return Ok(Err(why)),
    };
    let mut tx = centre.data.begin().await?;
    let key = centre.vault.key_for(asker.person, Category::Requests, now).await?;
    sql("UPDATE request SET status = $2, begun_at = COALESCE(begun_at, $3), expires_at = $4, asked = $5 \
         WHERE id = $1 AND ended_at IS NULL")
    .bind(&id)
    .bind(Status::InProgress.id())
    .bind(now.0)
    .bind(now.plus(NEEDS_LIFE).0)
    .bind(key.seal(place("asked", &id), words.as_bytes()))
    .execute(&mut tx)
    .await?;
    requests::record(&mut tx, &asker, &id, Kind::Relative, Status::InProgress, now).await?;
    tx.commit().await?;
    Ok(Ok(()))
}

/// What the account's phone is told: whoever reads it and is alive can undo it.
const TOLD: &str = "一点生活-live：我们通过了近亲属对这个账号的申请，账号已改为仅存储。如果你是本人，请登录后在 设置-隐私设置-生前安排 恢复账号";

/// What a grant would be about, read before its transaction.
pub struct Grant {
    claim: Claim,
    /// With which phone who asks is signed in.
    asker_phone: PhoneNumber,
    /// Whose account it is.
    gone: Caller,
    phone: PhoneNumber,
}

impl Grant {
    /// Whose account it is.
    #[must_use]
    pub const fn person(&self) -> Uuid {
        self.gone.person
    }
}

/// Finds what is claimed.
///
/// # Errors
/// Storage or vault, or why it can't be granted.
pub async fn prepare(centre: &Centre, asker: &Caller, request: &str) -> Result<Result<Grant, NotAnswered>, Fault> {
    let Some(claim) = claims::claim(&centre.data, &asker.ring, request).await? else {
        return Ok(Err(NotAnswered::NotOfRelative(request.to_owned())));
    };
    let Some(person) = account(&centre.data, centre, &claim).await? else { return Ok(Err(NotAnswered::NoAccount)) };
    if person == asker.person {
        return Ok(Err(NotAnswered::Own));
    }
    let gone = caller_of(centre, person).await?;
    if claim.rights.contains(&Right::Erase) {
        let Some(found) = cancellation::store::look(centre, &gone, None).await? else {
            return Ok(Err(NotAnswered::ConditionsUnknown));
        };
        if !found.obstacles.is_empty() {
            return Ok(Err(NotAnswered::obstructed(&found.obstacles)));
        }
    }
    let phone = accounts::identity(centre, &gone).await?.phone;
    let asker_phone = accounts::identity(centre, asker).await?.phone;
    Ok(Ok(Grant { claim, asker_phone, gone, phone }))
}

/// Carries out what was claimed, as part of its answer, unless the arrangement goes against it. After the commit,
/// [`replay::flush_or_later`] must be called.
///
/// # Errors
/// Storage or vault, or why it can't be granted.
pub async fn grant(
    tx: &mut Tx,
    centre: &Centre,
    request: &str,
    grant: &Grant,
    now: Moment,
) -> Result<Result<(), NotAnswered>, Fault> {
    let Grant { claim, asker_phone, gone, phone } = grant;
    let person = gone.person;
    tx.lock(&directive::lock_name(person)).await?;
    // The phone or the name may have gone to somebody else meanwhile.
    if account(&mut *tx, centre, claim).await? != Some(person) {
        return Ok(Err(NotAnswered::NoAccount));
    }
    let arranged = directive::standing(&mut *tx, centre, person).await?.map(|(directive, _)| directive);
    let forbidden = against(arranged.as_ref(), claim, asker_phone);
    if !forbidden.is_empty() {
        return Ok(Err(NotAnswered::Arranged(rights_words(&forbidden))));
    }
    directive::store_only(tx, person).await?;
    let rights: Vec<_> = claim.rights.iter().map(|right| right.id().to_owned()).collect();
    replay::note(tx, centre, person, &Entry::KinGranted { rights: rights.clone() }, now).await?;
    ledger::append(tx, &gone.pseudonym, now, &Event::KinGranted { rights }).await?;
    if claim.rights.iter().any(|right| matches!(right, Right::See | Right::Copy)) {
        let purpose = Purpose::Transfer(Uuid::parse_str(request)?);
        let export = export::begin(tx, centre, gone, (purpose, &Scope::default()), now).await?;
        package::grant(tx, request, export).await?;
    }
    let mut text = format!("{TOLD}。");
    if claim.rights.contains(&Right::Erase) {
        cancellation::officer::begin(tx, centre, (gone, phone), now).await?;
        text = format!("{TOLD}，并在 注销账号 撤回注销。");
    }
    let key = centre.vault.key_for(person, Category::Outbox, now).await?;
    let told = Outgoing { id: Uuid::parse_str(request)?, owner: person, phone: phone.clone(), text, not_before: now };
    outbox::put(tx, &key, &told).await?;
    Ok(Ok(()))
}
