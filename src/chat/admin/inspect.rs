//! What is going on in this process: connections, rooms, queues.
//!
//! Owns what is shown of them; each look is bounded, and takes its tables' locks for a moment only.

use super::Administrator;
use crate::{
    chat::{
        Seat,
        commands::paging::{DEFAULT_LIMIT, MAX_LIMIT, limit},
    },
    domain::{ConnectionId, TicketId, UserId},
    guard::MemoryBudget,
    protocol::{
        WireError,
        admin::{ConnectionObject, Connections, OwnedUser, Queues, RoomObject, Rooms},
        objects::Rfc3339,
    },
};

impl Administrator {
    /// A page of connections on which somebody has authenticated.
    ///
    /// # Errors
    /// `invalid_payload` for a page of another length than there can be.
    pub fn connections(
        &self,
        user: Option<&UserId>,
        after: Option<ConnectionId>,
        wanted: Option<u32>,
    ) -> Result<Connections, WireError> {
        let limit = limit(wanted, DEFAULT_LIMIT, MAX_LIMIT)?;
        let mut seats = self.chat.connections.page(user, after, limit + 1);
        let more = seats.len() > limit;
        seats.truncate(limit);
        let next_cursor = seats.last().filter(|_| more).map(|seat| seat.id.to_string());
        Ok(Connections { connections: seats.iter().filter_map(|seat| shown(seat)).collect(), next_cursor })
    }

    /// A page of rooms with members.
    ///
    /// # Errors
    /// `invalid_payload` for a page of another length than there can be.
    pub fn rooms(&self, after: Option<TicketId>, wanted: Option<u32>) -> Result<Rooms, WireError> {
        let limit = limit(wanted, DEFAULT_LIMIT, MAX_LIMIT)?;
        let mut rooms = self.chat.presence.rooms(after, limit + 1);
        let more = rooms.len() > limit;
        rooms.truncate(limit);
        let next_cursor = rooms.last().filter(|_| more).map(|(id, ..)| *id);
        let room = |(ticket_id, users, members)| RoomObject { ticket_id, users, members };
        Ok(Rooms { rooms: rooms.into_iter().map(room).collect(), next_cursor })
    }

    /// What waits.
    pub fn queues(&self, budget: &MemoryBudget) -> Queues {
        let chat = &self.chat;
        let seats = chat.connections.everyone(None);
        Queues {
            writes: chat.writer.waiting(),
            signals: chat.bus.waiting(),
            inbound_bytes: budget.held(),
            inbound_bytes_max: budget.max(),
            outbox_bytes: seats.iter().map(|seat| seat.outbox.bytes()).sum(),
            connections: chat.connections.count(),
            authenticated: seats.len(),
            erasing: chat.erasures.running(),
            draining: chat.connections.is_draining(),
        }
    }
}

fn shown(seat: &Seat) -> Option<ConnectionObject> {
    let user = seat.user()?;
    Some(ConnectionObject {
        id: seat.id.to_string(),
        user: OwnedUser { id: user.id.clone(), name: user.name.clone(), role: user.role },
        address: seat.origin.map(|origin| origin.address),
        transport: seat.origin.map(|origin| origin.transport),
        since: seat.origin.map(|origin| Rfc3339(origin.since)),
        rooms: seat.joined_count(),
        outbox_bytes: seat.outbox.bytes(),
    })
}
