//! The root key, which wraps every other key and is itself wrapped by the operator's master key; and the service's own keys.

use app::time::Moment;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::keys::VaultError;
use super::master::MasterKey;
use super::seal::{self, Place, Secret, random_secret};
use crate::storage::{Db, DbError, Tx, sql};

/// The present one.
pub(super) struct Root {
    /// Stands before whatever it wraps.
    pub(super) id: Uuid,
    /// Itself.
    pub(super) secret: Secret,
    /// When it was made: on the first start, or by the last rotation.
    pub(super) made_at: Moment,
}

/// Held while the root key is looked for, made or replaced.
pub(super) const LOCK: &str = "root_key";

const fn place(id: &str) -> Place<'_> {
    Place { table: "root_key", column: "wrapped", row: id }
}

/// Where a key of the service itself stands.
pub(super) const fn service_place(name: &str) -> Place<'_> {
    Place { table: "service_key", column: "wrapped", row: name }
}

impl Root {
    /// A fresh one, not yet stored.
    pub(super) fn fresh(now: Moment) -> Self {
        Self { id: Uuid::now_v7(), secret: random_secret(), made_at: now }
    }

    /// Opens it, making it on the first start.
    pub(super) async fn open_or_make(keys: &Db, master: &MasterKey, now: Moment) -> Result<Self, VaultError> {
        // Only looked at, where it is there: a start must not need to write.
        if let Some(root) = Self::open(&mut keys.snapshot().await?, master).await? {
            return Ok(root);
        }
        let mut tx = keys.begin().await?;
        tx.lock(LOCK).await?;
        if let Some(root) = Self::open(&mut tx, master).await? {
            return Ok(root);
        }
        let root = Self::fresh(now);
        root.store(&mut tx, master).await?;
        tx.commit().await?;
        Ok(root)
    }

    /// Opens it; none in a key store that nobody has used.
    pub(super) async fn open(tx: &mut Tx, master: &MasterKey) -> Result<Option<Self>, VaultError> {
        let newest = sql("SELECT id, wrapped, created_at FROM root_key ORDER BY created_at DESC LIMIT 1")
            .fetch_optional::<(String, Vec<u8>, i64)>(tx)
            .await?;
        let Some((id, wrapped, made_at)) = newest else { return Ok(None) };
        let secret = secret(seal::open(&master.0, place(&id), &wrapped)).ok_or(VaultError::WrongMasterKey)?;
        let id = Uuid::parse_str(&id).map_err(|_| VaultError::Broken("root_key", "id"))?;
        Ok(Some(Self { id, secret, made_at: Moment(made_at) }))
    }

    /// Stores it, wrapped.
    pub(super) async fn store(&self, tx: &mut Tx, master: &MasterKey) -> Result<(), DbError> {
        sql("INSERT INTO root_key (id, wrapped, created_at) VALUES ($1, $2, $3)")
            .bind(self.id)
            .bind(seal::seal(&master.0, self.id, place(&self.id.to_string()), &self.secret[..]))
            .bind(self.made_at.0)
            .execute(tx)
            .await?;
        Ok(())
    }

    /// A secret of the service itself, made on first use.
    pub(super) async fn service_key(&self, keys: &Db, name: &'static str, now: Moment) -> Result<Secret, VaultError> {
        let stored = "SELECT wrapped FROM service_key WHERE name = $1";
        if let Some((wrapped,)) = sql(stored).bind(name).fetch_optional::<(Vec<u8>,)>(keys).await? {
            return self.open_service_key(name, &wrapped);
        }
        let fresh = seal::seal(&self.secret, self.id, service_place(name), &random_secret()[..]);
        let mut tx = keys.begin().await?;
        sql("INSERT INTO service_key (name, root_id, wrapped, created_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (name) DO NOTHING")
        .bind(name)
        .bind(self.id)
        .bind(fresh)
        .bind(now.0)
        .execute(&mut tx)
        .await?;
        let (wrapped,) = sql(stored).bind(name).fetch_one::<(Vec<u8>,)>(&mut tx).await?;
        tx.commit().await?;
        self.open_service_key(name, &wrapped)
    }

    fn open_service_key(&self, name: &str, wrapped: &[u8]) -> Result<Secret, VaultError> {
        let opened = seal::open(&self.secret, service_place(name), wrapped);
        secret(opened).ok_or(VaultError::Broken("service_key", "wrapped"))
    }
}

fn secret(opened: Result<Zeroizing<Vec<u8>>, seal::Broken>) -> Option<Secret> {
    opened.ok().and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok()).map(Zeroizing::new)
}
