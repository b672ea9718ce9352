//! Erasing: keys that seal nothing more, and keys that are no more.

use app::time::Moment;
use uuid::Uuid;

use super::keys::{Category, Vault, VaultError};
use crate::storage::sql;

impl Vault {
    /// Retires the person's keys of these categories: they open what they sealed, and seal nothing more. Returns the ids of
    /// all keys that the categories ever had and that still live, to be destroyed with [`Vault::destroy`].
    ///
    /// # Errors
    /// [`VaultError::Db`], [`VaultError::Broken`].
    pub async fn retire(
        &self,
        person: Uuid,
        categories: &[Category<'_>],
        now: Moment,
    ) -> Result<Vec<Uuid>, VaultError> {
        let mut keys = Vec::new();
        let mut tx = self.store().begin().await?;
        for category in categories {
            sql("UPDATE data_key SET retired_at = $3 WHERE person_id = $1 AND category = $2 AND retired_at IS NULL")
                .bind(person)
                .bind(category.id().as_ref())
                .bind(now.0)
                .execute(&mut tx)
                .await?;
            let rows = sql("SELECT id FROM data_key WHERE person_id = $1 AND category = $2")
                .bind(person)
                .bind(category.id().as_ref())
                .fetch_all(&mut tx)
                .await?;
            keys.extend(ids(&rows)?);
        }
        tx.commit().await?;
        Ok(keys)
    }

    /// The same for every category: all keys that the owner has, in use or retired.
    ///
    /// # Errors
    /// [`VaultError::Db`], [`VaultError::Broken`].
    pub async fn retire_all(&self, owner: Uuid, now: Moment) -> Result<Vec<Uuid>, VaultError> {
        let mut tx = self.store().begin().await?;
        sql("UPDATE data_key SET retired_at = $2 WHERE person_id = $1 AND retired_at IS NULL")
            .bind(owner)
            .bind(now.0)
            .execute(&mut tx)
            .await?;
        let rows =
            sql("SELECT id FROM data_key WHERE person_id = $1 ORDER BY id").bind(owner).fetch_all(&mut tx).await?;
        tx.commit().await?;
        ids(&rows)
    }

    /// How many keys an owner has, in use or retired.
    ///
    /// # Errors
    /// [`VaultError::Db`].
    pub async fn count_keys(&self, owner: Uuid) -> Result<i64, VaultError> {
        let count = sql("SELECT COUNT(*) FROM data_key WHERE person_id = $1").bind(owner);
        Ok(count.fetch_one::<(i64,)>(self.store()).await?.0)
    }

    /// Destroys keys and writes them into the erasure log, in one transaction. From here on nothing that they sealed can be
    /// read, in any copy. Doing it again changes nothing.
    ///
    /// # Errors
    /// [`VaultError::Db`].
    pub async fn destroy(&self, keys: &[Uuid], now: Moment) -> Result<(), VaultError> {
        let mut tx = self.store().begin().await?;
        for key in keys {
            sql(
                "INSERT INTO erasure_log (key_id, erased_at) SELECT id, CAST($2 AS BIGINT) FROM data_key WHERE id = $1 \
                 ON CONFLICT (key_id) DO NOTHING",
            )
            .bind(*key)
            .bind(now.0)
            .execute(&mut tx)
            .await?;
            sql("DELETE FROM data_key WHERE id = $1").bind(*key).execute(&mut tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Destroys every key that is left of a person.
    ///
    /// # Errors
    /// [`VaultError::Db`], [`VaultError::Broken`].
    pub async fn destroy_all(&self, person: Uuid, now: Moment) -> Result<(), VaultError> {
        let rows = sql("SELECT id FROM data_key WHERE person_id = $1").bind(person).fetch_all(self.store()).await?;
        self.destroy(&ids(&rows)?, now).await
    }
}

fn ids(rows: &[(String,)]) -> Result<Vec<Uuid>, VaultError> {
    let ids = rows.iter().map(|(id,)| Uuid::parse_str(id));
    ids.collect::<Result<_, _>>().map_err(|_| VaultError::Broken("data_key", "id"))
}
