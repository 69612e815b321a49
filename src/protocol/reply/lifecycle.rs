//! The replies to commands that change a ticket, rate it, and add people to it or remove them.

use super::{Conversation, Object};
use crate::{
    domain::{Changes, Stream, Ticket, TicketId, User, Visible},
    protocol::object::{ChangesObject, TicketObject, UserObject},
};

impl Conversation {
    /// `ticket_updated {ticket, changes}`, as someone sees them who sees `visible`.
    pub fn ticket_updated(ticket: &Ticket, changes: &Changes, visible: Visible) -> Self {
        let seen = match visible.includes(Stream::Internal) {
            true => changes.clone(),
            false => Changes { muted: changes.muted.clone(), ..changes.of(Stream::Public) },
        };
        let data = Object::new()
            .field("ticket", &TicketObject::new(ticket, visible))
            .field("changes", &ChangesObject::from(&seen))
            .end();
        Self::new("ticket_updated", data)
    }

    /// `ticket_rated {ticketId, score}`
    pub fn ticket_rated(ticket_id: TicketId, score: i16) -> Self {
        Self::new("ticket_rated", Object::new().field("ticketId", &ticket_id).field("score", &score).end())
    }

    /// `participant_added {ticketId, user}`
    pub fn participant_added(ticket_id: TicketId, user: &User) -> Self {
        Self::new("participant_added", participant(ticket_id, user))
    }

    /// `participant_removed {ticketId, user}`
    pub fn participant_removed(ticket_id: TicketId, user: &User) -> Self {
        Self::new("participant_removed", participant(ticket_id, user))
    }
}

fn participant(ticket_id: TicketId, user: &User) -> String {
    Object::new().field("ticketId", &ticket_id).field("user", &UserObject::from(user)).end()
}
