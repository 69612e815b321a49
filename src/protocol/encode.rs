//! From the types of the wire to text: events as frames, replies, and answers to commands.
//!
//! Each is encoded once. What is JSON already is copied as it is, and never read again. Does not know who gets
//! it, nor what is done about something that cannot be encoded.

use bytestring::ByteString;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::{
    ack::Ack,
    catalogue::{EventVisitor, visit_event},
    error_codes::{ErrorEvent, WireError},
    objects::MessageObject,
    schema::{Event, Named as _, Reply},
};
use crate::domain::{LogEntry, Message, TicketId};

/// Something could not be encoded: a fault of the server, or of what its database holds.
#[derive(Debug, thiserror::Error)]
#[error("something of the wire could not be encoded: {0}")]
pub struct EncodeError(#[from] serde_json::Error);

/// `{"event":"<name>","data":<data>}`.
#[derive(Serialize)]
struct Frame<'a, T> {
    event: &'static str,
    data: &'a T,
}

/// An event as a frame.
///
/// # Errors
/// See [`EncodeError`].
pub fn event<T: Event>(event: &T) -> Result<ByteString, EncodeError> {
    text(&Frame { event: T::NAME, data: event }).map(ByteString::from)
}

/// Anything as JSON.
pub(super) fn text(value: &impl Serialize) -> Result<String, EncodeError> {
    Ok(serde_json::to_string(value)?)
}

/// The frame around fields that are JSON already: one allocation of the right size, and one copy.
fn frame_around(name: &str, data: &str) -> ByteString {
    [r#"{"event":""#, name, r#"","data":"#, data, "}"].concat().into()
}

/// The event of a log's entry, as the frame that everyone in its stream gets.
///
/// # Errors
/// See [`EncodeError`].
pub fn entry(entry: &LogEntry) -> Result<ByteString, EncodeError> {
    struct AsFrame;

    impl EventVisitor for AsFrame {
        type Output = Result<ByteString, EncodeError>;

        fn visit<T: Event>(self, it: &T) -> Self::Output {
            event(it)
        }
    }

    visit_event(entry, AsFrame)
}

/// The fields of a log entry's event, without the frame around them.
///
/// # Errors
/// See [`EncodeError`].
pub fn data(entry: &LogEntry) -> Result<Box<RawValue>, EncodeError> {
    struct AsData;

    impl EventVisitor for AsData {
        type Output = Result<Box<RawValue>, EncodeError>;

        fn visit<T: Event>(self, it: &T) -> Self::Output {
            json(it)
        }
    }

    visit_event(entry, AsData)
}

/// A part of something larger.
///
/// # Errors
/// See [`EncodeError`].
pub fn json<T: Serialize>(value: &T) -> Result<Box<RawValue>, EncodeError> {
    Ok(to_raw_value(value)?)
}

/// A message object, for its frame and for the reply to whoever sent it.
///
/// # Errors
/// See [`EncodeError`].
pub fn message(message: &Message) -> Result<Box<RawValue>, EncodeError> {
    json(&MessageObject::from(message))
}

/// The frame around a message object.
pub fn new_message(message: &RawValue) -> ByteString {
    frame_around(MessageObject::NAME, message.get())
}

/// A frame that stands in the place of one that could not be encoded.
pub const FAULT: &str =
    r#"{"event":"error","data":{"code":"internal","message":"Something went wrong on the server."}}"#;

/// What a command is answered with, encoded.
#[derive(Clone, Debug)]
pub struct EncodedReply {
    /// `None` if nothing is sent without an `ack`.
    name: Option<&'static str>,
    /// An object; `None` for `{}`.
    fields: Option<Box<RawValue>>,
    created: Option<Created>,
}

/// What came into being by a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Created {
    /// Id of the ticket, if it is one.
    pub ticket_id: Option<TicketId>,
    /// Whether an earlier attempt of the same command had made it.
    pub is_duplicate: bool,
}

impl EncodedReply {
    /// No name and no fields: `{}` in an `ack`, silence otherwise.
    pub const EMPTY: Self = Self { name: None, fields: None, created: None };

    /// The reply with these fields.
    ///
    /// # Errors
    /// See [`EncodeError`].
    pub fn of<T: Reply>(fields: &T) -> Result<Self, EncodeError> {
        Ok(Self { name: Some(T::NAME), fields: Some(json(fields)?), created: None })
    }

    /// Something came into being by the command.
    #[must_use]
    pub fn created(self, created: Created) -> Self {
        Self { created: Some(created), ..self }
    }

    /// The caller gets the event of the same name, too: without an `ack`, that is the reply.
    #[must_use]
    pub fn echoed(self) -> Self {
        Self { name: None, ..self }
    }

