//! Who is typing where, over all connections of the process.
//!
//! Owns when typing begins and when it ends by itself. Does not know rooms: it announces on the bus.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::answers;
use crate::{
    bus::{Bus, Signal},
    domain::{ConnectionId, Stream, TicketId, User, UserId},
    protocol::{
        Event,
        typing::{UserStoppedTyping, UserTyping},
    },
};

/// A client that keeps typing says so every few seconds; those who joined meanwhile should learn it,
/// but not more often than this.
const REPEAT: Duration = Duration::from_secs(2);

struct Typist {
    user: Arc<User>,
    announced: Instant,
    /// Until when, by connection.
    until: Vec<(ConnectionId, Instant)>,
}

type Key = (TicketId, Stream, UserId);

/// The process-wide table.
pub struct Typing {
    bus: Arc<Bus>,
    timeout: Duration,
    table: Mutex<HashMap<Key, Typist>>,
}

impl Typing {
    /// An empty table that announces on `bus`; typing ends by itself after `timeout`.
    pub fn new(bus: Arc<Bus>, timeout: Duration) -> Self {
        Self { bus, timeout, table: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Typist>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection types, or still does.
    pub fn start(
        &self,
        ticket_id: TicketId,
        stream: Stream,
        user: &Arc<User>,
        connection: ConnectionId,
        now: Instant,
    ) {
        let mut table = self.lock();
        let mut fresh = false;
        let typist = table.entry((ticket_id, stream, user.id.clone())).or_insert_with(|| {
            fresh = true;
            Typist { user: Arc::clone(user), announced: now, until: Vec::new() }
        });
        typist.until.retain(|(id, _)| *id != connection);
        typist.until.push((connection, now + self.timeout));
        if fresh || now.duration_since(typist.announced) >= REPEAT {
            typist.announced = now;
            self.announce(ticket_id, stream, user, &UserTyping::new(ticket_id, user));
        }
    }

    /// A connection stopped typing, sent or left.
    pub fn stop(&self, ticket_id: TicketId, stream: Stream, user: &User, connection: ConnectionId) {
        let mut table = self.lock();
        if table.is_empty() {
            return;
        }
        let key = (ticket_id, stream, user.id.clone());
        let Some(typist) = table.get_mut(&key) else { return };
        typist.until.retain(|(id, _)| *id != connection);
        if typist.until.is_empty() {
            table.remove(&key);
            self.announce(ticket_id, stream, user, &UserStoppedTyping::new(ticket_id, user));
        }
    }

    /// Ends what nobody kept up; any worker may call it, at any time.
    pub fn expire(&self, now: Instant) {
        self.lock().retain(|(ticket_id, stream, _), typist| {
            typist.until.retain(|(_, until)| *until > now);
            if typist.until.is_empty() {
                let event = UserStoppedTyping::new(*ticket_id, &typist.user);
                self.announce(*ticket_id, *stream, &typist.user, &event);
            }
            !typist.until.is_empty()
        });
    }

    fn announce<T: Event>(&self, ticket_id: TicketId, stream: Stream, user: &User, event: &T) {
        let Some(frame) = answers::event(event) else { return };
        self.bus.publish(&Signal::Ephemeral { ticket_id, stream, except: user.id.clone(), frame });
    }
}
