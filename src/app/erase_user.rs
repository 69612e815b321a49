//! `erase-user` beside the server, or without one; and what a server does when a user was erased or shut out beside it.
//!
//! Owns what the command opens, and how long a server's open connections of such a user last.

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
        admin::AdminError,
        erasure::{ScrubError, Scrubbed},
    },
};

/// Why a user was not erased, or not wholly.
#[derive(Debug, thiserror::Error)]
pub enum EraseUserError {
    /// There is no database.
    #[error(transparent)]
    Missing(#[from] AdminError),
    /// The database could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The attachments could not be opened.
    #[error(transparent)]
    Blobs(#[from] BlobError),
    /// It stopped on the way.
    #[error(transparent)]
    Erase(#[from] EraseError),
    /// The rows are erased, and their traces are still in the files.
    #[error("the user is erased, but traces of the text may be left in the database's files; run it again")]
    Scrub(#[from] ScrubError),
}

/// A database opened for erasing.
pub struct Eraser {
    store: Store,
    writer: Writer<Tag>,
    blobs: Blobs,
}

type Tag = oneshot::Sender<Result<Outcome, WriteError>>;

impl Eraser {
    /// Opens what there is, whether or not a server has it open.
    ///
    /// # Errors
    /// When it is not there or cannot be opened.
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

    /// What the user is called now; `None` if they are unknown.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn name(&self, user: &UserId) -> Result<Option<String>, EraseUserError> {
        let known = self.store.user(user).await.map_err(EraseError::Read)?;
        Ok(known.map(|known| known.user.name))
    }

    /// Whether a server has the database open, as far as that can be told.
    pub fn is_served(&self) -> bool {
        self.store.is_served()
    }

    /// Erases the rows and the files of attachments.
    ///
    /// # Errors
    /// Where it stopped.
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

    /// Clears the database's files of traces.
    ///
    /// # Errors
    /// When that was not possible.
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

/// For how long after a lock-out connections are looked for: the clocks may differ by an hour, and a token may
/// have been accepted a moment before.
const LOOK_BACK: Duration = Duration::from_secs(70 * 60);

/// Closes the connections of users who were erased, disabled or had their tokens revoked by another process,
/// every `interval`.
pub(super) async fn show_out(chat: Arc<Chat>, interval: Duration) {
    loop {
        sleep(interval).await;
        let since = chat.clock.now().before(LOOK_BACK);
        match chat.store.locked_out_since(since).await {
            Ok(lockouts) => lockouts.iter().for_each(|it| chat.connections.show_out(it)),
            Err(error) => tracing::warn!(%error, "it could not be asked who was shut out"),
        }
    }
}
