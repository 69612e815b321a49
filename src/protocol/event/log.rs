//! The durable events: what a ticket's log holds, as frames.
//!
//! Owns their names and fields. Each carries where it stands: `ticketId`, `stream` and `seq`.

use bytestring::ByteString;
use serde::Serialize;
use utoipa::ToSchema;

use super::new_message;
use crate::{
    domain::{Happening, LogEntry, MessageId, Stream, TicketId, UserId, log::Emoji},
    protocol::{
        examples,
        frame::encode_event as encode,
        objects::{ChangesObject, MessageObject, UserObject},
    },
};

/// An entry of a ticket's log as the frame that everyone in its stream gets.
pub fn log_entry(entry: &LogEntry) -> ByteString {
    let at = (entry.ticket_id, entry.stream, entry.seq);
    match &entry.what {
        Happening::Sent(message) => new_message(message),
        Happening::Edited(message) => encode(&MessageEdited::new(at, MessageObject::from(message.as_ref()))),
        Happening::Deleted(message_id) => encode(&MessageDeleted::new(at, *message_id)),
        Happening::Reacted(Emoji { message_id, emoji, user_id }) => {
            encode(&ReactionAdded::new(at, *message_id, emoji, user_id))
        }
        Happening::Unreacted(Emoji { message_id, emoji, user_id }) => {
            encode(&ReactionRemoved::new(at, *message_id, emoji, user_id))
        }
        Happening::Updated { actor, changes } => {
            let actor = actor.as_ref().map(UserObject::from);
            encode(&TicketUpdated::new(at, actor, ChangesObject::from(changes)))
        }
        Happening::ParticipantAdded(user) => encode(&ParticipantAdded::new(at, UserObject::from(user))),
        Happening::ParticipantRemoved(user) => encode(&ParticipantRemoved::new(at, UserObject::from(user))),
        Happening::Rated { score } => encode(&TicketRated::new(at, *score)),
    }
}

/// The durable events: where each stands, and then fields of its own.
macro_rules! durable {
    ($(
        $(#[$attribute:meta])*
        $type:ident $(<$a:lifetime>)? as $schema:ident, examples::$example:ident {
            $($(#[$of_field:meta])* $field:ident: $of:ty,)+
        }
    )+) => {$(
        $(#[$attribute])*
        #[derive(Serialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        #[schema(as = $schema, examples(examples::$example))]
        pub struct $type $(<$a>)? {
            /// In which ticket.
            ticket_id: TicketId,
            /// In which stream.
            stream: Stream,
            /// The event's number in the stream, dense from 1.
            #[schema(minimum = 1)]
            seq: i64,
            $($(#[$of_field])* $field: $of,)+
        }

        impl $(<$a>)? $type $(<$a>)? {
            fn new((ticket_id, stream, seq): (TicketId, Stream, i64), $($field: $of),+) -> Self {
                Self { ticket_id, stream, seq, $($field),+ }
            }
        }
    )+};
}

durable! {
    /// A message has a new text.
    MessageEdited<'a> as MessageEditedEvent, examples::edited_event {
        /// As it is now; its `seq` stays what it was.
        message: MessageObject<'a>,
    }

    /// A message is empty now: its text, attachments and reactions are gone.
    MessageDeleted as MessageDeletedEvent, examples::deleted_event {
        /// The message.
        message_id: MessageId,
    }

    /// Someone put an emoji under a message.
    ReactionAdded<'a> as ReactionAddedEvent, examples::reaction_event {
        /// The message.
        message_id: MessageId,
        /// Fully qualified.
        emoji: &'a str,
        /// Who.
        user_id: &'a UserId,
    }

    /// Someone took their emoji away.
    ReactionRemoved<'a> as ReactionRemovedEvent, examples::reaction_event {
        /// The message.
        message_id: MessageId,
        /// Fully qualified.
        emoji: &'a str,
        /// Who.
        user_id: &'a UserId,
    }

    /// Fields of a ticket changed.
    TicketUpdated<'a> as TicketUpdatedEvent, examples::updated_event {
        /// Who did it; `null` when the server did it by itself.
        #[schema(required)]
        actor: Option<UserObject<'a>>,
        /// Those of this stream.
        changes: ChangesObject<'a>,
    }

    /// Someone else sees the ticket now.
    ParticipantAdded<'a> as ParticipantAddedEvent, examples::participant_event {
        /// Who.
        user: UserObject<'a>,
    }

    /// Someone sees the ticket no more, unless by their role.
    ParticipantRemoved<'a> as ParticipantRemovedEvent, examples::participant_event {
        /// Who.
        user: UserObject<'a>,
    }

    /// The requester said what they think of how they were helped.
    TicketRated as TicketRatedEvent, examples::rated_event {
        /// 5 is best.
        #[schema(minimum = 1, maximum = 5)]
        score: i16,
    }
}
