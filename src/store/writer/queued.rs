//! Writes that wait for the thread, and the way back to whoever submitted them.
//!
//! Owns the slot in which a result waits for its commit. Does not know what a write does.

use std::{
    cell::Cell,
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::sync::oneshot;

use super::input::{CreatedTicket, NewMessage, NewTicket, SaveUser, SentMessage};
use crate::{
    domain::{User, UserId},
    store::{
        changes::{Change, ChangeError, Subject, Tx},
        effects::Effects,
        error::{WriteError, log_fault},
    },
};

/// The results of a batch, at the places of its writes.
pub(super) type Results = Vec<Result<Effects, WriteError>>;

/// A write that is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed<D, P> {
    /// The submitter's value.
    pub done: D,
    /// What publishing made of its effects.
    pub published: P,
}

/// A write in its place in the queue. Resolves after its commit and after its effects were published; fails
/// with [`WriteError::Unavailable`] if the writer is gone. Dropping it does not take the write back.
#[derive(Debug)]
pub struct Pending<D, P>(oneshot::Receiver<Result<Committed<D, P>, WriteError>>);

impl<D, P> Future for Pending<D, P> {
    type Output = Result<Committed<D, P>, WriteError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|answer| answer.unwrap_or(Err(WriteError::Unavailable)))
    }
}

impl<D, P> Pending<D, P> {
    /// The answer of a write that is finished.
    pub(super) fn now(mut self) -> Result<D, WriteError> {
        self.0.try_recv().unwrap_or(Err(WriteError::Unavailable)).map(|committed| committed.done)
    }
}

/// Where the value of a write waits for the commit, and who gets it then.
pub(super) struct Slot<D, P> {
    done: Cell<Option<D>>,
    reply: oneshot::Sender<Result<Committed<D, P>, WriteError>>,
}

impl<D, P> Slot<D, P> {
    pub(super) fn new() -> (Self, Pending<D, P>) {
        let (reply, pending) = oneshot::channel();
        (Self { done: Cell::new(None), reply }, Pending(pending))
    }

    fn finish(self, result: Result<P, WriteError>) {
        let committed = result.and_then(|published| match self.done.take() {
            Some(done) => Ok(Committed { done, published }),
            None => Err(WriteError::Internal(log_fault("a write left no value", &"empty slot"))),
        });
        // The submitter may be gone; the write is done all the same.
        let _ = self.reply.send(committed);
    }
}

/// A change of any type, as the thread works on it.
pub(super) trait ErasedChange: fmt::Debug + Send {
    fn actor(&self) -> Option<&User>;
    fn subject(&self) -> Subject;
    fn is_deferrable(&self) -> bool;
    /// Keeps the submitter's value in the change's slot, in place of that of a failed attempt.
    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), ChangeError>;
}

/// A change of any type in the queue.
pub(super) trait QueuedChange<P>: ErasedChange {
    /// Answers the submitter, after the commit.
    fn finish(self: Box<Self>, result: Result<P, WriteError>);
}

/// A change in the queue.
pub(super) struct Queued<C: Change, P> {
    pub(super) actor: Option<User>,
    pub(super) change: C,
    pub(super) slot: Slot<C::Done, P>,
}

impl<C: Change, P> fmt::Debug for Queued<C, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.change.fmt(f)
    }
}

impl<C: Change, P: Send> ErasedChange for Queued<C, P> {
    fn actor(&self) -> Option<&User> {
        self.actor.as_ref()
    }

    fn subject(&self) -> Subject {
        self.change.subject()
    }

    fn is_deferrable(&self) -> bool {
        C::DEFERRABLE
    }

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), ChangeError> {
        self.slot.done.set(Some(self.change.apply(tx)?));
        Ok(())
    }
}

impl<C: Change, P: Send> QueuedChange<P> for Queued<C, P> {
    fn finish(self: Box<Self>, result: Result<P, WriteError>) {
        self.slot.finish(result);
    }
}

/// A write in the queue. Messages, which are most of them, are not worth a box each.
pub(super) enum QueuedWrite<P> {
    SaveUser(SaveUser, Slot<(), P>),
    CreateTicket(Box<NewTicket>, Slot<CreatedTicket, P>),
    SendMessage(NewMessage, Slot<SentMessage, P>),
    Change(Box<dyn QueuedChange<P>>),
}

impl<P> QueuedWrite<P> {
    pub(super) fn as_write(&self) -> Write<'_> {
        match self {
            Self::SaveUser(save, slot) => Write::SaveUser(save, &slot.done),
            Self::CreateTicket(new, slot) => Write::CreateTicket(new, &slot.done),
            Self::SendMessage(new, slot) => Write::SendMessage(new, &slot.done),
            Self::Change(change) => Write::Change(change.as_ref()),
        }
    }

    /// Answers the submitter, after the commit.
    pub(super) fn finish(self, result: Result<P, WriteError>) {
        match self {
            Self::SaveUser(_, slot) => slot.finish(result),
            Self::CreateTicket(_, slot) => slot.finish(result),
            Self::SendMessage(_, slot) => slot.finish(result),
            Self::Change(change) => change.finish(result),
        }
    }
}

/// One write of a batch, and where its value is left; all of it happens, or nothing.
#[derive(Clone, Copy)]
pub(super) enum Write<'a> {
    /// Makes a user known, or brings what is known up to date.
    SaveUser(&'a SaveUser, &'a Cell<Option<()>>),
    /// Opens a ticket.
    CreateTicket(&'a NewTicket, &'a Cell<Option<CreatedTicket>>),
    /// Appends to a stream of a ticket.
    SendMessage(&'a NewMessage, &'a Cell<Option<SentMessage>>),
    /// Changes something that is there.
    Change(&'a dyn ErasedChange),
}

impl<'a> Write<'a> {
    /// The user who wants it; `None` is the server.
    pub(super) fn author(self) -> Option<&'a UserId> {
        match self {
            // Nobody writes with it; whether it came too late is seen when it is saved.
            Self::SaveUser(..) => None,
            Self::CreateTicket(new, _) => Some(&new.creator.id),
            Self::SendMessage(new, _) => Some(&new.sender.id),
            Self::Change(change) => change.actor().map(|actor| &actor.id),
        }
    }

    /// Whether it must come after all before it, and before all after it.
    pub(super) fn stands_alone(self) -> bool {
        matches!(self, Self::Change(change) if !change.is_deferrable())
    }
}
