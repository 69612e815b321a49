//! FLOOR 2. Where the bytes of attachments are.
//!
//! Owns object_store and the folder: one file an attachment, `ab/cd…` for the id `abcd…`, fsynced before
//! [`Blobs::put`] or [`Incoming::finish`] returns. Does not know which ticket a file belongs to or who may read it; what no row
//! names is removed by [`Blobs::sweep`], which is told what rows name.

mod incoming;
mod read;
mod sweep;

use std::{
    io,
    path::{Path, PathBuf},
};

use object_store::{ObjectStoreExt as _, PutPayload, local::LocalFileSystem, path::Path as Key};

use crate::{
    domain::AttachmentId,
    guard::{Checked, PlainText},
};

pub use incoming::{Incoming, IncomingError, PIECE};
pub use read::BlobStream;
pub use sweep::{SweepError, Swept};

/// What the folder answered with.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The folder cannot be made or opened.
    #[error("the attachment folder {} cannot be used: {source}", path.display())]
    Folder {
        /// Which folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Reading or writing failed.
    #[error("the attachment store failed: {0}")]
    Store(#[from] object_store::Error),
    /// Reading a file failed half-way, or it is shorter than it was.
    #[error("an attachment could not be read: {0}")]
    Read(#[source] io::Error),
    /// What was written is not what is there.
    #[error("the attachment store does not return what was put into it")]
    Corrupt,
}

/// An attachment whose bytes are on disk. Only [`Blobs::put`] and [`Incoming::finish`] make it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    id: AttachmentId,
    name: PlainText,
    media_type: String,
    size: u64,
    sha256: [u8; 32],
}

impl Stored {
    /// The id it is stored under.
    pub fn id(&self) -> &AttachmentId {
        &self.id
    }

    /// As the sender named it.
    pub fn name(&self) -> &PlainText {
        &self.name
    }

    /// What the bytes are.
    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    /// In bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The SHA-256 of the bytes.
    pub fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }
}

/// A folder of attachments. Clones share it.
#[derive(Clone, Debug)]
pub struct Blobs {
    store: LocalFileSystem,
    root: PathBuf,
}

impl Blobs {
    /// Opens a folder, and makes it if it is not there.
    pub fn open(dir: &Path) -> Result<Self, BlobError> {
        let folder = |source| BlobError::Folder { path: dir.to_owned(), source };
        std::fs::create_dir_all(dir).map_err(folder)?;
        let root = dir.canonicalize().map_err(folder)?;
        let store = LocalFileSystem::new_with_prefix(&root)?.with_fsync(true);
        Ok(Self { store, root })
    }

    /// Stores a file under an id that nobody else uses. Once this returns, the file survives a loss of
    /// power; where it fails, no file stays.
    pub async fn put(&self, checked: Checked, id: AttachmentId) -> Result<Stored, BlobError> {
        let key = key(&id);
        let size = checked.bytes().len() as u64;
        // Written aside and renamed into place, so a file is whole or not there.
        if let Err(error) = self.store.put(&key, PutPayload::from(checked.bytes().clone())).await {
            // The rename may have worked and only the fsync after it failed.
            let _ = self.store.delete(&key).await;
            return Err(error.into());
        }
        Ok(Stored {
            id,
            name: checked.name().clone(),
            media_type: checked.media_type().to_owned(),
            size,
            sha256: *checked.sha256(),
        })
    }

    /// Removes a file; one that is not there is no error.
    pub async fn delete(&self, id: &AttachmentId) -> Result<(), BlobError> {
        self.remove(&key(id)).await.map(drop)
    }

    /// Whether files can be written, read and removed, by doing it.
    pub async fn ready(&self) -> Result<(), BlobError> {
        let probe = Key::from(format!("ready-{:032x}", rand::random::<u128>()));
        let outcome = self.probe(&probe).await;
        let removed = self.remove(&probe).await;
        outcome.and(removed.map(drop))
    }

    async fn probe(&self, probe: &Key) -> Result<(), BlobError> {
        const CONTENT: &[u8] = b"deskwire";
        self.store.put(probe, PutPayload::from_static(CONTENT)).await?;
        let read = self.store.get(probe).await?.bytes().await?;
        if read == CONTENT { Ok(()) } else { Err(BlobError::Corrupt) }
    }

    /// Whether there was something to remove.
    async fn remove(&self, key: &Key) -> Result<bool, BlobError> {
        match self.store.delete(key).await {
            Ok(()) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// Where the file of an attachment is below the folder, for copying it without the server.
pub fn path_of(id: &AttachmentId) -> PathBuf {
    let (shard, rest) = id.as_str().split_at(SHARD);
    [shard, rest].iter().collect()
}

/// Hexadecimal digits of an id that name its folder: 256 folders keep each one small.
const SHARD: usize = 2;

fn key(id: &AttachmentId) -> Key {
    let (shard, rest) = id.as_str().split_at(SHARD);
    Key::from_iter([shard, rest])
}

/// The id that a folder and a file's name in it stand for; `None` for what is not ours.
fn id_of(shard: &str, rest: &str) -> Option<AttachmentId> {
    (shard.len() == SHARD).then(|| AttachmentId::parse(&format!("{shard}{rest}"))).flatten()
}

#[cfg(test)]
mod tests;
