//! `erase-user` with or without a running server; and the server's response to users locked by another
//! process.
//!
//! Owns the handles that the command opens, and the polling for locked users. Does not know which rows belong
//! to a user: `store` and `chat` do.

use std::{sync::Arc, time::Duration};

use tokio::{sync::oneshot, time::sleep};

use super::{store_options, wiring::attachments_dir};
use crate::{
    blobs::{BlobError, Blobs},
    chat::{
        Chat,
        erasure::{EraseError, Erased},
    },
    config::Settings,
    domain::UserId,
    store::{
        Database, Finished, OpenError, Outcome, Store, Write, WriteError, Writer,
        erasure::{ScrubError, Scrubbed},
        maintenance::AdminError,
    },
};

/// Reason why a user is not erased, or only partly.
#[derive(Debug, thiserror::Error)]
pub enum EraseUserError {
    /// Missing database file.
    #[error(transparent)]
    Missing(#[from] AdminError),
    /// Database that cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Attachment folder that cannot be opened.
    #[error(transparent)]
    Blobs(#[from] BlobError),
    /// Failure while rows or files were erased. Another run completes the work.
    #[error(transparent)]
    Erase(#[from] EraseError),
    /// Failure to rewrite the database after its rows were erased.
    #[error("the user is erased, but traces of the text may be left in the database's files; run it again")]
    Scrub(#[from] ScrubError),
}

/// Database and attachments, opened for erasing.
pub struct Eraser {
    store: Store,
    writer: Writer<Tag>,
    blobs: Blobs,
}

type Tag = oneshot::Sender<Result<Outcome, WriteError>>;

impl Eraser {
    /// Opens the existing database and attachments. A server may have them open.
    ///
    /// # Errors
    /// Fails if the database is missing, or if database or folder cannot be opened.
    pub fn open(settings: &Settings) -> Result<Self, EraseUserError> {
        let options = store_options(settings);
        if let Database::Sqlite(path) = &options.database
            && !path.is_file()
        {
            return Err(AdminError::Missing(path.clone()).into());
        }
        let store = Store::open_beside(&options)?;
        let writer = store.writer(|batch: Vec<Finished<Tag>>| {
            for Finished { tag, result, .. } in batch {
                let _ = tag.send(result.map(|done| done.outcome));
            }
        })?;
        Ok(Self { store, writer, blobs: Blobs::open(&attachments_dir(settings))? })
    }

    /// Current name of the user; `None` for an unknown user.
    ///
    /// # Errors
    /// Fails if the database does not answer.
    pub async fn name(&self, user: &UserId) -> Result<Option<String>, EraseUserError> {
        let known = self.store.user(user).await.map_err(EraseError::Read)?;
        Ok(known.map(|known| known.user.name))
    }

    /// Reports whether a server holds the lock of a SQLite database. Always `false` on PostgreSQL.
    pub fn is_served(&self) -> bool {
        self.store.is_served()
    }

    /// Erases the rows and the files of attachments.
    ///
    /// # Errors
    /// Fails at the first error. Another run completes the work.
    pub async fn erase(&self, user: &UserId) -> Result<Erased, EraseUserError> {
        let carry_out = async |writes: Vec<Write>| {
            let mut pending = Vec::with_capacity(writes.len());
            for write in writes {
                let (tag, outcome) = oneshot::channel();
                self.writer.submit(write, tag).await.map_err(|_| WriteError::Unavailable)?;
                pending.push(outcome);
            }
            let mut outcomes = Vec::with_capacity(pending.len());
            for outcome in pending {
                outcomes.push(outcome.await.map_err(|_| WriteError::Unavailable)??);
            }
            Ok(outcomes)
        };
        Ok(crate::chat::erasure::erase(&self.store, &self.blobs, user, carry_out).await?)
    }

    /// Removes copies of erased text from the database's files. With `rewrite`, a SQLite database is written
    /// anew.
    ///
    /// # Errors
    /// Fails if another process keeps the database busy, or if the disk is full.
    pub async fn scrub(self, rewrite: bool) -> Result<Scrubbed, EraseUserError> {
        self.writer.close().await;
        let store = self.store;
        let scrubbed = tokio::task::spawn_blocking(move || store.scrub(rewrite)).await;
        match scrubbed {
            Ok(scrubbed) => Ok(scrubbed?),
            Err(_) => Err(ScrubError::Busy.into()),
        }
    }
}

/// Time after a lock during which its connections are still looked for. Clocks may differ by an hour, and a
/// token may be accepted just before the lock.
const LOOK_BACK: Duration = Duration::from_secs(70 * 60);

/// Closes the connections of users that another process erased, disabled or revoked. Polls every `interval`.
pub(super) async fn disconnect_locked_elsewhere(chat: Arc<Chat>, interval: Duration) {
    loop {
        sleep(interval).await;
        let since = chat.clock.now().before(LOOK_BACK);
        match chat.store.locked_out_since(since).await {
            Ok(lockouts) => lockouts.iter().for_each(|it| chat.connections.show_out(it)),
            Err(error) => tracing::warn!(%error, "locked users could not be read"),
        }
    }
}
