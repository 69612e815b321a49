//! What can be written, and what comes of it.
//!
//! Plain data: how it is written is in `writer`.

use std::{sync::Arc, time::Instant};

use super::{erasure::Erasure, error::WriteError, update::TicketUpdate};
use crate::{
    blobs::Stored,
    domain::{
        Attachment, AttachmentId, Availability, CannedResponse, CannedResponseId, Changes, ClientKey,
        Confirmation, Confirmed, ConnectionId, LogEntry, Message, MessageId, Notification, NotificationId,
        Position, Priority, Receipt, Stream, Ticket, TicketId, Timestamp, User, UserId, Viewer, log,
    },
    guard::{
        canned::{Shortcut, Template},
        digest::ContentDigest,
        emoji::Emoji,
        plain::PlainText,
        sanitise::Sanitised,
    },
};

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
    pub(super) fn author(&self) -> Option<&UserId> {
        match self {
            // A description that came too late changes nothing.
            Self::SaveUser(_) => None,
            Self::CreateTicket(new) => Some(&new.creator.id),
            Self::SendMessage(new) => Some(&new.sender.id),
            Self::Change(change) => change.actor.as_ref().map(|actor| &actor.id),
        }
    }
}

/// A change, by someone or by the server itself.
#[derive(Debug)]
pub struct Change {
    /// Who, with the role that they have now; `None` is the server.
    pub actor: Option<User>,
    /// What.
    pub what: What,
}

/// What to change.
#[derive(Debug)]
pub enum What {
    /// Gives a message another text.
    EditMessage {
        /// The message.
        message_id: MessageId,
        /// Its new text.
        body: Sanitised,
    },
    /// Changes a ticket's fields.
    UpdateTicket(Box<TicketUpdate>),
    /// Wakes a snoozed ticket up, if its time has come.
    Wake(TicketId),
    /// Rates a closed ticket.
    RateTicket {
        /// The ticket.
        ticket_id: TicketId,
        /// 1 to 5.
        score: i16,
        /// In words.
        comment: Option<PlainText>,
    },
    /// Adds someone to a ticket.
    AddParticipant {
        /// The ticket.
        ticket_id: TicketId,
        /// Whom.
        user_id: UserId,
    },
    /// Removes someone from a ticket.
    RemoveParticipant {
        /// The ticket.
        ticket_id: TicketId,
        /// Whom.
        user_id: UserId,
    },
    /// Empties a message; its place stays.
    DeleteMessage {
        /// The message.
        message_id: MessageId,
    },
    /// Puts an emoji under a message.
    AddReaction {
        /// The message.
        message_id: MessageId,
        /// The emoji.
        emoji: Emoji,
    },
    /// Takes the actor's own emoji away again.
    RemoveReaction {
        /// The message.
        message_id: MessageId,
        /// The emoji.
        emoji: Emoji,
    },
    /// Confirms messages.
    Mark(Mark),
    /// Notes when users were seen last.
    NoteSeen {
        /// Who, and when.
        seen: Vec<(UserId, Timestamp)>,
    },
    /// Says how the caller wants to be seen.
    SetStatus {
        /// As what.
        availability: Availability,
        /// The connection that wants it, to be told apart from the caller's others.
        from: ConnectionId,
    },
    /// Gives a ticket that waits to one of several users.
    AutoAssign {
        /// The ticket.
        ticket_id: TicketId,
        /// To whom it may be given, first choice first.
        candidates: Vec<UserId>,
        /// To the one with the least to do rather than to the first who has room.
        by_load: bool,
    },
    /// Takes a reopened ticket from an assignee who is away.
    ReturnToQueue {
        /// The ticket.
        ticket_id: TicketId,
        /// Whose it is.
        assignee: UserId,
        /// If they were not seen since.
        away_since: Timestamp,
    },
    /// Takes away a part of what a user wrote and is called.
    Erase(Erasure),
    /// Marks a notification of the actor as read.
    ReadNotification {
        /// Which.
        id: NotificationId,
        /// The connection that does it, and need not be told.
        from: ConnectionId,
    },
    /// Marks all notifications of the actor as read.
    ReadAllNotifications {
        /// The connection that does it, and need not be told.
        from: ConnectionId,
    },
    /// Forgets old notifications of a user: this one and older ones, a bounded number at once.
    ForgetNotifications {
        /// Whose.
        user: UserId,
        /// The newest to forget.
        up_to: NotificationId,
    },
    /// Saves a canned response.
    SaveCanned(NewCanned),
    /// Deletes a canned response.
    DeleteCanned {
        /// Which.
        id: CannedResponseId,
    },
}

