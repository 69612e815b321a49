//! The live queue: the commands that watch it, their replies, and what those who do are told.
//!
//! Owns names and fields. Does not know who may watch, and at what pace they are told.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    decode::nullable,
    examples::{nothing, ticket},
    objects::TicketObject,
    schema::names,
    spec::CommandSpec,
};
use crate::domain::{Action, Class, TicketStatus, UserId};

names! {
    QueueSubscribed = "queue_subscribed";
    QueueUnsubscribed = "queue_unsubscribed";
    QueueTicket<'_> = "queue_ticket";
}

/// Watches the queue.
///
/// All filters together must hold.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
#[schema(examples(subscribe_queue))]
pub struct SubscribeQueue {
    /// Only those in this status.
    pub status: Option<TicketStatus>,
    /// `null` asks for those that nobody takes care of.
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<UserId>)]
    pub assignee_id: Option<Option<UserId>>,
}

impl CommandSpec for SubscribeQueue {
    const NAME: &'static str = "subscribe_queue";
    const CLASS: Class = Class::Join;
    const ACTIONS: &'static [Action] = &[Action::WatchQueue];
    type Reply = QueueSubscribed;
}

/// Watches the queue no more.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(nothing))]
pub struct UnsubscribeQueue {}

impl CommandSpec for UnsubscribeQueue {
    const NAME: &'static str = "unsubscribe_queue";
    const CLASS: Class = Class::Join;
    const ACTIONS: &'static [Action] = &[Action::WatchQueue];
    type Reply = QueueUnsubscribed;
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

fn subscribe_queue() -> Value {
    json!({"assigneeId": null})
}

fn subscribed() -> Value {
    json!({"tickets": 2})
}

fn queue_ticket() -> Value {
    json!({"reason": "created", "ticket": ticket()})
}
