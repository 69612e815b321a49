//! The replies to commands that put emojis under messages.

use super::{Conversation, fields};
use crate::domain::{TicketId, log::Emoji};

impl Conversation {
    /// `reaction_added`
    pub fn reaction_added(ticket_id: TicketId, reaction: &Emoji) -> Self {
        let Emoji { message_id, emoji, user_id } = reaction;
        Self::of(&fields::ReactionAdded { ticket_id, message_id: *message_id, emoji, user_id })
    }

    /// `reaction_removed`
    pub fn reaction_removed(ticket_id: TicketId, reaction: &Emoji) -> Self {
        let Emoji { message_id, emoji, user_id } = reaction;
        Self::of(&fields::ReactionRemoved { ticket_id, message_id: *message_id, emoji, user_id })
    }
}
