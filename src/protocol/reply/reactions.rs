//! The replies to commands that put emojis under messages.

use super::{Conversation, Object};
use crate::domain::{TicketId, log::Emoji};

impl Conversation {
    /// `reaction_added {ticketId, messageId, emoji, userId}`
    pub fn reaction_added(ticket_id: TicketId, reaction: &Emoji) -> Self {
        Self::new("reaction_added", fields(ticket_id, reaction))
    }

    /// `reaction_removed {ticketId, messageId, emoji, userId}`
    pub fn reaction_removed(ticket_id: TicketId, reaction: &Emoji) -> Self {
        Self::new("reaction_removed", fields(ticket_id, reaction))
    }
}

fn fields(ticket_id: TicketId, reaction: &Emoji) -> String {
    Object::new()
        .field("ticketId", &ticket_id)
        .field("messageId", &reaction.message_id)
        .field("emoji", &reaction.emoji)
        .field("userId", &reaction.user_id)
        .end()
}
