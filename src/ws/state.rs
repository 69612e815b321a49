//! What the connection actor and its command runner share: the queue between them, and who is there.
//!
//! Both live on one thread. Does not know actors' timers or the bytes on the wire.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    net::IpAddr,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use actix::Message;
use bytestring::ByteString;
use futures_util::{StreamExt, stream::FuturesUnordered};

use crate::{
    chat::{Caller, Chat, Seat},
    domain::Timestamp,
    guard::limits::flood_guard::FloodGuard,
    protocol::CloseCode,
    transport::inbound_limits::InboundLimits,
};

/// Something to be done, in order.
pub(super) enum QueuedFrame {
    /// A text message.
    Text(ByteString),
    /// A message that cannot be one of the protocol, of so many bytes.
    NotText(usize),
    /// The bearer token of the upgrade request.
    Bearer(String),
}

impl QueuedFrame {
    /// What it holds of the memory budget.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::NotText(bytes) => *bytes,
            Self::Bearer(_) => 0,
        }
    }
}

/// What the runner does next.
pub(super) enum Next<T> {
    Run(QueuedFrame),
    Committed(T),
    Idle,
}

/// A user authenticated on this connection.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Authenticated {
    pub(super) expires_at: Timestamp,
}

/// A connection's state.
pub(super) struct SocketState {
    pub(super) chat: Arc<Chat>,
    pub(super) seat: Arc<Seat>,
    pub(super) address: IpAddr,
    pub(super) limits: Rc<InboundLimits>,
    pub(super) caller: RefCell<Option<Caller>>,
    queue: RefCell<VecDeque<QueuedFrame>>,
    in_flight: Cell<usize>,
    running: Cell<bool>,
    runner: RefCell<Option<Waker>>,
    reader: RefCell<Option<Waker>>,
    patience: RefCell<FloodGuard>,
    bad_frames: Cell<[Option<Instant>; 2]>,
}

/// Three bad frames within this close the connection.
const BAD_FRAME_WINDOW: Duration = Duration::from_secs(60);

impl SocketState {
    pub(super) fn new(
        chat: Arc<Chat>,
        seat: Arc<Seat>,
        address: IpAddr,
        limits: Rc<InboundLimits>,
    ) -> Rc<Self> {
        Rc::new(Self {
            chat,
            seat,
            address,
            limits,
            caller: RefCell::default(),
            queue: RefCell::default(),
            in_flight: Cell::default(),
            running: Cell::default(),
            runner: RefCell::default(),
            reader: RefCell::default(),
            patience: RefCell::default(),
            bad_frames: Cell::default(),
        })
    }

    /// Queues a command; `true` if a runner must be started for it.
    pub(super) fn enqueue(&self, inbound: QueuedFrame) -> bool {
        self.in_flight.set(self.in_flight.get() + 1);
        self.queue.borrow_mut().push_back(inbound);
        if let Some(runner) = self.runner.borrow_mut().take() {
            runner.wake();
        }
        !self.running.replace(true)
    }

    /// Whether the next inbound message may be read; if not, the reader is woken when it may.
    pub(super) fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<()> {
        let in_flight = self.in_flight.get();
        // Behind large messages the next one waits in the socket rather than in memory.
        let full = in_flight > 0 && self.limits.share.held() > self.chat.bounds.frame_bytes;
        if in_flight < self.chat.bounds.commands_in_flight && !full {
            return Poll::Ready(());
        }
        *self.reader.borrow_mut() = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Whether the reader waits: what the peer sends now is not heard.
    pub(super) fn is_reading_paused(&self) -> bool {
        self.reader.borrow().is_some()
    }

    /// Whether nothing is in flight.
    pub(super) fn is_idle(&self) -> bool {
        self.in_flight.get() == 0
    }

    /// What the runner does next: commits that are done go first, then what was queued.
    pub(super) fn poll_next<F: Future>(
        &self,
        cx: &mut Context<'_>,
        commits: &mut FuturesUnordered<F>,
    ) -> Poll<Next<F::Output>> {
        if !commits.is_empty()
            && let Poll::Ready(Some(done)) = commits.poll_next_unpin(cx)
        {
            return Poll::Ready(Next::Committed(done));
        }
        if let Some(inbound) = self.queue.borrow_mut().pop_front() {
            return Poll::Ready(Next::Run(inbound));
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

    /// A command is answered.
    pub(super) fn answered(&self) {
        self.in_flight.set(self.in_flight.get().saturating_sub(1));
        if let Some(reader) = self.reader.borrow_mut().take() {
            reader.wake();
        }
    }

    /// Notes a frame that is not of this protocol; the third within a minute closes.
    pub(super) fn bad_frame(&self) {
        let now = Instant::now();
        let [older, newer] = self.bad_frames.get();
        self.bad_frames.set([newer, Some(now)]);
        if older.is_some_and(|older| now.duration_since(older) < BAD_FRAME_WINDOW) {
            self.seat.outbox.close(CloseCode::BadFrames);
        }
    }

    /// Notes a refusal for going too fast; who does not slow down is closed.
    pub(super) fn refused_for_rate(&self) {
        if !self.patience.borrow_mut().refused() {
            self.seat.outbox.close(CloseCode::Flooding);
        }
    }
}
