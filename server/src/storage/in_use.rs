//! Whether a server works with a database: whoever puts another state in its place must not do so behind its back.

use std::fs::File;

use sqlx::{PgConnection, Sqlite};

use super::{Db, DbError, dialect};

/// Held until it is dropped, or its process dies.
pub enum Held {
    /// A lock on a file beside the database.
    File(File),
    /// A lock of a connection's session.
    Connection(Box<PgConnection>),
}

impl Db {
    /// Holds the database together with others who use it; none while somebody has it for themselves.
    ///
    /// # Errors
    /// [`DbError::Engine`].
    pub async fn hold(&self) -> Result<Option<Held>, DbError> {
        self.held(true).await
    }

    /// Holds the database alone; none while anybody uses it.
    ///
    /// # Errors
    /// [`DbError::Engine`].
    pub async fn hold_alone(&self) -> Result<Option<Held>, DbError> {
        self.held(false).await
    }

    async fn held(&self, shared: bool) -> Result<Option<Held>, DbError> {
        match self {
            Self::Sqlite { writer, .. } => beside(writer, shared).map_err(|e| DbError::Engine(sqlx::Error::Io(e))),
            Self::Postgres(pool) => {
                let mut connection = pool.acquire().await?.detach();
                let held = dialect::lock_for_session(&mut connection, "in use", shared).await?;
                Ok(held.then(|| Held::Connection(Box::new(connection))))
            }
        }
    }
}

fn beside(writer: &sqlx::Pool<Sqlite>, shared: bool) -> std::io::Result<Option<Held>> {
    let mut path = writer.connect_options().get_filename().to_owned().into_os_string();
    path.push(".in-use");
    let file = File::options().create(true).append(true).open(path)?;
    let locked = if shared { file.try_lock_shared() } else { file.try_lock() };
    match locked {
        Ok(()) => Ok(Some(Held::File(file))),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(error)) => Err(error),
    }
}
