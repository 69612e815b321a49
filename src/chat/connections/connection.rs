//! A connection as rooms and commands see it: who sits there, in which rooms, and where to write to.
//!
//! Shared between the connection, its worker's registry and the process-wide tables. Does not know
//! the socket.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::Mutex;
use tokio::sync::Semaphore;

use super::outbox::Outbox;
use crate::{
    chat::rooms::{registry::RoomRegistry, room::Generation},
    domain::{ConnectionId, TicketId, Timestamp, User, Viewer},
};

static NEXT: AtomicU64 = AtomicU64::new(1);

/// One connection.
pub struct Seat {
    /// Which connection.
    pub id: ConnectionId,
    /// What waits to be written to it.
    pub outbox: Outbox,
    /// Whose turn it is to read a page for it: one replay at a time, however many rooms were joined.
    pub(in crate::chat) replays: Semaphore,
    /// The registry of the worker on which the connection lives.
    pub registry: actix::Addr<RoomRegistry>,
    /// Whether others see by it that its user is there. A request that comes, waits and goes again would
    /// make them come and go with it.
    pub is_shown: bool,
    /// Where the connection comes from, if it is one that lasts.
    pub origin: Option<Origin>,
    state: Mutex<State>,
}

/// Where a connection comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The peer, behind proxies that are trusted.
    pub address: IpAddr,
    /// What carries it.
    pub transport: &'static str,
    /// When it was opened.
    pub since: Timestamp,
}

#[derive(Default)]
struct State {
    user: Option<Arc<User>>,
    /// When their token was issued: those of before a revocation are void.
    issued_at: Timestamp,
    /// Few as a rule, 500 at most: a list is smaller than a set and as fast.
    joined: Vec<(TicketId, Generation)>,
}

impl Seat {
    /// A seat that nobody has authenticated for yet.
    pub fn new(outbox: Outbox, registry: actix::Addr<RoomRegistry>) -> Self {
        let id = ConnectionId(NEXT.fetch_add(1, Ordering::Relaxed));
        Self {
            id,
            outbox,
            replays: Semaphore::new(1),
            registry,
            is_shown: true,
            origin: None,
            state: Mutex::default(),
        }
    }

    /// The same, by which nobody sees that its user is there.
    #[must_use]
    pub fn unseen(self) -> Self {
        Self { is_shown: false, ..self }
    }

    /// The same, of a connection that lasts.
    #[must_use]
    pub fn with_origin(self, origin: Origin) -> Self {
        Self { origin: Some(origin), ..self }
    }

    /// Who sits here, once authenticated.
    pub fn user(&self) -> Option<Arc<User>> {
        self.state.lock().user.clone()
    }

    /// Seats someone, or the same user with new claims.
    pub fn set_user(&self, user: Arc<User>, issued_at: Timestamp) {
        let mut state = self.state.lock();
        state.user = Some(user);
        state.issued_at = issued_at;
    }

    /// When the token was issued with which someone sits here.
    pub fn issued_at(&self) -> Timestamp {
        self.state.lock().issued_at
    }

    /// Whether the room of `ticket` is joined: access to it was granted and not withdrawn since.
    pub fn has_joined(&self, ticket: TicketId) -> bool {
        self.state.lock().joined.iter().any(|(it, _)| *it == ticket)
    }

    /// Whether the room of `ticket` is joined, and was not joined again since `generation`.
    pub fn is_current(&self, ticket: TicketId, generation: Generation) -> bool {
        self.state.lock().joined.contains(&(ticket, generation))
    }

    /// The joined rooms.
    pub fn joined(&self) -> Vec<TicketId> {
        self.state.lock().joined.iter().map(|(ticket, _)| *ticket).collect()
    }

    /// How many rooms are joined.
    pub fn joined_count(&self) -> usize {
        self.state.lock().joined.len()
    }

    /// Notes a joined room; the registry's to call.
    pub(in crate::chat) fn note_joined(&self, ticket: TicketId, generation: Generation) {
        let mut state = self.state.lock();
        state.joined.retain(|(it, _)| *it != ticket);
        state.joined.push((ticket, generation));
    }

    /// Notes a left room; the registry's to call.
    pub(in crate::chat) fn note_left(&self, ticket: TicketId) {
        self.state.lock().joined.retain(|(it, _)| *it != ticket);
    }
}

/// Who sends a command, and from where.
#[derive(Clone)]
pub struct Caller {
    /// Who.
    pub user: Arc<User>,
    /// The connection, for commands that concern rooms.
    pub seat: Arc<Seat>,
}

impl Caller {
    /// The caller as access rules see them.
    pub fn viewer(&self) -> Viewer {
        self.user.viewer()
    }
}
