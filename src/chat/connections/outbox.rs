//! What waits to be written to one connection.
//!
//! Owns the bound on live events and the stated policy when it is passed: the queue is dropped, the
//! connection is closed as too slow, and the client resumes from the log. Replies and replayed pages
//! are not counted against that bound; whoever makes them waits for [`Outbox::drained`] instead.
//! Does not know WebSocket framing or sockets.

use std::{
    collections::VecDeque,
    future::poll_fn,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use bytestring::ByteString;
use parking_lot::Mutex;

use crate::{
    chat::{Answer, errors},
    domain::Place,
    protocol::{Ack, CloseCode, Event, encode},
};

/// One thing to write.
#[derive(Clone, Debug)]
pub enum Outgoing {
    /// A text frame, and what readers of the outbox must know of it.
    Text(ByteString, FrameKind),
    /// A ping without payload.
    Ping,
    /// The answer to a peer's ping.
    Pong(Bytes),
    /// The last frame.
    Close(CloseCode),
}

/// What readers of the outbox must know of a frame without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// Nothing: a reply, or an event that is in no log.
    Plain,
    /// Event of a ticket's log, at this place.
    Logged(Place),
    /// All that was missed has come.
    ReplayComplete,
    /// The connection lost a room, of which nothing comes any more.
    LeftTicket,
}

/// What a frame is counted as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Count {
    Live,
    Paced,
    /// Only the Close, once.
    Free,
}

/// What one take may carry away; the transport's own buffer bounds what is really in memory.
const TAKE_BYTES: usize = 64 * 1024;

/// Paced bytes (replies, replayed pages) over which their makers should wait.
const PACED_BYTES: usize = 256 * 1024;

#[derive(Default)]
struct State {
    queue: VecDeque<(Count, Outgoing)>,
    live_bytes: usize,
    paced_bytes: usize,
    /// Before the queue goes a ping,
    ping: bool,
    /// and the answer to the newest ping of the peer.
    pong: Option<Bytes>,
    /// Something was taken since [`Outbox::is_stuck`] was asked.
    moved: bool,
    /// Nothing is accepted any more; a Close is in the queue or was taken.
    closing: bool,
    /// The Close is one that ends the client's welcome.
    refused: bool,
    /// The transport is gone or may go.
    finished: bool,
    writer: Option<Waker>,
    waiting: Vec<Waker>,
}

/// The queue of one connection, with one transport taking from it.
pub struct Outbox {
    state: Mutex<State>,
    max_live_bytes: usize,
}

/// A live event did not fit: the connection is being closed as too slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow;

impl Outbox {
    /// An empty outbox for at most `max_live_bytes` of live events.
    pub fn new(max_live_bytes: usize) -> Self {
        Self { state: Mutex::default(), max_live_bytes }
    }

    /// Queues a live event, which is in a ticket's log if it has a place there. An empty outbox takes one of any size.
    ///
    /// # Errors
    /// [`Overflow`] once, when the bound is passed.
    pub fn push_live(&self, frame: ByteString, place: Option<Place>) -> Result<(), Overflow> {
        let mut state = self.state.lock();
        if state.closing {
            return Ok(());
        }
        let bytes = frame.len();
        if state.live_bytes > 0 && state.live_bytes + bytes > self.max_live_bytes {
            state.queue.clear();
            state.live_bytes = 0;
            state.paced_bytes = 0;
            close(&mut state, CloseCode::TooSlow);
            return Err(Overflow);
        }
        state.live_bytes += bytes;
        let kind = place.map_or(FrameKind::Plain, FrameKind::Logged);
        push(&mut state, Count::Live, Outgoing::Text(frame, kind));
        Ok(())
    }

    /// Queues the answer to the command `event`. One that cannot be encoded is a fault of the server, and is
    /// answered as such.
    pub fn push_answer(&self, ack: Option<&Ack>, event: &str, answer: &Answer) {
        let frame = encode::answer(ack, event, answer)
            .or_else(|error| encode::answer(ack, event, &Err(errors::internal(&error))));
        if let Ok(Some(frame)) = frame {
            self.push_paced(frame, FrameKind::Plain);
        }
    }

