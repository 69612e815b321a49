//! What a ticket's log holds: one entry a durable event, numbered densely in its stream.
//!
//! Owns what can happen in a ticket. Does not know how an entry is stored or how it looks on the wire.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Message, MessageId, Priority, Stream, TicketId, TicketStatus, Timestamp, User, UserId};

/// One durable event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Its ticket.
    pub ticket_id: TicketId,
    /// Its stream.
    pub stream: Stream,
    /// Its number in the stream, dense from 1.
    pub seq: i64,
    /// Its place in the one order across both streams of the ticket; never sent.
    pub pos: i64,
    /// What happened.
    pub event: LogEvent,
}

/// Makes [`LogKind`] of the one table of durable events: the kind, its event on the wire, its type for webhooks,
/// and what it concerns.
macro_rules! kinds {
    ($($(#[$doc:meta])+ $kind:ident = $event:literal, $webhook:literal, $concern:ident;)+) => {
        /// Kind of a durable event.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum LogKind {
            $($(#[$doc])+ $kind,)+
        }

        impl LogKind {
            /// All kinds, in the order of the documentation.
            pub const ALL: [Self; [$(Self::$kind),+].len()] = [$(Self::$kind),+];

            /// Name of the event on the wire, and of the kind in the database.
            pub const fn event(self) -> &'static str {
                match self { $(Self::$kind => $event,)+ }
            }

            /// Type of the event in what webhooks are sent, and in their filters.
            pub const fn webhook(self) -> &'static str {
                match self { $(Self::$kind => $webhook,)+ }
            }

            const fn concern(self) -> Concern {
                match self { $(Self::$kind => Concern::$concern,)+ }
            }

            /// The kind of the event of that name.
            pub fn parse(event: &str) -> Option<Self> {
                match event { $($event => Some(Self::$kind),)+ _ => None }
            }
        }
    };
}

/// What an event concerns.
#[derive(Clone, Copy)]
enum Concern {
    /// Messages: for those who watch the queue it is activity.
    Messages,
    /// The ticket itself: for those who watch the queue it is an update.
    Ticket,
}

kinds! {
    /// A message was sent.
    MessageSent = "new_message", "message.created", Messages;
    /// A message was edited.
    MessageEdited = "message_edited", "message.edited", Messages;
    /// A message was deleted.
    MessageDeleted = "message_deleted", "message.deleted", Messages;
    /// A user put an emoji under a message.
    ReactionAdded = "reaction_added", "reaction.added", Messages;
    /// A user took their emoji away.
    ReactionRemoved = "reaction_removed", "reaction.removed", Messages;
    /// Fields of the ticket changed.
    TicketUpdated = "ticket_updated", "ticket.updated", Ticket;
    /// A user was added to the ticket.
    ParticipantAdded = "participant_added", "participant.added", Ticket;
    /// A user was removed from the ticket.
    ParticipantRemoved = "participant_removed", "participant.removed", Ticket;
    /// The requester rated the ticket.
    TicketRated = "ticket_rated", "ticket.rated", Ticket;
}

impl LogKind {
    /// Whether the event changes the ticket itself, and not only its messages.
    pub const fn changes_ticket(self) -> bool {
        matches!(self.concern(), Concern::Ticket)
    }
}

/// What happened in a ticket. Messages are as they are now, not as they were then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogEvent {
    /// A message was sent; the entry's numbers are its own.
    MessageSent(Arc<Message>),
    /// A message was changed.
    MessageEdited(Arc<Message>),
    /// A message was deleted.
    MessageDeleted(MessageId),
    /// Someone put an emoji under a message.
    ReactionAdded(LoggedReaction),
    /// Someone took it away again.
    ReactionRemoved(LoggedReaction),
    /// The ticket was changed, by nobody when the server did it by itself.
    TicketUpdated {
        /// Who.
        actor: Option<User>,
        /// Only those of the entry's stream.
        changes: Changes,
    },
    /// Someone was added.
    ParticipantAdded(User),
    /// Someone was removed.
    ParticipantRemoved(User),
    /// The requester rated it.
    TicketRated {
        /// 1 to 5.
        score: i16,
    },
}

impl LogEvent {
    /// Its kind.
    pub const fn kind(&self) -> LogKind {
        match self {
            Self::MessageSent(_) => LogKind::MessageSent,
            Self::MessageEdited(_) => LogKind::MessageEdited,
            Self::MessageDeleted(_) => LogKind::MessageDeleted,
            Self::ReactionAdded(_) => LogKind::ReactionAdded,
            Self::ReactionRemoved(_) => LogKind::ReactionRemoved,
            Self::TicketUpdated { .. } => LogKind::TicketUpdated,
            Self::ParticipantAdded(_) => LogKind::ParticipantAdded,
            Self::ParticipantRemoved(_) => LogKind::ParticipantRemoved,
            Self::TicketRated { .. } => LogKind::TicketRated,
        }
    }
}

/// An emoji of someone under a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedReaction {
    /// The message.
    pub message_id: MessageId,
    /// The emoji.
    pub emoji: String,
    /// Whose.
    pub user_id: UserId,
}

impl LogEntry {
    /// The entry of a message that was sent.
    pub fn sent(message: Arc<Message>) -> Self {
        Self {
            ticket_id: message.ticket_id,
            stream: message.stream,
            seq: message.seq,
            pos: message.pos,
            event: LogEvent::MessageSent(message),
        }
    }

    /// The user who loses the ticket with it, unless they are staff.
    pub fn evicts(&self) -> Option<&UserId> {
        match &self.event {
            LogEvent::ParticipantRemoved(user) => Some(&user.id),
            _ => None,
        }
    }
}

/// One field's old and new value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FromTo<T> {
    /// What it was.
    pub from: T,
    /// What it is.
    pub to: T,
}

/// What an update changed; a field that stayed as it was is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the ticket's own fields")]
pub struct Changes {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<FromTo<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<FromTo<TicketStatus>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee_id: Option<FromTo<Option<UserId>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<FromTo<Priority>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<FromTo<Vec<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snoozed_until: Option<FromTo<Option<Timestamp>>>,
    /// Of the caller alone: in a reply, never in the log.
    #[serde(skip)]
    pub muted: Option<FromTo<bool>>,
}

impl Changes {
    /// Those that everyone may know, or those that only agents may.
    pub fn of(&self, stream: Stream) -> Self {
        match stream {
            Stream::Public => Self {
                subject: self.subject.clone(),
                status: self.status.clone(),
                assignee_id: self.assignee_id.clone(),
                ..Self::default()
            },
            Stream::Internal => Self {
                priority: self.priority.clone(),
                labels: self.labels.clone(),
                snoozed_until: self.snoozed_until.clone(),
                ..Self::default()
            },
        }
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_names_of_its_own_and_is_found_by_its_event() {
        for kind in LogKind::ALL {
            assert_eq!(LogKind::parse(kind.event()), Some(kind));
            assert_eq!(LogKind::ALL.iter().filter(|it| it.webhook() == kind.webhook()).count(), 1);
        }
        assert_eq!(LogKind::parse("user_typing"), None);
    }
}
