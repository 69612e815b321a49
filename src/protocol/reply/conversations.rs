//! The replies to commands that change, confirm, watch and search conversations: one constructor each.
//!
//! A reply is made as JSON at once, for what it shows may be large and is shown only here.

use bytestring::ByteString;
use serde::Serialize;

use super::fields;
use crate::{
    domain::{Message, MessageId, TicketId},
    protocol::{frame::push_json, objects::MessageObject, schema::Named},
};

/// A reply, encoded.
#[derive(Clone, Debug)]
pub struct Conversation {
    name: &'static str,
    data: ByteString,
    echoed: bool,
    never_echoed: bool,
}

impl Conversation {
    /// Of its fields.
    pub(super) fn of<T: Named + Serialize>(fields: &T) -> Self {
        let mut data = String::new();
        push_json(&mut data, fields);
        Self::spliced::<T>(data)
    }

    /// Of JSON that has the fields of `T`.
    pub(super) fn spliced<T: Named>(data: String) -> Self {
        Self { name: T::NAME, data: data.into(), echoed: false, never_echoed: false }
    }

    /// The caller gets the event of the same name, too: without an `ack`, that is the reply.
    #[must_use]
    pub fn echoed(self, echoed: bool) -> Self {
        Self { echoed: echoed && !self.never_echoed, ..self }
    }

    /// The caller will not get the event, though it may be in the room now.
    #[must_use]
    pub fn never_echoed(self) -> Self {
        Self { never_echoed: true, ..self }
    }

    pub(super) fn name(&self) -> Option<&'static str> {
        (!self.echoed).then_some(self.name)
    }

    pub(super) fn data(&self) -> &str {
        &self.data
    }

    /// `message_edited`
    pub fn message_edited(message: &Message) -> Self {
        Self::of(&fields::MessageEdited { message: MessageObject::from(message) })
    }

    /// `message_deleted`
    pub fn message_deleted(ticket_id: TicketId, message_id: MessageId) -> Self {
        Self::of(&fields::MessageDeleted { ticket_id, message_id })
    }
}
