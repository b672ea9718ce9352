//! Reading a package back, piece by piece, from any byte on.

use std::ops::Range;

use axum::body::Bytes;
use futures_util::stream::{self, Stream};
use uuid::Uuid;

use super::store::{self, part_place, part_row};
use crate::accounts::sessions;
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
    /// Bytes of the next piece that were not asked for.
    skip: usize,
    /// Bytes that are still to come.
    left: u64,
    /// They end when this session does.
    session: Option<Uuid>,
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
        let export = export.to_owned();
        Ok(Self { centre: centre.clone(), ring, export, attempt, position: 0, skip: 0, left: bytes, session: None })
    }

    /// Only these bytes: no piece is opened that holds none of them.
    ///
    /// # Errors
    /// Storage.
    pub async fn only(self, bytes: Range<u64>) -> Result<Self, Fault> {
        let first = i64::try_from(bytes.start)?;
        let (position, starts_at) = store::part_at(&self.centre, &self.export, self.attempt, first).await?;
        let skip = usize::try_from(first - starts_at)?;
        Ok(Self { position, skip, left: bytes.end - bytes.start, ..self })
    }

    /// Only while that session lives: who is signed out from another device receives no more.
    #[must_use]
    pub fn while_lives(self, session: Uuid) -> Self {
        Self { session: Some(session), ..self }
    }

    /// As a body. What can't be read to its end is cut off, so that half a package is not taken for a whole one.
    pub fn stream(self) -> impl Stream<Item = Result<Bytes, CutOff>> + Send + 'static {
        stream::try_unfold(self, Self::next)
    }

    async fn next(mut self) -> Result<Option<(Bytes, Self)>, CutOff> {
        if self.left == 0 {
            return Ok(None);
        }
        // The fault has logged its cause; nothing: it ended while it was read.
        let mut part = self.read().await.map_err(|_| CutOff)?.ok_or(CutOff)?;
        if self.skip > part.len() {
            return Err(CutOff);
        }
        part = part.split_off(self.skip);
        part.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.skip = 0;
        self.position += 1;
        self.left -= u64::try_from(part.len()).map_err(|_| CutOff)?;
        Ok(Some((part, self)))
    }

    async fn read(&self) -> Result<Option<Bytes>, Fault> {
        if let Some(session) = self.session
            && !sessions::lives(&self.centre, session, self.centre.now()).await?
        {
            return Ok(None);
        }
        let sealed = store::part(&self.centre, &self.export, self.attempt, self.position).await?;
        let Some(sealed) = sealed else { return Ok(None) };
        let row = part_row(&self.export, self.attempt, self.position);
        let plain = self.ring.open(part_place(&row), &sealed).await?;
        Ok(Some(Bytes::copy_from_slice(&plain)))
    }
}
