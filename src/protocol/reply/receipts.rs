//! The reply to `mark_delivered` and `mark_read`.

use super::{Conversation, fields};
use crate::domain::{Receipt, TicketId};

impl Conversation {
    /// `receipt`
    pub fn receipt(ticket_id: TicketId, receipt: &Receipt) -> Self {
        Self::of(&fields::Receipt {
            ticket_id,
            stream: receipt.stream,
            user_id: &receipt.user_id,
            delivered_seq: receipt.delivered_seq,
            read_seq: receipt.read_seq,
        })
    }
}
