//! `mark_delivered` and `mark_read`.

use super::{
    Execute,
    messages::{clamp, may_use},
    pipeline::Call,
};
use crate::{
    chat::{Started, errors},
    domain::{self, Confirmation},
    protocol::{
        WireError,
        receipts::{MarkDelivered, MarkRead, Receipt},
    },
    store::changes::{ConfirmMessages, UpTo},
};

impl Execute for MarkDelivered {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        let Self { ticket_id, stream, seq, message_id } = self;
        confirm(call, MarkRead { ticket_id, stream, seq, message_id }, Confirmation::Delivered).await
    }
}

impl Execute for MarkRead {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        confirm(call, self, Confirmation::Read).await
    }
}

async fn confirm(call: Call<'_>, mark: MarkRead, what: Confirmation) -> Result<Started, WireError> {
    let MarkRead { ticket_id, stream, seq, message_id } = mark;
    let allowed = call.in_ticket(ticket_id).await?;
    if let Some(stream) = stream {
        may_use(stream, allowed.viewer().visible()).map_err(|error| error.with_field("stream"))?;
    }
    let up_to = match (seq, message_id) {
        (Some(seq), None) => UpTo::Seq(clamp(seq)),
        (None, Some(id)) => UpTo::Message(id),
        _ => return Err(WireError::invalid("seq", "Use one of `seq` and `messageId`.")),
    };
    let change = ConfirmMessages { ticket_id, stream, up_to, what, by: Some(allowed.caller.seat.id) };
    Ok(allowed
        .commit(change, move |receipt: domain::Receipt, _| {
            errors::reply(&Receipt {
                ticket_id,
                stream: receipt.stream,
                user_id: &receipt.user_id,
                delivered_seq: receipt.delivered_seq,
                read_seq: receipt.read_seq,
            })
        })
        .await)
}
