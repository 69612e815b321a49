//! Removes files that no row names: those of messages that were never committed, and of erased messages.
//!
//! Owns the walk over the folder, and keeps files younger than a given age. Does not know rows: the caller
//! looks them up.

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use futures_util::TryStreamExt as _;
use object_store::{ObjectMeta, ObjectStore as _};

use crate::domain::AttachmentId;

use super::{BlobError, Blobs, SHARD, id_of, key};

/// Ids per question to the caller.
const PAGE: usize = 500;

/// Counts of one sweep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Files that a row names, or that are younger than the given age.
    pub kept: u64,
    /// Files that no row named.
    pub removed: u64,
    /// Temporary files of interrupted writes that were removed.
    pub unfinished: u64,
}

/// Failure that stopped a sweep. Files removed before it were unused.
#[derive(Debug, thiserror::Error)]
pub enum SweepError<E> {
    /// The folder cannot be listed, or a file cannot be removed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
    /// The caller's `is_named` failed.
    #[error("the attachments in use could not be looked up: {0}")]
    Ask(E),
}

impl Blobs {
    /// Removes unused files, and temporary files, last written more than `older_than` before `now`.
    ///
    /// `is_named` gets at most 500 ids at a time and returns those that a row names. `older_than` must far
    /// exceed the time between a write and the commit of its row. Files without the name of an attachment
    /// stay.
    pub async fn sweep<E>(
        &self,
        older_than: Duration,
        now: SystemTime,
        is_named: impl AsyncFn(Vec<AttachmentId>) -> Result<HashSet<AttachmentId>, E>,
    ) -> Result<Swept, SweepError<E>> {
        let mut swept = Swept::default();
        let Some(before) = now.checked_sub(older_than) else { return Ok(swept) };
        let mut page = Vec::new();
        let mut files = self.store.list(None);
        while let Some(file) = files.try_next().await.map_err(BlobError::from)? {
            let Some(id) = id_in(&file) else { continue };
            if SystemTime::from(file.last_modified) >= before {
                swept.kept += 1;
                continue;
            }
            page.push(id);
            if page.len() == PAGE {
                self.sweep_page(std::mem::take(&mut page), &is_named, &mut swept).await?;
            }
        }
        self.sweep_page(page, &is_named, &mut swept).await?;
        let root = self.root.clone();
        let unfinished = tokio::task::spawn_blocking(move || remove_unfinished(&root, before)).await;
        swept.unfinished = unfinished.map_err(io::Error::other).flatten().map_err(BlobError::Read)?;
        Ok(swept)
    }

    /// Removes the temporary files of an interrupted write of this attachment.
    pub(super) async fn remove_unfinished(&self, id: &AttachmentId) -> Result<(), BlobError> {
        let path = self.root.join(super::path_of(id));
        let removed = tokio::task::spawn_blocking(move || {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let Some(folder) = path.parent() else { return Ok(()) };
            for entry in fs::read_dir(folder)? {
                let entry = entry?;
                if entry.file_name().to_string_lossy().starts_with(&format!("{name}#")) {
                    fs::remove_file(entry.path())?;
                }
            }
            Ok(())
        });
        removed.await.map_err(io::Error::other).flatten().map_err(BlobError::Read)
    }

    async fn sweep_page<E>(
        &self,
        page: Vec<AttachmentId>,
        is_named: &impl AsyncFn(Vec<AttachmentId>) -> Result<HashSet<AttachmentId>, E>,
        swept: &mut Swept,
    ) -> Result<(), SweepError<E>> {
        if page.is_empty() {
            return Ok(());
        }
        let named = is_named(page.clone()).await.map_err(SweepError::Ask)?;
        for id in page {
            if named.contains(&id) {
                swept.kept += 1;
            } else if self.remove(&key(&id)).await? {
                swept.removed += 1;
            }
        }
        Ok(())
    }
}

fn id_in(file: &ObjectMeta) -> Option<AttachmentId> {
    let (shard, rest) = file.location.as_ref().split_once('/')?;
    id_of(shard, rest)
}

/// Removes old temporary files such as `ab/cd…#1`. object_store writes to them before it renames, and does
/// not list them.
fn remove_unfinished(root: &Path, before: SystemTime) -> io::Result<u64> {
    let mut removed = 0;
    for folder in fs::read_dir(root)? {
        let folder = folder?;
        let name = folder.file_name();
        let Some(shard) = name.to_str().filter(|name| name.len() == SHARD) else { continue };
        if !folder.file_type()?.is_dir() {
            continue;
        }
        for path in unfinished_in(shard, &folder.path())? {
            // A put that ends in the meantime renames its file away: `NotFound` is ignored.
            let old = fs::metadata(&path).and_then(|meta| meta.modified()).is_ok_and(|time| time < before);
            if old && fs::remove_file(&path).is_ok() {
                removed += 1;
            }
        }
    }
    Ok(removed)
}

fn unfinished_in(shard: &str, folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let parts = name.to_str().and_then(|name| name.split_once('#'));
        let ours = parts.is_some_and(|(rest, attempt)| {
            !attempt.is_empty() && attempt.bytes().all(|b| b.is_ascii_digit()) && id_of(shard, rest).is_some()
        });
        if ours {
            found.push(entry.path());
        }
    }
    Ok(found)
}
