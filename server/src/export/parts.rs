//! Reading a package back, piece by piece.

use axum::body::Bytes;
use futures_util::stream::{self, Stream};
use uuid::Uuid;

use super::store::{self, part_place, part_row};
use crate::centre::Centre;
use crate::vault::KeyRing;
use crate::web::fault::Fault;

/// The pieces of a package, one after the other.
pub struct Parts {
    centre: Centre,
    ring: KeyRing,
    export: String,
    attempt: i64,
    position: i64,
    /// Bytes that are still to come.
    left: u64,
}

/// A package could not be read to its end; the log says why.
#[derive(Debug, thiserror::Error)]
#[error("the package could not be read to its end")]
pub struct CutOff;

impl Parts {
    /// Of the package of `bytes` bytes that that try has made.
    ///
    /// # Errors
    /// Storage or vault.
    pub async fn of(centre: &Centre, person: Uuid, (export, attempt): (&str, i64), bytes: u64) -> Result<Self, Fault> {
        let ring = centre.vault.export_ring(person, export).await?;
        Ok(Self { centre: centre.clone(), ring, export: export.to_owned(), attempt, position: 0, left: bytes })
    }

    /// As a body. What can't be read to its end is cut off, so that half a package is not taken for a whole one.
    pub fn stream(self) -> impl Stream<Item = Result<Bytes, CutOff>> + Send + 'static {
        stream::try_unfold(self, Self::next)
    }

    async fn next(mut self) -> Result<Option<(Bytes, Self)>, CutOff> {
        // The fault has logged its cause.
        match self.read().await.map_err(|_| CutOff)? {
            Some(part) => {
                self.position += 1;
                self.left = self.left.checked_sub(u64::try_from(part.len()).map_err(|_| CutOff)?).ok_or(CutOff)?;
                Ok(Some((part, self)))
            }
            None if self.left == 0 => Ok(None),
            // It ended while it was read.
            None => Err(CutOff),
        }
    }

    async fn read(&self) -> Result<Option<Bytes>, Fault> {
        let sealed = store::part(&self.centre, &self.export, self.attempt, self.position).await?;
        let Some(sealed) = sealed else { return Ok(None) };
        let row = part_row(&self.export, self.attempt, self.position);
        let plain = self.ring.open(part_place(&row), &sealed).await?;
        Ok(Some(Bytes::copy_from_slice(&plain)))
    }
}