    /// Queues an event for this connection alone. One that cannot be encoded is logged, and not sent.
    pub fn push_event<T: Event>(&self, event: &T) {
        self.push_event_of(FrameKind::Plain, event);
    }

    /// Queues an event of a kind for this connection alone.
    pub(in crate::chat) fn push_event_of<T: Event>(&self, kind: FrameKind, event: &T) {
        if let Some(frame) = errors::event(event) {
            self.push_paced(frame, kind);
        }
    }

    /// Queues an event out of a ticket's log, whose reader minds [`Outbox::drained`].
    pub fn push_replayed(&self, frame: ByteString, place: Place) {
        self.push_paced(frame, FrameKind::Logged(place));
    }

    fn push_paced(&self, frame: ByteString, kind: FrameKind) {
        let mut state = self.state.lock();
        if !state.closing {
            state.paced_bytes += frame.len();
            push(&mut state, Count::Paced, Outgoing::Text(frame, kind));
        }
    }

    /// Sends a ping, unless one waits already.
    pub fn ping(&self) {
        let mut state = self.state.lock();
        if !state.closing {
            state.ping = true;
            wake_writer(&mut state);
        }
    }

    /// Answers the peer's newest ping, which is enough (RFC 6455, section 5.5.3): a peer that pings and
    /// does not read would fill the memory with answers to each.
    pub fn pong(&self, payload: Bytes) {
        let mut state = self.state.lock();
        if !state.closing {
            state.pong = Some(payload);
            wake_writer(&mut state);
        }
    }

    /// Whether something waits and nothing was taken since this was asked before.
    pub fn is_stuck(&self) -> bool {
        let mut state = self.state.lock();
        let waits = state.ping || state.pong.is_some() || !state.queue.is_empty();
        waits && !std::mem::take(&mut state.moved)
    }

    /// Bytes that wait.
    pub fn bytes(&self) -> usize {
        let state = self.state.lock();
        state.live_bytes + state.paced_bytes
    }

    /// Whether more paced bytes wait than their makers should let wait.
    pub fn is_behind(&self) -> bool {
        self.state.lock().paced_bytes > PACED_BYTES
    }

    /// Queues the last frame, behind what is queued already. The first code wins.
    pub fn close(&self, code: CloseCode) {
        let mut state = self.state.lock();
        if !state.closing {
            close(&mut state, code);
        }
    }

    /// Whether the server closed the connection for something its client did or failed to do.
    pub fn is_refused(&self) -> bool {
        self.state.lock().refused
    }

    /// Whether a Close was queued.
    pub fn is_closing(&self) -> bool {
        self.state.lock().closing
    }

    /// The transport has nothing more to wait for: whoever takes gets the end.
    pub fn finish(&self) {
        let mut state = self.state.lock();
        state.closing = true;
        state.finished = true;
        wake_all(&mut state);
        wake_writer(&mut state);
    }

