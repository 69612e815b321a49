//! Receipts: the commands that confirm messages, their reply, and what others are told of it.
//!
//! Owns names and fields. Does not know what a confirmation covers.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    schema::{AnyId, names},
    spec::{CommandSpec, Route},
};
use crate::domain::{Action, Class, Confirmed, MessageId, Stream, TicketId, UserId};

names! {
    Receipt<'_> = "receipt";
    MessagesDelivered<'_> = "messages_delivered";
    MessagesRead<'_> = "messages_read";
}

macro_rules! commands {
    ($($(#[$doc:meta])+ $command:ident;)+) => {$(
        $(#[$doc])+
        ///
        /// Names `seq` or `messageId`: exactly one of the two.
        #[derive(Debug, Deserialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        #[schema(examples(mark))]
        pub struct $command {
            /// The ticket.
            #[schema(value_type = AnyId)]
            pub ticket_id: TicketId,
            /// The message's own with `messageId`, else `public` if it is not given.
            pub stream: Option<Stream>,
            /// Up to which number of the stream.
            pub seq: Option<u64>,
            /// Up to which message of the ticket.
            #[schema(value_type = Option<AnyId>)]
            pub message_id: Option<MessageId>,
        }
    )+};
}

commands! {
    /// Confirms that the caller's client has got messages.
    MarkDelivered;
    /// Confirms that the caller has read messages.
    MarkRead;
}

impl CommandSpec for MarkDelivered {
    const NAME: &'static str = "mark_delivered";
    const CLASS: Class = Class::Receipt;
    const ACTIONS: &'static [Action] = &[Action::Confirm, Action::UseInternal];
    const EVENTS: &'static [&'static str] = &["messages_delivered"];
    const ROUTE: Option<Route> =
        Some(Route::put("/tickets/{id}/receipts/delivered", &["ticketId"]).tag("messages"));
    type Reply = Receipt<'static>;
}

impl CommandSpec for MarkRead {
    const NAME: &'static str = "mark_read";
    const CLASS: Class = Class::Receipt;
    const ACTIONS: &'static [Action] = &[Action::Confirm, Action::UseInternal];
    const EVENTS: &'static [&'static str] = &["messages_read"];
    const ROUTE: Option<Route> =
        Some(Route::put("/tickets/{id}/receipts/read", &["ticketId"]).tag("messages"));
    type Reply = Receipt<'static>;
}

/// How far the caller has got.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReceiptReply, examples(marked))]
pub struct Receipt<'a> {
    /// In which ticket.
    pub ticket_id: TicketId,
    /// In which stream.
    pub stream: Stream,
    /// The caller.
    pub user_id: &'a UserId,
    /// Up to which number their client got it.
    #[schema(minimum = 0)]
    pub delivered_seq: i64,
    /// Up to which number they read it.
    #[schema(minimum = 0)]
    pub read_seq: i64,
}

macro_rules! confirmed {
    ($($(#[$doc:meta])+ $type:ident as $schema:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Serialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        #[schema(as = $schema, examples(confirmed_event))]
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

fn mark() -> Value {
    json!({"ticketId": "3", "seq": 2})
}

fn marked() -> Value {
    json!({"ticketId": "3", "stream": "public", "userId": "alex", "deliveredSeq": 2, "readSeq": 2})
}

fn confirmed_event() -> Value {
    json!({"ticketId": "3", "stream": "public", "userId": "alex", "seq": 2, "messageIds": ["5", "6"]})
}
