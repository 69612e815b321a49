//! Restores a backup: unpacks it aside, verifies it, then moves it into place.
//!
//! Owns the order of the checks. Does not take paths from the archive: an entry with an unexpected name is
//! refused.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, BufReader, Read, Write},
    path::{Path, PathBuf},
};

use serde::de::DeserializeOwned;
use tar::{Archive, Entries, Entry, EntryType};

use super::{
    BackupError, Contents, DATABASE, Data, Digesting, FORMAT, MANIFEST, Manifest, PIECE, Problem, SEAL,
    Scratch, Seal, beside, create_private, create_private_dir, entry_name, folder_of,
    place::{Moves, sync_tree},
};
use crate::{
    blobs,
    config::Settings,
    domain::AttachmentId,
    store::maintenance::{AdminError, attachment_ids, exclusive, has_tickets, new_epoch, verify},
};

/// Result of a restore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Number of restored attachments.
    pub attachments: u64,
    /// Time of the backup, as RFC 3339.
    pub created: String,
    /// New epoch of the history: clients reload instead of resuming.
    pub epoch: String,
    /// Folders of the replaced data; empty if there was none.
    pub replaced: Vec<PathBuf>,
}

/// Replaces database and attachments by a backup, under a new epoch. Without `force`, a database with tickets
/// is refused; with it, the data is moved aside.
///
/// # Errors
/// On failure the data is unchanged.
pub fn restore(settings: &Settings, file: &Path, force: bool) -> Result<Restored, BackupError> {
    let data = Data::of(settings)?;
    let archive = File::open(file).map_err(BackupError::io("open", file))?;
    // Held until the end, so that no server starts on half of the data.
    let _exclusive = exclusive(&data.database)?;
    if !force && holds_something(&data.database) {
        return Err(BackupError::NotEmpty(data.database));
    }
    fs::create_dir_all(&data.data_dir).map_err(BackupError::io("create", &data.data_dir))?;
    // On the file system of the destination, so that moving is a rename.
    let database_aside = Scratch::create(beside(&data.database, ".restoring"))?;
    let attachments_aside = Scratch::create(beside(&data.attachments, ".restoring"))?;
    let database = database_aside.0.join(DATABASE);

    let unpacked = unpack(archive, &database, &attachments_aside.0);
    let (manifest, attachments) = unpacked.map_err(|failed| failed.of(file))?;
    let epoch = new_epoch(&database)?;
    // SQLite removes its log on close. A remaining log holds data and is not moved.
    let log = beside(&database, "-wal");
    if log.exists() {
        return Err(BackupError::StillOpen(log));
    }
    sync_tree(&database_aside.0)?;
    sync_tree(&attachments_aside.0)?;

    let mut moves = Moves::default();
    moves.aside(&data)?;
    moves.rename(&attachments_aside.0, &data.attachments)?;
    // The database comes last: without it, a crash leaves no half-restored data in use.
    moves.rename(&database, &data.database)?;
    let replaced = moves.keep()?;
    Ok(Restored { attachments, created: manifest.created, epoch, replaced })
}

/// Reports whether the database holds tickets. An unreadable one counts as holding some.
fn holds_something(database: &Path) -> bool {
    match has_tickets(database) {
        Ok(has) => has,
        Err(AdminError::Missing(_)) => false,
        Err(_) => true,
    }
}

/// Error of the backup file, or of the destination.
enum Failed {
    Bad(Problem),
    Other(BackupError),
}

impl Failed {
    fn of(self, file: &Path) -> BackupError {
        match self {
            Self::Bad(problem) => BackupError::BadBackup { path: file.to_owned(), problem },
            Self::Other(error) => error,
        }
    }
}

impl From<BackupError> for Failed {
    fn from(error: BackupError) -> Self {
        Self::Other(error)
    }
}

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Self::Bad(problem)
    }
}

