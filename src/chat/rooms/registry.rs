//! The room registry: the actor that owns the rooms of one worker thread.
//!
//! Owns who is in which room here, delivery of what comes over the bus, and healing of rooms from
//! the log. Nothing in a handler blocks: the log is read on the store's own threads. Does not know
//! what a caller may see: whoever sends [`Enter`] has asked the store.

use std::{collections::HashMap, sync::Arc, time::Duration};

use actix::{
    Actor, ActorFutureExt, AsyncContext, Context, Handler, Message, MessageResult, StreamHandler, WrapFuture,
};
use futures_util::stream;
use strum::VariantArray;

use super::{
    presence::Presence,
    room::{CaughtUp, Entrant, Generation, Offered, Room, push},
    typing::Typing,
};
use crate::{
    bus::{Bus, Lag, LiveEvent, Signal, Subscription},
    chat::{
        connections::{
            Connections,
            connection::Seat,
            outbox::{FrameKind, Outbox},
        },
        publishing::publisher::live_event,
    },
    domain::{ConnectionId, LogEntry, Position, Stream, TicketId, User, Visible, metric::Metric},
    protocol::rooms::LeftTicketEvent,
    store::{Store, StoreError},
};

/// How many events one healing read takes.
const HEAL_PAGE: usize = 200;

/// The rooms of one worker.
pub struct RoomRegistry {
    rooms: HashMap<TicketId, Room>,
    store: Store,
    presence: Arc<Presence>,
    typing: Arc<Typing>,
    connections: Arc<Connections>,
    lag: Lag,
    subscription: Option<Subscription>,
    heal_interval: Duration,
    next_generation: u64,
}

impl RoomRegistry {
    /// A registry without rooms, which hears of events over `bus` and reads what it missed from `store`.
    pub fn new(
        bus: &Bus,
        store: Store,
        presence: Arc<Presence>,
        typing: Arc<Typing>,
        connections: Arc<Connections>,
        heal_interval: Duration,
    ) -> Self {
        let subscription = bus.subscribe();
        Self {
            rooms: HashMap::new(),
            store,
            presence,
            typing,
            connections,
            lag: subscription.lag(),
            subscription: Some(subscription),
            heal_interval,
            next_generation: 0,
        }
    }

    /// Brings a room up to the log.
    fn heal(&mut self, ticket_id: TicketId, reason: &'static str, ctx: &mut Context<Self>) {
        let Some(room) = self.rooms.get_mut(&ticket_id) else { return };
        if room.healing {
            room.heal_again = true;
            return;
        }
        room.healing = true;
        room.heal_again = false;
        metrics::counter!(Metric::RoomHeals.name(), "reason" => reason).increment(1);
        let after = room.cursor();
        let store = self.store.clone();
        let read = async move { store.events_after(ticket_id, Visible::Both, after, HEAL_PAGE).await };
        ctx.spawn(
            read.into_actor(self).map(move |read, registry, ctx| registry.healed(ticket_id, read, ctx)),
        );
    }

    fn healed(
        &mut self,
        ticket_id: TicketId,
        read: Result<Vec<LogEntry>, StoreError>,
        ctx: &mut Context<Self>,
    ) {
        let Some(room) = self.rooms.get_mut(&ticket_id) else { return };
        room.healing = false;
        let missed = match read {
            Ok(missed) => missed,
            Err(error) => {
                // The next event of the room, or the next comparison with the log, tries again.
                tracing::warn!(%ticket_id, %error, "a room could not catch up from the log");
                return;
            }
        };
        let mut delivered = 0;
        for entry in &missed {
            delivered += self.deliver(&live_event(entry), ctx);
        }
        metrics::counter!(Metric::Deliveries.name()).increment(delivered);
        // What was held back meanwhile may have been committed behind this read, even an empty one.
        let Some(room) = self.rooms.get(&ticket_id) else { return };
        if missed.len() == HEAL_PAGE || room.heal_again {
            self.heal(ticket_id, "more", ctx);
        }
    }

