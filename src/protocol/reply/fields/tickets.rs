//! The replies about tickets, who is in them, and the queue.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::TicketId,
    protocol::{
        examples,
        objects::{
            ChangesObject, MessageObject, OverviewObject, PositionObject, ReceiptObject, TicketObject,
            UserObject,
        },
    },
};

/// The new ticket.
#[derive(ToSchema)]
#[schema(as = TicketCreatedReply, examples(examples::ticket_created))]
pub struct TicketCreated<'a> {
    /// As the caller sees it.
    pub ticket: TicketObject<'a>,
    /// Its first message, if there is one.
    #[schema(nullable = false)]
    pub message: Option<MessageObject<'a>>,
    /// The ticket's own.
    pub position: PositionObject,
    /// `true` if it had been opened before, by the same command; else left out.
    #[schema(nullable = false)]
    pub duplicate: Option<bool>,
}

/// The room, as it is entered.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = JoinedTicketReply, examples(examples::joined_ticket))]
pub struct JoinedTicket<'a> {
    /// The ticket's id.
    pub ticket_id: TicketId,
    /// As the caller sees it.
    pub ticket: TicketObject<'a>,
    /// Where live events begin.
    pub position: PositionObject,
    /// The history that the numbers belong to.
    pub epoch: &'a str,
    /// How many events are replayed before `replay_complete`.
    #[schema(minimum = 0)]
    pub replaying: i64,
    /// Forget what is known of the ticket, and load it anew.
    pub reset: bool,
    /// Who has the room joined.
    pub online_users: Vec<UserObject<'a>>,
    /// How far everyone has got who ever confirmed anything.
    pub receipts: Vec<ReceiptObject<'a>>,
}

/// The room that was left.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = LeftTicketReply, examples(examples::ticket_ref))]
pub struct LeftTicket {
    /// The ticket's id.
    pub ticket_id: TicketId,
}

/// A page of the caller's tickets, the most recently updated first.
#[derive(ToSchema)]
#[schema(as = TicketsReply, rename_all = "camelCase", examples(examples::tickets))]
pub struct Tickets<'a> {
    /// The most recently updated first.
    pub tickets: Vec<OverviewObject<'a>>,
    /// For the next page; `null` at the end.
    #[schema(required)]
    pub next_cursor: Option<&'a str>,
}

/// A ticket.
#[derive(Serialize, ToSchema)]
#[schema(as = TicketReply, examples(examples::ticket_reply))]
pub struct Ticket<'a> {
    /// As it stands in the caller's list.
    pub ticket: &'a OverviewObject<'a>,
}

/// The ticket, and what changed.
#[derive(Serialize, ToSchema)]
#[schema(as = TicketUpdatedReply, examples(examples::ticket_updated))]
pub struct TicketUpdated<'a> {
    /// As the caller sees it.
    pub ticket: TicketObject<'a>,
    /// Empty if all was so already.
    pub changes: ChangesObject<'a>,
}

/// The rating that was given.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TicketRatedReply, examples(examples::ticket_rated))]
pub struct TicketRated {
    /// Of which ticket.
    pub ticket_id: TicketId,
    /// 5 is best.
    #[schema(minimum = 1, maximum = 5)]
    pub score: i16,
}

macro_rules! participants {
    ($($(#[$doc:meta])+ $type:ident as $name:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Serialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        #[schema(as = $name, examples(examples::participant))]
        pub struct $type<'a> {
            /// The ticket.
            pub ticket_id: TicketId,
            /// Who.
            pub user: UserObject<'a>,
        }
    )+};
}

participants! {
    /// Who sees the ticket now.
    ParticipantAdded as ParticipantAddedReply;
    /// Who sees the ticket no more, unless by their role.
    ParticipantRemoved as ParticipantRemovedReply;
}

/// Who has the room joined.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OnlineUsersReply, examples(examples::online_users))]
pub struct OnlineUsers<'a> {
    /// The ticket.
    pub ticket_id: TicketId,
    /// On at least one connection.
    pub users: Vec<UserObject<'a>>,
}

/// The queue is watched.
#[derive(Serialize, ToSchema)]
#[schema(as = QueueSubscribedReply, examples(examples::queue_subscribed))]
pub struct QueueSubscribed {
    /// How many match now.
    #[schema(minimum = 0)]
    pub tickets: i64,
}

/// The queue is watched no more.
#[derive(Serialize, ToSchema)]
#[schema(as = QueueUnsubscribedReply, examples(examples::nothing))]
pub struct QueueUnsubscribed {}