/// Unpacks and verifies an archive. Returns the manifest and the number of attachments.
fn unpack(file: File, database: &Path, attachments: &Path) -> Result<(Manifest, u64), Failed> {
    let mut archive = Archive::new(BufReader::with_capacity(PIECE, file));
    let entries = archive.entries().map_err(Problem::Archive)?;
    let mut unpacking = Unpacking { entries, contents: Contents::default() };

    let manifest = unpacking.next(MANIFEST)?;
    let manifest: Manifest = unpacking.small(manifest, MANIFEST)?;
    if manifest.format != FORMAT {
        return Err(Problem::Format(manifest.format).into());
    }
    let entry = unpacking.next(DATABASE)?;
    unpacking.file(entry, DATABASE, database)?;
    verify(database).map_err(Problem::Database)?;
    let ids = attachment_ids(database).map_err(Problem::Database)?;
    let count = ids.len() as u64;
    let mut named: HashMap<String, AttachmentId> = ids.into_iter().map(|id| (entry_name(&id), id)).collect();

    let seal = loop {
        let (name, entry) = unpacking.any(SEAL)?;
        if name == SEAL {
            break entry;
        }
        let Some(id) = named.remove(&name) else { return Err(Problem::Unexpected(name).into()) };
        let path = attachments.join(blobs::path_of(&id));
        make_folder_of(&path)?;
        unpacking.file(entry, &name, &path)?;
    };
    if let Some(name) = named.into_keys().next() {
        return Err(Problem::Incomplete(name).into());
    }
    let expected = std::mem::take(&mut unpacking.contents).seal(count);
    let found: Seal = unpacking.small(seal, SEAL)?;
    if found != expected {
        return Err(Problem::Digest.into());
    }
    Ok((manifest, count))
}

fn make_folder_of(path: &Path) -> Result<(), BackupError> {
    let folder = folder_of(path);
    match create_private_dir(folder) {
        Err(BackupError::Io { cause, .. }) if cause.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

/// Reads entries in order and adds them to the digest.
struct Unpacking<'a, R: Read> {
    entries: Entries<'a, R>,
    contents: Contents,
}

/// Longest manifest or seal in bytes.
const SMALL: u64 = 64 * 1024;

impl<'a, R: Read> Unpacking<'a, R> {
    /// Next entry, which must be a regular file. `awaited` is the name to report if the archive ends.
    fn any(&mut self, awaited: &str) -> Result<(String, Entry<'a, R>), Problem> {
        let Some(entry) = self.entries.next() else { return Err(Problem::Incomplete(awaited.to_owned())) };
        let entry = entry.map_err(Problem::Archive)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if entry.header().entry_type() != EntryType::Regular {
            return Err(Problem::Unexpected(name));
        }
        Ok((name, entry))
    }

    fn next(&mut self, name: &str) -> Result<Entry<'a, R>, Problem> {
        match self.any(name)? {
            (found, entry) if found == name => Ok(entry),
            (found, _) => Err(Problem::Unexpected(found)),
        }
    }

    fn small<T: DeserializeOwned>(&mut self, entry: Entry<'a, R>, name: &'static str) -> Result<T, Problem> {
        if entry.size() > SMALL {
            return Err(Problem::Unreadable(name));
        }
        self.contents.begin(name, entry.size());
        let mut text = Vec::new();
        let mut content = Digesting { inner: entry, contents: &mut self.contents };
        content.read_to_end(&mut text).map_err(Problem::Archive)?;
        serde_json::from_slice(&text).map_err(|_| Problem::Unreadable(name))
    }

    fn file(&mut self, entry: Entry<'a, R>, name: &str, to: &Path) -> Result<(), Failed> {
        let length = entry.size();
        self.contents.begin(name, length);
        let mut out = create_private(to)?;
        let mut content = Digesting { inner: entry, contents: &mut self.contents };
        let mut buffer = vec![0; PIECE];
        let mut left = length;
        // `io::copy` would not distinguish a bad archive from a full disk.
        while left > 0 {
            let read = content.read(&mut buffer).map_err(Problem::Archive)?;
            if read == 0 {
                return Err(Problem::Archive(io::ErrorKind::UnexpectedEof.into()).into());
            }
            let piece = buffer.get(..read).unwrap_or_default();
            out.write_all(piece).map_err(BackupError::io("write", to))?;
            left = left.saturating_sub(read as u64);
        }
        Ok(())
    }
}
