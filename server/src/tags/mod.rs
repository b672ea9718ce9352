//! 我的标签 and 为什么看到这些 on the server. Tags and what was picked by them are records: `records/` keeps, erases and refuses
//! them; `routes.rs` shows them with their reasons. Rules: `app::tags`.

mod routes;

use app::records::rules::is_tag;
use app::tags::model::SHOWN;
use app::tags::rules;
pub use routes::routes;
use uuid::Uuid;

use crate::cancellation::store as cancellation;
use crate::centre::Centre;
use crate::consents::store::standing;
use crate::records::Total;
use crate::web::fault::Fault;

/// How many tags and audiences a person has, and how many things were picked.
#[must_use]
pub fn counts(totals: &[Total]) -> (usize, usize) {
    let count = |which: &dyn Fn(&str) -> bool| totals.iter().filter(|t| which(&t.field)).map(|t| t.held).sum();
    (count(&is_tag), count(&|field| field == SHOWN))
}

/// The host's question before it answers a search: may the results be aimed at this person?
///
/// # Errors
/// Storage. A host that gets no answer may not aim.
pub async fn search_may_be_aimed(centre: &Centre, person: Uuid) -> Result<bool, Fault> {
    // Who is about to leave has their data stored only.
    if cancellation::due_at(centre, person).await?.is_some() {
        return Ok(false);
    }
    Ok(rules::search_may_be_aimed(&standing(&centre.data, centre, person).await?))
}
