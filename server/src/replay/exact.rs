//! What is replayed exactly, as it was set after the backup: 密码, 手机号, 用户名, 生前安排. See the module's page for why.
//!
//! An entry holds the very bytes that stand in the row: sealed under the person's own key, and bound to that row, so that they
//! open nowhere else. Only the newest of a kind is kept.

use std::collections::HashMap;

use app::accounts::model::{PhoneNumber, Username};
use app::relatives::model::Directive;
use app::time::Moment;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Entry;
use crate::accounts::codes::PHONE_INDEX;
use crate::accounts::store::{ACTIVE, ERASING, STORED_ONLY, USERNAME_INDEX, caller_of, person_place};
use crate::centre::Centre;
use crate::ledger::{self, Event};
use crate::messages::{outbox, replies};
use crate::relatives::directive;
use crate::storage::{Sql, Tx, sql};
use crate::vault::{VaultError, random_bytes};
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// Entries that hold sealed content, by their kind.
pub(super) const KINDS: [&str; 4] = ["password_changed", "phone_changed", "username_changed", "directive_set"];

/// A sealed value as it stands in its row; none: a newer entry has taken its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsStored {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealed: Option<String>,
}

/// The replay log holds a sealed value that is none.
#[derive(Debug, thiserror::Error)]
#[error("a sealed value in the replay log can't be read")]
struct Unreadable;

impl AsStored {
    /// What was put into the row.
    #[must_use]
    pub fn of(sealed: &[u8]) -> Self {
        Self { sealed: Some(STANDARD_NO_PAD.encode(sealed)) }
    }

    fn bytes(&self) -> Result<Option<Vec<u8>>, Fault> {
        let decoded = self.sealed.as_ref().map(|text| STANDARD_NO_PAD.decode(text));
        Ok(decoded.transpose().map_err(|_| Unreadable)?)
    }
}

/// Puts a password's hash back that was set after the backup.
pub(super) async fn password(
    tx: &mut Tx,
    centre: &Centre,
    person: Uuid,
    (value, at): (&AsStored, Moment),
) -> Result<(), Fault> {
    let Some(sealed) = value.bytes()? else { return Ok(()) };
    let put = sql("UPDATE person SET password_hash = $2, password_at = $3 \
         WHERE id = $1 AND (password_at IS NULL OR password_at < $3)")
    .bind(person)
    .bind(sealed)
    .bind(at.0)
    .execute(&mut *tx)
    .await?;
    if put > 0 {
        let caller = caller_of(centre, person).await?;
        ledger::append(tx, &caller.pseudonym, at, &Event::PasswordChanged).await?;
    }
    Ok(())
}

/// Puts an arrangement back that was made after the backup. One whose key is destroyed was withdrawn since.
pub(super) async fn directive(
    tx: &mut Tx,
    centre: &Centre,
    person: Uuid,
    (value, at): (&AsStored, Moment),
) -> Result<(), Fault> {
    let Some(sealed) = value.bytes()? else { return Ok(()) };
    let caller = caller_of(centre, person).await?;
    let opened = match caller.ring.open(directive::place(&person.to_string()), &sealed).await {
        Err(VaultError::Erased) => return Ok(()),
        opened => opened?,
    };
    let put = sql("INSERT INTO directive (person_id, content, at) VALUES ($1, $2, $3) \
         ON CONFLICT (person_id) DO UPDATE SET content = excluded.content, at = excluded.at \
         WHERE directive.at < excluded.at")
    .bind(person)
    .bind(sealed)
    .bind(at.0)
    .execute(&mut *tx)
    .await?;
    if put > 0 {
        let arranged: Directive = serde_json::from_slice(&opened)?;
        ledger::append(tx, &caller.pseudonym, at, &directive::event(&arranged)).await?;
    }
    Ok(())
}

/// Lets a reply wait again that came after the backup.
pub(super) async fn reply(
    tx: &mut Tx,
    centre: &Centre,
    person: Uuid,
    (id, text, at): (&str, &AsStored, Moment),
) -> Result<(), Fault> {
    let Some(sealed) = text.bytes()? else { return Ok(()) };
    let caller = caller_of(centre, person).await?;
    replies::keep_again(tx, centre, &caller, (id, sealed), at).await
}

/// Takes an arrangement back again that was withdrawn after the backup; one that was made since stays.
pub(super) async fn no_directive(tx: &mut Tx, centre: &Centre, person: Uuid, at: Moment) -> Result<(), Fault> {
    let gone = sql("DELETE FROM directive WHERE person_id = $1 AND at <= $2")
        .bind(person)
        .bind(at.0)
        .execute(&mut *tx)
        .await?;
    if gone > 0 {
        let caller = caller_of(centre, person).await?;
        ledger::append(tx, &caller.pseudonym, at, &Event::DirectiveWithdrawn).await?;
    }
    Ok(())
}

/// Makes an account stored only again, or puts it back in use and ends what relatives were granted: unless the data knows of it.
/// The last of these entries says how it stands.
pub(super) async fn state(
    tx: &mut Tx,
    centre: &Centre,
    person: Uuid,
    (event, at): (&Event, Moment),
) -> Result<(), Fault> {
    let caller = caller_of(centre, person).await?;
    let history = ledger::history(&mut *tx, &caller.pseudonym).await?;
    if history.iter().any(|recorded| recorded.at == at && recorded.event == *event) {
        return Ok(());
    }
    let is_refuted = *event == Event::KinRefuted;
    let (from, to) = if is_refuted { (STORED_ONLY, ACTIVE) } else { (ACTIVE, STORED_ONLY) };
    sql("UPDATE person SET state = $2 WHERE id = $1 AND state = $3")
        .bind(person)
        .bind(to)
        .bind(from)
        .execute(&mut *tx)
        .await?;
    if is_refuted {
        crate::relatives::package::end_all(tx, centre, &caller, at).await?;
    }
    ledger::append(tx, &caller.pseudonym, at, event).await?;
    Ok(())
}

