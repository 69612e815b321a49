//! Handles the server's text frames and checks deliveries.
//!
//! Owns the hot path: acks, and messages of the room. All other frames may take the slow path. Does not know
//! framing.

use crate::{
    Failure,
    conn::Stage,
    room::Fit,
    scan::{self, Delivery, Envelope, Seen},
    worker::Worker,
};

impl Worker {
    /// Handles one text frame.
    pub(crate) fn text(&mut self, id: usize, payload: &[u8], now: u64) -> Result<(), Failure> {
        match scan::scan(payload, &self.rooms[self.conns[id].room].marker) {
            Seen::Message(delivery) => self.delivered(id, delivery, now),
            Seen::Committed { index, seq } => self.committed(id, index, seq, now),
            Seen::Rare if scan::may_matter(payload) => self.rare(id, payload, now)?,
            Seen::Rare => {}
        }
        Ok(())
    }

    /// Counts and checks a message that reached a member.
    fn delivered(&mut self, id: usize, delivery: Delivery, now: u64) {
        let index = delivery.origin.map(|(_, index)| index);
        self.advance(id, delivery.seq, index);
        let own = delivery.origin.is_some_and(|(user, _)| user == self.conns[id].user);
        if self.window.measures(now) {
            self.tally.deliveries += 1;
            self.tally.own += u64::from(own);
        }
        if !own
            && let Some(due) =
                index.and_then(|index| self.due(index)).filter(|due| self.window.measures(*due))
        {
            self.tally.delivery.saturating_record(now.saturating_sub(due) / 1000);
        }
    }

    /// Checks the number of an event that reached a member against the stream and the other members.
    fn advance(&mut self, id: usize, seq: u64, index: Option<u32>) {
        let conn = &mut self.conns[id];
        let before = conn.position.last;
        if conn.stage != Stage::Joined {
            return self.tally.faults.add("events before the join was answered", 1, || format!("seq {seq}"));
        }
        let kind = match conn.position.see(seq) {
            Fit::Next => None,
            Fit::Gap => Some("gaps"),
            Fit::Late => Some("out of order"),
            Fit::Double => Some("doubles"),
            Fit::Absurd => Some("absurd sequence numbers"),
        };
        let room = &mut self.rooms[conn.room];
        if let Some(kind) = kind {
            let words = || format!("user {} in ticket {}: {seq} after {before}", conn.user, room.ticket);
            self.tally.faults.add(kind, 1, words);
        }
        if !room.agree(seq, index) {
            let words = || format!("ticket {} seq {seq}: members differ in what it is", room.ticket);
            self.tally.faults.add("contradictions", 1, words);
        }
    }

    /// Handles any frame other than an ordinary ack or message.
    fn rare(&mut self, id: usize, payload: &[u8], now: u64) -> Result<(), Failure> {
        self.tally.slow += u64::from(self.running);
        let Ok(envelope) = serde_json::from_slice::<Envelope>(payload) else {
            let text = String::from_utf8_lossy(payload);
            self.tally.faults.add("malformed events", 1, || text.chars().take(100).collect());
            return Ok(());
        };
        if !self.running && (envelope.event == "ack" || envelope.error().is_some()) {
            return self.set_up_reply(id, &envelope);
        }
        if let Some(code) = envelope.error() {
            self.refused(id, &envelope, code, now);
        } else if envelope.event == "ack" {
            let index = envelope.ack.as_u64().and_then(|index| u32::try_from(index).ok());
            let seq = envelope.data["message"]["seq"].as_u64();
            self.committed(id, index.unwrap_or(u32::MAX), seq.unwrap_or(0), now);
        } else if envelope.event == "left_ticket" {
            self.tally.faults.add("rooms lost", 1, || envelope.data.to_string());
        } else if let Some((ticket, seq)) = envelope.durable() {
            if ticket != self.rooms[self.conns[id].room].ticket {
                self.tally.faults.add("events of a foreign room", 1, || format!("ticket {ticket}"));
            } else if envelope.event == "new_message" {
                self.delivered(id, Delivery { seq, origin: envelope.origin() }, now);
            } else if self.conns[id].stage == Stage::Joined {
                self.advance(id, seq, None);
            }
        }
        Ok(())
    }
}
