//! Moves the restored data into place and the replaced data aside, or changes nothing.
//!
//! Owns the undoing. A crash half-way leaves the old data in `replaced-…` and no database; another restore
//! completes the work. Does not know what the files contain.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use super::{BackupError, Data, beside, create_private_dir, folder_of, sync_dir};
use crate::domain::Clock;

/// Renames that are undone on drop, unless [`Moves::keep`] is called.
#[derive(Default)]
pub(super) struct Moves {
    done: Vec<(PathBuf, PathBuf)>,
    /// Folders created for the replaced data.
    folders: Vec<PathBuf>,
    kept: bool,
}

impl Moves {
    /// Moves existing data into new folders `replaced-…` beside it. The lock file stays, because it is held.
    pub(super) fn aside(&mut self, data: &Data) -> Result<(), BackupError> {
        let now = humantime::format_rfc3339_millis(Clock::system().now().to_system_time()).to_string();
        let name = format!("replaced-{}", now.replace([':', '-', '.'], ""));
        // The write-ahead log belongs to its database: beside another one it would corrupt that.
        for suffix in ["-wal", "-shm", "-journal", ""] {
            self.one_aside(&beside(&data.database, suffix), &name)?;
        }
        self.one_aside(&data.attachments, &name)
    }

    fn one_aside(&mut self, path: &Path, name: &str) -> Result<(), BackupError> {
        if path.symlink_metadata().is_err() {
            return Ok(());
        }
        let folder = folder_of(path).join(name);
        match create_private_dir(&folder) {
            Ok(()) => self.folders.push(folder.clone()),
            // An existing folder is of this run, perhaps by another spelling: its name contains the time.
            Err(BackupError::Io { cause, .. })
                if cause.kind() == io::ErrorKind::AlreadyExists && !self.folders.is_empty() => {}
            Err(error) => return Err(error),
        }
        self.rename(path, &folder.join(path.file_name().unwrap_or_default()))
    }

    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> Result<(), BackupError> {
        fs::rename(from, to).map_err(BackupError::io("move", from))?;
        self.done.push((from.to_owned(), to.to_owned()));
        Ok(())
    }

    /// Makes the renames durable and final. Returns the folders of the replaced data.
    pub(super) fn keep(mut self) -> Result<Vec<PathBuf>, BackupError> {
        for folder in
            self.done.iter().map(|(_, to)| folder_of(to)).chain(self.folders.iter().map(|it| folder_of(it)))
        {
            sync_dir(folder)?;
        }
        self.kept = true;
        Ok(std::mem::take(&mut self.folders))
    }
}

impl Drop for Moves {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        for (from, to) in self.done.drain(..).rev() {
            if let Err(error) = fs::rename(&to, &from) {
                let (from, to) = (to.display(), from.display());
                tracing::error!(%from, %to, %error, "replaced data could not be moved back");
            }
        }
        for folder in self.folders.drain(..).rev() {
            // Fails for a folder that is not empty because a move back failed.
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Fsyncs a folder and all files and folders in it.
pub(super) fn sync_tree(folder: &Path) -> Result<(), BackupError> {
    let read = |cause| BackupError::io("read", folder)(cause);
    for entry in fs::read_dir(folder).map_err(read)? {
        let path = entry.map_err(read)?.path();
        if path.is_dir() {
            sync_tree(&path)?;
        } else {
            File::open(&path).and_then(|file| file.sync_all()).map_err(BackupError::io("sync", &path))?;
        }
    }
    sync_dir(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(dir: &Path) -> Data {
        Data { database: dir.join("d.db"), data_dir: dir.to_owned(), attachments: dir.join("attachments") }
    }

    #[test]
    fn what_is_not_kept_is_undone() {
        let dir = tempfile::tempdir().unwrap();
        let data = data(dir.path());
        fs::write(&data.database, "old").unwrap();
        fs::write(beside(&data.database, "-wal"), "log").unwrap();
        fs::create_dir(&data.attachments).unwrap();
        fs::write(dir.path().join("new"), "new").unwrap();

        let mut moves = Moves::default();
        moves.aside(&data).unwrap();
        moves.rename(&dir.path().join("new"), &data.database).unwrap();
        assert!(moves.rename(&dir.path().join("none"), &data.attachments).is_err());
        drop(moves);

        assert_eq!(fs::read_to_string(&data.database).unwrap(), "old");
        assert_eq!(fs::read_to_string(beside(&data.database, "-wal")).unwrap(), "log");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 4, "no folder is left behind");
    }

    #[test]
    fn what_was_there_is_kept_aside_with_its_log() {
        let dir = tempfile::tempdir().unwrap();
        let data = data(dir.path());
        fs::write(&data.database, "old").unwrap();
        fs::write(beside(&data.database, "-wal"), "log").unwrap();
        fs::write(beside(&data.database, ".lock"), "").unwrap();

        let mut moves = Moves::default();
        moves.aside(&data).unwrap();
        let folders = moves.keep().unwrap();

        let [folder] = folders.as_slice() else { panic!("{folders:?}") };
        assert!(folder.file_name().unwrap().to_str().unwrap().starts_with("replaced-2"));
        assert_eq!(fs::read_to_string(folder.join("d.db")).unwrap(), "old");
        assert_eq!(fs::read_to_string(folder.join("d.db-wal")).unwrap(), "log");
        assert!(beside(&data.database, ".lock").exists(), "the lock is held by this name");
        assert!(!data.database.exists());
    }
}
