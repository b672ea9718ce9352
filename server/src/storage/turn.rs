//! Work that one process does at a time, while others wait for it: for longer than a transaction may last.

use std::fs::{File, TryLockError};
use std::time::Duration;

use sqlx::PgConnection;

use super::{Db, DbError, dialect};

/// Held until it is dropped, or its process dies.
pub enum Turn {
    /// A lock on a file beside the database.
    File(File),
    /// A lock of a connection's session.
    Connection(Box<PgConnection>),
}

/// Between two looks whether it is one's turn.
const PAUSE: Duration = Duration::from_millis(100);

impl Db {
    /// Waits until nobody else has their turn at `name`, and takes it.
    ///
    /// # Errors
    /// [`DbError::Engine`].
    pub async fn turn(&self, name: &str) -> Result<Turn, DbError> {
        match self {
            Self::Sqlite { writer, .. } => {
                let mut path = writer.connect_options().get_filename().to_owned().into_os_string();
                path.push(format!(".{}", name.replace(' ', "-")));
                let failed = |e| DbError::Engine(sqlx::Error::Io(e));
                let file = File::options().create(true).append(true).open(path).map_err(failed)?;
                loop {
                    match file.try_lock() {
                        Ok(()) => return Ok(Turn::File(file)),
                        Err(TryLockError::WouldBlock) => tokio::time::sleep(PAUSE).await,
                        Err(TryLockError::Error(error)) => return Err(failed(error)),
                    }
                }
            }
            Self::Postgres { pool, .. } => {
                let mut connection = pool.acquire().await?.detach();
                while !dialect::lock_for_session(&mut connection, name, false).await? {}
                Ok(Turn::Connection(Box::new(connection)))
            }
        }
    }
}