    /// Waits until few paced bytes are left, or the connection closes.
    pub async fn drained(&self) {
        poll_fn(|cx| {
            let mut state = self.state.lock();
            if state.paced_bytes <= PACED_BYTES || state.closing {
                return Poll::Ready(());
            }
            state.waiting.push(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// Hands what is queued to `write`, some at a time, and forgets it; `None` at the end.
    pub fn poll_take(&self, cx: &mut Context<'_>, mut write: impl FnMut(Outgoing)) -> Poll<Option<()>> {
        let mut state = self.state.lock();
        let mut taken = 0;
        let mut any = false;
        let ping = std::mem::take(&mut state.ping).then_some(Outgoing::Ping);
        for control in ping.into_iter().chain(state.pong.take().map(Outgoing::Pong)) {
            any = true;
            write(control);
        }
        while taken < TAKE_BYTES {
            let Some((count, item)) = state.queue.pop_front() else { break };
            let bytes = if let Outgoing::Text(text, _) = &item { text.len() } else { 0 };
            match count {
                Count::Live => state.live_bytes -= bytes,
                Count::Paced => state.paced_bytes -= bytes,
                Count::Free => {}
            }
            taken += bytes;
            any = true;
            write(item);
        }
        if any {
            state.moved = true;
            if state.queue.is_empty() {
                // Most connections are idle most of the time, and should hold nothing then.
                state.queue = VecDeque::new();
            }
            if state.paced_bytes <= PACED_BYTES {
                wake_all(&mut state);
            }
            return Poll::Ready(Some(()));
        }
        if state.finished {
            return Poll::Ready(None);
        }
        state.writer = Some(cx.waker().clone());
        Poll::Pending
    }
}

fn push(state: &mut State, count: Count, item: Outgoing) {
    state.queue.push_back((count, item));
    wake_writer(state);
}

fn wake_writer(state: &mut State) {
    if let Some(writer) = state.writer.take() {
        writer.wake();
    }
}

fn close(state: &mut State, code: CloseCode) {
    push(state, Count::Free, Outgoing::Close(code));
    state.refused = !matches!(code, CloseCode::Normal | CloseCode::Restarting | CloseCode::Disconnected);
    state.closing = true;
    wake_all(state);
}

fn wake_all(state: &mut State) {
    for waiting in state.waiting.drain(..) {
        waiting.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn take(outbox: &Outbox) -> Vec<Outgoing> {
        let mut out = Vec::new();
        let _ = outbox.poll_take(&mut Context::from_waker(Waker::noop()), |item| out.push(item));
        out
    }

    fn text(bytes: usize) -> ByteString {
        "x".repeat(bytes).into()
    }

    #[test]
    fn too_many_live_bytes_drop_the_queue_and_close_as_too_slow() {
        let outbox = Outbox::new(100);
        assert_eq!(outbox.push_live(text(60), None), Ok(()));
        assert_eq!(outbox.push_live(text(60), None), Err(Overflow));
        assert_eq!(outbox.push_live(text(1), None), Ok(()), "the overflow is told once");
        assert!(matches!(take(&outbox)[..], [Outgoing::Close(CloseCode::TooSlow)]));
    }

    #[test]
    fn a_replay_never_counts_as_slowness() {
        let outbox = Outbox::new(100);
        for _ in 0..100 {
            outbox.push_paced(text(1_000), FrameKind::Plain);
        }
        assert_eq!(outbox.push_live(text(60), None), Ok(()));
        assert_eq!(take(&outbox).len(), 66, "one take carries 64 KiB");
    }

    #[test]
    fn of_many_pings_only_the_newest_is_answered() {
        let outbox = Outbox::new(100);
        outbox.push_paced(text(1), FrameKind::Plain);
        for payload in ["a", "b", "c"] {
            outbox.ping();
            outbox.pong(Bytes::from_static(payload.as_bytes()));
        }
        assert!(
            matches!(&take(&outbox)[..], [Outgoing::Ping, Outgoing::Pong(c), Outgoing::Text(..)] if c == "c")
        );
        assert!(take(&outbox).is_empty());
    }

    #[test]
    fn an_outbox_is_stuck_when_something_waits_and_nothing_is_taken() {
        let outbox = Outbox::new(100);
        assert!(!outbox.is_stuck(), "nothing waits");
        outbox.ping();
        take(&outbox);
        outbox.ping();
        assert!(!outbox.is_stuck(), "something was taken meanwhile");
        assert!(outbox.is_stuck());
        take(&outbox);
        assert!(!outbox.is_stuck());
    }

    #[test]
    fn one_event_over_the_bound_is_delivered_to_an_idle_connection() {
        let outbox = Outbox::new(100);
        assert_eq!(outbox.push_live(text(500), None), Ok(()));
        assert_eq!(take(&outbox).len(), 1);
    }

    #[test]
    fn nothing_follows_a_close() {
        let outbox = Outbox::new(100);
        outbox.close(CloseCode::Replaced);
        outbox.push_paced(text(1), FrameKind::Plain);
        outbox.close(CloseCode::Restarting);
        assert!(matches!(take(&outbox)[..], [Outgoing::Close(CloseCode::Replaced)]));
    }

    #[test]
    fn the_end_is_told_when_finished_and_empty() {
        let outbox = Outbox::new(100);
        outbox.close(CloseCode::Normal);
        outbox.finish();
        assert_eq!(take(&outbox).len(), 1);
        let end = outbox.poll_take(&mut Context::from_waker(Waker::noop()), |_| {});
        assert_eq!(end, Poll::Ready(None));
    }
}
