//! `mark_delivered` and `mark_read`.

use std::sync::Arc;

use super::{
    Chat, Started,
    messages::{clamp, may_use},
    pipeline,
    seat::Caller,
};
use crate::{
    domain::Confirmation,
    guard::limits::Admitted,
    protocol::{WireError, command, reply::Conversation},
    store::{Mark, Outcome, UpTo, What},
};

/// Notes that the caller's client has got messages.
pub(super) async fn delivered(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    mark: command::MarkDelivered,
) -> Result<Started, WireError> {
    let command::MarkDelivered { ticket_id, stream, seq, message_id } = mark;
    let mark = command::MarkRead { ticket_id, stream, seq, message_id };
    confirm(chat, caller, admitted, mark, Confirmation::Delivered).await
}

/// Notes that the caller has read messages.
pub(super) async fn read(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    mark: command::MarkRead,
) -> Result<Started, WireError> {
    confirm(chat, caller, admitted, mark, Confirmation::Read).await
}

async fn confirm(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    mark: command::MarkRead,
    what: Confirmation,
) -> Result<Started, WireError> {
    let command::MarkRead { ticket_id, stream, seq, message_id } = mark;
    let allowed = pipeline::access(chat, caller, admitted, ticket_id).await?;
    if let Some(stream) = stream {
        may_use(stream, allowed.viewer.visible()).map_err(|error| error.with_field("stream"))?;
    }
    let up_to = match (seq, message_id) {
        (Some(seq), None) => UpTo::Seq(clamp(seq)),
        (None, Some(id)) => UpTo::Message(id),
        _ => return Err(WireError::invalid("seq", "Use one of `seq` and `messageId`.")),
    };
    let what = What::Mark(Mark { ticket_id, stream, up_to, what, by: Some(caller.seat.id) });
    let reply = |outcome| match outcome {
        Outcome::Marked { ticket_id, receipt } => Some(Conversation::receipt(ticket_id, &receipt)),
        _ => None,
    };
    Ok(pipeline::change_apart(chat, caller, allowed, what, "messageId", reply).await)
}
