//! Tokens in a mail's links. Each is 256 bits; what is kept is its SHA-256, so that whoever reads the tables can neither
//! unsubscribe anybody nor follow a link.

use app::messages::Channel;
use app::records::model::{Basis, Content};
use app::time::Moment;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::mail::Letter;
use crate::centre::Centre;
use crate::export::registers::Noted;
use crate::records::{NewRecord, Writer, field_of};
use crate::storage::{Tx, sql};
use crate::vault::{Place, SealingKey, VaultError, random_bytes};
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// A mail's links can't be made: nobody has said at which address people reach us.
#[derive(Debug, thiserror::Error)]
#[error("server.public_url is not set: a marketing mail must carry a link to unsubscribe")]
struct NoPublicUrl;

fn url(centre: &Centre, path: &str, token: &str) -> Result<String, Fault> {
    let base = centre.public_url.as_deref().ok_or(NoPublicUrl)?.trim_end_matches('/');
    Ok(format!("{base}/{path}/{token}"))
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// The link by which a person gets no more marketing on a channel. The same in every mail, so that an old one works, too.
///
/// # Errors
/// Storage, or when nobody has said at which address people reach us.
pub async fn unsubscribe(tx: &mut Tx, centre: &Centre, person: Uuid, channel: Channel) -> Result<String, Fault> {
    let fresh = Uuid::new_v4().to_string();
    sql("INSERT INTO unsubscribe_link (id, person_id, channel, token_hash) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (person_id, channel) DO NOTHING")
    .bind(&fresh)
    .bind(person)
    .bind(channel.id())
    .bind(hash(&token_of(centre, &fresh)))
    .execute(&mut *tx)
    .await?;
    let (id,) = sql("SELECT id FROM unsubscribe_link WHERE person_id = $1 AND channel = $2")
        .bind(person)
        .bind(channel.id())
        .fetch_one::<(String,)>(tx)
        .await?;
    url(centre, "unsubscribe", &token_of(centre, &id))
}

fn token_of(centre: &Centre, id: &str) -> String {
    URL_SAFE_NO_PAD.encode(centre.vault.blind_index("unsubscribe", id))
}

/// Whose link that is.
///
/// # Errors
/// Storage.
pub async fn whose(centre: &Centre, token: &str) -> Result<Option<Uuid>, Fault> {
    let row = sql("SELECT person_id FROM unsubscribe_link WHERE token_hash = $1")
        .bind(hash(token))
        .fetch_optional::<(String,)>(&centre.data)
        .await?;
    Ok(row.map(|(person,)| Uuid::parse_str(&person)).transpose()?)
}

/// A link, or the picture, of a mail that is measured.
pub struct MailLink {
    person: Uuid,
    content: LinkContent,
}

#[derive(Serialize, Deserialize)]
struct LinkContent {
    subject: String,
    /// Where it leads; the picture leads nowhere.
    target: Option<String>,
}

const fn place(row: &str) -> Place<'_> {
    Place { table: "mail_link", column: "content", row }
}

/// Leads a mail's links over us and adds its picture: the person has agreed to 邮件信标跟踪.
///
/// # Errors
/// Storage, or when nobody has said at which address people reach us.
pub async fn measure(
    tx: &mut Tx,
    centre: &Centre,
    (person, key): (Uuid, &SealingKey),
    letter: &mut Letter,
) -> Result<(), Fault> {
    let subject = letter.subject().to_owned();
    for target in letter.targets() {
        let content = LinkContent { subject: subject.clone(), target: Some(target.clone()) };
        let way = insert(tx, centre, (person, key), &content).await?;
        letter.ways.insert(target, way);
    }
    letter.picture = Some(insert(tx, centre, (person, key), &LinkContent { subject, target: None }).await?);
    Ok(())
}

async fn insert(
    tx: &mut Tx,
    centre: &Centre,
    (person, key): (Uuid, &SealingKey),
    content: &LinkContent,
) -> Result<String, Fault> {
    let token = URL_SAFE_NO_PAD.encode(random_bytes::<32>());
    let id = Uuid::now_v7().to_string();
    sql("INSERT INTO mail_link (id, person_id, token_hash, content, made_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(&id)
        .bind(person)
        .bind(hash(&token))
        .bind(key.seal(place(&id), &serde_json::to_vec(content)?))
        .bind(centre.now().0)
        .execute(tx)
        .await?;
    url(centre, "m", &token)
}

/// Where the links of the person's measured mails lead.
///
/// # Errors
/// Storage or vault.
pub(super) async fn entries(centre: &Centre, caller: &Caller) -> Result<Vec<Noted>, Fault> {
    let rows = sql("SELECT id, content, made_at FROM mail_link WHERE person_id = $1")
        .bind(caller.person)
        .fetch_all::<(String, Vec<u8>, i64)>(&centre.data)
        .await?;
    let mut entries = Vec::with_capacity(rows.len());
    for (id, sealed, made_at) in rows {
        let LinkContent { subject, target } = serde_json::from_slice(&caller.ring.open(place(&id), &sealed).await?)?;
        let what = if target.is_some() { "邮件里的链接" } else { "邮件里的信标" };
        entries.push(Noted::of(Moment(made_at), what, [("邮件", Some(subject)), ("链接", target)]));
    }
    Ok(entries)
}

impl MailLink {
    /// The one of that token; none when it is too old, or went with its person's keys.
    ///
    /// # Errors
    /// Storage or vault.
    pub async fn find(centre: &Centre, token: &str) -> Result<Option<Self>, Fault> {
        let row = sql("SELECT id, person_id, content FROM mail_link WHERE token_hash = $1")
            .bind(hash(token))
            .fetch_optional::<(String, String, Vec<u8>)>(&centre.data)
            .await?;
        let Some((id, person, sealed)) = row else { return Ok(None) };
        let person = Uuid::parse_str(&person)?;
        match centre.vault.ring(person).await?.open(place(&id), &sealed).await {
            Ok(content) => Ok(Some(Self { person, content: serde_json::from_slice(&content)? })),
            Err(VaultError::Erased) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Where it leads; the picture leads nowhere.
    #[must_use]
    pub fn target(&self) -> Option<&str> {
        self.content.target.as_deref()
    }

    /// Keeps that the mail was opened, or that the link was followed: a record like any other, seen, erased and ended like
    /// any other. Without the person's consent, as it stands at this moment, nothing is kept.
    ///
    /// # Errors
    /// Storage or vault.
    pub async fn record(&self, centre: &Centre, now: Moment) -> Result<(), Fault> {
        let LinkContent { subject, target } = &self.content;
        let (field, value, details) = match target {
            None => ("mail_open", format!("打开《{subject}》"), Vec::new()),
            Some(target) => {
                ("mail_click", format!("点击《{subject}》里的链接"), vec![("链接".to_owned(), target.clone())])
            }
        };
        let field = field_of(&centre.catalogue, field)?;
        let record = NewRecord {
            host_id: format!("mail-{}", Uuid::now_v7()),
            person: self.person,
            field,
            at: now,
            source: field.source,
            basis: Basis::Consent,
            content: Content { value, details },
        };
        Writer::new(&centre.data, &centre.vault, &centre.catalogue).write(&[record], now).await?;
        Ok(())
    }
}
