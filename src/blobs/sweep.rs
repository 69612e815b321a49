//! Removing files that no row names: of messages that were never committed, and of erased ones.
//!
//! Owns the walk and the age below which nothing is touched. Does not know rows: it asks.

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

/// Ids that are asked about at once.
const PAGE: usize = 500;

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Files that a row names, or that are too young to judge.
    pub kept: u64,
    /// Files that no row named.
    pub removed: u64,
    /// Half-written files of interrupted puts that were removed.
    pub unfinished: u64,
}

/// Why a sweep stopped. What it removed until then was rightly removed.
#[derive(Debug, thiserror::Error)]
pub enum SweepError<E> {
    /// The folder failed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
    /// The question which ids are named was not answered.
    #[error("it could not be found out which attachments are in use: {0}")]
    Ask(E),
}

impl Blobs {
    /// Removes the files last written more than `older_than` before `now` that `is_named` does not return
    /// of the ids it is asked about, 500 at a time, and half-written files of that age. `older_than` must
    /// exceed the time from a put to the commit of its row by far. Files that are not named like an
    /// attachment are left alone.
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

    /// Removes what an interrupted write of one file left.
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

/// Removes `ab/cd…#1`: object_store writes there before it renames, and does not list such files.
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
            // A put that ends meanwhile takes its file away.
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
