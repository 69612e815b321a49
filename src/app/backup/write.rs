//! Writes a backup, with or without a running server.
//!
//! Owns the order: first the database, so that the files of all attachments in it exist. Does not know the
//! form of a data directory: `blobs` names the files.

use std::{
    fs::{self, File, OpenOptions, Permissions, TryLockError},
    io::{self, BufReader, BufWriter, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use tar::{Builder, Header};

use super::{
    BackupError, Contents, DATABASE, Data, Digesting, FORMAT, MANIFEST, Manifest, PIECE, SEAL, Scratch,
    beside, entry_name, folder_of, sync_dir,
};
use crate::{
    app::store_options,
    blobs,
    config::Settings,
    domain::Clock,
    store::maintenance::{attachment_ids, snapshot},
};

/// Result of a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackedUp {
    /// Number of attachments in the backup.
    pub attachments: u64,
    /// Size of the backup in bytes.
    pub bytes: u64,
}

/// Writes a snapshot of the database and its attachments to `file`, which appears complete and fsynced, or
/// not at all.
///
/// # Errors
/// On failure there is no `file`. An existing file is refused and kept.
pub fn backup(settings: &Settings, file: &Path) -> Result<BackedUp, BackupError> {
    let data = Data::of(settings)?;
    if file.symlink_metadata().is_ok() {
        return Err(BackupError::Exists(file.to_owned()));
    }
    let partial = Partial::open(file)?;
    // Beside the backup, which needs the space anyway: the system's temporary folder may be in memory.
    let scratch = Scratch::create(beside(file, ".partial.d"))?;
    let copy = scratch.0.join(DATABASE);
    snapshot(&store_options(settings), &copy)?;
    let attachments = attachment_ids(&copy)?;

    let mut archive = Archive::new(BufWriter::with_capacity(PIECE, &partial.file));
    archive.manifest().map_err(BackupError::io("write", &partial.path))?;
    archive.file(DATABASE, &copy)?;
    for id in &attachments {
        let path = data.attachments.join(blobs::path_of(id));
        if !path.is_file() {
            return Err(BackupError::MissingAttachment { id: id.clone(), path });
        }
        archive.file(&entry_name(id), &path)?;
    }
    let attachments = attachments.len() as u64;
    archive.finish(attachments).map_err(BackupError::io("write", &partial.path))?;
    let bytes = partial.keep(file)?;
    Ok(BackedUp { attachments, bytes })
}

/// Unfinished file, removed on drop unless [`Partial::keep`] is called.
struct Partial {
    file: File,
    path: PathBuf,
    kept: bool,
}

impl Partial {
    /// Opens and locks the file. An unlocked file of an interrupted backup is reused; a locked one is in
    /// progress.
    fn open(target: &Path) -> Result<Self, BackupError> {
        let path = beside(target, ".partial");
        let opened = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = opened.map_err(BackupError::io("create", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(BackupError::InProgress(target.to_owned())),
            Err(TryLockError::Error(cause)) => return Err(BackupError::io("lock", &path)(cause)),
        }
        let partial = Self { file, path, kept: false };
        // A file of an interrupted run may have other permissions.
        let emptied = partial.file.set_len(0);
        let private = emptied.and_then(|()| partial.file.set_permissions(Permissions::from_mode(0o600)));
        private.map_err(BackupError::io("empty", &partial.path))?;
        Ok(partial)
    }

    /// Renames the file to `target` and returns its size. An existing `target` is refused.
    fn keep(mut self, target: &Path) -> Result<u64, BackupError> {
        self.file.sync_all().map_err(BackupError::io("sync", &self.path))?;
        let bytes = self.file.metadata().map_err(BackupError::io("read", &self.path))?.len();
        // A hard link never replaces a file. File systems without links get a rename.
        match fs::hard_link(&self.path, target) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(BackupError::Exists(target.to_owned()));
            }
            Err(_) => {
                fs::rename(&self.path, target).map_err(BackupError::io("rename", &self.path))?;
                self.kept = true;
            }
        }
        if !self.kept {
            fs::remove_file(&self.path).map_err(BackupError::io("remove", &self.path))?;
            self.kept = true;
        }
        sync_dir(folder_of(target))?;
        Ok(bytes)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.kept {
            // The next run empties a file that is left.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Archive writer that adds all entries to the digest.
struct Archive<W: Write> {
    tar: Builder<W>,
    contents: Contents,
    created: i64,
}

impl<W: Write> Archive<W> {
    fn new(out: W) -> Self {
        Self { tar: Builder::new(out), contents: Contents::default(), created: Clock::system().now().0 }
    }

    fn manifest(&mut self) -> io::Result<()> {
        let created = Clock::system().now().to_system_time();
        let manifest = Manifest {
            format: FORMAT,
            created: humantime::format_rfc3339_millis(created).to_string(),
            deskwire: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let text = serde_json::to_vec_pretty(&manifest)?;
        self.append(MANIFEST, text.len() as u64, text.as_slice())
    }

    fn file(&mut self, name: &str, path: &Path) -> Result<(), BackupError> {
        let read = BackupError::io("read", path);
        let opened = File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
        let (length, file) = match opened {
            Ok(opened) => opened,
            Err(error) => return Err(read(error)),
        };
        self.append(name, length, BufReader::with_capacity(PIECE, file))
            .map_err(BackupError::io("copy", path))
    }

    fn append(&mut self, name: &str, length: u64, content: impl Read) -> io::Result<()> {
        self.contents.begin(name, length);
        let mut header = self.header(length);
        let mut content = Digesting { inner: content.take(length), contents: &mut self.contents };
        self.tar.append_data(&mut header, name, &mut content)?;
        // A header with a greater length than its content would shift all later entries.
        if content.inner.limit() > 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    fn header(&self, length: u64) -> Header {
        let mut header = Header::new_ustar();
        header.set_size(length);
        header.set_mode(0o600);
        header.set_mtime(u64::try_from(self.created / 1_000).unwrap_or(0));
        header
    }

    fn finish(mut self, attachments: u64) -> io::Result<()> {
        let seal = serde_json::to_vec(&std::mem::take(&mut self.contents).seal(attachments))?;
        let mut header = self.header(seal.len() as u64);
        self.tar.append_data(&mut header, SEAL, seal.as_slice())?;
        self.tar.into_inner()?.flush()
    }
}
