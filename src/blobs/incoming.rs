//! Stores a file while its bytes arrive, in constant memory.
//!
//! Owns the size of a piece and the half-written file, which is deleted when its [`Incoming`] is dropped. The
//! bytes on disk are exactly the inspected bytes. Does not know where the bytes come from, or how long they
//! may take.

use bytes::{Bytes, BytesMut};
use object_store::{MultipartUpload, ObjectStore as _, PutMultipartOptions, PutPayload};

use super::{BlobError, Blobs, Stored, key};
use crate::{
    domain::AttachmentId,
    guard::{AllowedTypes, AttachmentError, Inspection},
};

/// Bytes written at once. Each write is one job of the pool of blocking threads.
pub const PIECE: usize = 128 * 1024;

/// Failure to store a file. No part of the file stays on disk.
#[derive(Debug, thiserror::Error)]
pub enum IncomingError {
    /// The size, type or content of the file is not allowed.
    #[error(transparent)]
    Refused(#[from] AttachmentError),
    /// The folder cannot be written.
    #[error(transparent)]
    Blobs(#[from] BlobError),
}

impl From<object_store::Error> for IncomingError {
    fn from(error: object_store::Error) -> Self {
        Self::Blobs(error.into())
    }
}

/// File whose bytes are still arriving. Dropping it before [`Incoming::finish`] deletes them.
pub struct Incoming {
    blobs: Blobs,
    id: AttachmentId,
    upload: Box<dyn MultipartUpload>,
    /// `None` while a blocking thread inspects a piece, and for good if that thread panics.
    inspection: Option<Inspection>,
    waiting: BytesMut,
}

impl std::fmt::Debug for Incoming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Incoming").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Blobs {
    /// Begins a file of at most `max_bytes`. The `id` must be unused.
    pub async fn begin(&self, id: AttachmentId, max_bytes: usize) -> Result<Incoming, BlobError> {
        let (store, key, runtime) = (self.store.clone(), key(&id), tokio::runtime::Handle::current());
        // object_store creates the file and its folder on the calling thread.
        let begun = tokio::task::spawn_blocking(move || {
            runtime.block_on(store.put_multipart_opts(&key, PutMultipartOptions::default()))
        });
        let upload = begun.await.map_err(|error| BlobError::Read(std::io::Error::other(error)))??;
        let inspection = Some(Inspection::new(max_bytes));
        Ok(Incoming { blobs: self.clone(), id, upload, inspection, waiting: BytesMut::new() })
    }
}

impl Incoming {
    /// Appends bytes. Buffers at most one piece. After an error, drop the file.
    pub async fn write(&mut self, mut bytes: &[u8]) -> Result<(), IncomingError> {
        if let Some(inspection) = &self.inspection {
            // Checked for each chunk, so that an oversized file is refused before its piece is full.
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

    /// Number of buffered bytes.
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
        // A piece is inspected before any byte of it is written.
        let (inspection, outcome) = inspected.await.map_err(|_| lost())?;
        self.inspection = Some(inspection);
        outcome?;
        Ok(self.upload.put_part(PutPayload::from(piece)).await?)
    }

    /// Completes the inspection and renames the file into place. On return the file is fsynced. Must not be
    /// cancelled half-way: the file would stay until the next sweep.
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
        // Fsyncs the file, renames it into place and fsyncs its folder, as [`Blobs::put`] does.
        if let Err(error) = self.upload.complete().await {
            // If only the fsync after the rename failed, the final file exists. Otherwise the temporary file
            // may remain.
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

/// Error for an inspection that panicked or was cancelled: it cannot be continued.
fn lost() -> IncomingError {
    BlobError::Read(std::io::Error::other("the inspection of a file was interrupted")).into()
}