/// How far a user has got or read a stream of a ticket.
#[derive(Debug)]
pub struct Mark {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The stream; without it that of the message, else the public one.
    pub stream: Option<Stream>,
    /// How far.
    pub up_to: UpTo,
    /// What is confirmed.
    pub what: Confirmation,
    /// The connection that it came over, which need not be told.
    pub by: Option<ConnectionId>,
}

/// Up to where a confirmation reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpTo {
    /// To this number.
    Seq(i64),
    /// To this message.
    Message(MessageId),
}

/// A canned response to save.
#[derive(Debug)]
pub struct NewCanned {
    /// The one that it replaces.
    pub id: Option<CannedResponseId>,
    /// By which agents find it.
    pub shortcut: Shortcut,
    /// What it is about.
    pub title: PlainText,
    /// Its text.
    pub template: Template,
    /// Whether all agents see it.
    pub shared: bool,
}

/// What a change takes hold of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Concerns {
    /// A ticket,
    Ticket(TicketId),
    /// the ticket of a message,
    Message(MessageId),
    /// or none.
    NoTicket,
}

impl What {
    /// Whether it only says how far someone has read, or when they were seen: its order among messages
    /// does not matter.
    pub(super) fn is_receipt(&self) -> bool {
        matches!(self, Self::Mark(_) | Self::NoteSeen { .. } | Self::ReadNotification { .. })
    }

    /// What it takes hold of.
    pub(super) fn concerns(&self) -> Concerns {
        match self {
            Self::UpdateTicket(update) => Concerns::Ticket(update.ticket_id),
            Self::Wake(ticket_id)
            | Self::RateTicket { ticket_id, .. }
            | Self::AddParticipant { ticket_id, .. }
            | Self::RemoveParticipant { ticket_id, .. } => Concerns::Ticket(*ticket_id),
            Self::EditMessage { message_id, .. }
            | Self::DeleteMessage { message_id }
            | Self::AddReaction { message_id, .. }
            | Self::RemoveReaction { message_id, .. } => Concerns::Message(*message_id),
            Self::Mark(mark) => Concerns::Ticket(mark.ticket_id),
            Self::AutoAssign { ticket_id, .. } | Self::ReturnToQueue { ticket_id, .. } => {
                Concerns::Ticket(*ticket_id)
            }
            Self::NoteSeen { .. }
            | Self::SetStatus { .. }
            | Self::ReadNotification { .. }
            | Self::ReadAllNotifications { .. }
            | Self::ForgetNotifications { .. }
            | Self::SaveCanned(_)
            | Self::DeleteCanned { .. } => Concerns::NoTicket,
            Self::Erase(erasure) => erasure.concerns(),
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
    pub(super) fn is_passed_by(self, heads: Position) -> bool {
        let moved = |expected: Option<i64>, head: i64| expected.is_some_and(|expected| head > expected);
        moved(self.public, heads.public) || moved(self.internal, heads.internal)
    }
}

/// An attachment of a new message.
#[derive(Debug)]
pub enum NewAttachment {
    /// A file whose bytes are safely stored.
    File(Stored),
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
                size: i64::try_from(stored.size()).unwrap_or(i64::MAX),
                link: None,
            },
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
            Self::Link { .. } => None,
        }
    }
}

