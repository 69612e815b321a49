//! Polling: the answer to a poll, which is what a socket would have brought meanwhile.
//!
//! Owns its fields. Does not know when a poll is answered.

use serde::Serialize;
use serde_json::{Value, value::RawValue};
use utoipa::ToSchema;

use super::{close_codes::CloseObject, objects::PositionObject};

/// What happened since.
#[derive(Serialize, ToSchema)]
#[schema(as = Events)]
pub struct PollResult<'a> {
    /// Frames as on the socket: `{event, data}`.
    #[schema(value_type = Vec<Frame>)]
    pub events: Vec<&'a RawValue>,
    /// Where they end; ask on from here.
    pub position: PositionObject,
    /// The history that the position belongs to.
    pub epoch: &'a str,
    /// Whether the position asked for does not fit: load the messages anew, and ask on from `position`.
    pub reset: bool,
    /// Why the server ended the poll, if it did: codes and meaning as on the socket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub close: Option<CloseObject>,
}

/// A frame of the socket.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a description for the document")]
pub(super) struct Frame {
    /// Its name.
    event: String,
    /// Its fields.
    data: serde_json::Map<String, Value>,
}
