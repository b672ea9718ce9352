//! The key store: master key → root key → one key per person and category.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use app::time::Moment;
use hmac::{Hmac, KeyInit as _, Mac};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::master::MasterKey;
use super::root::Root;
use super::seal::{self, Broken, Place, Secret};
use crate::storage::{Db, DbError, Sql, Tx, sql};

/// A category of personal data: what is erased together has one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category<'a> {
    /// 联系电话, 用户名, 密码 and the name in the ledger.
    Identity,
    /// 登录设备.
    Devices,
    /// 头像.
    Avatar,
    /// 收货地址.
    Addresses,
    /// 实名信息.
    RealName,
    /// What a person wrote in 权利申请, and the answers.
    Requests,
    /// What was given to whom.
    Disclosures,
    /// Where the links of mails lead.
    Messages,
    /// Messages of the centre's own that are still to go.
    Outbox,
    /// What recipients are told.
    Deliveries,
    /// What is open between the person and the host, and money that was given up.
    Affairs,
    /// What an execution needs once the person's keys are gone; its owner is the execution.
    Execution,
    /// What a law keeps of somebody who has left; its owner is a bucket of the legal hold.
    LegalHold,
    /// Records of one kind of the data catalogue, by the field's id.
    Records(&'a str),
    /// One copy of the person's data, by its id.
    Export(&'a str),
    /// 生前安排.
    Directive,
    /// Proof in a close relative's request, by the request's id.
    Proof(&'a str),
    /// Numbers that were given up on one day, which it indexes; its owner is the day.
    FormerNumber,
    /// A reply to an SMS that waits for a human, by its id.
    Reply(&'a str),
}

const RECORDS: &str = "records/";

impl<'a> Category<'a> {
    /// Its name in the key store. Only categories of which a person has many hold a slash.
    #[must_use]
    pub fn id(self) -> Cow<'a, str> {
        match self {
            Self::Identity => "identity".into(),
            Self::Devices => "devices".into(),
            Self::Avatar => "avatar".into(),
            Self::Addresses => "addresses".into(),
            Self::RealName => "real_name".into(),
            Self::Requests => "requests".into(),
            Self::Disclosures => "disclosures".into(),
            Self::Messages => "messages".into(),
            Self::Outbox => "outbox".into(),
            Self::Deliveries => "deliveries".into(),
            Self::Affairs => "affairs".into(),
            Self::Execution => "execution".into(),
            Self::LegalHold => "legal_hold".into(),
            Self::Records(field) => format!("{RECORDS}{field}").into(),
            Self::Export(id) => format!("export/{id}").into(),
            Self::Directive => "directive".into(),
            Self::FormerNumber => "former_number".into(),
            Self::Proof(request) => format!("proof/{request}").into(),
            Self::Reply(id) => format!("reply/{id}").into(),
        }
    }
}

/// What the vault can fail with. None of it names a person's data.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The key store failed.
    #[error("the key store failed: {0}")]
    Db(#[from] DbError),
    /// The key is gone, and the erasure log says that this was meant.
    #[error("the data was erased")]
    Erased,
    /// The key is gone, and nobody erased it. Look for the right key store before anything else.
    #[error("key {0} is missing from the key store and was never erased: is this the right key store?")]
    KeyLost(Uuid),
    /// The sealed value was changed or moved.
    #[error("a sealed value in {0}.{1} was changed, moved or cut short")]
    Broken(&'static str, &'static str),
    /// The master key does not open the root key.
    #[error("the master key does not fit this key store (after rotate-keys only the new one does)")]
    WrongMasterKey,
    /// There is nothing to rotate.
    #[error("the key store has no key yet")]
    Empty,
    /// The old one would go on opening every copy.
    #[error("the new master key is the old one")]
    SameMasterKey,
}

/// The key store, opened.
#[derive(Clone)]
pub struct Vault {
    keys: Db,
    root: Arc<Root>,
    blind: Arc<Secret>,
}

impl Vault {
    /// Opens the key store, making its root key on the first start.
    ///
    /// # Errors
    /// [`VaultError::WrongMasterKey`], [`VaultError::Db`].
    pub async fn open(keys: Db, master: &MasterKey, now: Moment) -> Result<Self, VaultError> {
        let root = Arc::new(Root::open_or_make(&keys, master, now).await?);
        let blind = Arc::new(root.service_key(&keys, "blind_index", now).await?);
        Ok(Self { keys, root, blind })
    }

    /// A secret of the service itself, made on first use.
    ///
    /// # Errors
    /// [`VaultError::Db`], [`VaultError::Broken`].
    pub async fn service_key(&self, name: &'static str, now: Moment) -> Result<Secret, VaultError> {
        self.root.service_key(&self.keys, name, now).await
    }

    /// The blind index of a value: equal values have equal indexes, and without the key they tell nothing.
    /// `index` keeps values of different columns apart.
    #[must_use]
    pub fn blind_index(&self, index: &'static str, value: &str) -> [u8; 32] {
        let mut mac = <Hmac<Sha256>>::new_from_slice(self.blind.as_slice()).expect("HMAC takes a key of any length");
        mac.update(index.as_bytes());
        mac.update(&[0]);
        mac.update(value.as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// When the present root key was made: what was destroyed before is in no copy of the key store that opens with the present
    /// master key.
    #[must_use]
    pub fn rotated_at(&self) -> Moment {
        self.root.made_at
    }

    /// The key store itself, for what lives beside the keys.
    pub(crate) const fn store(&self) -> &Db {
        &self.keys
    }

    /// Overwrites what is left of destroyed keys in the key store's own files; false: somebody still reads an older state.
    ///
    /// # Errors
    /// [`VaultError::Db`].
    pub async fn fold(&self) -> Result<bool, VaultError> {
        Ok(self.keys.fold().await?)
    }

    /// True when the key store answers.
    pub async fn is_reachable(&self) -> bool {
        sql("SELECT 1").fetch_one::<(i32,)>(&self.keys).await.is_ok()
    }

    /// The keys that a person has, but those of their records.
    ///
    /// # Errors
    /// [`VaultError::Db`], [`VaultError::Broken`].
    pub async fn ring(&self, person: Uuid) -> Result<KeyRing, VaultError> {
        let rows = sql("SELECT id, wrapped FROM data_key WHERE person_id = $1 AND category NOT LIKE '%/%'")
            .bind(person)
            .fetch_all::<(String, Vec<u8>)>(&self.keys)
            .await?;
        self.ring_of(rows)
    }

    /// The keys to a person's records of every kind.
    ///
    /// # Errors
    /// [`VaultError::Db`], [`VaultError::Broken`].
    pub async fn record_ring(&self, person: Uuid) -> Result<KeyRing, VaultError> {
        let rows = sql("SELECT id, wrapped FROM data_key WHERE person_id = $1 AND category LIKE 'records/%'")
            .bind(person)
            .fetch_all::<(String, Vec<u8>)>(&self.keys)
            .await?;
        self.ring_of(rows)
    }

    /// The key to one copy of a person's data.
    ///
    /// # Errors
    /// [`VaultError::Db`], [`VaultError::Broken`].
    pub async fn export_ring(&self, person: Uuid, export: &str) -> Result<KeyRing, VaultError> {
        self.ring_for(person, Category::Export(export)).await
    }

    /// The key to one category of a person's data, where they have many of its kind.
    ///
    /// # Errors
    /// [`VaultError::Db`], [`VaultError::Broken`].
    pub async fn ring_for(&self, person: Uuid, category: Category<'_>) -> Result<KeyRing, VaultError> {
        let rows = sql("SELECT id, wrapped FROM data_key WHERE person_id = $1 AND category = $2")
            .bind(person)
            .bind(category.id().as_ref())
            .fetch_all::<(String, Vec<u8>)>(&self.keys)
            .await?;
        self.ring_of(rows)
    }

    fn ring_of(&self, rows: Vec<(String, Vec<u8>)>) -> Result<KeyRing, VaultError> {
        let unwrapped = rows.iter().map(|(id, wrapped)| self.unwrap(id, wrapped));
        Ok(KeyRing { keys: unwrapped.collect::<Result<_, _>>()?, store: self.keys.clone() })
    }

    /// Makes the person's key for a category if there is none. It is on disk when this returns, so what is sealed
    /// under it may be stored.
    ///
    /// # Errors
    /// [`VaultError::Db`], [`VaultError::Broken`].
    pub async fn key_for(&self, person: Uuid, category: Category<'_>, now: Moment) -> Result<SealingKey, VaultError> {
        if let Some(key) = self.existing(person, category).await? {
            return Ok(key);
        }
        let mut tx = self.keys.begin().await?;
        self.make(&mut tx, person, category, now).await?;
        tx.commit().await?;
        self.existing(person, category).await?.ok_or(VaultError::Db(DbError::Vanished))
    }

    /// The same for many at once, in one transaction; in the order of `wanted`.
    ///
    /// # Errors
    /// [`VaultError::Db`], [`VaultError::Broken`].
    pub async fn keys_for(&self, wanted: &[(Uuid, Category<'_>)], now: Moment) -> Result<Vec<SealingKey>, VaultError> {
        let mut keys = Vec::with_capacity(wanted.len());
        let mut tx = self.keys.begin().await?;
        for (person, category) in wanted.iter().copied() {
            let key = match self.existing_in(&mut tx, person, category).await? {
                Some(key) => Some(key),
                None => {
                    self.make(&mut tx, person, category, now).await?;
                    self.existing_in(&mut tx, person, category).await?
                }
            };
            keys.push(key.ok_or(VaultError::Db(DbError::Vanished))?);
        }
        tx.commit().await?;
        Ok(keys)
    }

    async fn make(&self, tx: &mut Tx, person: Uuid, category: Category<'_>, now: Moment) -> Result<(), VaultError> {
        let id = Uuid::now_v7();
        let secret = seal::random_secret();
        let wrapped = seal::seal(&self.root.secret, self.root.id, key_place(&id.to_string()), &secret[..]);
        // Two requests may both find no key; the second one's insert does nothing and it takes the first one's key.
        sql("INSERT INTO data_key (id, person_id, category, root_id, wrapped, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (person_id, category) WHERE retired_at IS NULL DO NOTHING")
        .bind(id)
        .bind(person)
        .bind(category.id().as_ref())
        .bind(self.root.id)
        .bind(wrapped)
        .bind(now.0)
        .execute(tx)
        .await?;
        Ok(())
    }

    /// The person's key for a category, if there is one that may seal: none is made.
    ///
    /// # Errors
    /// [`VaultError::Db`], [`VaultError::Broken`].
    pub async fn key_in_use(&self, person: Uuid, category: Category<'_>) -> Result<Option<SealingKey>, VaultError> {
        self.existing(person, category).await
    }

    async fn existing(&self, person: Uuid, category: Category<'_>) -> Result<Option<SealingKey>, VaultError> {
        let row = key_in_use(person, category).fetch_optional(&self.keys).await?;
        self.sealing_key(row)
    }

    async fn existing_in(
        &self,
        tx: &mut Tx,
        person: Uuid,
        category: Category<'_>,
    ) -> Result<Option<SealingKey>, VaultError> {
        let row = key_in_use(person, category).fetch_optional(tx).await?;
        self.sealing_key(row)
    }

    fn sealing_key(&self, row: Option<(String, Vec<u8>)>) -> Result<Option<SealingKey>, VaultError> {
        row.map(|(id, wrapped)| self.unwrap(&id, &wrapped).map(|(id, secret)| SealingKey { id, secret })).transpose()
    }

    fn unwrap(&self, id: &str, wrapped: &[u8]) -> Result<(Uuid, Secret), VaultError> {
        let broken = VaultError::Broken("data_key", "wrapped");
        let secret = seal::open(&self.root.secret, key_place(id), wrapped)
            .ok()
            .and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok())
            .map(Zeroizing::new);
        match (Uuid::parse_str(id), secret) {
            (Ok(id), Some(secret)) => Ok((id, secret)),
            _ => Err(broken),
        }
    }
}

fn key_in_use(person: Uuid, category: Category<'_>) -> Sql {
    sql("SELECT id, wrapped FROM data_key WHERE person_id = $1 AND category = $2 AND retired_at IS NULL")
        .bind(person)
        .bind(category.id().as_ref())
}

/// A key to seal new values with.
#[derive(Clone)]
pub struct SealingKey {
    id: Uuid,
    secret: Secret,
}

impl SealingKey {
    /// The index of a value: without this key nobody can tell what it was made of. A key that indexes seals nothing.
    #[must_use]
    pub fn index(&self, value: &[u8]) -> [u8; 32] {
        let mut mac = <Hmac<Sha256>>::new_from_slice(self.secret.as_slice()).expect("HMAC takes a key of any length");
        mac.update(value);
        mac.finalize().into_bytes().into()
    }

    /// Seals `plain` for that place.
    #[must_use]
    pub fn seal(&self, place: Place<'_>, plain: &[u8]) -> Vec<u8> {
        seal::seal(&self.secret, self.id, place, plain)
    }
}

/// Keys of one person.
pub struct KeyRing {
    keys: BTreeMap<Uuid, Secret>,
    store: Db,
}

impl KeyRing {
    /// Opens a sealed value as text.
    ///
    /// # Errors
    /// [`VaultError::Erased`], [`VaultError::KeyLost`], [`VaultError::Broken`].
    pub async fn open_text(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<String>, VaultError> {
        let bytes = self.open(place, sealed).await?;
        String::from_utf8(bytes.to_vec()).map(Zeroizing::new).map_err(|_| VaultError::Broken(place.table, place.column))
    }

    /// Opens a sealed value.
    ///
    /// # Errors
    /// [`VaultError::Erased`], [`VaultError::KeyLost`], [`VaultError::Broken`].
    pub async fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let broken = |_: Broken| VaultError::Broken(place.table, place.column);
        let id = seal::key_id(sealed).map_err(broken)?;
        if let Some(key) = self.keys.get(&id) {
            return seal::open(key, place, sealed).map_err(broken);
        }
        let erased = sql("SELECT erased_at FROM erasure_log WHERE key_id = $1")
            .bind(id)
            .fetch_optional::<(i64,)>(&self.store)
            .await?;
        Err(if erased.is_some() { VaultError::Erased } else { VaultError::KeyLost(id) })
    }
}

pub(super) fn key_place(id: &str) -> Place<'_> {
    Place { table: "data_key", column: "wrapped", row: id }
}
