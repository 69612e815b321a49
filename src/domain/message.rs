//! Messages as the store gives them out.

use super::{Attachment, ClientKey, MessageId, Stream, TicketId, Timestamp, User};

/// A committed message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Given by the database.
    pub id: MessageId,
    /// Its ticket.
    pub ticket_id: TicketId,
    /// Its stream.
    pub stream: Stream,
    /// Its number in the stream, dense from 1.
    pub seq: i64,
    /// Its place in the one order across both streams of the ticket; never sent.
    pub pos: i64,
    /// What the sender's client calls it.
    pub client_message_id: Option<ClientKey>,
    /// Who sent it.
    pub sender: User,
    /// Sanitised HTML.
    pub body: String,
    /// The message it answers.
    pub reply_to: Option<MessageId>,
    /// Files and links.
    pub attachments: Vec<Attachment>,
    /// When it was committed.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub edited_at: Option<Timestamp>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
}
