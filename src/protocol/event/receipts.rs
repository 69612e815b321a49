//! `messages_delivered` and `messages_read`.

use bytestring::ByteString;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{Confirmation, Confirmed, MessageId, Stream, TicketId, UserId},
    protocol::{examples, frame::encode_event as encode},
};

macro_rules! confirmed {
    ($($(#[$doc:meta])+ $type:ident as $schema:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Serialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        #[schema(as = $schema, examples(examples::confirmed_event))]
        pub struct $type<'a> {
            /// In which ticket.
            ticket_id: TicketId,
            /// In which stream.
            stream: Stream,
            /// Who.
            user_id: &'a UserId,
            /// Up to which number of the stream. It is not a number of this event.
            #[schema(minimum = 1)]
            seq: i64,
            /// The messages that are newly covered, oldest first; of many the newest.
            message_ids: &'a [MessageId],
        }

        impl<'a> From<&'a Confirmed> for $type<'a> {
            fn from(confirmed: &'a Confirmed) -> Self {
                Self {
                    ticket_id: confirmed.ticket_id,
                    stream: confirmed.stream,
                    user_id: &confirmed.user_id,
                    seq: confirmed.seq,
                    message_ids: &confirmed.message_ids,
                }
            }
        }
    )+};
}

confirmed! {
    /// Someone's client has got messages.
    MessagesDelivered as MessagesDeliveredEvent;
    /// Someone has read messages.
    MessagesRead as MessagesReadEvent;
}

/// What others are told of a confirmation.
pub fn messages_confirmed(confirmed: &Confirmed) -> ByteString {
    match confirmed.what {
        Confirmation::Delivered => encode(&MessagesDelivered::from(confirmed)),
        Confirmation::Read => encode(&MessagesRead::from(confirmed)),
    }
}
