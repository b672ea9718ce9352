//! Something failed that the person can't mend. They get a reference number and nothing more; the log gets the cause
//! under the same number.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use crate::storage::is_unwritable;

/// A failure, already logged.
#[derive(Debug)]
pub struct Fault {
    reference: Reference,
    is_unwritable: bool,
}

/// Beside a [`Reference`]: a database, or its disk, took nothing more.
#[derive(Clone, Copy, Debug)]
pub struct Unwritable;

/// What the person reads out when they ask for help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference(pub String);

impl Fault {
    /// The number under which the log has the cause.
    #[must_use]
    pub fn reference(&self) -> &str {
        &self.reference.0
    }

    /// Whether a database, or its disk, took nothing more.
    #[must_use]
    pub const fn is_unwritable(&self) -> bool {
        self.is_unwritable
    }
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for Fault {
    fn from(error: E) -> Self {
        let number = Uuid::now_v7().simple().to_string();
        // The last part is random; the first is only the time.
        let reference = Reference(number[20..].to_uppercase());
        tracing::error!(reference = %reference.0, %error, cause = ?error.source().map(ToString::to_string), "a request failed");
        Self { reference, is_unwritable: is_unwritable(&error) }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        // `reply::dress_faults` makes the page: only there is the visit known.
        response.extensions_mut().insert(self.reference);
        if self.is_unwritable {
            response.extensions_mut().insert(Unwritable);
        }
        response
    }
}
