//! 我的标签 and 为什么看到这些 on the server. Tags and what was picked by them are records: `records/` keeps, erases and refuses
//! them; `routes.rs` shows them with their reasons. Rules: `app::tags`.

mod routes;

use app::consents::Purpose;
use app::records::rules::is_tag;
use app::tags::model::{SHOWN, Use};
use app::tags::rules;
pub use routes::routes;
use serde::Serialize;
use uuid::Uuid;

use crate::accounts::store::is_stored_only;
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

/// What may be aimed at a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MayAim {
    /// Search results may refer to who they are.
    pub search: bool,
    /// Their tags and audiences may be used, and new ones derived.
    pub tags: bool,
    /// Advertising may refer to who they are.
    pub ads: bool,
}

/// The host's question before it answers a search, or picks by tags. Nothing may be aimed at somebody who is not known.
///
/// # Errors
/// Storage. A host that gets no answer may not aim.
pub async fn may_aim(centre: &Centre, person: Uuid) -> Result<MayAim, Fault> {
    // Who is about to leave has their data stored only.
    if cancellation::due_at(centre, person).await?.is_some() || is_stored_only(&centre.data, person).await? {
        return Ok(MayAim::default());
    }
    let standing = standing(&centre.data, centre, person).await?;
    Ok(MayAim {
        search: rules::search_may_be_aimed(&standing),
        tags: rules::use_of(&standing) == Use::Used,
        ads: standing.allows(Purpose::PersonalisedAds),
    })
}