    /// What came into being by the command, if anything did.
    pub fn what_was_created(&self) -> Option<Created> {
        self.created
    }

    /// The fields as one JSON object.
    pub fn data(&self) -> &str {
        self.fields.as_deref().map_or("{}", RawValue::get)
    }

    /// The fields as one JSON object, without a copy.
    pub fn into_data(self) -> String {
        self.fields.map_or_else(|| "{}".to_owned(), |fields| Box::<str>::from(fields).into())
    }

    /// The frame by its name, if it has one.
    pub fn frame(&self) -> Option<ByteString> {
        Some(frame_around(self.name?, self.data()))
    }
}

/// The one answer to the command `event`: under its `ack`, or without one by name. A reply without a name is
/// then no answer at all.
///
/// # Errors
/// See [`EncodeError`].
pub fn answer(
    ack: Option<&Ack>,
    event: &str,
    answer: &Result<EncodedReply, WireError>,
) -> Result<Option<ByteString>, EncodeError> {
    Ok(match (ack, answer) {
        (Some(ack), Ok(reply)) => Some(accepted(ack, reply.data())?),
        (Some(ack), Err(error)) => Some(refused(ack, error)?),
        (None, Ok(reply)) => reply.frame(),
        (None, Err(error)) => Some(self::error(error, event)?),
    })
}

/// The answer to a command that was carried out. The fields of its reply, one object, stand beside `success`.
fn accepted(ack: &Ack, fields: &str) -> Result<ByteString, EncodeError> {
    let ack = text(ack)?;
    // What follows the brace of the fields goes on after a comma, unless there are none.
    let fields = fields.strip_prefix('{').unwrap_or("}");
    let comma = if fields == "}" { "" } else { "," };
    let parts = [r#"{"event":"ack","ack":"#, &ack, r#","data":{"success":true"#, comma, fields, "}"];
    // One allocation of the right size, and one copy.
    Ok(parts.concat().into())
}

/// The answer to a command that was refused.
fn refused(ack: &Ack, error: &WireError) -> Result<ByteString, EncodeError> {
    #[derive(Serialize)]
    struct Refused<'a> {
        event: &'static str,
        ack: &'a Ack,
        data: Refusal<'a>,
    }

    #[derive(Serialize)]
    struct Refusal<'a> {
        success: bool,
        error: &'a WireError,
    }

    let frame = Refused { event: "ack", ack, data: Refusal { success: false, error } };
    text(&frame).map(ByteString::from)
}

/// `{"event":"error","data":{…error…,"event":"<command>"}}`; the command is left out where there was none.
///
/// # Errors
/// See [`EncodeError`].
pub fn error(error: &WireError, command: &str) -> Result<ByteString, EncodeError> {
    event(&ErrorEvent { error, event: command })
}

#[cfg(test)]
mod tests {
    use serde::Serializer;
    use serde_json::Value;

    use super::*;
    use crate::{
        domain::MessageId,
        protocol::{ErrorCode, Named, messages::MessageDeleted, objects::Json},
    };

    #[derive(utoipa::ToSchema)]
    struct Broken;

    impl Named for Broken {
        const NAME: &'static str = "broken";
    }

    impl Event for Broken {}

    impl Reply for Broken {}

    impl Serialize for Broken {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("it is broken"))
        }
    }

    #[test]
    fn what_cannot_be_encoded_is_an_error_and_never_null() {
        assert!(event(&Broken).is_err());
        assert!(EncodedReply::of(&Broken).is_err());
        assert!(json(&Json("{")).is_err(), "of a database that someone else has written to");
    }

    #[test]
    fn the_frame_of_a_fault_is_an_error() {
        let fault: Value = serde_json::from_str(FAULT).unwrap();
        let error = WireError::new(ErrorCode::Internal, "Something went wrong on the server.");
        let encoded: Value = serde_json::from_str(&super::error(&error, "").unwrap()).unwrap();
        assert_eq!(fault, encoded);
    }

    #[test]
    fn a_reply_that_the_event_stands_for_is_sent_under_an_ack_alone() {
        let reply =
            EncodedReply::of(&MessageDeleted { ticket_id: TicketId(3), message_id: MessageId(6) }).unwrap();
        assert!(reply.frame().is_some());
        let echoed = Ok(reply.echoed());
        assert_eq!(answer(None, "delete_message", &echoed).unwrap(), None);
        let acknowledged = answer(Some(&Ack::Number(7)), "delete_message", &echoed).unwrap().unwrap();
        assert_eq!(
            acknowledged,
            r#"{"event":"ack","ack":7,"data":{"success":true,"ticketId":"3","messageId":"6"}}"#
        );
    }
}
