//! What the centre itself keeps of a person, kind by kind: account, addresses, picture, verified name, decisions, affairs. It stands
//! beside the host's records wherever a person sees, takes away or erases their data.

use std::collections::BTreeMap;

use app::cancellation::affair::{Affair, yuan};
use app::consents::Purpose;
use app::menu::Place;
use app::records::model::{Content, Field, Home, NUMBER};
use app::time::Moment;

use crate::accounts::store as accounts;
use crate::cancellation::conditions::{Stored, stored};
use crate::centre::Centre;
use crate::consents::store as consents;
use crate::profile::store as profile;
use crate::relatives::directive;
use crate::storage::sql;
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// One value that the centre keeps itself.
#[derive(Clone, Debug)]
pub struct Item {
    /// Since when.
    pub at: Moment,
    /// What it is.
    pub content: Content,
    /// Where it is changed.
    pub place: Place,
}

/// Everything that the centre keeps itself, by field.
pub type Own = BTreeMap<&'static str, Vec<Item>>;

fn item(at: Moment, value: impl Into<String>, place: Place) -> Vec<Item> {
    vec![Item { at, content: Content { value: value.into(), details: Vec::new() }, place }]
}

/// What the centre keeps of the caller, whole.
///
/// # Errors
/// Storage or vault.
pub async fn own(centre: &Centre, caller: &Caller) -> Result<Own, Fault> {
    let mut own = Own::new();
    let row = sql("SELECT created_at FROM person WHERE id = $1").bind(caller.person);
    // Of somebody who has left there is nothing: the execution asks for it once more.
    let Some((since,)) = row.fetch_optional::<(i64,)>(&centre.data).await? else { return Ok(own) };
    let since = Moment(since);
    let identity = accounts::identity(centre, caller).await?;
    own.insert("register_phone", item(since, identity.phone.reveal(), Place::Phone));
    own.insert("username", item(since, identity.username, Place::Username));
    own.insert("password_hash", item(since, "已设置", Place::Password));
    for address in profile::addresses(centre, caller).await? {
        let draft = address.address.reveal();
        let whole = format!("{}{}", address.address.region(), draft.street);
        let parts =
            [("consignee_name", draft.consignee), ("consignee_phone", draft.phone), ("consignee_address", whole)];
        for (field, value) in parts {
            own.entry(field).or_default().extend(item(address.since, value, Place::Addresses));
        }
    }
    if let Some(at) = profile::avatar_since(centre, caller.person).await? {
        own.insert("avatar", item(at, "一张图片", Place::Avatar));
    }
    if let Some((real_name, at)) = profile::real_name(centre, caller).await? {
        own.insert("real_name", item(at, real_name.name, Place::RealName));
        own.insert("id_card_no", item(at, real_name.id_number.reveal(), Place::RealName));
    }
    if let Some((directive, at)) = directive::standing(&centre.data, centre, caller.person).await? {
        let named = directive.trusted.as_ref().map_or(String::new(), |t| format!("；信任的人：{} {}", t.name, t.phone));
        own.insert("directive", item(at, format!("{}{named}", directive.words()), Place::Directive));
    }
    let standing = consents::standing(&centre.data, centre, caller.person).await?;
    // The table itself, and nobody asked: what the host answers and is not kept here is not held here.
    for stored in stored(&centre.data, &caller.ring, caller.person).await? {
        let kind = if stored.affair.kind.is_obstacle() { "open_affair" } else { "entitlement" };
        own.entry(kind).or_default().push(item_of(stored));
    }
    // A "no" holds nothing; that it was said is in 同意管理.
    if let Some(stood) = standing.0.get(&Purpose::FriendSearch).filter(|stood| stood.granted) {
        own.insert("friend_search", item(stood.since, "允许", Place::Friends));
    }
    Ok(own)
}

/// An affair in words.
fn item_of(Stored { id, at, affair }: Stored) -> Item {
    let Affair { kind, detail, link, amount_fen, .. } = affair;
    let told =
        [("金额", amount_fen.map(yuan)), ("办理", Some(link).filter(|link| !link.is_empty())), (NUMBER, Some(id))];
    let details = told.into_iter().filter_map(|(label, text)| Some((label.to_owned(), text?))).collect();
    let content = Content { value: format!("{}：{detail}", kind.label()), details };
    Item { at, content, place: Place::Cancellation }
}

/// Whether erasing takes away what the centre itself keeps of this kind.
#[must_use]
pub fn is_erased_here(field: &Field) -> bool {
    matches!(field.kept_in, Home::Addresses | Home::Avatar | Home::RealName | Home::Decisions)
}
