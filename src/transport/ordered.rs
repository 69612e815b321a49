//! Commands of one connection, taken in the order sent.
//!
//! Owns the queue and the rule of order: a write may be on its way into the log while the next command starts,
//! since the writer keeps the order of one connection's writes; a command that reads waits for the writes before
//! it. Lives on one thread. Does not know what commands do.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    task::{Context, Poll, Waker},
};

use futures_util::{StreamExt, stream::FuturesUnordered};

use crate::protocol::{Command, spec::Order};

/// Whether a command must see the effect of the writes before it.
pub fn waits_for_writes(command: &Command) -> bool {
    command.entry().order == Order::AfterWrites
}

/// What a runner does next.
pub enum Next<T, C> {
    /// Runs what was queued.
    Run(T),
    /// Answers a command whose write is committed.
    Committed(C),
    /// Ends: nothing is left to do.
    Idle,
}

/// What waits to be run, and how much of it is not answered yet.
pub struct CommandQueue<T> {
    queue: RefCell<VecDeque<T>>,
    in_flight: Cell<usize>,
    running: Cell<bool>,
    runner: RefCell<Option<Waker>>,
    reader: RefCell<Option<Waker>>,
}

impl<T> Default for CommandQueue<T> {
    fn default() -> Self {
        Self {
            queue: RefCell::default(),
            in_flight: Cell::default(),
            running: Cell::default(),
            runner: RefCell::default(),
            reader: RefCell::default(),
        }
    }
}

impl<T> CommandQueue<T> {
    /// Queues a command; `true` if a runner must be started for it.
    pub fn push(&self, item: T) -> bool {
        self.in_flight.set(self.in_flight.get() + 1);
        self.queue.borrow_mut().push_back(item);
        if let Some(runner) = self.runner.borrow_mut().take() {
            runner.wake();
        }
        !self.running.replace(true)
    }

    /// Whether the next command may be read; if not, the reader is woken when it may. At most `max` are in flight,
    /// and after a large one (`is_full`) one alone.
    pub fn poll_room(&self, cx: &mut Context<'_>, max: usize, is_full: bool) -> Poll<()> {
        let in_flight = self.in_flight.get();
        if in_flight < max && !(in_flight > 0 && is_full) {
            return Poll::Ready(());
        }
        *self.reader.borrow_mut() = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Whether the reader waits for room.
    pub fn is_reading_paused(&self) -> bool {
        self.reader.borrow().is_some()
    }

    /// Whether every command is answered.
    pub fn is_idle(&self) -> bool {
        self.in_flight.get() == 0
    }

    /// What the runner does next: commits that are done go first, then what was queued.
    pub fn poll_next<F: Future>(
        &self,
        cx: &mut Context<'_>,
        commits: &mut FuturesUnordered<F>,
    ) -> Poll<Next<T, F::Output>> {
        if !commits.is_empty()
            && let Poll::Ready(Some(done)) = commits.poll_next_unpin(cx)
        {
            return Poll::Ready(Next::Committed(done));
        }
        if let Some(item) = self.queue.borrow_mut().pop_front() {
            return Poll::Ready(Next::Run(item));
        }
        if commits.is_empty() {
            self.running.set(false);
            // Most connections are idle most of the time, and should hold nothing then.
            self.queue.take();
            return Poll::Ready(Next::Idle);
        }
        *self.runner.borrow_mut() = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Notes that a command is answered, which makes room for the next.
    pub fn answered(&self) {
        self.in_flight.set(self.in_flight.get().saturating_sub(1));
        if let Some(reader) = self.reader.borrow_mut().take() {
            reader.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::{Either, Pending, Ready, pending, ready};

    use super::*;

    type Commit = Either<Ready<u8>, Pending<u8>>;

    fn cx() -> Context<'static> {
        Context::from_waker(Waker::noop())
    }

    #[test]
    fn one_runner_is_started_and_ends_when_nothing_is_left() {
        let queue = CommandQueue::default();
        let mut none = FuturesUnordered::<Commit>::new();
        assert!(queue.push('a'), "the first starts a runner");
        assert!(!queue.push('b'), "which takes the second, too");
        for expected in ['a', 'b'] {
            let next = queue.poll_next(&mut cx(), &mut none);
            assert!(matches!(next, Poll::Ready(Next::Run(item)) if item == expected));
        }
        assert!(matches!(queue.poll_next(&mut cx(), &mut none), Poll::Ready(Next::Idle)));
        assert!(!queue.is_idle(), "nothing is answered yet");
        queue.answered();
        queue.answered();
        assert!(queue.is_idle());
        assert!(queue.push('c'), "the runner had ended");
    }

    #[test]
    fn commits_are_answered_first_and_keep_the_runner() {
        let queue = CommandQueue::default();
        queue.push('a');
        let mut commits = FuturesUnordered::<Commit>::new();
        commits.push(Either::Left(ready(7)));
        assert!(matches!(queue.poll_next(&mut cx(), &mut commits), Poll::Ready(Next::Committed(7))));
        commits.push(Either::Right(pending()));
        assert!(matches!(queue.poll_next(&mut cx(), &mut commits), Poll::Ready(Next::Run('a'))));
        assert!(queue.poll_next(&mut cx(), &mut commits).is_pending());
    }

    #[test]
    fn reading_pauses_at_the_bound_and_after_a_large_command() {
        let queue = CommandQueue::default();
        assert!(queue.poll_room(&mut cx(), 2, true).is_ready(), "nothing is in flight");
        queue.push('a');
        assert!(queue.poll_room(&mut cx(), 2, true).is_pending());
        assert!(queue.is_reading_paused());
        queue.answered();
        assert!(!queue.is_reading_paused(), "the reader was woken");
        queue.push('b');
        assert!(queue.poll_room(&mut cx(), 2, false).is_ready());
        queue.push('c');
        assert!(queue.poll_room(&mut cx(), 2, false).is_pending());
    }
}
