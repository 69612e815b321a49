//! `join_ticket`, `leave_ticket` and `get_online_users`.

use std::sync::Arc;

use strum::VariantArray;

use super::{Execute, messages::clamp, pipeline::Call};
use crate::{
    chat::{
        Chat, Started,
        connections::connection::Caller,
        errors,
        rooms::{
            registry::{ChangeAccess, Enter, Leave},
            replay::Replay,
        },
    },
    domain::{Position, Stream, Ticket, TicketId, Visible},
    protocol::{
        EncodedReply, ErrorCode, WireError,
        objects::{PositionObject, ReceiptObject, Since, TicketObject, UserObject},
        rooms::{GetOnlineUsers, JoinTicket, JoinedTicket, LeaveTicket, LeftTicket, OnlineUsers},
    },
};

/// A room that was joined.
pub(in crate::chat) struct Joined {
    /// The answer.
    pub reply: EncodedReply,
    /// Whether the answer says that what is known of the ticket is to be forgotten.
    pub is_reset: bool,
}

impl Execute for JoinTicket {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        let (joined, replay) = join(call, self).await?;
        Ok(Started::Joined(joined.reply, replay))
    }
}

/// Joins a room: the answer is followed by what was missed, then by what happens.
pub(in crate::chat) async fn join(
    call: Call<'_>,
    request: JoinTicket,
) -> Result<(Joined, Replay), WireError> {
    let (chat, caller, viewer) = (call.chat, call.caller, call.viewer());
    let (ticket, receipts) = chat
        .store
        .ticket_and_receipts(&viewer, request.ticket_id)
        .await?
        .ok_or_else(WireError::ticket_not_found)?;
    if !caller.seat.has_joined(ticket.id) && caller.seat.joined_count() >= chat.bounds.joined_rooms {
        let sentence = format!("A connection can join at most {} tickets.", chat.bounds.joined_rooms);
        return Err(WireError::new(ErrorCode::Forbidden, sentence));
    }
    let visible = viewer.visible();
    let start = Start::choose(chat, &ticket, visible, &request);
    let was_in = caller.seat.has_joined(ticket.id);
    let enter = Enter {
        ticket_id: ticket.id,
        seat: Arc::clone(&caller.seat),
        user: Arc::clone(&caller.user),
        position: ticket.position,
    };
    let entered = caller.seat.registry.send(enter).await.map_err(|error| errors::internal(&error))?;
    // The connection is closing: nobody is there to read this.
    let generation = entered.ok_or_else(WireError::overloaded)?;
    // An agent always has access, and a requester keeps it.
    if !caller.user.role.is_staff() && ticket.requester.id != caller.user.id {
        still_allowed(chat, caller, ticket.id, was_in).await?;
    }
    let replay =
        Replay { ticket_id: ticket.id, generation, visible, cursor: start.cursor, target: ticket.position };
    let online_users = chat.presence.users(ticket.id);
    let reply = errors::reply(&JoinedTicket {
        ticket_id: ticket.id,
        ticket: TicketObject::new(&ticket, visible),
        position: PositionObject::new(ticket.position, visible),
        epoch: &chat.epoch(),
        replaying: start.replaying,
        reset: start.reset,
        online_users: online_users.iter().map(UserObject::from).collect(),
        receipts: receipts.iter().map(ReceiptObject::from).collect(),
    })?;
    // Nothing is awaited from here to the answer: who is out again by now is not told to be in.
    if !caller.seat.is_current(ticket.id, generation) {
        return Err(WireError::ticket_not_found());
    }
    Ok((Joined { reply, is_reset: start.reset }, replay))
}

/// Whoever lost the ticket between being let in and entering was not there yet to be taken out: it is
/// asked once more, and what is committed from now on finds them in the room.
async fn still_allowed(
    chat: &Chat,
    caller: &Caller,
    ticket_id: TicketId,
    was_in: bool,
) -> Result<(), WireError> {
    let refused = match chat.store.position(&caller.viewer(), ticket_id).await {
        Ok(Some(_)) => return Ok(()),
        Ok(None) => WireError::ticket_not_found(),
        Err(error) => error.into(),
    };
    let seat = Arc::clone(&caller.seat);
    // An error means that the registry's worker ends, and the room with it.
    if was_in {
        let _ = caller.seat.registry.send(ChangeAccess { ticket_id, seat, visible: None }).await;
    } else {
        let _ = caller.seat.registry.send(Leave { ticket_id, seat }).await;
    }
    Err(refused)
}

/// Where delivery starts.
struct Start {
    cursor: Position,
    replaying: i64,
    reset: bool,
}

impl Start {
    fn choose(chat: &Chat, ticket: &Ticket, visible: Visible, request: &JoinTicket) -> Self {
        let head = ticket.position;
        let from_now = |reset| Self { cursor: head, replaying: 0, reset };
        let Some(since) = request.since else { return from_now(false) };
        let since = position(since).seen_by(visible);
        let here = head.seen_by(visible);
        let known_epoch = request.epoch.as_deref() == Some(chat.store.epoch());
        let ahead = Stream::VARIANTS.iter().any(|stream| since.of(*stream) > here.of(*stream));
        if !known_epoch || ahead {
            return from_now(true);
        }
        let missed = here.total() - since.total();
        if usize::try_from(missed).is_ok_and(|missed| missed > chat.bounds.replay_events) {
            return from_now(true);
        }
        Self { cursor: since, replaying: missed, reset: false }
    }
}

fn position(since: Since) -> Position {
    Position { public: since.public.map_or(0, clamp), internal: since.internal.map_or(0, clamp) }
}

pub(in crate::chat) fn not_joined() -> WireError {
    WireError::new(ErrorCode::NotJoined, "Join the ticket first.").with_field("ticketId")
}

impl Execute for LeaveTicket {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        let ticket_id = self.ticket_id;
        let seat = &call.caller.seat;
        match seat.registry.send(Leave { ticket_id, seat: Arc::clone(seat) }).await {
            Ok(true) => Started::reply(&LeftTicket { ticket_id }),
            Ok(false) => Err(not_joined()),
            Err(error) => Err(errors::internal(&error)),
        }
    }
}

impl Execute for GetOnlineUsers {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        let ticket_id = self.ticket_id;
        let users = call.in_ticket(ticket_id).await?.chat.presence.users(ticket_id);
        let users = users.iter().map(UserObject::from).collect();
        Started::reply(&OnlineUsers { ticket_id, users })
    }
}