    /// Compares every room with the log's heads, in one query.
    fn compare_with_log(&mut self, ctx: &mut Context<Self>) {
        if self.rooms.is_empty() {
            return;
        }
        let store = self.store.clone();
        let ids: Vec<TicketId> = self.rooms.keys().copied().collect();
        let read = async move { store.heads(ids).await };
        ctx.spawn(read.into_actor(self).map(|heads, registry, ctx| match heads {
            Ok(heads) => {
                for (ticket_id, head) in heads {
                    if registry.rooms.get(&ticket_id).is_some_and(|room| is_behind(room.cursor(), head)) {
                        registry.heal(ticket_id, "compared", ctx);
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "rooms could not be compared with the log"),
        }));
    }

    fn take_in(&mut self, signal: &Signal, ctx: &mut Context<Self>) {
        match signal {
            Signal::Committed { events, at } => {
                let delivered = self.committed(events, ctx);
                if delivered > 0 {
                    metrics::counter!(Metric::Deliveries.name()).increment(delivered);
                    metrics::histogram!(Metric::DeliverySeconds.name()).record(at.elapsed().as_secs_f64());
                }
            }
            Signal::Ephemeral { ticket_id, stream, except, frame } => {
                if let Some(room) = self.rooms.get(ticket_id) {
                    room.announce(*stream, except, frame);
                }
            }
            Signal::ForUsers { users, for_staff, except, frame } => {
                let here = ctx.address();
                for seat in users.iter().flat_map(|user| self.connections.seats(user)) {
                    if seat.registry == here && Some(seat.id) != *except && may_show(&seat, *for_staff) {
                        push(&seat, frame, None);
                    }
                }
            }
            Signal::ForEveryone { frame } => {
                self.connections
                    .everyone(Some(&ctx.address()))
                    .iter()
                    .for_each(|seat| push(seat, frame, None));
            }
            Signal::Several(signals) => signals.iter().for_each(|signal| self.take_in(signal, ctx)),
        }
    }

    fn committed(&mut self, events: &[LiveEvent], ctx: &mut Context<Self>) -> u64 {
        let mut delivered = 0;
        for event in events {
            let Some(room) = self.rooms.get_mut(&event.ticket_id) else { continue };
            if room.healing {
                room.heal_again = true;
                continue;
            }
            delivered += self.deliver(event, ctx);
        }
        delivered
    }

    /// Delivers an event to its room, behind which whom it evicts is out.
    fn deliver(&mut self, event: &LiveEvent, ctx: &mut Context<Self>) -> u64 {
        let Some(room) = self.rooms.get_mut(&event.ticket_id) else { return 0 };
        if let Some(user) = event.evicts.as_ref().filter(|_| room.is_next(event)) {
            // First out, then told to the others: who lost the ticket gets nothing of it any more.
            let seats = room.customers(user, event.pos);
            for seat in seats {
                self.evict(event.ticket_id, &seat);
            }
        }
        let Some(room) = self.rooms.get_mut(&event.ticket_id) else { return 0 };
        match room.offer(event) {
            Offered::Delivered(n) => n,
            Offered::Known => 0,
            Offered::Gap => {
                self.heal(event.ticket_id, "gap", ctx);
                0
            }
        }
    }

    fn evict(&mut self, ticket_id: TicketId, seat: &Seat) {
        if self.leave(ticket_id, seat) {
            tell_left(&seat.outbox, ticket_id, "access_lost");
        }
    }

    /// Takes a connection out of a room; tells whether it was in.
    fn leave(&mut self, ticket_id: TicketId, seat: &Seat) -> bool {
        let Some(room) = self.rooms.get_mut(&ticket_id) else { return false };
        let Some(member) = room.remove(seat.id) else { return false };
        seat.note_left(ticket_id);
        if room.is_empty() {
            self.rooms.remove(&ticket_id);
            metrics::gauge!(Metric::Rooms.name()).decrement(1);
        }
        if let Some(user) = member.seat.user() {
            for &stream in Stream::VARIANTS {
                self.typing.stop(ticket_id, stream, &user, seat.id);
            }
            if seat.is_shown {
                self.presence.leave(ticket_id, &user);
            }
        }
        true
    }
}

/// Whether a connection may show it: what is for staff, only one as staff.
fn may_show(seat: &Seat, for_staff: bool) -> bool {
    seat.user().is_some_and(|user| user.role.is_staff() || !for_staff)
}

fn is_behind(cursor: Position, head: Position) -> bool {
    Stream::VARIANTS.iter().any(|stream| cursor.of(*stream) < head.of(*stream))
}

impl Actor for RoomRegistry {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        if let Some(subscription) = self.subscription.take() {
            let signals = stream::unfold(subscription, |mut subscription| async move {
                subscription.signals.recv().await.map(|signal| (signal, subscription))
            });
            ctx.add_stream(signals);
        }
        ctx.run_interval(self.heal_interval, Self::compare_with_log);
    }
}

impl StreamHandler<Signal> for RoomRegistry {
    fn handle(&mut self, signal: Signal, ctx: &mut Self::Context) {
        self.take_in(&signal, ctx);
        if self.lag.take() {
            self.compare_with_log(ctx);
        }
    }
}

/// Puts a connection into a room, not live yet; it must then be replayed to, and [`GoLive`]. `None` when
/// the connection is closing: its [`Gone`] may have been handled already, and nothing else would ever
/// take it out again.
#[derive(Message)]
#[rtype(result = "Option<Generation>")]
pub struct Enter {
    /// The room's ticket, which the user may see.
    pub ticket_id: TicketId,
    /// The connection.
    pub seat: Arc<Seat>,
    /// Its user.
    pub user: Arc<User>,
    /// The log's heads, read just before.
    pub position: Position,
}

impl Handler<Enter> for RoomRegistry {
    type Result = MessageResult<Enter>;

