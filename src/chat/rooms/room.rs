//! A ticket's room on one worker: its members here, and how far its events were delivered.
//!
//! A plain struct. Owns the cursor rules: an event at or below the cursor is dropped, one beyond the
//! next, of its stream or of the ticket, is a gap that the log must fill first. Does not know the log.

use std::sync::Arc;

use bytestring::ByteString;

use super::registry::Gone;
use crate::{
    bus::LiveEvent,
    chat::connections::connection::Seat,
    domain::{ConnectionId, Place, Position, Stream, UserId, Visible, metric::Metric},
};

/// Tells one joining of a connection from its next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generation(pub u64);

/// A connection in the room.
pub struct Member {
    /// The connection.
    pub seat: Arc<Seat>,
    /// Its user.
    pub user: UserId,
    /// What it gets.
    pub visible: Visible,
    /// Of this joining.
    pub generation: Generation,
    /// Until it has caught up with the log it gets no events from the room.
    pub live: bool,
    /// What it has got; hidden streams are not kept up.
    cursor: Position,
    /// The place in the log up to which its access is known.
    admitted_at: i64,
}

/// Someone who comes in.
pub struct Entrant {
    /// The connection.
    pub seat: Arc<Seat>,
    /// Its user.
    pub user: UserId,
    /// What it gets.
    pub visible: Visible,
    /// Of this joining.
    pub generation: Generation,
    /// The place in the log at which it had access.
    pub admitted_at: i64,
}

/// What to do with an event that the room is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
    /// It was the next one, and went to so many members.
    Delivered(u64),
    /// It was known already.
    Known,
    /// Events before it are missing here.
    Gap,
}

/// Whether a member that was replayed to may get events from the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaughtUp {
    /// It does from now on.
    Live,
    /// The room is further: it must read on.
    Behind,
    /// It left, or joined anew.
    Gone,
}

/// The members of one ticket on one worker.
pub struct Room {
    cursor: Position,
    members: Vec<Member>,
    /// The log is being read for this room.
    pub healing: bool,
    /// An event beyond the cursor was seen while the log was being read.
    pub heal_again: bool,
}

impl Room {
    /// An empty room whose events up to `cursor` need no delivery.
    pub fn new(cursor: Position) -> Self {
        Self { cursor, members: Vec::new(), healing: false, heal_again: false }
    }

    /// What was delivered here.
    pub fn cursor(&self) -> Position {
        self.cursor
    }

    /// Whether nobody is left.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Adds a member that is not live yet, in place of its earlier joining. Tells whether it is new.
    pub fn enter(&mut self, entrant: Entrant) -> bool {
        let Entrant { seat, user, visible, generation, admitted_at } = entrant;
        let new = self.remove(seat.id).is_none();
        let cursor = Position::default();
        // Rooms are small and many: no room for members who never come.
        self.members.reserve_exact(1);
        self.members.push(Member { seat, user, visible, generation, live: false, cursor, admitted_at });
        new
    }

    /// Takes a member out.
    pub fn remove(&mut self, id: ConnectionId) -> Option<Member> {
        let index = self.members.iter().position(|member| member.seat.id == id)?;
        Some(self.members.remove(index))
    }

    /// The member of that connection.
    pub fn member_mut(&mut self, id: ConnectionId) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.seat.id == id)
    }

    /// Makes a member live that has got everything of the streams `replayed` up to `cursor`.
    pub fn go_live(
        &mut self,
        id: ConnectionId,
        generation: Generation,
        cursor: Position,
        replayed: Visible,
    ) -> CaughtUp {
        let here = self.cursor;
        let Some(member) = self.member_mut(id).filter(|member| member.generation == generation) else {
            return CaughtUp::Gone;
        };
        if replayed.streams().iter().any(|stream| here.of(*stream) > cursor.of(*stream)) {
            return CaughtUp::Behind;
        }
        member.live = true;
        // A role that grew meanwhile sees the rest from now on.
        member.cursor =
            if replayed == Visible::Both { cursor } else { Position { public: cursor.public, ..here } };
        CaughtUp::Live
    }

    /// Lets a live member see what its new role sees, from now on.
    pub fn set_visible(&mut self, id: ConnectionId, visible: Visible) {
        let here = self.cursor;
        let Some(member) = self.member_mut(id) else { return };
        if member.visible != visible {
            member.visible = visible;
            member.cursor.internal = here.internal;
        }
    }

    /// Whether the event is the next of its ticket.
    pub fn is_next(&self, event: &LiveEvent) -> bool {
        event.seq > self.cursor.of(event.stream) && event.pos == self.cursor.total() + 1
    }

    /// The connections of a user who see the room as a customer does, and were let in before the
    /// place `pos` of the log. Those who came later had been given access anew.
    pub fn customers(&self, user: &UserId, pos: i64) -> Vec<Arc<Seat>> {
        let theirs = |member: &&Member| {
            member.user == *user && member.visible == Visible::PublicOnly && member.admitted_at < pos
        };
        self.members.iter().filter(theirs).map(|member| Arc::clone(&member.seat)).collect()
    }

    /// Delivers the event if it is the next of its ticket, and so of its stream.
    pub fn offer(&mut self, event: &LiveEvent) -> Offered {
        if event.seq <= self.cursor.of(event.stream) {
            return Offered::Known;
        }
        // The place counts, not the number alone: what is missing may be of the other stream.
        if event.pos != self.cursor.total() + 1 {
            return Offered::Gap;
        }
        *self.cursor.of_mut(event.stream) = event.seq;
        let deliveries = self.members.iter_mut().map(|member| u64::from(member.deliver(event)));
        Offered::Delivered(deliveries.sum())
    }

    /// Delivers something that is not in the log.
    pub fn announce(&self, stream: Stream, except: &UserId, frame: &ByteString) {
        for member in &self.members {
            if member.live && member.visible.includes(stream) && member.user != *except {
                push(&member.seat, frame, None);
            }
        }
    }
}

impl Member {
    fn deliver(&mut self, event: &LiveEvent) -> bool {
        let LiveEvent { stream, seq, .. } = *event;
        let wanted = self.live && self.visible.includes(stream) && seq > self.cursor.of(stream);
        if wanted {
            *self.cursor.of_mut(stream) = seq;
            push(&self.seat, &event.frame, Some(Place { stream, seq }));
        }
        wanted
    }
}

/// Pushes a live event. A connection that cannot take it is being closed, and its user is not there any
/// more, however long the socket takes to die.
pub(in crate::chat) fn push(seat: &Arc<Seat>, frame: &ByteString, place: Option<Place>) {
    if seat.outbox.push_live(frame.clone(), place).is_err() {
        metrics::counter!(Metric::OutboxOverflows.name()).increment(1);
        seat.registry.do_send(Gone { seat: Arc::clone(seat) });
    }
}
