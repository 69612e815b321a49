//! The events of those who watch the queue.

use bytestring::ByteString;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{Ticket, Visible},
    protocol::{examples, frame::encode_event as encode, objects::TicketObject},
};

/// Why a ticket is shown to those who watch the queue; of several, the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum QueueReason {
    /// Someone wrote, or something happened to what they wrote.
    Activity,
    /// It was changed.
    Updated,
    /// It is new.
    Created,
}

/// Something happened in a ticket of the queue.
#[derive(Serialize, ToSchema)]
#[schema(as = QueueTicketEvent, examples(examples::queue_ticket))]
pub struct QueueTicket<'a> {
    /// What.
    reason: QueueReason,
    /// As it is now.
    ticket: TicketObject<'a>,
}

/// A ticket as agents see it.
pub(super) fn queue_ticket(reason: QueueReason, ticket: &Ticket) -> ByteString {
    encode(&QueueTicket { reason, ticket: TicketObject::new(ticket, Visible::Both) })
}