    fn handle(&mut self, enter: Enter, _: &mut Self::Context) -> Self::Result {
        if enter.seat.outbox.is_closing() {
            return MessageResult(None);
        }
        self.next_generation += 1;
        let generation = Generation(self.next_generation);
        let room = self.rooms.entry(enter.ticket_id).or_insert_with(|| {
            metrics::gauge!(Metric::Rooms.name()).increment(1);
            Room::new(enter.position)
        });
        let new = room.enter(Entrant {
            seat: Arc::clone(&enter.seat),
            user: enter.user.id.clone(),
            visible: enter.user.role.visible(),
            generation,
            admitted_at: enter.position.total(),
        });
        enter.seat.note_joined(enter.ticket_id, generation);
        if new && enter.seat.is_shown {
            self.presence.enter(enter.ticket_id, &enter.user);
        }
        MessageResult(Some(generation))
    }
}

/// A member has got everything up to `cursor`.
#[derive(Message)]
#[rtype(result = "CaughtUp")]
#[expect(missing_docs, reason = "as in Enter")]
pub struct GoLive {
    pub ticket_id: TicketId,
    pub connection: ConnectionId,
    pub generation: Generation,
    pub cursor: Position,
    /// The streams that were replayed.
    pub replayed: Visible,
}

impl Handler<GoLive> for RoomRegistry {
    type Result = MessageResult<GoLive>;

    fn handle(&mut self, message: GoLive, _: &mut Self::Context) -> Self::Result {
        MessageResult(self.rooms.get_mut(&message.ticket_id).map_or(CaughtUp::Gone, |room| {
            room.go_live(message.connection, message.generation, message.cursor, message.replayed)
        }))
    }
}

/// A connection leaves a room; answers whether it was in.
#[derive(Message)]
#[rtype(result = "bool")]
#[expect(missing_docs, reason = "as in Enter")]
pub struct Leave {
    pub ticket_id: TicketId,
    pub seat: Arc<Seat>,
}

impl Handler<Leave> for RoomRegistry {
    type Result = bool;

    fn handle(&mut self, message: Leave, _: &mut Self::Context) -> bool {
        self.leave(message.ticket_id, &message.seat)
    }
}

/// A connection ended, or is being closed: it leaves all rooms and enters none any more.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Gone {
    /// The connection.
    pub seat: Arc<Seat>,
}

impl Handler<Gone> for RoomRegistry {
    type Result = ();

    fn handle(&mut self, message: Gone, _: &mut Self::Context) {
        for ticket_id in message.seat.joined() {
            self.leave(ticket_id, &message.seat);
        }
    }
}

/// A connection's user has another role now: it sees other streams of this room, or none.
#[derive(Message)]
#[rtype(result = "()")]
pub struct ChangeAccess {
    /// The room's ticket.
    pub ticket_id: TicketId,
    /// The connection.
    pub seat: Arc<Seat>,
    /// What it sees from now on; `None` takes it out and tells it so.
    pub visible: Option<Visible>,
}

impl Handler<ChangeAccess> for RoomRegistry {
    type Result = ();

    fn handle(&mut self, message: ChangeAccess, _: &mut Self::Context) {
        let ChangeAccess { ticket_id, seat, visible } = message;
        match visible {
            Some(visible) => {
                if let Some(room) = self.rooms.get_mut(&ticket_id) {
                    room.set_visible(seat.id, visible);
                }
            }
            None => self.evict(ticket_id, &seat),
        }
    }
}

fn tell_left(outbox: &Outbox, ticket_id: TicketId, reason: &str) {
    outbox.push_event_of(FrameKind::LeftTicket, &LeftTicketEvent { ticket_id, reason });
}
