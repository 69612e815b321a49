//! The envelope: `{"event":…,"data":…,"ack":…}` in, and the three shapes that go out.
//!
//! Owns the order of the envelope's keys, on which clients may rely. Does not know WebSocket framing.

use bytestring::ByteString;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{Ack, Command, ErrorCode, Reply, WireError, example, schema::Named};

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    event: std::borrow::Cow<'a, str>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(default)]
    ack: Option<Ack>,
}

/// A frame that was decoded as far as it goes.
#[derive(Debug)]
pub struct Inbound {
    /// How the caller wants to be answered.
    pub ack: Option<Ack>,
    /// The command's name as it was sent, shortened to what is safe to send back.
    pub event: Box<str>,
    /// The command, or why it is none.
    pub command: Result<Command, WireError>,
}

/// Names longer than this are not commands, and are not sent back whole.
const MAX_EVENT_CHARS: usize = 64;

/// Decodes one text frame.
///
/// # Errors
/// `bad_frame` when the text is not an envelope at all. A sound envelope with an unknown or malformed
/// command is an [`Inbound`] whose `command` is the error, so that it can be answered under its `ack`.
pub fn decode(text: &str) -> Result<Inbound, WireError> {
    let bad = || {
        WireError::new(
            ErrorCode::BadFrame,
            "Expected one JSON object with `event`, and optionally `data` and `ack`.",
        )
    };
    // Without this, serde would take an array for the envelope's fields in order.
    if !text.trim_start().starts_with('{') {
        return Err(bad());
    }
    let envelope: Envelope<'_> = serde_json::from_str(text).map_err(|_| bad())?;
    let data = envelope.data.map_or("{}", RawValue::get);
    let data = if data == "null" { "{}" } else { data };
    Ok(Inbound {
        ack: envelope.ack,
        event: envelope.event.chars().take(MAX_EVENT_CHARS).collect(),
        command: Command::decode(&envelope.event, data),
    })
}

/// Encodes the one answer to a command.
pub fn encode_answer(
    ack: Option<&Ack>,
    event: &str,
    answer: &Result<Reply, WireError>,
) -> Option<ByteString> {
    match (ack, answer) {
        (Some(ack), Ok(reply)) => Some(encode_ack(ack, &reply.data())),
        (Some(ack), Err(error)) => Some(encode_refused_ack(ack, error)),
        (None, Ok(reply)) => reply.name().map(|name| encode_event_raw(name, &reply.data())),
        (None, Err(error)) => Some(encode_error(error, event)),
    }
}

/// `fields` is a JSON object, whose fields come to stand beside `success`.
fn encode_ack(ack: &Ack, fields: &str) -> ByteString {
    let mut out = String::with_capacity(fields.len() + 64);
    out.push_str(r#"{"event":"ack","ack":"#);
    push_json(&mut out, ack);
    out.push_str(r#","data":{"success":true"#);
    let inner = &fields[1..];
    if inner != "}" {
        out.push(',');
    }
    out.push_str(inner);
    out.push('}');
    out.into()
}

fn encode_refused_ack(ack: &Ack, error: &WireError) -> ByteString {
    let mut out = String::from(r#"{"event":"ack","ack":"#);
    push_json(&mut out, ack);
    out.push_str(r#","data":{"success":false,"error":"#);
    push_json(&mut out, error);
    out.push_str("}}");
    out.into()
}

/// The command was refused, and asked for no `ack`.
#[derive(Serialize, ToSchema)]
#[schema(as = ErrorEvent, examples(example::error_event))]
pub struct Refused<'a> {
    /// Why.
    #[serde(flatten)]
    error: &'a WireError,
    /// The name of the command, where one could be read.
    #[serde(skip_serializing_if = "str::is_empty")]
    event: &'a str,
}

/// `{"event":"error","data":{…error…,"event":"<command>"}}`; the command is left out where there was none.
pub fn encode_error(error: &WireError, event: &str) -> ByteString {
    encode_event(&Refused { error, event })
}

/// `{"event":"<name>","data":<data>}`.
pub fn encode_event<T: Named + Serialize>(data: &T) -> ByteString {
    let mut out = String::with_capacity(512);
    out.push_str(r#"{"event":""#);
    out.push_str(T::NAME);
    out.push_str(r#"","data":"#);
    push_json(&mut out, data);
    out.push('}');
    out.into()
}

fn encode_event_raw(name: &str, data: &str) -> ByteString {
    ByteString::from(format!(r#"{{"event":"{name}","data":{data}}}"#))
}

/// The name of the event that a frame carries; nothing for what is none.
pub fn name_of(frame: &str) -> &str {
    let named = frame.strip_prefix(r#"{"event":""#).and_then(|rest| rest.split_once('"'));
    named.map_or("", |(name, _)| name)
}

/// The `data` part of a frame that [`encode_event`] made for `name`, sharing its memory.
pub fn data_of(frame: &ByteString, name: &str) -> ByteString {
    let start = r#"{"event":"","data":"#.len() + name.len();
    frame.slice_ref(&frame[start..frame.len() - 1])
}

/// Appends `value` as JSON.
pub(super) fn push_json(out: &mut String, value: &impl Serialize) {
    // Serialising the wire's own types cannot fail: their maps have string keys and nothing in them
    // returns an error; should that ever change, `null` keeps the frame well-formed.
    let mut bytes = std::mem::take(out).into_bytes();
    let start = bytes.len();
    if serde_json::to_writer(&mut bytes, value).is_err() {
        bytes.truncate(start);
        bytes.extend_from_slice(b"null");
    }
    *out = String::from_utf8(bytes).unwrap_or_default();
}
