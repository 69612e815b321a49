//! The envelope of what comes in: `{"event":…,"data":…,"ack":…}`.
//!
//! Owns what is a frame of this protocol. Does not know WebSocket framing.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Ack, Command, ErrorCode, WireError};

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
pub struct DecodedFrame {
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
/// command is a [`DecodedFrame`] whose `command` is the error, so that it can be answered under its `ack`.
pub fn decode(text: &str) -> Result<DecodedFrame, WireError> {
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
    Ok(DecodedFrame {
        ack: envelope.ack,
        event: envelope.event.chars().take(MAX_EVENT_CHARS).collect(),
        command: Command::decode(&envelope.event, data),
    })
}