/// What a write did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The user is known as described.
    UserSaved,
    /// The ticket is open.
    TicketCreated {
        /// As it is now.
        ticket: Box<Ticket>,
        /// Its first message, if it was opened with one.
        message: Option<Arc<Message>>,
        /// It had been opened before, by the same request.
        duplicate: bool,
    },
    /// The message is in the log.
    MessageSent {
        /// As it is now.
        message: Arc<Message>,
        /// It had been sent before, by the same request.
        duplicate: bool,
    },
    /// The message is as it was wanted.
    MessageEdited(Arc<Message>),
    /// The ticket is as it was wanted.
    TicketUpdated {
        /// As it is now.
        ticket: Box<Ticket>,
        /// What is another than before, of both streams.
        changes: Changes,
    },
    /// The ticket sleeps no longer than it should.
    Woken,
    /// The ticket is rated so.
    TicketRated {
        /// The ticket.
        ticket_id: TicketId,
        /// 1 to 5.
        score: i16,
    },
    /// The user is in.
    ParticipantAdded {
        /// The ticket.
        ticket_id: TicketId,
        /// Who.
        user: User,
    },
    /// The user is out.
    ParticipantRemoved {
        /// The ticket.
        ticket_id: TicketId,
        /// Who.
        user: User,
    },
    /// The message is deleted.
    MessageDeleted {
        /// Its ticket.
        ticket_id: TicketId,
        /// The message.
        message_id: MessageId,
    },
    /// The emoji is under the message.
    ReactionAdded {
        /// The message's ticket.
        ticket_id: TicketId,
        /// Whose, and under which message.
        reaction: log::Emoji,
    },
    /// The emoji is not under the message, or not any more.
    ReactionRemoved {
        /// The message's ticket.
        ticket_id: TicketId,
        /// Whose, and under which message.
        reaction: log::Emoji,
    },
    /// The confirmation is noted, or was before.
    Marked {
        /// In which ticket.
        ticket_id: TicketId,
        /// How far the user has come now.
        receipt: Receipt,
    },
    /// It is noted when users were seen.
    SeenNoted,
    /// The user is seen as they want to be.
    StatusSet(StatusSet),
    /// What became of a ticket that waited.
    AutoAssigned(AutoAssigned),
    /// Whether the ticket returned to the queue; if not, it was not to any more.
    Returned(bool),
    /// So many things are gone that were there.
    Erased(usize),
    /// The notification is read.
    NotificationRead(NotificationId),
    /// All of the actor's notifications are read.
    NotificationsReadAll,
    /// So many notifications were forgotten.
    NotificationsForgotten(usize),
    /// The canned response is as it was wanted.
    CannedSaved(Box<CannedResponse>),
    /// The canned response is gone.
    CannedDeleted(CannedResponseId),
}

/// How a user wants to be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusSet {
    /// Who.
    pub user_id: UserId,
    /// As what.
    pub availability: Availability,
    /// When they were there last, as others see it.
    pub last_seen: Option<Timestamp>,
    /// The connection that wanted it.
    pub from: ConnectionId,
}

/// What became of a ticket that waited for someone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AutoAssigned {
    /// It is theirs.
    To(UserId),
    /// None of the candidates has room.
    NoRoom,
    /// It does not wait any more.
    NotWaiting,
}

/// What a write did that others must be told of, in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// What was appended to logs.
    pub entries: Vec<LogEntry>,
    /// Who is notified.
    pub notifications: Vec<Notification>,
    /// What was confirmed.
    pub confirmed: Vec<Confirmed>,
    /// What of them users have read.
    pub notifications_read: Vec<NotificationsRead>,
}

/// Notifications that a user has read, for their other connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationsRead {
    /// Whose.
    pub user: UserId,
    /// Which; `None` for all that there are.
    pub id: Option<NotificationId>,
    /// The connection on which they did.
    pub from: ConnectionId,
}

/// What a write came to, and what follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// For whoever wanted it.
    pub outcome: Outcome,
    /// For everyone else.
    pub effects: Effects,
}

impl From<Outcome> for Done {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, effects: Effects::default() }
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
