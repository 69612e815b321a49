//! Backs up and restores an embedded database and its attachments, as one file.
//!
//! Owns the form of the file: a tar archive of `manifest.json`, `deskwire.db`, the attachments and
//! `seal.json`. The seal is a digest of all entries before it. Unpacked by hand, an archive is a data
//! directory. Does not know SQL: `store::maintenance` copies and verifies the database.

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
    store::maintenance::AdminError,
};

pub use read::{Restored, restore};
pub use write::{BackedUp, backup};

/// Name of the first entry, which describes the file.
const MANIFEST: &str = "manifest.json";
/// Name of the second entry, a snapshot of the database.
const DATABASE: &str = "deskwire.db";
/// Folder of the entries between database and seal.
const ATTACHMENTS: &str = "attachments";
/// Name of the last entry. A file without it is incomplete.
const SEAL: &str = "seal.json";

/// Version of the file's form. Any change of the form increments it.
const FORMAT: u32 = 1;

/// Bytes copied at once.
const PIECE: usize = 128 * 1024;

/// Failure of a backup or a restore.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Failure to copy, verify or renew the database. Also a database in use, or in PostgreSQL.
    #[error(transparent)]
    Database(#[from] AdminError),
    /// Existing file at the path of the backup.
    #[error("{0} is there already; a backup never replaces a file")]
    Exists(PathBuf),
    /// Another process that writes a backup to this path.
    #[error("another backup is being written to {0}")]
    InProgress(PathBuf),
    /// Failed operation on a file or folder.
    #[error("cannot {doing} {path}")]
    Io {
        /// Verb of the operation, such as `create`.
        doing: &'static str,
        /// Path of the file or folder.
        path: PathBuf,
        /// Error of the operating system.
        #[source]
        cause: io::Error,
    },
    /// Attachment of a message without its file.
    #[error(
        "the attachment {id} of a message is missing: there is no file {path}; \
         if the message was deleted just now, try again"
    )]
    MissingAttachment {
        /// Id of the attachment.
        id: AttachmentId,
        /// Expected path of the file.
        path: PathBuf,
    },
    /// File that is not a backup, or that was changed after it was written.
    #[error("{path} is not a backup that can be restored")]
    BadBackup {
        /// Path of the backup.
        path: PathBuf,
        /// First problem found.
        #[source]
        problem: Problem,
    },
    /// Restored database whose write-ahead log still exists after it was closed.
    #[error("the restored database could not be closed: {0} still exists")]
    StillOpen(PathBuf),
    /// Database with tickets at the destination, without `force`.
    #[error(
        "{0} holds tickets already; with --force they are moved aside into a folder `replaced-…` and \
         the backup takes their place"
    )]
    NotEmpty(PathBuf),
}

/// Problem of a backup file.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// File that is not a tar archive, or that ends too early.
    #[error("it cannot be read as an archive")]
    Archive(#[source] io::Error),
    /// Entry with another name than expected, or entry that is not a file.
    #[error("it contains {0:?} in an unexpected place")]
    Unexpected(String),
    /// Manifest or seal that does not parse.
    #[error("its {0} is not readable")]
    Unreadable(&'static str),
    /// Form written by another version of the program.
    #[error("it has the format {0}, and this version of deskwire reads {FORMAT}")]
    Format(u32),
    /// Archive without this entry.
    #[error("it is incomplete: there is no {0}")]
    Incomplete(String),
    /// Digest of the entries that differs from the seal.
    #[error("its content was changed or damaged since it was written")]
    Digest,
    /// Database that fails the integrity check.
    #[error("its database cannot be used")]
    Database(#[source] AdminError),
}

impl BackupError {
    fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |cause| Self::Io { doing, path: path.to_owned(), cause }
    }
}

/// First entry: description of the file.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    format: u32,
    /// Time of the backup, as RFC 3339.
    created: String,
    /// Version of the program.
    deskwire: String,
}

/// Last entry: check of all entries before it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Seal {
    attachments: u64,
    /// Digest of names, lengths and contents, in hexadecimal; see [`Contents`].
    sha256: String,
}

/// Running digest of an archive's entries.
#[derive(Default)]
struct Contents(Sha256);

impl Contents {
    /// Adds name and length of an entry. Both precede the content, so that different lists of files never
    /// give equal input.
    fn begin(&mut self, name: &str, length: u64) {
        self.0.update((name.len() as u64).to_be_bytes());
        self.0.update(name);
        self.0.update(length.to_be_bytes());
    }

    fn seal(self, attachments: u64) -> Seal {
        Seal { attachments, sha256: hex::encode(self.0.finalize()) }
    }
}

/// Reader that adds all bytes to the digest.
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

/// Paths of the data, from the settings.
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

/// Entry name of an attachment.
fn entry_name(id: &AttachmentId) -> String {
    format!("{ATTACHMENTS}/{}", crate::blobs::path_of(id).display())
}

/// Creates a new file with mode 0600, because it may hold every conversation.
fn create_private(path: &Path) -> Result<File, BackupError> {
    let created = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    created.map_err(BackupError::io("create", path))
}

fn create_private_dir(path: &Path) -> Result<(), BackupError> {
    DirBuilder::new().mode(0o700).create(path).map_err(BackupError::io("create", path))
}

/// Removes the folder of an interrupted run. A missing folder is no error.
fn clear(folder: &Path) -> Result<(), BackupError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(BackupError::io("remove", folder)(error))
        }
        _ => Ok(()),
    }
}

/// Fsyncs a folder, which makes the names in it durable.
fn sync_dir(folder: &Path) -> Result<(), BackupError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(BackupError::io("sync", folder))
}

/// Parent folder of a path; `.` for a bare name.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Path with a suffix added to its last name.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Temporary folder, removed with its content on drop.
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
        // The next run removes what is left.
        let _ = fs::remove_dir_all(&self.0);
    }
}
