//! `join_ticket`, `leave_ticket`, `typing_start`, `typing_stop` and `get_online_users`.

use std::{sync::Arc, time::Instant};

use strum::VariantArray;

use super::{
    messages::{clamp, may_use},
    pipeline,
};
use crate::{
    chat::{
        Answer, Chat,
        connections::connection::Caller,
        errors,
        rooms::{
            registry::{ChangeAccess, Enter, Leave},
            replay::Replay,
        },
    },
    domain::{Position, Stream, Ticket, TicketId, Visible},
    guard::limits::Admitted,
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

/// Joins a room: the answer is followed by what was missed, then by what happens.
pub(in crate::chat) async fn join(
    chat: &Arc<Chat>,
    caller: &Caller,
    _admitted: Admitted,
    request: JoinTicket,
) -> Result<(Joined, Replay), WireError> {
    let viewer = caller.viewer();
    let (ticket, receipts) = chat
        .store
        .ticket_and_receipts(&viewer, request.ticket_id)
        .await
        .map_err(|error| errors::unread(&error))?
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
        Err(error) => errors::unread(&error),
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

fn not_joined() -> WireError {
    WireError::new(ErrorCode::NotJoined, "Join the ticket first.").with_field("ticketId")
}

/// Leaves a room.
pub(in crate::chat) async fn leave(caller: &Caller, _admitted: Admitted, request: LeaveTicket) -> Answer {
    let leave = Leave { ticket_id: request.ticket_id, seat: Arc::clone(&caller.seat) };
    match caller.seat.registry.send(leave).await {
        Ok(true) => errors::reply(&LeftTicket { ticket_id: request.ticket_id }),
        Ok(false) => Err(not_joined()),
        Err(error) => Err(errors::internal(&error)),
    }
}

/// Types, or stops.
pub(in crate::chat) fn typing(
    chat: &Chat,
    caller: &Caller,
    _admitted: Admitted,
    ticket_id: TicketId,
    visibility: Option<Stream>,
    starts: bool,
) -> Answer {
    if !caller.seat.has_joined(ticket_id) {
        return Err(not_joined());
    }
    let stream = visibility.unwrap_or_default();
    may_use(stream, caller.user.role.visible())?;
    let (user, connection) = (&caller.user, caller.seat.id);
    if starts {
        chat.typing.start(ticket_id, stream, user, connection, Instant::now());
    } else {
        chat.typing.stop(ticket_id, stream, user, connection);
    }
    Ok(EncodedReply::EMPTY)
}

/// Who is in the room.
pub(in crate::chat) async fn online(
    chat: &Chat,
    caller: &Caller,
    admitted: Admitted,
    GetOnlineUsers { ticket_id }: GetOnlineUsers,
) -> Answer {
    pipeline::access(chat, caller, admitted, ticket_id).await?;
    let users = chat.presence.users(ticket_id);
    errors::reply(&OnlineUsers { ticket_id, users: users.iter().map(UserObject::from).collect() })
}