/// A name by which an account is found: no two accounts have the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Name {
    Phone,
    Username,
}

/// The newest name that the log has of each person.
#[derive(Default)]
pub(super) struct Names(HashMap<(Uuid, Name), (Vec<u8>, Moment)>);

impl Names {
    /// Remembers an entry, if it is about a name.
    pub(super) fn add(&mut self, person: Uuid, entry: &Entry, at: Moment) -> Result<(), Fault> {
        let (name, value) = match entry {
            Entry::PhoneChanged(value) => (Name::Phone, value),
            Entry::UsernameChanged(value) => (Name::Username, value),
            _ => return Ok(()),
        };
        if let Some(sealed) = value.bytes()? {
            let newest = self.0.entry((person, name)).or_insert_with(|| (Vec::new(), at));
            if newest.1 <= at {
                *newest = (sealed, at);
            }
        }
        Ok(())
    }

    /// Puts them all back that are newer than what the data has: first of all each gives up the name from before, so that it
    /// does not matter in which order names went from one account to another.
    pub(super) async fn put_back(self, tx: &mut Tx, centre: &Centre) -> Result<(), Fault> {
        let mut due = Vec::new();
        for ((person, name), (sealed, at)) in self.0 {
            let newer = name.newer().bind(person).bind(at.0).bind(ERASING);
            if newer.fetch_optional::<(String,)>(&mut *tx).await?.is_none() {
                continue;
            }
            name.park(tx, &person.to_string()).await?;
            due.push((person, name, sealed, at));
        }
        // The newest last: what two entries claim is whose came later, and the other was erased.
        due.sort_unstable_by_key(|(.., at)| *at);
        for (person, name, sealed, at) in due {
            let caller = caller_of(centre, person).await?;
            name.put_back(tx, centre, &caller, (sealed, at)).await?;
        }
        Ok(())
    }
}

impl Name {
    const fn column(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Username => "username",
        }
    }

    /// Finds the person, unless the data has a name as new.
    fn newer(self) -> Sql {
        sql(match self {
            Self::Phone => {
                "SELECT id FROM person WHERE id = $1 AND (phone_at IS NULL OR phone_at < $2) AND state <> $3"
            }
            Self::Username => {
                "SELECT id FROM person WHERE id = $1 AND (username_at IS NULL OR username_at < $2) AND state <> $3"
            }
        })
    }

    /// Nobody finds the account by it any more.
    async fn park(self, tx: &mut Tx, person: &str) -> Result<(), Fault> {
        let parked = sql(match self {
            Self::Phone => "UPDATE person SET phone_index = $2 WHERE id = $1",
            Self::Username => "UPDATE person SET username_index = $2 WHERE id = $1",
        });
        parked.bind(person).bind(random_bytes::<32>()).execute(tx).await?;
        Ok(())
    }

    async fn put_back(
        self,
        tx: &mut Tx,
        centre: &Centre,
        caller: &Caller,
        (sealed, at): (Vec<u8>, Moment),
    ) -> Result<(), Fault> {
        let id = caller.person.to_string();
        let opened = caller.ring.open_text(person_place(self.column(), &id), &sealed).await?;
        let index = match self {
            Self::Phone => {
                let phone: PhoneNumber = opened.parse().map_err(|_| Unreadable)?;
                outbox::readdress(tx, centre, caller.person, &phone).await?;
                centre.vault.blind_index(PHONE_INDEX, phone.reveal())
            }
            Self::Username => {
                let name: Username = opened.parse().map_err(|_| Unreadable)?;
                centre.vault.blind_index(USERNAME_INDEX, &name.folded())
            }
        };
        self.free(tx, index).await?;
        let put = sql(match self {
            Self::Phone => "UPDATE person SET phone = $2, phone_index = $3, phone_at = $4 WHERE id = $1",
            Self::Username => "UPDATE person SET username = $2, username_index = $3, username_at = $4 WHERE id = $1",
        });
        put.bind(&id).bind(sealed).bind(index).bind(at.0).execute(&mut *tx).await?;
        let event = match self {
            Self::Phone => Event::PhoneChanged,
            Self::Username => Event::UsernameChanged,
        };
        ledger::append(tx, &caller.pseudonym, at, &event).await?;
        Ok(())
    }

    /// Whoever had the name in the backup had given it up before: the account was about to be erased, or how it came to
    /// another name stands in no entry. It must not be found by somebody else's name.
    async fn free(self, tx: &mut Tx, index: [u8; 32]) -> Result<(), Fault> {
        let holder = sql(match self {
            Self::Phone => "SELECT id FROM person WHERE phone_index = $1",
            Self::Username => "SELECT id FROM person WHERE username_index = $1",
        });
        let Some((id,)) = holder.bind(index).fetch_optional::<(String,)>(&mut *tx).await? else { return Ok(()) };
        tracing::warn!(
            name = self.column(),
            "an account of the backup has a name that somebody else has by now, and no entry says what became of its own"
        );
        self.park(tx, &id).await
    }
}
