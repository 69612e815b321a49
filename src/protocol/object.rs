//! The objects of the wire, made from the domain's; `id` comes first in every one.
//!
//! Owns which fields a customer does not get; values are already sanitised when they come here.

use serde::{Serialize, Serializer};

use crate::domain::{
    Attachment, AttachmentId, Message, MessageId, Position, Priority, Role, Stream, Ticket, TicketId,
    TicketStatus, Timestamp, User, UserId, Visible,
};

/// RFC 3339, UTC, with milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rfc3339(pub Timestamp);

impl Serialize for Rfc3339 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&humantime::format_rfc3339_millis(self.0.to_system_time()))
    }
}

/// `{public, internal}`; `internal` is left out for those who do not see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PositionObject {
    /// Of the public stream.
    pub public: i64,
    /// Of the internal stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub internal: Option<i64>,
}

impl PositionObject {
    /// `position` as someone sees it who sees `visible`.
    pub fn new(position: Position, visible: Visible) -> Self {
        let internal = visible.includes(Stream::Internal).then_some(position.internal);
        Self { public: position.public, internal }
    }
}

/// `{id, name, role}`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct UserObject<'a> {
    pub id: &'a UserId,
    pub name: &'a str,
    pub role: Role,
}

impl<'a> From<&'a User> for UserObject<'a> {
    fn from(user: &'a User) -> Self {
        Self { id: &user.id, name: &user.name, role: user.role }
    }
}

/// `{id, name, type, size, url}`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct AttachmentObject<'a> {
    pub id: &'a AttachmentId,
    pub name: &'a str,
    #[serde(rename = "type")]
    pub media_type: &'a str,
    pub size: i64,
    #[serde(serialize_with = "attachment_url")]
    pub url: AttachmentUrl<'a>,
}

/// Where an attachment is: a link as it was sent, or the path under which a file is served.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AttachmentUrl<'a> {
    /// An http(s) URL, passed on and never fetched.
    Link(&'a str),
    /// Served by this server.
    File(&'a AttachmentId),
}

/// The path below which files are served.
pub const ATTACHMENTS_PATH: &str = "/api/attachments";

fn attachment_url<S: Serializer>(url: &AttachmentUrl<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    match url {
        AttachmentUrl::Link(link) => serializer.serialize_str(link),
        AttachmentUrl::File(id) => serializer.collect_str(&format_args!("{ATTACHMENTS_PATH}/{id}")),
    }
}

impl<'a> From<&'a Attachment> for AttachmentObject<'a> {
    fn from(attachment: &'a Attachment) -> Self {
        let url = match &attachment.link {
            Some(link) => AttachmentUrl::Link(link),
            None => AttachmentUrl::File(&attachment.id),
        };
        Self {
            id: &attachment.id,
            name: &attachment.name,
            media_type: &attachment.media_type,
            size: attachment.size,
            url,
        }
    }
}

/// How far a message has come; more states follow with receipts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageStatus {
    /// Committed.
    Sent,
}

/// A message; `message` is sanitised HTML.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct MessageObject<'a> {
    pub id: MessageId,
    pub ticket_id: TicketId,
    pub stream: Stream,
    pub seq: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<&'a str>,
    pub sender: UserObject<'a>,
    pub message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    pub attachments: Vec<AttachmentObject<'a>>,
    /// `[{emoji, userIds}]`; none yet.
    pub reactions: [(); 0],
    pub status: MessageStatus,
    pub created_at: Rfc3339,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Rfc3339>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Rfc3339>,
}

impl<'a> From<&'a Message> for MessageObject<'a> {
    fn from(message: &'a Message) -> Self {
        let deleted = message.deleted_at.is_some();
        let attachments = if deleted { &[] } else { message.attachments.as_slice() };
        Self {
            id: message.id,
            ticket_id: message.ticket_id,
            stream: message.stream,
            seq: message.seq,
            client_message_id: message.client_message_id.as_ref().map(|key| key.as_str()),
            sender: UserObject::from(&message.sender),
            message: if deleted { "" } else { &message.body },
            reply_to: message.reply_to,
            attachments: attachments.iter().map(AttachmentObject::from).collect(),
            reactions: [],
            status: MessageStatus::Sent,
            created_at: Rfc3339(message.created_at),
            edited_at: message.edited_at.map(Rfc3339),
            deleted_at: message.deleted_at.map(Rfc3339),
        }
    }
}

/// A ticket; the fields of agents are left out for customers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct TicketObject<'a> {
    pub id: TicketId,
    pub subject: &'a str,
    pub status: TicketStatus,
    pub requester: UserObject<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<UserObject<'a>>,
    pub participants: Vec<UserObject<'a>>,
    pub position: PositionObject,
    pub created_at: Rfc3339,
    pub updated_at: Rfc3339,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_message_at: Option<Rfc3339>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Rfc3339>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub for_agents: Option<TicketForAgents>,
}

/// What only agents and admins get of a ticket.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct TicketForAgents {
    pub priority: Priority,
    pub labels: Vec<String>,
    pub snoozed_until: Option<Rfc3339>,
}

impl<'a> TicketObject<'a> {
    /// `ticket` as someone sees it who sees `visible`.
    pub fn new(ticket: &'a Ticket, visible: Visible) -> Self {
        let for_agents = visible.includes(Stream::Internal).then(|| TicketForAgents {
            priority: ticket.priority,
            labels: Vec::new(),
            snoozed_until: None,
        });
        Self {
            id: ticket.id,
            subject: &ticket.subject,
            status: ticket.status,
            requester: UserObject::from(&ticket.requester),
            assignee: ticket.assignee.as_ref().map(UserObject::from),
            participants: ticket.participants.iter().map(UserObject::from).collect(),
            position: PositionObject::new(ticket.position, visible),
            created_at: Rfc3339(ticket.created_at),
            updated_at: Rfc3339(ticket.updated_at),
            last_message_at: ticket.last_message_at.map(Rfc3339),
            closed_at: ticket.closed_at.map(Rfc3339),
            for_agents,
        }
    }
}
