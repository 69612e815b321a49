//! The events of those who watch the queue.

use bytestring::ByteString;
use serde::Serialize;

use crate::{
    domain::{Ticket, Visible},
    protocol::{frame::encode_event, object::TicketObject},
};

/// Why a ticket is shown to those who watch the queue; of several, the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum QueueReason {
    /// Someone wrote, or something happened to what they wrote.
    Activity,
    /// It was changed.
    Updated,
    /// It is new.
    Created,
}

#[derive(Serialize)]
struct QueueTicketData<'a> {
    reason: QueueReason,
    ticket: TicketObject<'a>,
}

/// A ticket as agents see it.
pub(super) fn queue_ticket(reason: QueueReason, ticket: &Ticket) -> ByteString {
    let ticket = TicketObject::new(ticket, Visible::Both);
    encode_event("queue_ticket", &QueueTicketData { reason, ticket })
}
