//! Storing a file while it arrives, in constant memory.
//!
//! Owns the size of a piece and the half-written file, which goes away when this does. What was written is
//! what was inspected. Does not know where the bytes come from, or how long they may take.

use bytes::{Bytes, BytesMut};
use object_store::{MultipartUpload, ObjectStore as _, PutMultipartOptions, PutPayload};

use super::{BlobError, Blobs, Stored, key};
use crate::{
    domain::AttachmentId,
    guard::{AllowedTypes, AttachmentError, Inspection},
};

/// Bytes written at once: each piece is a trip to the pool of blocking threads.
pub const PIECE: usize = 128 * 1024;

/// Why a file was not stored; nothing of it is left.
#[derive(Debug, thiserror::Error)]
pub enum IncomingError {
    /// It is not taken.
    #[error(transparent)]
    Refused(#[from] AttachmentError),
    /// The folder failed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
}

impl From<object_store::Error> for IncomingError {
    fn from(error: object_store::Error) -> Self {
        Self::Blobs(error.into())
    }
}

/// A file that arrives. Dropped before it is finished, it leaves nothing.
pub struct Incoming {
    blobs: Blobs,
    id: AttachmentId,
    upload: Box<dyn MultipartUpload>,
    /// Given to the pool and back.
    inspection: Option<Inspection>,
    waiting: BytesMut,
}

impl std::fmt::Debug for Incoming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Incoming").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Blobs {
    /// Begins a file of at most `max_bytes`, under an id that nobody else uses.
    pub async fn begin(&self, id: AttachmentId, max_bytes: usize) -> Result<Incoming, BlobError> {
        let (store, key, runtime) = (self.store.clone(), key(&id), tokio::runtime::Handle::current());
        // The library makes the file, and perhaps its folder, on the thread that asks.
        let begun = tokio::task::spawn_blocking(move || {
            runtime.block_on(store.put_multipart_opts(&key, PutMultipartOptions::default()))
        });
        let upload = begun.await.map_err(|error| BlobError::Read(std::io::Error::other(error)))??;
        let inspection = Some(Inspection::new(max_bytes));
        Ok(Incoming { blobs: self.clone(), id, upload, inspection, waiting: BytesMut::new() })
    }
}

impl Incoming {
    /// Takes the next bytes. More than one piece of them is never held.
    pub async fn write(&mut self, mut bytes: &[u8]) -> Result<(), IncomingError> {
        if let Some(inspection) = &self.inspection {
            // At once, and not only when the piece is full.
            inspection.check_size(self.waiting.len().saturating_add(bytes.len()))?;
        }
        while !bytes.is_empty() {
            let (fitting, rest) = bytes.split_at(bytes.len().min(PIECE - self.waiting.len()));
            self.waiting.extend_from_slice(fitting);
            bytes = rest;
            if self.waiting.len() == PIECE {
                self.flush().await?;
            }
        }
        Ok(())
    }

    /// How many bytes wait to be written.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.waiting.len()
    }

    async fn flush(&mut self) -> Result<(), IncomingError> {
        let piece = self.waiting.split().freeze();
        let Some(mut inspection) = self.inspection.take() else { return Err(lost()) };
        let looked_at: Bytes = piece.clone();
        let inspected = tokio::task::spawn_blocking(move || {
            let outcome = inspection.update(&looked_at);
            (inspection, outcome)
        });
        // What is refused is not written.
        let (inspection, outcome) = inspected.await.map_err(|_| lost())?;
        self.inspection = Some(inspection);
        outcome?;
        Ok(self.upload.put_part(PutPayload::from(piece)).await?)
    }

    /// Decides on the file and gives it its name. Once this returns, it survives a loss of power. Do not
    /// drop this half-way: the file would stay until the next sweep.
    pub async fn finish(
        mut self,
        name: &str,
        allowed: &AllowedTypes,
        name_chars: usize,
    ) -> Result<Stored, IncomingError> {
        if !self.waiting.is_empty() {
            self.flush().await?;
        }
        let Some(inspection) = self.inspection.take() else { return Err(lost()) };
        let inspected = inspection.finish(name, allowed, name_chars)?;
        // Synced, renamed into place, and its folder synced, as a file that is put whole.
        if let Err(error) = self.upload.complete().await {
            // The rename may have worked and only the fsync after it failed; the file that was to be
            // renamed may still be there.
            let _ = self.blobs.delete(&self.id).await;
            let _ = self.blobs.remove_unfinished(&self.id).await;
            return Err(error.into());
        }
        Ok(Stored {
            id: self.id,
            name: inspected.name().clone(),
            media_type: inspected.media_type().to_owned(),
            size: inspected.size() as u64,
            sha256: *inspected.sha256(),
        })
    }
}

/// An inspection that panicked, or was interrupted, is not gone on with.
fn lost() -> IncomingError {
    BlobError::Read(std::io::Error::other("the inspection of a file was interrupted")).into()
}
