//! What users are told of when they were not looking.
//!
//! Owns the kinds. Titles and bodies are made of what a notification names, as it is when it is read:
//! an erased or deleted text is gone from them too.

use super::{MessageId, NotificationId, TicketId, Timestamp, User, UserId};

/// Why someone is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NotificationKind {
    /// A message came while they were not in the room.
    NewMessage,
    /// A message names them.
    Mention,
    /// A ticket is theirs to take care of.
    Assigned,
    /// They were added to a ticket.
    ParticipantAdded,
    /// They were removed from a ticket.
    ParticipantRemoved,
    /// A ticket of theirs was closed.
    TicketClosed,
}

impl NotificationKind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::NewMessage,
        Self::Mention,
        Self::Assigned,
        Self::ParticipantAdded,
        Self::ParticipantRemoved,
        Self::TicketClosed,
    ];

    /// The name on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NewMessage => "new_message",
            Self::Mention => "mention",
            Self::Assigned => "assigned",
            Self::ParticipantAdded => "participant_added",
            Self::ParticipantRemoved => "participant_removed",
            Self::TicketClosed => "ticket_closed",
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// One notification, with what it takes to word it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Given by the database.
    pub id: NotificationId,
    /// Whose it is.
    pub user_id: UserId,
    /// Why.
    pub kind: NotificationKind,
    /// The ticket.
    pub ticket_id: TicketId,
    /// The ticket's subject; empty once the user may not see the ticket any more.
    pub subject: String,
    /// The message.
    pub message_id: Option<MessageId>,
    /// The message's text without markup, shortened; empty when it is gone.
    pub excerpt: String,
    /// Only their connections as staff may show it: it is about an internal message, or about a ticket
    /// that they see as staff alone.
    pub for_staff: bool,
    /// Who did it.
    pub actor: Option<User>,
    /// When.
    pub created_at: Timestamp,
    /// When it was read.
    pub read_at: Option<Timestamp>,
}
