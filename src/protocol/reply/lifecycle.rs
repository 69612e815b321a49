//! The replies to commands that change a ticket, rate it, and add people to it or remove them.

use super::{Conversation, fields};
use crate::{
    domain::{Changes, Stream, Ticket, TicketId, User, Visible},
    protocol::objects::{ChangesObject, TicketObject, UserObject},
};

impl Conversation {
    /// `ticket_updated`, as someone sees it who sees `visible`.
    pub fn ticket_updated(ticket: &Ticket, changes: &Changes, visible: Visible) -> Self {
        let seen = match visible.includes(Stream::Internal) {
            true => changes.clone(),
            false => Changes { muted: changes.muted.clone(), ..changes.of(Stream::Public) },
        };
        Self::of(&fields::TicketUpdated {
            ticket: TicketObject::new(ticket, visible),
            changes: ChangesObject::from(&seen),
        })
    }

    /// `ticket_rated`
    pub fn ticket_rated(ticket_id: TicketId, score: i16) -> Self {
        Self::of(&fields::TicketRated { ticket_id, score })
    }

    /// `participant_added`
    pub fn participant_added(ticket_id: TicketId, user: &User) -> Self {
        Self::of(&fields::ParticipantAdded { ticket_id, user: UserObject::from(user) })
    }

    /// `participant_removed`
    pub fn participant_removed(ticket_id: TicketId, user: &User) -> Self {
        Self::of(&fields::ParticipantRemoved { ticket_id, user: UserObject::from(user) })
    }
}
