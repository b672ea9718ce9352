//! What a form or a path says, read strictly.

use app::time::{DAY, Moment};
use axum::extract::{self, Form, FromRequest, FromRequestParts, Path, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::guard;
use super::visit::Visit;

/// A form's fields. What does not fit gets a page (or JSON) that says so; nothing is guessed.
pub struct Input<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Input<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, state).await.map_err(IntoResponse::into_response)?;
        match Form::<T>::from_request(Request::from_parts(parts, body), state).await {
            Ok(Form(fields)) => Ok(Self(fields)),
            Err(_) => Err(visit.problem(
                StatusCode::BAD_REQUEST,
                "没看懂这次提交",
                "页面可能过期了。请返回上一页，刷新后再试一次。",
            )),
        }
    }
}

/// What an address says after its question mark.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let visit = Visit::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)?;
        match extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(extract::Query(asked)) => Ok(Self(asked)),
            Err(_) => Err(visit.problem(
                StatusCode::BAD_REQUEST,
                "没看懂这个地址",
                "地址里有看不懂的内容。请返回上一页，重新点一次链接。",
            )),
        }
    }
}

/// The `{id}` of a path. What is no id names nothing, so it gets the page for what is not there.
pub struct Id(pub Uuid);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let visit = Visit::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)?;
        match Path::<Uuid>::from_request_parts(parts, state).await {
            Ok(Path(id)) => Ok(Self(id)),
            Err(_) => Err(guard::not_found(&visit)),
        }
    }
}

/// Not before the one moment, and before the other; nothing where there is no end.
pub type Period = (Option<Moment>, Option<Moment>);

/// The period that two date fields ask for, both days included.
///
/// # Errors
/// The field, and what is wrong with it in the person's words.
pub fn period(from: &str, to: &str) -> Result<Period, (&'static str, &'static str)> {
    let wanted = |name: &'static str, text: &str| match text {
        "" => Ok(None),
        text => day(text).map(Some).ok_or((name, "日期没看懂，请重新选择")),
    };
    let (from, to) = (wanted("from", from)?, wanted("to", to)?);
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        return Err(("from", "开始的日期晚于结束的日期，请调换一下"));
    }
    Ok((from, to.map(|to| to.plus(DAY))))
}

/// The first moment of a day in China, as a date field sends it.
fn day(text: &str) -> Option<Moment> {
    let date: jiff::civil::Date = text.parse().ok()?;
    let start = jiff::tz::Offset::constant(8).to_timestamp(date.at(0, 0, 0, 0)).ok()?;
    Some(Moment(start.as_millisecond()))
}
