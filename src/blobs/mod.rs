//! FLOOR 2. Stores the bytes of attachments.
//!
//! Owns object_store and the folder: one file an attachment, `ab/cd…` for the id `abcd…`, fsynced before
//! [`Blobs::put`] or [`Incoming::finish`] returns. Does not know which ticket a file belongs to, or which
//! users may read it. [`Blobs::sweep`] asks its caller which files are in use, and removes the others.

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

/// Failure of the attachment folder.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The folder cannot be created or opened.
    #[error("the attachment folder {} cannot be used: {source}", path.display())]
    Folder {
        /// Path of the folder.
        path: PathBuf,
        /// Error of the operating system.
        source: io::Error,
    },
    /// Writing, deleting or opening a file failed.
    #[error("the attachment store failed: {0}")]
    Store(#[from] object_store::Error),
    /// Reading failed half-way, or the file is shorter than when it was opened.
    #[error("an attachment could not be read: {0}")]
    Read(#[source] io::Error),
    /// The probe of [`Blobs::ready`] read other bytes than it wrote.
    #[error("the attachment store returned other bytes than were written")]
    Corrupt,
}

/// Attachment whose bytes are fsynced. Only [`Blobs::put`] and [`Incoming::finish`] create one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    id: AttachmentId,
    name: PlainText,
    media_type: String,
    size: u64,
    sha256: [u8; 32],
}

impl Stored {
    /// Id that gives the path of the file.
    pub fn id(&self) -> &AttachmentId {
        &self.id
    }

    /// File name given by the sender, as checked by the guard.
    pub fn name(&self) -> &PlainText {
        &self.name
    }

    /// Media type that the inspection of the bytes found.
    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    /// Size in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// SHA-256 of the bytes.
    pub fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }
}

/// Folder of attachments. Clones are cheap and use one folder.
#[derive(Clone, Debug)]
pub struct Blobs {
    store: LocalFileSystem,
    root: PathBuf,
}

impl Blobs {
    /// Opens the folder, and creates it and its parents if missing.
    pub fn open(dir: &Path) -> Result<Self, BlobError> {
        let folder = |source| BlobError::Folder { path: dir.to_owned(), source };
        std::fs::create_dir_all(dir).map_err(folder)?;
        let root = dir.canonicalize().map_err(folder)?;
        let store = LocalFileSystem::new_with_prefix(&root)?.with_fsync(true);
        Ok(Self { store, root })
    }

    /// Stores a file. The `id` must be unused. On return the file is fsynced; on failure no file stays.
    pub async fn put(&self, checked: Checked, id: AttachmentId) -> Result<Stored, BlobError> {
        let key = key(&id);
        let size = checked.bytes().len() as u64;
        // object_store writes a temporary file and renames it, so readers see a whole file or none.
        if let Err(error) = self.store.put(&key, PutPayload::from(checked.bytes().clone())).await {
            // The fsync after a successful rename may have failed, and then the file exists.
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

    /// Removes a file. A missing file is no error.
    pub async fn delete(&self, id: &AttachmentId) -> Result<(), BlobError> {
        self.remove(&key(id)).await.map(drop)
    }

    /// Writes, reads and removes a small file. Fails if any of the three is impossible.
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

    /// Deletes a file and returns whether it existed.
    async fn remove(&self, key: &Key) -> Result<bool, BlobError> {
        match self.store.delete(key).await {
            Ok(()) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// Path of an attachment's file relative to the folder, for backups that copy it without the server.
pub fn path_of(id: &AttachmentId) -> PathBuf {
    let (shard, rest) = id.as_str().split_at(SHARD);
    [shard, rest].iter().collect()
}

/// Hexadecimal digits of an id that name its subfolder: files are spread over 256 subfolders.
const SHARD: usize = 2;

fn key(id: &AttachmentId) -> Key {
    let (shard, rest) = id.as_str().split_at(SHARD);
    Key::from_iter([shard, rest])
}

/// Id of the attachment with this subfolder and file name; `None` for a foreign file.
fn id_of(shard: &str, rest: &str) -> Option<AttachmentId> {
    (shard.len() == SHARD).then(|| AttachmentId::parse(&format!("{shard}{rest}"))).flatten()
}

#[cfg(test)]
mod tests;
