//! Rooms: the commands that enter, leave and look at them, their replies, and who comes and goes.
//!
//! Owns names and fields. Does not know who is in a room, nor what it has delivered.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    examples::{agent, customer, own_ticket, position, receipt, ticket_ref},
    objects::{PositionObject, ReceiptObject, Since, TicketObject, UserObject},
    schema::{AnyId, names},
    spec::{CommandSpec, Route},
};
use crate::domain::{Action, Class, TicketId, User};

names! {
    JoinedTicket<'_> = "joined_ticket";
    LeftTicket = "left_ticket";
    OnlineUsers<'_> = "online_users";
    ReplayComplete = "replay_complete";
    UserJoinedTicket<'_> = "user_joined_ticket";
    UserLeftTicket<'_> = "user_left_ticket";
    LeftTicketEvent<'_> = "left_ticket";
}

/// Enters a ticket's room: what happens in it is delivered from then on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(join_ticket))]
pub struct JoinTicket {
    /// The ticket.
    #[schema(value_type = AnyId)]
    pub ticket_id: TicketId,
    /// Where to resume; without it there is no replay.
    pub since: Option<Since>,
    /// The epoch that `since` belongs to.
    pub epoch: Option<String>,
}

impl CommandSpec for JoinTicket {
    const NAME: &'static str = "join_ticket";
    const CLASS: Class = Class::Join;
    const ACTIONS: &'static [Action] = &[Action::Read];
    const EVENTS: &'static [&'static str] = &["user_joined_ticket"];
    type Reply = JoinedTicket<'static>;
}

/// Leaves a ticket's room.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(ticket_ref))]
pub struct LeaveTicket {
    /// The ticket.
    #[schema(value_type = AnyId)]
    pub ticket_id: TicketId,
}

impl CommandSpec for LeaveTicket {
    const NAME: &'static str = "leave_ticket";
    const CLASS: Class = Class::Join;
    const ACTIONS: &'static [Action] = &[Action::Read];
    const EVENTS: &'static [&'static str] = &["user_left_ticket"];
    type Reply = LeftTicket;
}

/// Tells who has a ticket's room joined.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(ticket_ref))]
pub struct GetOnlineUsers {
    /// The ticket.
    #[schema(value_type = AnyId)]
    pub ticket_id: TicketId,
}

impl CommandSpec for GetOnlineUsers {
    const NAME: &'static str = "get_online_users";
    const CLASS: Class = Class::Other;
    const ACTIONS: &'static [Action] = &[Action::Read];
    const ROUTE: Option<Route> = Some(Route::get("/tickets/{id}/online", &["ticketId"]).tag("people"));
    type Reply = OnlineUsers<'static>;
}

/// The room, as it is entered.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = JoinedTicketReply, examples(joined))]
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
#[schema(as = LeftTicketReply, examples(ticket_ref))]
pub struct LeftTicket {
    /// The ticket's id.
    pub ticket_id: TicketId,
}

/// Who has the room joined.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OnlineUsersReply, examples(online))]
pub struct OnlineUsers<'a> {
    /// The ticket.
    pub ticket_id: TicketId,
    /// On at least one connection.
    pub users: Vec<UserObject<'a>>,
}

macro_rules! room_users {
    ($($(#[$doc:meta])+ $type:ident as $schema:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Serialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        #[schema(as = $schema, examples(room_user))]
        pub struct $type<'a> {
            /// In which ticket.
            ticket_id: TicketId,
            /// Who.
            user: UserObject<'a>,
            /// The same as `user.name`.
            user_name: &'a str,
        }

        impl<'a> $type<'a> {
            /// That user, in that ticket's room.
            pub fn new(ticket_id: TicketId, user: &'a User) -> Self {
                Self { ticket_id, user: UserObject::from(user), user_name: &user.name }
            }
        }
    )+};
}

room_users! {
    /// A user's first connection joined the room.
    UserJoinedTicket as UserJoinedTicketEvent;
    /// A user's last connection left the room.
    UserLeftTicket as UserLeftTicketEvent;
}

/// The connection lost access to a ticket whose room it had joined.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = LeftTicketEvent, examples(lost))]
pub struct LeftTicketEvent<'a> {
    /// Which ticket.
    pub ticket_id: TicketId,
    /// `access_lost`.
    pub reason: &'a str,
}

/// All that was missed has come; what follows is live.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReplayCompleteEvent, examples(complete))]
pub struct ReplayComplete {
    /// In which ticket.
    pub ticket_id: TicketId,
    /// That of `joined_ticket`.
    pub position: PositionObject,
}

fn join_ticket() -> Value {
    json!({"ticketId": "3", "since": position(), "epoch": "612fccd5b86bf0be"})
}

fn joined() -> Value {
    json!({
        "ticketId": "3", "ticket": own_ticket(), "position": position(), "epoch": "612fccd5b86bf0be",
        "replaying": 0, "reset": false, "onlineUsers": [agent(), customer()], "receipts": [receipt()],
    })
}

fn online() -> Value {
    json!({"ticketId": "3", "users": [agent(), customer()]})
}

fn room_user() -> Value {
    json!({"ticketId": "3", "user": customer(), "userName": "Casey"})
}

fn lost() -> Value {
    json!({"ticketId": "3", "reason": "access_lost"})
}

fn complete() -> Value {
    json!({"ticketId": "3", "position": position()})
}
