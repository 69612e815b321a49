//! `messages_delivered` and `messages_read`.

use bytestring::ByteString;
use serde::Serialize;

use crate::{
    domain::{Confirmation, Confirmed, MessageId, Stream, TicketId, UserId},
    protocol::frame::encode_event,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConfirmedData<'a> {
    ticket_id: TicketId,
    stream: Stream,
    user_id: &'a UserId,
    seq: i64,
    message_ids: &'a [MessageId],
}

/// What others are told of a confirmation.
pub fn messages_confirmed(confirmed: &Confirmed) -> ByteString {
    let name = match confirmed.what {
        Confirmation::Delivered => "messages_delivered",
        Confirmation::Read => "messages_read",
    };
    let data = ConfirmedData {
        ticket_id: confirmed.ticket_id,
        stream: confirmed.stream,
        user_id: &confirmed.user_id,
        seq: confirmed.seq,
        message_ids: &confirmed.message_ids,
    };
    encode_event(name, &data)
}
