//! Something failed that the person can't mend. They get a reference number and nothing more; the log gets the cause
//! under the same number.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

/// A failure, already logged.
#[derive(Debug)]
pub struct Fault {
    reference: Reference,
}

/// What the person reads out when they ask for help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference(pub String);

impl Fault {
    /// The number under which the log has the cause.
    #[must_use]
    pub fn reference(&self) -> &str {
        &self.reference.0
    }
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for Fault {
    fn from(error: E) -> Self {
        let number = Uuid::now_v7().simple().to_string();
        // The last part is random; the first is only the time.
        let reference = Reference(number[20..].to_uppercase());
        tracing::error!(reference = %reference.0, %error, cause = ?error.source().map(ToString::to_string), "a request failed");
        Self { reference }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        // `reply::dress_faults` makes the page: only there is the visit known.
        response.extensions_mut().insert(self.reference);
        response
    }
}
