//! Changes to what is there: of messages, tickets, people, receipts, notifications and canned responses.

use crate::{
    blobs::Stored,
    domain::{
        Availability, CannedResponseId, ClientKey, Confirmation, ConnectionId, MessageId, NotificationId,
        Stream, TicketId, Timestamp, User, UserId,
    },
    guard::{
        ContentDigest, Emoji, Identifier, JsonObject, PlainText, SafeLink, Sanitised,
        text::template::{Shortcut, Template},
    },
    store::{erasure::Erasure, update::TicketUpdate, write::webhook::WebhookChange},
};

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
    /// Takes a ticket from an assignee who does not see to it: a reopened one from who is away, any open one
    /// from who was erased.
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
    /// Notes a file that a message of the actor's may carry later.
    AddUpload {
        /// To which ticket.
        ticket_id: TicketId,
        /// The file.
        stored: Stored,
    },
    /// Forgets files that no message carried; a bounded number at once.
    ForgetUploads {
        /// Those noted until then.
        before: Timestamp,
    },
    /// Tells a user something from outside.
    Notify(Box<NewNotice>),
    /// Shuts a user out, or lets them in again.
    Bar {
        /// Whom.
        user: UserId,
        /// How.
        bar: Bar,
    },
    /// Changes webhooks, or what is on its way to them.
    Webhook(WebhookChange),
}

/// How an admin shuts somebody out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bar {
    /// Tokens issued up to now are void.
    RevokeTokens,
    /// No token is good.
    Disable,
    /// Tokens are good again.
    Enable,
}

/// A notification from outside.
#[derive(Debug)]
pub struct NewNotice {
    /// For whom.
    pub user: UserId,
    /// What its sender calls it.
    pub kind: Identifier,
    /// What it says.
    pub title: PlainText,
    /// What else it says.
    pub body: PlainText,
    /// The ticket that it is about, which the user must see.
    pub ticket_id: Option<TicketId>,
    /// Where it leads.
    pub link: Option<SafeLink>,
    /// For the user's client.
    pub data: Option<JsonObject>,
    /// By which a retry of the same sender is recognised: their own name for it, or a random one.
    pub client_key: ClientKey,
    /// Of what was sent, to tell a retry from another one.
    pub digest: ContentDigest,
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
pub(in crate::store) enum Concerns {
    /// A ticket,
    Ticket(TicketId),
    /// the ticket of a message,
    Message(MessageId),
    /// or none.
    NoTicket,
}

impl What {
    /// Whether it only says how far someone has read, or when they were seen, or who tries a delivery: its
    /// order among messages does not matter.
    pub(in crate::store) fn is_receipt(&self) -> bool {
        match self {
            Self::Mark(_) | Self::NoteSeen { .. } | Self::ReadNotification { .. } => true,
            Self::Webhook(change) => change.is_apart(),
            _ => false,
        }
    }

    /// What it takes hold of.
    pub(in crate::store) fn concerns(&self) -> Concerns {
        match self {
            Self::UpdateTicket(update) => Concerns::Ticket(update.ticket_id),
            Self::Wake(ticket_id)
            | Self::AddUpload { ticket_id, .. }
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
            | Self::ForgetUploads { .. }
            | Self::SaveCanned(_)
            | Self::DeleteCanned { .. }
            | Self::Bar { .. } => Concerns::NoTicket,
            Self::Notify(new) => new.ticket_id.map_or(Concerns::NoTicket, Concerns::Ticket),
            Self::Erase(erasure) => erasure.concerns(),
            Self::Webhook(change) => change.concerns(),
        }
    }
}
