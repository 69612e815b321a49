//! The one thread of a process that writes.
//!
//! Owns the queue in front of it and its life; what a batch does is in `engine` and below.

mod attachments;
mod audience;
mod engine;
mod erased_users;
mod facts;
mod input;
mod message_notifications;
mod new_ticket_notifications;
mod plan;
mod postgres;
mod postgres_statements;
mod queued;
mod recovery;
mod reopening;
mod results;
mod shared_state;
mod sqlite;
mod users;
mod webhook_outbox;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
    time::Duration,
};

use tokio::sync::{mpsc, watch};

use self::{
    engine::Engine,
    queued::{Queued, QueuedWrite, Slot},
};
pub use self::{
    input::{CreatedTicket, NewAttachment, NewMessage, NewTicket, SaveUser, SentMessage},
    queued::{Committed, Pending},
};
use super::{
    Store,
    changes::Change,
    effects::Effects,
    error::{Busy, OpenError, WriteError},
};
use crate::domain::User;

/// Writes that may wait for the thread.
const QUEUE: usize = 8_192;
/// Writes in one transaction.
const BATCH: usize = 512;
/// How long a write waits for room in the queue.
const ROOM_WAIT: Duration = Duration::from_secs(2);

#[expect(clippy::large_enum_variant, reason = "there is one `Close` in the life of a queue")]
enum Job<P> {
    Write(QueuedWrite<P>),
    /// Take nothing more, work off what is queued, and end.
    Close,
}

/// Hands writes to the thread that commits them. Clones share the queue; the thread works off what is
/// in it and ends when it is closed or the last one is gone. `P` is what publishing makes of a write.
#[derive(Debug)]
pub struct Writer<P> {
    queue: mpsc::Sender<Job<P>>,
    ended: watch::Receiver<()>,
}

impl<P> Clone for Writer<P> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone(), ended: self.ended.clone() }
    }
}

impl<P: Send + 'static> Writer<P> {
    pub(super) fn start(
        store: Store,
        on_commit: impl FnMut(&[Result<Effects, WriteError>]) -> Vec<P> + Send + 'static,
    ) -> Result<Self, OpenError> {
        let (queue, pending) = mpsc::channel(QUEUE);
        let (alive, ended) = watch::channel(());
        let engine = Engine::open(store)?;
        let run = move || {
            // Dropped when the thread ends, however it ends.
            let _alive = alive;
            work_off(engine, pending, on_commit);
        };
        thread::Builder::new()
            .name("deskwire-writer".to_owned())
            .spawn(run)
            .map_err(|cause| OpenError::Io { path: "the writer's thread".to_owned(), cause })?;
        Ok(Self { queue, ended })
    }

    /// Queues a change, by a user with the role of now or by the server itself (`None`), waiting a little
    /// for room. Writes of one caller who awaits each submission are committed in that order.
    ///
    /// # Errors
    /// When there was no room in time; the change does not happen then.
    pub async fn submit<C: Change>(
        &self,
        actor: Option<User>,
        change: C,
    ) -> Result<Pending<C::Done, P>, Busy> {
        let (slot, pending) = Slot::new();
        self.enqueue(QueuedWrite::Change(Box::new(Queued { actor, change, slot }))).await?;
        Ok(pending)
    }

    /// Makes a change and waits for its commit, as [`Writer::submit`].
    ///
    /// # Errors
    /// Why it was refused, or that it could not be committed.
    pub async fn write<C: Change>(&self, actor: Option<User>, change: C) -> Result<C::Done, WriteError> {
        Ok(self.submit(actor, change).await?.await?.done)
    }

    /// Queues a message, as [`Writer::submit`].
    ///
    /// # Errors
    /// When there was no room in time.
    pub async fn send_message(&self, new: NewMessage) -> Result<Pending<SentMessage, P>, Busy> {
        let (slot, pending) = Slot::new();
        self.enqueue(QueuedWrite::SendMessage(new, slot)).await?;
        Ok(pending)
    }

    /// Queues a ticket to open, as [`Writer::submit`].
    ///
    /// # Errors
    /// When there was no room in time.
    pub async fn create_ticket(&self, new: NewTicket) -> Result<Pending<CreatedTicket, P>, Busy> {
        let (slot, pending) = Slot::new();
        self.enqueue(QueuedWrite::CreateTicket(Box::new(new), slot)).await?;
        Ok(pending)
    }

    /// Queues a user to save, as [`Writer::submit`].
    ///
    /// # Errors
    /// When there was no room in time.
    pub async fn save_user(&self, save: SaveUser) -> Result<Pending<(), P>, Busy> {
        let (slot, pending) = Slot::new();
        self.enqueue(QueuedWrite::SaveUser(save, slot)).await?;
        Ok(pending)
    }

    async fn enqueue(&self, write: QueuedWrite<P>) -> Result<(), Busy> {
        let job = match self.queue.try_send(Job::Write(write)) {
            Ok(()) => return Ok(()),
            Err(mpsc::error::TrySendError::Closed(job) | mpsc::error::TrySendError::Full(job)) => job,
        };
        match tokio::time::timeout(ROOM_WAIT, self.queue.reserve()).await {
            Ok(Ok(room)) => {
                room.send(job);
                Ok(())
            }
            Ok(Err(_)) | Err(_) => Err(Busy),
        }
    }

    /// How many writes wait for the thread.
    pub fn waiting(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    /// Takes no more writes, and waits until what is queued is worked off and the thread has ended.
    pub async fn close(&self) {
        // An error means that it has ended already.
        let _ = self.queue.send(Job::Close).await;
        let mut ended = self.ended.clone();
        // Nothing is ever sent: only the sender's end resolves it.
        while ended.changed().await.is_ok() {}
    }
}

