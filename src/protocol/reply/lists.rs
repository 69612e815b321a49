//! The replies to `list_tickets` and `get_ticket`.

use bytestring::ByteString;

use super::{Conversation, Object, fields};
use crate::protocol::objects::OverviewObject;

impl Conversation {
    /// `tickets`; they are JSON already, and at the end there is no cursor.
    pub fn tickets(tickets: &[ByteString], next_cursor: Option<&str>) -> Self {
        let data = Object::new()
            .json("tickets", &format!("[{}]", tickets.join(",")))
            .field("nextCursor", &next_cursor);
        Self::spliced::<fields::Tickets<'_>>(data.end())
    }

    /// `ticket`
    pub fn ticket(ticket: &OverviewObject<'_>) -> Self {
        Self::of(&fields::Ticket { ticket })
    }
}
