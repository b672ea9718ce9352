//! Numbers: drawn so that no two of what bears one have the same, and looked up so that nobody is answered in another's place.

use app::requests::model::{Kind, Status};
use app::requests::number::{END, Number};
use app::time::{DAY, HOUR, Moment};
use uuid::Uuid;

use super::officer::NotAnswered;
use super::store::Unknown;
use crate::centre::Centre;
use crate::storage::{Tx, sql};
use crate::web::fault::Fault;

/// How often an id is drawn anew before something else must be wrong: of 16,777,216 ends a day has used up nearly all.
const DRAWS: usize = 64;

/// Every end that was drawn is somebody else's.
#[derive(Debug, thiserror::Error)]
#[error("no number was free for a request")]
struct NoneFree;

/// An id for something new that bears a number, which nothing else has.
///
/// # Errors
/// Storage.
pub async fn draw(tx: &mut Tx, now: Moment) -> Result<Uuid, Fault> {
    draw_from(tx, now, Uuid::now_v7).await
}

/// The same, by what draws ids.
///
/// # Errors
/// Storage, or no id had a free number.
pub async fn draw_from(tx: &mut Tx, now: Moment, mut next: impl FnMut() -> Uuid + Send) -> Result<Uuid, Fault> {
    for _ in 0..DRAWS {
        let id = next();
        let digits = id.simple().to_string().to_uppercase();
        let given = sql("INSERT INTO request_number (day, tail) VALUES ($1, $2) ON CONFLICT (day, tail) DO NOTHING")
            .bind((now.0 + 8 * HOUR).div_euclid(DAY))
            .bind(&digits[digits.len() - END..])
            .execute(&mut *tx)
            .await?;
        if given > 0 {
            return Ok(id);
        }
    }
    Err(NoneFree.into())
}

/// What bears a number.
struct Bearer {
    id: String,
    made_at: Moment,
    /// Its kind and where it stands; none: a claim of a person who can't sign in.
    request: Option<(String, String)>,
}

impl Bearer {
    fn words(&self) -> Result<String, Fault> {
        let made = self.made_at.date_time();
        let Some((kind, status)) = &self.request else { return Ok(format!("无法登录时注销，{made} 提出")) };
        let kind = kind.parse::<Kind>().map_err(|_| Unknown("kind"))?;
        let status = status.parse::<Status>().map_err(|_| Unknown("status"))?;
        Ok(format!("{}，{made} 提出，{}", kind.words(), status.words()))
    }
}

/// What has the number that was typed, whatever it is and wherever it stands.
///
/// # Errors
/// Storage, or why it names nothing, or more than one.
pub async fn find(centre: &Centre, typed: &str) -> Result<Result<Uuid, NotAnswered>, Fault> {
    let Ok(number) = typed.parse::<Number>() else { return Ok(Err(NotAnswered::NotANumber(typed.to_owned()))) };
    let bearers = bearers(centre, &number).await?;
    match &bearers[..] {
        [] => Ok(Err(NotAnswered::NoRequest(number.to_string()))),
        [one] => Ok(Ok(Uuid::parse_str(&one.id)?)),
        several => {
            let known: Vec<_> = several.iter().map(|one| (one.id.as_str(), one.made_at)).collect();
            let told = Number::apart(&known).into_iter().zip(several);
            let told = told.map(|(longer, one)| Ok(format!("{longer}（{}）", one.words()?)));
            let told = told.collect::<Result<Vec<_>, Fault>>()?.join("；");
            Ok(Err(NotAnswered::Ambiguous(number.to_string(), told)))
        }
    }
}

async fn bearers(centre: &Centre, number: &Number) -> Result<Vec<Bearer>, Fault> {
    let (first, last) = number.day();
    let requests = sql("SELECT id, made_at, kind, status FROM request WHERE made_at BETWEEN $1 AND $2 ORDER BY id")
        .bind(first.0)
        .bind(last.0)
        .fetch_all::<(String, i64, String, String)>(&centre.data)
        .await?;
    let claims = sql("SELECT id, made_at FROM lost_claim WHERE made_at BETWEEN $1 AND $2 ORDER BY id")
        .bind(first.0)
        .bind(last.0)
        .fetch_all::<(String, i64)>(&centre.data)
        .await?;
    let requests = requests.into_iter().map(|(id, made_at, kind, status)| (id, made_at, Some((kind, status))));
    let claims = claims.into_iter().map(|(id, made_at)| (id, made_at, None));
    let all = requests.chain(claims).filter(|(id, ..)| number.is_of(id));
    Ok(all.map(|(id, made_at, request)| Bearer { id, made_at: Moment(made_at), request }).collect())
}
