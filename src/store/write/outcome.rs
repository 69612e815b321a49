//! What a write came to: for whoever wanted it, and for everyone else.

use std::sync::Arc;

use super::webhook::WebhookDone;
use crate::domain::{
    AttachmentId, Availability, CannedResponse, CannedResponseId, Changes, Confirmed, ConnectionId, Lockout,
    LogEntry, Message, MessageId, Notification, NotificationId, Receipt, Ticket, TicketId, Timestamp, User,
    UserId, log,
};

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
    /// The file is noted.
    UploadAdded,
    /// These files are nobody's any more.
    UploadsForgotten(Vec<AttachmentId>),
    /// The user is told, or was by the same request.
    Notified {
        /// What they are told.
        notification: Box<Notification>,
        /// They were told before.
        duplicate: bool,
    },
    /// The user is shut out as was wanted, or let in again.
    Barred(Lockout),
    /// Webhooks, or what is on its way to them, are as it was wanted.
    Webhook(WebhookDone),
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
    /// Who was shut out.
    pub lockouts: Vec<Lockout>,
    /// How many deliveries to webhooks were recorded.
    pub deliveries: usize,
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