/// Makes one change on a connection of its own.
pub(super) fn commit_once<C: Change>(
    store: Store,
    actor: Option<User>,
    change: C,
) -> Result<C::Done, WriteError> {
    let (slot, pending) = Slot::new();
    once(store, QueuedWrite::Change(Box::new(Queued { actor, change, slot })))?;
    pending.now()
}

/// Saves a user on a connection of its own.
pub(super) fn save_user_once(store: Store, save: SaveUser) -> Result<(), WriteError> {
    let (slot, pending) = Slot::new();
    once(store, QueuedWrite::SaveUser(save, slot))?;
    pending.now()
}

fn once(store: Store, write: QueuedWrite<()>) -> Result<(), WriteError> {
    let mut engine = Engine::open(store).map_err(|error| {
        tracing::error!(%error, "cannot connect to the database to write");
        WriteError::Unavailable
    })?;
    let result = engine.commit(&[write.as_write()]).pop().unwrap_or(Err(WriteError::Unavailable));
    write.finish(result.map(drop));
    Ok(())
}

fn work_off<P>(
    mut engine: Engine,
    mut pending: mpsc::Receiver<Job<P>>,
    mut on_commit: impl FnMut(&[Result<Effects, WriteError>]) -> Vec<P>,
) {
    let mut jobs = Vec::with_capacity(BATCH);
    while pending.blocking_recv_many(&mut jobs, BATCH) > 0 {
        let mut batch = Vec::with_capacity(jobs.len());
        for job in jobs.drain(..) {
            match job {
                Job::Write(write) => batch.push(write),
                Job::Close => pending.close(),
            }
        }
        if batch.is_empty() {
            continue;
        }
        let count = batch.len();
        // A panic costs this batch, which is dropped so that nobody waits for it, and the connection, whose
        // state is unknown then; not the writer.
        if catch_unwind(AssertUnwindSafe(|| carry_out(&mut engine, batch, &mut on_commit))).is_err() {
            tracing::error!("writer panicked; outcome of {count} writes unknown");
            engine.disconnect();
        }
    }
}

/// Commits a batch, publishes what it did, and then answers the submitters, in order.
fn carry_out<P>(
    engine: &mut Engine,
    batch: Vec<QueuedWrite<P>>,
    on_commit: &mut impl FnMut(&[Result<Effects, WriteError>]) -> Vec<P>,
) {
    let writes: Vec<_> = batch.iter().map(QueuedWrite::as_write).collect();
    let results = engine.commit(&writes);
    let published = on_commit(&results);
    debug_assert_eq!(published.len(), results.len(), "one for each");
    for ((write, result), published) in batch.into_iter().zip(results).zip(published) {
        write.finish(result.map(|_| published));
    }
}
