//! Who is typing where, over all connections of the process.
//!
//! Owns when typing begins and when it ends by itself. Does not know rooms: it announces on the bus.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use crate::{
    bus::{Bus, Signal},
    chat::errors,
    domain::{ConnectionId, Stream, TicketId, User, UserId},
    protocol::{
        Event,
        typing::{UserStoppedTyping, UserTyping},
    },
};

/// A client that keeps typing says so every few seconds; those who joined meanwhile should learn it,
/// but not more often than this.
const REPEAT: Duration = Duration::from_secs(2);

/// Interval at which expired typing is ended.
const SWEEP: Duration = Duration::from_millis(250);

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
    /// Events are published under this lock, so that the start and the end of a user's typing keep their
    /// order. Publishing only pushes into the workers' queues and never waits.
    table: Mutex<HashMap<Key, Typist>>,
}

impl Typing {
    /// An empty table that announces on `bus`; typing ends by itself after `timeout`.
    pub fn new(bus: Arc<Bus>, timeout: Duration) -> Self {
        Self { bus, timeout, table: Mutex::default() }
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
        let mut table = self.table.lock();
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
        let mut table = self.table.lock();
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

    /// Ends the typing that no connection kept up.
    fn expire(&self, now: Instant) {
        self.table.lock().retain(|(ticket_id, stream, _), typist| {
            typist.until.retain(|(_, until)| *until > now);
            if typist.until.is_empty() {
                let event = UserStoppedTyping::new(*ticket_id, &typist.user);
                self.announce(*ticket_id, *stream, &typist.user, &event);
            }
            !typist.until.is_empty()
        });
    }

    fn announce<T: Event>(&self, ticket_id: TicketId, stream: Stream, user: &User, event: &T) {
        let Some(frame) = errors::event(event) else { return };
        self.bus.publish(&Signal::Ephemeral { ticket_id, stream, except: user.id.clone(), frame });
    }
}

/// Ends expired typing until the task is aborted. One task for the process.
pub(in crate::chat) async fn run(typing: Arc<Typing>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        typing.expire(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Role;

    #[tokio::test]
    async fn one_task_ends_what_no_connection_keeps_up() {
        let bus = Arc::new(Bus::new());
        let mut worker = bus.subscribe();
        let typing = Arc::new(Typing::new(Arc::clone(&bus), Duration::ZERO));
        let user =
            Arc::new(User { id: UserId::new("ada").unwrap(), name: "Ada".into(), role: Role::Customer });
        typing.start(TicketId(1), Stream::Public, &user, ConnectionId(1), Instant::now());
        let task = tokio::spawn(run(Arc::clone(&typing)));
        for name in ["user_typing", "user_stopped_typing"] {
            let Some(Signal::Ephemeral { frame, .. }) = worker.signals.recv().await else { panic!("{name}") };
            assert!(frame.contains(&format!("\"{name}\"")), "{frame}");
        }
        task.abort();
        assert!(typing.table.lock().is_empty());
    }
}
