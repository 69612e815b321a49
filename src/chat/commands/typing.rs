//! `typing_start` and `typing_stop`.

use std::time::Instant;

use super::{Execute, messages::may_use, pipeline::Call, rooms::not_joined};
use crate::{
    chat::Started,
    domain::{Stream, TicketId},
    protocol::{
        EncodedReply, WireError,
        typing::{TypingStart, TypingStop},
    },
};

impl Execute for TypingStart {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        let stream = stream(&call, self.ticket_id, self.visibility)?;
        let (user, connection) = (&call.caller.user, call.caller.seat.id);
        call.chat.typing.start(self.ticket_id, stream, user, connection, Instant::now());
        Ok(EncodedReply::EMPTY.into())
    }
}

impl Execute for TypingStop {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        let stream = stream(&call, self.ticket_id, self.visibility)?;
        call.chat.typing.stop(self.ticket_id, stream, &call.caller.user, call.caller.seat.id);
        Ok(EncodedReply::EMPTY.into())
    }
}

/// The stream in which the caller types: one that they see, of a room that they have joined.
fn stream(call: &Call<'_>, ticket_id: TicketId, visibility: Option<Stream>) -> Result<Stream, WireError> {
    if !call.caller.seat.has_joined(ticket_id) {
        return Err(not_joined());
    }
    let stream = visibility.unwrap_or_default();
    may_use(stream, call.caller.user.role.visible())?;
    Ok(stream)
}
