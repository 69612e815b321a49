//! The live queue: the replies to watching it, and what those who do are told.
//!
//! Owns names and fields. Does not know who may watch, and at what pace they are told.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    examples::{nothing, ticket},
    objects::TicketObject,
    schema::names,
};

names! {
    QueueSubscribed = "queue_subscribed";
    QueueUnsubscribed = "queue_unsubscribed";
    QueueTicket<'_> = "queue_ticket";
}

/// The queue is watched.
#[derive(Serialize, ToSchema)]
#[schema(as = QueueSubscribedReply, examples(subscribed))]
pub struct QueueSubscribed {
    /// How many match now.
    #[schema(minimum = 0)]
    pub tickets: i64,
}

/// The queue is watched no more.
#[derive(Serialize, ToSchema)]
#[schema(as = QueueUnsubscribedReply, examples(nothing))]
pub struct QueueUnsubscribed {}

/// Why a ticket is shown to those who watch the queue; of several, the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum QueueReason {
    /// Someone wrote, or something happened to what they wrote.
    Activity,
    /// It was changed.
    Updated,
    /// It is new.
    Created,
}

/// Something happened in a ticket of the queue.
#[derive(Serialize, ToSchema)]
#[schema(as = QueueTicketEvent, examples(queue_ticket))]
pub struct QueueTicket<'a> {
    /// What.
    pub reason: QueueReason,
    /// As it is now.
    pub ticket: TicketObject<'a>,
}

fn subscribed() -> Value {
    json!({"tickets": 2})
}

fn queue_ticket() -> Value {
    json!({"reason": "created", "ticket": ticket()})
}
