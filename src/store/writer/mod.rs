//! The one thread of a process that writes.
//!
//! Owns the queue in front of it and its life; what a batch does is in `engine` and below.

mod attachments;
mod audience;
mod engine;
mod erased_users;
mod facts;
mod message_notifications;
mod new_ticket_notifications;
mod plan;
mod postgres;
mod postgres_statements;
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
    time::{Duration, Instant},
};

use tokio::sync::{mpsc, watch};

use self::engine::Engine;
use super::{
    Store,
    error::{Busy, OpenError, WriteError},
    write::{Done, Finished, Write},
};

/// Writes that may wait for the thread.
const QUEUE: usize = 8_192;
/// Writes in one transaction.
const BATCH: usize = 512;
/// How long a write waits for room in the queue.
const ROOM_WAIT: Duration = Duration::from_secs(2);

#[expect(clippy::large_enum_variant, reason = "there is one `Close` in the life of a queue")]
enum Job<T> {
    Write(Write, T),
    /// Take nothing more, work off what is queued, and end.
    Close,
}

/// Hands writes to the thread that commits them. Clones share the queue; the thread works off what is
/// in it and ends when it is closed or the last one is gone.
#[derive(Debug)]
pub struct Writer<T> {
    queue: mpsc::Sender<Job<T>>,
    ended: watch::Receiver<()>,
}

impl<T> Clone for Writer<T> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone(), ended: self.ended.clone() }
    }
}

impl<T: Send + 'static> Writer<T> {
    pub(super) fn start(
        store: Store,
        on_commit: impl FnMut(Vec<Finished<T>>) + Send + 'static,
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

    /// Queues a write, waiting a little for room. What becomes of it is told to `on_commit` with the
    /// tag; writes of one caller who awaits each `submit` are committed in that order.
    pub async fn submit(&self, write: Write, tag: T) -> Result<(), (T, Busy)> {
        let job = match self.queue.try_send(Job::Write(write, tag)) {
            Ok(()) => return Ok(()),
            Err(mpsc::error::TrySendError::Closed(job) | mpsc::error::TrySendError::Full(job)) => job,
        };
        match tokio::time::timeout(ROOM_WAIT, self.queue.reserve()).await {
            Ok(Ok(room)) => {
                room.send(job);
                Ok(())
            }
            Ok(Err(_)) | Err(_) => match job {
                Job::Write(_, tag) => Err((tag, Busy)),
                // Only `close` makes one.
                Job::Close => Ok(()),
            },
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

/// Carries out one write on a connection of its own.
pub(super) fn write_once(store: Store, write: Write) -> Result<Done, WriteError> {
    let mut engine = Engine::open(store).map_err(|error| {
        tracing::error!(%error, "cannot connect to the database to write");
        WriteError::Unavailable
    })?;
    engine.commit(&[write]).pop().unwrap_or(Err(WriteError::Unavailable))
}

fn work_off<T>(
    mut engine: Engine,
    mut pending: mpsc::Receiver<Job<T>>,
    mut on_commit: impl FnMut(Vec<Finished<T>>),
) {
    let mut batch = Vec::with_capacity(BATCH);
    while pending.blocking_recv_many(&mut batch, BATCH) > 0 {
        let mut writes = Vec::with_capacity(batch.len());
        let mut tags = Vec::with_capacity(batch.len());
        for job in batch.drain(..) {
            match job {
                Job::Write(write, tag) => {
                    writes.push(write);
                    tags.push(tag);
                }
                Job::Close => pending.close(),
            }
        }
        if writes.is_empty() {
            continue;
        }
        // A panic costs this batch, whose tags are dropped so that nobody waits for them, and the
        // connection, whose state is unknown then; not the writer.
        let done = catch_unwind(AssertUnwindSafe(|| {
            let results = engine.commit(&writes);
            let committed_at = Instant::now();
            let finished = tags.into_iter().zip(results);
            on_commit(finished.map(|(tag, result)| Finished { tag, result, committed_at }).collect());
        }));
        if done.is_err() {
            tracing::error!("the writer panicked; of {} writes nobody was told what became", writes.len());
            engine.disconnect();
        }
    }
}
