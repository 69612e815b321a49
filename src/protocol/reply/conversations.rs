//! The replies to commands that change, confirm, watch and search conversations: one constructor each.
//!
//! A reply is made as JSON at once, for what it shows may be large and is shown only here.

use bytestring::ByteString;

use super::Object;
use crate::{
    domain::{Message, MessageId, TicketId},
    protocol::object::MessageObject,
};

/// A reply, encoded.
#[derive(Clone, Debug)]
pub struct Conversation {
    name: &'static str,
    data: ByteString,
    echoed: bool,
}

impl Conversation {
    pub(super) fn new(name: &'static str, data: String) -> Self {
        Self { name, data: data.into(), echoed: false }
    }

    /// The caller gets the event of the same name, too: without an `ack`, that is the reply.
    #[must_use]
    pub fn echoed(self, echoed: bool) -> Self {
        Self { echoed, ..self }
    }

    pub(super) fn name(&self) -> Option<&'static str> {
        (!self.echoed).then_some(self.name)
    }

    pub(super) fn data(&self) -> &str {
        &self.data
    }

    /// `message_edited {message}`
    pub fn message_edited(message: &Message) -> Self {
        Self::new("message_edited", Object::new().field("message", &MessageObject::from(message)).end())
    }

    /// `message_deleted {ticketId, messageId}`
    pub fn message_deleted(ticket_id: TicketId, message_id: MessageId) -> Self {
        let data = Object::new().field("ticketId", &ticket_id).field("messageId", &message_id).end();
        Self::new("message_deleted", data)
    }
}
