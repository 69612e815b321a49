//! What the connection actor and its command runner share: the queue between them, and who is there.
//!
//! Both live on one thread. Does not know actors' timers or the bytes on the wire.

use std::{
    cell::{Cell, RefCell},
    net::IpAddr,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use actix::Message;
use bytestring::ByteString;

use crate::{
    chat::{Caller, Chat, Seat},
    domain::Timestamp,
    guard::limits::flood_guard::FloodGuard,
    protocol::CloseCode,
    transport::{inbound_limits::InboundLimits, ordered::CommandQueue},
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
    pub(super) queue: CommandQueue<QueuedFrame>,
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
            queue: CommandQueue::default(),
            patience: RefCell::default(),
            bad_frames: Cell::default(),
        })
    }

    /// Whether the next inbound message may be read; if not, the reader is woken when it may.
    pub(super) fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<()> {
        let bounds = &self.chat.bounds;
        // Behind large messages the next one waits in the socket rather than in memory.
        let is_full = self.limits.share.held() > bounds.frame_bytes;
        self.queue.poll_room(cx, bounds.commands_in_flight, is_full)
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
