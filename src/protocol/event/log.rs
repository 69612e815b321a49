//! The durable events: what a ticket's log holds, as frames.
//!
//! Owns their names and fields. Each carries where it stands: `ticketId`, `stream` and `seq`.

use bytestring::ByteString;
use serde::Serialize;

use super::new_message;
use crate::{
    domain::{Happening, LogEntry, MessageId, Stream, TicketId, UserId, log::Emoji},
    protocol::{
        frame::encode_event,
        object::{ChangesObject, MessageObject, UserObject},
    },
};

/// An entry of a ticket's log as the frame that everyone in its stream gets.
pub fn log_entry(entry: &LogEntry) -> ByteString {
    let at = At { ticket_id: entry.ticket_id, stream: entry.stream, seq: entry.seq };
    match &entry.what {
        Happening::Sent(message) => new_message(message),
        Happening::Edited(message) => {
            encode_event("message_edited", &EditedData { at, message: MessageObject::from(message.as_ref()) })
        }
        Happening::Deleted(message_id) => {
            encode_event("message_deleted", &DeletedData { at, message_id: *message_id })
        }
        Happening::Reacted(emoji) => encode_event("reaction_added", &ReactionData::new(at, emoji)),
        Happening::Unreacted(emoji) => encode_event("reaction_removed", &ReactionData::new(at, emoji)),
        Happening::Updated { actor, changes } => {
            let actor = actor.as_ref().map(UserObject::from);
            encode_event("ticket_updated", &UpdatedData { at, actor, changes: ChangesObject::from(changes) })
        }
        Happening::ParticipantAdded(user) => {
            encode_event("participant_added", &ParticipantData { at, user: UserObject::from(user) })
        }
        Happening::ParticipantRemoved(user) => {
            encode_event("participant_removed", &ParticipantData { at, user: UserObject::from(user) })
        }
        Happening::Rated { score } => encode_event("ticket_rated", &RatedData { at, score: *score }),
    }
}

/// Where a durable event stands.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
struct At {
    ticket_id: TicketId,
    stream: Stream,
    seq: i64,
}

#[derive(Serialize)]
struct EditedData<'a> {
    #[serde(flatten)]
    at: At,
    message: MessageObject<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeletedData {
    #[serde(flatten)]
    at: At,
    message_id: MessageId,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReactionData<'a> {
    #[serde(flatten)]
    at: At,
    message_id: MessageId,
    emoji: &'a str,
    user_id: &'a UserId,
}

impl<'a> ReactionData<'a> {
    fn new(at: At, emoji: &'a Emoji) -> Self {
        Self { at, message_id: emoji.message_id, emoji: &emoji.emoji, user_id: &emoji.user_id }
    }
}

#[derive(Serialize)]
struct UpdatedData<'a> {
    #[serde(flatten)]
    at: At,
    /// `null` when the server did it by itself.
    actor: Option<UserObject<'a>>,
    changes: ChangesObject<'a>,
}

#[derive(Serialize)]
struct ParticipantData<'a> {
    #[serde(flatten)]
    at: At,
    user: UserObject<'a>,
}

#[derive(Serialize)]
struct RatedData {
    #[serde(flatten)]
    at: At,
    score: i16,
}
