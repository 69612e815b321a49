//! Who is in which ticket's room, counted by user over all connections of the process.
//!
//! Owns the 0↔1 changes, which alone are announced; an announcement is published under the table's
//! lock, so that joins and leaves of one user cannot overtake each other. Does not know rooms.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use itertools::Itertools;
use parking_lot::Mutex;

use crate::{
    bus::{Bus, Signal},
    chat::errors,
    domain::{Stream, TicketId, User, UserId},
    protocol::{
        Event,
        rooms::{UserJoinedTicket, UserLeftTicket},
    },
};

struct Present {
    user: Arc<User>,
    connections: usize,
}

/// The process-wide table.
pub struct Presence {
    bus: Arc<Bus>,
    /// Events are published under this lock, so that a user's joins and leaves keep their order. Publishing
    /// only pushes into the workers' queues and never waits.
    table: Mutex<HashMap<TicketId, HashMap<UserId, Present>>>,
}

impl Presence {
    /// An empty table that announces on `bus`.
    pub fn new(bus: Arc<Bus>) -> Self {
        Self { bus, table: Mutex::default() }
    }

    /// A connection of `user` joined; the user's first one is announced to the others.
    pub fn enter(&self, ticket_id: TicketId, user: &Arc<User>) {
        let mut table = self.table.lock();
        let present = table
            .entry(ticket_id)
            .or_default()
            .entry(user.id.clone())
            .or_insert_with(|| Present { user: Arc::clone(user), connections: 0 });
        present.user = Arc::clone(user);
        present.connections += 1;
        if present.connections == 1 {
            self.announce(ticket_id, user, &UserJoinedTicket::new(ticket_id, user));
        }
    }

    /// A user who may be there has another name or role now.
    pub fn update(&self, ticket_id: TicketId, user: &Arc<User>) {
        let mut table = self.table.lock();
        if let Some(present) = table.get_mut(&ticket_id).and_then(|room| room.get_mut(&user.id)) {
            present.user = Arc::clone(user);
        }
    }

    /// A connection of `user` left; the user's last one is announced to the others.
    pub fn leave(&self, ticket_id: TicketId, user: &User) {
        let mut table = self.table.lock();
        let Some(room) = table.get_mut(&ticket_id) else { return };
        let Some(present) = room.get_mut(&user.id) else { return };
        present.connections -= 1;
        if present.connections > 0 {
            return;
        }
        room.remove(&user.id);
        if room.is_empty() {
            table.remove(&ticket_id);
        }
        self.announce(ticket_id, user, &UserLeftTicket::new(ticket_id, user));
    }

    /// Who is there, by id.
    pub fn users(&self, ticket_id: TicketId) -> Vec<User> {
        let table = self.table.lock();
        let mut users: Vec<User> = table
            .get(&ticket_id)
            .into_iter()
            .flat_map(HashMap::values)
            .map(|present| User::clone(&present.user))
            .collect();
        users.sort_by(|a, b| a.id.cmp(&b.id));
        users
    }

    /// The agents and admins who are in any of the rooms.
    pub(in crate::chat) fn staff_in(&self, tickets: &[TicketId]) -> BTreeSet<UserId> {
        let table = self.table.lock();
        let rooms = tickets.iter().filter_map(|id| table.get(id));
        let present = rooms.flat_map(HashMap::values).filter(|present| present.user.role.is_staff());
        present.map(|present| present.user.id.clone()).collect()
    }

    /// Rooms with members behind `after`, in the order of tickets, at most `limit`: how many users are in
    /// each, on how many connections.
    pub(in crate::chat) fn rooms(
        &self,
        after: Option<TicketId>,
        limit: usize,
    ) -> Vec<(TicketId, usize, usize)> {
        let table = self.table.lock();
        let behind = table.iter().filter(|(id, _)| Some(**id) > after);
        let rooms = behind.k_smallest_by_key(limit, |(id, _)| **id);
        let connections = |room: &HashMap<UserId, Present>| room.values().map(|it| it.connections).sum();
        rooms.map(|(id, room)| (*id, room.len(), connections(room))).collect()
    }

    /// The ids of those who are there, in no order.
    pub fn ids(&self, ticket_id: TicketId) -> Vec<UserId> {
        let table = self.table.lock();
        table.get(&ticket_id).map_or_else(Vec::new, |room| room.keys().cloned().collect())
    }

    fn announce<T: Event>(&self, ticket_id: TicketId, user: &User, event: &T) {
        let Some(frame) = errors::event(event) else { return };
        let (stream, except) = (Stream::Public, user.id.clone());
        self.bus.publish(&Signal::Ephemeral { ticket_id, stream, except, frame });
    }
}
