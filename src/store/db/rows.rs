//! From rows to the domain's types.
//!
//! Owns how streams, roles and states are written in columns.

use diesel::{Queryable, Selectable, result::Error};

use super::schema::{attachments, messages, tickets, users};
use crate::domain::{
    Attachment, AttachmentId, ClientKey, Message, MessageId, MessageStatus, Position, Priority, Rating,
    Reaction, Role, Stream, Ticket, TicketId, TicketStatus, Timestamp, User, UserId, WebhookEvent,
};

/// The column's value for a stream.
pub(in crate::store) fn stream_code(stream: Stream) -> i16 {
    match stream {
        Stream::Public => 0,
        Stream::Internal => 1,
    }
}

/// The stream of a column's value.
pub(in crate::store) fn stream_of(code: i16) -> Result<Stream, Error> {
    match code {
        0 => Ok(Stream::Public),
        1 => Ok(Stream::Internal),
        _ => Err(damaged("stream")),
    }
}

/// A user id that was checked when it was written.
pub(in crate::store) fn user_id(text: &str) -> Result<UserId, Error> {
    UserId::new(text).map_err(|_| damaged("user id"))
}

/// The error for a value that this program never writes.
pub(in crate::store) fn damaged(what: &'static str) -> Error {
    Error::DeserializationError(format!("a row holds a {what} that cannot be").into())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
pub(in crate::store) struct UserRow {
    id: String,
    name: String,
    role: String,
}

impl UserRow {
    pub(in crate::store) fn into_user(self) -> Result<User, Error> {
        let role = self.role.parse::<Role>().map_err(|_| damaged("role"))?;
        Ok(User { id: user_id(&self.id)?, name: self.name, role })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = messages)]
pub(in crate::store) struct MessageRow {
    pub(in crate::store) id: i64,
    pub(in crate::store) ticket_id: i64,
    pub(in crate::store) stream: i16,
    pub(in crate::store) seq: i64,
    pub(in crate::store) pos: i64,
    client_message_id: Option<String>,
    body: String,
    reply_to: Option<i64>,
    attachments: i16,
    created_at: i64,
    edited_at: Option<i64>,
    deleted_at: Option<i64>,
    reactions: i16,
}

impl MessageRow {
    /// Whether there are attachments to read; a deleted message shows none.
    pub(in crate::store) fn has_attachments(&self) -> bool {
        self.attachments > 0 && self.deleted_at.is_none()
    }

    /// Whether there are reactions to read.
    pub(in crate::store) fn has_reactions(&self) -> bool {
        self.reactions > 0 && self.deleted_at.is_none()
    }

    pub(in crate::store) fn into_message(
        self,
        sender: UserRow,
        attachments: Vec<Attachment>,
        reactions: Vec<Reaction>,
    ) -> Result<Message, Error> {
        Ok(Message {
            id: MessageId(self.id),
            ticket_id: TicketId(self.ticket_id),
            stream: stream_of(self.stream)?,
            seq: self.seq,
            pos: self.pos,
            client_message_id: self.client_message_id.as_deref().and_then(ClientKey::new),
            sender: sender.into_user()?,
            body: if self.deleted_at.is_none() { self.body } else { String::new() },
            reply_to: self.reply_to.map(MessageId),
            attachments,
            reactions,
            status: MessageStatus::Sent,
            created_at: Timestamp(self.created_at),
            edited_at: self.edited_at.map(Timestamp),
            deleted_at: self.deleted_at.map(Timestamp),
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = attachments)]
pub(in crate::store) struct AttachmentRow {
    id: String,
    pub(in crate::store) message_id: i64,
    name: String,
    media_type: String,
    size: i64,
    link: Option<String>,
}

impl AttachmentRow {
    pub(in crate::store) fn into_attachment(self) -> Result<Attachment, Error> {
        Ok(Attachment {
            id: AttachmentId::parse(&self.id).ok_or_else(|| damaged("attachment id"))?,
            name: self.name,
            media_type: self.media_type,
            size: self.size,
            link: self.link,
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = tickets)]
pub(in crate::store) struct TicketRow {
    pub(in crate::store) id: i64,
    subject: String,
    status: String,
    priority: String,
    pub(in crate::store) requester_id: String,
    pub(in crate::store) assignee_id: Option<String>,
    public_seq: i64,
    internal_seq: i64,
    created_at: i64,
    pub(in crate::store) updated_at: i64,
    last_message_at: Option<i64>,
    closed_at: Option<i64>,
    snoozed_until: Option<i64>,
    rating: Option<i16>,
    rating_comment: Option<String>,
    rated_at: Option<i64>,
}

impl TicketRow {
    pub(in crate::store) fn into_ticket(
        self,
        requester: User,
        assignee: Option<User>,
        participants: Vec<User>,
        mut labels: Vec<String>,
    ) -> Result<Ticket, Error> {
        // A database orders text as its own locale does.
        labels.sort_unstable();
        let rating = self.rating.zip(self.rated_at).map(|(score, rated_at)| Rating {
            score,
            comment: self.rating_comment,
            rated_at: Timestamp(rated_at),
        });
        Ok(Ticket {
            id: TicketId(self.id),
            subject: self.subject,
            status: self.status.parse::<TicketStatus>().map_err(|_| damaged("status"))?,
            priority: self.priority.parse::<Priority>().map_err(|_| damaged("priority"))?,
            requester,
            assignee,
            participants,
            position: Position { public: self.public_seq, internal: self.internal_seq },
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
            last_message_at: self.last_message_at.map(Timestamp),
            closed_at: self.closed_at.map(Timestamp),
            rating,
            labels,
            snoozed_until: self.snoozed_until.map(Timestamp),
        })
    }
}

/// The column's value for the events that a webhook asks for.
pub(in crate::store) fn events_text(events: &[WebhookEvent]) -> String {
    events.iter().map(|event| event.as_str()).collect::<Vec<_>>().join(",")
}

/// The events of a column's value.
pub(in crate::store) fn events_of(text: &str) -> Result<Vec<WebhookEvent>, Error> {
    let names = text.split(',').filter(|name| !name.is_empty());
    names.map(|name| WebhookEvent::parse(name).ok_or_else(|| damaged("kind of event"))).collect()
}
