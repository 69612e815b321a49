//! The reply to `mark_delivered` and `mark_read`.

use super::{Conversation, Object};
use crate::domain::{Receipt, TicketId};

impl Conversation {
    /// `receipt {ticketId, stream, userId, deliveredSeq, readSeq}`
    pub fn receipt(ticket_id: TicketId, receipt: &Receipt) -> Self {
        let data = Object::new()
            .field("ticketId", &ticket_id)
            .field("stream", &receipt.stream)
            .field("userId", &receipt.user_id)
            .field("deliveredSeq", &receipt.delivered_seq)
            .field("readSeq", &receipt.read_seq);
        Self::new("receipt", data.end())
    }
}
