//! What can be written, and what comes of it.
//!
//! Plain data: how it is written is in `writer`.

mod change;
mod outcome;
mod upload;
mod webhook;

use std::time::Instant;

use super::error::WriteError;
use crate::{
    blobs::Stored,
    domain::{
        Attachment, AttachmentId, ClientKey, MessageId, Position, Priority, Stream, TicketId, User, UserId,
        Viewer, saturating_i64,
    },
    guard::{ContentDigest, PlainText, Sanitised},
};

pub(in crate::store) use change::Concerns;
pub use change::{Bar, Change, Mark, NewCanned, NewNotice, UpTo, What};
pub use outcome::{AutoAssigned, Done, Effects, NotificationsRead, Outcome, StatusSet};
pub use upload::Upload;
pub use webhook::{NewWebhook, Replayed, Then, Tried, WebhookChange, WebhookDone, WebhookUpdate};

/// One write; all of it happens, or nothing.
#[derive(Debug)]
pub enum Write {
    /// Makes a user known, or brings what is known up to date.
    SaveUser(SaveUser),
    /// Opens a ticket.
    CreateTicket(NewTicket),
    /// Appends to a stream of a ticket.
    SendMessage(NewMessage),
    /// Changes something that is there.
    Change(Change),
}

impl Write {
    /// Who wants it; `None` is the server.
    pub(in crate::store) fn author(&self) -> Option<&UserId> {
        match self {
            // Nobody writes with it; whether it came too late is seen when it is saved.
            Self::SaveUser(_) => None,
            Self::CreateTicket(new) => Some(&new.creator.id),
            Self::SendMessage(new) => Some(&new.sender.id),
            Self::Change(change) => change.actor.as_ref().map(|actor| &actor.id),
        }
    }
}

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

/// The position that a write was made for; a stream that is not named may have moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IfPosition {
    /// Of the public stream.
    pub public: Option<i64>,
    /// Of the internal stream.
    pub internal: Option<i64>,
}

impl IfPosition {
    /// Whether a ticket at `heads` has moved past it.
    pub(in crate::store) fn is_passed_by(self, heads: Position) -> bool {
        let moved = |expected: Option<i64>, head: i64| expected.is_some_and(|expected| head > expected);
        moved(self.public, heads.public) || moved(self.internal, heads.internal)
    }
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

/// A write that was answered by the database.
#[derive(Debug)]
pub struct Finished<T> {
    /// What the submitter gave along.
    pub tag: T,
    /// What happened.
    pub result: Result<Done, WriteError>,
    /// When the transaction was over.
    pub committed_at: Instant,
}
