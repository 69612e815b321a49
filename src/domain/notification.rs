//! What users are told of when they were not looking.
//!
//! Owns the kinds. Titles and bodies are made of what a notification names, as it is when it is read:
//! an erased or deleted text is gone from them too. Only those that come from outside have words of their
//! own.

use strum::{EnumString, IntoStaticStr, VariantArray};

use super::{MessageId, NotificationId, TicketId, Timestamp, User, UserId};

/// Why someone is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
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
    /// Somebody outside says so, in words of their own.
    Custom,
}

impl NotificationKind {
    /// The name on the wire and in the database; [`Self::Custom`] has another each time.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The kind of that name, unless it is [`Self::Custom`]: those have names of their own.
    pub fn of_server(name: &str) -> Option<Self> {
        name.parse().ok().filter(|kind| *kind != Self::Custom)
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
    /// The ticket; there is always one but with [`NotificationKind::Custom`].
    pub ticket_id: Option<TicketId>,
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
    /// What it says, with [`NotificationKind::Custom`].
    pub custom: Option<Box<CustomNotice>>,
}

/// The words of a notification that came from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomNotice {
    /// The kind, as whoever sent it calls it.
    pub kind: String,
    /// Plain text.
    pub title: String,
    /// Plain text.
    pub body: String,
    /// An http(s) URL or a path.
    pub link: Option<String>,
    /// A JSON object.
    pub data: Option<String>,
}
