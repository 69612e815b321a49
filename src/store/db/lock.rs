//! The lock file beside a SQLite database: one deskwire process at a time writes to it.
//!
//! Owns the file `<database>.lock`; its content means nothing, and it stays behind when the lock is
//! released, because removing it would let two processes lock two different files of that name.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
};

use crate::store::error::OpenError;

/// Held while it lives; the operating system releases it when the process dies.
#[derive(Debug)]
pub(in crate::store) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing alone would leave it to a child process that was forked just now and has the file too.
        let _ = self.0.unlock();
    }
}

impl Lock {
    /// Makes the database's folder if need be and takes the lock, or says who is in the way.
    pub(in crate::store) fn acquire(database: &Path) -> Result<Self, OpenError> {
        if let Some(folder) = database.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|cause| io_error(folder, cause))?;
        }
        let path = lock_path(database);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|cause| io_error(&path, cause))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse(database.display().to_string())),
            Err(TryLockError::Error(cause)) => Err(io_error(&path, cause)),
        }
    }
}

fn lock_path(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

fn io_error(path: &Path, cause: std::io::Error) -> OpenError {
    OpenError::Io { path: path.display().to_string(), cause }
}
