//! Who is to be told of a person's erasure, and what each of them knows the person by.

use app::sharing::model::Role;
use serde_json::{Value, json};

use super::store::HOST;
use crate::accounts::store as accounts;
use crate::centre::Centre;
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// The host and every recipient that holds data of people, each with the data of its notice. Asked while the person's keys
/// still live.
///
/// # Errors
/// Storage or vault.
pub async fn of_erasure(centre: &Centre, caller: &Caller) -> Result<Vec<(String, Value)>, Fault> {
    let phone = accounts::identity(centre, caller).await?.phone;
    let data = json!({ "subject": { "phone": phone.reveal() }, "scope": "account" });
    let told = centre
        .catalogue
        .data()
        .all_recipients()
        .iter()
        .filter(|recipient| matches!(recipient.role, Role::Processor | Role::Controller));
    let ids = std::iter::once(HOST).chain(told.map(|recipient| recipient.id.as_str()));
    Ok(ids.map(|id| (id.to_owned(), data.clone())).collect())
}
