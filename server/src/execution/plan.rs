//! The dry run: what an execution would do, counted from what is really there. Nothing is changed.

use std::collections::BTreeMap;

use app::cancellation::plan::{GROUPS, Goes, Part, Plan, Stays};
use uuid::Uuid;

use super::kinds::{self, DISCLOSURE};
use super::rows;
use crate::centre::Centre;
use crate::legal_hold;
use crate::storage::sql;
use crate::web::fault::Fault;
use crate::web::visit::Caller;
use crate::webhooks::parties;
use crate::webhooks::store::HOST;

/// Count and bytes, by kind.
type Amounts = BTreeMap<String, (i64, i64)>;

/// What an execution of the caller's cancellation would do now.
///
/// # Errors
/// Storage or vault.
pub async fn of(centre: &Centre, caller: &Caller) -> Result<Plan, Fault> {
    let mut amounts = records(centre, caller.person).await?;
    amounts.extend(groups(centre, caller.person).await?);
    let stays = stays(centre, caller.person, &mut amounts).await?;
    let ids = parties::of_erasure(centre, caller).await?;
    let told = ids.iter().map(|(id, _)| recipient_name(centre, id)).collect();
    Ok(Plan { goes: goes(centre, &amounts)?, stays, told })
}

/// What a recipient is called; the host app has no entry of its own.
#[must_use]
pub fn recipient_name(centre: &Centre, id: &str) -> String {
    if id == HOST {
        return "一点生活-live 应用".to_owned();
    }
    centre.catalogue.data().recipient(id).map_or_else(|| id.to_owned(), |recipient| recipient.name.clone())
}

async fn records(centre: &Centre, person: Uuid) -> Result<Amounts, Fault> {
    let rows = sql("SELECT field, COUNT(*), CAST(SUM(LENGTH(content)) AS BIGINT) FROM record WHERE person_id = $1 \
         GROUP BY field")
    .bind(person)
    .fetch_all::<(String, i64, i64)>(&centre.data)
    .await?;
    Ok(rows.into_iter().map(|(field, count, bytes)| (field, (count, bytes))).collect())
}

/// Bytes of what is sealed in the centre's own tables.
const SIZES: &[(&str, &str)] = &[
    (
        "account",
        "SELECT CAST(COALESCE(SUM(LENGTH(phone) + LENGTH(username) + LENGTH(password_hash)), 0) AS BIGINT) \
         FROM person WHERE id = $1",
    ),
    ("devices", "SELECT CAST(COALESCE(SUM(LENGTH(client)), 0) AS BIGINT) FROM session WHERE person_id = $1"),
    ("avatar", "SELECT CAST(COALESCE(SUM(LENGTH(image)), 0) AS BIGINT) FROM avatar WHERE person_id = $1"),
    ("addresses", "SELECT CAST(COALESCE(SUM(LENGTH(payload)), 0) AS BIGINT) FROM address WHERE person_id = $1"),
    ("verified_name", "SELECT CAST(COALESCE(SUM(LENGTH(payload)), 0) AS BIGINT) FROM real_name WHERE person_id = $1"),
    (
        "requests",
        "SELECT CAST(COALESCE(SUM(LENGTH(wish) + COALESCE(LENGTH(answer), 0)), 0) AS BIGINT) \
         FROM request WHERE person_id = $1",
    ),
    ("requests", "SELECT CAST(COALESCE(SUM(LENGTH(sealed)), 0) AS BIGINT) FROM kin_proof WHERE person_id = $1"),
    ("directives", "SELECT CAST(COALESCE(SUM(LENGTH(content)), 0) AS BIGINT) FROM directive WHERE person_id = $1"),
    (
        "copies",
        "SELECT CAST(COALESCE(SUM(LENGTH(sealed)), 0) AS BIGINT) FROM export_part \
         WHERE export_id IN (SELECT id FROM export WHERE person_id = $1)",
    ),
    ("disclosures", "SELECT CAST(COALESCE(SUM(LENGTH(content)), 0) AS BIGINT) FROM disclosure WHERE person_id = $1"),
];

async fn groups(centre: &Centre, person: Uuid) -> Result<Amounts, Fault> {
    let mut amounts = Amounts::new();
    for (table, count) in rows::counts(centre, person).await? {
        if table != "record" {
            amounts.entry(kinds::of_table(table).to_owned()).or_default().0 += count;
        }
    }
    for (group, size) in SIZES {
        let (bytes,) = sql(size).bind(person).fetch_one::<(i64,)>(&centre.data).await?;
        amounts.entry((*group).to_owned()).or_default().1 += bytes;
    }
    Ok(amounts)
}

fn part(centre: &Centre, kind: &str, (count, bytes): (i64, i64)) -> Result<Part, Fault> {
    let name = kinds::name(&centre.catalogue, kind);
    Ok(Part { kind: kind.to_owned(), name, count, bytes: u64::try_from(bytes)? })
}

/// What a law keeps, by law; it is taken out of what goes.
async fn stays(centre: &Centre, person: Uuid, amounts: &mut Amounts) -> Result<Vec<Stays>, Fault> {
    let mut stays: Vec<Stays> = Vec::new();
    for source in legal_hold::sources(centre, person).await? {
        let kept = legal_hold::count(centre, person, &source, centre.now()).await?;
        let Some(until) = kept.until else { continue };
        let kind = if source.kind() == DISCLOSURE { kinds::DISCLOSURES } else { source.kind() };
        if let Some((count, bytes)) = amounts.get_mut(kind) {
            (*count, *bytes) = (*count - kept.count, *bytes - kept.bytes);
        }
        let part = part(centre, kind, (kept.count, kept.bytes))?;
        match stays.iter_mut().find(|stays| stays.ground == source.ground()) {
            Some(stays) => {
                stays.parts.push(part);
                stays.until = stays.until.max(until);
            }
            None => stays.push(Stays {
                ground: source.ground().to_owned(),
                law: kinds::law(&centre.catalogue, source.ground()),
                parts: vec![part],
                until,
            }),
        }
    }
    Ok(stays)
}

fn goes(centre: &Centre, amounts: &Amounts) -> Result<Vec<Goes>, Fault> {
    let data = centre.catalogue.data();
    let parts = |kinds: Vec<&str>| {
        let held = kinds.into_iter().filter_map(|kind| amounts.get(kind).map(|amount| (kind, *amount)));
        held.filter(|(_, (count, _))| *count > 0).map(|(kind, amount)| part(centre, kind, amount)).collect()
    };
    let mut goes = vec![Goes {
        function: "账号和设置".to_owned(),
        parts: parts(GROUPS.iter().map(|(id, _)| *id).collect::<Vec<_>>())?,
    }];
    for function in data.functions() {
        let is_record = |id: &&str| !GROUPS.iter().any(|(group, _)| group == id);
        let of = data.fields().iter().filter(|f| f.function == function.id).map(|f| f.id.as_str());
        let parts: Result<Vec<_>, Fault> = parts(of.filter(is_record).collect::<Vec<_>>());
        goes.push(Goes { function: function.name.clone(), parts: parts? });
    }
    goes.retain(|goes| !goes.parts.is_empty());
    Ok(goes)
}
