//! Backup and restore of an embedded database and the attachments that its rows name, as one file.
//!
//! Owns the file's form: a tar archive of `manifest.json`, `deskwire.db`, the attachments as they lie in
//! the data directory, and `seal.json` with a digest of everything before it. Unpacked by hand it is a
//! data directory. Does not know SQL; `store::admin` copies and verifies the database.

mod place;
mod read;
mod write;

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::wiring::attachments_dir;
use crate::{
    config::{self, Settings},
    domain::AttachmentId,
    store::admin::AdminError,
};

pub use read::{Restored, restore};
pub use write::{BackedUp, backup};

/// The first entry: what the file is.
const MANIFEST: &str = "manifest.json";
/// The second: the database at one moment.
const DATABASE: &str = "deskwire.db";
/// The folder of all others but the last.
const ATTACHMENTS: &str = "attachments";
/// The last: without it the file is cut off.
const SEAL: &str = "seal.json";

/// The form described above; another one takes another number.
const FORMAT: u32 = 1;

/// Bytes copied at once.
const PIECE: usize = 128 * 1024;

/// Why there is no backup, or nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database could not be copied, verified or renewed; or it is in use, or PostgreSQL's.
    #[error(transparent)]
    Database(#[from] AdminError),
    /// There is a file where the backup should go.
    #[error("{0} is there already; a backup never replaces a file")]
    Exists(PathBuf),
    /// Another process writes to the same place.
    #[error("another backup is being written to {0}")]
    InProgress(PathBuf),
    /// A file or folder could not be read or written.
    #[error("cannot {doing} {path}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// Why it failed.
        #[source]
        cause: io::Error,
    },
    /// A row names an attachment whose file is not there.
    #[error(
        "the attachment {id} is missing: a message carries it, and there is no file {path}; \
         if the message was deleted just now, try again"
    )]
    MissingAttachment {
        /// Which.
        id: AttachmentId,
        /// Where it should be.
        path: PathBuf,
    },
    /// The file is not a backup, or not what it was when it was written.
    #[error("{path} is not a backup that can be restored")]
    BadBackup {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        problem: Problem,
    },
    /// The database is not closed when it should be.
    #[error("the restored database could not be closed: {0} is still there")]
    StillOpen(PathBuf),
    /// There is something to lose.
    #[error(
        "{0} holds tickets already; with --force they are moved aside into a folder `replaced-…` and \
         the backup takes their place"
    )]
    NotEmpty(PathBuf),
}

/// What is wrong with a backup.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// Not a tar archive, or one that ends too early.
    #[error("it cannot be read as an archive")]
    Archive(#[source] io::Error),
    /// Another file than expected in its place, or something that is not a file.
    #[error("it contains {0:?} where that does not belong")]
    Unexpected(String),
    /// The manifest or the seal is not what we write.
    #[error("its {0} is not readable")]
    Unreadable(&'static str),
    /// A later version of this program wrote it.
    #[error("it has the format {0}, and this version of deskwire reads {FORMAT}")]
    Format(u32),
    /// It ends before everything was there.
    #[error("it is incomplete: there is no {0}")]
    Incomplete(String),
    /// Its bytes are not those that were written.
    #[error("its content was changed or damaged since it was written")]
    Digest,
    /// The database in it is not sound.
    #[error("its database cannot be used")]
    Database(#[source] AdminError),
}

impl BackupError {
    fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |cause| Self::Io { doing, path: path.to_owned(), cause }
    }
}

/// What the file is, for whoever finds it.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    format: u32,
    /// RFC 3339.
    created: String,
    /// The version that wrote it.
    deskwire: String,
}

/// What was written before it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Seal {
    attachments: u64,
    /// Of names, lengths and contents; see [`Contents`].
    sha256: String,
}

/// The digest of an archive's contents as they pass.
#[derive(Default)]
struct Contents(Sha256);

impl Contents {
    /// Begins a file. Name and length first, so that no two lists of files give the same bytes.
    fn begin(&mut self, name: &str, length: u64) {
        self.0.update((name.len() as u64).to_be_bytes());
        self.0.update(name);
        self.0.update(length.to_be_bytes());
    }

    fn seal(self, attachments: u64) -> Seal {
        Seal { attachments, sha256: hex::encode(self.0.finalize()) }
    }
}

/// Passes bytes on and digests them.
struct Digesting<'a, R> {
    inner: R,
    contents: &'a mut Contents,
}

impl<R: io::Read> io::Read for Digesting<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.contents.0.update(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// Where the settings have the data.
struct Data {
    database: PathBuf,
    data_dir: PathBuf,
    attachments: PathBuf,
}

impl Data {
    fn of(settings: &Settings) -> Result<Self, BackupError> {
        match settings.database() {
            config::Database::Postgres(_) => Err(AdminError::UsePostgresTools.into()),
            config::Database::Sqlite(database) => Ok(Self {
                database,
                data_dir: settings.storage.data_dir.clone(),
                attachments: attachments_dir(settings),
            }),
        }
    }
}

/// The name of an attachment in the archive.
fn entry_name(id: &AttachmentId) -> String {
    format!("{ATTACHMENTS}/{}", crate::blobs::path_of(id).display())
}

/// Makes a new file that nobody else may read, as it may hold every conversation.
fn create_private(path: &Path) -> Result<File, BackupError> {
    let created = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    created.map_err(BackupError::io("create", path))
}

fn create_private_dir(path: &Path) -> Result<(), BackupError> {
    DirBuilder::new().mode(0o700).create(path).map_err(BackupError::io("create", path))
}

/// Removes what an interrupted run left; nothing there is no error.
fn clear(folder: &Path) -> Result<(), BackupError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(BackupError::io("remove", folder)(error))
        }
        _ => Ok(()),
    }
}

/// Makes the names in a folder durable.
fn sync_dir(folder: &Path) -> Result<(), BackupError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(BackupError::io("sync", folder))
}

/// The folder a path is in.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A path with something added to its last name.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// A folder that is removed with all that is in it, whatever happens.
struct Scratch(PathBuf);

impl Scratch {
    fn create(path: PathBuf) -> Result<Self, BackupError> {
        clear(&path)?;
        create_private_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays is cleared by the next run.
        let _ = fs::remove_dir_all(&self.0);
    }
}
