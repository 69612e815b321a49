//! What is planned in bulk: users to save, tickets to open, messages to send; and what comes of it.
//!
//! Plain data. Everything else that can be written is a [`crate::store::Change`].

use std::sync::Arc;

use crate::{
    blobs::Stored,
    domain::{
        Attachment, AttachmentId, ClientKey, Message, MessageId, Priority, Stream, Ticket, TicketId, User,
        UserId, Viewer, saturating_i64,
    },
    guard::{ContentDigest, PlainText, Sanitised},
    store::{changes::IfPosition, read::uploads::Upload},
};

/// A user as their token describes them.
#[derive(Debug)]
pub struct SaveUser {
    /// Who.
    pub user: User,
    /// Their address; `None` keeps the one that is known.
    pub email: Option<String>,
}

/// A ticket to open.
#[derive(Debug)]
pub struct NewTicket {
    /// Who opens it.
    pub creator: Viewer,
    /// For whom.
    pub requester: UserId,
    /// What it is about.
    pub subject: PlainText,
    /// How urgent it is.
    pub priority: Priority,
    /// Who else sees it.
    pub participants: Vec<UserId>,
    /// The creator's own name for it, by which a retry is recognised.
    pub client_ticket_id: Option<ClientKey>,
    /// Of what was sent, to tell a retry from another ticket.
    pub digest: ContentDigest,
    /// Its first message; the `ticket_id` in it is ignored.
    pub message: Option<NewMessage>,
}

/// A message to send.
#[derive(Debug)]
pub struct NewMessage {
    /// Where to.
    pub ticket_id: TicketId,
    /// Who sends it, with the role that they have now.
    pub sender: User,
    /// To which stream.
    pub stream: Stream,
    /// Its text.
    pub body: Sanitised,
    /// Of what was sent, to tell a retry from another message.
    pub digest: ContentDigest,
    /// The sender's own name for it, by which a retry is recognised.
    pub client_message_id: Option<ClientKey>,
    /// The message that it answers.
    pub reply_to: Option<MessageId>,
    /// Files and links.
    pub attachments: Vec<NewAttachment>,
    /// Refuse if the ticket has moved on.
    pub if_position: Option<IfPosition>,
    /// Who is in the ticket's room, and so needs no notification.
    pub present: Vec<UserId>,
    /// What may be the id or the name of someone whom its text mentions.
    pub mentions: Vec<String>,
}

/// An attachment of a new message.
#[derive(Debug)]
pub enum NewAttachment {
    /// A file whose bytes are safely stored.
    File(Stored),
    /// A file that was uploaded before; it must be the sender's own, to this ticket, and not sent yet.
    Uploaded(Upload),
    /// A link, passed on and never fetched.
    Link {
        /// Its id.
        id: AttachmentId,
        /// What to show.
        name: PlainText,
        /// Where it leads.
        url: String,
    },
}

/// The media type of a link.
const LINK_MEDIA_TYPE: &str = "text/uri-list";

impl NewAttachment {
    /// As it will be shown.
    pub fn shown(&self) -> Attachment {
        match self {
            Self::File(stored) => Attachment {
                id: stored.id().clone(),
                name: stored.name().as_str().to_owned(),
                media_type: stored.media_type().to_owned(),
                size: saturating_i64(stored.size()),
                link: None,
            },
            Self::Uploaded(upload) => upload.shown().clone(),
            Self::Link { id, name, url } => Attachment {
                id: id.clone(),
                name: name.as_str().to_owned(),
                media_type: LINK_MEDIA_TYPE.to_owned(),
                size: 0,
                link: Some(url.clone()),
            },
        }
    }

    /// The digest of a file's bytes.
    pub fn sha256(&self) -> Option<&[u8]> {
        match self {
            Self::File(stored) => Some(stored.sha256()),
            Self::Uploaded(upload) => Some(upload.sha256()),
            Self::Link { .. } => None,
        }
    }
}

/// A ticket that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedTicket {
    /// As it is now.
    pub ticket: Box<Ticket>,
    /// Its first message, if it was opened with one.
    pub message: Option<Arc<Message>>,
    /// It had been opened before, by the same request.
    pub duplicate: bool,
}

/// A message that is in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentMessage {
    /// As it is now.
    pub message: Arc<Message>,
    /// It had been sent before, by the same request.
    pub duplicate: bool,
}
