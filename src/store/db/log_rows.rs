//! How a durable event that is no message is written in a row of `ticket_events`, and read back.
//!
//! Owns what each kind keeps in its columns. Never a message's text: an event that
//! shows a message shows it as it is when it is read.

use std::sync::Arc;

use diesel::QueryResult;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::rows::damaged;
use crate::domain::{Changes, LogEvent, LogKind, Message, MessageId, User, log::LoggedReaction};

#[derive(Serialize, Deserialize)]
struct EmojiPayload {
    emoji: String,
}

#[derive(Serialize, Deserialize)]
struct RatingPayload {
    score: i16,
}

/// A row's columns, with what they name.
pub(in crate::store) struct Payload<'a> {
    pub(in crate::store) actor: Option<User>,
    pub(in crate::store) user: Option<User>,
    pub(in crate::store) message: Option<Arc<Message>>,
    pub(in crate::store) message_id: Option<MessageId>,
    pub(in crate::store) json: &'a str,
}

impl Payload<'_> {
    /// What happened.
    pub(in crate::store) fn event(self, kind: LogKind) -> QueryResult<LogEvent> {
        let missing = || damaged("event without what it is about");
        Ok(match kind {
            LogKind::MessageSent => return Err(damaged("message among the other events")),
            LogKind::MessageEdited => LogEvent::MessageEdited(self.message.ok_or_else(missing)?),
            LogKind::MessageDeleted => LogEvent::MessageDeleted(self.message_id.ok_or_else(missing)?),
            LogKind::ReactionAdded => LogEvent::ReactionAdded(self.emoji()?),
            LogKind::ReactionRemoved => LogEvent::ReactionRemoved(self.emoji()?),
            LogKind::TicketUpdated => {
                LogEvent::TicketUpdated { changes: parse(self.json)?, actor: self.actor }
            }
            LogKind::ParticipantAdded => LogEvent::ParticipantAdded(self.user.ok_or_else(missing)?),
            LogKind::ParticipantRemoved => LogEvent::ParticipantRemoved(self.user.ok_or_else(missing)?),
            LogKind::TicketRated => LogEvent::TicketRated { score: parse::<RatingPayload>(self.json)?.score },
        })
    }

    fn emoji(&self) -> QueryResult<LoggedReaction> {
        let missing = || damaged("reaction without what it is about");
        Ok(LoggedReaction {
            message_id: self.message_id.ok_or_else(missing)?,
            emoji: parse::<EmojiPayload>(self.json)?.emoji,
            user_id: self.actor.as_ref().ok_or_else(missing)?.id.clone(),
        })
    }
}

fn parse<T: DeserializeOwned>(json: &str) -> QueryResult<T> {
    serde_json::from_str(json).map_err(|_| damaged("payload of an event"))
}

/// The columns of an event to write.
pub(in crate::store) struct Columns<'a> {
    pub(in crate::store) kind: LogKind,
    pub(in crate::store) user_id: Option<&'a str>,
    pub(in crate::store) message_id: Option<MessageId>,
    pub(in crate::store) payload: String,
}

/// The columns of what happened; `None` for a message, which is a row of its own.
pub(in crate::store) fn columns(event: &LogEvent) -> QueryResult<Option<Columns<'_>>> {
    let columns =
        || Columns { kind: event.kind(), user_id: None, message_id: None, payload: "{}".to_owned() };
    Ok(Some(match event {
        LogEvent::MessageSent(_) => return Ok(None),
        LogEvent::MessageEdited(message) => Columns { message_id: Some(message.id), ..columns() },
        LogEvent::MessageDeleted(id) => Columns { message_id: Some(*id), ..columns() },
        LogEvent::ReactionAdded(emoji) => emoji_columns(emoji, columns())?,
        LogEvent::ReactionRemoved(emoji) => emoji_columns(emoji, columns())?,
        LogEvent::TicketUpdated { changes, .. } => Columns { payload: json(changes)?, ..columns() },
        LogEvent::ParticipantAdded(user) => Columns { user_id: Some(user.id.as_str()), ..columns() },
        LogEvent::ParticipantRemoved(user) => Columns { user_id: Some(user.id.as_str()), ..columns() },
        LogEvent::TicketRated { score } => {
            Columns { payload: json(&RatingPayload { score: *score })?, ..columns() }
        }
    }))
}

fn emoji_columns<'a>(emoji: &LoggedReaction, columns: Columns<'a>) -> QueryResult<Columns<'a>> {
    let payload = json(&EmojiPayload { emoji: emoji.emoji.clone() })?;
    Ok(Columns { message_id: Some(emoji.message_id), payload, ..columns })
}

fn json(value: &impl Serialize) -> QueryResult<String> {
    serde_json::to_string(value).map_err(|error| diesel::result::Error::SerializationError(error.into()))
}

/// The payload of an update with `erased` in place of the subjects that it names; `None` if it names none,
/// or none but that.
pub(in crate::store) fn without_subject(payload: &str, erased: &str) -> QueryResult<Option<String>> {
    let mut changes: Changes = parse(payload)?;
    let Some(subject) = &mut changes.subject else { return Ok(None) };
    let texts = [&mut subject.from, &mut subject.to];
    let mut named = texts.into_iter().filter(|text| !text.is_empty() && **text != erased).peekable();
    if named.peek().is_none() {
        return Ok(None);
    }
    named.for_each(|text| erased.clone_into(text));
    json(&changes).map(Some)
}
