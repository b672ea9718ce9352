//! A package as a file. A download begins after a step-up; for half an hour its session may go on with it where it broke off,
//! until the session or the package ends.

use app::promises::DOWNLOAD_LIFE;
use app::time::Moment;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts as Head;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use uuid::Uuid;

use super::parts::Parts;
use crate::centre::Centre;
use crate::storage::{Executor, Tx, sql};
use crate::web::fault::Fault;
use crate::web::range::{self, Asked};
use crate::web::visit::{Caller, Visit};
use crate::web::{Answer, guard};

/// A package that can be downloaded.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its id.
    pub id: String,
    /// Whose data it holds.
    pub person: Uuid,
    /// Which try made it.
    pub attempt: i64,
    /// Its size.
    pub bytes: u64,
}

impl Package {
    /// Its strong entity tag: what is made anew is another file.
    fn tag(&self) -> String {
        format!("\"{}-{}-{}\"", self.id, self.attempt, self.bytes)
    }
}

/// A request for a package.
pub struct Asking {
    visit: Visit,
    method: Method,
    headers: HeaderMap,
}

impl<S: Sync> FromRequestParts<S> for Asking {
    type Rejection = Fault;

    async fn from_request_parts(head: &mut Head, state: &S) -> Result<Self, Fault> {
        let visit = Visit::from_request_parts(head, state).await?;
        Ok(Self { visit, method: head.method.clone(), headers: head.headers.clone() })
    }
}

impl Asking {
    /// What is answered for that package: a download, or a refusal of a line.
    ///
    /// # Errors
    /// Storage.
    pub async fn of(self, package: Option<Package>) -> Result<Result<Download, Response>, Fault> {
        let (visit, caller) = (&self.visit, self.visit.caller()?);
        let has_begun = match &package {
            Some(package) => has_begun(&visit.centre.data, caller, &package.id, visit.now).await?,
            None => false,
        };
        let is_look = self.method == Method::HEAD;
        // A range is asked for by who has a part of the file already (RFC 9110, 14.2: by GET alone).
        let goes_on = has_begun && (is_look || range::is_ranged(&self.headers));
        if !goes_on && !caller.has_stepped_up(visit.now) {
            return Ok(Err(guard::proved_first(visit)));
        }
        let Some(package) = package else { return Ok(Err(guard::not_found(visit))) };
        let headers = if is_look { without_range(self.headers) } else { self.headers };
        let asked = range::asked(&headers, &package.tag(), package.bytes);
        let is_ranged = range::is_ranged(&headers);
        Ok(Ok(Download { visit: self.visit, package, asked, is_look, is_ranged, goes_on }))
    }
}

fn without_range(mut headers: HeaderMap) -> HeaderMap {
    headers.remove(header::RANGE);
    headers
}

/// A package on its way.
pub struct Download {
    visit: Visit,
    package: Package,
    asked: Asked,
    is_look: bool,
    is_ranged: bool,
    goes_on: bool,
}

impl Download {
    /// The package.
    #[must_use]
    pub const fn package(&self) -> &Package {
        &self.package
    }

    /// Whether it has to be noted before anything is given.
    #[must_use]
    pub const fn begins(&self) -> bool {
        !self.goes_on && !self.is_look && matches!(self.asked, Asked::Whole | Asked::Part(_))
    }

    /// Notes that the caller's session begins it; false when the session is at it already, as one that fetches several parts side
    /// by side.
    ///
    /// # Errors
    /// Storage.
    pub async fn begin(&self, tx: &mut Tx) -> Result<bool, Fault> {
        let (caller, now, id) = (self.visit.caller()?, self.visit.now, &self.package.id);
        tx.lock(&format!("download:{}:{id}", caller.session)).await?;
        if self.is_ranged && has_begun(&mut *tx, caller, id, now).await? {
            return Ok(false);
        }
        sql("INSERT INTO download (session_id, export_id, begun_at) VALUES ($1, $2, $3) \
             ON CONFLICT (session_id, export_id) DO UPDATE SET begun_at = excluded.begun_at")
        .bind(caller.session)
        .bind(id)
        .bind(now.0)
        .execute(tx)
        .await?;
        Ok(true)
    }

    /// The answer, under that file name.
    ///
    /// # Errors
    /// Storage or vault.
    pub async fn answer(self, name: &str) -> Answer {
        let Package { ref id, person, attempt, bytes } = self.package;
        let (status, part) = match &self.asked {
            Asked::Whole => (StatusCode::OK, 0..bytes),
            Asked::Part(part) => (StatusCode::PARTIAL_CONTENT, part.clone()),
            Asked::Unsatisfiable => return Ok(self.unsatisfiable()),
            Asked::NotModified => return Ok((StatusCode::NOT_MODIFIED, self.told()).into_response()),
            Asked::Failed => {
                let help = "请返回刚才的页面，刷新后重新下载。";
                return Ok(self.visit.problem(StatusCode::PRECONDITION_FAILED, "文件已经不是刚才那一份", help));
            }
        };
        let mut response = (status, self.told()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, "application/zip".parse()?);
        headers.insert(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"").parse()?);
        headers.insert(header::CONTENT_LENGTH, (part.end - part.start).into());
        if status == StatusCode::PARTIAL_CONTENT {
            let range = format!("bytes {}-{}/{bytes}", part.start, part.end - 1);
            headers.insert(header::CONTENT_RANGE, range.parse()?);
        }
        if !self.is_look {
            let session = self.visit.caller()?.session;
            let parts = Parts::of(&self.visit.centre, person, (id, attempt), bytes).await?;
            *response.body_mut() = Body::from_stream(parts.only(part).await?.while_lives(session).stream());
        }
        Ok(response)
    }

    /// What every answer about the package tells.
    fn told(&self) -> [(HeaderName, String); 3] {
        [
            (header::ETAG, self.package.tag()),
            (header::ACCEPT_RANGES, "bytes".to_owned()),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ]
    }

    fn unsatisfiable(&self) -> Response {
        let range = (header::CONTENT_RANGE, format!("bytes */{}", self.package.bytes));
        (StatusCode::RANGE_NOT_SATISFIABLE, self.told(), [range]).into_response()
    }
}

/// Whether the caller's session has begun that download, and may go on.
async fn has_begun(on: impl Into<Executor<'_>>, caller: &Caller, id: &str, now: Moment) -> Result<bool, Fault> {
    let row = sql("SELECT begun_at FROM download WHERE session_id = $1 AND export_id = $2")
        .bind(caller.session)
        .bind(id)
        .fetch_optional::<(i64,)>(on)
        .await?;
    Ok(row.is_some_and(|(begun,)| Moment(begun).is_within(DOWNLOAD_LIFE, now)))
}

/// Forgets downloads that nobody may go on with.
///
/// # Errors
/// Storage.
pub async fn tidy(centre: &Centre, now: Moment) -> Result<(), Fault> {
    let until = now.plus(-DOWNLOAD_LIFE);
    let stale = sql("SELECT 1 FROM download WHERE begun_at <= $1 LIMIT 1").bind(until.0);
    if stale.fetch_optional::<(i32,)>(&centre.data).await?.is_none() {
        return Ok(());
    }
    let mut tx = centre.data.begin().await?;
    sql("DELETE FROM download WHERE begun_at <= $1").bind(until.0).execute(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}
