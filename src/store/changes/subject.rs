//! Which ticket a change locks.

use crate::domain::{MessageId, TicketId};

/// The ticket whose row a change locks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Locks this ticket.
    Ticket(TicketId),
    /// Locks the ticket of this message.
    Message(MessageId),
    /// Locks no ticket.
    None,
}
