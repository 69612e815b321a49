//! `mark_delivered` and `mark_read`.

use std::sync::Arc;

use super::{
    messages::{clamp, may_use},
    pipeline,
};
use crate::{
    chat::{Chat, Started, connections::connection::Caller, errors},
    domain::{self, Confirmation},
    guard::limits::Admitted,
    protocol::{
        WireError,
        receipts::{MarkDelivered, MarkRead, Receipt},
    },
    store::changes::{ConfirmMessages, UpTo},
};

/// Notes that the caller's client has got messages.
pub(in crate::chat) async fn delivered(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    mark: MarkDelivered,
) -> Result<Started, WireError> {
    let MarkDelivered { ticket_id, stream, seq, message_id } = mark;
    let mark = MarkRead { ticket_id, stream, seq, message_id };
    confirm(chat, caller, admitted, mark, Confirmation::Delivered).await
}

/// Notes that the caller has read messages.
pub(in crate::chat) async fn read(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    mark: MarkRead,
) -> Result<Started, WireError> {
    confirm(chat, caller, admitted, mark, Confirmation::Read).await
}

async fn confirm(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    mark: MarkRead,
    what: Confirmation,
) -> Result<Started, WireError> {
    let MarkRead { ticket_id, stream, seq, message_id } = mark;
    let allowed = pipeline::access(chat, caller, admitted, ticket_id).await?;
    if let Some(stream) = stream {
        may_use(stream, allowed.viewer.visible()).map_err(|error| error.with_field("stream"))?;
    }
    let up_to = match (seq, message_id) {
        (Some(seq), None) => UpTo::Seq(clamp(seq)),
        (None, Some(id)) => UpTo::Message(id),
        _ => return Err(WireError::invalid("seq", "Use one of `seq` and `messageId`.")),
    };
    let change = ConfirmMessages { ticket_id, stream, up_to, what, by: Some(caller.seat.id) };
    let reply = move |receipt: domain::Receipt| {
        errors::reply(&Receipt {
            ticket_id,
            stream: receipt.stream,
            user_id: &receipt.user_id,
            delivered_seq: receipt.delivered_seq,
            read_seq: receipt.read_seq,
        })
    };
    Ok(pipeline::change_apart(chat, caller, allowed, change, reply).await)
}
