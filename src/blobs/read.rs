//! Reads a file in pieces, in constant memory.
//!
//! Owns the size of a piece. Does not know HTTP: a range is two numbers.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
    ops::Range,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::{
    Stream, StreamExt as _, TryStreamExt as _,
    stream::{self, BoxStream},
};
use object_store::{GetOptions, GetResultPayload, ObjectStore as _};

use crate::domain::AttachmentId;

use super::{BlobError, Blobs, key};

/// Bytes read at once. Each read is one job of the pool of blocking threads. The 8 KiB of object_store would
/// need 1,280 jobs for a file of 10 MB.
const PIECE: usize = 128 * 1024;

/// Stream of the bytes of a file, or of a part of it.
pub struct BlobStream {
    total: u64,
    range: Range<u64>,
    pieces: BoxStream<'static, Result<Bytes, BlobError>>,
}

impl BlobStream {
    /// Size of the whole file in bytes, also when only a part is read.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Byte range of the stream, cut to the size of the file.
    pub fn range(&self) -> Range<u64> {
        self.range.clone()
    }

    /// Number of bytes in the stream.
    pub fn size(&self) -> u64 {
        self.range.end - self.range.start
    }
}

impl std::fmt::Debug for BlobStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlobStream")
            .field("total", &self.total)
            .field("range", &self.range)
            .finish_non_exhaustive()
    }
}

impl Stream for BlobStream {
    type Item = Result<Bytes, BlobError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.pieces.poll_next_unpin(cx)
    }
}

impl Blobs {
    /// Opens a whole file; `None` if there is none. A file removed while it is read is still read to its end.
    pub async fn get(&self, id: &AttachmentId) -> Result<Option<BlobStream>, BlobError> {
        self.get_range(id, 0..u64::MAX).await
    }

    /// Opens the bytes from `range.start` up to, and excluding, `range.end`. The range is cut to the file, so
    /// the stream may be empty. `None` if there is no file.
    pub async fn get_range(
        &self,
        id: &AttachmentId,
        range: Range<u64>,
    ) -> Result<Option<BlobStream>, BlobError> {
        let found = match self.store.get_opts(&key(id), GetOptions::default()).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let total = found.meta.size;
        let start = range.start.min(total);
        let range = start..range.end.clamp(start, total);
        let pieces = match found.payload {
            GetResultPayload::File(file, _) => pieces(file, range.clone()).boxed(),
            // A local folder always returns a file. Other payloads can only be read whole.
            GetResultPayload::Stream(stream) if range == (0..total) => {
                stream.map_err(BlobError::from).boxed()
            }
            GetResultPayload::Stream(_) => {
                return Err(BlobError::Read(io::Error::from(io::ErrorKind::Unsupported)));
            }
        };
        Ok(Some(BlobStream { total, range, pieces }))
    }
}

fn pieces(file: File, range: Range<u64>) -> impl Stream<Item = Result<Bytes, BlobError>> + Send + 'static {
    stream::try_unfold((file, range), |(file, range)| async move {
        if range.is_empty() {
            return Ok(None);
        }
        let read = tokio::task::spawn_blocking(move || read_piece(file, range)).await;
        read.map_err(io::Error::other).flatten().map(Some).map_err(BlobError::Read)
    })
}

fn read_piece(mut file: File, range: Range<u64>) -> io::Result<(Bytes, (File, Range<u64>))> {
    let length = (range.end - range.start).min(PIECE as u64);
    file.seek(SeekFrom::Start(range.start))?;
    let mut piece = Vec::with_capacity(PIECE.min(usize::try_from(length).unwrap_or(PIECE)));
    let read = (&mut file).take(length).read_to_end(&mut piece)? as u64;
    if read < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok((piece.into(), (file, range.start + read..range.end)))
}
