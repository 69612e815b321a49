//! What was missed, read from the log page by page as the connection drains it, then live.
//!
//! Owns the seam between the log and the room: a member gets events from the room only once it has
//! got everything that the room delivered before. Does not know what a replay may cost: that is
//! decided when joining.

use std::{sync::Arc, time::Duration};

use strum::VariantArray;

use super::{
    registry::GoLive,
    room::{CaughtUp, Generation},
};
use crate::{
    chat::{Chat, Seat, connections::outbox::FrameKind, publishing::publisher::entry_frame},
    domain::{Place, Position, Stream, TicketId, Visible},
    protocol::{objects::PositionObject, rooms::ReplayComplete},
};

/// How many events one page takes: with messages of the greatest length about 2 MB.
const PAGE: usize = 32;

/// How long to wait before a failed read is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// A member that is to be brought up to the log.
#[derive(Debug)]
pub struct Replay {
    /// The room.
    pub ticket_id: TicketId,
    /// Of this joining.
    pub generation: Generation,
    /// What the member sees.
    pub visible: Visible,
    /// What it has got.
    pub cursor: Position,
    /// What `joined_ticket` named: behind it comes `replay_complete`.
    pub target: Position,
}

impl Replay {
    /// Replays until the member is live, or gone.
    pub async fn run(mut self, chat: Arc<Chat>, seat: Arc<Seat>) {
        let mut completed = false;
        loop {
            // Closed by nobody, so it never fails; were it, replaying out of turn is the lesser evil.
            let _turn = seat.replays.acquire().await;
            seat.outbox.drained().await;
            let read = chat.store.events_after(self.ticket_id, self.visible, self.cursor, PAGE).await;
            // From here to the pushes nothing is awaited, and the registry works on this very thread:
            // a member that left, lost access or joined anew meanwhile gets nothing more of this.
            if seat.outbox.is_closing() || !seat.is_current(self.ticket_id, self.generation) {
                return;
            }
            let page = match read {
                Ok(page) => page,
                Err(error) => {
                    tracing::warn!(ticket_id = %self.ticket_id, %error, "a replay waits for the log");
                    actix_web::rt::time::sleep(RETRY).await;
                    continue;
                }
            };
            if self.narrow(&seat) {
                continue;
            }
            // Told with the last of a page, and not before a read, so that who is told is live as good as
            // at once: what is not in the log passes by a member that is not.
            for entry in &page {
                self.complete_once(&seat, &mut completed);
                let place = Place { stream: entry.stream, seq: entry.seq };
                seat.outbox.push_replayed(entry_frame(entry), place);
                self.cursor.advance(place);
            }
            if page.len() < PAGE && !self.covers_target() {
                // The heads promised more than the log holds; live delivery must not wait for it for ever.
                tracing::error!(ticket_id = %self.ticket_id, "the log ends before its own head");
                for &stream in Stream::VARIANTS {
                    *self.cursor.of_mut(stream) = self.cursor.of(stream).max(self.target.of(stream));
                }
            }
            self.complete_once(&seat, &mut completed);
            if page.len() < PAGE && self.is_live(&seat).await {
                return;
            }
        }
    }

    /// A user whose role shrank meanwhile sees less from now on. Tells whether that is new.
    fn narrow(&mut self, seat: &Seat) -> bool {
        let now = seat.user().map_or(Visible::PublicOnly, |user| user.role.visible());
        let narrows = self.visible == Visible::Both && now == Visible::PublicOnly;
        if narrows {
            self.visible = now;
        }
        narrows
    }

    fn covers_target(&self) -> bool {
        self.visible.streams().iter().all(|it| self.cursor.of(*it) >= self.target.of(*it))
    }

    fn complete_once(&self, seat: &Seat, completed: &mut bool) {
        if *completed || !self.covers_target() {
            return;
        }
        *completed = true;
        let position = PositionObject::new(self.target, self.visible);
        let event = ReplayComplete { ticket_id: self.ticket_id, position };
        seat.outbox.push_event_of(FrameKind::ReplayComplete, &event);
    }

    /// The log has no more: goes live if the room is not further. Tells whether the replay is over.
    async fn is_live(&self, seat: &Seat) -> bool {
        let go_live = GoLive {
            ticket_id: self.ticket_id,
            connection: seat.id,
            generation: self.generation,
            cursor: self.cursor,
            replayed: self.visible,
        };
        // A registry that does not answer is one whose worker ends.
        !matches!(seat.registry.send(go_live).await, Ok(CaughtUp::Behind))
    }
}
